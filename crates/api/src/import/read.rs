//! The package crate's reading of an archive, every byte of it checked, and its directory in the form
//! content is served from.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use percorso_package::{self as package, Finding, Limits, Package, Severity, Source, ZipSource};

use crate::content::{Entry, Method};

/// Archives below this inflated size are checked by one thread.
const WORTH_THREADS_BYTES: u64 = 4 * 1024 * 1024;
/// Threads that check one archive, at most: other requests want cores too.
const MOST_THREADS: usize = 4;

/// How far into a file its root element is looked for.
const HEAD_BYTES: u64 = 64 * 1024;

/// What reading a file gives.
pub(crate) struct Reading {
    /// The typed package, when it can be delivered.
    pub(crate) package: Option<Package>,
    /// Everything found, the worst first.
    pub(crate) findings: Vec<Finding>,
    /// The archive's directory.
    pub(crate) entries: Vec<Entry>,
}

/// Reads the archive, or the bare course structure, at `file`.
///
/// # Errors
/// When the file cannot be read; that it is no archive is a finding.
pub(crate) fn read(file: &Path, limits: &Limits) -> io::Result<Reading> {
    if is_course_structure(file)? {
        return read_course_structure(file, limits);
    }
    let mut source = ZipSource::open(file, limits)?;
    let (package, mut findings) = package::read(&mut source, limits);
    if is_worth_checking(&findings) {
        findings.extend(verify(file, source.entries(), limits)?);
        findings.sort_by_key(|finding| finding.severity);
    }
    let refused = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    let entries = source.entries().iter().filter_map(entry).collect();
    Ok(Reading {
        package: package.filter(|_| !refused),
        findings,
        entries,
    })
}

/// Whether the file is XML with the root element of a course structure: then it is no archive.
fn is_course_structure(file: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(file)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(root_element(&head).is_some_and(|name| name == "courseStructure"))
}

/// The root element's name without prefix, when a file begins as XML does.
fn root_element(head: &[u8]) -> Option<String> {
    let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let marked = marks.iter().find_map(|mark| head.strip_prefix(*mark));
    // UTF-16 has a zero byte beside each letter.
    let letters = marked.unwrap_or(head).iter().copied();
    let letters: Vec<u8> = letters.filter(|byte| *byte != 0).collect();
    let text = String::from_utf8_lossy(&letters);
    let mut rest = text.trim_start();
    let before = [("<?", "?>"), ("<!--", "-->"), ("<!", ">")];
    while let Some((_, end)) = before.iter().find(|(begin, _)| rest.starts_with(begin)) {
        let (_, after) = rest.split_once(end)?;
        // A document type may have declarations inside, and ends after them.
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || c == ']' || c == '>');
    }
    let name = rest.strip_prefix('<')?;
    let name = name.split(|c: char| c.is_whitespace() || c == '/' || c == '>');
    let name = name.map(|name| name.rsplit(':').next().unwrap_or(name));
    name.map(str::to_owned).next()
}

/// A bare course structure (cmi5): it refers to content by whole URLs only.
fn read_course_structure(file: &Path, limits: &Limits) -> io::Result<Reading> {
    let mut bytes = Vec::new();
    File::open(file)?
        .take(limits.manifest_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    let (package, findings) = package::read_course_structure(&bytes, limits);
    Ok(Reading {
        package,
        findings,
        entries: Vec::new(),
    })
}

/// Bombs and overlaps are refused without inflating them.
fn is_worth_checking(findings: &[Finding]) -> bool {
    use package::Code::{
        ArchiveTooLarge, CompressionRatio, EntriesOverlap, EntryTooLarge, NotAZip, TooManyEntries,
    };
    let stop = [
        ArchiveTooLarge,
        CompressionRatio,
        EntriesOverlap,
        EntryTooLarge,
        NotAZip,
        TooManyEntries,
    ];
    !findings.iter().any(|finding| stop.contains(&finding.code))
}

/// Checks every entry's CRC-32 and size, by several threads when there is much to inflate.
fn verify(file: &Path, entries: &[package::Entry], limits: &Limits) -> io::Result<Vec<Finding>> {
    let total_bytes: u64 = entries.iter().map(|entry| entry.size_bytes).sum();
    let cores = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_THREADS);
    let threads = if total_bytes < WORTH_THREADS_BYTES {
        1
    } else {
        cores.min(entries.len())
    };
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| verify_some(&mut ZipSource::open(file, limits)?, &next)))
            .collect();
        let mut found = Vec::new();
        for worker in workers {
            found.extend(
                worker
                    .join()
                    .map_err(|_| io::Error::other("a check panicked"))??,
            );
        }
        found.sort_by_key(|(index, _)| *index);
        Ok(found.into_iter().map(|(_, finding)| finding).collect())
    })
}

/// Takes entries off the common count until none is left.
fn verify_some(
    source: &mut ZipSource<BufReader<File>>,
    next: &AtomicUsize,
) -> io::Result<Vec<(usize, Finding)>> {
    let mut found = Vec::new();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= source.entries().len() {
            return Ok(found);
        }
        found.extend(package::verify(source, index).map(|finding| (index, finding)));
    }
}

/// `None` for what only a refused package holds.
fn entry(entry: &package::Entry) -> Option<Entry> {
    Some(Entry {
        path: entry.path.clone(),
        method: match entry.method {
            package::Method::Stored => Method::Stored,
            package::Method::Deflated => Method::Deflated,
            package::Method::Other(_) => return None,
        },
        data_offset: entry.data_offset,
        compressed_bytes: entry.compressed_bytes,
        size_bytes: entry.size_bytes,
        crc32: entry.crc32?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_element_is_found_behind_what_may_stand_before_it() {
        let check = |head: &[u8], expected: Option<&str>| {
            let shown = String::from_utf8_lossy(head);
            assert_eq!(root_element(head).as_deref(), expected, "{shown}");
        };
        let course = Some("courseStructure");
        for text in [
            "<courseStructure>",
            " \n<courseStructure xmlns=\"x\"/>",
            "\u{feff}<?xml version=\"1.0\"?><!-- <html> -->\n<c:courseStructure\nxmlns:c=\"x\">",
            "<!DOCTYPE courseStructure [<!ENTITY a \"b\">]><courseStructure>",
        ] {
            check(text.as_bytes(), course);
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            check(&wide, course);
        }
        check(b"<!DOCTYPE html>\n<html>", Some("html"));
        check(
            b"<?xml version=\"1.0\"?><manifest identifier=\"a\">",
            Some("manifest"),
        );
        check(b"PK\x03\x04<courseStructure>", None);
        check(b"<!-- cut off", None);
        check(b"", None);
    }
}
