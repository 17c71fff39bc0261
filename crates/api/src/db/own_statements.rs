//! How far what learners do has been stated in the record store.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{
        BigInt, Bool, Double, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
    },
};
use diesel_async::RunQueryDsl;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Connection, gdpr::ERASED};
use crate::own_statements::CourseReached;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Sessions with entries of which nothing was stated, by their ids.
///
/// # Errors
/// When the database fails.
pub(crate) async fn unstated(
    conn: &mut Connection,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Uuid>> {
    let ids: Vec<Id> = diesel::sql_query(
        "SELECT id FROM sessions WHERE last_line > stated_number AND ($1 IS NULL OR id > $1) ORDER BY id LIMIT $2",
    )
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await?;
    Ok(ids.into_iter().map(|id| id.id).collect())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    registration_id: Uuid,
    #[diesel(sql_type = Bool)]
    is_stated: bool,
    #[diesel(sql_type = BigInt)]
    last_line: i64,
    #[diesel(sql_type = BigInt)]
    stated_number: i64,
    #[diesel(sql_type = Timestamptz)]
    started_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    package_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    package_version_id: Uuid,
    #[diesel(sql_type = Text)]
    home_page: String,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    completion: String,
    #[diesel(sql_type = Text)]
    success: String,
    #[diesel(sql_type = Nullable<Double>)]
    score_scaled: Option<f64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    reset_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    state: Option<Value>,
}

/// A session with something to state, and what is needed for it.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Its registration.
    pub(crate) registration_id: Uuid,
    /// Last number of its journal, as far as `reached` counts.
    pub(crate) last_line: i64,
    /// Last number that statements were made of.
    pub(crate) stated_number: i64,
    /// When it was started.
    pub(crate) started_at: DateTime<Utc>,
    /// The package.
    pub(crate) package_id: Uuid,
    /// Its version.
    pub(crate) package_version_id: Uuid,
    /// Namespace of the learner's key.
    pub(crate) home_page: String,
    /// The learner's key.
    pub(crate) key: String,
    /// What the registration has reached.
    pub(crate) reached: CourseReached,
    /// When the registration was last reset.
    pub(crate) reset_at: Option<DateTime<Utc>>,
    /// What was stated of the registration.
    pub(crate) state: Option<Value>,
}

/// What a session has to state; the registration is locked for who states. Of previews, of people who
/// asked to be forgotten, of looking around and of cmi5 units, which state for themselves, there is nothing.
///
/// # Errors
/// When the database fails.
pub(crate) async fn pending(conn: &mut Connection, session: Uuid) -> QueryResult<Option<Pending>> {
    lock(conn, session).await?;
    let row: Option<Row> = diesel::sql_query(
        "SELECT r.id AS registration_id, s.last_line, s.stated_number, COALESCE(s.started_at, s.created_at) AS started_at, \
         s.launch_mode = 'normal' AND NOT r.preview AND v.standard <> 'cmi5' AND l.home_page <> $2 AS is_stated, \
         r.package_id, COALESCE((SELECT m.from_version_id FROM registration_moves m WHERE m.registration_id = r.id \
         AND m.undone_at IS NULL AND m.moved_at > COALESCE(s.started_at, s.created_at) ORDER BY m.moved_at LIMIT 1), \
         r.package_version_id) AS package_version_id, l.home_page, l.key, r.completion, r.success, r.score_scaled, t.state, \
         (SELECT max(p.reset_at) FROM past_attempts p WHERE p.registration_id = r.id) AS reset_at \
         FROM sessions s JOIN registrations r ON r.id = s.registration_id JOIN learners l ON l.id = r.learner_id \
         JOIN package_versions v ON v.id = r.package_version_id \
         JOIN stated_registrations t ON t.registration_id = r.id \
         WHERE s.id = $1 AND s.last_line > s.stated_number",
    )
    .bind::<SqlUuid, _>(session)
    .bind::<Text, _>(ERASED)
    .get_result(conn)
    .await
    .optional()?;
    if let Some(row) = &row
        && !row.is_stated
    {
        // Nothing will ever be stated of these lines; there may be more by now.
        diesel::sql_query("UPDATE sessions SET stated_number = $2 WHERE id = $1")
            .bind::<SqlUuid, _>(session)
            .bind::<BigInt, _>(row.last_line)
            .execute(conn)
            .await?;
        return Ok(None);
    }
    Ok(row.map(Pending::from))
}

