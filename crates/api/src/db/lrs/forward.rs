//! Other record stores, and the statements on their way to them.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::Connection;
use crate::webhooks::Answer;

/// Another store, without its password.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Forward {
    /// Public id.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Its xAPI endpoint.
    #[diesel(sql_type = Text)]
    pub(crate) url: String,
    /// What it is for.
    #[diesel(sql_type = Text)]
    pub(crate) description: String,
    /// Version of the requests.
    #[diesel(sql_type = Text)]
    pub(crate) version: String,
    /// Name of the credentials.
    #[diesel(sql_type = Text)]
    pub(crate) username: String,
    /// Verbs that are sent on.
    #[diesel(sql_type = Array<Text>)]
    pub(crate) verbs: Vec<String>,
    /// Beginnings of the ids of activities.
    #[diesel(sql_type = Array<Text>)]
    pub(crate) activities: Vec<String>,
    /// `all`, `own` or `sent`.
    #[diesel(sql_type = Text)]
    pub(crate) origin: String,
    /// When it was made.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) created_at: DateTime<Utc>,
    /// When it was paused.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) disabled_at: Option<DateTime<Utc>>,
    /// Tries since something last arrived.
    #[diesel(sql_type = Integer)]
    pub(crate) tries: i32,
    /// Not before.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) next_at: DateTime<Utc>,
    /// Statements that have arrived.
    #[diesel(sql_type = BigInt)]
    pub(crate) forwarded: i64,
    /// When one last did.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) forwarded_at: Option<DateTime<Utc>>,
    /// HTTP status of the last try, when it failed.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) status: Option<i32>,
    /// Why there was no answer.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) error: Option<String>,
    /// The beginning of that answer's body.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) response: Option<String>,
    /// Statements that wait, whatever the filter will say of them.
    #[diesel(sql_type = BigInt)]
    pub(crate) waiting: i64,
    /// Statements that were refused for good.
    #[diesel(sql_type = BigInt)]
    pub(crate) refused: i64,
}

/// What another store is made of.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    /// Its xAPI endpoint.
    pub(crate) url: &'a str,
    /// What it is for.
    pub(crate) description: &'a str,
    /// Version of the requests.
    pub(crate) version: &'a str,
    /// Name of the credentials.
    pub(crate) username: &'a str,
    /// Their password; `None` leaves it as it is.
    pub(crate) password: Option<&'a str>,
    /// Verbs that are sent on.
    pub(crate) verbs: &'a [String],
    /// Beginnings of the ids of activities.
    pub(crate) activities: &'a [String],
    /// `all`, `own` or `sent`.
    pub(crate) origin: &'a str,
    /// False pauses it.
    pub(crate) enabled: bool,
}

/// A store that is being sent to.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Claimed {
    /// Which.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Its xAPI endpoint.
    #[diesel(sql_type = Text)]
    pub(crate) url: String,
    /// Version of the requests.
    #[diesel(sql_type = Text)]
    pub(crate) version: String,
    /// Name of the credentials.
    #[diesel(sql_type = Text)]
    pub(crate) username: String,
    /// Their password.
    #[diesel(sql_type = Text)]
    pub(crate) password: String,
    /// Verbs that are sent on.
    #[diesel(sql_type = Array<Text>)]
    pub(crate) verbs: Vec<String>,
    /// Beginnings of the ids of activities.
    #[diesel(sql_type = Array<Text>)]
    pub(crate) activities: Vec<String>,
    /// `all`, `own` or `sent`.
    #[diesel(sql_type = Text)]
    pub(crate) origin: String,
    /// Tries since something last arrived.
    #[diesel(sql_type = Integer)]
    pub(crate) tries: i32,
}

/// A statement that waits.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Waiting {
    /// Its place in the order of storing.
    #[diesel(sql_type = BigInt)]
    pub(crate) seq: i64,
    /// As it is given out.
    #[diesel(sql_type = Text)]
    pub(crate) statement: String,
}

/// A statement that the other store refused.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Refused {
    /// The statement's id.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// When.
    #[diesel(sql_type = Timestamptz, column_name = refused_at)]
    pub(crate) at: DateTime<Utc>,
    /// HTTP status.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) status: Option<i32>,
    /// The beginning of the answer's body.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) response: Option<String>,
}

const FORWARDS: &str = "SELECT f.id, f.url, f.description, f.version, f.username, f.verbs, f.activities, \
    f.origin, f.created_at, f.disabled_at, f.tries, f.next_at, f.forwarded, f.forwarded_at, f.status, f.error, f.response, \
    (SELECT count(*) FROM lrs_forward_queue q WHERE q.forward_id = f.id AND q.refused_at IS NULL) AS waiting, \
    (SELECT count(*) FROM lrs_forward_queue q WHERE q.forward_id = f.id AND q.refused_at IS NOT NULL) AS refused \
    FROM lrs_forwards f";

