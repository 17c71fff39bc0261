//! Content package in, one typed [`Package`] out.
//!
//! This crate knows no learner and does no I/O of its own beyond reading the [`Source`] it is given.
//! [`model`] is always there (the tracker and the player need only that); the reading side stands
//! behind the feature `read`.

pub mod model;

pub use model::*;
