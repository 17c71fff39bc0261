//! Registrations moved from one version of their package to another, and back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{
        Array, BigInt, Binary, Bool, Double, Integer, Jsonb, Nullable, Text, Timestamptz,
        Uuid as SqlUuid,
    },
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::Connection;

/// Identifier of the new version by identifier of the old one.
type Pairs = BTreeMap<String, String>;

/// Who of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// Begun, not completed.
    UnderWay,
    /// Not completed, begun or not.
    NotCompleted,
    /// These, whatever they have reached.
    Listed(Vec<Uuid>),
}

impl Who {
    fn condition(&self) -> &'static str {
        match self {
            Self::UnderWay => {
                "r.completion <> 'completed' AND r.started_at IS NOT NULL AND $2 IS NOT NULL"
            }
            Self::NotCompleted => "r.completion <> 'completed' AND $2 IS NOT NULL",
            Self::Listed(_) => "r.id = ANY($2)",
        }
    }

    fn ids(&self) -> &[Uuid] {
        match self {
            Self::Listed(ids) => ids,
            _ => &[],
        }
    }
}

/// A registration on a version.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct OnVersion {
    /// The registration.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The learner's key.
    #[diesel(sql_type = Text)]
    pub(crate) learner_key: String,
    /// Their name.
    #[diesel(sql_type = Text)]
    pub(crate) learner_name: String,
    /// completed, incomplete, not_attempted or unknown.
    #[diesel(sql_type = Text)]
    pub(crate) completion: String,
    /// passed, failed or unknown.
    #[diesel(sql_type = Text)]
    pub(crate) success: String,
    /// 0 to 1.
    #[diesel(sql_type = Nullable<Double>)]
    pub(crate) progress_measure: Option<f64>,
    /// A session is open.
    #[diesel(sql_type = Bool)]
    pub(crate) is_live: bool,
}

/// Registrations on a version, previews left out, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub(crate) async fn on_version(
    conn: &mut Connection,
    version_id: Uuid,
    who: &Who,
    limit: i64,
) -> QueryResult<Vec<OnVersion>> {
    let condition = who.condition();
    diesel::sql_query(format!(
        "SELECT r.id, l.key AS learner_key, l.name AS learner_name, r.completion, r.success, r.progress_measure, \
         EXISTS (SELECT FROM sessions s WHERE s.registration_id = r.id AND s.started_at IS NOT NULL AND s.ended_at IS NULL) AS is_live \
         FROM registrations r JOIN learners l ON l.id = r.learner_id \
         WHERE r.package_version_id = $1 AND NOT r.preview AND {condition} ORDER BY r.id LIMIT $3"
    ))
    .bind::<SqlUuid, _>(version_id)
    .bind::<Array<SqlUuid>, _>(who.ids())
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many there are in all.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count(conn: &mut Connection, version_id: Uuid, who: &Who) -> QueryResult<i64> {
    let condition = who.condition();
    let count: Count = diesel::sql_query(format!(
        "SELECT count(*) AS count FROM registrations r \
         WHERE r.package_version_id = $1 AND NOT r.preview AND {condition}"
    ))
    .bind::<SqlUuid, _>(version_id)
    .bind::<Array<SqlUuid>, _>(who.ids())
    .get_result(conn)
    .await?;
    Ok(count.count)
}

/// What is decided.
#[derive(Debug, Clone)]
pub(crate) struct NewMigration<'a> {
    /// Public id.
    pub(crate) id: Uuid,
    /// Of which package.
    pub(crate) package_id: Uuid,
    /// From this version.
    pub(crate) from: i32,
    /// To this one.
    pub(crate) to: i32,
    /// `stay`, `move` or `restart`.
    pub(crate) policy: &'static str,
    /// Which activity is which.
    pub(crate) map: &'a Pairs,
    /// API client or account.
    pub(crate) by: &'a str,
}

