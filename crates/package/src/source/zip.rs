//! A package in a zip archive, read through its central directory.
//!
//! Our own reader, because a package's archive is foreign input whose *every* flaw is to be reported:
//! duplicate and overlapping entries, names as raw bytes, sizes before anything is inflated.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek, SeekFrom},
    path::Path,
};

use flate2::bufread::DeflateDecoder;

use super::{Entry, Method, Source, check_totals, is_junk, junk_finding, name};
use crate::{Code, Finding, Limits, finding::Findings};

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";

const END_BYTES: u64 = 22;
const LOCATOR_64_BYTES: u64 = 20;
const LOCAL_BYTES: u64 = 30;

/// No name of a package's file is longer: file systems end at 255 bytes a part.
const NAME_BYTES: usize = 1024;
/// How much of a longer name is shown.
const SHOWN_BYTES: usize = 60;
/// Begins what may follow the directory's records: a signature over them.
const SIGNATURE: [u8; 4] = *b"PK\x05\x05";
/// The flag of an encrypted entry.
const ENCRYPTED: u16 = 1;
/// The flag of a name in UTF-8.
const UTF8: u16 = 0x0800;

/// Entries below this size may have any ratio: text with one repeated word is no bomb.
const RATIO_COUNTS_FROM_BYTES: u64 = 1 << 20;

/// A zip archive as a [`Source`].
#[derive(Debug)]
pub struct ZipSource<R> {
    reader: R,
    entries: Vec<Entry>,
    findings: Vec<Finding>,
}

impl ZipSource<BufReader<File>> {
    /// Reads the directory of the archive at `path`.
    ///
    /// # Errors
    /// When the file cannot be opened or read. That it is no zip is a finding, not an error.
    pub fn open(path: &Path, limits: &Limits) -> io::Result<Self> {
        Self::new(BufReader::new(File::open(path)?), limits)
    }
}

impl<B: AsRef<[u8]>> ZipSource<Cursor<B>> {
    /// Reads the directory of an archive in memory.
    pub fn from_bytes(bytes: B, limits: &Limits) -> Self {
        Self::new(Cursor::new(bytes), limits).expect("memory can be read")
    }
}

impl<R: Read + Seek> ZipSource<R> {
    /// Reads the directory of an archive.
    ///
    /// # Errors
    /// When `reader` fails. That it holds no zip is a finding, not an error.
    pub fn new(mut reader: R, limits: &Limits) -> io::Result<Self> {
        let mut directory = Directory::default();
        match directory.read(&mut reader, limits) {
            Ok(()) => {}
            Err(Stop::Finding(finding)) => directory.findings.add(*finding),
            Err(Stop::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                directory.findings.add(Finding::new(
                    Code::ArchiveTruncated,
                    "the archive ends in the middle",
                ));
            }
            Err(Stop::Io(error)) => return Err(error),
        }
        let entries = directory.entries;
        directory.findings.extend(check_totals(&entries, limits));
        Ok(Self {
            reader,
            entries,
            findings: directory.findings.into_list(),
        })
    }

    /// The reader, positioned anywhere.
    pub fn into_inner(self) -> R {
        self.reader
    }
}

impl<R: Read + Seek> Source for ZipSource<R> {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn open(&mut self, index: usize) -> io::Result<Box<dyn Read + '_>> {
        let entry = &self.entries[index];
        self.reader.seek(SeekFrom::Start(entry.data_offset))?;
        let packed = (&mut self.reader).take(entry.compressed_bytes);
        let most = entry.size_bytes.saturating_add(1);
        match entry.method {
            Method::Stored => Ok(Box::new(packed.take(most))),
            Method::Deflated => Ok(Box::new(
                DeflateDecoder::new(BufReader::new(packed)).take(most),
            )),
            Method::Other(method) => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!("compression method {method} is not supported"),
            )),
        }
    }
}

