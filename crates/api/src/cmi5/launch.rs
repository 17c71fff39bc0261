//! A unit is launched: older sessions of the registration are abandoned, `LMS.LaunchData` and the
//! launched statement are there before the address is given out.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use percorso_package::LaunchMethod;
use percorso_tracker::cmi5::{LaunchMode, Session, launch_data, own_statements};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    record,
    work::{Work, transaction},
};
use crate::{
    app::App,
    content,
    db::{
        self, Connection,
        cmi5::{Silent, UnitSession},
        registrations::Doing,
        sessions::NewSession,
    },
    delivery::{self, Launch, LaunchOptions, Taken},
    problem::{Problem, Result},
};

/// The publisher's id of the unit that a launch names, when it names one.
pub(crate) fn unit_named(taken: &Taken, activity_id: Option<&str>) -> Option<String> {
    let structure = taken.package.course_structure.as_ref()?;
    structure.unit(activity_id?).map(|au| au.id.clone())
}

/// Launches a unit: the URL is the unit's own, with all that it needs.
///
/// # Errors
/// When there is no such registration or unit, or the database fails.
pub(crate) async fn launch_au(
    app: &App,
    registration_id: Uuid,
    au: &str,
    options: LaunchOptions,
) -> Result<Launch> {
    transaction(app, async |conn| {
        let mut work = Work::lock(app, conn, registration_id).await?;
        for open in db::cmi5::open(conn, registration_id).await? {
            end(conn, &mut work, &open, "superseded").await?;
        }
        let launch = prepare(app, conn, &mut work, au, options).await?;
        work.save(app, conn, Doing::Learner).await?;
        Ok(launch)
    })
    .await
}

async fn prepare(
    app: &App,
    conn: &mut Connection,
    work: &mut Work,
    au: &str,
    options: LaunchOptions,
) -> Result<Launch> {
    let index = work.course.find(au);
    let (index, unit) = index
        .and_then(|index| Some((index, work.course.au(index)?.clone())))
        .ok_or_else(|| Problem::ActivityNotFound(au.to_owned()))?;
    let session_id = Uuid::new_v4();
    let mode = options.mode.unwrap_or_default();
    let session = Session {
        id: session_id.to_string(),
        registration: work.id.to_string(),
        au: unit.id.clone(),
        activity_id: work.course.nodes[index].lms_id.clone(),
        actor: work.actor.clone(),
        mode: match mode {
            delivery::LaunchMode::Normal => LaunchMode::Normal,
            delivery::LaunchMode::Browse => LaunchMode::Browse,
            delivery::LaunchMode::Review => LaunchMode::Review,
        },
        mastery_score: unit.mastery_score,
        launched_ms: work.now_ms(),
        preferences_read: false,
        verbs: BTreeSet::new(),
        initialized_ms: None,
        last_statement_ms: None,
        terminated_ms: None,
        terminated_at: None,
        abandoned_ms: None,
    };
    let expires_at = work.now + app.config.cmi5.start;
    // A unit that wants a window of its own has it; any other one where the launch asks for it.
    let method = match unit.launch_method {
        Some(LaunchMethod::OwnWindow) => LaunchMethod::OwnWindow,
        _ => options.method.unwrap_or_default(),
    };
    let row = NewSession {
        id: session_id,
        registration_id: work.id,
        launch_mode: mode.name(),
        activity_id: Some(unit.id.clone()),
        language: options.language.or_else(|| work.language.clone()),
        return_url: options.return_url.clone(),
        launch_expires_at: expires_at,
        launch_method: Some(delivery::method_name(method)),
    };
    db::sessions::insert(conn, &row).await?;
    let key = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let state = serde_json::to_value(&session).map_err(Problem::internal)?;
    let hash = Sha256::digest(key.as_bytes());
    db::cmi5::insert(conn, session_id, work.id, &state, &hash).await?;

    let server = &app.config.server;
    let files = content::signed_base(app, work.version_id);
    let location = launch_data::location(&unit, &format!("{}{files}", server.player_url));
    work.state(|work, stamp| {
        own_statements::launched(stamp, &session, &work.course.nodes[index], &location)
    });
    let alternate = app.config.cmi5.entitlement.as_deref();
    let return_url = options.return_url.as_deref();
    let document = launch_data::document(&session, &unit, return_url, alternate);
    record::launch_data(conn, &session, &document).await?;
    let event = serde_json::json!({ "event": "launched", "request": unit.id, "session": session });
    db::cmi5::note(conn, session_id, work.now, &event, None).await?;
    let url = launch_data::url(
        &location,
        &session,
        &launch_data::Parameters {
            endpoint: &format!("{}/xapi", server.public_url),
            fetch: &format!("{}/cmi5/fetch/{key}", server.public_url),
        },
    );
    Ok(Launch {
        url,
        session_id,
        expires_at,
        method: delivery::method_name(method),
    })
}

