//! Archives and manifests for tests: sound ones, and every way of spoiling them.

use percorso_package::{Finding, Limits, Package, ZipSource, read, verify_all};

/// One entry as it is to be written, truthfully or not.
#[derive(Clone, Default)]
pub(crate) struct Raw {
    pub(crate) name: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) mode: u32,
    pub(crate) claimed_size: Option<u32>,
    pub(crate) claimed_crc: Option<u32>,
    /// Points the directory at the data of an earlier entry.
    pub(crate) same_place_as: Option<usize>,
}

pub(crate) fn file(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Raw {
    Raw {
        name: name.as_ref().to_vec(),
        data: data.as_ref().to_vec(),
        ..Raw::default()
    }
}

/// Writes the entries as a zip archive.
pub(crate) fn zip(entries: &[Raw]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut offsets: Vec<u32> = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let crc = entry
            .claimed_crc
            .unwrap_or_else(|| crc32fast::hash(&entry.data));
        let offset = match entry.same_place_as {
            Some(index) => offsets[index],
            None => u32::try_from(out.len()).unwrap(),
        };
        offsets.push(offset);
        let packed = u32::try_from(entry.data.len()).unwrap();
        let size = entry.claimed_size.unwrap_or(packed);
        let name_length = u16::try_from(entry.name.len()).unwrap();
        let mut common = Vec::new();
        for value in [20, entry.flags, entry.method, 0, 0x21] {
            common.extend(value.to_le_bytes());
        }
        for value in [crc, packed, size] {
            common.extend(value.to_le_bytes());
        }
        common.extend(name_length.to_le_bytes());
        common.extend(0_u16.to_le_bytes());
        if entry.same_place_as.is_none() {
            out.extend(b"PK\x03\x04");
            out.extend(&common);
            out.extend(&entry.name);
            out.extend(&entry.data);
        }
        directory.extend(b"PK\x01\x02");
        directory.extend([20, 3]);
        directory.extend(&common);
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
    }
    let start = u32::try_from(out.len()).unwrap();
    let count = u16::try_from(entries.len()).unwrap();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// Reads an archive and verifies its entries.
pub(crate) fn read_bytes(bytes: &[u8], limits: &Limits) -> (Option<Package>, Vec<Finding>) {
    let mut source = ZipSource::from_bytes(bytes, limits);
    let (package, mut findings) = read(&mut source, limits);
    findings.extend(verify_all(&mut source));
    (package, findings)
}

/// A sound manifest of SCORM 2004, 4th Edition, with a little of everything.
pub(crate) const RICH: &str = include_str!("rich.xml");

/// Files that [`RICH`] refers to.
pub(crate) const RICH_FILES: &[(&str, &str)] = &[
    ("modulo/intro.html", "<p>Introduzione</p>"),
    ("modulo/prova.html", "<p>Prova</p>"),
    ("comune/api.js", "// api"),
    (
        "lom/corso.xml",
        r#"<lom xmlns="http://ltsc.ieee.org/xsd/LOM"><general><title><string language="it">Titolo esterno</string></title><language>it</language></general></lom>"#,
    ),
];

/// The rich package with its manifest as given.
pub(crate) fn package_with(manifest: impl AsRef<[u8]>) -> Vec<Raw> {
    let mut entries = vec![file("imsmanifest.xml", manifest)];
    entries.extend(RICH_FILES.iter().map(|(name, data)| file(name, data)));
    entries
}