/// Locks what is stated of a session's registration, and not the session: the learner goes on meanwhile.
/// Who had to wait reads in a later statement how far the other came.
async fn lock(conn: &mut Connection, session: Uuid) -> QueryResult<()> {
    for statement in [
        "INSERT INTO stated_registrations (registration_id, state) SELECT registration_id, '{}' FROM sessions \
         WHERE id = $1 AND last_line > stated_number ON CONFLICT DO NOTHING",
        "SELECT FROM stated_registrations t JOIN sessions s ON s.registration_id = t.registration_id \
         WHERE s.id = $1 FOR UPDATE OF t",
    ] {
        diesel::sql_query(statement)
            .bind::<SqlUuid, _>(session)
            .execute(conn)
            .await?;
    }
    Ok(())
}

impl From<Row> for Pending {
    fn from(row: Row) -> Self {
        let score = row.score_scaled.map(|scaled| {
            let mut score = Map::new();
            score.insert("scaled".into(), scaled.into());
            score.into()
        });
        Self {
            registration_id: row.registration_id,
            last_line: row.last_line,
            stated_number: row.stated_number,
            started_at: row.started_at,
            package_id: row.package_id,
            package_version_id: row.package_version_id,
            home_page: row.home_page,
            key: row.key,
            reached: CourseReached {
                completed: row.completion == "completed",
                success: match row.success.as_str() {
                    "passed" => Some(true),
                    "failed" => Some(false),
                    _ => None,
                },
                score,
            },
            reset_at: row.reset_at,
            state: row.state,
        }
    }
}

/// Notes how far a session has been stated, and what of its registration, as JSON that `jsonb` takes.
///
/// # Errors
/// When the database fails.
pub(crate) async fn stated(
    conn: &mut Connection,
    session: Uuid,
    number: i64,
    registration_id: Uuid,
    state: &str,
) -> QueryResult<()> {
    diesel::sql_query(
        "WITH noted AS (UPDATE sessions SET stated_number = $2 WHERE id = $1) \
         UPDATE stated_registrations SET state = $4::jsonb WHERE registration_id = $3",
    )
    .bind::<SqlUuid, _>(session)
    .bind::<BigInt, _>(number)
    .bind::<SqlUuid, _>(registration_id)
    .bind::<Text, _>(state)
    .execute(conn)
    .await
    .map(drop)
}

/// Somebody who attended a webinar of which nothing is stated, or who did not, of whom it is.
#[derive(Debug, QueryableByName)]
pub(crate) struct Attended {
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    learner_id: Uuid,
    /// The webinar's code.
    #[diesel(sql_type = Text)]
    pub(crate) code: String,
    /// The webinar's title.
    #[diesel(sql_type = Text)]
    pub(crate) title: String,
    /// When it ends.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) ends_at: DateTime<Utc>,
    /// Minutes there.
    #[diesel(sql_type = Integer)]
    pub(crate) minutes: i32,
    /// Namespace of the learner's key.
    #[diesel(sql_type = Text)]
    pub(crate) home_page: String,
    /// The learner's key.
    #[diesel(sql_type = Text)]
    pub(crate) key: String,
    /// The statement that is to be taken back.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) stated_id: Option<Uuid>,
}

/// Attendances that are not as they are stated. Nobody else takes them while the transaction lasts.
///
/// # Errors
/// When the database fails.
pub(crate) async fn attendances(conn: &mut Connection, limit: i64) -> QueryResult<Vec<Attended>> {
    diesel::sql_query(
        "SELECT a.event_id, a.learner_id, e.code, e.title, e.ends_at, a.minutes, l.home_page, l.key, a.stated_id \
         FROM attendances a JOIN events e ON e.id = a.event_id JOIN learners l ON l.id = a.learner_id \
         WHERE a.attended <> (a.stated_id IS NOT NULL) AND l.home_page <> $1 \
         ORDER BY a.noted_at LIMIT $2 FOR UPDATE OF a SKIP LOCKED",
    )
    .bind::<Text, _>(ERASED)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// Notes the statement that says an attendance; `None` when it was taken back.
///
/// # Errors
/// When the database fails.
pub(crate) async fn attendance_stated(
    conn: &mut Connection,
    attended: &Attended,
    stated: Option<Uuid>,
) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE attendances SET stated_id = $3 WHERE event_id = $1 AND learner_id = $2",
    )
    .bind::<SqlUuid, _>(attended.event_id)
    .bind::<SqlUuid, _>(attended.learner_id)
    .bind::<Nullable<SqlUuid>, _>(stated)
    .execute(conn)
    .await
    .map(drop)
}
