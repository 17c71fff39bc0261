//! Courses: packages and events in order.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::schema::{course_items, courses};
use crate::db::Connection;

/// A course as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = courses, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Course {
    /// Public id.
    pub(crate) id: Uuid,
    /// The key that its makers know it by.
    pub(crate) code: String,
    /// Title.
    pub(crate) title: String,
    /// What it is about.
    pub(crate) description: String,
    /// BCP 47 tag.
    pub(crate) language: String,
    /// `nominal` or `active`.
    pub(crate) credit_rule: String,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
    /// When it was last changed.
    pub(crate) updated_at: DateTime<Utc>,
    /// `draft`, `published` or `archived`.
    pub(crate) state: String,
}

/// The state in which people may be enrolled.
pub(crate) const PUBLISHED: &str = "published";

/// One thing in a course.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = course_items, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Item {
    /// The course.
    pub(crate) course_id: Uuid,
    /// From 1.
    pub(crate) position: i32,
    /// A package, or
    pub(crate) package_id: Option<Uuid>,
    /// an event.
    pub(crate) event_id: Option<Uuid>,
    /// Without it the course is not complete.
    pub(crate) required: bool,
    /// Nominal minutes.
    pub(crate) credit_minutes: i32,
}

/// Makes a course, or brings the one with this code up to date; its state stays then. Part of the caller's
/// transaction.
///
/// # Errors
/// When the database fails; `ForeignKeyViolation` when an item is not there.
pub(crate) async fn put(
    conn: &mut Connection,
    course: &Course,
    items: &[Item],
) -> QueryResult<Course> {
    let kept: Course = diesel::insert_into(courses::table)
        .values(course)
        .on_conflict(courses::code)
        .do_update()
        .set((
            courses::title.eq(&course.title),
            courses::description.eq(&course.description),
            courses::language.eq(&course.language),
            courses::credit_rule.eq(&course.credit_rule),
            courses::updated_at.eq(course.updated_at),
        ))
        .returning(Course::as_returning())
        .get_result(conn)
        .await?;
    put_items(conn, kept.id, items).await?;
    Ok(kept)
}

/// Replaces what a course is made of; the order given counts. Part of the caller's transaction.
///
/// # Errors
/// When the database fails; `ForeignKeyViolation` when an item is not there.
pub(crate) async fn put_items(
    conn: &mut Connection,
    course_id: Uuid,
    items: &[Item],
) -> QueryResult<()> {
    diesel::delete(course_items::table.filter(course_items::course_id.eq(course_id)))
        .execute(conn)
        .await?;
    let items: Vec<Item> = (1..)
        .zip(items)
        .map(|(position, item)| Item {
            course_id,
            position,
            ..item.clone()
        })
        .collect();
    if !items.is_empty() {
        diesel::insert_into(course_items::table)
            .values(&items)
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Makes a course whose code nobody has; none when somebody has.
///
/// # Errors
/// When the database fails.
pub(crate) async fn insert(conn: &mut Connection, course: &Course) -> QueryResult<Option<Uuid>> {
    diesel::insert_into(courses::table)
        .values(course)
        .on_conflict(courses::code)
        .do_nothing()
        .returning(courses::id)
        .get_result(conn)
        .await
        .optional()
}

/// Changes what is said of a course, and its state.
///
/// # Errors
/// When the database fails.
pub(crate) async fn change(conn: &mut Connection, course: &Course) -> QueryResult<usize> {
    diesel::update(courses::table.find(course.id))
        .set((
            courses::title.eq(&course.title),
            courses::description.eq(&course.description),
            courses::language.eq(&course.language),
            courses::credit_rule.eq(&course.credit_rule),
            courses::state.eq(&course.state),
            courses::updated_at.eq(Utc::now()),
        ))
        .execute(conn)
        .await
}

/// A course by its id, held until the transaction ends: of two who change it the second sees what the first did.
///
/// # Errors
/// When the database fails.
pub(crate) async fn hold(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Course>> {
    courses::table
        .find(id)
        .for_update()
        .select(Course::as_select())
        .first(conn)
        .await
        .optional()
}

/// A course as its makers' list shows it.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Line {
    /// Public id.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Title.
    #[diesel(sql_type = Text)]
    pub(crate) title: String,
    /// `draft`, `published` or `archived`.
    #[diesel(sql_type = Text)]
    pub(crate) state: String,
    /// Packages and events in it.
    #[diesel(sql_type = BigInt)]
    pub(crate) items: i64,
    /// Nominal minutes of all of them.
    #[diesel(sql_type = BigInt)]
    pub(crate) minutes: i64,
    /// Who is enrolled.
    #[diesel(sql_type = BigInt)]
    pub(crate) people: i64,
}

/// Every course for its makers: published ones, then drafts, then archived ones, by title.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lines(conn: &mut Connection) -> QueryResult<Vec<Line>> {
    diesel::sql_query(
        "SELECT c.id, c.title, c.state, COALESCE(i.items, 0) AS items, COALESCE(i.minutes, 0) AS minutes, \
         COALESCE(e.people, 0) AS people FROM courses c \
         LEFT JOIN (SELECT course_id, count(*) AS items, sum(credit_minutes) AS minutes FROM course_items GROUP BY course_id) i \
         ON i.course_id = c.id \
         LEFT JOIN (SELECT course_id, count(*) AS people FROM course_enrolments WHERE withdrawn_at IS NULL GROUP BY course_id) e \
         ON e.course_id = c.id \
         ORDER BY c.state = 'archived', c.state = 'draft', c.title, c.id",
    )
    .load(conn)
    .await
}

/// An item as its makers see it.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Named {
    /// Title of the package's current version, or of the event.
    #[diesel(sql_type = Text)]
    pub(crate) title: String,
    /// A package, or
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) package_id: Option<Uuid>,
    /// an event.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) event_id: Option<Uuid>,
    /// Begin of the event.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) starts_at: Option<DateTime<Utc>>,
    /// The event was called off.
    #[diesel(sql_type = Bool)]
    pub(crate) is_cancelled: bool,
    /// The package was archived: nobody new gets it.
    #[diesel(sql_type = Bool)]
    pub(crate) is_archived: bool,
    /// Without it the course is not complete.
    #[diesel(sql_type = Bool)]
    pub(crate) required: bool,
    /// Nominal minutes.
    #[diesel(sql_type = Integer)]
    pub(crate) credit_minutes: i32,
}

