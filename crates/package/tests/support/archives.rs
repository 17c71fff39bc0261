//! Archives that are not as they should be, and what is found in each.

use percorso_package::{Code, Limits};

use super::{
    Case, case,
    support::{Local, RICH, RICH_FILES, Raw, file, package_with, zip},
    with,
};

pub(super) fn archive_cases() -> Vec<Case> {
    let whole = zip(&package_with(RICH));
    let bomb = Raw {
        method: 8,
        claimed_size: Some(100 << 20),
        ..file("bomb.bin", [0x63, 0x60, 0x80, 0x81, 0, 0])
    };
    vec![
        case("nothing", Vec::new(), &[Code::NotAZip]),
        case("a web page", b"<html></html>".to_vec(), &[Code::NotAZip]),
        case("a rar", b"Rar!\x1a\x07".to_vec(), &[Code::NotAZip]),
        case(
            "cut in the middle",
            whole[..whole.len() / 2].to_vec(),
            &[Code::ArchiveTruncated],
        ),
        case(
            "a wrong directory",
            {
                let mut bytes = whole.clone();
                let at = bytes.len() - 10;
                bytes[at..at + 4].fill(0xff);
                bytes
            },
            &[Code::ArchiveDamaged],
        ),
        case(
            "encrypted",
            with([Raw {
                flags: 1,
                ..file("a.html", "x")
            }]),
            &[Code::EntryEncrypted],
        ),
        case(
            "climbing",
            with([file("../a.html", "x")]),
            &[Code::PathTraversal],
        ),
        case(
            "climbing backwards",
            with([file("a\\..\\..\\b", "x")]),
            &[Code::PathTraversal],
        ),
        case(
            "absolute",
            with([file("/etc/passwd", "x")]),
            &[Code::PathAbsolute],
        ),
        case("a drive", with([file("C:\\x", "x")]), &[Code::PathAbsolute]),
        case(
            "a nul in the name",
            with([file("a\0b", "x")]),
            &[Code::EntryNameInvalid],
        ),
        case(
            "a link",
            with([Raw {
                mode: 0o12_0777,
                ..file("a", "/etc")
            }]),
            &[Code::Symlink],
        ),
        case(
            "a duplicate",
            with([file("a", "x"), file("a", "y")]),
            &[Code::EntryDuplicate],
        ),
        case(
            "an overlap",
            with([Raw {
                same_place_as: Some(1),
                ..file("twin", RICH_FILES[0].1)
            }]),
            &[Code::EntriesOverlap],
        ),
        case(
            "a name without end",
            with([file("a".repeat(1025), "x")]),
            &[Code::EntryNameInvalid],
        ),
        Case {
            limits: Limits {
                directory_bytes: 200,
                ..Limits::default()
            },
            ..case(
                "a large directory",
                whole.clone(),
                &[Code::DirectoryTooLarge],
            )
        },
        case(
            "more entries than counted",
            {
                let mut bytes = with([file("hidden.html", "x")]);
                let at = bytes.len() - 14;
                bytes[at] -= 1;
                bytes[at + 2] -= 1;
                bytes
            },
            &[Code::ArchiveDamaged],
        ),
        case(
            "another name in the header",
            with([otherwise(Local {
                name: Some(b"b.html".to_vec()),
                ..Local::default()
            })]),
            &[Code::ArchiveDamaged],
        ),
        case(
            "another method in the header",
            with([otherwise(Local {
                method: Some(8),
                ..Local::default()
            })]),
            &[Code::ArchiveDamaged],
        ),
        case(
            "encrypted by the header only",
            with([otherwise(Local {
                flags: Some(1),
                ..Local::default()
            })]),
            &[Code::ArchiveDamaged],
        ),
        Case {
            limits: Limits {
                entries: 3,
                ..Limits::default()
            },
            ..case("too many", whole.clone(), &[Code::TooManyEntries])
        },
        Case {
            limits: Limits {
                total_bytes: 100,
                ..Limits::default()
            },
            ..case("too much", whole.clone(), &[Code::ArchiveTooLarge])
        },
        Case {
            limits: Limits {
                entry_bytes: 100,
                ..Limits::default()
            },
            ..case("too large", whole.clone(), &[Code::EntryTooLarge])
        },
        Case {
            limits: Limits {
                manifest_bytes: 100,
                ..Limits::default()
            },
            ..case("a large manifest", whole.clone(), &[Code::ManifestTooLarge])
        },
        case("a bomb", with([bomb]), &[Code::CompressionRatio]),
        case(
            "a strange method",
            with([Raw {
                method: 12,
                ..file("a", "x")
            }]),
            &[Code::MethodUnsupported],
        ),
        case(
            "a wrong checksum",
            with([Raw {
                claimed_crc: Some(1),
                ..file("a", "x")
            }]),
            &[Code::CrcMismatch],
        ),
        case(
            "a wrong size",
            with([Raw {
                claimed_size: Some(9),
                ..file("a", "x")
            }]),
            &[Code::SizeMismatch],
        ),
        case(
            "bytes behind the data",
            with([Raw {
                method: 8,
                claimed_size: Some(1),
                claimed_crc: Some(crc32fast::hash(b"x")),
                ..file("a", b"\x01\x01\0\xfe\xffx and more")
            }]),
            &[Code::SizeMismatch],
        ),
        case(
            "no deflate data",
            with([Raw {
                method: 8,
                ..file("a", [0xff; 20])
            }]),
            &[Code::EntryUnreadable],
        ),
        case(
            "backslashes",
            with([file("b\\a.html", "x")]),
            &[Code::NameBackslash],
        ),
        case(
            "a code page",
            with([file(b"perch\x82.html", "x")]),
            &[Code::NameEncoding],
        ),
        case(
            "loose accents",
            with([Raw {
                flags: 0x800,
                ..file("perche\u{301}", "x")
            }]),
            &[Code::NameDecomposed],
        ),
        case(
            "two cases",
            with([file("A", "x"), file("a", "x")]),
            &[Code::NameCaseCollision],
        ),
        case(
            "left over",
            with([file("__MACOSX/._a", "x"), file("b/.DS_Store", "x")]),
            &[Code::JunkFiles],
        ),
        case(
            "no manifest",
            zip(&[file("index.html", "x")]),
            &[Code::ManifestMissing],
        ),
        case(
            "a course structure that is no XML",
            zip(&[file("cmi5.xml", "x")]),
            &[Code::XmlMalformed],
        ),
        case(
            "a zip in a zip",
            zip(&[file("corso.zip", &whole)]),
            &[Code::ManifestMissing],
        ),
        case(
            "in a folder",
            in_folders(&["corso"]),
            &[Code::ManifestNested],
        ),
        case(
            "in two folders",
            in_folders(&["uno", "due"]),
            &[Code::ManifestAmbiguous],
        ),
        case(
            "shouting",
            zip(&{
                let mut entries = package_with(RICH);
                entries[0].name = b"IMSManifest.XML".to_vec();
                entries
            }),
            &[Code::ManifestName],
        ),
    ]
}

/// An entry whose own header says something else than the directory.
pub(super) fn otherwise(local: Local) -> Raw {
    Raw {
        local,
        ..file("a.html", "x")
    }
}

fn in_folders(folders: &[&str]) -> Vec<u8> {
    let entries = folders.iter().flat_map(|folder| {
        package_with(RICH).into_iter().map(move |entry| {
            let name = [folder.as_bytes(), b"/", &entry.name].concat();
            Raw { name, ..entry }
        })
    });
    zip(&entries.collect::<Vec<_>>())
}
