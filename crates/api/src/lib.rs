//! The delivery API: HTTP, Postgres, pages and player. The only crate that does I/O.

pub mod blob;
pub mod content;
pub mod import;
