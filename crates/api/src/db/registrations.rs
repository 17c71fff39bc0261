//! Registrations: a learner's run through a package.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Binary, Bool, Double, Integer, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Connection,
    journal::Reached,
    learners::Learner,
    schema::{learners, package_versions, packages, registrations, waivers},
};

/// A registration without its engine state.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = registrations, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Registration {
    /// Public id.
    pub(crate) id: Uuid,
    /// The package.
    pub(crate) package_id: Uuid,
    /// The version the learner stays on.
    pub(crate) package_version_id: Uuid,
    /// `completed`, `incomplete`, `not_attempted` or `unknown`.
    pub(crate) completion: String,
    /// `passed`, `failed` or `unknown`.
    pub(crate) success: String,
    /// −1 to 1.
    pub(crate) score_scaled: Option<f64>,
    /// As authored.
    pub(crate) score_raw: Option<f64>,
    /// As authored.
    pub(crate) score_min: Option<f64>,
    /// As authored.
    pub(crate) score_max: Option<f64>,
    /// 0 to 1.
    pub(crate) progress_measure: Option<f64>,
    /// Time that content claimed.
    pub(crate) total_time_ms: i64,
    /// Attempts on the root.
    pub(crate) attempts: i32,
    /// The tree and the reasons.
    pub(crate) progress: Option<Value>,
    /// When registered.
    pub(crate) created_at: DateTime<Utc>,
    /// When anything last changed.
    pub(crate) updated_at: DateTime<Utc>,
    /// When content was first delivered.
    pub(crate) started_at: Option<DateTime<Utc>>,
    /// When the learner last did anything.
    pub(crate) last_accessed_at: Option<DateTime<Utc>>,
    /// When completion was first reached.
    pub(crate) completed_at: Option<DateTime<Utc>>,
}

/// A registration with its learner and the number of its package version.
pub(crate) type Full = (Registration, Learner, i32);

/// Which registrations.
#[derive(Debug, Default, Clone)]
pub(crate) struct Filter {
    /// Of this package.
    pub(crate) package_id: Option<Uuid>,
    /// Of the learner with this key.
    pub(crate) learner_key: Option<String>,
    /// Of learners of this body.
    pub(crate) organization: Option<String>,
    /// With this completion.
    pub(crate) completion: Option<String>,
    /// With this success.
    pub(crate) success: Option<String>,
    /// Changed at or after.
    pub(crate) updated_since: Option<DateTime<Utc>>,
    /// After this place.
    pub(crate) after: Option<Place>,
}

/// In which order a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The newest first.
    Newest,
    /// The oldest change first: what changes meanwhile comes again at the end, and is not missed.
    Changes,
}

/// A place in a list: behind the registration that has this time and this id. Ids alone would not do, as
/// clients may choose theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// When it was made, or changed, by the list's order.
    pub(crate) at: DateTime<Utc>,
    /// Its id.
    pub(crate) id: Uuid,
}

impl Filter {
    /// Whoever asks for changes gets them in their order.
    pub(crate) fn order(&self) -> Order {
        match self.updated_since {
            Some(_) => Order::Changes,
            None => Order::Newest,
        }
    }
}

impl Order {
    /// The place of a registration in this order.
    pub(crate) fn place(self, registration: &Registration) -> Place {
        Place {
            at: match self {
                Self::Newest => registration.created_at,
                Self::Changes => registration.updated_at,
            },
            id: registration.id,
        }
    }
}

/// The current version of a package, and whether it is archived.
///
/// # Errors
/// When the database fails.
pub(crate) async fn current_version(
    conn: &mut Connection,
    package_id: Uuid,
) -> QueryResult<Option<(Uuid, Option<DateTime<Utc>>)>> {
    packages::table
        .inner_join(package_versions::table)
        .filter(packages::id.eq(package_id))
        .filter(package_versions::version.eq(packages::current_version))
        .select((package_versions::id, packages::archived_at))
        .first(conn)
        .await
        .optional()
}

