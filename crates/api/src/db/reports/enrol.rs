//! Enrols many people with few statements: accounts, learners, enrolments, registrations.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_types::{Array, Bool, Date, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::Connection;

/// What is known of an e-mail.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Found {
    /// In small letters.
    #[diesel(sql_type = Text)]
    pub(crate) email: String,
    /// The learner: of the account with this e-mail, else who has this e-mail.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) learner_id: Option<Uuid>,
    /// There is a learner or an account.
    #[diesel(sql_type = Bool)]
    pub(crate) is_known: bool,
    /// The body of the learner or the account.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) body_id: Option<Uuid>,
    /// Enrolled in the course already.
    #[diesel(sql_type = Bool)]
    pub(crate) is_enrolled: bool,
}

/// What is known of these e-mails (small letters), and who takes the course already.
///
/// # Errors
/// When the database fails.
pub(crate) async fn known(
    conn: &mut Connection,
    course_id: Uuid,
    emails: &[String],
) -> QueryResult<Vec<Found>> {
    diesel::sql_query(
        "SELECT q.email, l.id AS learner_id, (l.id IS NOT NULL OR a.id IS NOT NULL) AS is_known, \
         COALESCE(l.body_id, a.body_id) AS body_id, \
         EXISTS (SELECT FROM course_enrolments e WHERE e.course_id = $2 AND e.learner_id = l.id AND e.withdrawn_at IS NULL) AS is_enrolled \
         FROM unnest($1) AS q (email) LEFT JOIN accounts a ON lower(a.email) = q.email \
         LEFT JOIN LATERAL (SELECT id FROM learners WHERE home_page = '' AND key = a.id::text) own ON true \
         LEFT JOIN LATERAL (SELECT id FROM learners WHERE lower(email) = q.email ORDER BY id DESC LIMIT 1) mail ON own.id IS NULL \
         LEFT JOIN learners l ON l.id = COALESCE(own.id, mail.id)",
    )
    .bind::<Array<Text>, _>(emails)
    .bind::<SqlUuid, _>(course_id)
    .load(conn)
    .await
}

/// Somebody to enrol.
#[derive(Debug, Clone)]
pub(crate) struct NewPerson {
    /// Name.
    pub(crate) name: String,
    /// E-mail, in small letters; nobody stands twice.
    pub(crate) email: String,
    /// Their body.
    pub(crate) body_id: Uuid,
    /// Until when.
    pub(crate) deadline: Option<NaiveDate>,
    /// Who they are, when they are a learner already.
    pub(crate) learner_id: Option<Uuid>,
}

fn new_ids(count: usize) -> Vec<Uuid> {
    (0..count).map(|_| Uuid::now_v7()).collect()
}

/// Enrols people in a course; who is enrolled already gets the new deadline. Who is no learner yet becomes
/// one, with an account without a password. Part of the caller's transaction.
///
/// # Errors
/// When the database fails.
pub(crate) async fn all(
    conn: &mut Connection,
    course_id: Uuid,
    people: &[NewPerson],
    language: &str,
) -> QueryResult<()> {
    let (known, new): (Vec<_>, Vec<_>) = people
        .iter()
        .partition(|person| person.learner_id.is_some());
    let mut ids: HashMap<String, Uuid> = known
        .iter()
        .filter_map(|person| Some((person.email.clone(), person.learner_id?)))
        .collect();
    move_to_body(conn, &known).await?;
    ids.extend(become_learners(conn, &new, language).await?);
    let learners: Vec<Uuid> = people.iter().map(|person| ids[&person.email]).collect();
    let deadlines: Vec<Option<NaiveDate>> = people.iter().map(|person| person.deadline).collect();
    diesel::sql_query(
        "INSERT INTO course_enrolments (id, course_id, learner_id, deadline) \
         SELECT n.id, $4, n.learner_id, n.deadline FROM unnest($1, $2, $3) AS n (id, learner_id, deadline) \
         ON CONFLICT (course_id, learner_id) DO UPDATE \
         SET deadline = COALESCE(excluded.deadline, course_enrolments.deadline), withdrawn_at = NULL",
    )
    .bind::<Array<SqlUuid>, _>(new_ids(people.len()))
    .bind::<Array<SqlUuid>, _>(&learners)
    .bind::<Array<Nullable<Date>>, _>(&deadlines)
    .bind::<SqlUuid, _>(course_id)
    .execute(conn)
    .await?;
    register(conn, course_id, &learners).await
}

