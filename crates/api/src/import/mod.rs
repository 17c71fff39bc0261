//! A file becomes a package version: read, checked, media stored again, published.
#![expect(dead_code, reason = "the routes that use it come with the server")]

pub(crate) mod media;
pub mod pack;
mod read;
pub mod staging;
mod zip_writer;
