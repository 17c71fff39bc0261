//! What several routes say in JSON, and how.

pub(crate) mod package;

use chrono::{DateTime, SecondsFormat, Utc};

/// RFC 3339, UTC, milliseconds.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
