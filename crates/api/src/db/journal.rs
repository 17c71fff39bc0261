//! The journal: one statement saves batches of entries with everything they changed.

use chrono::{DateTime, Utc};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
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
    /// About how much it sends to the database.
    pub(crate) fn bytes(&self) -> usize {
        let progress = self.progress.as_ref().map_or(0, String::len);
        let events: usize = self.entries.events.iter().map(String::len).sum();
        self.state.len() + progress + events
    }

    /// Last number of its entries: one that closes the session from outside is beyond what its page knows.
    fn last_line(&self) -> i64 {
        let last = self.entries.numbers.last();
        last.map_or(self.last_number, |last| self.last_number.max(*last))
    }

    /// Saves it; `false` when the registration has another revision by now: nothing was changed then.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn save(&self, conn: &mut Connection) -> QueryResult<bool> {
        Ok(!save_all(conn, &[self]).await?.is_empty())
    }
}

/// Saves batches of different registrations by one statement; answers the registrations that had the
/// revision their batch was computed from. Of the others nothing was changed.
///
/// # Errors
/// When the database fails: nothing was changed then.
pub(crate) async fn save_all(conn: &mut Connection, batches: &[&Batch]) -> QueryResult<Vec<Uuid>> {
    SaveBatches::new(batches).load(conn).await
}

/// The statement. A type of its own, so that it is prepared once for each connection; what differs from
/// batch to batch goes in as arrays: one line for each batch, entry or global.
#[derive(Default)]
struct SaveBatches<'a> {
    registration_id: Vec<Uuid>,
    revision: Vec<i64>,
    state: Vec<&'a [u8]>,
    progress: Vec<Option<&'a str>>,
    completion: Vec<&'a str>,
    success: Vec<&'a str>,
    /// Scaled, raw, min, max, progress measure.
    measures: [Vec<Option<f64>>; 5],
    /// Total time, last number, last line; claimed, active and wall time.
    counts: [Vec<i64>; 6],
    attempts: Vec<i32>,
    delivered: Vec<bool>,
    session_id: Vec<Uuid>,
    end_reason: Vec<Option<&'a str>>,
    entry_session_id: Vec<Uuid>,
    entry_number: Vec<i64>,
    entry_at: Vec<DateTime<Utc>>,
    entry_event: Vec<&'a str>,
    entry_outcome: Vec<Option<&'a str>>,
    global_registration_id: Vec<Uuid>,
    global_scope: Vec<&'a str>,
    global_target: Vec<&'a str>,
    global_value: Vec<&'a str>,
}

impl<'a> SaveBatches<'a> {
    fn new(batches: &[&'a Batch]) -> Self {
        let mut all = Self::default();
        for batch in batches {
            all.push(batch);
        }
        all
    }

    fn push(&mut self, batch: &'a Batch) {
        let reached = &batch.reached;
        self.registration_id.push(batch.registration_id);
        self.revision.push(batch.revision);
        self.state.push(&batch.state);
        self.progress.push(batch.progress.as_deref());
        self.completion.push(reached.completion);
        self.success.push(reached.success);
        let measures = [
            reached.scaled,
            reached.raw,
            reached.min,
            reached.max,
            reached.progress_measure,
        ];
        for (column, measure) in self.measures.iter_mut().zip(measures) {
            column.push(measure);
        }
        let counts = [
            reached.total_time_ms,
            batch.last_number,
            batch.last_line(),
            batch.claimed_ms,
            batch.active_ms,
            batch.wall_ms,
        ];
        for (column, count) in self.counts.iter_mut().zip(counts) {
            column.push(count);
        }
        self.attempts.push(reached.attempts);
        self.delivered.push(batch.delivered);
        self.session_id.push(batch.session_id);
        self.end_reason.push(batch.end_reason);

        let entries = &batch.entries;
        let session = std::iter::repeat_n(batch.session_id, entries.numbers.len());
        self.entry_session_id.extend(session);
        self.entry_number.extend(&entries.numbers);
        self.entry_at.extend(&entries.at);
        let events = entries.events.iter().map(String::as_str);
        self.entry_event.extend(events);
        let outcomes = entries.outcomes.iter().map(Option::as_deref);
        self.entry_outcome.extend(outcomes);

        let (scopes, targets, values) = &batch.globals;
        let registration = std::iter::repeat_n(batch.registration_id, scopes.len());
        self.global_registration_id.extend(registration);
        self.global_scope.extend(scopes);
        self.global_target
            .extend(targets.iter().map(String::as_str));
        self.global_value.extend(values.iter().map(String::as_str));
    }
}

impl QueryId for SaveBatches<'_> {
    type QueryId = SaveBatches<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for SaveBatches<'_> {
    type SqlType = SqlUuid;
}

