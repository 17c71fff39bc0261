//! Sessions that nobody ends: a unit that never began, a browser that was closed (9.3.2.0-1).

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::launch::abandon_silent;
use crate::{
    app::App,
    db::{self, cmi5::Silent},
    problem::Result,
};

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

/// Abandons the sessions that are forgotten at a moment; says how many. One that cannot be abandoned is
/// logged, and holds up no other.
///
/// # Errors
/// When the database fails.
pub async fn abandon_forgotten(app: &App, now: DateTime<Utc>) -> Result<usize> {
    let limits = &app.config.cmi5;
    let silent = Silent {
        idle: now - limits.idle,
        unused: now - limits.start,
    };
    let found = db::cmi5::forgotten(&mut *app.db.get().await?, silent, None).await?;
    let mut count = 0;
    for session_id in found {
        match abandon_silent(app, session_id, silent).await {
            Ok(abandoned) => count += usize::from(abandoned),
            Err(problem) => {
                let error = format!("{problem:?}");
                tracing::warn!(session.id = %session_id, error, "a cmi5 session could not be abandoned; it is tried again");
            }
        }
    }
    Ok(count)
}
