//! The journal: one statement saves a batch of entries with everything they changed.

use chrono::{DateTime, Utc};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{
        Array, BigInt, Binary, Bool, Double, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
    },
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::{Connection, schema::journal_entries};

/// Entries of one batch, as columns.
#[derive(Debug, Default, Clone)]
pub(crate) struct Entries {
    /// Positions in the journal.
    pub(crate) numbers: Vec<i64>,
    /// The learner's clock.
    pub(crate) at: Vec<DateTime<Utc>>,
    /// Events, as JSON.
    pub(crate) events: Vec<String>,
    /// What they led to, as JSON; `None` when the answer was "true" and nothing else happened.
    pub(crate) outcomes: Vec<Option<String>>,
}

/// What the root activity has reached, as columns of a registration.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Reached {
    /// `completed`, `incomplete`, `not_attempted` or `unknown`.
    pub(crate) completion: &'static str,
    /// `passed`, `failed` or `unknown`.
    pub(crate) success: &'static str,
    /// −1 to 1.
    pub(crate) scaled: Option<f64>,
    /// As authored.
    pub(crate) raw: Option<f64>,
    /// As authored.
    pub(crate) min: Option<f64>,
    /// As authored.
    pub(crate) max: Option<f64>,
    /// 0 to 1.
    pub(crate) progress_measure: Option<f64>,
    /// Time that content claimed, all sessions.
    pub(crate) total_time_ms: i64,
    /// Attempts on the root.
    pub(crate) attempts: i32,
}

/// One batch and everything it changed: saved by one statement, all or nothing.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// The registration.
    pub(crate) registration_id: Uuid,
    /// Its revision as the batch was computed from.
    pub(crate) revision: i64,
    /// The engine's snapshot.
    pub(crate) state: Vec<u8>,
    /// The progress as JSON, when it changed.
    pub(crate) progress: Option<String>,
    /// The root's progress.
    pub(crate) reached: Reached,
    /// Content was delivered.
    pub(crate) delivered: bool,
    /// The session.
    pub(crate) session_id: Uuid,
    /// Last number the page may believe saved.
    pub(crate) last_number: i64,
    /// How the session ended, when it did.
    pub(crate) end_reason: Option<&'static str>,
    /// Time that content claimed in this batch.
    pub(crate) claimed_ms: i64,
    /// Time in use so far.
    pub(crate) active_ms: i64,
    /// Time since the start so far.
    pub(crate) wall_ms: i64,
    /// Learner's globals that changed: scopes, targets, values as JSON.
    pub(crate) globals: (Vec<&'static str>, Vec<String>, Vec<String>),
    /// The entries.
    pub(crate) entries: Entries,
}

impl Batch {
    /// Saves it; `false` when the registration has another revision by now: nothing was changed then.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn save(&self, conn: &mut Connection) -> QueryResult<bool> {
        let saved = SaveBatch(self).execute(conn).await?;
        Ok(saved > 0)
    }
}

/// The statement. A type of its own, so that it is prepared once for each connection.
struct SaveBatch<'a>(&'a Batch);

