//! Any bytes as an archive: findings, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use percorso_package::{Limits, ZipSource, read, verify_all};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { total_bytes: 1 << 24, entry_bytes: 1 << 22, ..Limits::default() };
    let mut source = ZipSource::from_bytes(bytes, &limits);
    let (package, findings) = read(&mut source, &limits);
    assert!(package.is_some() || !findings.is_empty());
    verify_all(&mut source);
});
