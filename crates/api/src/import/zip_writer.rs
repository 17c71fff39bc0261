//! Writes a zip archive front to back (APPNOTE 6.3.10): data copied as it lies, names in UTF-8, no
//! times, so that the same files give the same bytes. Tells where each entry's data begins.

use std::io::{self, Read, Write};

use crate::content::{Entry, Method};

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const END_64_LOCATOR: u32 = 0x0706_4b50;
/// General purpose bit 11: the name is UTF-8.
const UTF8_NAME: u16 = 1 << 11;
/// 1 January 1980: zip knows no "no date".
const NO_DATE: u16 = 0x0021;
const NEEDS_64: u32 = u32::MAX;

/// An archive being written.
pub(crate) struct ZipWriter<W> {
    out: W,
    position: u64,
    entries: Vec<(Entry, u64)>,
}

impl<W: Write> ZipWriter<W> {
    /// Begins an archive.
    pub(crate) fn new(out: W) -> Self {
        Self {
            out,
            position: 0,
            entries: Vec::new(),
        }
    }

    /// Adds an entry whose data, in the form that `entry.method` says, is read from `data`;
    /// `entry.data_offset` is not looked at.
    ///
    /// # Errors
    /// When `data` has not the length the entry says, or a side cannot be read or written.
    pub(crate) fn add(&mut self, entry: &Entry, data: impl Read) -> io::Result<()> {
        let header_at = self.position;
        let header = local_header(entry)?;
        self.out.write_all(&header)?;
        let data_offset = header_at + header.len() as u64;
        let copied = io::copy(&mut data.take(entry.compressed_bytes), &mut self.out)?;
        if copied != entry.compressed_bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position = data_offset + copied;
        self.entries.push((
            Entry {
                data_offset,
                ..entry.clone()
            },
            header_at,
        ));
        Ok(())
    }

    /// Writes the central directory; gives the entries with their new places, and the writer.
    ///
    /// # Errors
    /// When the archive cannot be written.
    pub(crate) fn finish(mut self) -> io::Result<(Vec<Entry>, W)> {
        let mut tail = Vec::new();
        for (entry, header_at) in &self.entries {
            central_header(&mut tail, entry, *header_at)?;
        }
        end(&mut tail, self.entries.len() as u64, self.position);
        self.out.write_all(&tail)?;
        self.out.flush()?;
        Ok((
            self.entries.into_iter().map(|(entry, _)| entry).collect(),
            self.out,
        ))
    }
}

fn local_header(entry: &Entry) -> io::Result<Vec<u8>> {
    let large = is_large(entry.size_bytes) || is_large(entry.compressed_bytes);
    let mut extra = Vec::new();
    if large {
        zip64_extra(&mut extra, &[entry.size_bytes, entry.compressed_bytes]);
    }
    let mut out = Vec::with_capacity(30 + entry.path.len() + extra.len());
    put32(&mut out, LOCAL_HEADER);
    common(&mut out, entry, large);
    put16(&mut out, short_length(entry.path.len())?);
    put16(&mut out, short_length(extra.len())?);
    out.extend_from_slice(entry.path.as_bytes());
    out.extend_from_slice(&extra);
    Ok(out)
}

fn central_header(out: &mut Vec<u8>, entry: &Entry, header_at: u64) -> io::Result<()> {
    let large = is_large(entry.size_bytes) || is_large(entry.compressed_bytes);
    let mut wide = Vec::new();
    if large {
        wide.extend([entry.size_bytes, entry.compressed_bytes]);
    }
    if is_large(header_at) {
        wide.push(header_at);
    }
    let mut extra = Vec::new();
    if !wide.is_empty() {
        zip64_extra(&mut extra, &wide);
    }
    put32(out, CENTRAL_HEADER);
    put16(out, 45); // made by: FAT attributes, version 4.5
    common(out, entry, large);
    put16(out, short_length(entry.path.len())?);
    put16(out, short_length(extra.len())?);
    put16(out, 0); // no comment
    put16(out, 0); // first disk
    put16(out, 0); // internal attributes
    put32(out, 0); // external attributes
    put32(out, narrow(header_at));
    out.extend_from_slice(entry.path.as_bytes());
    out.extend_from_slice(&extra);
    Ok(())
}

