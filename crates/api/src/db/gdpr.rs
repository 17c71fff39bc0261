//! Everything that is kept of one learner: to be read out, and to be erased.

use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Connection;

/// Namespace of the keys of those who were erased.
pub(crate) const ERASED: &str = "urn:percorso:erased";

/// A learner as they are looked for.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Subject {
    /// Ours.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Namespace of the key.
    #[diesel(sql_type = Text)]
    pub(crate) home_page: String,
    /// The client's key.
    #[diesel(sql_type = Text)]
    pub(crate) key: String,
    /// E-mail.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) email: Option<String>,
    /// Role of the account they sign in with.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) role: Option<String>,
}

const SUBJECT: &str = "SELECT l.id, l.home_page, l.key, l.email, a.role FROM learners l \
    LEFT JOIN accounts a ON l.home_page = '' AND a.id::text = l.key ";

/// A learner by their key.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_key(
    conn: &mut Connection,
    home_page: &str,
    key: &str,
) -> QueryResult<Option<Subject>> {
    diesel::sql_query(format!("{SUBJECT} WHERE l.home_page = $1 AND l.key = $2"))
        .bind::<Text, _>(home_page)
        .bind::<Text, _>(key)
        .get_result(conn)
        .await
        .optional()
}

/// A learner by our id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_id(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Subject>> {
    diesel::sql_query(format!("{SUBJECT} WHERE l.id = $1"))
        .bind::<SqlUuid, _>(id)
        .get_result(conn)
        .await
        .optional()
}

/// The files of an export: name, and the rows in it of the learner `$1`. Secrets are not among them.
pub(crate) const FILES: &[(&str, &str)] = &[
    (
        "person.json",
        "SELECT l.home_page, l.key, l.name, l.email, l.organization, b.name AS body, l.language, l.created_at, l.updated_at \
         FROM learners l LEFT JOIN bodies b ON b.id = l.body_id WHERE l.id = $1",
    ),
    (
        "account.json",
        "SELECT a.id, a.email, a.name, a.role, a.organization, a.language, a.created_at, \
         (SELECT json_agg(json_build_object('issuer', i.issuer, 'subject', i.subject, 'seen_at', i.seen_at)) FROM account_identities i WHERE i.account_id = a.id) AS identities, \
         (SELECT json_agg(json_build_object('created_at', w.created_at, 'expires_at', w.expires_at)) FROM web_sessions w WHERE w.account_id = a.id) AS browsers \
         FROM accounts a JOIN learners l ON l.home_page = '' AND l.key = a.id::text WHERE l.id = $1",
    ),
    (
        "enrolments.json",
        "SELECT e.id, c.title AS course, e.deadline, e.created_at, e.completed_at, e.withdrawn_at, \
         (SELECT json_agg(json_build_object('position', i.position, 'title', i.title, 'done', i.done, 'done_at', i.done_at, \
         'claimed_ms', i.claimed_ms, 'wall_ms', i.wall_ms, 'active_ms', i.active_ms, 'credited_minutes', i.credited_minutes) ORDER BY i.position) \
         FROM enrolment_items i WHERE i.enrolment_id = e.id) AS items \
         FROM course_enrolments e JOIN courses c ON c.id = e.course_id WHERE e.learner_id = $1 ORDER BY e.created_at",
    ),
    (
        "registrations.json",
        "SELECT r.id, v.title AS package, v.version, r.completion, r.success, r.score_scaled, r.score_raw, r.score_min, r.score_max, \
         r.progress_measure, r.total_time_ms, r.attempts, r.progress, r.created_at, r.started_at, r.last_accessed_at, r.completed_at, \
         (SELECT json_agg(json_build_object('number', p.number, 'progress', p.progress, 'reset_at', p.reset_at)) FROM past_attempts p WHERE p.registration_id = r.id) AS past_attempts, \
         (SELECT json_agg(json_build_object('moved_at', m.moved_at, 'undone_at', m.undone_at, 'before', m.before -> 'progress') ORDER BY m.moved_at) \
         FROM registration_moves m WHERE m.registration_id = r.id) AS moves, \
         (SELECT json_agg(json_build_object('activity_id', w.activity_id, 'reason', w.reason, 'created_at', w.created_at)) FROM waivers w WHERE w.registration_id = r.id) AS waivers \
         FROM registrations r JOIN package_versions v ON v.id = r.package_version_id WHERE r.learner_id = $1 ORDER BY r.created_at",
    ),
    (
        "sessions.json",
        "SELECT s.id, s.registration_id, s.launch_mode, s.activity_id, s.language, s.created_at, s.started_at, s.ended_at, s.end_reason, \
         s.claimed_ms, s.wall_ms, s.active_ms FROM sessions s JOIN registrations r ON r.id = s.registration_id WHERE r.learner_id = $1 ORDER BY s.created_at",
    ),
    (
        "attendance.json",
        "SELECT ev.title AS event, ev.starts_at, ev.ends_at, a.minutes, a.attended, a.source, a.noted_at \
         FROM attendances a JOIN events ev ON ev.id = a.event_id WHERE a.learner_id = $1 ORDER BY ev.starts_at",
    ),
    (
        "certificates.json",
        "SELECT k.code, k.said, k.issued_at, k.revoked_at, k.revoked_reason, b.jws AS badge FROM certificates k \
         JOIN course_enrolments e ON e.id = k.enrolment_id LEFT JOIN badges b ON b.certificate_code = k.code WHERE e.learner_id = $1 ORDER BY k.issued_at",
    ),
    (
        "hours.json",
        "SELECT year, items_done, claimed_ms, wall_ms, active_ms, attended_minutes, credited_minutes FROM training_years WHERE learner_id = $1 ORDER BY year",
    ),
    (
        "shared.json",
        "SELECT scope, target_id, value, updated_at FROM learner_globals WHERE learner_id = $1 ORDER BY scope, target_id",
    ),
];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn texts(lines: Vec<Line>) -> Vec<String> {
    lines.into_iter().map(|line| line.line).collect()
}

