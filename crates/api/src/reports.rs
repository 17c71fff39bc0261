//! Keeps what reports are made from up to date, in the background. Pages bring a few rows up to date
//! themselves, so that whoever just changed something sees it. What turns out to be complete gets its attestato.

use std::time::Duration;

use crate::{app::App, db::reports::standings, problem::Result};

/// How often changes are looked for.
const EVERY: Duration = Duration::from_secs(5);
/// Standings made at a time.
const AT_A_TIME: i64 = 500;

/// Runs until it is dropped.
pub(crate) async fn keep_up(app: App) {
    loop {
        match round(&app).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "issued certificates of complete courses"),
            Err(problem) => tracing::warn!(
                error = format!("{problem:?}"),
                "standings and certificates could not be brought up to date"
            ),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Brings every standing up to date, then issues the certificates that are due; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn round(app: &App) -> Result<usize> {
    catch_up(app).await?;
    crate::certificates::issue_due(app).await
}

/// Brings every standing up to date; answers how many.
///
/// # Errors
/// When the database fails.
pub(crate) async fn catch_up(app: &App) -> Result<usize> {
    let mut all = 0;
    loop {
        let made = standings::refresh(&mut *app.db.get().await?, AT_A_TIME).await?;
        all += made;
        if i64::try_from(made).is_ok_and(|made| made < AT_A_TIME) {
            return Ok(all);
        }
    }
}
