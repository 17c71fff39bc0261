//! What `percorso replay` reads: how a registration's sessions began, and when it was reset.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use percorso_tracker::session::Progress;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Connection,
    journal::{Line, Stored},
    moves::{self, Step},
    schema::{journal_entries, past_attempts, registrations, sessions, waivers},
};

/// All but the journal's lines.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// The version it is on.
    pub(crate) version_id: Uuid,
    /// Its moves from version to version, the first first; those undone included.
    pub(crate) moves: Vec<Step>,
    /// When the registration was reset.
    pub(crate) resets: Vec<DateTime<Utc>>,
    /// Sessions that were started, the first first.
    pub(crate) sessions: Vec<Opened>,
    /// What the registration is said to have reached.
    pub(crate) attained: Attained,
}

/// What a registration is said to have reached.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable)]
#[diesel(table_name = registrations)]
pub(crate) struct Attained {
    /// completed, incomplete, not_attempted or unknown.
    pub(crate) completion: String,
    /// passed, failed or unknown.
    pub(crate) success: String,
    /// −1 to 1.
    pub(crate) score_scaled: Option<f64>,
    /// As authored.
    pub(crate) score_raw: Option<f64>,
    /// As authored.
    pub(crate) score_min: Option<f64>,
    /// As authored.
    pub(crate) score_max: Option<f64>,
    /// 0 to 1.
    pub(crate) progress_measure: Option<f64>,
}

impl From<&Progress> for Attained {
    fn from(progress: &Progress) -> Self {
        let root = &progress.root;
        Self {
            completion: root.completion.word().to_owned(),
            success: root.success.word().to_owned(),
            score_scaled: root.score.scaled,
            score_raw: root.score.raw,
            score_min: root.score.min,
            score_max: root.score.max,
            progress_measure: root.progress_measure,
        }
    }
}

/// A session that was started.
#[derive(Debug, Queryable)]
pub(crate) struct Opened {
    /// Its id.
    pub(crate) id: Uuid,
    /// When it was started.
    pub(crate) started_at: DateTime<Utc>,
    /// What the engine began with.
    pub(crate) begin: Value,
    /// How it ended: ended, suspended, superseded, abandoned, reset or moved; `None` while it is open.
    pub(crate) end_reason: Option<String>,
}

/// Reads what is recorded of a registration.
///
/// # Errors
/// When the database fails.
pub(crate) async fn recorded(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Recorded>> {
    let stored = registrations::table
        .filter(registrations::id.eq(id))
        .select((registrations::package_version_id, Attained::as_select()))
        .first(conn)
        .await
        .optional()?;
    let Some((version_id, attained)) = stored else {
        return Ok(None);
    };
    let resets = past_attempts::table
        .filter(past_attempts::registration_id.eq(id))
        .select(past_attempts::reset_at)
        .load(conn)
        .await?;
    let sessions = sessions::table
        .filter(sessions::registration_id.eq(id))
        .filter(sessions::started_at.is_not_null())
        .filter(sessions::begin.is_not_null())
        .order(sessions::started_at)
        .select((
            sessions::id,
            sessions::started_at.assume_not_null(),
            sessions::begin.assume_not_null(),
            sessions::end_reason,
        ))
        .load(conn)
        .await?;
    Ok(Some(Recorded {
        version_id,
        moves: moves::steps(conn, id).await?,
        resets,
        sessions,
        attained,
    }))
}

/// A waiver as a move keeps it.
#[derive(Deserialize)]
struct Waiver {
    activity_id: String,
    created_at: DateTime<Utc>,
}

/// Something that happened to a cmi5 registration.
#[derive(Debug)]
pub(crate) struct Happened {
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// What.
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum What {
    /// A unit was waived.
    Waived(String),
    /// It went to another version.
    Moved(Box<Step>),
    /// It came back from there.
    MovedBack,
    /// A session's journal has this line.
    Line(Uuid, Line),
}

/// All that happened to a cmi5 registration, in order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_cmi5(
    conn: &mut Connection,
    id: Uuid,
    moves: Vec<Step>,
) -> QueryResult<Vec<Happened>> {
    let lines: Vec<(Uuid, Stored)> = journal_entries::table
        .inner_join(sessions::table)
        .filter(sessions::registration_id.eq(id))
        .order((
            journal_entries::at,
            sessions::created_at,
            journal_entries::number,
        ))
        .select((
            journal_entries::session_id,
            (
                journal_entries::number,
                journal_entries::at,
                journal_entries::received_at,
                journal_entries::event,
                journal_entries::outcome,
            ),
        ))
        .load(conn)
        .await?;
    let waived: Vec<(DateTime<Utc>, String)> = waivers::table
        .filter(waivers::registration_id.eq(id))
        .select((waivers::created_at, waivers::activity_id))
        .load(conn)
        .await?;
    let mut waived: BTreeSet<(DateTime<Utc>, String)> = waived.into_iter().collect();
    for step in &moves {
        let before: Vec<Waiver> = serde_json::from_value(step.waivers.clone()).unwrap_or_default();
        waived.extend(
            before
                .into_iter()
                .map(|one| (one.created_at, one.activity_id)),
        );
    }
    let mut all: Vec<Happened> = lines
        .into_iter()
        .map(|(session_id, stored)| {
            let line = Line::from(stored);
            Happened {
                at: line.at,
                what: What::Line(session_id, line),
            }
        })
        .collect();
    all.extend(waived.into_iter().map(|(at, unit)| Happened {
        at,
        what: What::Waived(unit),
    }));
    for step in moves {
        let back = step.undone_at.map(|at| Happened {
            at,
            what: What::MovedBack,
        });
        all.push(Happened {
            at: step.moved_at,
            what: What::Moved(Box::new(step)),
        });
        all.extend(back);
    }
    all.sort_by_key(|happened| happened.at);
    Ok(all)
}
