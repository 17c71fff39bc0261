//! Content, straight out of the archives.
mod encoding;
mod headers;
mod index;
mod media_type;
mod range;
mod respond;
mod signature;
pub(crate) use index::{Entry, Index, Method};
pub(crate) use media_type::is_seekable;
