//! The versions of a package: who takes which, and which one new registrations get.

use std::collections::HashMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Integer, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Connection;

/// How many take a version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Runs {
    /// Registered, not begun.
    pub(crate) not_started: i64,
    /// Begun, not completed.
    pub(crate) under_way: i64,
    /// Completed.
    pub(crate) completed: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    version_id: Uuid,
    #[diesel(sql_type = BigInt)]
    not_started: i64,
    #[diesel(sql_type = BigInt)]
    under_way: i64,
    #[diesel(sql_type = BigInt)]
    completed: i64,
}

/// Registrations of a package by version id; previews do not count.
///
/// # Errors
/// When the database fails.
pub(crate) async fn runs(
    conn: &mut Connection,
    package_id: Uuid,
) -> QueryResult<HashMap<Uuid, Runs>> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT package_version_id AS version_id, \
         count(*) FILTER (WHERE completion <> 'completed' AND started_at IS NULL) AS not_started, \
         count(*) FILTER (WHERE completion <> 'completed' AND started_at IS NOT NULL) AS under_way, \
         count(*) FILTER (WHERE completion = 'completed') AS completed \
         FROM registrations WHERE package_id = $1 AND NOT preview GROUP BY 1",
    )
    .bind::<SqlUuid, _>(package_id)
    .load(conn)
    .await?;
    let runs = rows.into_iter().map(|row| {
        let runs = Runs {
            not_started: row.not_started,
            under_way: row.under_way,
            completed: row.completed,
        };
        (row.version_id, runs)
    });
    Ok(runs.collect())
}

/// From now on new registrations get this version; `false` when there is none, or the package is
/// archived. Who is registered stays on theirs.
///
/// # Errors
/// When the database fails.
pub(crate) async fn make_current(
    conn: &mut Connection,
    package_id: Uuid,
    version: i32,
) -> QueryResult<bool> {
    let changed = diesel::sql_query(
        "UPDATE packages SET current_version = $2 WHERE id = $1 AND archived_at IS NULL \
         AND EXISTS (SELECT 1 FROM package_versions v WHERE v.package_id = $1 AND v.version = $2)",
    )
    .bind::<SqlUuid, _>(package_id)
    .bind::<Integer, _>(version)
    .execute(conn)
    .await?;
    Ok(changed > 0)
}

/// A file that differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct FileChange {
    /// Path in the package.
    #[diesel(sql_type = Text)]
    pub(crate) path: String,
    /// `added`, `removed` or `changed`.
    #[diesel(sql_type = Text)]
    pub(crate) change: String,
}

/// The files that differ between two versions, by path.
///
/// # Errors
/// When the database fails.
pub(crate) async fn file_changes(
    conn: &mut Connection,
    from: Uuid,
    to: Uuid,
) -> QueryResult<Vec<FileChange>> {
    diesel::sql_query(
        "SELECT COALESCE(n.path, o.path) AS path, \
         CASE WHEN o.path IS NULL THEN 'added' WHEN n.path IS NULL THEN 'removed' ELSE 'changed' END AS change \
         FROM (SELECT * FROM package_entries WHERE package_version_id = $1) o \
         FULL JOIN (SELECT * FROM package_entries WHERE package_version_id = $2) n ON n.path = o.path \
         WHERE o.path IS NULL OR n.path IS NULL OR o.crc32 <> n.crc32 OR o.size_bytes <> n.size_bytes \
         ORDER BY 1",
    )
    .bind::<SqlUuid, _>(from)
    .bind::<SqlUuid, _>(to)
    .load(conn)
    .await
}
