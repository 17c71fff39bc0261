//! `/play/api/*`: what the player's page asks, with the launch's token or the session's.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::address::at;
use crate::{
    app::App,
    auth::{Audience, Claims, TokenError},
    delivery::{self, Boot, Entry, Kept, KeptLine, Of, Posted},
    problem::{Problem, Result},
    wire,
};

/// Largest body of a batch, in bytes. The page sends far less at a time, but for one value of 1 MiB, which JSON
/// may write with six bytes for each.
const BATCH_BYTES: usize = 8 << 20;

/// Adds the routes; for the player's listener only.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::scope("/play/api")
            .app_data(web::PayloadConfig::new(BATCH_BYTES))
            .service(at("/start").post(start))
            .service(at("/resume").post(resume))
            .service(at("/relaunch").post(relaunch))
            .service(at("/journal").post(journal))
            .service(at("/token").post(token)),
    );
}

/// What a page says when it starts a session.
#[derive(Default, Deserialize)]
struct StartBody {
    /// The page's own; with the same one the start may be asked for again.
    nonce: Option<Uuid>,
}

/// Starts the session that a launch link is for.
async fn start(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<web::Json<Boot>> {
    let claims = launched(&app, &request).await?;
    let body: StartBody = match body.is_empty() {
        true => StartBody::default(),
        false => serde_json::from_slice(&body).map_err(|error| {
            Problem::BadRequest(format!("the body is not what a page sends: {error}"))
        })?,
    };
    Ok(web::Json(delivery::start(&app, &claims, body.nonce).await?))
}

/// Takes up a session in the same tab.
async fn resume(app: web::Data<App>, request: HttpRequest) -> Result<web::Json<Boot>> {
    let claims = verified(&app, Audience::Player, &request).await?;
    Ok(web::Json(delivery::resume(&app, &claims).await?))
}

/// A new link for what a session was launched for: "Riprendi" on the page of a suspended session.
async fn relaunch(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    let claims = verified(&app, Audience::Player, &request).await?;
    let session_id = claims.sub.parse().map_err(|_| {
        Problem::Unauthorized("the token names no session; launch again".to_owned())
    })?;
    let launch = delivery::relaunch(&app, session_id).await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "url": launch.url })))
}

/// A batch of the journal.
#[derive(Deserialize)]
struct BatchBody {
    session_id: Uuid,
    #[serde(default)]
    entries: Vec<Entry>,
    #[serde(default)]
    active_ms: f64,
    #[serde(default)]
    wall_ms: f64,
    /// What lay on the device, with the code of each line.
    #[serde(default)]
    kept: Vec<KeptLine>,
    /// Whether the page is going: it sends nothing twice then, and not always in order.
    #[serde(default)]
    last: bool,
}

/// What is saved.
#[derive(Serialize)]
struct Receipt {
    acknowledged: i64,
    saved_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// Kept lines that are not the session's own, and were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    forged: Option<usize>,
}

/// Takes a batch of the journal: of the token's session, or of an earlier one of its registration.
async fn journal(
    app: web::Data<App>,
    request: HttpRequest,
    body: wire::body::Body,
) -> Result<web::Json<Receipt>> {
    let claims = match verified(&app, Audience::Player, &request).await {
        Ok(claims) => claims,
        Err(refused) => verified(&app, Audience::Launch, &request)
            .await
            .map_err(|_| refused)?,
    };
    let body: BatchBody = wire::body::read(body)?;
    let posted = Posted {
        session_id: body.session_id,
        entries: body.entries,
        active_ms: milliseconds(body.active_ms),
        wall_ms: milliseconds(body.wall_ms),
    };
    let registration_id = claims.extra.registration;
    // A link is good for one start; after that its session's page has a token of its own.
    let is_own = claims.aud == "player" && claims.sub.parse() == Ok(posted.session_id);
    let (posted, forged) = if is_own && body.kept.is_empty() {
        (posted, None)
    } else {
        let kept = Kept::read(&app, registration_id, &body.kept, posted).await?;
        (kept.posted, (kept.forged > 0).then_some(kept.forged))
    };
    let acknowledged = match body.last {
        true => delivery::accept_last(&app, registration_id, &posted).await?,
        false => delivery::accept(&app, registration_id, &posted).await?,
    };
    let token = if is_own {
        delivery::renewal(&app, &claims)?
    } else {
        None
    };
    let saved_at = wire::time(chrono::Utc::now());
    Ok(web::Json(Receipt {
        acknowledged,
        saved_at,
        token,
        forged,
    }))
}

/// The page's clock counts in doubles.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "negative and absurd times become 0 and the largest, and are bounded where they are kept"
)]
fn milliseconds(ms: f64) -> u64 {
    ms as u64
}

/// Renews a session's token.
async fn token(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    let signed = delivery::renew(&app, bearer(&request)?).await?;
    let expires_at = wire::time(signed.expires_at);
    Ok(HttpResponse::Ok()
        .json(serde_json::json!({ "token": signed.token, "expires_at": expires_at })))
}

/// The claims of a launch link. One that has expired says where the learner goes back to.
///
/// # Errors
/// When there is none that is good, or the database fails.
pub(super) async fn launched(app: &App, request: &HttpRequest) -> Result<Claims<Of>> {
    match verified(app, Audience::Launch, request).await {
        Err(Problem::LinkExpired(_)) => Err(delivery::expired(app, bearer(request)?).await?),
        claims => claims,
    }
}

/// The claims of a request's bearer token.
///
/// # Errors
/// When there is none that is good for this.
pub(super) async fn verified(
    app: &App,
    audience: Audience,
    request: &HttpRequest,
) -> Result<Claims<Of>> {
    let claims = app.keys.verify(audience, bearer(request)?).await;
    claims.map_err(|error| match (error, audience) {
        (TokenError::Expired, Audience::Launch) => Problem::LinkExpired(None),
        _ => Problem::Unauthorized(format!("{error}; renew it, or launch again")),
    })
}

fn bearer(request: &HttpRequest) -> Result<&str> {
    let header = request.headers().get(header::AUTHORIZATION);
    header
        .and_then(|value| value.to_str().ok()?.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| Problem::Unauthorized("send `Authorization: Bearer <token>`".into()))
}