/// A change of progress shows at once; a sign of life alone moves `updated_at` at most once a minute,
/// since each move costs a line in its index.
const REGISTRATION: &str = ") AS given (registration_id, revision, state, progress, completion, success, \
    scaled, raw, min, max, progress_measure, total_time_ms, last_number, last_line, claimed_ms, active_ms, wall_ms, \
    attempts, delivered, session_id, end_reason)), \
    registration AS (UPDATE registrations SET revision = registrations.revision + 1, \
    updated_at = CASE WHEN given.progress IS NOT NULL OR updated_at < now() - interval '1 minute' \
    THEN now() ELSE updated_at END, last_accessed_at = now(), state = given.state, \
    progress = COALESCE(CAST(given.progress AS jsonb), registrations.progress), \
    completion = given.completion, success = given.success, \
    score_scaled = given.scaled, score_raw = given.raw, score_min = given.min, score_max = given.max, \
    progress_measure = given.progress_measure, total_time_ms = given.total_time_ms, \
    attempts = given.attempts, \
    started_at = CASE WHEN given.delivered THEN COALESCE(started_at, now()) ELSE started_at END, \
    completed_at = CASE given.completion WHEN 'completed' THEN COALESCE(completed_at, now()) ELSE completed_at END \
    FROM given WHERE registrations.id = given.registration_id AND registrations.revision = given.revision \
    RETURNING registrations.id, registrations.learner_id), ";

const SESSION: &str = "session AS (UPDATE sessions SET last_number = given.last_number, \
    last_line = GREATEST(sessions.last_line, given.last_line), \
    claimed_ms = sessions.claimed_ms + given.claimed_ms, \
    active_ms = GREATEST(sessions.active_ms, given.active_ms), \
    wall_ms = GREATEST(sessions.wall_ms, given.wall_ms), \
    end_reason = COALESCE(given.end_reason, sessions.end_reason), \
    ended_at = CASE WHEN given.end_reason IS NULL THEN ended_at ELSE COALESCE(ended_at, now()) END \
    FROM registration JOIN given ON given.registration_id = registration.id \
    WHERE sessions.id = given.session_id AND sessions.registration_id = registration.id \
    RETURNING sessions.id), ";

const ENTRIES: &str = "entries AS (INSERT INTO journal_entries (session_id, number, at, event, outcome) \
    SELECT session.id, entry.number, entry.at, entry.event, entry.outcome FROM session JOIN unnest(";

/// Written in the order of their key: two statements at once never wait for each other in a ring.
const GLOBALS: &str = ") AS entry (session_id, number, at, event, outcome) ON entry.session_id = session.id), \
    globals AS (INSERT INTO learner_globals (learner_id, scope, target_id, value) \
    SELECT registration.learner_id, global.scope, global.target_id, CAST(global.value AS jsonb) \
    FROM registration JOIN unnest(";

const SAVED: &str = ") AS global (registration_id, scope, target_id, value) \
    ON global.registration_id = registration.id ORDER BY 1, 2, 3 \
    ON CONFLICT (learner_id, scope, target_id) DO UPDATE SET value = excluded.value, updated_at = now()) \
    SELECT id FROM registration";

impl QueryFragment<Pg> for SaveBatches<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH given AS MATERIALIZED (SELECT * FROM unnest(");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.registration_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.revision)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.state)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.progress)?;
        for column in [&self.completion, &self.success] {
            out.push_sql(", ");
            out.push_bind_param::<Array<Text>, _>(column)?;
        }
        for column in &self.measures {
            out.push_sql(", ");
            out.push_bind_param::<Array<Nullable<Double>>, _>(column)?;
        }
        for column in &self.counts {
            out.push_sql(", ");
            out.push_bind_param::<Array<BigInt>, _>(column)?;
        }
        out.push_sql(", ");
        out.push_bind_param::<Array<Integer>, _>(&self.attempts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Bool>, _>(&self.delivered)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.session_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.end_reason)?;
        out.push_sql(REGISTRATION);
        out.push_sql(SESSION);
        out.push_sql(ENTRIES);
        out.push_bind_param::<Array<SqlUuid>, _>(&self.entry_session_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.entry_number)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.entry_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.entry_event)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.entry_outcome)?;
        out.push_sql(GLOBALS);
        out.push_bind_param::<Array<SqlUuid>, _>(&self.global_registration_id)?;
        for column in [&self.global_scope, &self.global_target, &self.global_value] {
            out.push_sql(", ");
            out.push_bind_param::<Array<Text>, _>(column)?;
        }
        out.push_sql(SAVED);
        Ok(())
    }
}

/// A line of the journal.
#[derive(Debug, Clone)]
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

pub(super) type Stored = (i64, DateTime<Utc>, DateTime<Utc>, String, Option<String>);

impl From<Stored> for Line {
    fn from((number, at, received_at, event, outcome): Stored) -> Self {
        let read = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self {
            number,
            at,
            received_at,
            event: read(event),
            outcome: outcome.map(read),
        }
    }
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
    let lines: Vec<Stored> = journal_entries::table
        .filter(journal_entries::session_id.eq(session_id))
        .filter(journal_entries::number.gt(after))
        .order(journal_entries::number)
        .limit(limit)
        .select((
            journal_entries::number,
            journal_entries::at,
            journal_entries::received_at,
            journal_entries::event,
            journal_entries::outcome,
        ))
        .load(conn)
        .await?;
    Ok(lines.into_iter().map(Line::from).collect())
}
