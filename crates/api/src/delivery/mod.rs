//! From a launch to the last entry: links, starts, the journal's way into the database, closings.
//!
//! Every change of a registration goes by its revision: whoever computed from an older one computes
//! again. So several servers may work on one database, and memory ([`Live`]) is only a cache.

mod batch;
mod entry;
mod kept;
mod live;
mod media;
mod moving;
mod start;
mod writer;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use percorso_package::{LaunchMethod, Standard};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use batch::{Posted, accept, accept_last, json, noteworthy, reached};
pub(crate) use entry::Entry;
pub(crate) use kept::{Kept, KeptLine};
pub use live::Live;
pub(crate) use live::{Held, Taken};
pub(crate) use media::{MEDIA, Media, Settings, What};
pub(crate) use moving::{Foreseen, Move, foresee as foresee_move, move_back, move_to, note_return};
pub(crate) use start::{Boot, expired, resume, start, way_back};
pub use writer::Writer;

use crate::{
    app::App,
    auth::{Audience, Claims, Signed},
    cmi5,
    db::{self, sessions::NewSession},
    problem::{Problem, Result},
};

/// An expired token of a live session can still be renewed for this long.
const RENEWAL_GRACE: TimeDelta = TimeDelta::hours(24);
/// No token of a session is given out later than this after its launch link was made: whoever carries one
/// away cannot renew it for ever.
const LONGEST_SESSION: TimeDelta = TimeDelta::days(30);
/// Tries when other processes write the same registration.
const TRIES: usize = 5;

/// What our two tokens say beside the session, which is their subject.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Of {
    /// The session's registration.
    pub(crate) registration: Uuid,
}

/// How to launch.
#[derive(Debug, Clone, Default)]
pub(crate) struct LaunchOptions {
    /// Where to begin; `None` for wherever sequencing says.
    pub(crate) activity_id: Option<String>,
    /// `normal`, `browse` or `review`; `None` is normal.
    pub(crate) mode: Option<LaunchMode>,
    /// Where the learner goes back to.
    pub(crate) return_url: Option<String>,
    /// BCP 47 tag of the player's language.
    pub(crate) language: Option<String>,
    /// Where content is shown; `None` for a frame of the page.
    pub(crate) method: Option<LaunchMethod>,
}

/// The word of a launch method, in the database and on the wire.
pub(crate) fn method_name(method: LaunchMethod) -> &'static str {
    match method {
        LaunchMethod::AnyWindow => "any_window",
        LaunchMethod::OwnWindow => "own_window",
    }
}

/// A launch method by its word.
pub(crate) fn method_named(name: &str) -> Option<LaunchMethod> {
    let methods = [LaunchMethod::AnyWindow, LaunchMethod::OwnWindow];
    methods
        .into_iter()
        .find(|method| method_name(*method) == name)
}

/// `cmi.mode` of a launch, as stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum LaunchMode {
    /// For credit.
    #[default]
    Normal,
    /// Looked through.
    Browse,
    /// Looked at again.
    Review,
}

impl LaunchMode {
    /// By its name, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let modes = [Self::Normal, Self::Browse, Self::Review];
        modes
            .into_iter()
            .find(|mode| mode.name().eq_ignore_ascii_case(name))
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Browse => "browse",
            Self::Review => "review",
        }
    }
}

/// A launch that can be started.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// Opens the player.
    pub(crate) url: String,
    /// The session it starts.
    pub(crate) session_id: Uuid,
    /// Until when it can be started.
    pub(crate) expires_at: DateTime<Utc>,
    /// `any_window` or `own_window`.
    pub(crate) method: &'static str,
}

/// How long an author's preview is kept.
const PREVIEW_LIFE: TimeDelta = TimeDelta::days(1);

/// Makes a launch link for an author's preview of a package's current version, archived or not: a run
/// of its own that counts nowhere.
///
/// # Errors
/// When there is no such package or activity, or the database fails.
pub(crate) async fn preview(
    app: &App,
    package_id: Uuid,
    name: &str,
    options: LaunchOptions,
) -> Result<Launch> {
    let mut conn = app.db.get().await?;
    let current = db::registrations::current_version(&mut conn, package_id).await?;
    let (version_id, _) =
        current.ok_or_else(|| Problem::PackageNotFound(package_id.to_string()))?;
    let id = Uuid::now_v7();
    db::registrations::insert_preview(&mut conn, id, (package_id, version_id), name).await?;
    drop(conn);
    launch(app, id, options).await
}

