//! Live events, and who was there.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::schema::{course_items, courses, events};
use crate::db::Connection;

/// An event as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = events, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Event {
    /// Public id.
    pub(crate) id: Uuid,
    /// The key that its makers know it by.
    pub(crate) code: String,
    /// Title.
    pub(crate) title: String,
    /// What it is about.
    pub(crate) description: String,
    /// Who speaks.
    pub(crate) speaker: String,
    /// Begin.
    pub(crate) starts_at: DateTime<Utc>,
    /// End.
    pub(crate) ends_at: DateTime<Utc>,
    /// Where to join.
    pub(crate) join_url: Option<String>,
    /// Minutes from which somebody was there.
    pub(crate) threshold_minutes: i32,
    /// When it was called off.
    pub(crate) cancelled_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub(crate) updated_at: DateTime<Utc>,
}

/// Makes an event, or brings the one with this code up to date.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put(conn: &mut Connection, event: &Event) -> QueryResult<Event> {
    diesel::insert_into(events::table)
        .values(event)
        .on_conflict(events::code)
        .do_update()
        .set((
            events::title.eq(&event.title),
            events::description.eq(&event.description),
            events::speaker.eq(&event.speaker),
            events::starts_at.eq(event.starts_at),
            events::ends_at.eq(event.ends_at),
            events::join_url.eq(&event.join_url),
            events::threshold_minutes.eq(event.threshold_minutes),
            events::cancelled_at.eq(event.cancelled_at),
            events::updated_at.eq(event.updated_at),
        ))
        .returning(Event::as_returning())
        .get_result(conn)
        .await
}

/// Every event, the next first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn all(conn: &mut Connection) -> QueryResult<Vec<Event>> {
    events::table
        .order((events::starts_at, events::id))
        .select(Event::as_select())
        .load(conn)
        .await
}

/// Titles of the courses that events are in: event and title, by title.
///
/// # Errors
/// When the database fails.
pub(crate) async fn courses_of(conn: &mut Connection) -> QueryResult<Vec<(Uuid, String)>> {
    course_items::table
        .inner_join(courses::table.on(courses::id.eq(course_items::course_id)))
        .filter(course_items::event_id.is_not_null())
        .order((courses::title, courses::id))
        .select((course_items::event_id.assume_not_null(), courses::title))
        .load(conn)
        .await
}

/// An event by its id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Event>> {
    events::table
        .find(id)
        .select(Event::as_select())
        .first(conn)
        .await
        .optional()
}

/// A learner who is expected at an event.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Expected {
    /// Ours.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) learner_id: Uuid,
    /// The client's key.
    #[diesel(sql_type = Text)]
    pub(crate) key: String,
    /// Name.
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// E-mail, when known.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) email: Option<String>,
    /// Minutes there, once noted.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) minutes: Option<i32>,
    /// Whether it counts, once noted.
    #[diesel(sql_type = Nullable<Bool>)]
    pub(crate) attended: Option<bool>,
    /// `entry` or `list`, once noted.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) source: Option<String>,
    /// When it was noted.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) noted_at: Option<DateTime<Utc>>,
}

/// Learners enrolled in a course with this event, and what is noted of them.
///
/// # Errors
/// When the database fails.
pub(crate) async fn expected(conn: &mut Connection, event_id: Uuid) -> QueryResult<Vec<Expected>> {
    diesel::sql_query(
        "SELECT DISTINCT ON (l.name, l.id) l.id AS learner_id, l.key, l.name, l.email, a.minutes, a.attended, a.source, a.noted_at \
         FROM course_items i JOIN course_enrolments e ON e.course_id = i.course_id \
         JOIN learners l ON l.id = e.learner_id \
         LEFT JOIN attendances a ON a.event_id = i.event_id AND a.learner_id = l.id \
         WHERE i.event_id = $1 ORDER BY l.name, l.id",
    )
    .bind::<SqlUuid, _>(event_id)
    .load(conn)
    .await
}

/// What is noted of learners at an event, as columns.
#[derive(Debug, Default, Clone)]
pub(crate) struct Attendances {
    /// Ours.
    pub(crate) learner_ids: Vec<Uuid>,
    /// Minutes there.
    pub(crate) minutes: Vec<i32>,
    /// Whether it counts.
    pub(crate) attended: Vec<bool>,
}

/// Notes who was there; what was noted before of the same learners is replaced.
///
/// # Errors
/// When the database fails.
pub(crate) async fn attend(
    conn: &mut Connection,
    event_id: Uuid,
    found: &Attendances,
    source: &str,
    by: &str,
) -> QueryResult<usize> {
    diesel::sql_query(
        "INSERT INTO attendances (event_id, learner_id, minutes, attended, source, noted_by) \
         SELECT $1, there.learner_id, there.minutes, there.attended, $5, $6 \
         FROM unnest($2, $3, $4) AS there (learner_id, minutes, attended) \
         ON CONFLICT (event_id, learner_id) DO UPDATE SET minutes = excluded.minutes, \
         attended = excluded.attended, source = excluded.source, noted_by = excluded.noted_by, noted_at = now()",
    )
    .bind::<SqlUuid, _>(event_id)
    .bind::<Array<SqlUuid>, _>(&found.learner_ids)
    .bind::<Array<Integer>, _>(&found.minutes)
    .bind::<Array<Bool>, _>(&found.attended)
    .bind::<Text, _>(source)
    .bind::<Text, _>(by)
    .execute(conn)
    .await
}
