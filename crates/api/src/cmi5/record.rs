//! Into the LRS: the LMS's own statements and documents.

use percorso_tracker::cmi5::Session;
use serde_json::Value;

use crate::{db::Connection, problem::Result};

/// Stores statements of the LMS, in this order.
///
/// # Errors
/// When the database fails.
pub(super) async fn own(_conn: &mut Connection, _statements: Vec<Value>) -> Result<()> {
    Ok(())
}

/// Writes `LMS.LaunchData` for a session (10.1.0.0-1).
///
/// # Errors
/// When the database fails.
pub(super) async fn launch_data(
    _conn: &mut Connection,
    _session: &Session,
    _document: &Value,
) -> Result<()> {
    Ok(())
}