/// Keeps a decision.
///
/// # Errors
/// When the database fails.
pub(crate) async fn insert(conn: &mut Connection, new: &NewMigration<'_>) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO package_migrations (id, package_id, from_version, to_version, policy, map, created_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind::<SqlUuid, _>(new.id)
    .bind::<SqlUuid, _>(new.package_id)
    .bind::<Integer, _>(new.from)
    .bind::<Integer, _>(new.to)
    .bind::<Text, _>(new.policy)
    .bind::<Jsonb, _>(json(new.map))
    .bind::<Text, _>(new.by)
    .execute(conn)
    .await?;
    Ok(())
}

fn json(map: &Pairs) -> Value {
    let pairs = map
        .iter()
        .map(|(old, new)| (old.clone(), new.clone().into()));
    Value::Object(pairs.collect())
}

/// Whether what a registration held is put aside as a past attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// It goes on.
    GoesOn,
    /// It is put aside.
    PutAside,
}

/// Locks a registration and keeps all it holds before a move, which is to write its revision once;
/// `false` when it has another revision or version by now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn keep(
    conn: &mut Connection,
    migration: Uuid,
    registration: Uuid,
    (from, to): (Uuid, Uuid),
    attempt: Attempt,
    revision: Option<i64>,
) -> QueryResult<bool> {
    let kept = diesel::sql_query(
        "INSERT INTO registration_moves (migration_id, registration_id, from_version_id, to_version_id, state, before, \
         waivers, past_attempt, revision) \
         SELECT $1, r.id, r.package_version_id, $4, r.state, to_jsonb(r) - 'state', \
         COALESCE((SELECT jsonb_agg(to_jsonb(w)) FROM waivers w WHERE w.registration_id = r.id), '[]'), \
         CASE WHEN $5 THEN 1 + COALESCE((SELECT max(p.number) FROM past_attempts p WHERE p.registration_id = r.id), 0) END, \
         r.revision + 1 FROM registrations r \
         WHERE r.id = $2 AND r.package_version_id = $3 AND r.revision = COALESCE($6, r.revision) FOR UPDATE OF r",
    )
    .bind::<SqlUuid, _>(migration)
    .bind::<SqlUuid, _>(registration)
    .bind::<SqlUuid, _>(from)
    .bind::<SqlUuid, _>(to)
    .bind::<Bool, _>(attempt == Attempt::PutAside)
    .bind::<Nullable<BigInt>, _>(revision)
    .execute(conn)
    .await?;
    Ok(kept > 0)
}

/// The registration is of another version from here on.
///
/// # Errors
/// When the database fails.
pub(crate) async fn switch(conn: &mut Connection, registration: Uuid, to: Uuid) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE registrations SET package_version_id = $2, updated_at = now() WHERE id = $1",
    )
    .bind::<SqlUuid, _>(registration)
    .bind::<SqlUuid, _>(to)
    .execute(conn)
    .await?;
    Ok(())
}