enum Stop {
    Io(io::Error),
    Finding(Box<Finding>),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn stop(code: Code, message: impl Into<String>) -> Stop {
    Stop::Finding(Box::new(Finding::new(code, message)))
}

/// Where the central directory lies.
#[derive(Debug)]
struct End {
    entries: u64,
    size_bytes: u64,
    /// As written; the archive may have been put behind something else.
    offset: u64,
    /// Where this record begins: the directory ends here.
    position: u64,
}

/// One record of the central directory.
struct Central {
    made_by: u8,
    flags: u16,
    method: u16,
    crc32: u32,
    compressed_bytes: u64,
    size_bytes: u64,
    external: u32,
    header_offset: u64,
    name: Vec<u8>,
    unicode_name: Option<String>,
}

#[derive(Default)]
struct Directory {
    entries: Vec<Entry>,
    findings: Findings,
}

impl Directory {
    fn read<R: Read + Seek>(&mut self, reader: &mut R, limits: &Limits) -> Result<(), Stop> {
        let end = find_end(reader)?;
        let damaged = || {
            stop(
                Code::ArchiveDamaged,
                "the central directory is not where it should be",
            )
        };
        let start = end
            .position
            .checked_sub(end.size_bytes)
            .ok_or_else(damaged)?;
        // Whatever stands before the archive (a self-extracting program) shifts every offset.
        let shift = start.checked_sub(end.offset).ok_or_else(damaged)?;
        if end.entries > limits.entries {
            self.findings.add(Finding::new(
                Code::TooManyEntries,
                format!("{} entries; the limit is {}", end.entries, limits.entries),
            ));
            return Ok(());
        }
        if end.size_bytes > limits.directory_bytes {
            let message = format!(
                "the directory has {} bytes; the limit is {}",
                end.size_bytes, limits.directory_bytes
            );
            self.findings
                .add(Finding::new(Code::DirectoryTooLarge, message));
            return Ok(());
        }
        reader.seek(SeekFrom::Start(start))?;
        let records = self.read_records(&mut reader.take(end.size_bytes), &end)?;
        let mut kept = Kept::default();
        let mut ranges = Vec::with_capacity(records.len());
        for record in records {
            self.take(
                reader,
                &record,
                shift,
                start,
                limits,
                &mut kept,
                &mut ranges,
            )?;
        }
        if let Some(example) = kept.junk.first() {
            self.findings.add(junk_finding(kept.junk.len(), example));
        }
        self.report_overlaps(ranges);
        Ok(())
    }

    fn read_records(&mut self, bytes: &mut impl Read, end: &End) -> Result<Vec<Central>, Stop> {
        let mut records = Vec::new();
        for number in 0..end.entries {
            match read_central(bytes)? {
                Next::Record(record) => records.push(*record),
                Next::NameTooLong(beginning, length) => {
                    let message = format!(
                        "the name of entry {} has {length} bytes; the limit is {NAME_BYTES}",
                        number + 1
                    );
                    let name = String::from_utf8_lossy(&beginning).into_owned() + "…";
                    self.findings
                        .add(Finding::new(Code::EntryNameInvalid, message).in_file(name));
                }
                Next::BrokenOff => {
                    self.damaged(format!(
                        "the directory breaks off at entry {} of {}",
                        number + 1,
                        end.entries
                    ));
                    return Ok(records);
                }
            }
        }
        // What is not counted is not read here, and may well be read elsewhere.
        let mut rest = Vec::new();
        bytes.by_ref().take(4).read_to_end(&mut rest)?;
        if !rest.is_empty() && rest != SIGNATURE {
            self.damaged(format!(
                "the directory goes on after the {} entries that it counts",
                end.entries
            ));
        }
        Ok(records)
    }

    fn damaged(&mut self, message: String) {
        self.findings
            .add(Finding::new(Code::ArchiveDamaged, message));
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one pass over the directory fills them all"
    )]
    fn take<R: Read + Seek>(
        &mut self,
        reader: &mut R,
        record: &Central,
        shift: u64,
        directory_start: u64,
        limits: &Limits,
        kept: &mut Kept,
        ranges: &mut Vec<(u64, u64, String)>,
    ) -> Result<(), Stop> {
        let (decoded, page) = match &record.unicode_name {
            Some(name) => (name.clone(), None),
            None => name::decode(&record.name, record.flags & UTF8 != 0),
        };
        let is_folder = decoded.ends_with(['/', '\\']);
        let path = match name::clean(&decoded) {
            Ok(path) => path,
            Err(Code::EntryNameInvalid) if is_folder && record.size_bytes == 0 => return Ok(()),
            Err(code) => {
                let message = format!("the entry {decoded:?} has a name no package may have");
                self.findings
                    .add(Finding::new(code, message).in_file(decoded));
                return Ok(());
            }
        };
        let data = locate(reader, record, shift, directory_start)?;
        let name = path.path;
        match data {
            Some(ref found) => {
                let end = found.data_offset + record.compressed_bytes;
                ranges.push((found.header_offset, end, name.clone()));
                self.compare(&found.local, record, &decoded, &name);
            }
            None => {
                self.add(
                    Code::ArchiveDamaged,
                    &name,
                    "the entry's header is not where the directory says",
                );
            }
        }
        if is_junk(&name) {
            kept.junk.push(name);
            return Ok(());
        }
        if let Some(page) = page {
            self.add(
                Code::NameEncoding,
                &name,
                &format!("the name is not marked as UTF-8 and was read as {page}"),
            );
        }
        for code in path.tolerated {
            self.add(
                code,
                &name,
                match code {
                    Code::NameBackslash => "the name is written with backslashes",
                    _ => "the name's accents are written as separate characters",
                },
            );
        }
        if is_folder {
            return Ok(());
        }
        self.check_record(record, &name, limits);
        if !kept.names.insert(name.clone()) {
            self.add(
                Code::EntryDuplicate,
                &name,
                "there is another entry of this name",
            );
            return Ok(());
        }
        if let Some(other) = kept.folded.insert(name.to_lowercase(), name.clone()) {
            self.add(
                Code::NameCaseCollision,
                &name,
                &format!("differs from {other} only in case"),
            );
        }
        let Some(Located { data_offset, .. }) = data else {
            return Ok(());
        };
        self.entries.push(Entry {
            path: name,
            method: match record.method {
                0 => Method::Stored,
                8 => Method::Deflated,
                other => Method::Other(other),
            },
            data_offset,
            compressed_bytes: record.compressed_bytes,
            size_bytes: record.size_bytes,
            crc32: Some(record.crc32),
        });
        Ok(())
    }

