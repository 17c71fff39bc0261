//! Courses: packages and events in order.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Text, Uuid as SqlUuid},
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
}

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

/// Makes a course, or brings the one with this code up to date. Part of the caller's transaction.
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
    diesel::delete(course_items::table.filter(course_items::course_id.eq(kept.id)))
        .execute(conn)
        .await?;
    let items: Vec<Item> = items
        .iter()
        .map(|item| Item {
            course_id: kept.id,
            ..item.clone()
        })
        .collect();
    diesel::insert_into(course_items::table)
        .values(&items)
        .execute(conn)
        .await?;
    Ok(kept)
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