/// Abandons a session from outside: once, and only when it is open. `false` when the session is none
/// of a unit.
///
/// # Errors
/// When the database fails.
pub(crate) async fn abandon(app: &App, session_id: Uuid) -> Result<bool> {
    let found = db::cmi5::find(&mut *app.db.get().await?, session_id).await?;
    let Some(found) = found else {
        return Ok(false);
    };
    transaction(app, async |conn| {
        let mut work = Work::lock(app, conn, found.registration_id).await?;
        abandon_locked(app, conn, &mut work, session_id).await
    })
    .await?;
    Ok(true)
}

/// Abandons a session if it is still silent once its registration is locked; says whether it was.
///
/// # Errors
/// When the database fails.
pub(super) async fn abandon_silent(app: &App, session_id: Uuid, silent: Silent) -> Result<bool> {
    let found = db::cmi5::find(&mut *app.db.get().await?, session_id).await?;
    let Some(found) = found else {
        return Ok(false);
    };
    transaction(app, async |conn| {
        let mut work = Work::lock(app, conn, found.registration_id).await?;
        let forgotten = db::cmi5::forgotten(conn, silent, Some(session_id)).await?;
        let is_silent = !forgotten.is_empty();
        if is_silent {
            abandon_locked(app, conn, &mut work, session_id).await?;
        }
        Ok(is_silent)
    })
    .await
}

async fn abandon_locked(
    app: &App,
    conn: &mut Connection,
    work: &mut Work,
    session_id: Uuid,
) -> Result<()> {
    if let Some(session) = db::cmi5::find(conn, session_id).await? {
        end(conn, work, &session, "abandoned").await?;
        work.save(app, conn, Doing::Other).await?;
    }
    Ok(())
}

/// The session ends without its unit's word: the LMS states abandoned (9.3.6.0-1).
///
/// # Errors
/// When the database fails.
pub(super) async fn end(
    conn: &mut Connection,
    work: &mut Work,
    stored: &UnitSession,
    reason: &str,
) -> Result<()> {
    let mut session: Session =
        serde_json::from_value(stored.state.clone()).map_err(Problem::internal)?;
    let Some(duration_ms) = session.abandon(work.now_ms()) else {
        return Ok(());
    };
    work.of.left(&session.au, session.mode, duration_ms);
    if let Some(index) = work.course.find(&session.au) {
        work.state(|work, stamp| {
            own_statements::abandoned(stamp, &session, &work.course.nodes[index], duration_ms)
        });
    }
    let state = serde_json::to_value(&session).map_err(Problem::internal)?;
    db::cmi5::update(conn, stored.session_id, &state, Some(reason)).await?;
    let event = serde_json::json!({ "event": "abandoned", "request": reason });
    db::cmi5::note(conn, stored.session_id, work.now, &event, None).await?;
    Ok(())
}

/// How long an address can be started.
pub(super) fn is_stale(app: &App, session: &Session, now_ms: i64) -> bool {
    let start = TimeDelta::milliseconds(now_ms - session.launched_ms);
    start > app.config.cmi5.start
}
