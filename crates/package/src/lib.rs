#![doc = include_str!("../README.md")]

pub mod model;

#[cfg(feature = "read")]
mod cmi5;
#[cfg(feature = "read")]
mod finding;
#[cfg(feature = "read")]
mod href;
#[cfg(feature = "read")]
mod limits;
#[cfg(feature = "read")]
mod manifest;
#[cfg(feature = "read")]
mod read;
#[cfg(feature = "read")]
mod source;
#[cfg(feature = "read")]
mod xml;

pub use model::*;
#[cfg(feature = "read")]
pub use {
    cmi5::check_iri,
    finding::{Code, Finding, Severity},
    limits::Limits,
    read::{read, read_course_structure},
    source::{Entry, FolderSource, Method, Source, ZipSource, read_entry, verify, verify_all},
};
