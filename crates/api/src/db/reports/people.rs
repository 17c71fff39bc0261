//! The people of bodies: lists by name, who needs a word, one person.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::scope::Bodies;
use crate::db::Connection;

/// A pattern that finds a text anywhere; its own special letters are plain.
pub(crate) fn pattern(text: &str) -> String {
    let plain = text
        .trim()
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{plain}%")
}

/// A person with where they stand in a course.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Line {
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
    /// completed, incomplete or not_attempted; none who is not enrolled.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) status: Option<String>,
    /// Until when.
    #[diesel(sql_type = Nullable<Date>)]
    pub(crate) deadline: Option<NaiveDate>,
    /// Required items.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) needed: Option<i32>,
    /// Of them done.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) needed_done: Option<i32>,
    /// Minutes that count.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) credited_minutes: Option<i32>,
    /// Time that content claimed.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) claimed_ms: Option<i64>,
    /// Time from starts to last signs of life.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) wall_ms: Option<i64>,
    /// Time in use.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) active_ms: Option<i64>,
    /// Minutes at events.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) attended_minutes: Option<i32>,
    /// When they last did anything.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) last_seen_at: Option<DateTime<Utc>>,
    /// When the course was completed.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) completed_at: Option<DateTime<Utc>>,
    /// Positions of the items done.
    #[diesel(sql_type = Nullable<Array<Integer>>)]
    pub(crate) items_done: Option<Vec<i32>>,
}

const LINE: &str = "SELECT l.id AS learner_id, l.name, l.email, b.name AS body_name, s.status, s.deadline, s.needed, s.needed_done, \
    s.credited_minutes, s.claimed_ms, s.wall_ms, s.active_ms, s.attended_minutes, s.last_seen_at, s.completed_at, (SELECT p.items_done FROM standing_places p WHERE p.id = s.place_id) AS items_done ";

/// Which people.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Of these bodies.
    pub(crate) bodies: Bodies,
    /// With where they stand in this course.
    pub(crate) course_id: Option<Uuid>,
    /// Text in name or e-mail.
    pub(crate) search: Option<String>,
    /// completed, incomplete or not_attempted.
    pub(crate) status: Option<String>,
    /// Not completed, and the deadline is before this day.
    pub(crate) due_before: Option<NaiveDate>,
    /// The last on the page before.
    pub(crate) after: Option<Uuid>,
}

/// People by name. With a status or a deadline, only those enrolled in the course.
///
/// # Errors
/// When the database fails.
pub(crate) async fn list(
    conn: &mut Connection,
    filter: &Filter,
    limit: i64,
) -> QueryResult<Vec<Line>> {
    let enrolled_only = filter.status.is_some() || filter.due_before.is_some();
    let join = if enrolled_only { "JOIN" } else { "LEFT JOIN" };
    // Each condition stands only where it is asked for, so that the plan fits the question.
    let mut conditions = vec!["l.home_page NOT IN ('urn:percorso:preview', 'urn:percorso:erased')"];
    if filter.bodies.is_some() {
        conditions.push("l.body_id = ANY($1)");
    }
    if filter.search.is_some() {
        conditions.push("(l.name ILIKE $3 OR l.email ILIKE $3)");
    }
    if filter.status.is_some() {
        conditions.push("s.status = $4");
    }
    if filter.due_before.is_some() {
        conditions.push("s.status <> 'completed' AND s.deadline < $5");
    }
    if filter.after.is_some() {
        conditions.push("(l.name, l.id) > ((SELECT name FROM learners WHERE id = $6), $6)");
    }
    diesel::sql_query(format!(
        "{LINE} FROM learners l {join} standings s ON s.learner_id = l.id AND s.course_id = $2 \
         LEFT JOIN bodies b ON b.id = l.body_id \
         WHERE ($1::uuid[] IS NULL OR true) AND ($3::text IS NULL OR true) AND ($4::text IS NULL OR true) \
         AND ($5::date IS NULL OR true) AND ($6::uuid IS NULL OR true) \
         AND {} ORDER BY l.name, l.id LIMIT $7",
        conditions.join(" AND ")
    ))
    .bind::<Nullable<Array<SqlUuid>>, _>(&filter.bodies)
    .bind::<Nullable<SqlUuid>, _>(filter.course_id)
    .bind::<Nullable<Text>, _>(filter.search.as_deref().map(pattern))
    .bind::<Nullable<Text>, _>(&filter.status)
    .bind::<Nullable<Date>, _>(filter.due_before)
    .bind::<Nullable<SqlUuid>, _>(filter.after)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// Who should hear a word: not completed and due until a day, overdue ones first; then those who have not
/// begun two weeks after they were enrolled.
///
/// # Errors
/// When the database fails.
pub(crate) async fn nudges(
    conn: &mut Connection,
    bodies: &Bodies,
    course_id: Uuid,
    until: NaiveDate,
    limit: i64,
) -> QueryResult<Vec<Line>> {
    diesel::sql_query(format!(
        "WITH due AS (SELECT * FROM standings WHERE course_id = $2 AND ($1 IS NULL OR body_id = ANY($1)) \
         AND status <> 'completed' AND (deadline <= $3 OR (status = 'not_attempted' AND enrolled_at < now() - interval '14 days')) \
         ORDER BY deadline NULLS LAST, enrolled_at, enrolment_id LIMIT $4) \
         {LINE} FROM due s JOIN learners l ON l.id = s.learner_id AND l.home_page <> 'urn:percorso:erased' LEFT JOIN bodies b ON b.id = l.body_id \
         ORDER BY s.deadline NULLS LAST, s.enrolled_at, l.name"
    ))
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .bind::<SqlUuid, _>(course_id)
    .bind::<Date, _>(until)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// A person.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Person {
    /// Name.
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// E-mail.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) email: Option<String>,
    /// Its name.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) body_name: Option<String>,
}

/// A person by our id, when they belong to one of the bodies.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(
    conn: &mut Connection,
    bodies: &Bodies,
    id: Uuid,
) -> QueryResult<Option<Person>> {
    diesel::sql_query(
        "SELECT l.name, l.email, b.name AS body_name FROM learners l \
         LEFT JOIN bodies b ON b.id = l.body_id WHERE l.id = $2 AND ($1 IS NULL OR l.body_id = ANY($1)) \
         AND l.home_page NOT IN ('urn:percorso:preview', 'urn:percorso:erased')",
    )
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .bind::<SqlUuid, _>(id)
    .get_result(conn)
    .await
    .optional()
}

