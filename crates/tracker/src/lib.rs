//! The learner-progress tracker: run-time, sequencing and tracking.
//!
//! Pure: never reads a file, socket, clock, environment or random source. Time and seeds come in as
//! values, effects go out as values; so it runs the same in a test, the server and the browser.

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
