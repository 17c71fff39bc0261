//! What coordinators ask of many people at once: standings, numbers, lists. What one person reached is in
//! `db/paths`.

pub(crate) mod attendance;
pub(crate) mod demo;
pub(crate) mod enrol;
pub(crate) mod numbers;
pub(crate) mod outline;
pub(crate) mod people;
pub(crate) mod scope;
pub(crate) mod seed;
pub(crate) mod standings;
