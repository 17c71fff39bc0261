//! A SCORM registration goes to another version of its package, and back.
//!
//! A session under way is closed first, as by a reset; what it did is saved. Then the engine takes the
//! work along, and all is written in one transaction with what there was before.

use diesel_async::AsyncConnection;
use percorso_tracker::session::{ActivityMap, Progress};
use uuid::Uuid;

use super::{TRIES, batch, busy, live::Held, open_session, unavailable};
use crate::{
    app::App,
    audit::{self, Act, Actor},
    db::{
        self,
        moves::Attempt,
        registrations::{Doing, waived as waived_of},
    },
    problem::{Problem, Result},
};

/// Where registrations go.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    /// By which decision.
    pub(crate) migration: Uuid,
    /// The version they leave.
    pub(crate) from: Uuid,
    /// The version they go to.
    pub(crate) to: Uuid,
    /// Whether their attempt goes on.
    pub(crate) attempt: Attempt,
    /// Which activity is which, the roots included.
    pub(crate) map: ActivityMap,
    /// Who decided.
    pub(crate) actor: Actor,
}

impl Move {
    /// Puts down what a registration held, ends what is open of it and takes its waivers along; `false` when it
    /// is on another version or revision by now.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn leave(
        &self,
        conn: &mut db::Connection,
        registration: Uuid,
        attempt: Attempt,
        revision: Option<i64>,
    ) -> Result<bool> {
        let versions = (self.from, self.to);
        let kept = db::moves::keep(
            conn,
            self.migration,
            registration,
            versions,
            attempt,
            revision,
        );
        if !kept.await? {
            return Ok(false);
        }
        db::sessions::end_all(conn, registration, "moved").await?;
        db::moves::carry_waivers(conn, self.migration, registration, &self.map).await?;
        Ok(true)
    }

    /// The registration is on the new version; the log says so.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn arrive(&self, conn: &mut db::Connection, registration: Uuid) -> Result<()> {
        db::moves::switch(conn, registration, self.to).await?;
        let details = serde_json::json!({ "migration": self.migration });
        note(conn, registration, &self.actor, details).await
    }
}

/// The log says that a registration is back.
///
/// # Errors
/// When the database fails.
pub(crate) async fn note_return(
    conn: &mut db::Connection,
    registration: Uuid,
    migration: Uuid,
    actor: &Actor,
) -> Result<()> {
    let details = serde_json::json!({ "migration": migration, "undone": true });
    note(conn, registration, actor, details).await
}

async fn note(
    conn: &mut db::Connection,
    registration: Uuid,
    actor: &Actor,
    details: serde_json::Value,
) -> Result<()> {
    let actor = actor.clone();
    audit::note(conn, actor, Act::RegistrationMoved, registration, details).await?;
    Ok(())
}

/// What a registration would have reached over there.
#[derive(Debug, Clone)]
pub(crate) struct Foreseen {
    /// In the new version.
    pub(crate) progress: Progress,
    /// Content that came along, by its old identifier.
    pub(crate) kept: Vec<String>,
    /// Content that did not.
    pub(crate) lost: Vec<String>,
}

/// Waivers in the words of the new version.
pub(crate) fn there(waived: &[String], map: &ActivityMap) -> Vec<String> {
    let there = waived.iter().filter_map(|activity| map.get(activity));
    there.cloned().collect()
}

/// What would come of a move; nothing is changed.
///
/// # Errors
/// When the map leads nowhere, there is no such registration, or the database fails.
pub(crate) async fn foresee(app: &App, registration: Uuid, way: &Move) -> Result<Foreseen> {
    let held = Held::load(app, registration).await?;
    let to = app.live.taken(&mut *app.db.get().await?, way.to).await?;
    foreseen(&held, &to, way).map(|(_, foreseen)| foreseen)
}

type Snapshot = Option<Vec<u8>>;

fn foreseen(held: &Held, to: &super::Taken, way: &Move) -> Result<(Snapshot, Foreseen)> {
    let waived = there(&held.waived, &way.map);
    let engine = held.engine.as_ref();
    let Some(engine) = engine.filter(|_| way.attempt == Attempt::GoesOn) else {
        let progress = if waived.is_empty() {
            to.untouched.clone()
        } else {
            to.waiving(&waived)?
        };
        let foreseen = Foreseen {
            progress,
            kept: Vec::new(),
            lost: Vec::new(),
        };
        return Ok((None, foreseen));
    };
    let carried = engine.carried(&to.course, &way.map);
    let carried = carried.map_err(|error| Problem::validation(error.to_string()))?;
    let foreseen = Foreseen {
        progress: carried.session.progress_waiving(&waived),
        kept: carried.kept,
        lost: carried.lost,
    };
    Ok((Some(carried.session.snapshot()), foreseen))
}

/// Moves a registration; `false` when it is on another version by now.
///
/// # Errors
/// When the map leads nowhere, there is no such registration, or the database fails.
pub(crate) async fn move_to(app: &App, registration: Uuid, way: &Move) -> Result<bool> {
    let mut slot = app.live.lock(registration).await;
    for _ in 0..TRIES {
        *slot = None;
        let held = Held::load(app, registration).await?;
        if held.version_id != way.from {
            return Ok(false);
        }
        let mut conn = app.db.get().await?;
        let to = app.live.taken(&mut conn, way.to).await?;
        let closing =
            open_session(&held).and_then(|_| batch::closing(registration, &held, "moved"));
        let last = held.current.as_ref().map(|current| current.id);
        let done = conn
            .transaction::<_, Problem, _>(async |conn| {
                let mut held = held;
                if let Some((after, closing)) = closing {
                    if !closing.save(conn).await? {
                        return Ok(false);
                    }
                    held = after;
                }
                one_try(conn, registration, &held, &to, way).await
            })
            .await?;
        if done {
            if let Some(session) = last {
                app.unstated.note(session);
            }
            return Ok(true);
        }
    }
    Err(busy())
}

async fn one_try(
    conn: &mut db::Connection,
    registration: Uuid,
    held: &Held,
    to: &super::Taken,
    way: &Move,
) -> Result<bool> {
    let attempt = match &held.engine {
        Some(_) => way.attempt,
        // There is nothing to put aside.
        None => Attempt::GoesOn,
    };
    let revision = Some(held.revision);
    if !way.leave(conn, registration, attempt, revision).await? {
        return Ok(false);
    }
    let (state, foreseen) = foreseen(held, to, way)?;
    if attempt == Attempt::PutAside {
        db::registrations::reset(conn, registration, held.revision).await?;
    } else {
        let reached = batch::reached(&foreseen.progress, held.past_attempts);
        let begun = state.is_some() || !waived_of(conn, &[registration]).await?.is_empty();
        let progress = begun.then(|| batch::json(&foreseen.progress));
        db::registrations::write(
            conn,
            registration,
            state.as_deref(),
            progress.as_deref(),
            &reached,
            Doing::Other,
        )
        .await?;
    }
    way.arrive(conn, registration).await?;
    Ok(true)
}

/// Moves a registration back; `false` when something was done with it since.
///
/// # Errors
/// When the database fails.
pub(crate) async fn move_back(
    app: &App,
    registration: Uuid,
    migration: Uuid,
    actor: &Actor,
) -> Result<bool> {
    let mut slot = app.live.lock(registration).await;
    *slot = None;
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        let restored = db::moves::restore(conn, migration, registration).await;
        if !restored.map_err(unavailable)? {
            return Ok(false);
        }
        note_return(conn, registration, migration, actor).await?;
        Ok(true)
    })
    .await
}