/// Every other store, the newest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn all(conn: &mut Connection) -> QueryResult<Vec<Forward>> {
    diesel::sql_query(format!("{FORWARDS} ORDER BY f.id DESC"))
        .load(conn)
        .await
}

/// One of them.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Forward>> {
    diesel::sql_query(format!("{FORWARDS} WHERE f.id = $1"))
        .bind::<SqlUuid, _>(id)
        .get_result(conn)
        .await
        .optional()
}

/// Adds one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn insert(
    conn: &mut Connection,
    id: Uuid,
    wanted: &Wanted<'_>,
    by: &str,
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO lrs_forwards (id, url, description, version, username, password, verbs, activities, origin, \
         disabled_at, created_by) VALUES ($1, $2, $3, $4, $5, COALESCE($6, ''), $7, $8, $9, \
         CASE WHEN $10 THEN NULL ELSE now() END, $11)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(wanted.url)
    .bind::<Text, _>(wanted.description)
    .bind::<Text, _>(wanted.version)
    .bind::<Text, _>(wanted.username)
    .bind::<Nullable<Text>, _>(wanted.password)
    .bind::<Array<Text>, _>(wanted.verbs)
    .bind::<Array<Text>, _>(wanted.activities)
    .bind::<Text, _>(wanted.origin)
    .bind::<Bool, _>(wanted.enabled)
    .bind::<Text, _>(by)
    .execute(conn)
    .await
    .map(drop)
}

/// Changes one, and makes it due; answers whether it is there.
///
/// # Errors
/// When the database fails.
pub(crate) async fn update(
    conn: &mut Connection,
    id: Uuid,
    wanted: &Wanted<'_>,
) -> QueryResult<bool> {
    diesel::sql_query(
        "UPDATE lrs_forwards SET url = $2, description = $3, version = $4, username = $5, \
         password = COALESCE($6, password), verbs = $7, activities = $8, origin = $9, \
         disabled_at = CASE WHEN $10 THEN NULL ELSE COALESCE(disabled_at, now()) END, tries = 0, next_at = now() \
         WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(wanted.url)
    .bind::<Text, _>(wanted.description)
    .bind::<Text, _>(wanted.version)
    .bind::<Text, _>(wanted.username)
    .bind::<Nullable<Text>, _>(wanted.password)
    .bind::<Array<Text>, _>(wanted.verbs)
    .bind::<Array<Text>, _>(wanted.activities)
    .bind::<Text, _>(wanted.origin)
    .bind::<Bool, _>(wanted.enabled)
    .execute(conn)
    .await
    .map(|count| count > 0)
}

/// Removes one and what waits for it; answers whether it was there.
///
/// # Errors
/// When the database fails.
pub(crate) async fn delete(conn: &mut Connection, id: Uuid) -> QueryResult<bool> {
    diesel::sql_query("DELETE FROM lrs_forwards WHERE id = $1")
        .bind::<SqlUuid, _>(id)
        .execute(conn)
        .await
        .map(|count| count > 0)
}

/// Puts statements into the outbox of every other store.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put(conn: &mut Connection, places: Vec<i64>) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO lrs_forward_queue (forward_id, seq) SELECT f.id, place FROM lrs_forwards f, unnest($1) place",
    )
    .bind::<Array<BigInt>, _>(places)
    .execute(conn)
    .await
    .map(drop)
}