/// Waivers, as [`keep`] has kept them, go with their activities; those of activities without a
/// counterpart are kept with the move alone.
///
/// # Errors
/// When the database fails.
pub(crate) async fn carry_waivers(
    conn: &mut Connection,
    migration: Uuid,
    registration: Uuid,
    map: &Pairs,
) -> QueryResult<()> {
    diesel::sql_query("DELETE FROM waivers WHERE registration_id = $1")
        .bind::<SqlUuid, _>(registration)
        .execute(conn)
        .await?;
    diesel::sql_query(
        "INSERT INTO waivers (registration_id, activity_id, reason, created_by, created_at) \
         SELECT w.registration_id, map.new, w.reason, w.created_by, w.created_at FROM registration_moves m \
         CROSS JOIN LATERAL jsonb_populate_recordset(NULL::waivers, m.waivers) w \
         JOIN unnest($3, $4) AS map (old, new) ON map.old = w.activity_id \
         WHERE m.migration_id = $1 AND m.registration_id = $2",
    )
    .bind::<SqlUuid, _>(migration)
    .bind::<SqlUuid, _>(registration)
    .bind::<Array<Text>, _>(map.keys().collect::<Vec<_>>())
    .bind::<Array<Text>, _>(map.values().collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// What units left in the state resource goes with them, where their ids were renamed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn carry_documents(
    conn: &mut Connection,
    registration: Uuid,
    renamed: &[(String, String)],
) -> QueryResult<()> {
    let (old, new): (Vec<&str>, Vec<&str>) = renamed
        .iter()
        .map(|(old, new)| (old.as_str(), new.as_str()))
        .unzip();
    diesel::sql_query(
        "INSERT INTO lrs_documents (resource, activity, agent, registration, name, content_type, content, etag) \
         SELECT d.resource, map.new, d.agent, d.registration, d.name, d.content_type, d.content, d.etag \
         FROM unnest($2, $3) AS map (old, new) JOIN lrs_documents d ON d.activity = map.old \
         WHERE d.resource = 'state' AND d.registration = $1 AND d.name <> 'LMS.LaunchData' ON CONFLICT DO NOTHING",
    )
    .bind::<Text, _>(registration.to_string())
    .bind::<Array<Text>, _>(old)
    .bind::<Array<Text>, _>(new)
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a registration back what it held before; `false` when something was done with it since, or it
/// was given back already.
///
/// # Errors
/// When the database fails.
pub(crate) async fn restore(
    conn: &mut Connection,
    migration: Uuid,
    registration: Uuid,
) -> QueryResult<bool> {
    let restored = diesel::sql_query(
        "UPDATE registrations r SET package_version_id = m.from_version_id, state = m.state, revision = r.revision + 1, \
         progress = b.progress, completion = b.completion, success = b.success, score_scaled = b.score_scaled, \
         score_raw = b.score_raw, score_min = b.score_min, score_max = b.score_max, progress_measure = b.progress_measure, \
         total_time_ms = b.total_time_ms, attempts = b.attempts, started_at = b.started_at, completed_at = b.completed_at, \
         updated_at = now() \
         FROM registration_moves m CROSS JOIN LATERAL jsonb_populate_record(NULL::registrations, m.before) b \
         WHERE m.migration_id = $1 AND m.registration_id = $2 AND m.undone_at IS NULL AND r.id = m.registration_id \
         AND r.revision = m.revision",
    )
    .bind::<SqlUuid, _>(migration)
    .bind::<SqlUuid, _>(registration)
    .execute(conn)
    .await?;
    if restored == 0 {
        return Ok(false);
    }
    for query in [
        "DELETE FROM past_attempts p USING registration_moves m WHERE m.migration_id = $1 AND m.registration_id = $2 \
         AND p.registration_id = m.registration_id AND p.number = m.past_attempt",
        "DELETE FROM waivers WHERE $1 IS NOT NULL AND registration_id = $2",
        "INSERT INTO waivers SELECT w.* FROM registration_moves m \
         CROSS JOIN LATERAL jsonb_populate_recordset(NULL::waivers, m.waivers) w \
         WHERE m.migration_id = $1 AND m.registration_id = $2",
        "UPDATE registration_moves SET undone_at = clock_timestamp() WHERE migration_id = $1 AND registration_id = $2",
        "UPDATE package_migrations SET undone_at = now() WHERE id = $1 AND $2 IS NOT NULL",
    ] {
        diesel::sql_query(query)
            .bind::<SqlUuid, _>(migration)
            .bind::<SqlUuid, _>(registration)
            .execute(conn)
            .await?;
    }
    Ok(true)
}

/// Writes a state alone, the row being locked.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put_state(
    conn: &mut Connection,
    registration: Uuid,
    state: &[u8],
) -> QueryResult<()> {
    diesel::sql_query("UPDATE registrations SET state = $2 WHERE id = $1")
        .bind::<SqlUuid, _>(registration)
        .bind::<Binary, _>(state)
        .execute(conn)
        .await?;
    Ok(())
}

/// A decision with what came of it.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Migration {
    /// Public id.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// From this version.
    #[diesel(sql_type = Integer)]
    pub(crate) from_version: i32,
    /// To this one.
    #[diesel(sql_type = Integer)]
    pub(crate) to_version: i32,
    /// `stay`, `move` or `restart`.
    #[diesel(sql_type = Text)]
    pub(crate) policy: String,
    /// Which activity is which.
    #[diesel(sql_type = Jsonb)]
    pub(crate) map: Value,
    /// API client or account.
    #[diesel(sql_type = Text)]
    pub(crate) created_by: String,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) created_at: DateTime<Utc>,
    /// When it was last undone.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) undone_at: Option<DateTime<Utc>>,
    /// Registrations that were moved.
    #[diesel(sql_type = BigInt)]
    pub(crate) moved: i64,
    /// Of these, those that were moved back.
    #[diesel(sql_type = BigInt)]
    pub(crate) undone: i64,
    /// Of these, those that can still be moved back.
    #[diesel(sql_type = BigInt)]
    pub(crate) undoable: i64,
}

