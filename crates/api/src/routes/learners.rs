//! What is kept of one learner: a copy, and its erasure.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::address::at;
use crate::{
    app::App,
    auth::{Caller, Scope, web as sign_in},
    db::gdpr::{self as kept, Erased, Subject},
    gdpr,
    problem::{Problem, Result},
};

/// Bytes of a copy sent at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// This file's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(data, erase))]
pub(crate) struct Api;

/// Adds the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/api/v1/learners/{id}/data").get(data))
        .service(at("/api/v1/learners/{id}").delete(erase));
}

/// Which learner.
#[derive(Deserialize, IntoParams)]
pub(crate) struct Query {
    /// `learner.account.home_page`, when the key is of another system.
    #[serde(default)]
    home_page: String,
}

/// What was erased.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErasedDocument {
    /// How much of what.
    erased: Erased,
}

async fn subject(app: &App, home_page: &str, key: &str) -> Result<Subject> {
    let found = kept::by_key(&mut *app.db.get().await?, home_page, key).await?;
    found.ok_or_else(|| Problem::NotFound(format!("there is no learner `{key}`")))
}

/// A copy of everything that is kept of a learner: a zip of JSON files (GDPR, articles 15 and 20). The id is
/// the client's own key. Needs `admin`; people get their own on their pages.
#[utoipa::path(
    get, path = "/api/v1/learners/{id}/data", tag = "learners", params(("id" = String, Path), Query),
    responses((status = 200, description = "application/zip"), (status = 404, description = "No such learner")),
)]
pub(crate) async fn data(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    query: web::Query<Query>,
) -> Result<HttpResponse> {
    caller.require(Scope::Admin)?;
    let subject = subject(&app, &query.home_page, &id).await?;
    copy(&app, &subject, &caller).await
}

/// The copy, as it is sent.
///
/// # Errors
/// When the database or the disk fails.
pub(crate) async fn copy(
    app: &App,
    subject: &Subject,
    actor: impl Into<crate::audit::Actor>,
) -> Result<HttpResponse> {
    let file = gdpr::export(app, subject, actor).await?;
    let file = tokio::fs::File::from_std(file);
    let pieces = stream::try_unfold(file, async |mut file| {
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (web::Bytes::from(piece), file)))
    });
    let named = "attachment; filename=\"percorso-dati.zip\"";
    Ok(HttpResponse::Ok()
        .content_type("application/zip")
        .insert_header((header::CONTENT_DISPOSITION, named))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(pieces))
}

/// Erase a learner (GDPR, article 17): name, addresses, account, journal, statements and attestati go; what
/// they reached stays as numbers of nobody. Cannot be undone. Needs `admin`.
#[utoipa::path(
    delete, path = "/api/v1/learners/{id}", tag = "learners", params(("id" = String, Path), Query),
    responses(
        (status = 200, body = ErasedDocument),
        (status = 404, description = "No such learner"),
        (status = 409, description = "The person has a role besides learning"),
    ),
)]
pub(crate) async fn erase(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<String>,
    query: web::Query<Query>,
) -> Result<web::Json<ErasedDocument>> {
    caller.require(Scope::Admin)?;
    sign_in::same_origin(&app, &request)?;
    let subject = subject(&app, &query.home_page, &id).await?;
    let erased = gdpr::erase(&app, &subject, &caller).await?;
    Ok(web::Json(ErasedDocument { erased }))
}
