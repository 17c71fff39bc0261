//! cmi5: sessions of assignable units, and the registration they belong to, locked while it changes.

pub(crate) mod schema;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    prelude::*,
    sql_types::{Binary, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::Connection;
use schema::cmi5_sessions;

/// A session of an assignable unit.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = cmi5_sessions, check_for_backend(diesel::pg::Pg))]
pub(crate) struct UnitSession {
    /// The session.
    pub(crate) session_id: Uuid,
    /// The registration.
    pub(crate) registration_id: Uuid,
    /// `tracker::cmi5::Session`.
    pub(crate) state: Value,
    /// When the token was given out.
    pub(crate) fetched_at: Option<DateTime<Utc>>,
    /// SHA-256 of the token's secret.
    pub(crate) token_hash: Option<Vec<u8>>,
    /// When the unit last asked for anything.
    pub(crate) last_seen_at: DateTime<Utc>,
    /// When it was over.
    pub(crate) ended_at: Option<DateTime<Utc>>,
}

/// What the rules need of a registration.
#[derive(Debug, QueryableByName)]
pub(crate) struct Locked {
    /// `tracker::cmi5::Registration`, as JSON; `None` before it began.
    #[diesel(sql_type = Nullable<Binary>)]
    pub(crate) state: Option<Vec<u8>>,
    /// The package taken.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) package_id: Uuid,
    /// The version taken.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) package_version_id: Uuid,
    /// Namespace of the learner's key; empty for our own.
    #[diesel(sql_type = Text)]
    pub(crate) home_page: String,
    /// The learner's key.
    #[diesel(sql_type = Text)]
    pub(crate) key: String,
    /// BCP 47 tag of the learner.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) language: Option<String>,
}

/// Locks a registration until the transaction ends.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Locked>> {
    diesel::sql_query(
        "SELECT r.state, r.package_id, r.package_version_id, l.home_page, l.key, l.language \
         FROM registrations r JOIN learners l ON l.id = r.learner_id WHERE r.id = $1 \
         FOR UPDATE OF r",
    )
    .bind::<SqlUuid, _>(id)
    .get_result(conn)
    .await
    .optional()
}

/// A registration's state and version, not locked.
///
/// # Errors
/// When the database fails.
pub(crate) async fn state(
    conn: &mut Connection,
    id: Uuid,
) -> QueryResult<Option<(Option<Vec<u8>>, Uuid)>> {
    use super::schema::registrations;
    registrations::table
        .find(id)
        .select((registrations::state, registrations::package_version_id))
        .first(conn)
        .await
        .optional()
}

