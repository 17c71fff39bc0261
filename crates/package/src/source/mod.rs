//! Where a package's bytes come from: a zip archive or a folder, behind one [`Source`].
//!
//! Nothing is ever unpacked to disk. What is wrong with an archive as an archive is found when the
//! source is opened, and kept in [`Source::findings`].

mod folder;
mod name;
mod zip;

use std::io::{self, Read};

pub use folder::FolderSource;
pub use zip::ZipSource;

use crate::{Code, Finding, Limits};

/// All entries together may have any ratio below this size.
const RATIO_COUNTS_FROM_TOTAL_BYTES: u64 = 64 << 20;

/// How an entry's data lies in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As it is.
    Stored,
    /// Raw deflate data (RFC 1951).
    Deflated,
    /// A method of the zip format that packages may not use; refused with a finding.
    Other(u16),
}

/// One file of a package. Folders, and what operating systems leave behind, are no entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path inside the archive: `/`-separated, relative, without `.` and `..`, in Unicode form NFC.
    pub path: String,
    /// How its data lies there.
    pub method: Method,
    /// First byte of its data in the archive; 0 in a folder.
    pub data_offset: u64,
    /// Bytes in the archive.
    pub compressed_bytes: u64,
    /// Bytes when inflated.
    pub size_bytes: u64,
    /// CRC-32 of the inflated bytes, as the archive's directory has it; a folder has none.
    pub crc32: Option<u32>,
}

/// A package's files, wherever they lie.
pub trait Source {
    /// Every file, in the archive's order.
    fn entries(&self) -> &[Entry];

    /// What is wrong with the archive itself.
    fn findings(&self) -> &[Finding];

    /// The inflated bytes of entry `index`, never more than [`Entry::size_bytes`] and one.
    ///
    /// # Errors
    /// When the archive cannot be read, or the entry is packed by an unsupported method.
    ///
    /// # Panics
    /// When `index` is not that of an entry.
    fn open(&mut self, index: usize) -> io::Result<Box<dyn Read + '_>>;
}

/// The bytes of entry `index`, when there are at most `limit_bytes`.
///
/// # Errors
/// When the entry cannot be read, or is larger (`FileTooLarge`).
pub fn read_entry(source: &mut dyn Source, index: usize, limit_bytes: u64) -> io::Result<Vec<u8>> {
    if source.entries()[index].size_bytes > limit_bytes {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::new();
    source
        .open(index)?
        .take(limit_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit_bytes {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Reads entry `index` to its end and compares it with the archive's directory.
pub fn verify(source: &mut dyn Source, index: usize) -> Option<Finding> {
    let entry = source.entries()[index].clone();
    if matches!(entry.method, Method::Other(_)) {
        return None; // found when the source was opened
    }
    let found = |code, message: String| Some(Finding::new(code, message).in_file(&entry.path));
    let (size_bytes, crc32) = match source.open(index).and_then(checksum) {
        Ok(sums) => sums,
        Err(error) if zip::is_for_bytes_behind(&error) => {
            return found(Code::SizeMismatch, error.to_string());
        }
        Err(error) => return found(Code::EntryUnreadable, format!("cannot be read: {error}")),
    };
    if size_bytes != entry.size_bytes {
        let more = if size_bytes > entry.size_bytes {
            "more"
        } else {
            "only"
        };
        let counted = size_bytes.min(entry.size_bytes);
        let directory = entry.size_bytes;
        return found(
            Code::SizeMismatch,
            format!(
                "the archive's directory says {directory} bytes, there are {more} than {counted}"
            )
            .replace("only than", "only"),
        );
    }
    match entry.crc32 {
        Some(expected) if expected != crc32 => found(
            Code::CrcMismatch,
            format!("its checksum should be {expected:08x} and is {crc32:08x}"),
        ),
        _ => None,
    }
}

/// Verifies every entry, in the archive's order; returns what it found.
///
/// A caller that reads all the bytes anyway (to publish them, say) compares checksums as it goes and
/// has no need of this.
pub fn verify_all(source: &mut dyn Source) -> Vec<Finding> {
    (0..source.entries().len())
        .filter_map(|index| verify(source, index))
        .collect()
}

fn checksum(mut reader: Box<dyn Read + '_>) -> io::Result<(u64, u32)> {
    let mut hasher = crc32fast::Hasher::new();
    let mut size_bytes = 0;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok((size_bytes, hasher.finalize())),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                size_bytes += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Limits that concern all entries together; the same for every kind of source.
fn check_totals(entries: &[Entry], limits: &Limits) -> Vec<Finding> {
    let mut findings = Vec::new();
    let count = entries.len() as u64;
    if count > limits.entries {
        findings.push(Finding::new(
            Code::TooManyEntries,
            format!("{count} entries; the limit is {}", limits.entries),
        ));
    }
    let sum = |bytes: fn(&Entry) -> u64| entries.iter().map(bytes).fold(0, u64::saturating_add);
    let total = sum(|entry| entry.size_bytes);
    let packed = sum(|entry| entry.compressed_bytes);
    if total > limits.total_bytes {
        findings.push(Finding::new(
            Code::ArchiveTooLarge,
            format!("{total} bytes in all; the limit is {}", limits.total_bytes),
        ));
    }
    if total > RATIO_COUNTS_FROM_TOTAL_BYTES && total > packed.saturating_mul(limits.ratio) {
        let message = format!(
            "{packed} bytes would inflate to {total} in all; the limit is {} times",
            limits.ratio
        );
        findings.push(Finding::new(Code::CompressionRatio, message));
    }
    for entry in entries
        .iter()
        .filter(|entry| entry.size_bytes > limits.entry_bytes)
    {
        let message = format!(
            "{} bytes; the limit is {}",
            entry.size_bytes, limits.entry_bytes
        );
        findings.push(Finding::new(Code::EntryTooLarge, message).in_file(&entry.path));
    }
    findings
}

/// What operating systems leave in folders and archives.
fn is_junk(path: &str) -> bool {
    path.split('/').any(|part| {
        matches!(
            part,
            "__MACOSX" | ".DS_Store" | "Thumbs.db" | "desktop.ini" | ".git" | ".svn"
        ) || part.starts_with("._")
    })
}

fn junk_finding(count: usize, example: &str) -> Finding {
    Finding::new(
        Code::JunkFiles,
        format!(
            "{count} entries are left over from an operating system ({example}); they are not read"
        ),
    )
    .in_file(example)
}
