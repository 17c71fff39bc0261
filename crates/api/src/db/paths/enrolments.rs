//! Who takes which course, and what they have reached in it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    db::Connection,
    paths::reached::{Demand, Reached, Tally},
};

/// An enrolment with its course and learner.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Enrolment {
    /// Public id.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The course.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) course_id: Uuid,
    /// Its title.
    #[diesel(sql_type = Text)]
    pub(crate) course_title: String,
    /// The client's key.
    #[diesel(sql_type = Text)]
    pub(crate) learner_key: String,
    /// Name; empty once the person was erased.
    #[diesel(sql_type = Text)]
    pub(crate) learner_name: String,
    /// The person was erased.
    #[diesel(sql_type = Bool)]
    pub(crate) is_erased: bool,
    /// Code of the learner's body.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) body_code: Option<String>,
    /// Its name.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) body_name: Option<String>,
    /// Until when it should be done.
    #[diesel(sql_type = Nullable<Date>)]
    pub(crate) deadline: Option<NaiveDate>,
    /// When enrolled.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) created_at: DateTime<Utc>,
    /// When first seen to be complete.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) completed_at: Option<DateTime<Utc>>,
}

/// One item of an enrolment with what was reached in it.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Item {
    /// From 1.
    #[diesel(sql_type = Integer)]
    pub(crate) position: i32,
    /// Without it the course is not complete.
    #[diesel(sql_type = Bool)]
    pub(crate) required: bool,
    /// Nominal minutes.
    #[diesel(sql_type = Integer)]
    pub(crate) credit_minutes: i32,
    /// A package, or
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) package_id: Option<Uuid>,
    /// an event.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) event_id: Option<Uuid>,
    /// The package's version: the learner's own, once they have one.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) version_id: Option<Uuid>,
    /// Title.
    #[diesel(sql_type = Text)]
    pub(crate) title: String,
    /// The run through the package that counts.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) registration_id: Option<Uuid>,
    /// Its completion.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) completion: Option<String>,
    /// Its success.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) success: Option<String>,
    /// Its progress.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub(crate) progress: Option<Value>,
    /// Begin of the event.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) starts_at: Option<DateTime<Utc>>,
    /// End of the event.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) ends_at: Option<DateTime<Utc>>,
    /// Who speaks at the event.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) speaker: Option<String>,
    /// Where to join the event.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) join_url: Option<String>,
    /// When the event was called off.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) cancelled_at: Option<DateTime<Utc>>,
    /// Minutes at the event.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) attended_minutes: Option<i32>,
    /// `done`, `waived`, `begun` or `not_begun`; read it by [`Item::reached`].
    #[diesel(sql_type = Text)]
    reached: String,
    /// When it was done.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) done_at: Option<DateTime<Utc>>,
    /// Time that content claimed.
    #[diesel(sql_type = BigInt)]
    pub(crate) claimed_ms: i64,
    /// Time from starts to last signs of life.
    #[diesel(sql_type = BigInt)]
    pub(crate) wall_ms: i64,
    /// Time in use.
    #[diesel(sql_type = BigInt)]
    pub(crate) active_ms: i64,
    /// Minutes that count.
    #[diesel(sql_type = Integer)]
    pub(crate) credited_minutes: i32,
}

impl Item {
    /// A required module, or a webinar with these times, that nobody did anything in.
    #[cfg(test)]
    pub(crate) fn untouched(
        starts_at: Option<DateTime<Utc>>,
        ends_at: Option<DateTime<Utc>>,
    ) -> Self {
        let id = Some(Uuid::nil());
        Self {
            position: 1,
            required: true,
            credit_minutes: 30,
            package_id: id.filter(|_| starts_at.is_none()),
            event_id: id.filter(|_| starts_at.is_some()),
            version_id: None,
            title: String::new(),
            registration_id: None,
            completion: None,
            success: None,
            progress: None,
            starts_at,
            ends_at,
            speaker: None,
            join_url: None,
            cancelled_at: None,
            attended_minutes: None,
            reached: "not_begun".to_owned(),
            done_at: None,
            claimed_ms: 0,
            wall_ms: 0,
            active_ms: 0,
            credited_minutes: 0,
        }
    }

    /// What was reached in it.
    pub(crate) fn reached(&self) -> Reached {
        Reached::of_column(&self.reached)
    }

    /// `completed`, `waived`, `failed`, `incomplete` or `not_attempted`: a key of the pages' words.
    pub(crate) fn status(&self) -> &'static str {
        match (self.reached(), self.success.as_deref()) {
            (Reached::Done, _) => "completed",
            (Reached::Waived, _) => "waived",
            (_, Some("failed")) => "failed",
            (Reached::Begun, _) => "incomplete",
            (Reached::NotBegun, _) => "not_attempted",
        }
    }

    /// The course is not complete without it, and it was not done.
    pub(crate) fn is_missing(&self) -> bool {
        self.required && matches!(self.reached(), Reached::Begun | Reached::NotBegun)
    }
}

/// The items of an enrolment, counted.
pub(crate) fn tally(items: &[Item]) -> Tally {
    let counted = |item: &Item| (Demand::of_column(item.required), item.reached());
    Tally::of(items.iter().map(counted))
}

