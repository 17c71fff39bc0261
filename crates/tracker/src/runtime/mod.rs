//! The run-time environment: what content talks to, in SCORM 1.2 and SCORM 2004.
//!
//! [`api`](Communication) is the state machine of the eight calls, [`error_code`](error_string) the
//! codes, `data_model` the tables, `status` the mapping to the common model. Who is delivered and
//! what follows from it is `sequencing`'s and `session`'s business.

mod api;
mod data_model;
mod error_code;
mod launch;
mod status;

pub use api::{Around, Communication, Happening, Phase, Reply};
pub use data_model::{Values, reference};
pub(crate) use data_model::{duration, split_target};
pub use duration::{format_iso as format_duration, parse_iso as parse_duration};
pub use error_code::{Fault, code, error_string};
pub use launch::{Launch, ObjectiveSeed, SharedData};
pub(crate) use status::settle_lesson_status;
pub use status::{ContentReport, ObjectiveReport, STATUS_MAPPING, StatusRow, map_status};
