#![doc = include_str!("../README.md")]

pub mod activity_tree;
#[cfg(feature = "cmi5")]
pub mod cmi5;
pub mod golden;
pub mod runtime;
pub mod sequencing;
mod sequencing_definition;
pub mod session;
mod snapshot;
pub mod tracking;
#[cfg(feature = "wasm")]
pub mod wasm;
