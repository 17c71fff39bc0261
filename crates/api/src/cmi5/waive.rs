//! An administrator waives units: each once, with a session id of its own (9.3.7).

use percorso_tracker::cmi5::own_statements::{self, Of};
use uuid::Uuid;

use super::work::{Work, transaction};
use crate::{
    app::App,
    db::{self, registrations::Doing},
    problem::{Problem, Result},
};

/// Waives a unit, or every unit of a block or of the course. What is waived already stays as it is.
///
/// # Errors
/// When there is no such registration or activity, or the database fails.
pub(crate) async fn waive(
    app: &App,
    registration_id: Uuid,
    activity_id: &str,
    reason: &str,
    by: &str,
) -> Result<()> {
    transaction(app, async |conn| {
        let mut work = Work::lock(app, conn, registration_id).await?;
        let index = work.course.find(activity_id);
        let index = index.ok_or_else(|| Problem::ActivityNotFound(activity_id.to_owned()))?;
        let registration = registration_id.to_string();
        for unit in work.course.units_below(index) {
            let id = work.course.nodes[unit].id.clone();
            if work.of.waive(&id).is_err() {
                continue;
            }
            let session_id = Uuid::new_v4().to_string();
            work.state(|work, stamp| {
                let of = Of {
                    actor: &work.actor,
                    registration: &registration,
                    session_id: &session_id,
                };
                own_statements::waived(stamp, &of, &work.course.nodes[unit], reason)
            });
            db::registrations::waive(conn, registration_id, &id, reason, by).await?;
            let satisfied = work.of.newly_satisfied(&work.course);
            work.state_satisfied(&satisfied, &session_id);
        }
        work.save(app, conn, Doing::Other).await
    })
    .await
}