/// Keeps the launch of a unit; its row in `sessions` is there.
///
/// # Errors
/// When the database fails.
pub(crate) async fn insert(
    conn: &mut Connection,
    session_id: Uuid,
    registration_id: Uuid,
    state: &Value,
    fetch_hash: &[u8],
) -> QueryResult<()> {
    diesel::insert_into(cmi5_sessions::table)
        .values((
            cmi5_sessions::session_id.eq(session_id),
            cmi5_sessions::registration_id.eq(registration_id),
            cmi5_sessions::state.eq(state),
            cmi5_sessions::fetch_hash.eq(fetch_hash),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A unit's session.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(
    conn: &mut Connection,
    session_id: Uuid,
) -> QueryResult<Option<UnitSession>> {
    cmi5_sessions::table
        .find(session_id)
        .select(UnitSession::as_select())
        .first(conn)
        .await
        .optional()
}

/// A unit's session, locked: what others write of it meanwhile, the preferences read, comes after.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock_session(
    conn: &mut Connection,
    session_id: Uuid,
) -> QueryResult<Option<UnitSession>> {
    cmi5_sessions::table
        .find(session_id)
        .select(UnitSession::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()
}

/// Open sessions of a registration: one at most, for a launch ends the others.
///
/// # Errors
/// When the database fails.
pub(crate) async fn open(
    conn: &mut Connection,
    registration_id: Uuid,
) -> QueryResult<Vec<UnitSession>> {
    cmi5_sessions::table
        .filter(cmi5_sessions::registration_id.eq(registration_id))
        .filter(cmi5_sessions::ended_at.is_null())
        .select(UnitSession::as_select())
        .load(conn)
        .await
}

/// Since when a session has to be silent to be forgotten.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Silent {
    /// One that began.
    pub(crate) idle: DateTime<Utc>,
    /// One that was launched and never began.
    pub(crate) unused: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Forgotten {
    #[diesel(sql_type = SqlUuid)]
    session_id: Uuid,
}

/// Sessions that are forgotten, the longest silent first; `only` asks for one of them.
///
/// # Errors
/// When the database fails.
pub(crate) async fn forgotten(
    conn: &mut Connection,
    silent: Silent,
    only: Option<Uuid>,
) -> QueryResult<Vec<Uuid>> {
    let found: Vec<Forgotten> = diesel::sql_query(
        "SELECT session_id FROM cmi5_sessions WHERE ended_at IS NULL AND ($3 IS NULL OR session_id = $3) \
         AND (last_seen_at < $1 OR ((state ->> 'initialized_ms') IS NULL AND last_seen_at < $2)) \
         ORDER BY last_seen_at LIMIT 500",
    )
    .bind::<Timestamptz, _>(silent.idle)
    .bind::<Timestamptz, _>(silent.unused)
    .bind::<Nullable<SqlUuid>, _>(only)
    .load(conn)
    .await?;
    Ok(found.into_iter().map(|one| one.session_id).collect())
}

/// The session whose fetch URL has this key, locked.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_fetch(
    conn: &mut Connection,
    fetch_hash: &[u8],
) -> QueryResult<Option<UnitSession>> {
    cmi5_sessions::table
        .filter(cmi5_sessions::fetch_hash.eq(fetch_hash))
        .select(UnitSession::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()
}

/// The token is given out.
///
/// # Errors
/// When the database fails.
pub(crate) async fn fetched(
    conn: &mut Connection,
    session_id: Uuid,
    token_hash: &[u8],
) -> QueryResult<()> {
    diesel::update(cmi5_sessions::table.find(session_id))
        .set((
            cmi5_sessions::fetched_at.eq(diesel::dsl::now),
            cmi5_sessions::last_seen_at.eq(diesel::dsl::now),
            cmi5_sessions::token_hash.eq(token_hash),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A sign of life, written at most once a minute.
///
/// # Errors
/// When the database fails.
pub(crate) async fn seen(conn: &mut Connection, session: &UnitSession) -> QueryResult<()> {
    if Utc::now() - session.last_seen_at < TimeDelta::minutes(1) {
        return Ok(());
    }
    diesel::update(cmi5_sessions::table.find(session.session_id))
        .set(cmi5_sessions::last_seen_at.eq(diesel::dsl::now))
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes what the rules know of a session; `end_reason` ends it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn update(
    conn: &mut Connection,
    session_id: Uuid,
    state: &Value,
    end_reason: Option<&str>,
) -> QueryResult<()> {
    diesel::sql_query(
        "WITH unit AS (UPDATE cmi5_sessions SET state = $2, last_seen_at = now(), \
         ended_at = CASE WHEN $3 IS NULL THEN ended_at ELSE COALESCE(ended_at, now()) END \
         WHERE session_id = $1 RETURNING session_id) \
         UPDATE sessions SET end_reason = COALESCE(end_reason, $3), \
         started_at = COALESCE(started_at, to_timestamp(($2 ->> 'initialized_ms')::double precision / 1000)), \
         wall_ms = GREATEST(wall_ms, COALESCE(($2 ->> 'last_statement_ms')::bigint, 0) \
         - ($2 ->> 'launched_ms')::bigint, 0), \
         ended_at = CASE WHEN $3 IS NULL THEN ended_at ELSE COALESCE(ended_at, now()) END \
         FROM unit WHERE sessions.id = unit.session_id",
    )
    .bind::<SqlUuid, _>(session_id)
    .bind::<Jsonb, _>(state)
    .bind::<Nullable<Text>, _>(end_reason)
    .execute(conn)
    .await?;
    Ok(())
}

/// The preferences were read: one fact, which nobody takes back.
///
/// # Errors
/// When the database fails.
pub(crate) async fn preferences_read(conn: &mut Connection, session_id: Uuid) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE cmi5_sessions SET state = jsonb_set(state, '{preferences_read}', 'true') \
         WHERE session_id = $1",
    )
    .bind::<SqlUuid, _>(session_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a line to the session's journal.
///
/// # Errors
/// When the database fails.
pub(crate) async fn note(
    conn: &mut Connection,
    session_id: Uuid,
    at: DateTime<Utc>,
    event: &Value,
    outcome: Option<&Value>,
) -> QueryResult<()> {
    diesel::sql_query(
        "WITH session AS (UPDATE sessions SET last_number = last_number + 1 WHERE id = $1 \
         RETURNING id, last_number) \
         INSERT INTO journal_entries (session_id, number, at, event, outcome) \
         SELECT id, last_number, $2, $3, $4 FROM session",
    )
    .bind::<SqlUuid, _>(session_id)
    .bind::<Timestamptz, _>(at)
    .bind::<Text, _>(event.to_string())
    .bind::<Nullable<Text>, _>(outcome.map(Value::to_string))
    .execute(conn)
    .await?;
    Ok(())
}
