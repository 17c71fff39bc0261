//! An author takes a package as a learner would, untracked.

use actix_web::web;
use utoipa::OpenApi;

use super::launches::{LaunchBody, LaunchDocument};
use crate::{
    app::App,
    auth::{Caller, Scope},
    delivery,
    problem::{Problem, Result},
    wire,
};

#[derive(OpenApi)]
#[openapi(paths(preview))]
pub(crate) struct Api;

/// Preview a package: a link to the player with a panel that shows each call, the data model, the
/// tracking and every sequencing decision. It counts in no list or report and is removed after a day.
#[utoipa::path(
    post, path = "/api/v1/packages/{id}/preview", tag = "packages",
    params(("id" = Uuid, Path)), request_body = LaunchBody,
    responses(
        (status = 200, body = LaunchDocument),
        (status = 404, description = "No such package or activity"),
        (status = 422, description = "A value is not accepted"),
    ),
)]
pub(super) async fn preview(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: wire::body::Body,
) -> Result<web::Json<LaunchDocument>> {
    caller.require(Scope::PackagesWrite)?;
    let package_id = id
        .parse()
        .map_err(|_| Problem::PackageNotFound(id.to_string()))?;
    let body: LaunchBody = wire::body::read(body)?;
    let launch = delivery::preview(&app, package_id, &caller.name, body.options()?).await?;
    Ok(web::Json(LaunchDocument::from(launch)))
}
