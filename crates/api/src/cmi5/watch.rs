//! Sessions that nobody ends: a unit that never began, a browser that was closed (9.3.2.0-1).

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::launch::abandon;
use crate::{app::App, db, problem::Result};

/// How often forgotten sessions are looked for.
const EVERY: Duration = Duration::from_mins(1);

/// Abandons forgotten sessions for as long as the server runs.
pub(crate) async fn watch(app: App) {
    loop {
        tokio::time::sleep(EVERY).await;
        match abandon_forgotten(&app, Utc::now()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "abandoned cmi5 sessions that went silent"),
            Err(problem) => tracing::warn!(
                error = problem.detail(),
                "cmi5 sessions could not be watched"
            ),
        }
    }
}

/// Abandons the sessions that are forgotten at a moment; says how many.
///
/// # Errors
/// When the database fails.
pub async fn abandon_forgotten(app: &App, now: DateTime<Utc>) -> Result<usize> {
    let limits = &app.config.cmi5;
    let mut conn = app.db.get().await?;
    let found = db::cmi5::forgotten(&mut conn, now - limits.idle, now - limits.start).await?;
    drop(conn);
    for (session_id, _) in &found {
        abandon(app, *session_id).await?;
    }
    Ok(found.len())
}
