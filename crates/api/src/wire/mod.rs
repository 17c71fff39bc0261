//! What several routes say in JSON, and how.
