//! The course's page: one session of ours around the units' own, with the tree of what is reached.

use chrono::{TimeDelta, Utc};
use percorso_tracker::{cmi5::Session, session::Progress};
use serde::Serialize;
use uuid::Uuid;

use super::launch::{abandon, launch_au};
use crate::{
    app::App,
    auth::Claims,
    db::{self, sessions::Session as Stored},
    delivery::{self, Launch, LaunchMode, LaunchOptions, Of},
    problem::{Problem, Result},
    wire::{self, progress::ActivityProgressDocument},
};

/// Everything the course's page needs.
#[derive(Debug, Serialize)]
pub(crate) struct PageBoot {
    session_id: Uuid,
    registration_id: Uuid,
    /// The page's token.
    token: String,
    expires_at: String,
    title: String,
    /// `it` or `en`.
    language: String,
    return_url: String,
    /// An author's preview: the page shows what is behind the course.
    preview: bool,
    #[serde(flatten)]
    standing: PageStanding,
}

/// What is reached.
#[derive(Debug, Serialize)]
pub(crate) struct PageStanding {
    /// The course and all below it.
    activities: ActivityProgressDocument,
    /// `completed`, `incomplete`, `not_attempted` or `unknown`.
    completion: String,
    /// The unit whose session is open.
    open: Option<Open>,
    /// A new token, when the one used is getting old.
    #[serde(skip_serializing_if = "Option::is_none")]
    renewed: Option<String>,
}

/// A unit's open session.
#[derive(Debug, Serialize)]
struct Open {
    session_id: Uuid,
    activity_id: String,
    /// The unit has stated initialized.
    begun: bool,
}

/// Uses a launch link.
///
/// # Errors
/// When it was used or has expired, or the database fails.
pub(crate) async fn start(app: &App, claims: &Claims<Of>) -> Result<PageBoot> {
    let stored = stored(app, delivery::subject(claims)?).await?;
    if stored.launch_expires_at < Utc::now() {
        return Err(Problem::LinkExpired(Some(delivery::way_back(app, &stored))));
    }
    let begin = serde_json::json!({ "standard": "cmi5" });
    let mut conn = app.db.get().await?;
    if !db::sessions::start_page(&mut conn, stored.id, &begin).await? {
        return Err(Problem::LinkUsed(Some(delivery::way_back(app, &stored))));
    }
    drop(conn);
    super::begin(app, stored.registration_id).await?;
    boot(app, &stored).await
}

/// Takes up a page in the same tab.
///
/// # Errors
/// When the session is over, or the database fails.
pub(crate) async fn resume(app: &App, claims: &Claims<Of>) -> Result<PageBoot> {
    let stored = live(app, claims).await?;
    boot(app, &stored).await
}

async fn boot(app: &App, stored: &Stored) -> Result<PageBoot> {
    let signed = delivery::player_token(app, stored.id, stored.registration_id)?;
    let standing = standing_of(app, stored.registration_id).await?;
    let mut conn = app.db.get().await?;
    let whole = db::registrations::standing(&mut conn, stored.registration_id).await?;
    Ok(PageBoot {
        preview: whole.is_some_and(|whole| whole.preview),
        session_id: stored.id,
        registration_id: stored.registration_id,
        token: signed.token,
        expires_at: wire::time(signed.expires_at),
        title: standing.0,
        language: stored.language.clone().unwrap_or_else(|| "it".to_owned()),
        return_url: delivery::way_back(app, stored),
        standing: standing.1,
    })
}

/// What is reached by now.
///
/// # Errors
/// When the session is over, or the database fails.
pub(crate) async fn standing(app: &App, claims: &Claims<Of>) -> Result<PageStanding> {
    let stored = live(app, claims).await?;
    let mut standing = standing_of(app, stored.registration_id).await?.1;
    standing.renewed = delivery::renewal(app, claims)?;
    Ok(standing)
}

