//! A link is used: the older session ends, the engine begins a new one, the page gets all it needs.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{TimeDelta, Utc};
use diesel_async::AsyncConnection;
use percorso_package::Package;
use percorso_tracker::session::{self, Begin, Learner, Session};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Of, TRIES, batch, busy,
    live::{Current, Held},
    method_name, method_named, open_session, player_token, subject, unavailable,
};
use crate::{
    app::App,
    auth::{Audience, Claims},
    content,
    db::{self, sessions::Session as Stored},
    problem::{Problem, Result},
    wire,
};

/// How long after its end a link still tells the way back.
const KNOWN_FOR: TimeDelta = TimeDelta::days(30);

/// Everything the player's page needs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Boot {
    session_id: Uuid,
    registration_id: Uuid,
    /// The session's token.
    token: String,
    /// Until when the token is good.
    expires_at: String,
    /// The package, for the engine.
    #[schema(value_type = Object)]
    course: Package,
    /// The engine's state, base64.
    snapshot: String,
    /// Number of the next journal entry.
    next_number: i64,
    /// Where content lies, ending in `/`.
    content_base: String,
    title: String,
    /// `it` or `en`.
    language: String,
    return_url: Option<String>,
    /// Where the launch asked to begin.
    activity_id: Option<String>,
    /// `any_window` or `own_window`.
    launch_method: &'static str,
    /// Key of the codes of what the page keeps on the device, base64.
    journal_key: String,
    learner_name: String,
    active_ms: i64,
    wall_ms: i64,
    /// An author's preview: the page shows what is behind the course.
    preview: bool,
    /// What is done with videos is stated: the page tells it.
    watch_media: bool,
}

/// Uses a launch link. The page that used it, known by its nonce, gets the answer again when it was lost
/// on its way.
///
/// # Errors
/// When it was used or has expired, or the database fails.
pub(crate) async fn start(app: &App, claims: &Claims<Of>, nonce: Option<Uuid>) -> Result<Boot> {
    let (session_id, registration_id) = (subject(claims)?, claims.extra.registration);
    let stored = stored(app, session_id).await?;
    if stored.started_at.is_some() && nonce.is_some() && stored.start_nonce == nonce {
        return take_up(app, &stored).await;
    }
    if stored.started_at.is_some() || stored.ended_at.is_some() {
        return Err(Problem::LinkUsed(Some(way_back(app, &stored))));
    }
    if stored.launch_expires_at < Utc::now() {
        return Err(Problem::LinkExpired(Some(way_back(app, &stored))));
    }
    let mut slot = app.live.lock(registration_id).await;
    for _ in 0..TRIES {
        *slot = None;
        let held = Held::load(app, registration_id).await?;
        if let Some(held) = one_try(app, &stored, held, nonce).await? {
            let held = slot.insert(held);
            return boot(app, &stored, held).await;
        }
    }
    Err(busy())
}

/// What a link that has expired answers: with the way back, while its key is known.
///
/// # Errors
/// When the database fails.
pub(crate) async fn expired(app: &App, token: &str) -> Result<Problem> {
    let claims = app
        .keys
        .verify_stale::<Of>(Audience::Launch, token, KNOWN_FOR)
        .await;
    let Ok(claims) = claims else {
        return Ok(Problem::LinkExpired(None));
    };
    let stored = stored(app, subject(&claims)?).await?;
    Ok(Problem::LinkExpired(Some(way_back(app, &stored))))
}

/// The page was loaded again in the same tab: the session as it stands.
///
/// # Errors
/// When the session is closed, or the database fails.
pub(crate) async fn resume(app: &App, claims: &Claims<Of>) -> Result<Boot> {
    take_up(app, &stored(app, subject(claims)?).await?).await
}

async fn take_up(app: &App, stored: &Stored) -> Result<Boot> {
    let mut slot = app.live.lock(stored.registration_id).await;
    *slot = None;
    let held = slot.insert(Held::load(app, stored.registration_id).await?);
    match &held.current {
        Some(current) if current.id == stored.id && !current.is_closed() => {
            boot(app, stored, held).await
        }
        Some(current) if current.id == stored.id => {
            Err(batch::closed(current.end_reason.as_deref()))
        }
        _ => Err(batch::closed(Some("superseded"))),
    }
}

async fn stored(app: &App, session_id: Uuid) -> Result<Stored> {
    let found = db::sessions::find(&mut *app.db.get().await?, session_id).await;
    let found = found.map_err(unavailable)?;
    found.ok_or_else(|| Problem::SessionNotFound(session_id.to_string()))
}

