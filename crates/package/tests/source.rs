//! Archives of every sound shape, and folders: the same package comes out.

mod support;

use std::{fs, io::Read};

use percorso_package::{
    Code, FolderSource, Limits, Method, Source, ZipSource, read, read_entry, verify_all,
};
use support::{RICH, RICH_FILES, Raw, file, package_with, read_bytes, zip};

/// The same archive with its end written as zip64.
fn as_zip64(archive: &[u8]) -> Vec<u8> {
    let (body, end) = archive.split_at(archive.len() - 22);
    let number = |at: usize| u64::from(u32::from_le_bytes(end[at..at + 4].try_into().unwrap()));
    let count = u64::from(u16::from_le_bytes([end[10], end[11]]));
    let mut out = body.to_vec();
    out.extend(b"PK\x06\x06");
    out.extend(44_u64.to_le_bytes());
    out.extend([45, 0, 45, 0]);
    out.extend([0; 8]);
    for value in [count, count, number(12), number(16)] {
        out.extend(value.to_le_bytes());
    }
    out.extend(b"PK\x06\x07\0\0\0\0");
    out.extend((body.len() as u64).to_le_bytes());
    out.extend(1_u32.to_le_bytes());
    out.extend(b"PK\x05\x06");
    out.extend([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    out.extend([0xff; 8]);
    out.extend([0, 0]);
    out
}

#[test]
fn the_same_package_comes_out_of_every_sound_archive() {
    let limits = Limits::default();
    let plain = zip(&package_with(RICH));
    let (expected, _) = read_bytes(&plain, &limits);
    assert!(expected.is_some());
    let mut commented = plain.clone();
    let at = commented.len() - 2;
    commented[at..].copy_from_slice(&[5, 0]);
    commented.extend(b"ciao!");
    let trap = b"PK\x05\x06 this is no record, only a comment";
    let mut trapped = plain.clone();
    trapped[at..].copy_from_slice(&u16::try_from(trap.len()).unwrap().to_le_bytes());
    trapped.extend(trap);
    let self_extracting = [&b"MZ a program comes first"[..], &plain].concat();
    for (name, bytes) in [
        ("zip64", as_zip64(&plain)),
        ("with a comment", commented),
        ("with a comment like a record", trapped),
        ("behind a program", self_extracting),
    ] {
        let (package, findings) = read_bytes(&bytes, &limits);
        assert_eq!(
            (package, findings.len()),
            (expected.clone(), 0),
            "{name}: {findings:#?}"
        );
    }
}

#[test]
fn entries_tell_where_their_bytes_lie() {
    let bytes = zip(&package_with(RICH));
    let mut source = ZipSource::from_bytes(&bytes, &Limits::default());
    for (index, (name, data)) in RICH_FILES.iter().enumerate() {
        let entry = source.entries()[index + 1].clone();
        assert_eq!((entry.path.as_str(), entry.method), (*name, Method::Stored));
        let start = usize::try_from(entry.data_offset).unwrap();
        assert_eq!(&bytes[start..start + data.len()], data.as_bytes());
        assert_eq!(
            read_entry(&mut source, index + 1, 1000).unwrap(),
            data.as_bytes()
        );
        assert!(read_entry(&mut source, index + 1, 3).is_err());
    }
}

#[test]
fn a_folder_is_read_like_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    for (name, data) in [("imsmanifest.xml", RICH)].iter().chain(RICH_FILES) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, data).unwrap();
    }
    let limits = Limits::default();
    let mut source = FolderSource::open(folder.path(), &limits).unwrap();
    let (package, findings) = read(&mut source, &limits);
    assert_eq!(findings, []);
    assert_eq!(package, read_bytes(&zip(&package_with(RICH)), &limits).0);
    assert_eq!(verify_all(&mut source), []);

    fs::write(folder.path().join(".DS_Store"), "").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("furto")).unwrap();
    let mut source = FolderSource::open(folder.path(), &limits).unwrap();
    let (package, findings) = read(&mut source, &limits);
    let codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(
        (package, codes),
        (None, vec![Code::Symlink, Code::JunkFiles])
    );
}

/// So many zeros, deflated.
fn silence(name: &str, size: usize) -> Raw {
    let mut packed = Vec::new();
    let zeros = vec![0; size];
    let mut encoder = flate2::bufread::DeflateEncoder::new(&zeros[..], flate2::Compression::best());
    encoder.read_to_end(&mut packed).unwrap();
    assert!(packed.len() * 1000 < size, "{} bytes", packed.len());
    Raw {
        method: 8,
        claimed_size: Some(u32::try_from(size).unwrap()),
        claimed_crc: Some(crc32fast::hash(&zeros)),
        ..file(name, packed)
    }
}

#[test]
fn constant_bytes_are_no_bomb_before_there_are_many() {
    let check = |size: usize| {
        let mut entries = package_with(RICH);
        entries.push(silence("media/silence.wav", size));
        read_bytes(&zip(&entries), &Limits::default())
    };
    let (package, findings) = check(3 << 20);
    assert!(package.is_some() && findings.is_empty(), "{findings:#?}");
    let (_, findings) = check(17 << 20);
    assert_eq!(findings[0].code, Code::CompressionRatio);
}

#[test]
fn an_archive_is_a_bomb_as_a_whole_too() {
    let one = silence("0.wav", 15 << 20);
    let check = |count: usize, more: &[Raw]| {
        let mut entries = package_with(RICH);
        entries.extend((0..count).map(|number| Raw {
            name: format!("{number}.wav").into(),
            ..one.clone()
        }));
        entries.extend_from_slice(more);
        let limits = Limits::default();
        let archive = zip(&entries);
        let findings = ZipSource::from_bytes(archive, &limits).findings().to_vec();
        findings.into_iter().map(|found| (found.code, found.file))
    };
    assert_eq!(check(4, &[]).next(), None);
    let whole = (Code::CompressionRatio, None);
    assert_eq!(check(5, &[]).collect::<Vec<_>>(), [whole]);
    // Beside a video the same is a part like others.
    let video = file("video.mp4", vec![1; 300_000]);
    assert_eq!(check(5, &[video]).next(), None);
}

#[test]
fn names_are_limited_together() {
    let check = |count: usize| {
        let entries: Vec<Raw> = (0..count)
            .map(|number| file(format!("{number:01024}"), ""))
            .collect();
        let source = ZipSource::from_bytes(zip(&entries), &Limits::default());
        let codes = source.findings().iter().map(|found| found.code).collect();
        (source.entries().len(), codes)
    };
    assert_eq!(check(16 << 10), (16 << 10, vec![]));
    assert_eq!(check((16 << 10) + 1), (0, vec![Code::DirectoryTooLarge]));
}
