//! The records of a zip archive: its ends, its directory's entries and their own headers, as bytes have them.

use std::io::{self, Read, Seek, SeekFrom};

use super::{ENCRYPTED, NAME_BYTES, SHOWN_BYTES, UTF8};
use crate::{Code, Finding, source::name};

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";

const END_BYTES: u64 = 22;
const LOCATOR_64_BYTES: u64 = 20;
const LOCAL_BYTES: u64 = 30;

pub(super) enum Stop {
    Io(io::Error),
    Finding(Box<Finding>),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

pub(super) fn stop(code: Code, message: impl Into<String>) -> Stop {
    Stop::Finding(Box::new(Finding::new(code, message)))
}

/// Where the central directory lies.
#[derive(Debug)]
pub(super) struct End {
    pub(super) entries: u64,
    pub(super) size_bytes: u64,
    /// As written; the archive may have been put behind something else.
    pub(super) offset: u64,
    /// Where this record begins: the directory ends here.
    pub(super) position: u64,
}

/// One record of the central directory.
pub(super) struct Central {
    pub(super) made_by: u8,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc32: u32,
    pub(super) compressed_bytes: u64,
    pub(super) size_bytes: u64,
    pub(super) external: u32,
    pub(super) header_offset: u64,
    pub(super) name: Vec<u8>,
    pub(super) unicode_name: Option<String>,
}

/// The end of central directory record: the last one in the file whose comment ends with the file, else
/// the last one.
pub(super) fn find_end<R: Read + Seek>(reader: &mut R) -> Result<End, Stop> {
    let length = reader.seek(SeekFrom::End(0))?;
    let window = length.min(END_BYTES + u64::from(u16::MAX));
    reader.seek(SeekFrom::Start(length - window))?;
    let mut tail = Vec::new();
    reader.take(window).read_to_end(&mut tail)?;
    let signed = |at: &usize| tail[*at..].starts_with(&END);
    let fits = |at: &usize| at + 22 + usize::from(u16_at(&tail[*at..], 20)) == tail.len();
    let places = || (0..tail.len().saturating_sub(21)).rev().filter(signed);
    // Something behind the archive is forgiven when no record reaches the end of the file.
    let Some(at) = places().find(fits).or_else(|| places().next()) else {
        return Err(no_end(reader)?);
    };
    let record = &tail[at..];
    let position = length - window + at as u64;
    if u16_at(record, 4) != u16_at(record, 6) && u16_at(record, 4) != u16::MAX {
        return Err(stop(
            Code::ArchiveDamaged,
            "the archive is one part of several",
        ));
    }
    let end = End {
        entries: u16_at(record, 10).into(),
        size_bytes: u32_at(record, 12).into(),
        offset: u32_at(record, 16).into(),
        position,
    };
    Ok(find_end_64(reader, &end)?.unwrap_or(end))
}

/// The zip64 record, when the archive has one.
pub(super) fn find_end_64<R: Read + Seek>(reader: &mut R, end: &End) -> Result<Option<End>, Stop> {
    let Some(locator_at) = end.position.checked_sub(LOCATOR_64_BYTES) else {
        return Ok(None);
    };
    reader.seek(SeekFrom::Start(locator_at))?;
    let mut locator = [0; 20];
    reader.read_exact(&mut locator)?;
    if !locator.starts_with(&LOCATOR_64) {
        return Ok(None);
    }
    // Where it says, or, behind something else, right before the locator.
    for position in [u64_at(&locator, 8), locator_at.saturating_sub(56)] {
        if position.saturating_add(56) > locator_at {
            continue;
        }
        reader.seek(SeekFrom::Start(position))?;
        let mut record = [0; 56];
        reader.read_exact(&mut record)?;
        if record.starts_with(&END_64) {
            return Ok(Some(End {
                entries: u64_at(&record, 32),
                size_bytes: u64_at(&record, 40),
                offset: u64_at(&record, 48),
                position,
            }));
        }
    }
    Err(stop(
        Code::ArchiveDamaged,
        "the zip64 record is not where it should be",
    ))
}

/// Why there is no end record, by how the file begins.
pub(super) fn no_end<R: Read + Seek>(reader: &mut R) -> io::Result<Stop> {
    reader.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    reader.take(512).read_to_end(&mut head)?;
    if head.starts_with(&LOCAL) {
        return Ok(stop(
            Code::ArchiveTruncated,
            "the archive begins like a zip and has no end",
        ));
    }
    let text = String::from_utf8_lossy(&head).to_lowercase();
    let kind = match head.as_slice() {
        [] => "an empty file",
        [b'R', b'a', b'r', b'!', ..] => "a RAR archive",
        [b'7', b'z', 0xbc, 0xaf, ..] => "a 7-Zip archive",
        [0x1f, 0x8b, ..] => "a gzip file",
        [b'%', b'P', b'D', b'F', ..] => "a PDF document",
        _ if text.contains("<html") || text.contains("<!doctype") => "a web page",
        _ if text.contains("<?xml") => "an XML file",
        _ => "something else",
    };
    Ok(stop(
        Code::NotAZip,
        format!("this is no zip archive but {kind}"),
    ))
}

/// What stands next in the directory.
pub(super) enum Next {
    Record(Box<Central>),
    /// How it begins, and its length.
    NameTooLong(Vec<u8>, usize),
    BrokenOff,
}

pub(super) fn read_central(bytes: &mut impl Read) -> io::Result<Next> {
    let mut fixed = [0; 46];
    if !fill(bytes, &mut fixed)? || !fixed.starts_with(&CENTRAL) {
        return Ok(Next::BrokenOff);
    }
    let length = usize::from(u16_at(&fixed, 28));
    if length > NAME_BYTES {
        let mut beginning = vec![0; SHOWN_BYTES];
        let rest = length - SHOWN_BYTES
            + usize::from(u16_at(&fixed, 30))
            + usize::from(u16_at(&fixed, 32));
        if !fill(bytes, &mut beginning)? || !skip(bytes, rest as u64)? {
            return Ok(Next::BrokenOff);
        }
        return Ok(Next::NameTooLong(beginning, length));
    }
    let [mut name, mut extra, mut comment] =
        [28, 30, 32].map(|at| vec![0; usize::from(u16_at(&fixed, at))]);
    if !(fill(bytes, &mut name)? && fill(bytes, &mut extra)? && fill(bytes, &mut comment)?) {
        return Ok(Next::BrokenOff);
    }
    let mut record = Central {
        made_by: fixed[5],
        flags: u16_at(&fixed, 8),
        method: u16_at(&fixed, 10),
        crc32: u32_at(&fixed, 16),
        compressed_bytes: u32_at(&fixed, 20).into(),
        size_bytes: u32_at(&fixed, 24).into(),
        external: u32_at(&fixed, 38),
        header_offset: u32_at(&fixed, 42).into(),
        name,
        unicode_name: None,
    };
    read_extra(&mut record, &extra);
    Ok(Next::Record(Box::new(record)))
}

/// Zip64 sizes (0x0001) and Info-ZIP's Unicode name (0x7075).
pub(super) fn read_extra(record: &mut Central, mut extra: &[u8]) {
    while extra.len() >= 4 {
        let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let Some(mut field) = extra.get(4..4 + length) else {
            return;
        };
        match id {
            0x0001 => {
                for value in [
                    &mut record.size_bytes,
                    &mut record.compressed_bytes,
                    &mut record.header_offset,
                ] {
                    if *value == u64::from(u32::MAX) && field.len() >= 8 {
                        *value = u64_at(field, 0);
                        field = &field[8..];
                    }
                }
            }
            0x7075 if length > 5 && u32_at(field, 1) == crc32fast::hash(&record.name) => {
                record.unicode_name = String::from_utf8(field[5..].to_vec()).ok();
            }
            _ => {}
        }
        extra = &extra[4 + length..];
    }
}

/// Where an entry lies, and what its own header says.
pub(super) struct Located {
    pub(super) header_offset: u64,
    pub(super) data_offset: u64,
    pub(super) local: Local,
}

/// What an entry's own header says.
pub(super) struct Local {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) name: Vec<u8>,
}

