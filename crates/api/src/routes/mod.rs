//! Every address of the two origins. A file for each resource; each has its own `configure`.

pub(crate) mod address;
pub(crate) mod audit;
pub(crate) mod clients;
pub(crate) mod cmi5;
pub(crate) mod content;
mod cors;
pub(crate) mod forwards;
pub(crate) mod headers;
pub(crate) mod health;
mod launches;
pub(crate) mod learners;
pub(crate) mod metrics;
pub(crate) mod oauth;
pub(crate) mod package_migrations;
pub(crate) mod package_versions;
pub(crate) mod packages;
pub(crate) mod paths;
pub(crate) mod play;
pub(crate) mod preview;
pub(crate) mod problems;
pub(crate) mod registrations;
mod registrations_csv;
pub(crate) mod sessions;
pub(crate) mod uploads;
pub(crate) mod webhooks;
pub(crate) mod xapi;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{Method, header},
    web,
};

use crate::{
    openapi, pages,
    problem::{Problem, Result},
};

/// Largest JSON body, in bytes; handlers that take more say so themselves.
const JSON_BYTES: usize = 256 * 1024;
/// Largest form, in bytes.
const FORM_BYTES: usize = 64 * 1024;

/// The app's origin: API, pages, operations.
pub(crate) fn app(cfg: &mut web::ServiceConfig) {
    cfg.configure(extractors)
        .configure(health::configure)
        .configure(metrics::configure)
        .configure(oauth::configure)
        .configure(problems::configure)
        .configure(packages::configure)
        .configure(paths::configure)
        .configure(registrations::configure)
        .configure(learners::configure)
        .configure(sessions::configure)
        .configure(uploads::configure)
        .configure(audit::configure)
        .configure(webhooks::configure)
        .configure(forwards::configure)
        .configure(clients::configure)
        .configure(cmi5::configure)
        .configure(xapi::configure)
        .configure(openapi::configure)
        .configure(pages::configure)
        .default_service(web::to(no_page));
}

/// The player's origin: player, its API, content. Nothing here reads a cookie.
pub(crate) fn player(cfg: &mut web::ServiceConfig) {
    cfg.configure(extractors)
        .configure(health::configure)
        .configure(problems::configure)
        .configure(play::configure)
        .configure(cmi5::configure_player)
        .configure(content::configure)
        .configure(pages::configure_player)
        .default_service(web::to(nothing));
}

/// People get a page, programs a problem document.
async fn no_page(request: HttpRequest) -> HttpResponse {
    let accept = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    if request.method() == Method::GET && accept.is_some_and(|accept| accept.contains("text/html"))
    {
        return pages::not_found(&request).await;
    }
    nothing(request).await.map_or_else(
        |problem| problem.error_response(),
        |text| HttpResponse::Ok().body(text),
    )
}

async fn nothing(request: HttpRequest) -> Result<&'static str> {
    Err(Problem::NotFound(format!(
        "there is nothing at {}",
        request.path()
    )))
}

/// What cannot be read is answered as a problem document too.
fn extractors(cfg: &mut web::ServiceConfig) {
    cfg.app_data(
        web::JsonConfig::default()
            .limit(JSON_BYTES)
            .error_handler(|error, _| json(&error).into()),
    )
    .app_data(
        web::FormConfig::default()
            .limit(FORM_BYTES)
            .error_handler(|error, _| form(&error).into()),
    )
    .app_data(web::PathConfig::default().error_handler(|error, _| {
        Problem::NotFound(format!("the address cannot be read: {error}")).into()
    }))
    .app_data(web::QueryConfig::default().error_handler(|error, _| {
        Problem::BadRequest(format!("the query cannot be read: {error}")).into()
    }));
}

fn json(error: &actix_web::error::JsonPayloadError) -> Problem {
    use actix_web::error::JsonPayloadError as E;
    match error {
        E::Overflow { limit } | E::OverflowKnownLength { limit, .. } => {
            Problem::TooLarge(format!("JSON bodies may have {limit} bytes"))
        }
        E::ContentType => {
            Problem::UnsupportedMediaType("send `Content-Type: application/json`".into())
        }
        other => Problem::BadRequest(format!("the body cannot be read: {other}")),
    }
}

fn form(error: &actix_web::error::UrlencodedError) -> Problem {
    use actix_web::error::UrlencodedError as E;
    match error {
        E::Overflow { limit, .. } => Problem::TooLarge(format!("forms may have {limit} bytes")),
        E::ContentType => Problem::UnsupportedMediaType(
            "send `Content-Type: application/x-www-form-urlencoded`".into(),
        ),
        other => Problem::BadRequest(format!("the form cannot be read: {other}")),
    }
}
