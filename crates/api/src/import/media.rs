//! Deflated audio and video, stored again without compression: a player seeks in them by byte range.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::FileExt,
};

use flate2::read::DeflateDecoder;
use sha2::{Digest, Sha256};

use super::zip_writer::ZipWriter;
use crate::content::{Entry, Method, is_seekable};

/// Whether any entry has to be stored again.
pub(crate) fn needs_restoring(entries: &[Entry]) -> bool {
    entries.iter().any(must_be_stored)
}

/// Writes `archive` to `out` with its audio and video stored, everything else as it lies; gives the
/// entries with their new places, and the SHA-256 of what was written.
///
/// # Errors
/// When a side cannot be read or written.
pub(crate) fn restore(
    archive: &File,
    entries: &[Entry],
    out: &File,
) -> io::Result<(Vec<Entry>, [u8; 32])> {
    let hashing = Hashing {
        out,
        hash: Sha256::new(),
    };
    let mut writer = ZipWriter::new(io::BufWriter::with_capacity(256 * 1024, hashing));
    for entry in entries {
        let data = EntryData::new(archive, entry);
        if must_be_stored(entry) {
            let stored = Entry {
                method: Method::Stored,
                compressed_bytes: entry.size_bytes,
                ..entry.clone()
            };
            let data = io::BufReader::with_capacity(256 * 1024, data);
            writer.add(&stored, DeflateDecoder::new(data))?;
        } else {
            writer.add(entry, data)?;
        }
    }
    let (entries, hashing) = writer.finish()?;
    let hashing = hashing
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    Ok((entries, hashing.hash.finalize().into()))
}

fn must_be_stored(entry: &Entry) -> bool {
    entry.method == Method::Deflated && is_seekable(&entry.path)
}

struct Hashing<'a> {
    out: &'a File,
    hash: Sha256,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// An entry's data as it lies in the archive, read at positions: several readers share one file.
pub(crate) struct EntryData<'a> {
    archive: &'a File,
    at: u64,
    end: u64,
}

impl<'a> EntryData<'a> {
    /// The data of `entry`.
    pub(crate) fn new(archive: &'a File, entry: &Entry) -> Self {
        Self {
            archive,
            at: entry.data_offset,
            end: entry.data_offset + entry.compressed_bytes,
        }
    }
}

impl Read for EntryData<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let read = self.archive.read_at(&mut buffer[..wanted], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
