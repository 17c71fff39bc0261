//! What several routes say in JSON, and how.

pub(crate) mod body;
mod duration;
pub(crate) mod package;
pub(crate) mod package_change;
pub(crate) mod progress;
pub(crate) mod session;

use chrono::{DateTime, SecondsFormat, Utc};

pub(crate) use duration::{duration, parsed as parsed_duration};

/// RFC 3339, UTC, milliseconds.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
