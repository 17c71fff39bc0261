//! Who of bodies was at which event.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{people::pattern, scope::Bodies};
use crate::db::{Connection, paths::events::Expected};

/// An event with how many were there.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Held {
    /// The event.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Title.
    #[diesel(sql_type = Text)]
    pub(crate) title: String,
    /// Who speaks.
    #[diesel(sql_type = Text)]
    pub(crate) speaker: String,
    /// Begin.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) starts_at: DateTime<Utc>,
    /// When it was called off.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) cancelled_at: Option<DateTime<Utc>>,
    /// Enrolled in a course with it.
    #[diesel(sql_type = BigInt)]
    pub(crate) expected: i64,
    /// Whose attendance counts.
    #[diesel(sql_type = BigInt)]
    pub(crate) attended: i64,
}

/// Events of courses, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn events(conn: &mut Connection, bodies: &Bodies) -> QueryResult<Vec<Held>> {
    diesel::sql_query(
        "WITH enrolled AS (SELECT course_id, count(*) AS people FROM standings WHERE $1 IS NULL OR body_id = ANY($1) GROUP BY course_id), \
         there AS (SELECT a.event_id, count(*) FILTER (WHERE a.attended) AS attended FROM attendances a \
         JOIN learners l ON l.id = a.learner_id WHERE $1 IS NULL OR l.body_id = ANY($1) GROUP BY a.event_id) \
         SELECT ev.id, ev.title, ev.speaker, ev.starts_at, ev.cancelled_at, COALESCE(sum(enrolled.people), 0)::bigint AS expected, \
         COALESCE(max(there.attended), 0) AS attended \
         FROM events ev JOIN course_items i ON i.event_id = ev.id LEFT JOIN enrolled ON enrolled.course_id = i.course_id \
         LEFT JOIN there ON there.event_id = ev.id GROUP BY ev.id ORDER BY ev.starts_at DESC, ev.id LIMIT 200",
    )
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .load(conn)
    .await
}

/// Learners of bodies who are enrolled in a course with an event, by name, and what is noted of them.
///
/// # Errors
/// When the database fails.
pub(crate) async fn expected(
    conn: &mut Connection,
    event_id: Uuid,
    bodies: &Bodies,
    search: Option<&str>,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Expected>> {
    // By name first and as far as the page goes; who has no enrolment with the event falls out on the way.
    diesel::sql_query(
        "SELECT l.id AS learner_id, l.key, l.name, l.email, a.minutes, a.attended, a.source, a.noted_at FROM learners l \
         LEFT JOIN attendances a ON a.event_id = $2 AND a.learner_id = l.id \
         WHERE l.home_page <> 'urn:percorso:erased' AND ($1 IS NULL OR l.body_id = ANY($1)) AND ($3 IS NULL OR l.name ILIKE $3 OR l.email ILIKE $3) \
         AND ($4 IS NULL OR (l.name, l.id) > ((SELECT name FROM learners WHERE id = $4), $4)) \
         AND EXISTS (SELECT FROM standings s JOIN course_items i ON i.course_id = s.course_id AND i.event_id = $2 WHERE s.learner_id = l.id) \
         ORDER BY l.name, l.id LIMIT $5",
    )
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .bind::<SqlUuid, _>(event_id)
    .bind::<Nullable<Text>, _>(search.map(pattern))
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// Takes away what is noted of learners at an event.
///
/// # Errors
/// When the database fails.
pub(crate) async fn forget(
    conn: &mut Connection,
    event_id: Uuid,
    learners: &[Uuid],
) -> QueryResult<usize> {
    diesel::sql_query("DELETE FROM attendances WHERE event_id = $1 AND learner_id = ANY($2)")
        .bind::<SqlUuid, _>(event_id)
        .bind::<Array<SqlUuid>, _>(learners)
        .execute(conn)
        .await
}

/// An attendance of a learner.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Noted {
    /// Whose.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) learner_id: Uuid,
    /// The event's title.
    #[diesel(sql_type = Text)]
    pub(crate) title: String,
    /// Its begin.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) starts_at: DateTime<Utc>,
    /// Minutes there.
    #[diesel(sql_type = Integer)]
    pub(crate) minutes: i32,
    /// Whether it counts.
    #[diesel(sql_type = Bool)]
    pub(crate) counts: bool,
    /// When it was noted.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) at: DateTime<Utc>,
}

/// Attendances of learners, by event.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_learners(
    conn: &mut Connection,
    learners: &[Uuid],
) -> QueryResult<Vec<Noted>> {
    diesel::sql_query(
        "SELECT a.learner_id, ev.title, ev.starts_at, a.minutes, a.attended AS counts, a.noted_at AS at FROM attendances a \
         JOIN events ev ON ev.id = a.event_id WHERE a.learner_id = ANY($1) ORDER BY ev.starts_at, ev.id",
    )
    .bind::<Array<SqlUuid>, _>(learners)
    .load(conn)
    .await
}