impl QueryId for SaveBatch<'_> {
    type QueryId = SaveBatch<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Pg> for SaveBatch<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let batch = self.0;
        out.push_sql("WITH registration AS (UPDATE registrations SET revision = revision + 1, updated_at = now(), last_accessed_at = now(), state = ");
        out.push_bind_param::<Binary, _>(&batch.state)?;
        out.push_sql(", progress = COALESCE(CAST(");
        out.push_bind_param::<Nullable<Text>, _>(&batch.progress)?;
        out.push_sql(" AS jsonb), progress), success = ");
        out.push_bind_param::<Text, _>(&batch.reached.success)?;
        for (column, value) in [
            (", score_scaled = ", &batch.reached.scaled),
            (", score_raw = ", &batch.reached.raw),
            (", score_min = ", &batch.reached.min),
            (", score_max = ", &batch.reached.max),
            (", progress_measure = ", &batch.reached.progress_measure),
        ] {
            out.push_sql(column);
            out.push_bind_param::<Nullable<Double>, _>(value)?;
        }
        out.push_sql(", total_time_ms = ");
        out.push_bind_param::<BigInt, _>(&batch.reached.total_time_ms)?;
        out.push_sql(", attempts = ");
        out.push_bind_param::<Integer, _>(&batch.reached.attempts)?;
        out.push_sql(", started_at = CASE WHEN ");
        out.push_bind_param::<Bool, _>(&batch.delivered)?;
        out.push_sql(" THEN COALESCE(started_at, now()) ELSE started_at END, completion = new.completion, completed_at = CASE new.completion WHEN 'completed' THEN COALESCE(completed_at, now()) ELSE completed_at END FROM (SELECT CAST(");
        out.push_bind_param::<Text, _>(&batch.reached.completion)?;
        out.push_sql(" AS text) AS completion) AS new WHERE id = ");
        out.push_bind_param::<SqlUuid, _>(&batch.registration_id)?;
        out.push_sql(" AND revision = ");
        out.push_bind_param::<BigInt, _>(&batch.revision)?;
        out.push_sql(" RETURNING id, learner_id), session AS (UPDATE sessions SET last_number = ");
        out.push_bind_param::<BigInt, _>(&batch.last_number)?;
        out.push_sql(", claimed_ms = claimed_ms + ");
        out.push_bind_param::<BigInt, _>(&batch.claimed_ms)?;
        out.push_sql(", active_ms = GREATEST(active_ms, ");
        out.push_bind_param::<BigInt, _>(&batch.active_ms)?;
        out.push_sql("), wall_ms = GREATEST(wall_ms, ");
        out.push_bind_param::<BigInt, _>(&batch.wall_ms)?;
        out.push_sql("), end_reason = COALESCE(closing.reason, end_reason), ended_at = CASE WHEN closing.reason IS NULL THEN ended_at ELSE COALESCE(ended_at, now()) END FROM registration, (SELECT CAST(");
        out.push_bind_param::<Nullable<Text>, _>(&batch.end_reason)?;
        out.push_sql(" AS text) AS reason) AS closing WHERE sessions.id = ");
        out.push_bind_param::<SqlUuid, _>(&batch.session_id)?;
        out.push_sql(" AND sessions.registration_id = registration.id RETURNING sessions.id)");
        if !batch.globals.0.is_empty() {
            // Another statement by its text: rare, and not worth a plan kept on every connection.
            out.unsafe_to_cache_prepared();
            out.push_sql(", globals AS (INSERT INTO learner_globals (learner_id, scope, target_id, value) SELECT registration.learner_id, global.scope, global.target_id, CAST(global.value AS jsonb) FROM registration, unnest(");
            out.push_bind_param::<Array<Text>, _>(&batch.globals.0)?;
            out.push_sql(", ");
            out.push_bind_param::<Array<Text>, _>(&batch.globals.1)?;
            out.push_sql(", ");
            out.push_bind_param::<Array<Text>, _>(&batch.globals.2)?;
            out.push_sql(") AS global (scope, target_id, value) ON CONFLICT (learner_id, scope, target_id) DO UPDATE SET value = excluded.value, updated_at = now())");
        }
        out.push_sql(" INSERT INTO journal_entries (session_id, number, at, event, outcome) SELECT session.id, entry.number, entry.at, CAST(entry.event AS jsonb), CAST(entry.outcome AS jsonb) FROM session, unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&batch.entries.numbers)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&batch.entries.at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&batch.entries.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&batch.entries.outcomes)?;
        out.push_sql(") AS entry (number, at, event, outcome)");
        Ok(())
    }
}

/// A line of the journal as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = journal_entries, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Line {
    /// From 1.
    pub(crate) number: i64,
    /// The learner's clock.
    pub(crate) at: DateTime<Utc>,
    /// Our clock.
    pub(crate) received_at: DateTime<Utc>,
    /// The event.
    pub(crate) event: Value,
    /// What it led to.
    pub(crate) outcome: Option<Value>,
}

/// Lines of a session's journal after a number, in order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lines(
    conn: &mut Connection,
    session_id: Uuid,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<Line>> {
    journal_entries::table
        .filter(journal_entries::session_id.eq(session_id))
        .filter(journal_entries::number.gt(after))
        .order(journal_entries::number)
        .limit(limit)
        .select(Line::as_select())
        .load(conn)
        .await
}