/// The rows of one of [`FILES`], each as a JSON object.
///
/// # Errors
/// When the database fails.
pub(crate) async fn rows(
    conn: &mut Connection,
    file: &str,
    learner_id: Uuid,
) -> QueryResult<Vec<String>> {
    diesel::sql_query(format!(
        "SELECT row_to_json(t)::text AS line FROM ({file}) t"
    ))
    .bind::<SqlUuid, _>(learner_id)
    .load(conn)
    .await
    .map(texts)
}

/// A learner's sessions, the oldest first: id and registration.
///
/// # Errors
/// When the database fails.
pub(crate) async fn sessions(conn: &mut Connection, learner_id: Uuid) -> QueryResult<Vec<Session>> {
    diesel::sql_query(
        "SELECT s.id, s.registration_id, (s.started_at IS NOT NULL AND s.ended_at IS NULL) AS is_open FROM sessions s \
         JOIN registrations r ON r.id = s.registration_id WHERE r.learner_id = $1 ORDER BY s.created_at, s.id",
    )
    .bind::<SqlUuid, _>(learner_id)
    .load(conn)
    .await
}

/// A session of a learner.
#[derive(Debug, QueryableByName)]
pub(crate) struct Session {
    /// The session.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Its registration.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) registration_id: Uuid,
    /// Under way.
    #[diesel(sql_type = Bool)]
    pub(crate) is_open: bool,
}

/// Lines of a session's journal after a number, each as a JSON object.
///
/// # Errors
/// When the database fails.
pub(crate) async fn journal(
    conn: &mut Connection,
    session_id: Uuid,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<(i64, String)>> {
    #[derive(QueryableByName)]
    struct Entry {
        #[diesel(sql_type = BigInt)]
        number: i64,
        #[diesel(sql_type = Text)]
        line: String,
    }
    // The entries' own JSON goes in as text: it may hold what the database's JSON cannot.
    let entries: Vec<Entry> = diesel::sql_query(
        "SELECT number, '{\"session_id\":\"' || session_id || '\",\"number\":' || number || ',\"at\":' || to_json(at)::text \
         || ',\"event\":' || event || ',\"outcome\":' || COALESCE(outcome, 'null') || '}' AS line \
         FROM journal_entries WHERE session_id = $1 AND number > $2 ORDER BY number LIMIT $3",
    )
    .bind::<SqlUuid, _>(session_id)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await?;
    Ok(entries
        .into_iter()
        .map(|entry| (entry.number, entry.line))
        .collect())
}

/// What the erasure changed.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Erased {
    /// Registrations that lost their person; their results stay.
    pub(crate) registrations: usize,
    /// Journal entries removed.
    pub(crate) journal_entries: usize,
    /// Statements removed.
    pub(crate) statements: usize,
    /// Documents of the record store removed.
    pub(crate) documents: usize,
    /// Attestati that lost their person; code, course, body, hours and dates stay as proof of the training.
    pub(crate) certificates: usize,
    /// Accounts removed.
    pub(crate) accounts: usize,
}