async fn move_to_body(conn: &mut Connection, known: &[&NewPerson]) -> QueryResult<()> {
    let ids: Vec<Uuid> = known
        .iter()
        .filter_map(|person| person.learner_id)
        .collect();
    let bodies: Vec<Uuid> = known.iter().map(|person| person.body_id).collect();
    diesel::sql_query(
        "UPDATE learners l SET body_id = n.body_id, updated_at = now() FROM unnest($1, $2) AS n (id, body_id) \
         WHERE l.id = n.id AND l.body_id IS DISTINCT FROM n.body_id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(bodies)
    .execute(conn)
    .await
    .map(drop)
}

async fn become_learners(
    conn: &mut Connection,
    new: &[&NewPerson],
    language: &str,
) -> QueryResult<Vec<(String, Uuid)>> {
    #[derive(QueryableByName)]
    struct Made {
        #[diesel(sql_type = Text)]
        email: String,
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let names: Vec<&str> = new.iter().map(|person| person.name.as_str()).collect();
    let emails: Vec<&str> = new.iter().map(|person| person.email.as_str()).collect();
    let bodies: Vec<Uuid> = new.iter().map(|person| person.body_id).collect();
    diesel::sql_query(
        "INSERT INTO accounts (id, email, name, role, organization, language, body_id) \
         SELECT n.id, n.email, n.name, 'learner', b.name, $5, n.body_id \
         FROM unnest($1, $2, $3, $4) AS n (id, email, name, body_id) JOIN bodies b ON b.id = n.body_id \
         ON CONFLICT (lower(email)) DO NOTHING",
    )
    .bind::<Array<SqlUuid>, _>(new_ids(new.len()))
    .bind::<Array<Text>, _>(&emails)
    .bind::<Array<Text>, _>(&names)
    .bind::<Array<SqlUuid>, _>(&bodies)
    .bind::<Text, _>(language)
    .execute(conn)
    .await?;
    let made: Vec<Made> = diesel::sql_query(
        "INSERT INTO learners (id, home_page, key, name, email, organization, language, body_id) \
         SELECT n.id, '', a.id::text, n.name, n.email, b.name, a.language, n.body_id \
         FROM unnest($1, $2, $3, $4) AS n (id, email, name, body_id) \
         JOIN accounts a ON lower(a.email) = n.email JOIN bodies b ON b.id = n.body_id \
         ON CONFLICT (home_page, key) DO UPDATE SET body_id = excluded.body_id, updated_at = now() RETURNING email, id",
    )
    .bind::<Array<SqlUuid>, _>(new_ids(new.len()))
    .bind::<Array<Text>, _>(&emails)
    .bind::<Array<Text>, _>(&names)
    .bind::<Array<SqlUuid>, _>(&bodies)
    .load(conn)
    .await?;
    Ok(made.into_iter().map(|made| (made.email, made.id)).collect())
}

/// Registers learners for each package of a course that they have no run through yet.
async fn register(conn: &mut Connection, course_id: Uuid, learners: &[Uuid]) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Missing {
        #[diesel(sql_type = SqlUuid)]
        learner: Uuid,
        #[diesel(sql_type = SqlUuid)]
        package: Uuid,
        #[diesel(sql_type = SqlUuid)]
        version: Uuid,
    }
    let missing: Vec<Missing> = diesel::sql_query(
        "SELECT l.id AS learner, p.id AS package, v.id AS version FROM unnest($2) AS l (id) \
         CROSS JOIN course_items i JOIN packages p ON p.id = i.package_id \
         JOIN package_versions v ON v.package_id = p.id AND v.version = p.current_version \
         WHERE i.course_id = $1 AND p.archived_at IS NULL AND NOT EXISTS (SELECT FROM registrations r \
         WHERE r.package_id = p.id AND r.learner_id = l.id AND NOT r.preview) ORDER BY l.id, i.position",
    )
    .bind::<SqlUuid, _>(course_id)
    .bind::<Array<SqlUuid>, _>(learners)
    .load(conn)
    .await?;
    let column = |value: fn(&Missing) -> Uuid| missing.iter().map(value).collect::<Vec<_>>();
    diesel::sql_query(
        "INSERT INTO registrations (id, learner_id, package_id, package_version_id) SELECT * FROM unnest($1, $2, $3, $4)",
    )
    .bind::<Array<SqlUuid>, _>(new_ids(missing.len()))
    .bind::<Array<SqlUuid>, _>(column(|one| one.learner))
    .bind::<Array<SqlUuid>, _>(column(|one| one.package))
    .bind::<Array<SqlUuid>, _>(column(|one| one.version))
    .execute(conn)
    .await
    .map(drop)
}

/// Sets an enrolment's deadline, or takes it away.
///
/// # Errors
/// When the database fails.
pub(crate) async fn due(
    conn: &mut Connection,
    enrolment_id: Uuid,
    deadline: Option<NaiveDate>,
) -> QueryResult<usize> {
    diesel::sql_query("UPDATE course_enrolments SET deadline = $2 WHERE id = $1")
        .bind::<SqlUuid, _>(enrolment_id)
        .bind::<Nullable<Date>, _>(deadline)
        .execute(conn)
        .await
}

/// Takes a learner out of a course, or (`withdrawn` false) in again. What they did stays.
///
/// # Errors
/// When the database fails.
pub(crate) async fn withdraw(
    conn: &mut Connection,
    enrolment_id: Uuid,
    withdrawn: bool,
) -> QueryResult<usize> {
    let now = if withdrawn {
        "COALESCE(withdrawn_at, now())"
    } else {
        "NULL"
    };
    diesel::sql_query(format!(
        "UPDATE course_enrolments SET withdrawn_at = {now} WHERE id = $1"
    ))
    .bind::<SqlUuid, _>(enrolment_id)
    .execute(conn)
    .await
}