async fn standing_of(app: &App, registration_id: Uuid) -> Result<(String, PageStanding)> {
    let mut conn = app.db.get().await?;
    let found = db::registrations::find(&mut conn, registration_id).await?;
    let (registration, ..) =
        found.ok_or_else(|| Problem::RegistrationNotFound(registration_id.to_string()))?;
    let version_id = registration.package_version_id;
    let taken = app.live.taken(&mut conn, version_id).await?;
    let stored = registration
        .progress
        .map(serde_json::from_value::<Progress>);
    let progress = stored.transpose().map_err(Problem::internal)?;
    let root = progress.map_or_else(|| taken.untouched.root.clone(), |progress| progress.root);
    let open = db::cmi5::open(&mut conn, registration_id).await?;
    let open = open.last().map(|open| -> Result<Open> {
        let session: Session =
            serde_json::from_value(open.state.clone()).map_err(Problem::internal)?;
        Ok(Open {
            session_id: open.session_id,
            begun: session.initialized_ms.is_some(),
            activity_id: session.au,
        })
    });
    let standing = PageStanding {
        activities: root.into(),
        completion: registration.completion,
        open: open.transpose()?,
        renewed: None,
    };
    Ok((taken.package.title().to_owned(), standing))
}

/// Launches a unit in the page's own mode; one that has nothing left to reach opens for review.
///
/// # Errors
/// As [`launch_au`], or when the session is over.
pub(crate) async fn launch_from_page(
    app: &App,
    claims: &Claims<Of>,
    activity_id: &str,
) -> Result<Launch> {
    let stored = live(app, claims).await?;
    let asked = LaunchMode::named(&stored.launch_mode).unwrap_or_default();
    let mode = if asked == LaunchMode::Normal && is_done(app, &stored, activity_id).await? {
        LaunchMode::Review
    } else {
        asked
    };
    let options = LaunchOptions {
        activity_id: Some(activity_id.to_owned()),
        mode: Some(mode),
        return_url: Some(format!(
            "{}/cmi5/return?{}",
            app.config.server.player_url, stored.registration_id
        )),
        language: stored.language,
        method: None,
    };
    launch_au(app, stored.registration_id, activity_id, options).await
}

/// Whether a unit has stated all that its registration takes of it.
async fn is_done(app: &App, stored: &Stored, activity_id: &str) -> Result<bool> {
    let mut conn = app.db.get().await?;
    let locked = db::cmi5::state(&mut conn, stored.registration_id).await?;
    let Some((state, version_id)) = locked else {
        return Ok(false);
    };
    let taken = app.live.taken(&mut conn, version_id).await?;
    let Some(of) = state else { return Ok(false) };
    let of: percorso_tracker::cmi5::Registration =
        serde_json::from_slice(&of).map_err(Problem::internal)?;
    let structure = taken.package.course_structure.as_ref();
    let au = structure.and_then(|structure| structure.unit(activity_id));
    Ok(au.is_some_and(|au| of.has_nothing_left(au)))
}

/// The learner leaves the page.
///
/// # Errors
/// When the database fails.
pub(crate) async fn end(
    app: &App,
    claims: &Claims<Of>,
    unit: Option<Uuid>,
    suspended: bool,
) -> Result<()> {
    let stored = stored(app, delivery::subject(claims)?).await?;
    if let Some(session_id) = unit {
        let found = db::cmi5::find(&mut *app.db.get().await?, session_id).await?;
        if found.is_some_and(|found| found.registration_id == stored.registration_id) {
            abandon(app, session_id).await?;
        }
    }
    let reason = if suspended { "suspended" } else { "ended" };
    db::sessions::end(&mut *app.db.get().await?, stored.id, reason).await?;
    Ok(())
}

async fn stored(app: &App, session_id: Uuid) -> Result<Stored> {
    let found = db::sessions::find(&mut *app.db.get().await?, session_id).await?;
    found.ok_or_else(|| Problem::SessionNotFound(session_id.to_string()))
}

/// The page's session, while it is open.
///
/// # Errors
/// When it is over, or the database fails.
pub(super) async fn live(app: &App, claims: &Claims<Of>) -> Result<Stored> {
    let stored = stored(app, delivery::subject(claims)?).await?;
    let is_old = stored.created_at < Utc::now() - TimeDelta::hours(24);
    if stored.ended_at.is_some() || is_old {
        let reason = stored.end_reason.unwrap_or_else(|| "ended".to_owned());
        return Err(Problem::SessionClosed {
            detail: "the session is over; open the course again".into(),
            reason,
        });
    }
    Ok(stored)
}