/// Removes previews that are over.
///
/// # Errors
/// When the database fails.
pub(crate) async fn sweep_previews(app: &App, now: DateTime<Utc>) -> Result<()> {
    let mut conn = app.db.get().await?;
    db::registrations::sweep_previews(&mut conn, now - PREVIEW_LIFE).await?;
    Ok(())
}

/// Launches once more what a session was launched for: the page's own button to resume.
///
/// # Errors
/// When there is no such session, or as [`launch`].
pub(crate) async fn relaunch(app: &App, session_id: Uuid) -> Result<Launch> {
    let found = db::sessions::find(&mut *app.db.get().await?, session_id).await?;
    let session = found.ok_or_else(|| Problem::SessionNotFound(session_id.to_string()))?;
    if !matches!(
        session.end_reason.as_deref(),
        None | Some("ended" | "suspended")
    ) {
        return Err(batch::closed(session.end_reason.as_deref()));
    }
    let options = LaunchOptions {
        activity_id: None,
        mode: LaunchMode::named(&session.launch_mode),
        return_url: session.return_url,
        language: session.language,
        method: session.launch_method.as_deref().and_then(method_named),
    };
    launch(app, session.registration_id, options).await
}

/// Makes a launch link, good for one start. An older live session ends when it is started.
///
/// # Errors
/// When there is no such registration or activity, or the database fails.
pub(crate) async fn launch(
    app: &App,
    registration_id: Uuid,
    options: LaunchOptions,
) -> Result<Launch> {
    let mut conn = app.db.get().await?;
    let (registration, learner, _) = db::registrations::find(&mut conn, registration_id)
        .await?
        .ok_or_else(|| Problem::RegistrationNotFound(registration_id.to_string()))?;
    let taken = app
        .live
        .taken(&mut conn, registration.package_version_id)
        .await?;
    if let Some(activity_id) = options.activity_id.as_ref().filter(|id| !taken.has(id)) {
        return Err(Problem::ActivityNotFound(activity_id.clone()));
    }
    if let Some(au) = cmi5::unit_named(&taken, options.activity_id.as_deref()) {
        drop(conn);
        return cmi5::launch_au(app, registration_id, &au, options).await;
    }
    let session_id = Uuid::now_v7();
    let Signed { token, expires_at } = sign(
        app,
        Audience::Launch,
        session_id,
        registration_id,
        app.config.auth.launch_life(),
    )?;
    let language = [
        options.language,
        learner.language,
        taken.package.metadata.language.clone(),
    ];
    let session = NewSession {
        id: session_id,
        registration_id,
        launch_mode: options.mode.unwrap_or_default().name(),
        activity_id: options.activity_id,
        language: Some(player_language(language.into_iter().flatten()).to_owned()),
        return_url: options.return_url,
        launch_expires_at: expires_at,
        launch_method: options.method.map(method_name),
    };
    db::sessions::insert(&mut conn, &session).await?;
    let page = match taken.package.standard {
        Standard::Cmi5 => "cmi5",
        Standard::Scorm12 | Standard::Scorm2004 => "play",
    };
    let url = format!("{}/{page}/{token}", app.config.server.player_url);
    Ok(Launch {
        url,
        session_id,
        expires_at,
        method: method_name(options.method.unwrap_or_default()),
    })
}

/// The first of the player's languages among some tags; Italian when there is none.
fn player_language(mut tags: impl Iterator<Item = String>) -> &'static str {
    let known = |tag: String| match tag.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("it") => Some("it"),
        Some("en") => Some("en"),
        _ => None,
    };
    tags.find_map(known).unwrap_or("it")
}

fn sign(
    app: &App,
    audience: Audience,
    session_id: Uuid,
    registration: Uuid,
    life: TimeDelta,
) -> Result<Signed> {
    let signed = app
        .keys
        .sign(audience, &session_id.to_string(), life, Of { registration });
    signed.map_err(Problem::Internal)
}

/// A token for a session under way.
///
/// # Errors
/// When it cannot be signed.
pub(crate) fn player_token(app: &App, session_id: Uuid, registration: Uuid) -> Result<Signed> {
    let life = app.config.auth.player_life();
    sign(app, Audience::Player, session_id, registration, life)
}

