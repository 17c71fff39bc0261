//! The path beside its routes: participant lists, calendar files, and the file that comes with packages.

pub(crate) mod calendar;
pub(crate) mod file;
pub(crate) mod participants;
