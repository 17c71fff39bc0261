//! Any bytes as a manifest, in a folder that holds one page: findings, never a panic.
#![no_main]

use std::io::{self, Read};

use libfuzzer_sys::fuzz_target;
use percorso_package::{Entry, Finding, Limits, Method, Source, read};

struct Files<'a>(Vec<Entry>, &'a [u8]);

impl Source for Files<'_> {
    fn entries(&self) -> &[Entry] {
        &self.0
    }

    fn findings(&self) -> &[Finding] {
        &[]
    }

    fn open(&mut self, index: usize) -> io::Result<Box<dyn Read + '_>> {
        Ok(if index == 0 { Box::new(self.1) } else { Box::new(io::empty()) })
    }
}

fuzz_target!(|bytes: &[u8]| {
    let entry = |path: &str, size: usize| Entry {
        path: path.to_owned(),
        method: Method::Stored,
        data_offset: 0,
        compressed_bytes: size as u64,
        size_bytes: size as u64,
        crc32: None,
    };
    let entries = vec![entry("imsmanifest.xml", bytes.len()), entry("modulo/intro.html", 0)];
    let (package, findings) = read(&mut Files(entries, bytes), &Limits::default());
    assert!(package.is_some() || !findings.is_empty());
});
