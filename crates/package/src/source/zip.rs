//! A package in a zip archive, read through its central directory.
//!
//! Our own reader, because a package's archive is foreign input whose *every* flaw is to be reported:
//! duplicate and overlapping entries, names as raw bytes, sizes before anything is inflated.

mod records;

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek, SeekFrom},
    path::Path,
};

use flate2::bufread::DeflateDecoder;

use self::records::{
    Central, End, Local, Located, Next, Stop, find_end, locate, read_central, stop,
};
use super::{Entry, Method, Source, check_totals, is_junk, junk_finding, name};
use crate::{Code, Finding, Limits, finding::Findings};

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

/// Entries below this size may have any ratio: silence and empty pictures shrink to a thousandth and are no bomb.
const RATIO_COUNTS_FROM_BYTES: u64 = 16 << 20;

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
