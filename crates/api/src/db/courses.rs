//! What the pages show: packages on offer, and what a signed-in learner takes of them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use percorso_package::Package;
use percorso_tracker::session::Progress;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Connection,
    schema::{learners, package_versions, packages, registrations},
};

/// A package on offer: its current version, as far as the pages show it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = package_versions)]
pub(crate) struct Offered {
    /// The package.
    pub(crate) package_id: Uuid,
    /// From 1.
    pub(crate) version: i32,
    /// Title for people.
    pub(crate) title: String,
    /// Size of the uploaded file.
    pub(crate) size_bytes: i64,
    /// When it was published.
    pub(crate) created_at: DateTime<Utc>,
    /// What reading it found.
    pub(crate) findings: Value,
    manifest: Value,
}

impl Offered {
    /// The typed package; `None` when a newer program wrote it.
    pub(crate) fn package(&self) -> Option<Package> {
        serde_json::from_value(self.manifest.clone()).ok()
    }
}

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

/// Every package on offer in its current version, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn offered(conn: &mut Connection) -> QueryResult<Vec<Offered>> {
    packages::table
        .inner_join(package_versions::table)
        .filter(package_versions::version.eq(packages::current_version))
        .filter(packages::archived_at.is_null())
        .order(packages::id.desc())
        .limit(200)
        .select(Offered::as_select())
        .load(conn)
        .await
}

/// One version of a package.
///
/// # Errors
/// When the database fails.
pub(crate) async fn version(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Offered>> {
    package_versions::table
        .find(id)
        .select(Offered::as_select())
        .first(conn)
        .await
        .optional()
}
