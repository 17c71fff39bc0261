//! What a person who signs in here has done, for their own eyes.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Double, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Connection;

/// A registration of theirs.
#[derive(Debug, QueryableByName)]
pub(crate) struct Run {
    /// The registration.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The package's title.
    #[diesel(sql_type = Text)]
    pub(crate) title: String,
    /// completed, incomplete, not_attempted or unknown.
    #[diesel(sql_type = Text)]
    pub(crate) completion: String,
    /// passed, failed or unknown.
    #[diesel(sql_type = Text)]
    pub(crate) success: String,
    /// −1 to 1.
    #[diesel(sql_type = Nullable<Double>)]
    pub(crate) score_scaled: Option<f64>,
    /// When registered.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) created_at: DateTime<Utc>,
    /// When completed.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) completed_at: Option<DateTime<Utc>>,
    /// Attempts.
    #[diesel(sql_type = Integer)]
    pub(crate) attempts: i32,
}

/// A session that was started.
#[derive(Debug, QueryableByName)]
pub(crate) struct Opened {
    /// Its registration.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) registration_id: Uuid,
    /// When it was started.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) started_at: DateTime<Utc>,
    /// When it ended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// Time that content claimed.
    #[diesel(sql_type = BigInt)]
    pub(crate) claimed_ms: i64,
    /// Time from start to the last sign of life.
    #[diesel(sql_type = BigInt)]
    pub(crate) wall_ms: i64,
    /// Time in use.
    #[diesel(sql_type = BigInt)]
    pub(crate) active_ms: i64,
}

/// The runs that a person has begun, the newest first, older than a given one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn runs(
    conn: &mut Connection,
    key: &str,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Run>> {
    diesel::sql_query(
        "SELECT r.id, v.title, r.completion, r.success, r.score_scaled, r.created_at, r.completed_at, r.attempts \
         FROM registrations r JOIN learners l ON l.id = r.learner_id JOIN package_versions v ON v.id = r.package_version_id \
         WHERE l.home_page = '' AND l.key = $1 AND NOT r.preview AND r.started_at IS NOT NULL AND ($2 IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3",
    )
    .bind::<Text, _>(key)
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// The sessions of runs, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn opened(conn: &mut Connection, runs: &[Uuid]) -> QueryResult<Vec<Opened>> {
    diesel::sql_query(
        "SELECT registration_id, started_at, ended_at, claimed_ms, wall_ms, active_ms FROM sessions \
         WHERE registration_id = ANY($1) AND started_at IS NOT NULL ORDER BY started_at DESC",
    )
    .bind::<Array<SqlUuid>, _>(runs)
    .load(conn)
    .await
}

/// Chooses the language in which a person is shown the pages from now on.
///
/// # Errors
/// When the database fails.
pub(crate) async fn speak(
    conn: &mut Connection,
    account_id: Uuid,
    tag: &str,
) -> QueryResult<usize> {
    diesel::sql_query("UPDATE accounts SET language = $2 WHERE id = $1")
        .bind::<SqlUuid, _>(account_id)
        .bind::<Text, _>(tag)
        .execute(conn)
        .await
}
