//! What a signed-in learner takes: their registrations, for the pages.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use percorso_tracker::session::Progress;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Connection,
    schema::{learners, registrations},
};

/// One registration of the learner, as far as the pages show it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = registrations)]
pub(crate) struct Taken {
    /// The registration.
    #[diesel(column_name = id)]
    pub(crate) registration_id: Uuid,
    /// Of this package.
    pub(crate) package_id: Uuid,
    /// On this version.
    pub(crate) package_version_id: Uuid,
    /// `completed`, `incomplete`, `not_attempted` or `unknown`.
    pub(crate) completion: String,
    /// `passed`, `failed` or `unknown`.
    pub(crate) success: String,
    /// −1 to 1.
    pub(crate) score_scaled: Option<f64>,
    /// Time content claimed.
    pub(crate) total_time_ms: i64,
    /// The tree with each activity's progress.
    progress: Option<Value>,
}

impl Taken {
    /// The tree with each activity's progress, once there is one.
    pub(crate) fn progress(&self) -> Option<Progress> {
        serde_json::from_value(self.progress.clone()?).ok()
    }
}

/// The learner's registrations, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_learner(
    conn: &mut Connection,
    learner_key: &str,
) -> QueryResult<Vec<Taken>> {
    registrations::table
        .inner_join(learners::table)
        .filter(
            learners::home_page
                .eq("")
                .and(learners::key.eq(learner_key)),
        )
        .order(registrations::id.desc())
        .select(Taken::as_select())
        .load(conn)
        .await
}
