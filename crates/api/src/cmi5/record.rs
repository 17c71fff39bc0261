//! Into the LRS: the LMS's own statements and documents.

use percorso_tracker::cmi5::{Session, vocabulary};
use serde_json::Value;

use crate::{
    app::App,
    db::{
        self, Connection,
        lrs::{
            NewStatement,
            documents::{Document, Place},
        },
    },
    problem::Result,
    routes::xapi::{SERVER, authority, document},
    xapi,
};

/// Stores statements of the LMS, in this order: after whatever caused them.
///
/// # Errors
/// When the database fails.
pub(super) async fn own(app: &App, conn: &mut Connection, statements: Vec<Value>) -> Result<()> {
    if statements.is_empty() {
        return Ok(());
    }
    let authority = xapi::Authority::of(&authority(app, SERVER));
    let moments = app.moments.take(statements.len());
    let prepared: Vec<NewStatement> = statements
        .into_iter()
        .zip(moments)
        .map(|(statement, moment)| xapi::prepare(statement, moment, &authority, xapi::Version::V1))
        .collect();
    db::lrs::store(conn, &prepared).await?;
    Ok(())
}

/// Writes `LMS.LaunchData` for a session (10.1.0.0-1).
///
/// # Errors
/// When the database fails.
pub(super) async fn launch_data(
    conn: &mut Connection,
    session: &Session,
    data: &Value,
) -> Result<()> {
    let place = Place {
        resource: "state",
        activity: session.activity_id.clone(),
        agent: xapi::agent::key(&session.actor.agent()).unwrap_or_default(),
        registration: Some(session.registration.clone()),
    };
    let document: Document = document("application/json", data.to_string().into_bytes());
    db::lrs::documents::put(conn, &place, vocabulary::LAUNCH_DATA, &document).await?;
    Ok(())
}
