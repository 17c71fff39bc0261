//! What administrators look after: the audit log, people's ways in.

pub(crate) mod audit;
pub(crate) mod health;
pub(crate) mod identities;
pub(crate) mod people;
pub(crate) mod schema;
