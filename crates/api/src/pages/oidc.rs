//! To the identity provider and back.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Deserialize;

use super::{
    site,
    visitor::{Visitor, local_path, see_other},
};
use crate::{
    app::App,
    auth::oidc::{self, Answer, Failure},
    routes::address::at,
};

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/login/oidc").get(begin))
        .service(at(oidc::CALLBACK).get(finish));
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    next: String,
}

async fn begin(app: web::Data<App>, visitor: Visitor, query: web::Query<Query>) -> HttpResponse {
    let Some(config) = &app.config.oidc else {
        return visitor.not_found();
    };
    match oidc::begin(&app, config, local_path(&query.next)).await {
        Ok((url, cookie)) => {
            let mut response = HttpResponse::SeeOther();
            response
                .insert_header((header::LOCATION, url.as_str()))
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .cookie(cookie)
                .finish()
        }
        Err(failure) => failed(&app, &visitor, &failure),
    }
}

async fn finish(
    app: web::Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    answer: web::Query<Answer>,
) -> HttpResponse {
    let Some(config) = &app.config.oidc else {
        return visitor.not_found();
    };
    let mut response = match oidc::finish(&app, config, &request, answer.into_inner()).await {
        Ok(entered) => {
            let mut response = see_other(local_path(&entered.next));
            let _ = response.add_cookie(&entered.cookie);
            response
        }
        Err(failure) => failed(&app, &visitor, &failure),
    };
    let _ = response.add_cookie(&oidc::over(&app));
    response
}

/// The sign-in page with what went wrong, in words; the particulars are for the log.
fn failed(app: &App, visitor: &Visitor, failure: &Failure) -> HttpResponse {
    tracing::warn!(
        failure = failure.to_string(),
        "a sign-in through the provider failed"
    );
    site::sign_in_failed(app, visitor, failure.key())
}
