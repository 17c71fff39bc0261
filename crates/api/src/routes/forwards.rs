//! `/api/v1/forwards`: other record stores that statements are sent on to.

use actix_web::{HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::address::at;
use crate::{
    app::App,
    auth::{Caller, Scope},
    db::lrs::forward::{self as db, Forward},
    forwarding::keep::{changed, known, made, none, removed, replayed},
    problem::Result,
    wire::{self, time},
    xapi::Version,
};

/// Refusals that are shown.
const REFUSED: i64 = 50;

/// This file's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, change, delete, refused, replay))]
pub(crate) struct Api;

/// Adds the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::scope("/api/v1/forwards")
            .service(at("").get(list).post(create))
            .service(at("/{id}").get(get).put(change).delete(delete))
            .service(at("/{id}/refused").get(refused))
            .service(at("/{id}/replay").post(replay)),
    );
}

/// Another store to send statements on to.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ForwardBody {
    /// Its xAPI endpoint, https, without `/statements`.
    pub(crate) url: String,
    /// What it is for, in words.
    #[serde(default)]
    pub(crate) description: String,
    /// `1.0.3` (when unsaid) or `2.0.0`.
    #[serde(default = "version")]
    pub(crate) version: String,
    /// Name of the basic credentials it gave us.
    pub(crate) username: String,
    /// Their password: needed when it is made; unsaid later, it stays. Never shown.
    pub(crate) password: Option<String>,
    /// Verbs to send on, IRIs; empty for all.
    #[serde(default)]
    pub(crate) verbs: Vec<String>,
    /// Beginnings of activity ids to send on, as object, parent or grouping; empty for all.
    #[serde(default)]
    pub(crate) activities: Vec<String>,
    /// `own`: what this server and its units say. `sent`: what API clients sent. `all`, as when unsaid.
    #[serde(default = "origin")]
    pub(crate) origin: String,
    /// False pauses it: statements go on waiting. True, as when unsaid, sends what waits.
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
    /// When it is made: what was stored from this moment on is sent, too. Unsaid, only what comes.
    pub(crate) since: Option<DateTime<Utc>>,
}

fn version() -> String {
    Version::V1.name().to_owned()
}

fn origin() -> String {
    "all".to_owned()
}

fn yes() -> bool {
    true
}

/// Another store, and how it goes.
#[derive(Serialize, ToSchema)]
struct ForwardDocument {
    id: Uuid,
    url: String,
    description: String,
    version: String,
    username: String,
    verbs: Vec<String>,
    activities: Vec<String>,
    origin: String,
    enabled: bool,
    disabled_at: Option<String>,
    /// Statements that wait; the filter has not looked at them yet.
    waiting: i64,
    /// Statements that it refused for good: `GET …/refused` lists them.
    refused: i64,
    /// Statements that have arrived.
    forwarded: i64,
    last_forwarded_at: Option<String>,
    /// Tries since something last arrived; 0 when all is well.
    tries: i32,
    /// Not before; null when nothing failed.
    next_try_at: Option<String>,
    /// HTTP status of the last try, when it failed.
    status: Option<i32>,
    /// Why there was no answer.
    error: Option<String>,
    /// The first kilobyte of the answer's body.
    response: Option<String>,
    created_at: String,
}

impl From<Forward> for ForwardDocument {
    fn from(forward: Forward) -> Self {
        Self {
            id: forward.id,
            url: forward.url,
            description: forward.description,
            version: forward.version,
            username: forward.username,
            verbs: forward.verbs,
            activities: forward.activities,
            origin: forward.origin,
            enabled: forward.disabled_at.is_none(),
            disabled_at: forward.disabled_at.map(time),
            waiting: forward.waiting,
            refused: forward.refused,
            forwarded: forward.forwarded,
            last_forwarded_at: forward.forwarded_at.map(time),
            tries: forward.tries,
            next_try_at: (forward.tries > 0).then(|| time(forward.next_at)),
            status: forward.status,
            error: forward.error,
            response: forward.response,
            created_at: time(forward.created_at),
        }
    }
}

/// List the stores that statements are sent on to, the newest first.
#[utoipa::path(
    get, path = "/api/v1/forwards", tag = "forwards",
    responses((status = 200, body = Vec<ForwardDocument>)),
)]
async fn list(app: web::Data<App>, caller: Caller) -> Result<web::Json<Vec<ForwardDocument>>> {
    caller.require(Scope::Admin)?;
    let all = db::all(&mut *app.db.get().await?).await?;
    Ok(web::Json(
        all.into_iter().map(ForwardDocument::from).collect(),
    ))
}

