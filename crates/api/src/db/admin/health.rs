//! How the database is: sizes, queues, versions.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::db::Connection;

/// What the database says of itself and its queues.
#[derive(Debug, QueryableByName)]
pub(crate) struct Health {
    /// Version of Postgres.
    #[diesel(sql_type = Text)]
    pub(crate) postgres: String,
    /// The last migration that ran.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) migration: Option<String>,
    /// Size of the database, in bytes.
    #[diesel(sql_type = BigInt)]
    pub(crate) database_bytes: i64,
    /// Sum of the uploaded files' sizes, in bytes.
    #[diesel(sql_type = BigInt)]
    pub(crate) archive_bytes: i64,
    /// Deliveries that wait.
    #[diesel(sql_type = BigInt)]
    pub(crate) pending: i64,
    /// When the oldest of them came.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) oldest: Option<DateTime<Utc>>,
    /// Deliveries that are not tried any more.
    #[diesel(sql_type = BigInt)]
    pub(crate) failed: i64,
    /// Webhooks that were disabled by the server.
    #[diesel(sql_type = BigInt)]
    pub(crate) stopped: i64,
    /// Statements that wait to be sent on to other stores.
    #[diesel(sql_type = BigInt)]
    pub(crate) forward_waiting: i64,
    /// Statements that other stores refused.
    #[diesel(sql_type = BigInt)]
    pub(crate) forward_refused: i64,
    /// Other stores that did not take the last request.
    #[diesel(sql_type = BigInt)]
    pub(crate) forward_failing: i64,
    /// Standings that are not up to date.
    #[diesel(sql_type = BigInt)]
    pub(crate) standings: i64,
    /// Attestati that are due and not issued yet.
    #[diesel(sql_type = BigInt)]
    pub(crate) attestati: i64,
    /// Sessions that showed a sign of life in the last quarter of an hour.
    #[diesel(sql_type = BigInt)]
    pub(crate) live: i64,
    /// People whose browser is signed in.
    #[diesel(sql_type = BigInt)]
    pub(crate) signed_in: i64,
}

/// Asks the database how it is.
///
/// # Errors
/// When the database fails.
pub(crate) async fn health(conn: &mut Connection) -> QueryResult<Health> {
    diesel::sql_query(
        "SELECT current_setting('server_version') AS postgres, \
         (SELECT max(version) FROM __diesel_schema_migrations)::text AS migration, \
         pg_database_size(current_database()) AS database_bytes, \
         (SELECT COALESCE(sum(size_bytes), 0)::bigint FROM package_versions) AS archive_bytes, \
         (SELECT count(*) FROM webhook_deliveries WHERE state = 'pending') AS pending, \
         (SELECT min(created_at) FROM webhook_deliveries WHERE state = 'pending') AS oldest, \
         (SELECT count(*) FROM webhook_deliveries WHERE state = 'failed') AS failed, \
         (SELECT count(*) FROM webhooks WHERE disabled_reason <> 'asked') AS stopped, \
         (SELECT count(*) FROM lrs_forward_queue WHERE refused_at IS NULL) AS forward_waiting, \
         (SELECT count(*) FROM lrs_forward_queue WHERE refused_at IS NOT NULL) AS forward_refused, \
         (SELECT count(*) FROM lrs_forwards WHERE tries > 0 AND disabled_at IS NULL) AS forward_failing, \
         (SELECT count(*) FROM standings WHERE stale) AS standings, \
         (SELECT count(*) FROM course_enrolments WHERE completed_at IS NOT NULL AND certified_at IS NULL \
          AND withdrawn_at IS NULL) AS attestati, \
         (SELECT count(*) FROM sessions s JOIN registrations r ON r.id = s.registration_id \
          WHERE s.ended_at IS NULL AND s.started_at IS NOT NULL \
          AND r.updated_at > now() - interval '15 minutes') AS live, \
         (SELECT count(DISTINCT account_id) FROM web_sessions WHERE expires_at > now()) AS signed_in",
    )
    .get_result(conn)
    .await
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Sessions of which not all is stated yet: every session is looked at.
///
/// # Errors
/// When the database fails.
pub(crate) async fn unstated(conn: &mut Connection) -> QueryResult<i64> {
    let count: Count =
        diesel::sql_query("SELECT count(*) AS count FROM sessions WHERE last_line > stated_number")
            .get_result(conn)
            .await?;
    Ok(count.count)
}

/// A table's size.
#[derive(Debug, QueryableByName)]
pub(crate) struct Table {
    /// Its name.
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// About how many rows, as of the last analysis.
    #[diesel(sql_type = BigInt)]
    pub(crate) rows: i64,
    /// With its indexes, in bytes.
    #[diesel(sql_type = BigInt)]
    pub(crate) bytes: i64,
}

/// The largest tables.
///
/// # Errors
/// When the database fails.
pub(crate) async fn largest_tables(conn: &mut Connection, limit: i64) -> QueryResult<Vec<Table>> {
    diesel::sql_query(
        "SELECT c.relname::text AS name, GREATEST(c.reltuples, 0)::bigint AS rows, \
         pg_total_relation_size(c.oid) AS bytes FROM pg_class c \
         WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace \
         ORDER BY bytes DESC LIMIT $1",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}
