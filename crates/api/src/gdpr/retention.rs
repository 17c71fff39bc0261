//! How long things are kept: once a day what is older than the settings say goes.

use chrono::{DateTime, Months, Utc};
use serde_json::json;

use super::erase;
use crate::{
    app::App,
    audit::{self, Act, Actor},
    db,
    problem::Result,
};

/// Sessions whose journal is removed at a time.
const SESSIONS: i64 = 200;
/// People erased at a time.
const PEOPLE: i64 = 100;
/// Who does it, in the audit log.
const US: &str = "retention";

/// Removes what is kept long enough: expired sign-ins, old journals, people who have been away for long.
///
/// # Errors
/// When the database fails.
pub(crate) async fn apply(app: &App, now: DateTime<Utc>) -> Result<()> {
    let settings = &app.config.retention;
    let sign_ins = db::gdpr::forget_sign_ins(&mut *app.db.get().await?).await?;
    let (mut entries, mut people) = (0, 0);
    if let Some(before) = months_before(now, settings.journal_months) {
        loop {
            let mut conn = app.db.get().await?;
            let (sessions, removed) = db::gdpr::forget_journal(&mut conn, before, SESSIONS).await?;
            entries += removed;
            if sessions == 0 {
                break;
            }
        }
    }
    if let Some(since) = months_before(now, settings.person_months) {
        loop {
            let away = db::gdpr::inactive(&mut *app.db.get().await?, since, PEOPLE).await?;
            if away.is_empty() {
                break;
            }
            for id in away {
                let subject = db::gdpr::by_id(&mut *app.db.get().await?, id).await?;
                if let Some(subject) = subject {
                    erase(app, &subject, Actor::System(US)).await?;
                    people += 1;
                }
            }
        }
    }
    if entries + people > 0 {
        let details = json!({ "journal_entries": entries, "people": people, "sign_ins": sign_ins });
        let mut conn = app.db.get().await?;
        audit::note(
            &mut conn,
            Actor::System(US),
            Act::RetentionApplied,
            US,
            details,
        )
        .await?;
        tracing::info!(entries, people, "removed what was kept long enough");
    }
    Ok(())
}

/// `None` for 0: kept for as long as the server is.
fn months_before(now: DateTime<Utc>, months: u32) -> Option<DateTime<Utc>> {
    (months > 0).then(|| now - Months::new(months))
}