/// Session ids tell when they were made (UUIDv7).
fn is_too_old(session_id: Uuid) -> bool {
    let made = session_id
        .get_timestamp()
        .map_or(0, |made| made.to_unix().0);
    let age = Utc::now().timestamp() - i64::try_from(made).unwrap_or(i64::MAX);
    age > LONGEST_SESSION.num_seconds()
}

/// A new token when the one used is in the second half of its life.
///
/// # Errors
/// When it cannot be signed.
pub(crate) fn renewal(app: &App, claims: &Claims<Of>) -> Result<Option<String>> {
    let left = claims.exp - Utc::now().timestamp();
    let session_id = subject(claims)?;
    let life = app.config.auth.player_life();
    if left > life.num_seconds() / 2 || is_too_old(session_id) {
        return Ok(None);
    }
    Ok(Some(
        player_token(app, session_id, claims.extra.registration)?.token,
    ))
}

/// A new token for one that may have expired lately, while its session is live.
///
/// # Errors
/// When the token is not good any more, or the session is closed.
pub(crate) async fn renew(app: &App, token: &str) -> Result<Signed> {
    let claims = app
        .keys
        .verify_stale::<Of>(Audience::Player, token, RENEWAL_GRACE)
        .await
        .map_err(|error| Problem::Unauthorized(format!("{error}; launch again")))?;
    let session_id = subject(&claims)?;
    if is_too_old(session_id) {
        let days = LONGEST_SESSION.num_days();
        let detail = format!("the session was launched more than {days} days ago; launch again");
        return Err(Problem::Unauthorized(detail));
    }
    let session = db::sessions::find(&mut *app.db.get().await?, session_id)
        .await
        .map_err(unavailable)?
        .ok_or_else(|| Problem::SessionNotFound(session_id.to_string()))?;
    match session.end_reason.as_deref() {
        None | Some("ended" | "suspended") => {
            player_token(app, session_id, claims.extra.registration)
        }
        reason => Err(batch::closed(reason)),
    }
}

/// The session that a token is for.
///
/// # Errors
/// When it names none.
pub(crate) fn subject(claims: &Claims<Of>) -> Result<Uuid> {
    let subject = claims.sub.parse();
    subject.map_err(|_| Problem::Unauthorized("the token names no session".into()))
}

/// Ends a session from outside; what is under way is suspended. A session that has ended stays as it is.
///
/// # Errors
/// When there is no such session or the database fails.
pub(crate) async fn abandon(app: &App, session_id: Uuid) -> Result<()> {
    if cmi5::abandon(app, session_id).await? {
        return Ok(());
    }
    let no_session = || Problem::SessionNotFound(session_id.to_string());
    let found = db::sessions::find(&mut *app.db.get().await?, session_id).await?;
    let session = found.ok_or_else(no_session)?;
    let mut slot = app.live.lock(session.registration_id).await;
    for _ in 0..TRIES {
        *slot = None;
        let held = Held::load(app, session.registration_id).await?;
        let mut conn = app.db.get().await?;
        let is_live = held
            .current
            .as_ref()
            .is_some_and(|current| current.id == session_id && current.end_reason.is_none());
        let closing = is_live.then(|| batch::closing(session.registration_id, &held, "abandoned"));
        let Some((_, closing)) = closing.flatten() else {
            db::sessions::end(&mut conn, session_id, "abandoned").await?;
            return Ok(());
        };
        if closing.save(&mut conn).await.map_err(unavailable)? {
            app.unstated.note(session_id);
            return Ok(());
        }
    }
    Err(busy())
}

/// Begins a new attempt from nothing; what there was is kept, a live session ends.
///
/// # Errors
/// When there is no such registration or the database fails.
pub(crate) async fn reset(app: &App, registration_id: Uuid) -> Result<()> {
    if is_of_cmi5(app, registration_id).await? {
        // What a unit stated counts for its whole registration (9.3.0.0-6): only another begins anew.
        return Err(Problem::Conflict(
            "a cmi5 registration is one run through its course; register the learner again".into(),
        ));
    }
    let mut slot = app.live.lock(registration_id).await;
    for _ in 0..TRIES {
        *slot = None;
        let held = Held::load(app, registration_id).await?;
        let mut conn = app.db.get().await?;
        let done = conn
            .transaction::<_, diesel::result::Error, _>(async |conn| {
                let revision = match open_session(&held) {
                    Some(_) => match batch::closing(registration_id, &held, "reset") {
                        Some((_, closing)) if !closing.save(conn).await? => return Ok(false),
                        Some(_) => held.revision + 1,
                        None => held.revision,
                    },
                    None => held.revision,
                };
                db::sessions::end_all(conn, registration_id, "reset").await?;
                db::registrations::reset(conn, registration_id, revision).await
            })
            .await
            .map_err(unavailable)?;
        if done {
            if let Some(current) = &held.current {
                app.unstated.note(current.id);
            }
            return Ok(());
        }
    }
    Err(busy())
}

