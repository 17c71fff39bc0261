//! Digests: of what a video is made from, and of what is kept between runs.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// A digest of several parts, each ended, so that no two lists give the same bytes.
#[derive(Clone)]
pub(super) struct Parts(Sha256);

impl Parts {
    pub(super) fn new() -> Self {
        Self(Sha256::new())
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn file(&mut self, file: &Path) -> Result<&mut Self> {
        let bytes = fs::read(file).with_context(|| crate::shell::shown(file))?;
        Ok(self.bytes(&bytes))
    }

    pub(super) fn hex(self) -> String {
        hex(self.0)
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(bytes.len().to_le_bytes());
        self.0.update(bytes);
        self
    }
}

/// A file's plain SHA-256.
///
/// # Errors
/// When it cannot be read.
pub(super) fn of_file(file: &Path) -> Result<String> {
    let mut digest = Sha256::new();
    digest.update(fs::read(file).with_context(|| crate::shell::shown(file))?);
    Ok(hex(digest))
}

fn hex(digest: Sha256) -> String {
    digest
        .finalize()
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
