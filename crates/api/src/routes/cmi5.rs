//! cmi5: the fetch URL for units, wherever they come from, and what the course's page asks.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{Method, header},
    web,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    app::App,
    auth::{Audience, Claims},
    cmi5::{self, Fetched},
    delivery::{self, Of},
    problem::{Problem, Result},
    wire,
};

use super::address::at;
use super::cors::allow_any_origin;
use super::play::{launched, verified};

/// Adds the routes of the app's origin.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route("/cmi5/fetch/{key}", web::to(fetch));
}

/// Adds the routes of the player's origin: what the course's page asks, with the launch's token or
/// the session's.
pub(crate) fn configure_player(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::scope("/cmi5/api")
            .service(at("/start").post(start))
            .service(at("/resume").post(resume))
            .service(at("/relaunch").post(relaunch))
            .service(at("/progress").post(progress))
            .service(at("/inspect").post(inspect))
            .service(at("/launch").post(launch))
            .service(at("/end").post(end)),
    );
}

/// Gives a session's token, once. A refusal is an answer too: status 200 with an error code (8.2.2.0-3,
/// 8.2.3.2-1).
async fn fetch(app: web::Data<App>, request: HttpRequest, key: web::Path<String>) -> HttpResponse {
    match *request.method() {
        Method::POST => {}
        Method::OPTIONS => return with_cors(&request, HttpResponse::NoContent().finish()),
        _ => {
            let taken = [Method::POST, Method::OPTIONS];
            return Problem::method_not_allowed(&taken).error_response();
        }
    }
    let refused = |code: &str, text: &str| json!({ "error-code": code, "error-text": text });
    let answer = match cmi5::fetch(&app, &key).await {
        Ok(Fetched::Token(token)) => json!({ "auth-token": token }),
        Ok(Fetched::Used) => refused(
            "1",
            "the token was given out already, or the session is over; launch again",
        ),
        Ok(Fetched::Unknown) => refused("2", "no session has this address; launch again"),
        Err(problem) => {
            tracing::error!(error = problem.detail(), "a token could not be given out");
            refused("3", "the server could not give out the token; try again")
        }
    };
    let answer = HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(answer);
    with_cors(&request, answer)
}

/// Units lie on any origin.
fn with_cors(request: &HttpRequest, mut answer: HttpResponse) -> HttpResponse {
    let headers = answer.headers_mut();
    allow_any_origin(request, headers);
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "*, Authorization, Content-Type",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    answer
}

/// Starts the course's page.
async fn start(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    let claims = launched(&app, &request).await?;
    Ok(HttpResponse::Ok().json(cmi5::start(&app, &claims).await?))
}

/// The page was loaded again in the same tab.
async fn resume(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    let claims = verified(&app, Audience::Player, &request).await?;
    Ok(HttpResponse::Ok().json(cmi5::resume(&app, &claims).await?))
}

/// A new link for the same course: "Riprendi".
async fn relaunch(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    let claims = verified(&app, Audience::Player, &request).await?;
    let launch = delivery::relaunch(&app, delivery::subject(&claims)?).await?;
    Ok(HttpResponse::Ok().json(json!({ "url": launch.url })))
}

/// What is reached by now, and which unit is open.
async fn progress(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    let claims = verified(&app, Audience::Player, &request).await?;
    Ok(HttpResponse::Ok().json(cmi5::standing(&app, &claims).await?))
}

/// What is behind a preview.
async fn inspect(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    let claims = verified(&app, Audience::Player, &request).await?;
    Ok(HttpResponse::Ok().json(cmi5::inspect(&app, &claims).await?))
}

/// Which unit.
#[derive(Deserialize)]
struct Launch {
    activity_id: String,
}

/// Launches a unit from the course's page.
async fn launch(
    app: web::Data<App>,
    request: HttpRequest,
    body: wire::body::Body,
) -> Result<HttpResponse> {
    let claims: Claims<Of> = verified(&app, Audience::Player, &request).await?;
    let body: Launch = wire::body::read(body)?;
    let launch = cmi5::launch_from_page(&app, &claims, &body.activity_id).await?;
    Ok(HttpResponse::Ok().json(json!({
        "url": launch.url,
        "session_id": launch.session_id,
        "launch_method": launch.method,
    })))
}

/// How the page ends.
#[derive(Deserialize)]
struct End {
    /// The unit's session that is left with it.
    session_id: Option<Uuid>,
    #[serde(default)]
    suspended: bool,
}

/// The learner leaves the course's page; a unit that did not say so is abandoned.
async fn end(
    app: web::Data<App>,
    request: HttpRequest,
    body: wire::body::Body,
) -> Result<HttpResponse> {
    let claims: Claims<Of> = verified(&app, Audience::Player, &request).await?;
    let body: End = wire::body::read(body)?;
    cmi5::end(&app, &claims, body.session_id, body.suspended).await?;
    Ok(HttpResponse::NoContent().finish())
}