/// The fields that the local and the central header share, in the same order.
fn common(out: &mut Vec<u8>, entry: &Entry, large: bool) {
    put16(out, if large { 45 } else { 20 });
    put16(out, UTF8_NAME);
    put16(
        out,
        match entry.method {
            Method::Stored => 0,
            Method::Deflated => 8,
        },
    );
    put16(out, 0);
    put16(out, NO_DATE);
    put32(out, entry.crc32);
    put32(
        out,
        if large {
            NEEDS_64
        } else {
            narrow(entry.compressed_bytes)
        },
    );
    put32(
        out,
        if large {
            NEEDS_64
        } else {
            narrow(entry.size_bytes)
        },
    );
}

fn end(out: &mut Vec<u8>, entries: u64, directory_at: u64) {
    let directory_bytes = out.len() as u64;
    if entries >= u64::from(u16::MAX) || is_large(directory_at) || is_large(directory_bytes) {
        let end_64_at = directory_at + directory_bytes;
        put32(out, END_64);
        put64(out, 44);
        put16(out, 45);
        put16(out, 45);
        put32(out, 0);
        put32(out, 0);
        for field in [entries, entries, directory_bytes, directory_at] {
            put64(out, field);
        }
        put32(out, END_64_LOCATOR);
        put32(out, 0);
        put64(out, end_64_at);
        put32(out, 1);
    }
    let count = u16::try_from(entries).unwrap_or(u16::MAX);
    put32(out, END);
    put16(out, 0);
    put16(out, 0);
    put16(out, count);
    put16(out, count);
    put32(out, narrow(directory_bytes));
    put32(out, narrow(directory_at));
    put16(out, 0);
}

fn zip64_extra(out: &mut Vec<u8>, fields: &[u64]) {
    put16(out, 1);
    put16(
        out,
        u16::try_from(fields.len() * 8).expect("three fields at most"),
    );
    for field in fields {
        put64(out, *field);
    }
}

fn is_large(value: u64) -> bool {
    value >= u64::from(NEEDS_64)
}

fn narrow(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(NEEDS_64)
}

fn short_length(length: usize) -> io::Result<u16> {
    u16::try_from(length).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "name too long"))
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn stored(path: &str, data: &[u8]) -> Entry {
        Entry {
            path: path.to_owned(),
            method: Method::Stored,
            data_offset: 0,
            compressed_bytes: data.len() as u64,
            size_bytes: data.len() as u64,
            crc32: crc32fast::hash(data),
        }
    }

    #[test]
    fn another_reader_opens_what_is_written() {
        let files = [("a/perché.txt", b"one".as_slice()), ("b.bin", b"")];
        let mut writer = ZipWriter::new(Vec::new());
        for (path, data) in files {
            writer.add(&stored(path, data), data).unwrap();
        }
        let (entries, bytes) = writer.finish().unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        for (at, (path, data)) in files.iter().enumerate() {
            let mut file = archive.by_index(at).unwrap();
            assert_eq!(file.name().unwrap(), *path);
            assert_eq!(file.data_start(), Some(entries[at].data_offset));
            let mut read = Vec::new();
            file.read_to_end(&mut read).unwrap();
            assert_eq!(read, *data);
        }
    }

    #[test]
    fn more_entries_than_16_bits_count_are_written_as_zip64() {
        let mut writer = ZipWriter::new(Vec::new());
        for number in 0..70_000 {
            writer
                .add(&stored(&number.to_string(), b""), io::empty())
                .unwrap();
        }
        let (_, bytes) = writer.finish().unwrap();
        assert_eq!(
            zip::ZipArchive::new(Cursor::new(&bytes)).unwrap().len(),
            70_000
        );
    }

    #[test]
    fn data_shorter_than_its_entry_says_is_an_error() {
        let mut writer = ZipWriter::new(Vec::new());
        assert!(
            writer
                .add(&stored("a", b"four"), b"two".as_slice())
                .is_err()
        );
    }
}
