//! Sessions that nobody ends: a unit that never began, a browser that was closed (9.3.2.0-1).

use std::time::Duration;

use chrono::Utc;

use super::launch::abandon;
use crate::{app::App, db, problem::Result};

/// How often forgotten sessions are looked for.
const EVERY: Duration = Duration::from_mins(1);

/// Abandons forgotten sessions for as long as the server runs.
pub(crate) async fn watch(app: App) {
    loop {
        tokio::time::sleep(EVERY).await;
        match abandon_forgotten(&app).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "abandoned cmi5 sessions that went silent"),
            Err(problem) => tracing::warn!(
                error = problem.detail(),
                "cmi5 sessions could not be watched"
            ),
        }
    }
}

/// Abandons the sessions that are forgotten now; says how many.
///
/// # Errors
/// When the database fails.
async fn abandon_forgotten(app: &App) -> Result<usize> {
    let (now, limits) = (Utc::now(), &app.config.cmi5);
    let mut conn = app.db.get().await?;
    let found = db::cmi5::forgotten(&mut conn, now - limits.idle, now - limits.start).await?;
    drop(conn);
    for (session_id, _) in &found {
        abandon(app, *session_id).await?;
    }
    Ok(found.len())
}