/// Puts what was stored from a moment on into the outbox of one, and what it refused since then; answers
/// how many statements that is.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put_since(
    conn: &mut Connection,
    id: Uuid,
    since: DateTime<Utc>,
) -> QueryResult<usize> {
    let count = diesel::sql_query(
        "INSERT INTO lrs_forward_queue (forward_id, seq) SELECT $1, seq FROM lrs_statements WHERE stored >= $2 \
         ON CONFLICT (forward_id, seq) DO UPDATE SET refused_at = NULL, status = NULL, response = NULL",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Timestamptz, _>(since)
    .execute(conn)
    .await?;
    make_due(conn, id).await?;
    Ok(count)
}

/// Puts what one refused back into its outbox, and makes it due; answers how many statements that is.
///
/// # Errors
/// When the database fails.
pub(crate) async fn retry(conn: &mut Connection, id: Uuid) -> QueryResult<usize> {
    let count = diesel::sql_query(
        "UPDATE lrs_forward_queue SET refused_at = NULL, status = NULL, response = NULL \
         WHERE forward_id = $1 AND refused_at IS NOT NULL",
    )
    .bind::<SqlUuid, _>(id)
    .execute(conn)
    .await?;
    make_due(conn, id).await?;
    Ok(count)
}

async fn make_due(conn: &mut Connection, id: Uuid) -> QueryResult<()> {
    diesel::sql_query("UPDATE lrs_forwards SET tries = 0, next_at = now() WHERE id = $1")
        .bind::<SqlUuid, _>(id)
        .execute(conn)
        .await
        .map(drop)
}

/// What one refused, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn refused(
    conn: &mut Connection,
    id: Uuid,
    limit: i64,
) -> QueryResult<Vec<Refused>> {
    diesel::sql_query(
        "SELECT s.id, q.refused_at, q.status, q.response FROM lrs_forward_queue q \
         JOIN lrs_statements s ON s.seq = q.seq WHERE q.forward_id = $1 AND q.refused_at IS NOT NULL \
         ORDER BY q.refused_at DESC, q.seq DESC LIMIT $2",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// Takes one for which something waits and that is due at `now`: nobody else sends to it before `until`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn claim(
    conn: &mut Connection,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> QueryResult<Option<Claimed>> {
    diesel::sql_query(
        "UPDATE lrs_forwards SET next_at = $2 WHERE id = (SELECT f.id FROM lrs_forwards f \
             WHERE f.disabled_at IS NULL AND f.next_at <= $1 AND EXISTS (SELECT FROM lrs_forward_queue q \
                 WHERE q.forward_id = f.id AND q.refused_at IS NULL) \
             ORDER BY f.next_at LIMIT 1 FOR UPDATE SKIP LOCKED) \
         RETURNING id, url, version, username, password, verbs, activities, origin, tries",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(until)
    .get_result(conn)
    .await
    .optional()
}

/// The next statements for one, in the order of storing.
///
/// # Errors
/// When the database fails.
pub(crate) async fn next(conn: &mut Connection, id: Uuid, limit: i64) -> QueryResult<Vec<Waiting>> {
    diesel::sql_query(
        "SELECT q.seq, s.statement FROM lrs_forward_queue q JOIN lrs_statements s ON s.seq = q.seq \
         WHERE q.forward_id = $1 AND q.refused_at IS NULL ORDER BY q.seq LIMIT $2",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// Takes statements out of the outbox: those that have arrived, and those that the filter left out.
/// Nobody else sends to this store before `until`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn done(
    conn: &mut Connection,
    id: Uuid,
    places: Vec<i64>,
    arrived: usize,
    until: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::sql_query(
        "WITH gone AS (DELETE FROM lrs_forward_queue WHERE forward_id = $1 AND seq = ANY ($2)) \
         UPDATE lrs_forwards SET forwarded = forwarded + $3, next_at = $4, \
         forwarded_at = CASE WHEN $3 > 0 THEN now() ELSE forwarded_at END WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Array<BigInt>, _>(places)
    .bind::<BigInt, _>(i64::try_from(arrived).unwrap_or(i64::MAX))
    .bind::<Timestamptz, _>(until)
    .execute(conn)
    .await
    .map(drop)
}

/// Notes that the other store refused a statement for good.
///
/// # Errors
/// When the database fails.
pub(crate) async fn refuse(
    conn: &mut Connection,
    id: Uuid,
    place: i64,
    answer: &Answer,
) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE lrs_forward_queue SET refused_at = now(), status = $3, response = $4 \
         WHERE forward_id = $1 AND seq = $2",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<BigInt, _>(place)
    .bind::<Nullable<Integer>, _>(answer.status.map(i32::from))
    .bind::<Nullable<Text>, _>(answer.response.as_deref())
    .execute(conn)
    .await
    .map(drop)
}

/// Ends a round: with what went wrong and when it is tried again, or well.
///
/// # Errors
/// When the database fails.
pub(crate) async fn note(
    conn: &mut Connection,
    id: Uuid,
    failed: Option<(&Answer, DateTime<Utc>)>,
) -> QueryResult<()> {
    let (answer, next_at) = (failed.map(|failed| failed.0), failed.map(|failed| failed.1));
    diesel::sql_query(
        "UPDATE lrs_forwards SET tries = CASE WHEN $2 IS NULL THEN 0 ELSE tries + 1 END, \
         next_at = COALESCE($2, now()), tried_at = now(), status = $3, error = $4, response = $5 WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Nullable<Timestamptz>, _>(next_at)
    .bind::<Nullable<Integer>, _>(answer.and_then(|answer| answer.status).map(i32::from))
    .bind::<Nullable<Text>, _>(answer.and_then(|answer| answer.error.as_deref()))
    .bind::<Nullable<Text>, _>(answer.and_then(|answer| answer.response.as_deref()))
    .execute(conn)
    .await
    .map(drop)
}