/// The typed package of a version, as JSON.
///
/// # Errors
/// `NotFound`, or when the database fails.
pub(crate) async fn manifest(conn: &mut Connection, version_id: Uuid) -> QueryResult<Value> {
    package_versions::table
        .find(version_id)
        .select(package_versions::manifest)
        .first(conn)
        .await
}

/// Makes a registration; `false` when its id is taken.
///
/// # Errors
/// When the database fails.
pub(crate) async fn insert(
    conn: &mut Connection,
    id: Uuid,
    package_id: Uuid,
    package_version_id: Uuid,
    learner_id: Uuid,
) -> QueryResult<bool> {
    let inserted = diesel::insert_into(registrations::table)
        .values((
            registrations::id.eq(id),
            registrations::package_id.eq(package_id),
            registrations::package_version_id.eq(package_version_id),
            registrations::learner_id.eq(learner_id),
        ))
        .on_conflict(registrations::id)
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted > 0)
}

#[diesel::dsl::auto_type]
fn full() -> _ {
    let registration: diesel::helper_types::AsSelect<Registration, diesel::pg::Pg> =
        Registration::as_select();
    let learner: diesel::helper_types::AsSelect<Learner, diesel::pg::Pg> = Learner::as_select();
    registrations::table
        .inner_join(learners::table)
        .inner_join(package_versions::table)
        .select((registration, learner, package_versions::version))
}

/// A registration by its id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Full>> {
    full()
        .filter(registrations::id.eq(id))
        .first(conn)
        .await
        .optional()
}

/// Registrations in the filter's order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn list(
    conn: &mut Connection,
    filter: &Filter,
    limit: i64,
) -> QueryResult<Vec<Full>> {
    let mut query = full()
        .filter(registrations::preview.eq(false))
        .limit(limit)
        .into_boxed();
    if let Some(package_id) = filter.package_id {
        query = query.filter(registrations::package_id.eq(package_id));
    }
    if let Some(key) = &filter.learner_key {
        query = query.filter(learners::key.eq(key));
    }
    if let Some(organization) = &filter.organization {
        query = query.filter(learners::organization.eq(organization));
    }
    if let Some(completion) = &filter.completion {
        query = query.filter(registrations::completion.eq(completion));
    }
    if let Some(success) = &filter.success {
        query = query.filter(registrations::success.eq(success));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(registrations::updated_at.ge(since));
    }
    let (created, updated) = (registrations::created_at, registrations::updated_at);
    query = match filter.order() {
        Order::Newest => query.order((created.desc(), registrations::id.desc())),
        Order::Changes => query.order((updated.asc(), registrations::id.asc())),
    };
    // The first condition alone is what the index understands; the second keeps those of one moment apart.
    if let Some(Place { at, id }) = filter.after {
        query = match filter.order() {
            Order::Newest => query
                .filter(created.le(at))
                .filter(created.lt(at).or(registrations::id.lt(id))),
            Order::Changes => query
                .filter(updated.ge(at))
                .filter(updated.gt(at).or(registrations::id.gt(id))),
        };
    }
    query.load(conn).await
}