/// Waives an activity for a learner: it counts as completed and passed from now on, and opens what
/// waits for it from the next session on.
///
/// # Errors
/// When there is no such registration or the database fails.
pub(crate) async fn waive(
    app: &App,
    registration_id: Uuid,
    activity_id: &str,
    reason: &str,
    by: &str,
) -> Result<()> {
    if is_of_cmi5(app, registration_id).await? {
        return cmi5::waive(app, registration_id, activity_id, reason, by).await;
    }
    let mut slot = app.live.lock(registration_id).await;
    for _ in 0..TRIES {
        *slot = None;
        let mut held = Held::load(app, registration_id).await?;
        if !held.waived.iter().any(|waived| waived == activity_id) {
            held.waived.push(activity_id.to_owned());
        }
        let progress = match &held.engine {
            Some(engine) => engine.progress_waiving(&held.waived),
            None => held.taken.waiving(&held.waived)?,
        };
        let reached = batch::reached(&progress, held.past_attempts);
        let progress = batch::json(&progress);
        let mut conn = app.db.get().await?;
        let written = conn
            .transaction::<_, diesel::result::Error, _>(async |conn| {
                db::registrations::waive(conn, registration_id, activity_id, reason, by).await?;
                let revision = held.revision;
                db::registrations::reach(conn, registration_id, revision, &progress, &reached).await
            })
            .await
            .map_err(unavailable)?;
        if written {
            return Ok(());
        }
    }
    Err(busy())
}

/// Whether a registration is of a cmi5 package: its rules are not the engine's.
async fn is_of_cmi5(app: &App, registration_id: Uuid) -> Result<bool> {
    let mut conn = app.db.get().await?;
    let found = db::registrations::find(&mut conn, registration_id).await?;
    let Some((registration, ..)) = found else {
        return Ok(false);
    };
    let version_id = registration.package_version_id;
    let taken = app.live.taken(&mut conn, version_id).await?;
    Ok(taken.package.standard == Standard::Cmi5)
}

/// The session under way, when there is one.
fn open_session(held: &Held) -> Option<Uuid> {
    let current = held.current.as_ref()?;
    current.end_reason.is_none().then_some(current.id)
}

/// Forgets a registration that is gone.
pub(crate) async fn forget(app: &App, registration_id: Uuid) {
    *app.live.lock(registration_id).await = None;
}

fn busy() -> Problem {
    Problem::Unavailable("the registration is being written by others; try again".into())
}

/// A database that fails while work is saved: nothing was changed, and the same request may come again.
#[expect(
    clippy::needless_pass_by_value,
    reason = "`map_err(unavailable)` hands the error over"
)]
fn unavailable(error: diesel::result::Error) -> Problem {
    tracing::error!(error = format!("{error:#}"), "the database failed");
    Problem::Unavailable(
        "the database does not answer; nothing was changed, try again in a moment".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_launch_mode_is_known_in_any_case() {
        assert_eq!(LaunchMode::named("REVIEW"), Some(LaunchMode::Review));
        assert_eq!(LaunchMode::named("Normal"), Some(LaunchMode::Normal));
        assert_eq!(LaunchMode::named("preview"), None);
    }

    #[test]
    fn the_player_speaks_the_first_language_it_knows() {
        let tags = ["de", "en-GB", "it"].map(str::to_owned);
        assert_eq!(player_language(tags.into_iter()), "en");
        assert_eq!(player_language(std::iter::empty()), "it");
    }

    #[test]
    fn a_session_of_long_ago_gets_no_token() {
        use uuid::{NoContext, Timestamp};
        let now = u64::try_from(Utc::now().timestamp()).unwrap();
        let made =
            |days: u64| Uuid::new_v7(Timestamp::from_unix(NoContext, now - days * 86_400, 0));
        assert!(!is_too_old(made(0)) && !is_too_old(made(29)));
        assert!(is_too_old(made(31)) && is_too_old(Uuid::nil()));
    }
}
