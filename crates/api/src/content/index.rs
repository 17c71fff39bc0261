//! The central directory of one archive, in memory: from a path in a URL to an entry.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

/// How an entry's data lies in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// As it is.
    Stored,
    /// Raw deflate data (RFC 1951).
    Deflated,
}

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Path inside the archive, NFC, `/`-separated.
    pub(crate) path: String,
    /// How its data lies there.
    pub(crate) method: Method,
    /// First byte of its data in the archive.
    pub(crate) data_offset: u64,
    /// Bytes in the archive.
    pub(crate) compressed_bytes: u64,
    /// Bytes when inflated.
    pub(crate) size_bytes: u64,
    /// CRC-32 of the inflated bytes.
    pub(crate) crc32: u32,
}

/// What one package version holds, and the blob it lies in.
#[derive(Debug)]
pub(crate) struct Index {
    /// Key of the archive in the blob store.
    pub(crate) blob_key: String,
    entries: Vec<Entry>,
    exact: HashMap<String, usize>,
    tolerant: HashMap<String, usize>,
}

impl Index {
    /// Indexes the entries of the archive under `blob_key`.
    pub(crate) fn new(blob_key: String, entries: Vec<Entry>) -> Self {
        let mut index = Self {
            blob_key,
            exact: HashMap::new(),
            tolerant: HashMap::new(),
            entries,
        };
        for (at, entry) in index.entries.iter().enumerate() {
            index.exact.insert(entry.path.clone(), at);
            index.tolerant.entry(folded(&entry.path)).or_insert(at);
        }
        index
    }

    /// The entry that a URL path names: exactly, else as forgivingly as the package was read (case,
    /// percent-encoding, Unicode form, backslashes, doubled slashes).
    pub(crate) fn find(&self, url_path: &str) -> Option<&Entry> {
        let decoded = percent_decode_str(url_path).decode_utf8_lossy();
        let at = self
            .exact
            .get(decoded.as_ref())
            .or_else(|| self.exact.get(url_path))
            .or_else(|| self.tolerant.get(&folded(&decoded)))?;
        Some(&self.entries[*at])
    }
}

fn folded(path: &str) -> String {
    let decoded = percent_decode_str(path)
        .decode_utf8_lossy()
        .replace('\\', "/");
    let parts: Vec<&str> = decoded
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    parts.join("/").nfc().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> Entry {
        Entry {
            path: path.to_owned(),
            method: Method::Stored,
            data_offset: 0,
            compressed_bytes: 0,
            size_bytes: 0,
            crc32: 0,
        }
    }

    #[test]
    fn a_path_is_found_exactly_or_forgivingly() {
        let paths = [
            "Images/Logo.PNG",
            "images/logo.png",
            "perché no.html",
            "a%20b.js",
            "x/y.css",
        ];
        let index = Index::new("blob".into(), paths.map(entry).to_vec());
        for (url, expected) in [
            ("Images/Logo.PNG", Some("Images/Logo.PNG")),
            ("images/logo.png", Some("images/logo.png")),
            ("IMAGES/LOGO.png", Some("Images/Logo.PNG")),
            ("perch%C3%A9%20no.html", Some("perché no.html")),
            ("perche%CC%81%20no.HTML", Some("perché no.html")),
            ("a%20b.js", Some("a%20b.js")),
            ("a%2520b.js", Some("a%20b.js")),
            ("a b.js", Some("a%20b.js")),
            ("x%5Cy.css", Some("x/y.css")),
            ("x//y.css", Some("x/y.css")),
            ("x/", None),
            ("x", None),
            ("../x/y.css", None),
            ("%ff", None),
        ] {
            assert_eq!(
                index.find(url).map(|entry| entry.path.as_str()),
                expected,
                "{url}"
            );
        }
    }
}
