//! The numbers of the overview: how many stand where, and when they got there.

use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::scope::Bodies;
use crate::db::Connection;

/// A course that somebody of the bodies takes.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct TakenCourse {
    /// The course.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Its title.
    #[diesel(sql_type = Text)]
    pub(crate) title: String,
    /// People may be enrolled.
    #[diesel(sql_type = Bool)]
    pub(crate) is_open: bool,
}

/// Every course but drafts and archived ones that nobody of the bodies takes; the one that most take first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn courses(
    conn: &mut Connection,
    bodies: &Bodies,
) -> QueryResult<Vec<TakenCourse>> {
    diesel::sql_query(
        "SELECT c.id, c.title, c.state = 'published' AS is_open FROM courses c \
         LEFT JOIN (SELECT course_id, count(*) AS people FROM standings \
         WHERE $1 IS NULL OR body_id = ANY($1) GROUP BY course_id) n ON n.course_id = c.id \
         WHERE c.state = 'published' OR (c.state = 'archived' AND n.people > 0) ORDER BY COALESCE(n.people, 0) DESC, c.title, c.id",
    )
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .load(conn)
    .await
}

/// How many stand where in a course.
#[derive(Debug, Clone, Default, QueryableByName)]
pub(crate) struct Numbers {
    /// Enrolled.
    #[diesel(sql_type = BigInt)]
    pub(crate) people: i64,
    /// Completed.
    #[diesel(sql_type = BigInt)]
    pub(crate) completed: i64,
    /// Begun, not completed.
    #[diesel(sql_type = BigInt)]
    pub(crate) incomplete: i64,
    /// Not begun.
    #[diesel(sql_type = BigInt)]
    pub(crate) not_attempted: i64,
    /// Not completed, and the deadline is over.
    #[diesel(sql_type = BigInt)]
    pub(crate) overdue: i64,
    /// Minutes that count.
    #[diesel(sql_type = BigInt)]
    pub(crate) credited_minutes: i64,
}

/// How many of the bodies' people stand where in a course.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_course(
    conn: &mut Connection,
    bodies: &Bodies,
    course_id: Uuid,
    today: NaiveDate,
) -> QueryResult<Numbers> {
    diesel::sql_query(
        "SELECT count(*) AS people, count(*) FILTER (WHERE status = 'completed') AS completed, \
         count(*) FILTER (WHERE status = 'incomplete') AS incomplete, \
         count(*) FILTER (WHERE status = 'not_attempted') AS not_attempted, \
         count(*) FILTER (WHERE status <> 'completed' AND deadline < $3) AS overdue, \
         COALESCE(sum(credited_minutes), 0)::bigint AS credited_minutes \
         FROM standings WHERE course_id = $2 AND ($1 IS NULL OR body_id = ANY($1))",
    )
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .bind::<SqlUuid, _>(course_id)
    .bind::<Date, _>(today)
    .get_result(conn)
    .await
}

/// Enrolments and completions of one week.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Week {
    /// Its Monday, in Italy.
    #[diesel(sql_type = Date)]
    pub(crate) monday: NaiveDate,
    /// Enrolled in it.
    #[diesel(sql_type = BigInt)]
    pub(crate) enrolled: i64,
    /// Completed in it.
    #[diesel(sql_type = BigInt)]
    pub(crate) completed: i64,
}

/// Weeks in which anything happened, in order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn weeks(
    conn: &mut Connection,
    bodies: &Bodies,
    course_id: Uuid,
) -> QueryResult<Vec<Week>> {
    diesel::sql_query(
        "WITH mine AS MATERIALIZED (SELECT enrolled_week, completed_week, count(*) AS people FROM standings \
         WHERE course_id = $2 AND ($1 IS NULL OR body_id = ANY($1)) GROUP BY 1, 2) \
         SELECT monday, sum(enrolled)::bigint AS enrolled, sum(completed)::bigint AS completed FROM ( \
         SELECT enrolled_week AS monday, sum(people) AS enrolled, 0 AS completed FROM mine GROUP BY 1 \
         UNION ALL SELECT completed_week, 0, sum(people) FROM mine GROUP BY 1) w \
         WHERE monday IS NOT NULL GROUP BY monday ORDER BY monday",
    )
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .bind::<SqlUuid, _>(course_id)
    .load(conn)
    .await
}

/// How often something was begun and done, by number.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Count {
    /// `item` or `object`.
    #[diesel(sql_type = Text)]
    pub(crate) what: String,
    /// Position of the item, or number of the learning object.
    #[diesel(sql_type = Integer)]
    pub(crate) number: i32,
    /// Begun, done ones included.
    #[diesel(sql_type = BigInt)]
    pub(crate) begun: i64,
    /// Done.
    #[diesel(sql_type = BigInt)]
    pub(crate) done: i64,
}

/// How many have begun and done each item and each learning object of a course.
///
/// # Errors
/// When the database fails.
pub(crate) async fn counts(
    conn: &mut Connection,
    bodies: &Bodies,
    course_id: Uuid,
) -> QueryResult<Vec<Count>> {
    diesel::sql_query(
        "WITH there AS (SELECT place_id, count(*) AS people FROM standings \
         WHERE course_id = $2 AND ($1 IS NULL OR body_id = ANY($1)) GROUP BY place_id), \
         alike AS MATERIALIZED (SELECT p.*, there.people FROM there JOIN standing_places p ON p.id = there.place_id) \
         SELECT what, number, sum(begun)::bigint AS begun, sum(done)::bigint AS done FROM ( \
         SELECT 'item' AS what, number, sum(people) AS begun, 0 AS done FROM alike, unnest(items_begun) AS number GROUP BY number \
         UNION ALL SELECT 'item', number, 0, sum(people) FROM alike, unnest(items_done) AS number GROUP BY number \
         UNION ALL SELECT 'object', number, sum(people), 0 FROM alike, unnest(objects_begun) AS number GROUP BY number \
         UNION ALL SELECT 'object', number, 0, sum(people) FROM alike, unnest(objects_done) AS number GROUP BY number) n \
         GROUP BY what, number ORDER BY what, number",
    )
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .bind::<SqlUuid, _>(course_id)
    .load(conn)
    .await
}
