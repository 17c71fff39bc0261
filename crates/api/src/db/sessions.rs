//! Sessions: launches, and the openings of the player that came of them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::{Connection, schema::sessions};

/// A session as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Session {
    /// Public id.
    pub(crate) id: Uuid,
    /// The registration.
    pub(crate) registration_id: Uuid,
    /// `normal`, `browse` or `review`.
    pub(crate) launch_mode: String,
    /// Where the launch asked to begin.
    pub(crate) activity_id: Option<String>,
    /// Language of the player.
    pub(crate) language: Option<String>,
    /// Where the learner goes back to.
    pub(crate) return_url: Option<String>,
    /// When the link was made.
    pub(crate) created_at: DateTime<Utc>,
    /// Until when the link can be started.
    pub(crate) launch_expires_at: DateTime<Utc>,
    /// When the link was used.
    pub(crate) started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// `ended`, `suspended`, `superseded`, `abandoned` or `reset`.
    pub(crate) end_reason: Option<String>,
    /// Last number acknowledged.
    pub(crate) last_number: i64,
    /// Time that content claimed.
    pub(crate) claimed_ms: i64,
    /// Time from start to the last sign of life.
    pub(crate) wall_ms: i64,
    /// Time in use.
    pub(crate) active_ms: i64,
    /// Made by the page that started it.
    pub(crate) start_nonce: Option<Uuid>,
    /// `any_window` or `own_window`, where the launch said so.
    pub(crate) launch_method: Option<String>,
}

/// A launch.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = sessions)]
pub(crate) struct NewSession {
    /// Public id.
    pub(crate) id: Uuid,
    /// The registration.
    pub(crate) registration_id: Uuid,
    /// `normal`, `browse` or `review`.
    pub(crate) launch_mode: &'static str,
    /// Where to begin.
    pub(crate) activity_id: Option<String>,
    /// Language of the player.
    pub(crate) language: Option<String>,
    /// Where the learner goes back to.
    pub(crate) return_url: Option<String>,
    /// Until when the link can be started.
    pub(crate) launch_expires_at: DateTime<Utc>,
    /// `any_window` or `own_window`, where the launch says so.
    pub(crate) launch_method: Option<&'static str>,
}

/// Keeps a launch.
///
/// # Errors
/// When the database fails.
pub(crate) async fn insert(conn: &mut Connection, session: &NewSession) -> QueryResult<()> {
    diesel::insert_into(sessions::table)
        .values(session)
        .execute(conn)
        .await?;
    Ok(())
}

/// A session by its id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Session>> {
    sessions::table
        .find(id)
        .select(Session::as_select())
        .first(conn)
        .await
        .optional()
}

/// Sessions of a registration, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_registration(
    conn: &mut Connection,
    registration_id: Uuid,
) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::registration_id.eq(registration_id))
        .order((sessions::created_at.desc(), sessions::id.desc()))
        .select(Session::as_select())
        .load(conn)
        .await
}

/// Uses the link; `false` when it was used already or the session is closed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn start(
    conn: &mut Connection,
    id: Uuid,
    begin: &Value,
    nonce: Option<Uuid>,
) -> QueryResult<bool> {
    let open = sessions::table
        .find(id)
        .filter(sessions::started_at.is_null())
        .filter(sessions::ended_at.is_null());
    let started = diesel::update(open)
        .set((
            sessions::started_at.eq(diesel::dsl::now),
            sessions::begin.eq(begin),
            sessions::start_nonce.eq(nonce),
        ))
        .execute(conn)
        .await?;
    Ok(started > 0)
}

/// Whose a session is, and the key of its journal; none when no page was given one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn key_of(
    conn: &mut Connection,
    id: Uuid,
) -> QueryResult<Option<(Uuid, Option<Vec<u8>>)>> {
    sessions::table
        .find(id)
        .select((sessions::registration_id, sessions::journal_key))
        .first(conn)
        .await
        .optional()
}

/// The key of a session's journal: `fresh` where it has none yet.
///
/// # Errors
/// When the database fails.
pub(crate) async fn journal_key(
    conn: &mut Connection,
    id: Uuid,
    fresh: &[u8],
) -> QueryResult<Vec<u8>> {
    use diesel::sql_types::{Binary, Uuid as SqlUuid};
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Binary)]
        journal_key: Vec<u8>,
    }
    let row: Row = diesel::sql_query(
        "UPDATE sessions SET journal_key = COALESCE(journal_key, $2) WHERE id = $1 RETURNING journal_key",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Binary, _>(fresh)
    .get_result(conn)
    .await?;
    Ok(row.journal_key)
}

/// Uses the link of a course's page (cmi5), which the engine knows nothing of; `false` when it was
/// used already or the session is closed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn start_page(
    conn: &mut Connection,
    id: Uuid,
    begin: &Value,
) -> QueryResult<bool> {
    let open = sessions::table
        .find(id)
        .filter(sessions::started_at.is_null())
        .filter(sessions::ended_at.is_null());
    let started = diesel::update(open)
        .set((
            sessions::started_at.eq(diesel::dsl::now),
            sessions::begin.eq(begin),
        ))
        .execute(conn)
        .await?;
    Ok(started > 0)
}

/// Ends a session that has not ended.
///
/// # Errors
/// When the database fails.
pub(crate) async fn end(conn: &mut Connection, id: Uuid, reason: &str) -> QueryResult<()> {
    diesel::update(
        sessions::table
            .find(id)
            .filter(sessions::ended_at.is_null()),
    )
    .set((
        sessions::ended_at.eq(diesel::dsl::now),
        sessions::end_reason.eq(reason),
    ))
    .execute(conn)
    .await?;
    Ok(())
}

/// A sign of life without entries.
///
/// # Errors
/// When the database fails.
pub(crate) async fn touch(
    conn: &mut Connection,
    id: Uuid,
    active_ms: i64,
    wall_ms: i64,
) -> QueryResult<()> {
    use diesel::sql_types::{BigInt, Uuid as SqlUuid};
    diesel::sql_query("UPDATE sessions SET active_ms = GREATEST(active_ms, $2), wall_ms = GREATEST(wall_ms, $3) WHERE id = $1")
        .bind::<SqlUuid, _>(id)
        .bind::<BigInt, _>(active_ms)
        .bind::<BigInt, _>(wall_ms)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends every session of a registration that has not ended, launches not yet started included.
///
/// # Errors
/// When the database fails.
pub(crate) async fn end_all(
    conn: &mut Connection,
    registration_id: Uuid,
    reason: &str,
) -> QueryResult<()> {
    let open = sessions::table
        .filter(sessions::registration_id.eq(registration_id))
        .filter(sessions::ended_at.is_null());
    diesel::update(open)
        .set((
            sessions::ended_at.eq(diesel::dsl::now),
            sessions::end_reason.eq(reason),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
