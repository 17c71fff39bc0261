//! Sessions under way.

/// Sessions under way, kept in memory.
#[derive(Debug, Clone, Default)]
pub struct Live;
