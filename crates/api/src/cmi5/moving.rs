//! A cmi5 registration goes to another version of its package, and back.
//!
//! What units stated is in the record store for good; what moves is what the registration makes of it.

use percorso_tracker::cmi5::{Course, Registration};
use uuid::Uuid;

use super::{
    launch::end,
    work::{Work, transaction},
};
use crate::{
    app::App,
    audit::Actor,
    db::{self, registrations::Doing},
    delivery::{self, Foreseen, Move, Taken},
    problem::{Problem, Result},
};

/// The course of a version, as a registration knows it.
fn course(taken: &Taken, base: &str) -> Result<Course> {
    let structure = taken.package.course_structure.as_ref();
    let structure = structure.ok_or_else(|| {
        Problem::validation("the new version is not cmi5; units' statements mean nothing there")
    })?;
    Ok(Course::new(structure, base))
}

/// What would come of a move; nothing is changed.
///
/// # Errors
/// When there is no such registration, the versions are of different standards, or the database fails.
pub(crate) async fn foresee(app: &App, registration: Uuid, way: &Move) -> Result<Foreseen> {
    let mut conn = app.db.get().await?;
    let to = app.live.taken(&mut conn, way.to).await?;
    let found = db::cmi5::state(&mut conn, registration).await?;
    let (state, _) =
        found.ok_or_else(|| Problem::RegistrationNotFound(registration.to_string()))?;
    let of: Registration = match state {
        Some(state) => serde_json::from_slice(&state).map_err(Problem::internal)?,
        None => Registration::default(),
    };
    let course = course(&to, &of.base)?;
    let carried = of.carried(&course, &way.map);
    Ok(Foreseen {
        progress: carried.registration.progress(&course),
        kept: carried.kept,
        lost: carried.lost,
    })
}

/// Moves a registration; `false` when it is on another version by now. Units' sessions under way are
/// abandoned; what becomes satisfied by the change is stated.
///
/// # Errors
/// When there is no such registration, the versions are of different standards, or the database fails.
pub(crate) async fn move_to(app: &App, registration: Uuid, way: &Move) -> Result<bool> {
    transaction(app, async |conn| {
        let mut work = Work::lock(app, conn, registration).await?;
        if work.version_id != way.from {
            return Ok(false);
        }
        for open in db::cmi5::open(conn, registration).await? {
            end(conn, &mut work, &open, "moved").await?;
        }
        work.save(app, conn, Doing::Other).await?;
        if !way.leave(conn, registration, way.attempt, None).await? {
            return Ok(false);
        }
        let to = app.live.taken(conn, way.to).await?;
        let course = course(&to, &work.of.base)?;
        let renamed = renamed(&work.course, &course, way);
        db::moves::carry_documents(conn, registration, &renamed).await?;
        work.of = work.of.carried(&course, &way.map).registration;
        work.course = course;
        work.version_id = way.to;
        let satisfied = work.of.newly_satisfied(&work.course);
        work.state_satisfied(&satisfied, &Uuid::new_v4().to_string());
        work.save(app, conn, Doing::Other).await?;
        way.arrive(conn, registration).await?;
        Ok(true)
    })
    .await
}

/// The LMS's ids of units that have another one now.
fn renamed(from: &Course, to: &Course, way: &Move) -> Vec<(String, String)> {
    let pairs = way.map.iter().filter(|(old, new)| old != new);
    let ids = pairs.filter_map(|(old, new)| {
        let (old, new) = (from.find(old)?, to.find(new)?);
        let id = |course: &Course, index: usize| course.nodes[index].lms_id.clone();
        (from.au(old).is_some()).then(|| (id(from, old), id(to, new)))
    });
    ids.collect()
}

/// Moves a registration back; `false` when something was done with it since. What was stated satisfied
/// meanwhile stays stated, and is never stated again.
///
/// # Errors
/// When the database fails.
pub(crate) async fn move_back(
    app: &App,
    registration: Uuid,
    migration: Uuid,
    actor: &Actor,
) -> Result<bool> {
    transaction(app, async |conn| {
        let there = Work::lock(app, conn, registration).await?;
        if !db::moves::restore(conn, migration, registration).await? {
            return Ok(false);
        }
        let mut here = Work::lock(app, conn, registration).await?;
        here.of.satisfied.extend(there.of.satisfied);
        let state = serde_json::to_vec(&here.of).map_err(Problem::internal)?;
        db::moves::put_state(conn, registration, &state).await?;
        delivery::note_return(conn, registration, migration, actor).await?;
        Ok(true)
    })
    .await
}