const OWN: &str = "SELECT id FROM registrations WHERE learner_id = $1";

async fn of(conn: &mut Connection, statement: &str, learner_id: Uuid) -> QueryResult<usize> {
    diesel::sql_query(statement.replace("{own}", OWN))
        .bind::<SqlUuid, _>(learner_id)
        .execute(conn)
        .await
}

/// Takes the person out of everything that is kept: what they did stays as numbers of nobody. Part of the
/// caller's transaction.
///
/// # Errors
/// When the database fails.
pub(crate) async fn erase(
    conn: &mut Connection,
    subject: &Subject,
    statements: &[Uuid],
    agents: &[String],
) -> QueryResult<Erased> {
    let id = subject.id;
    let journal_entries = of(
        conn,
        "DELETE FROM journal_entries WHERE session_id IN (SELECT id FROM sessions WHERE registration_id IN ({own}))",
        id,
    )
    .await?;
    for statement in [
        "DELETE FROM cmi5_sessions WHERE registration_id IN ({own})",
        "UPDATE sessions SET begin = NULL, return_url = NULL, start_nonce = NULL, ended_at = COALESCE(ended_at, now()), \
         end_reason = COALESCE(end_reason, 'abandoned') WHERE registration_id IN ({own})",
        "DELETE FROM past_attempts WHERE registration_id IN ({own})",
        "DELETE FROM registration_moves WHERE registration_id IN ({own})",
        "DELETE FROM stated_registrations WHERE registration_id IN ({own})",
        "UPDATE waivers SET reason = '' WHERE registration_id IN ({own})",
        // A badge has a hash of the address. Its place in the status list stays its own.
        "UPDATE badges SET jws = NULL WHERE certificate_code IN (SELECT k.code FROM certificates k \
         JOIN course_enrolments e ON e.id = k.enrolment_id WHERE e.learner_id = $1)",
        "DELETE FROM learner_globals WHERE learner_id = $1",
    ] {
        of(conn, statement, id).await?;
    }
    let registrations = of(
        conn,
        "UPDATE registrations SET state = NULL, revision = revision + 1 WHERE learner_id = $1",
        id,
    )
    .await?;
    let certificates = of(
        conn,
        "UPDATE certificates SET said = said || '{\"name\": \"\"}' WHERE enrolment_id IN (SELECT id FROM course_enrolments WHERE learner_id = $1)",
        id,
    )
    .await?;
    let accounts = if subject.home_page.is_empty() {
        diesel::sql_query("DELETE FROM accounts WHERE id::text = $1 AND role = 'learner'")
            .bind::<Text, _>(&subject.key)
            .execute(conn)
            .await?
    } else {
        0
    };
    let statements = super::lrs::erase(conn, statements).await?;
    let documents = diesel::sql_query(
        "DELETE FROM lrs_documents WHERE agent = ANY($2) OR registration IN (SELECT id::text FROM registrations WHERE learner_id = $1)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Array<Text>, _>(agents)
    .execute(conn)
    .await?;
    diesel::sql_query(
        "UPDATE learners SET home_page = $2, key = $3, name = '', email = NULL, organization = NULL, language = NULL, \
         updated_at = now() WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(ERASED)
    .bind::<Text, _>(Uuid::new_v4().to_string())
    .execute(conn)
    .await?;
    Ok(Erased {
        registrations,
        journal_entries,
        statements,
        documents,
        certificates,
        accounts,
    })
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Statements about a learner: of their registrations, or with them as an agent anywhere in them.
///
/// # Errors
/// When the database fails.
pub(crate) async fn statements(
    conn: &mut Connection,
    learner_id: Uuid,
    agents: &[String],
) -> QueryResult<Vec<Uuid>> {
    // Along the indexes; kind and text make a key as the record store makes it.
    let query = "WITH own AS (SELECT id FROM registrations WHERE learner_id = $1), \
         keys AS (SELECT ('x' || encode(substring(sha256(convert_to(k.text, 'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint AS key \
         FROM (SELECT 'related-agent ' || unnest($2) AS text UNION ALL SELECT 'agent ' || unnest($2) \
         UNION ALL SELECT 'registration ' || id::text FROM own) k) \
         SELECT id FROM lrs_statements WHERE actor_key IN (SELECT key FROM keys) \
         UNION SELECT id FROM lrs_statements WHERE registration IN (SELECT id FROM own) \
         UNION SELECT s.id FROM lrs_statements s JOIN lrs_references f ON f.seq = s.seq \
         WHERE f.key IN (SELECT key FROM keys)";
    let ids: Vec<Id> = diesel::sql_query(query)
        .bind::<SqlUuid, _>(learner_id)
        .bind::<Array<Text>, _>(agents)
        .load(conn)
        .await?;
    Ok(ids.into_iter().map(|id| id.id).collect())
}

/// Statements by their ids, as they are given out.
///
/// # Errors
/// When the database fails.
pub(crate) async fn statement_lines(
    conn: &mut Connection,
    ids: &[Uuid],
) -> QueryResult<Vec<String>> {
    diesel::sql_query(
        "SELECT statement AS line FROM lrs_statements WHERE id = ANY($1) ORDER BY seq",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(conn)
    .await
    .map(texts)
}

/// Documents of the record store about a learner, each as a JSON object; content in base64.
///
/// # Errors
/// When the database fails.
pub(crate) async fn documents(
    conn: &mut Connection,
    learner_id: Uuid,
    agents: &[String],
) -> QueryResult<Vec<String>> {
    diesel::sql_query(
        "SELECT row_to_json(t)::text AS line FROM (SELECT resource, activity, registration, name, content_type, \
         encode(content, 'base64') AS content_base64, updated_at FROM lrs_documents WHERE agent = ANY($2) \
         OR registration IN (SELECT id::text FROM registrations WHERE learner_id = $1)) t",
    )
    .bind::<SqlUuid, _>(learner_id)
    .bind::<Array<Text>, _>(agents)
    .load(conn)
    .await
    .map(texts)
}

/// Removes the journal of sessions that ended before a time, some sessions at a time; answers how many
/// entries. The sessions stay, with their times.
///
/// # Errors
/// When the database fails.
pub(crate) async fn forget_journal(
    conn: &mut Connection,
    before: chrono::DateTime<chrono::Utc>,
    sessions: i64,
) -> QueryResult<(usize, usize)> {
    let old: Vec<Id> = diesel::sql_query(
        "UPDATE sessions SET begin = NULL WHERE id IN (SELECT id FROM sessions \
         WHERE ended_at < $1 AND begin IS NOT NULL ORDER BY ended_at LIMIT $2) RETURNING id",
    )
    .bind::<Timestamptz, _>(before)
    .bind::<BigInt, _>(sessions)
    .load(conn)
    .await?;
    let ids: Vec<Uuid> = old.into_iter().map(|id| id.id).collect();
    let entries = diesel::sql_query("DELETE FROM journal_entries WHERE session_id = ANY($1)")
        .bind::<Array<SqlUuid>, _>(&ids)
        .execute(conn)
        .await?;
    Ok((ids.len(), entries))
}

/// Removes sign-ins and links that have expired; answers how many.
///
/// # Errors
/// When the database fails.
pub(crate) async fn forget_sign_ins(conn: &mut Connection) -> QueryResult<usize> {
    let links = diesel::sql_query("DELETE FROM password_links WHERE expires_at < now()")
        .execute(conn)
        .await?;
    let browsers = diesel::sql_query("DELETE FROM web_sessions WHERE expires_at < now()")
        .execute(conn)
        .await?;
    Ok(links + browsers)
}

/// Learners who did nothing, and for whom nothing was done, since a time; some at a time. Staff is not among
/// them.
///
/// # Errors
/// When the database fails.
pub(crate) async fn inactive(
    conn: &mut Connection,
    since: chrono::DateTime<chrono::Utc>,
    limit: i64,
) -> QueryResult<Vec<Uuid>> {
    let ids: Vec<Id> = diesel::sql_query(format!(
        "SELECT l.id FROM learners l WHERE l.created_at < $1 AND l.updated_at < $1 \
         AND l.home_page NOT IN ('{ERASED}', 'urn:percorso:preview') \
         AND NOT EXISTS (SELECT FROM registrations r WHERE r.learner_id = l.id AND GREATEST(r.updated_at, r.last_accessed_at, r.created_at) >= $1) \
         AND NOT EXISTS (SELECT FROM course_enrolments e WHERE e.learner_id = l.id AND (e.created_at >= $1 OR e.deadline >= $1::date)) \
         AND NOT EXISTS (SELECT FROM attendances a WHERE a.learner_id = l.id AND a.noted_at >= $1) \
         AND NOT EXISTS (SELECT FROM accounts a WHERE l.home_page = '' AND a.id::text = l.key AND a.role <> 'learner') \
         ORDER BY l.id LIMIT $2"
    ))
    .bind::<Timestamptz, _>(since)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await?;
    Ok(ids.into_iter().map(|id| id.id).collect())
}
