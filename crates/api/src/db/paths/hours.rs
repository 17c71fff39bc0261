//! Training hours by person: what was claimed, what the clock says, what was in use, what is credited.

use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Integer, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{Connection, reports::scope::Bodies};

/// One person's training in a year.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Hours {
    /// The client's key.
    #[diesel(sql_type = Text)]
    pub(crate) learner_key: String,
    /// Name.
    #[diesel(sql_type = Text)]
    pub(crate) learner_name: String,
    /// Code of their body.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) body_code: Option<String>,
    /// Its name.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) body_name: Option<String>,
    /// Items done.
    #[diesel(sql_type = BigInt)]
    pub(crate) items_done: i64,
    /// Time that content claimed.
    #[diesel(sql_type = BigInt)]
    pub(crate) claimed_ms: i64,
    /// Time from starts to last signs of life.
    #[diesel(sql_type = BigInt)]
    pub(crate) wall_ms: i64,
    /// Time in use.
    #[diesel(sql_type = BigInt)]
    pub(crate) active_ms: i64,
    /// Minutes at events.
    #[diesel(sql_type = BigInt)]
    pub(crate) attended_minutes: i64,
    /// Minutes that count.
    #[diesel(sql_type = BigInt)]
    pub(crate) credited_minutes: i64,
}

/// What everybody of a body (and of the bodies that belong to it) did in a year, by name. An item that is
/// in two courses of somebody counts once.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_year(
    conn: &mut Connection,
    year: i32,
    body_id: Option<Uuid>,
) -> QueryResult<Vec<Hours>> {
    diesel::sql_query(
        "WITH RECURSIVE below AS (SELECT id FROM bodies WHERE id = $2 \
         UNION SELECT b.id FROM bodies b JOIN below ON b.parent_id = below.id), \
         once AS (SELECT DISTINCT ON (i.learner_id, COALESCE(i.package_id, i.event_id)) i.* FROM enrolment_items i \
         WHERE i.done AND date_part('year', i.done_at AT TIME ZONE 'Europe/Rome') = $1 \
         ORDER BY i.learner_id, COALESCE(i.package_id, i.event_id), i.credited_minutes DESC) \
         SELECT l.key AS learner_key, l.name AS learner_name, b.code AS body_code, b.name AS body_name, \
         count(*) AS items_done, sum(i.claimed_ms)::bigint AS claimed_ms, sum(i.wall_ms)::bigint AS wall_ms, \
         sum(i.active_ms)::bigint AS active_ms, COALESCE(sum(i.attended_minutes), 0)::bigint AS attended_minutes, \
         sum(i.credited_minutes)::bigint AS credited_minutes \
         FROM once i JOIN learners l ON l.id = i.learner_id LEFT JOIN bodies b ON b.id = l.body_id \
         WHERE $2 IS NULL OR l.body_id IN (SELECT id FROM below) \
         GROUP BY l.id, l.key, l.name, b.code, b.name ORDER BY l.name, l.id",
    )
    .bind::<Integer, _>(year)
    .bind::<Nullable<SqlUuid>, _>(body_id)
    .load(conn)
    .await
}

/// What everybody of some bodies did in a year, by name, as last brought up to date.
///
/// # Errors
/// When the database fails.
pub(crate) async fn page(
    conn: &mut Connection,
    year: i32,
    bodies: &Bodies,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Yearly>> {
    diesel::sql_query(
        "SELECT l.id AS learner_id, l.name, l.email, b.name AS body_name, COALESCE(y.items_done, 0) AS items_done, \
         COALESCE(y.claimed_ms, 0) AS claimed_ms, COALESCE(y.wall_ms, 0) AS wall_ms, COALESCE(y.active_ms, 0) AS active_ms, \
         COALESCE(y.attended_minutes, 0) AS attended_minutes, COALESCE(y.credited_minutes, 0) AS credited_minutes \
         FROM learners l LEFT JOIN training_years y ON y.learner_id = l.id AND y.year = $2 \
         LEFT JOIN bodies b ON b.id = l.body_id WHERE ($1 IS NULL OR l.body_id = ANY($1)) \
         AND l.home_page NOT IN ('urn:percorso:preview', 'urn:percorso:erased') AND ($3 IS NULL OR (l.name, l.id) > ((SELECT name FROM learners WHERE id = $3), $3)) ORDER BY l.name, l.id LIMIT $4",
    )
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .bind::<Integer, _>(year)
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// One person's year.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Yearly {
    /// Ours.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) learner_id: Uuid,
    /// Name.
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// E-mail.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) email: Option<String>,
    /// Their body.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) body_name: Option<String>,
    /// Items done.
    #[diesel(sql_type = Integer)]
    pub(crate) items_done: i32,
    /// Time that content claimed.
    #[diesel(sql_type = BigInt)]
    pub(crate) claimed_ms: i64,
    /// Time from starts to last signs of life.
    #[diesel(sql_type = BigInt)]
    pub(crate) wall_ms: i64,
    /// Time in use.
    #[diesel(sql_type = BigInt)]
    pub(crate) active_ms: i64,
    /// Minutes at events.
    #[diesel(sql_type = Integer)]
    pub(crate) attended_minutes: i32,
    /// Minutes that count.
    #[diesel(sql_type = Integer)]
    pub(crate) credited_minutes: i32,
}

/// A year of bodies' people together.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct YearSum {
    /// Everybody, those who did nothing included.
    #[diesel(sql_type = BigInt)]
    pub(crate) people: i64,
    /// Who reached the minutes asked for.
    #[diesel(sql_type = BigInt)]
    pub(crate) reached: i64,
    /// Minutes that count.
    #[diesel(sql_type = BigInt)]
    pub(crate) credited_minutes: i64,
}

/// A year of some bodies' people together; `goal` are the minutes each should reach.
///
/// # Errors
/// When the database fails.
pub(crate) async fn sum(
    conn: &mut Connection,
    year: i32,
    bodies: &Bodies,
    goal: i32,
) -> QueryResult<YearSum> {
    diesel::sql_query(
        "SELECT count(*) AS people, \
         count(*) FILTER (WHERE y.credited_minutes >= $3) AS reached, COALESCE(sum(y.credited_minutes), 0)::bigint AS credited_minutes \
         FROM learners l LEFT JOIN training_years y ON y.learner_id = l.id AND y.year = $2 \
         WHERE ($1 IS NULL OR l.body_id = ANY($1)) AND l.home_page <> 'urn:percorso:preview'",
    )
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .bind::<Integer, _>(year)
    .bind::<Integer, _>(goal)
    .get_result(conn)
    .await
}