const ENROLMENT: &str = "SELECT e.id, e.course_id, c.title AS course_title, l.key AS learner_key, \
    l.name AS learner_name, l.home_page = 'urn:percorso:erased' AS is_erased, b.code AS body_code, b.name AS body_name, e.deadline, e.created_at, e.completed_at \
    FROM course_enrolments e JOIN courses c ON c.id = e.course_id JOIN learners l ON l.id = e.learner_id \
    LEFT JOIN bodies b ON b.id = l.body_id ";

/// Enrols a learner; once more, with another deadline. Registers them for the course's packages, unless
/// they are. Part of the caller's transaction.
///
/// # Errors
/// When the database fails.
pub(crate) async fn enrol(
    conn: &mut Connection,
    course_id: Uuid,
    learner_id: Uuid,
    body_id: Option<Uuid>,
    deadline: Option<NaiveDate>,
) -> QueryResult<Uuid> {
    #[derive(QueryableByName)]
    struct Id {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    diesel::sql_query("UPDATE learners SET body_id = COALESCE($2, body_id) WHERE id = $1")
        .bind::<SqlUuid, _>(learner_id)
        .bind::<Nullable<SqlUuid>, _>(body_id)
        .execute(conn)
        .await?;
    let Id { id } = diesel::sql_query(
        "INSERT INTO course_enrolments (id, course_id, learner_id, deadline) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (course_id, learner_id) DO UPDATE \
         SET deadline = COALESCE(excluded.deadline, course_enrolments.deadline), withdrawn_at = NULL RETURNING id",
    )
    .bind::<SqlUuid, _>(Uuid::now_v7())
    .bind::<SqlUuid, _>(course_id)
    .bind::<SqlUuid, _>(learner_id)
    .bind::<Nullable<Date>, _>(deadline)
    .get_result(conn)
    .await?;
    register(conn, course_id, learner_id).await?;
    Ok(id)
}

/// Registers a learner for each package of a course that they have no run through yet.
async fn register(conn: &mut Connection, course_id: Uuid, learner_id: Uuid) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Missing {
        #[diesel(sql_type = SqlUuid)]
        package_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        version_id: Uuid,
    }
    let missing: Vec<Missing> = diesel::sql_query(
        "SELECT p.id AS package_id, v.id AS version_id FROM course_items i JOIN packages p ON p.id = i.package_id \
         JOIN package_versions v ON v.package_id = p.id AND v.version = p.current_version \
         WHERE i.course_id = $1 AND p.archived_at IS NULL AND NOT EXISTS (SELECT FROM registrations r \
         WHERE r.package_id = p.id AND r.learner_id = $2 AND NOT r.preview) ORDER BY i.position",
    )
    .bind::<SqlUuid, _>(course_id)
    .bind::<SqlUuid, _>(learner_id)
    .load(conn)
    .await?;
    for Missing {
        package_id,
        version_id,
    } in missing
    {
        let id = Uuid::now_v7();
        crate::db::registrations::insert(conn, id, package_id, version_id, learner_id).await?;
    }
    Ok(())
}

/// An enrolment by its id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Enrolment>> {
    diesel::sql_query(format!("{ENROLMENT} WHERE e.id = $1"))
        .bind::<SqlUuid, _>(id)
        .get_result(conn)
        .await
        .optional()
}

/// Enrolments in a course, or of a learner by their key, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn list(
    conn: &mut Connection,
    course_id: Option<Uuid>,
    learner_key: Option<&str>,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Enrolment>> {
    diesel::sql_query(format!(
        "{ENROLMENT} WHERE e.withdrawn_at IS NULL AND ($1 IS NULL OR e.course_id = $1) AND ($2 IS NULL OR l.key = $2) \
         AND ($3 IS NULL OR e.id < $3) ORDER BY e.id DESC LIMIT $4"
    ))
    .bind::<Nullable<SqlUuid>, _>(course_id)
    .bind::<Nullable<Text>, _>(learner_key)
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// Complete enrolments of people who are still known, without a certificate, by id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn due(
    conn: &mut Connection,
    after: Uuid,
    limit: i64,
) -> QueryResult<Vec<Enrolment>> {
    diesel::sql_query(format!(
        "{ENROLMENT} WHERE e.completed_at IS NOT NULL AND e.certified_at IS NULL AND e.withdrawn_at IS NULL \
         AND l.home_page <> 'urn:percorso:erased' AND e.id > $1 ORDER BY e.id LIMIT $2"
    ))
    .bind::<SqlUuid, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// What was reached in each item of an enrolment.
///
/// # Errors
/// When the database fails.
pub(crate) async fn items(conn: &mut Connection, id: Uuid) -> QueryResult<Vec<Item>> {
    diesel::sql_query("SELECT * FROM enrolment_items WHERE enrolment_id = $1 ORDER BY position")
        .bind::<SqlUuid, _>(id)
        .load(conn)
        .await
}

/// Notes that an enrolment is complete; the first time counts.
///
/// # Errors
/// When the database fails.
pub(crate) async fn complete(
    conn: &mut Connection,
    id: Uuid,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE course_enrolments SET completed_at = $2 WHERE id = $1 AND completed_at IS NULL",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Timestamptz, _>(at)
    .execute(conn)
    .await?;
    Ok(())
}