/// Whose enrolment it is, when they belong to one of the bodies.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_enrolment(
    conn: &mut Connection,
    bodies: &Bodies,
    enrolment_id: Uuid,
) -> QueryResult<Option<Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let row: Option<Row> = diesel::sql_query(
        "SELECT l.id FROM course_enrolments e JOIN learners l ON l.id = e.learner_id \
         WHERE e.id = $2 AND ($1 IS NULL OR l.body_id = ANY($1))",
    )
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .bind::<SqlUuid, _>(enrolment_id)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| row.id))
}

/// An enrolment of a person, withdrawn ones included.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Taken {
    /// The enrolment.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The course's title.
    #[diesel(sql_type = Text)]
    pub(crate) course_title: String,
    /// Until when.
    #[diesel(sql_type = Nullable<Date>)]
    pub(crate) deadline: Option<NaiveDate>,
    /// When enrolled.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) created_at: DateTime<Utc>,
    /// When taken out again.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) withdrawn_at: Option<DateTime<Utc>>,
    /// Code of the attestato.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) certificate: Option<String>,
}

/// The enrolments of a person, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn taken(conn: &mut Connection, learner_id: Uuid) -> QueryResult<Vec<Taken>> {
    diesel::sql_query(
        "SELECT e.id, c.title AS course_title, e.deadline, e.created_at, e.withdrawn_at, k.code AS certificate \
         FROM course_enrolments e JOIN courses c ON c.id = e.course_id \
         LEFT JOIN certificates k ON k.enrolment_id = e.id AND k.revoked_at IS NULL \
         WHERE e.learner_id = $1 ORDER BY e.id DESC",
    )
    .bind::<SqlUuid, _>(learner_id)
    .load(conn)
    .await
}

/// A path of a person who signs in here, with its attestato.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct OwnPath {
    /// The enrolment.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) enrolment_id: Uuid,
    /// The course's title.
    #[diesel(sql_type = Text)]
    pub(crate) course_title: String,
    /// Everything that is required is done.
    #[diesel(sql_type = Bool)]
    pub(crate) is_complete: bool,
    /// The attestato's code.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) code: Option<String>,
    /// When it was issued.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) issued_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) revoked_at: Option<DateTime<Utc>>,
}

/// The paths of a person who signs in here, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn own_paths(conn: &mut Connection, key: &str) -> QueryResult<Vec<OwnPath>> {
    diesel::sql_query(
        "SELECT e.id AS enrolment_id, c.title AS course_title, k.code, k.issued_at, k.revoked_at, \
         COALESCE((SELECT bool_or(i.done) AND bool_and(i.reached IN ('done', 'waived')) FROM enrolment_items i WHERE i.enrolment_id = e.id AND i.required), false) AS is_complete \
         FROM course_enrolments e JOIN courses c ON c.id = e.course_id JOIN learners l ON l.id = e.learner_id \
         LEFT JOIN certificates k ON k.enrolment_id = e.id \
         WHERE l.home_page = '' AND l.key = $1 AND (e.withdrawn_at IS NULL OR k.code IS NOT NULL) ORDER BY e.id DESC LIMIT 100",
    )
    .bind::<Text, _>(key)
    .load(conn)
    .await
}

/// An attestato with whose it is.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Attestato {
    /// Its code.
    #[diesel(sql_type = Text)]
    pub(crate) code: String,
    /// Whose it is.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) learner_id: Uuid,
    /// Name.
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// Their body.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) body_name: Option<String>,
    /// The course.
    #[diesel(sql_type = Text)]
    pub(crate) course_title: String,
    /// When it was issued.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) issued_at: DateTime<Utc>,
    /// When it was taken back.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) revoked_at: Option<DateTime<Utc>>,
}

/// Attestati of the bodies' people, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn certificates(
    conn: &mut Connection,
    bodies: &Bodies,
    before: Option<&str>,
    limit: i64,
) -> QueryResult<Vec<Attestato>> {
    diesel::sql_query(
        "SELECT k.code, l.id AS learner_id, l.name, b.name AS body_name, c.title AS course_title, k.issued_at, k.revoked_at \
         FROM certificates k JOIN course_enrolments e ON e.id = k.enrolment_id JOIN courses c ON c.id = e.course_id \
         JOIN learners l ON l.id = e.learner_id LEFT JOIN bodies b ON b.id = l.body_id \
         WHERE ($1 IS NULL OR l.body_id = ANY($1)) AND ($2 IS NULL OR (k.issued_at, k.code) < ((SELECT issued_at FROM certificates WHERE code = $2), $2)) \
         ORDER BY k.issued_at DESC, k.code DESC LIMIT $3",
    )
    .bind::<Nullable<Array<SqlUuid>>, _>(bodies)
    .bind::<Nullable<Text>, _>(before)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn what_is_searched_for_is_plain_text() {
        assert_eq!(pattern(" 50%_a\\b "), "%50\\%\\_a\\\\b%");
    }
}
