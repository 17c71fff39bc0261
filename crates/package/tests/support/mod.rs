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
    /// What its own header says, where the directory says otherwise.
    pub(crate) local: Local,
}

/// What an entry's own header says otherwise than the directory.
#[derive(Clone, Default)]
pub(crate) struct Local {
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) method: Option<u16>,
    pub(crate) flags: Option<u16>,
    /// Sizes and checksum stand behind the data.
    pub(crate) has_descriptor: bool,
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
        let header = |flags: u16, method: u16, sums: [u32; 3], name_length: u16| {
            let mut header = Vec::new();
            for value in [20, flags, method, 0, 0x21] {
                header.extend(value.to_le_bytes());
            }
            for value in sums {
                header.extend(value.to_le_bytes());
            }
            header.extend(name_length.to_le_bytes());
            header.extend(0_u16.to_le_bytes());
            header
        };
        let local = &entry.local;
        let descriptor = if local.has_descriptor { 8 } else { 0 };
        if entry.same_place_as.is_none() {
            let name = local.name.as_ref().unwrap_or(&entry.name);
            let sums = match local.has_descriptor {
                true => [0; 3],
                false => [crc, packed, size],
            };
            out.extend(b"PK\x03\x04");
            out.extend(header(
                local.flags.unwrap_or(entry.flags) | descriptor,
                local.method.unwrap_or(entry.method),
                sums,
                u16::try_from(name.len()).unwrap(),
            ));
            out.extend(name);
            out.extend(&entry.data);
            if local.has_descriptor {
                out.extend(b"PK\x07\x08");
                for value in [crc, packed, size] {
                    out.extend(value.to_le_bytes());
                }
            }
        }
        directory.extend(b"PK\x01\x02");
        directory.extend([20, 3]);
        directory.extend(header(
            entry.flags | descriptor,
            entry.method,
            [crc, packed, size],
            name_length,
        ));
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
