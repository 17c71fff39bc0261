//! The path beside its routes: participant lists, calendar files, what is complete, and the file that comes with
//! packages.

pub(crate) mod calendar;
pub(crate) mod file;
pub(crate) mod participants;
pub(crate) mod presence;
pub(crate) mod reached;
pub(crate) mod table;
