//! Learners, by the key of the system that knows them, and what belongs to them across courses.

use diesel::{prelude::*, sql_types::Text};
use diesel_async::RunQueryDsl;
use percorso_tracker::session::LearnerGlobals;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Connection,
    schema::{learner_globals, learners},
};

/// A learner as a client names them.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = learners)]
pub(crate) struct NewLearner {
    /// Ours; only used when the learner is new.
    pub(crate) id: Uuid,
    /// Namespace of the key; empty for our own.
    pub(crate) home_page: String,
    /// The client's own id.
    pub(crate) key: String,
    /// Name as it reaches content.
    pub(crate) name: String,
    /// E-mail, when given.
    pub(crate) email: Option<String>,
    /// The body, when given.
    pub(crate) organization: Option<String>,
    /// BCP 47 tag, when given.
    pub(crate) language: Option<String>,
}

/// A learner as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = learners, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Learner {
    /// Namespace of the key.
    pub(crate) home_page: String,
    /// The client's own id.
    pub(crate) key: String,
    /// Name as it reaches content.
    pub(crate) name: String,
    /// E-mail, when given.
    pub(crate) email: Option<String>,
    /// The body, when given.
    pub(crate) organization: Option<String>,
    /// BCP 47 tag, when given.
    pub(crate) language: Option<String>,
}

/// Makes the learner, or brings what is known of them up to date: what is not given this time stays.
///
/// # Errors
/// When the database fails.
pub(crate) async fn upsert(conn: &mut Connection, learner: &NewLearner) -> QueryResult<Uuid> {
    #[derive(QueryableByName)]
    struct Id {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: Uuid,
    }
    type MaybeText = diesel::sql_types::Nullable<Text>;
    let Id { id } = diesel::sql_query(
        "INSERT INTO learners (id, home_page, key, name, email, organization, language) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (home_page, key) DO UPDATE SET name = excluded.name, \
         email = COALESCE(excluded.email, learners.email), \
         organization = COALESCE(excluded.organization, learners.organization), \
         language = COALESCE(excluded.language, learners.language), updated_at = now() \
         RETURNING id",
    )
    .bind::<diesel::sql_types::Uuid, _>(learner.id)
    .bind::<Text, _>(&learner.home_page)
    .bind::<Text, _>(&learner.key)
    .bind::<Text, _>(&learner.name)
    .bind::<MaybeText, _>(&learner.email)
    .bind::<MaybeText, _>(&learner.organization)
    .bind::<MaybeText, _>(&learner.language)
    .get_result(conn)
    .await?;
    Ok(id)
}

/// The learner by our id.
///
/// # Errors
/// `NotFound`, or when the database fails.
pub(crate) async fn find(conn: &mut Connection, id: Uuid) -> QueryResult<Learner> {
    learners::table
        .find(id)
        .select(Learner::as_select())
        .first(conn)
        .await
}

/// Global objectives and shared data of the learner.
///
/// # Errors
/// When the database fails.
pub(crate) async fn globals(conn: &mut Connection, id: Uuid) -> QueryResult<LearnerGlobals> {
    let rows: Vec<(String, String, Value)> = learner_globals::table
        .filter(learner_globals::learner_id.eq(id))
        .select((
            learner_globals::scope,
            learner_globals::target_id,
            learner_globals::value,
        ))
        .load(conn)
        .await?;
    let mut globals = LearnerGlobals::default();
    for (scope, target, value) in rows {
        match (scope.as_str(), value) {
            ("objective", value) => {
                globals.objectives.insert(target, value);
            }
            (_, Value::String(text)) => {
                globals.shared_data.insert(target, text);
            }
            _ => {}
        }
    }
    Ok(globals)
}