/// Send statements on to another store.
#[utoipa::path(
    post, path = "/api/v1/forwards", tag = "forwards", request_body = ForwardBody,
    responses(
        (status = 201, body = ForwardDocument),
        (status = 422, description = "A value is not accepted"),
    ),
)]
async fn create(
    app: web::Data<App>,
    caller: Caller,
    body: wire::body::Body,
) -> Result<HttpResponse> {
    caller.require(Scope::Admin)?;
    let body: ForwardBody = wire::body::read(body)?;
    let id = made(&app, (&caller).into(), &caller.name, &body).await?;
    let forward = known(&mut *app.db.get().await?, id).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/forwards/{id}")))
        .json(ForwardDocument::from(forward)))
}

/// One of them.
#[utoipa::path(
    get, path = "/api/v1/forwards/{id}", tag = "forwards", params(("id" = Uuid, Path)),
    responses((status = 200, body = ForwardDocument), (status = 404, description = "No such store")),
)]
async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<ForwardDocument>> {
    caller.require(Scope::Admin)?;
    let found = known(&mut *app.db.get().await?, id_of(&id)?).await?;
    Ok(web::Json(found.into()))
}

/// Change it, pause it or start it again; what waits is tried at once.
#[utoipa::path(
    put, path = "/api/v1/forwards/{id}", tag = "forwards", params(("id" = Uuid, Path)),
    request_body = ForwardBody,
    responses(
        (status = 200, body = ForwardDocument),
        (status = 404, description = "No such store"),
        (status = 422, description = "A value is not accepted"),
    ),
)]
async fn change(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: wire::body::Body,
) -> Result<web::Json<ForwardDocument>> {
    caller.require(Scope::Admin)?;
    let id = id_of(&id)?;
    changed(&app, (&caller).into(), id, &wire::body::read(body)?).await?;
    let found = known(&mut *app.db.get().await?, id).await?;
    Ok(web::Json(found.into()))
}

/// Send nothing on to it any more; what waits for it is forgotten.
#[utoipa::path(
    delete, path = "/api/v1/forwards/{id}", tag = "forwards", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Removed"), (status = 404, description = "No such store")),
)]
async fn delete(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    caller.require(Scope::Admin)?;
    removed(&app, (&caller).into(), id_of(&id)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A statement that the other store refused.
#[derive(Serialize, ToSchema)]
struct RefusedDocument {
    /// The statement.
    statement_id: Uuid,
    refused_at: String,
    /// HTTP status of the answer.
    status: Option<i32>,
    /// The first kilobyte of its body.
    response: Option<String>,
}

/// List what it refused for good, the latest 50.
#[utoipa::path(
    get, path = "/api/v1/forwards/{id}/refused", tag = "forwards", params(("id" = Uuid, Path)),
    responses((status = 200, body = Vec<RefusedDocument>), (status = 404, description = "No such store")),
)]
async fn refused(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<Vec<RefusedDocument>>> {
    caller.require(Scope::Admin)?;
    let mut conn = app.db.get().await?;
    let id = known(&mut conn, id_of(&id)?).await?.id;
    let refused = db::refused(&mut conn, id, REFUSED).await?;
    let refused = refused.into_iter().map(|refused| RefusedDocument {
        statement_id: refused.id,
        refused_at: time(refused.at),
        status: refused.status,
        response: refused.response,
    });
    Ok(web::Json(refused.collect()))
}

/// What is sent again.
#[derive(Deserialize, ToSchema)]
struct ReplayBody {
    /// What was stored from this moment on; unsaid, what was refused.
    since: Option<DateTime<Utc>>,
}

/// How much is sent again.
#[derive(Serialize, ToSchema)]
struct SentAgain {
    replayed: usize,
}

/// Send again: what it refused, or all since a moment. A store that has a statement keeps the one it has.
#[utoipa::path(
    post, path = "/api/v1/forwards/{id}/replay", tag = "forwards", params(("id" = Uuid, Path)),
    request_body = ReplayBody,
    responses((status = 202, body = SentAgain), (status = 404, description = "No such store")),
)]
async fn replay(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: wire::body::Body,
) -> Result<HttpResponse> {
    caller.require(Scope::Admin)?;
    let id = id_of(&id)?;
    let body: ReplayBody = wire::body::read(body)?;
    let replayed = replayed(&app, (&caller).into(), id, body.since).await?;
    Ok(HttpResponse::Accepted().json(SentAgain { replayed }))
}

/// Whatever is no UUID names none.
fn id_of(id: &str) -> Result<Uuid> {
    id.parse().map_err(|_| none(id))
}