/// Makes a registration that is only an author's preview, with a learner of its own, so that nothing a
/// learner brings along from course to course gets into it or out of it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn insert_preview(
    conn: &mut Connection,
    id: Uuid,
    (package_id, package_version_id): (Uuid, Uuid),
    name: &str,
) -> QueryResult<()> {
    diesel::sql_query(
        "WITH author AS (INSERT INTO learners (id, home_page, key, name) VALUES ($1, 'urn:percorso:preview', $2, $3) RETURNING id) \
         INSERT INTO registrations (id, package_id, package_version_id, learner_id, preview) \
         SELECT $4, $5, $6, author.id, true FROM author",
    )
    .bind::<SqlUuid, _>(Uuid::now_v7())
    .bind::<Text, _>(format!("preview-{id}"))
    .bind::<Text, _>(name)
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(package_id)
    .bind::<SqlUuid, _>(package_version_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes previews made before a time, with their learners and what they stated; answers how many.
///
/// # Errors
/// When the database fails.
pub(crate) async fn sweep_previews(
    conn: &mut Connection,
    before: DateTime<Utc>,
) -> QueryResult<usize> {
    let old: Vec<Uuid> = registrations::table
        .filter(registrations::preview)
        .filter(registrations::created_at.lt(before))
        .select(registrations::id)
        .load(conn)
        .await?;
    for id in &old {
        super::lrs::erase_registration(conn, *id).await?;
    }
    diesel::delete(registrations::table.filter(registrations::id.eq_any(&old)))
        .execute(conn)
        .await?;
    diesel::sql_query(
        "DELETE FROM learners l WHERE home_page = 'urn:percorso:preview' \
         AND NOT EXISTS (SELECT FROM registrations r WHERE r.learner_id = l.id)",
    )
    .execute(conn)
    .await
}

/// Removes a registration with its sessions and journal; `false` when there is none.
///
/// # Errors
/// When the database fails.
pub(crate) async fn delete(conn: &mut Connection, id: Uuid) -> QueryResult<bool> {
    Ok(diesel::delete(registrations::table.find(id))
        .execute(conn)
        .await?
        > 0)
}

/// Waives an activity; again, with another reason.
///
/// # Errors
/// When the database fails.
pub(crate) async fn waive(
    conn: &mut Connection,
    id: Uuid,
    activity_id: &str,
    reason: &str,
    by: &str,
) -> QueryResult<()> {
    let row = (
        waivers::registration_id.eq(id),
        waivers::activity_id.eq(activity_id),
        waivers::reason.eq(reason),
        waivers::created_by.eq(by),
    );
    diesel::insert_into(waivers::table)
        .values(row)
        .on_conflict((waivers::registration_id, waivers::activity_id))
        .do_update()
        .set((waivers::reason.eq(reason), waivers::created_by.eq(by)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whose doing a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// The learner's, who is there now.
    Learner,
    /// Somebody else's.
    Other,
}

/// Writes the state and what is reached by it, under the registration's lock.
///
/// # Errors
/// When the database fails.
pub(crate) async fn write(
    conn: &mut Connection,
    id: Uuid,
    state: Option<&[u8]>,
    progress: Option<&str>,
    reached: &Reached,
    doing: Doing,
) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE registrations SET state = $2, revision = revision + 1, progress = CAST($3 AS jsonb), \
         completion = $4, success = $5, score_scaled = $6, score_raw = $7, score_min = $8, \
         score_max = $9, progress_measure = $10, total_time_ms = $11, attempts = $12, \
         updated_at = now(), \
         last_accessed_at = CASE WHEN $13 THEN now() ELSE last_accessed_at END, \
         started_at = CASE WHEN $13 THEN COALESCE(started_at, now()) ELSE started_at END, \
         completed_at = CASE $4 WHEN 'completed' THEN COALESCE(completed_at, now()) \
         ELSE completed_at END WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Nullable<Binary>, _>(state)
    .bind::<Nullable<Text>, _>(progress)
    .bind::<Text, _>(reached.completion)
    .bind::<Text, _>(reached.success)
    .bind::<Nullable<Double>, _>(reached.scaled)
    .bind::<Nullable<Double>, _>(reached.raw)
    .bind::<Nullable<Double>, _>(reached.min)
    .bind::<Nullable<Double>, _>(reached.max)
    .bind::<Nullable<Double>, _>(reached.progress_measure)
    .bind::<BigInt, _>(reached.total_time_ms)
    .bind::<Integer, _>(reached.attempts)
    .bind::<Bool, _>(doing == Doing::Learner)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what was reached otherwise than by the journal; `false` when the revision is another by now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn reach(
    conn: &mut Connection,
    id: Uuid,
    revision: i64,
    progress: &str,
    reached: &Reached,
) -> QueryResult<bool> {
    let written = diesel::sql_query(
        "UPDATE registrations SET revision = revision + 1, updated_at = now(), progress = CAST($3 AS jsonb), \
         completion = $4, success = $5, \
         completed_at = CASE $4 WHEN 'completed' THEN COALESCE(completed_at, now()) ELSE completed_at END \
         WHERE id = $1 AND revision = $2",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<BigInt, _>(revision)
    .bind::<Text, _>(progress)
    .bind::<Text, _>(reached.completion)
    .bind::<Text, _>(reached.success)
    .execute(conn)
    .await?;
    Ok(written > 0)
}

/// Waived activities of some registrations.
///
/// # Errors
/// When the database fails.
pub(crate) async fn waived(
    conn: &mut Connection,
    ids: &[Uuid],
) -> QueryResult<Vec<(Uuid, String)>> {
    waivers::table
        .filter(waivers::registration_id.eq_any(ids))
        .select((waivers::registration_id, waivers::activity_id))
        .load(conn)
        .await
}

/// What delivery needs of a registration and of the session that was started last.
#[derive(Debug, QueryableByName)]
pub(crate) struct Standing {
    /// An author's preview.
    #[diesel(sql_type = Bool)]
    pub(crate) preview: bool,
    /// Counts writes of the state.
    #[diesel(sql_type = BigInt)]
    pub(crate) revision: i64,
    /// The engine's snapshot.
    #[diesel(sql_type = Nullable<Binary>)]
    pub(crate) state: Option<Vec<u8>>,
    /// Attempts on the root that resets put aside.
    #[diesel(sql_type = Integer)]
    pub(crate) past_attempts: i32,
    /// The version taken.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) package_version_id: Uuid,
    /// Who takes it.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) learner_id: Uuid,
    /// The session started last.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) session_id: Option<Uuid>,
    /// Its last number.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) last_number: Option<i64>,
    /// How it ended.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) end_reason: Option<String>,
}

/// Reads the standing of a registration.
///
/// # Errors
/// When the database fails.
pub(crate) async fn standing(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Standing>> {
    diesel::sql_query(
        "SELECT r.revision, r.state, r.package_version_id, r.learner_id, r.preview, \
         (SELECT COALESCE(sum(CAST(p.progress -> 'root' ->> 'attempts' AS integer)), 0)::integer \
         FROM past_attempts p WHERE p.registration_id = r.id) AS past_attempts, \
         s.id AS session_id, s.last_number, s.end_reason \
         FROM registrations r LEFT JOIN LATERAL (SELECT id, last_number, end_reason FROM sessions \
         WHERE registration_id = r.id AND started_at IS NOT NULL \
         ORDER BY started_at DESC, id DESC LIMIT 1) s ON true WHERE r.id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .get_result(conn)
    .await
    .optional()
}

/// Writes the state that a new session begins with; `false` when the revision is another by now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn begin(
    conn: &mut Connection,
    id: Uuid,
    revision: i64,
    state: &[u8],
) -> QueryResult<bool> {
    let here = registrations::table
        .find(id)
        .filter(registrations::revision.eq(revision));
    let written = diesel::update(here)
        .set((
            registrations::state.eq(state),
            registrations::revision.eq(revision + 1),
            registrations::last_accessed_at.eq(diesel::dsl::now),
            registrations::updated_at.eq(diesel::dsl::now),
        ))
        .execute(conn)
        .await?;
    Ok(written > 0)
}

/// Puts the state aside and begins from nothing; `false` when the revision is another by now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn reset(conn: &mut Connection, id: Uuid, revision: i64) -> QueryResult<bool> {
    let kept = diesel::sql_query(
        "INSERT INTO past_attempts (registration_id, number, state, progress) \
         SELECT r.id, 1 + (SELECT COALESCE(max(p.number), 0) FROM past_attempts p WHERE p.registration_id = r.id), \
         r.state, r.progress FROM registrations r WHERE r.id = $1 AND r.revision = $2 FOR UPDATE",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<BigInt, _>(revision)
    .execute(conn)
    .await?;
    if kept == 0 {
        return Ok(false);
    }
    diesel::sql_query(
        "UPDATE registrations SET state = NULL, revision = revision + 1, progress = NULL, \
         completion = 'not_attempted', success = 'unknown', score_scaled = NULL, score_raw = NULL, \
         score_min = NULL, score_max = NULL, progress_measure = NULL, total_time_ms = 0, \
         started_at = NULL, completed_at = NULL, updated_at = now() WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .execute(conn)
    .await?;
    Ok(true)
}
