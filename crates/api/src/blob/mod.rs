//! Where archives lie: one small trait, a local directory, and S3-compatible storage.
//!
//! A blob is written once, whole, and never changed; its key names its content. What is inside a
//! blob is the business of [`crate::content`]; which blobs are in use is known to the database.

mod local;
mod object;

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;

pub use local::LocalStore;
pub use object::ObjectStore;

/// Folder of the local directory for files on their way to the store.
const INCOMING: &str = "incoming";

/// Bytes of a blob, in order, in pieces of at most [`PIECE_BYTES`] where the store can choose.
pub type BlobStream = BoxStream<'static, Result<Bytes, BlobError>>;

/// How much a store reads at a time.
pub const PIECE_BYTES: usize = 128 * 1024;

/// What can go wrong with a blob.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// No blob has this key.
    #[error("no blob {0}")]
    NotFound(String),
    /// The directory or the file system failed.
    #[error("blob storage could not be read or written")]
    Io(#[from] std::io::Error),
    /// A variable that is not one of the storage's.
    #[error("{0} is not a setting of S3-compatible storage")]
    UnknownOption(String),
    /// The object store failed.
    #[error("object storage could not be read or written")]
    Object(#[source] object_store::Error),
}

/// A blob that the store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobInfo {
    /// Its key.
    pub key: String,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

/// Storage of immutable archives.
#[async_trait]
pub trait BlobStore: Send + Sync + std::fmt::Debug {
    /// Takes over the file at `from`: durable under `key` when this returns, all or nothing. A blob
    /// that is there already stays, young again, and so does `from`; else `from` may be gone afterwards.
    ///
    /// # Errors
    /// When the store cannot be written.
    async fn put(&self, key: &str, from: &Path) -> Result<(), BlobError>;

    /// The bytes of `range`.
    ///
    /// # Errors
    /// When there is no such blob or the store cannot be read.
    async fn read(&self, key: &str, range: Range<u64>) -> Result<BlobStream, BlobError>;

    /// Length in bytes.
    ///
    /// # Errors
    /// When there is no such blob or the store cannot be read.
    async fn length(&self, key: &str) -> Result<u64, BlobError>;

    /// When it was last put.
    ///
    /// # Errors
    /// When there is no such blob or the store cannot be read.
    async fn written_at(&self, key: &str) -> Result<DateTime<Utc>, BlobError>;

    /// Removes a blob; one that is not there is removed already.
    ///
    /// # Errors
    /// When the store cannot be written.
    async fn delete(&self, key: &str) -> Result<(), BlobError>;

    /// Every blob, for the sweep of those that nothing names. What others keep in the same place is not
    /// among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn list(&self) -> Result<Vec<BlobInfo>, BlobError>;
}

/// Settings of the blob store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlobConfig {
    /// `PERCORSO_BLOB_DIR`: directory of the local store. Default: `blobs` in the data directory.
    pub directory: PathBuf,
    /// `PERCORSO_BLOB_URL`: `s3://bucket/prefix` for S3-compatible storage, with the usual `AWS_…`
    /// variables (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`,
    /// `AWS_ALLOW_HTTP` and others). Default: none, archives lie in the local directory.
    pub url: Option<String>,
    /// The `AWS_…` variables, as (name, value).
    pub options: Vec<(String, String)>,
}

impl BlobConfig {
    /// Where files lie on their way: beside the archives, so that the local store need not copy them.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.directory.join(INCOMING)
    }
}

/// Opens the store that the settings name.
///
/// # Errors
/// When the directory cannot be made or the address is not one of S3-compatible storage.
pub fn open(config: &BlobConfig) -> Result<Arc<dyn BlobStore>, BlobError> {
    Ok(match &config.url {
        Some(url) => Arc::new(ObjectStore::open(url, &config.options)?),
        None => Arc::new(LocalStore::open(&config.directory)?),
    })
}

/// Whether a name is a key of ours: a SHA-2 in small hexadecimal digits, and what it is the sum of.
fn is_own(name: &str) -> bool {
    let sum = name
        .strip_suffix(".zip")
        .or_else(|| name.strip_suffix("-attachment"));
    sum.is_some_and(|sum| {
        matches!(sum.len(), 56 | 64 | 96 | 128)
            && sum
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_keys_are_told_from_other_names() {
        let sum = "0123456789abcdef".repeat(4);
        for (name, expected) in [
            (format!("{sum}.zip"), true),
            (format!("{sum}-attachment"), true),
            (format!("{sum}{sum}-attachment"), true),
            (sum.clone(), false),
            (format!("{sum}.part"), false),
            (format!("{}.zip", sum.to_uppercase()), false),
            (format!("{}.zip", &sum[1..]), false),
            ("2026.zip".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_own(&name), expected, "{name}");
        }
    }
}
