//! Content, straight out of the archives: who may read which version, where each file lies in it,
//! and the HTTP answer. The routes are in [`crate::routes`], the archives in [`crate::blob`].
#![expect(
    dead_code,
    unused_imports,
    reason = "the routes that use it come with the server"
)]

mod encoding;
mod headers;
mod index;
mod media_type;
mod range;
mod respond;
mod signature;

use std::sync::Arc;

use moka::future::Cache;
use uuid::Uuid;

pub(crate) use headers::protect;
pub(crate) use index::{Entry, Index, Method};
pub(crate) use media_type::is_seekable;
pub(crate) use respond::respond;

/// Directories kept in memory: about 200 bytes an entry.
const INDEXES: u64 = 256;

/// Directories of the versions that are being read.
#[derive(Debug, Clone)]
pub struct Indexes(Cache<Uuid, Arc<Index>>);

impl Default for Indexes {
    fn default() -> Self {
        Self(Cache::new(INDEXES))
    }
}
