//! Temporary.
pub(crate) mod media;
pub mod pack;
pub mod staging;
mod zip_writer;