/// `None` when another process wrote the registration meanwhile.
async fn one_try(
    app: &App,
    stored: &Stored,
    held: Held,
    nonce: Option<Uuid>,
) -> Result<Option<Held>> {
    let registration_id = stored.registration_id;
    let mut conn = app.db.get().await?;
    let learner = db::learners::find(&mut conn, held.learner_id)
        .await
        .map_err(unavailable)?;
    let learner = Learner {
        id: learner.key,
        name: learner.name,
        language: learner.language.unwrap_or_default(),
    };
    let closing =
        open_session(&held).and_then(|_| batch::closing(registration_id, &held, "superseded"));
    let closed = closing.as_ref().map(|(_, closing)| closing.session_id);
    let outcome = conn
        .transaction::<_, Failure, _>(async |conn| {
            let mut held = held;
            if let Some((after, closing)) = closing {
                if !closing.save(conn).await? {
                    return Ok(None);
                }
                held = after;
            }
            let globals = db::learners::globals(conn, held.learner_id).await?;
            let begin = Begin {
                learner,
                mode: mode(stored),
                globals,
                seed: rand::random(),
                waived: held.waived.clone(),
            };
            let recorded = serde_json::from_str::<Value>(&batch::json(&begin))
                .map_err(|error| Failure::Problem(Problem::internal(error)))?;
            let before = held.engine.as_ref().map(Session::snapshot);
            let engine = Session::begin(held.taken.course.clone(), before.as_deref(), begin)
                .map_err(|error| Failure::Problem(Problem::internal(error)))?;
            if !db::sessions::start(conn, stored.id, &recorded, nonce).await? {
                let back = way_back(app, stored);
                return Err(Failure::Problem(Problem::LinkUsed(Some(back))));
            }
            let state = engine.snapshot();
            if !db::registrations::begin(conn, registration_id, held.revision, &state).await? {
                return Err(Failure::Stale);
            }
            Ok(Some(Held {
                revision: held.revision + 1,
                progress: Some(engine.progress_waiving(&held.waived)),
                is_progress_saved: false,
                globals: engine.globals(),
                engine: Some(engine),
                current: Some(Current {
                    id: stored.id,
                    last_number: 0,
                    end_reason: None,
                }),
                ..held
            }))
        })
        .await;
    match outcome {
        Ok(held) => {
            if let Some(closed) = closed {
                app.unstated.note(closed);
            }
            Ok(held)
        }
        Err(Failure::Stale) => Ok(None),
        Err(Failure::Problem(problem)) => Err(problem),
        Err(Failure::Database(error)) => Err(unavailable(error)),
    }
}

/// Why a start is rolled back.
enum Failure {
    /// Another process wrote the registration meanwhile.
    Stale,
    Problem(Problem),
    Database(diesel::result::Error),
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error)
    }
}

fn mode(stored: &Stored) -> session::LaunchMode {
    match stored.launch_mode.as_str() {
        "browse" => session::LaunchMode::Browse,
        "review" => session::LaunchMode::Review,
        _ => session::LaunchMode::Normal,
    }
}

/// Where the learner goes back to: what the launch said, else the course's own page.
pub(crate) fn way_back(app: &App, stored: &Stored) -> String {
    stored.return_url.clone().unwrap_or_else(|| {
        format!(
            "{}/courses/{}",
            app.config.server.public_url, stored.registration_id
        )
    })
}

async fn boot(app: &App, stored: &Stored, held: &Held) -> Result<Boot> {
    let mut conn = app.db.get().await?;
    let learner = db::learners::find(&mut conn, held.learner_id).await;
    let learner = learner.map_err(unavailable)?;
    let journal_key =
        db::sessions::journal_key(&mut conn, stored.id, &rand::random::<[u8; 32]>()).await;
    let journal_key = journal_key.map_err(unavailable)?;
    drop(conn);
    let method = stored.launch_method.as_deref().and_then(method_named);
    let signed = player_token(app, stored.id, stored.registration_id)?;
    let engine = held.engine.as_ref();
    let engine = engine.ok_or_else(|| batch::closed(Some("reset")))?;
    let package = &held.taken.package;
    Ok(Boot {
        session_id: stored.id,
        registration_id: stored.registration_id,
        token: signed.token,
        expires_at: wire::time(signed.expires_at),
        course: package.clone(),
        snapshot: STANDARD.encode(engine.snapshot()),
        next_number: held
            .current
            .as_ref()
            .map_or(0, |current| current.last_number)
            + 1,
        content_base: content::signed_base(app, held.version_id),
        title: package.title().to_owned(),
        language: stored.language.clone().unwrap_or_else(|| "it".to_owned()),
        return_url: Some(way_back(app, stored)),
        activity_id: stored.activity_id.clone(),
        launch_method: method_name(method.unwrap_or_default()),
        journal_key: STANDARD.encode(journal_key),
        learner_name: learner.name,
        active_ms: stored.active_ms,
        wall_ms: stored.wall_ms,
        preview: held.preview,
        watch_media: app.config.own_statements
            && !held.preview
            && mode(stored) == session::LaunchMode::Normal,
    })
}