impl Local {
    /// In what the header and the directory contradict each other, so that another reader would see another
    /// file. Sizes and checksums may stand behind the data, and other flags are hints.
    pub(super) fn differs_from(&self, record: &Central, decoded: &str) -> Option<&'static str> {
        if self.method != record.method {
            return Some("the method");
        }
        if (self.flags ^ record.flags) & ENCRYPTED != 0 {
            return Some("encryption");
        }
        let is_same = self.name == record.name || {
            let (name, _) = name::decode(&self.name, self.flags & UTF8 != 0);
            let clean = |name: &str| name::clean(name).map(|path| path.path);
            name == decoded || clean(&name).is_ok_and(|name| clean(decoded) == Ok(name))
        };
        (!is_same).then_some("the name")
    }
}

/// Where an entry's header and data begin; `None` when they are not within the archive.
pub(super) fn locate<R: Read + Seek>(
    reader: &mut R,
    record: &Central,
    shift: u64,
    directory_start: u64,
) -> io::Result<Option<Located>> {
    let Some(header) = record.header_offset.checked_add(shift) else {
        return Ok(None);
    };
    if header
        .checked_add(LOCAL_BYTES)
        .is_none_or(|end| end > directory_start)
    {
        return Ok(None);
    }
    reader.seek(SeekFrom::Start(header))?;
    let mut fixed = [0; 30];
    if !fill(reader, &mut fixed)? || !fixed.starts_with(&LOCAL) {
        return Ok(None);
    }
    let (name_length, extra_length) = (u16_at(&fixed, 26), u16_at(&fixed, 28));
    // A longer one than any that the directory may have is another one: its beginning tells.
    let mut name = vec![0; usize::from(name_length).min(NAME_BYTES + 1)];
    if !fill(reader, &mut name)? {
        return Ok(None);
    }
    let data_offset = header + LOCAL_BYTES + u64::from(name_length) + u64::from(extra_length);
    let end = data_offset.checked_add(record.compressed_bytes);
    Ok(end.filter(|end| *end <= directory_start).map(|_| Located {
        header_offset: header,
        data_offset,
        local: Local {
            flags: u16_at(&fixed, 6),
            method: u16_at(&fixed, 8),
            name,
        },
    }))
}

/// Fills `buffer`; `false` when the bytes end before.
pub(super) fn fill(bytes: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match bytes.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads over so many bytes; `false` when they end before.
pub(super) fn skip(bytes: &mut impl Read, count: u64) -> io::Result<bool> {
    Ok(io::copy(&mut bytes.take(count), &mut io::sink())? == count)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
