//! `/api/v1/registrations/{id}/sessions` and `/api/v1/sessions/{id}`: openings of the player, and
//! every step in them.

use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::address::at;
use super::registrations::{registration_id, visible};
use crate::{
    app::App,
    auth::{Caller, Scope},
    db::{self, sessions::Session},
    delivery,
    problem::{Problem, Result},
    wire::session::{LogDocument, SessionDocument},
};

/// Lines of a log on a page, unless asked otherwise.
const LINES: i64 = 1000;
/// Lines of a log on a page, at most.
const MOST_LINES: i64 = 10_000;

/// This file's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(list, log, abandon))]
pub(crate) struct Api;

/// Adds the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/api/v1/registrations/{id}/sessions").get(list))
        .service(at("/api/v1/registrations/{id}/sessions/{session_id}/log").get(log))
        .service(at("/api/v1/sessions/{id}/log").get(log_of))
        .service(at("/api/v1/sessions/{id}/abandon").post(abandon));
}

/// Sessions of a registration.
#[derive(Serialize, ToSchema)]
struct SessionList {
    /// The latest first.
    items: Vec<SessionDocument>,
    /// Always null: there is one page.
    next_cursor: Option<String>,
}

/// Sessions of a registration, the latest first.
#[utoipa::path(
    get, path = "/api/v1/registrations/{id}/sessions", tag = "sessions", params(("id" = Uuid, Path)),
    responses((status = 200, body = SessionList), (status = 404, description = "No such registration")),
)]
async fn list(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<SessionList>> {
    let (registration, ..) = visible(&app, &caller, registration_id(&id)?).await?;
    let sessions =
        db::sessions::of_registration(&mut *app.db.get().await?, registration.id).await?;
    let items = sessions.into_iter().map(SessionDocument::from).collect();
    Ok(web::Json(SessionList {
        items,
        next_cursor: None,
    }))
}

/// Which lines of a log.
#[derive(Deserialize, IntoParams)]
struct LogPage {
    /// How many, 1 to 10,000; 1,000 when unsaid.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<i64>,
}

/// A session's log.
#[derive(Serialize, ToSchema)]
struct SessionLog {
    session: SessionDocument,
    /// In order.
    items: Vec<LogDocument>,
    /// Asks for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Every run-time call that changed something or failed, and what navigation it caused.
#[utoipa::path(
    get, path = "/api/v1/registrations/{id}/sessions/{session_id}/log", tag = "sessions",
    params(("id" = Uuid, Path), ("session_id" = Uuid, Path), LogPage),
    responses((status = 200, body = SessionLog), (status = 404, description = "No such session")),
)]
async fn log(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String)>,
    page: web::Query<LogPage>,
) -> Result<web::Json<SessionLog>> {
    let (id, session_id) = path.into_inner();
    let session = session(&app, &session_id).await?;
    if session.registration_id != registration_id(&id)? {
        return Err(Problem::SessionNotFound(session_id));
    }
    log_page(&app, &caller, session, &page).await
}

/// The same by the session's id alone.
async fn log_of(
    app: web::Data<App>,
    caller: Caller,
    session_id: web::Path<String>,
    page: web::Query<LogPage>,
) -> Result<web::Json<SessionLog>> {
    let session = session(&app, &session_id).await?;
    log_page(&app, &caller, session, &page).await
}

async fn log_page(
    app: &App,
    caller: &Caller,
    session: Session,
    page: &LogPage,
) -> Result<web::Json<SessionLog>> {
    visible(app, caller, session.registration_id).await?;
    let limit = page.limit.unwrap_or(LINES).clamp(1, MOST_LINES);
    let after = page.cursor.unwrap_or(0);
    let mut conn = app.db.get().await?;
    let mut lines = db::journal::lines(&mut conn, session.id, after, limit + 1).await?;
    let more = i64::try_from(lines.len()).is_ok_and(|count| count > limit);
    if more {
        lines.pop();
    }
    let next_cursor = lines
        .last()
        .filter(|_| more)
        .map(|line| line.number.to_string());
    let items = lines.into_iter().map(LogDocument::from).collect();
    Ok(web::Json(SessionLog {
        session: session.into(),
        items,
        next_cursor,
    }))
}

/// End a session from outside; what is under way is suspended.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/abandon", tag = "sessions", params(("id" = Uuid, Path)),
    responses((status = 200, body = SessionDocument), (status = 404, description = "No such session")),
)]
async fn abandon(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<SessionDocument>> {
    caller.require(Scope::RegistrationsWrite)?;
    let found = session(&app, &id).await?;
    delivery::abandon(&app, found.id).await?;
    Ok(web::Json(session(&app, &id).await?.into()))
}

/// Whatever is no UUID names no session.
async fn session(app: &App, id: &str) -> Result<Session> {
    let no_session = || Problem::SessionNotFound(id.to_owned());
    let session_id: Uuid = id.parse().map_err(|_| no_session())?;
    let found = db::sessions::find(&mut *app.db.get().await?, session_id).await?;
    found.ok_or_else(no_session)
}
