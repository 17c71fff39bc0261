//! A package in a zip archive, read through its central directory.
//!
//! Our own reader, because a package's archive is foreign input whose *every* flaw is to be reported:
//! duplicate and overlapping entries, names as raw bytes, sizes before anything is inflated.

mod records;

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom},
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
/// Bytes of all names together: several copies of each are kept while a package is read.
const NAMES_BYTES: usize = 16 << 20;
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
            Method::Deflated => {
                let inflating = Inflating {
                    decoder: DeflateDecoder::new(BufReader::new(packed)),
                    compressed_bytes: entry.compressed_bytes,
                };
                Ok(Box::new(inflating.take(most)))
            }
            Method::Other(method) => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!("compression method {method} is not supported"),
            )),
        }
    }
}

/// An entry's deflated data. Bytes behind the end of its stream are an error: who passes the data on as it
/// is would pass them on too.
struct Inflating<R> {
    decoder: DeflateDecoder<R>,
    compressed_bytes: u64,
}

impl<R: BufRead> Read for Inflating<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(buffer)?;
        let consumed = self.decoder.total_in();
        if count == 0 && !buffer.is_empty() && consumed < self.compressed_bytes {
            let behind = BytesBehind {
                compressed_bytes: self.compressed_bytes,
                consumed,
            };
            return Err(io::Error::new(io::ErrorKind::InvalidData, behind));
        }
        Ok(count)
    }
}

#[derive(Debug, thiserror::Error)]
#[error(
    "the archive's directory says {compressed_bytes} packed bytes, the data ends after {consumed}"
)]
struct BytesBehind {
    compressed_bytes: u64,
    consumed: u64,
}

/// Whether an entry was not read because bytes stand behind the end of its data.
pub(super) fn is_for_bytes_behind(error: &io::Error) -> bool {
    let inner = error.get_ref();
    inner
        .and_then(|inner| inner.downcast_ref::<BytesBehind>())
        .is_some()
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
        for index in 0..records.len() {
            self.take(
                reader,
                &records,
                index,
                shift,
                start,
                limits,
                &mut kept,
                &mut ranges,
            )?;
        }
        if let Some(example) = &kept.junk {
            self.findings.add(junk_finding(kept.junk_count, example));
        }
        self.report_overlaps(&records, ranges);
        Ok(())
    }

    fn read_records(&mut self, bytes: &mut impl Read, end: &End) -> Result<Vec<Central>, Stop> {
        let mut records = Vec::new();
        let mut names_bytes = 0;
        for number in 0..end.entries {
            match read_central(bytes)? {
                Next::Record(record) => {
                    let unicode_bytes = record.unicode_name.as_ref().map_or(0, String::len);
                    names_bytes += record.name.len() + unicode_bytes;
                    if names_bytes > NAMES_BYTES {
                        let message = format!(
                            "the names of its entries have more than {NAMES_BYTES} bytes in all"
                        );
                        return Err(stop(Code::DirectoryTooLarge, message));
                    }
                    records.push(*record);
                }
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
        records: &[Central],
        index: usize,
        shift: u64,
        directory_start: u64,
        limits: &Limits,
        kept: &mut Kept,
        ranges: &mut Vec<(u64, u64, usize)>,
    ) -> Result<(), Stop> {
        let record = &records[index];
        let (decoded, page) = decoded_name(record);
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
                ranges.push((found.header_offset, end, index));
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
            kept.junk_count += 1;
            kept.junk.get_or_insert(name);
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
        if let Some(other) = kept.folded.insert(name.to_lowercase(), index) {
            let other = clean_name(&records[other]);
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

    fn report_overlaps(&mut self, records: &[Central], mut ranges: Vec<(u64, u64, usize)>) {
        ranges.sort_unstable();
        let mut furthest: Option<(u64, usize)> = None;
        for (start, end, index) in ranges {
            if let Some((_, other)) = furthest.filter(|(end, _)| start < *end) {
                let message = format!("shares bytes with {}", clean_name(&records[other]));
                let name = clean_name(&records[index]);
                self.add(Code::EntriesOverlap, &name, &message);
            }
            if furthest.is_none_or(|(furthest, _)| end > furthest) {
                furthest = Some((end, index));
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
    /// Names in lower case, with the number of the record.
    folded: HashMap<String, usize>,
    /// The first entry that an operating system left there, and how many there are.
    junk: Option<String>,
    junk_count: usize,
}

/// The name as text, and the code page it was guessed to be in.
fn decoded_name(record: &Central) -> (String, Option<&'static str>) {
    match &record.unicode_name {
        Some(name) => (name.clone(), None),
        None => name::decode(&record.name, record.flags & UTF8 != 0),
    }
}

/// The path that an entry has in findings.
fn clean_name(record: &Central) -> String {
    let (decoded, _) = decoded_name(record);
    name::clean(&decoded).map_or(decoded, |path| path.path)
}