/// What a course is made of, by its names, in order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn named(conn: &mut Connection, course_id: Uuid) -> QueryResult<Vec<Named>> {
    diesel::sql_query(
        "SELECT COALESCE(v.title, ev.title, '') AS title, i.package_id, i.event_id, ev.starts_at, \
         ev.cancelled_at IS NOT NULL AS is_cancelled, p.archived_at IS NOT NULL AS is_archived, i.required, i.credit_minutes \
         FROM course_items i LEFT JOIN packages p ON p.id = i.package_id \
         LEFT JOIN package_versions v ON v.package_id = p.id AND v.version = p.current_version \
         LEFT JOIN events ev ON ev.id = i.event_id WHERE i.course_id = $1 ORDER BY i.position",
    )
    .bind::<SqlUuid, _>(course_id)
    .load(conn)
    .await
}

/// A package that may be put into a course.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Offered {
    /// The package.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Title of its current version.
    #[diesel(sql_type = Text)]
    pub(crate) title: String,
}

/// Packages that are not archived, by title.
///
/// # Errors
/// When the database fails.
pub(crate) async fn packages(conn: &mut Connection) -> QueryResult<Vec<Offered>> {
    diesel::sql_query(
        "SELECT p.id, v.title FROM packages p JOIN package_versions v ON v.package_id = p.id AND v.version = p.current_version \
         WHERE p.archived_at IS NULL ORDER BY v.title, p.id",
    )
    .load(conn)
    .await
}

/// Every course, by title.
///
/// # Errors
/// When the database fails.
pub(crate) async fn all(conn: &mut Connection) -> QueryResult<Vec<Course>> {
    courses::table
        .order((courses::title, courses::id))
        .select(Course::as_select())
        .load(conn)
        .await
}

/// A course by its id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Course>> {
    courses::table
        .find(id)
        .select(Course::as_select())
        .first(conn)
        .await
        .optional()
}

/// What a course is made of, in order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn items(conn: &mut Connection, course_id: Uuid) -> QueryResult<Vec<Item>> {
    course_items::table
        .filter(course_items::course_id.eq(course_id))
        .order(course_items::position)
        .select(Item::as_select())
        .load(conn)
        .await
}

/// The newest package whose current version has this manifest identifier.
///
/// # Errors
/// When the database fails.
pub(crate) async fn package_of(
    conn: &mut Connection,
    identifier: &str,
) -> QueryResult<Option<Uuid>> {
    #[derive(QueryableByName)]
    struct Id {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let found: Option<Id> = diesel::sql_query(
        "SELECT p.id FROM packages p JOIN package_versions v ON v.package_id = p.id AND v.version = p.current_version \
         WHERE v.identifier = $1 AND p.archived_at IS NULL ORDER BY p.id DESC LIMIT 1",
    )
    .bind::<Text, _>(identifier)
    .get_result(conn)
    .await
    .optional()?;
    Ok(found.map(|found| found.id))
}