const MIGRATIONS: &str = "SELECT g.id, g.from_version, g.to_version, g.policy, g.map, g.created_by, g.created_at, g.undone_at, \
     count(m.registration_id) AS moved, count(m.undone_at) AS undone, \
     count(*) FILTER (WHERE m.undone_at IS NULL AND r.revision = m.revision) AS undoable \
     FROM package_migrations g LEFT JOIN registration_moves m ON m.migration_id = g.id \
     LEFT JOIN registrations r ON r.id = m.registration_id";

/// The decisions on a package, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_package(
    conn: &mut Connection,
    package_id: Uuid,
    limit: i64,
) -> QueryResult<Vec<Migration>> {
    diesel::sql_query(format!(
        "{MIGRATIONS} WHERE g.package_id = $1 GROUP BY g.id ORDER BY g.created_at DESC LIMIT $2"
    ))
    .bind::<SqlUuid, _>(package_id)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// A decision on a package.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(
    conn: &mut Connection,
    package_id: Uuid,
    id: Uuid,
) -> QueryResult<Option<Migration>> {
    diesel::sql_query(format!(
        "{MIGRATIONS} WHERE g.package_id = $1 AND g.id = $2 GROUP BY g.id"
    ))
    .bind::<SqlUuid, _>(package_id)
    .bind::<SqlUuid, _>(id)
    .get_result(conn)
    .await
    .optional()
}

/// A registration that was moved.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Moved {
    /// The registration.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) registration_id: Uuid,
    /// The learner's key.
    #[diesel(sql_type = Text)]
    pub(crate) learner_key: String,
    /// Their name.
    #[diesel(sql_type = Text)]
    pub(crate) learner_name: String,
    /// `moved`, `undone` or `worked_since`: what was done since would be lost by moving it back.
    #[diesel(sql_type = Text)]
    pub(crate) state: String,
}

/// The registrations that were moved by a decision.
///
/// # Errors
/// When the database fails.
pub(crate) async fn moved(conn: &mut Connection, migration: Uuid) -> QueryResult<Vec<Moved>> {
    diesel::sql_query(
        "SELECT m.registration_id, l.key AS learner_key, l.name AS learner_name, \
         CASE WHEN m.undone_at IS NOT NULL THEN 'undone' WHEN r.revision = m.revision THEN 'moved' ELSE 'worked_since' END AS state \
         FROM registration_moves m JOIN registrations r ON r.id = m.registration_id JOIN learners l ON l.id = r.learner_id \
         WHERE m.migration_id = $1 ORDER BY m.registration_id",
    )
    .bind::<SqlUuid, _>(migration)
    .load(conn)
    .await
}

/// A move as a replay needs it.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Step {
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) moved_at: DateTime<Utc>,
    /// When it was undone.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) undone_at: Option<DateTime<Utc>>,
    /// The version it left.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) from_version_id: Uuid,
    /// The version it went to.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) to_version_id: Uuid,
    /// Which activity is which.
    #[diesel(sql_type = Jsonb)]
    pub(crate) map: Value,
    /// The waivers before.
    #[diesel(sql_type = Jsonb)]
    pub(crate) waivers: Value,
}

/// Every move of a registration, the first first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn steps(conn: &mut Connection, registration: Uuid) -> QueryResult<Vec<Step>> {
    diesel::sql_query(
        "SELECT m.moved_at, m.undone_at, m.from_version_id, m.to_version_id, g.map, m.waivers \
         FROM registration_moves m JOIN package_migrations g ON g.id = m.migration_id \
         WHERE m.registration_id = $1 ORDER BY m.moved_at",
    )
    .bind::<SqlUuid, _>(registration)
    .load(conn)
    .await
}