    fn compare(&mut self, local: &Local, record: &Central, decoded: &str, name: &str) {
        if let Some(differing) = local.differs_from(record, decoded) {
            let message = format!("the entry's header and the directory differ in {differing}");
            self.add(Code::ArchiveDamaged, name, &message);
        }
    }

    fn check_record(&mut self, record: &Central, name: &str, limits: &Limits) {
        if record.flags & 0x2041 != 0 {
            self.add(Code::EntryEncrypted, name, "is encrypted");
        }
        // Unix (3) and macOS (19) keep the file's mode in the upper half.
        if matches!(record.made_by, 3 | 19) && (record.external >> 16) & 0xf000 == 0xa000 {
            self.add(Code::Symlink, name, "is a symbolic link");
        }
        if !matches!(record.method, 0 | 8) {
            let message = format!("is packed by method {}", record.method);
            self.add(Code::MethodUnsupported, name, &message);
        }
        if record.method == 0 && record.compressed_bytes != record.size_bytes {
            self.add(
                Code::SizeMismatch,
                name,
                "is stored, yet has two different sizes",
            );
        }
        let most = record.compressed_bytes.saturating_mul(limits.ratio);
        if record.size_bytes > RATIO_COUNTS_FROM_BYTES && record.size_bytes > most {
            let message = format!(
                "{} bytes would inflate to {}; the limit is {} times",
                record.compressed_bytes, record.size_bytes, limits.ratio
            );
            self.add(Code::CompressionRatio, name, &message);
        }
    }

    fn report_overlaps(&mut self, mut ranges: Vec<(u64, u64, String)>) {
        ranges.sort_unstable();
        let mut furthest: Option<(u64, String)> = None;
        for (start, end, name) in ranges {
            if let Some((_, other)) = furthest.as_ref().filter(|(end, _)| start < *end) {
                self.add(
                    Code::EntriesOverlap,
                    &name,
                    &format!("shares bytes with {other}"),
                );
            }
            if furthest
                .as_ref()
                .is_none_or(|(furthest, _)| end > *furthest)
            {
                furthest = Some((end, name));
            }
        }
    }

    fn add(&mut self, code: Code, name: &str, message: &str) {
        self.findings.add(Finding::new(code, message).in_file(name));
    }
}

#[derive(Default)]
struct Kept {
    names: HashSet<String>,
    folded: HashMap<String, String>,
    junk: Vec<String>,
}

/// The end of central directory record: the last one in the file whose comment ends with the file, else
/// the last one.
fn find_end<R: Read + Seek>(reader: &mut R) -> Result<End, Stop> {
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
fn find_end_64<R: Read + Seek>(reader: &mut R, end: &End) -> Result<Option<End>, Stop> {
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
fn no_end<R: Read + Seek>(reader: &mut R) -> io::Result<Stop> {
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
enum Next {
    Record(Box<Central>),
    /// How it begins, and its length.
    NameTooLong(Vec<u8>, usize),
    BrokenOff,
}

fn read_central(bytes: &mut impl Read) -> io::Result<Next> {
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
fn read_extra(record: &mut Central, mut extra: &[u8]) {
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
struct Located {
    header_offset: u64,
    data_offset: u64,
    local: Local,
}

/// What an entry's own header says.
struct Local {
    flags: u16,
    method: u16,
    name: Vec<u8>,
}

impl Local {
    /// In what the header and the directory contradict each other, so that another reader would see another
    /// file. Sizes and checksums may stand behind the data, and other flags are hints.
    fn differs_from(&self, record: &Central, decoded: &str) -> Option<&'static str> {
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
fn locate<R: Read + Seek>(
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
fn fill(bytes: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match bytes.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads over so many bytes; `false` when they end before.
fn skip(bytes: &mut impl Read, count: u64) -> io::Result<bool> {
    Ok(io::copy(&mut bytes.take(count), &mut io::sink())? == count)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
