//! `/api/v1/packages/{id}/changes` and `/current`: what differs between versions, whom it concerns,
//! and which version new registrations get.

use actix_web::{HttpResponse, web};
use diesel_async::AsyncConnection as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use crate::{
    app::App,
    audit::{self, Act, Actor},
    auth::{Caller, Scope},
    db::{
        self,
        versions::{FileChange, Runs},
    },
    problem::{Problem, Result},
    wire::package_change::{Change, changes},
};

/// This file's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(compare, make_current))]
pub(crate) struct Api;

/// Which versions.
#[derive(Deserialize, IntoParams)]
pub(super) struct Pair {
    /// The older one.
    from: i32,
    /// The newer one.
    to: i32,
}

/// What differs between two versions.
#[derive(Serialize, ToSchema)]
struct Comparison {
    /// The older one.
    from: i32,
    /// The newer one.
    to: i32,
    /// Activity by activity: those of the newer one in its order, then what it lost.
    activities: Vec<Change>,
    /// Files whose bytes differ, by path.
    files: Vec<FileChange>,
    /// How many are registered on the older one; they stay there unless they are moved.
    registrations: Runs,
}

/// What differs between two versions of a package, and how many are on the older one.
#[utoipa::path(
    get, path = "/api/v1/packages/{id}/changes", tag = "packages",
    params(("id" = Uuid, Path), Pair),
    responses((status = 200, body = Comparison), (status = 404, description = "No such package or version")),
)]
pub(super) async fn compare(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    pair: web::Query<Pair>,
) -> Result<HttpResponse> {
    caller.require(Scope::PackagesRead)?;
    let id = package_id(&id)?;
    let mut conn = app.db.get().await?;
    let versions = db::packages::versions(&mut conn, id).await?;
    if versions.is_empty() {
        return Err(Problem::PackageNotFound(id.to_string()));
    }
    let numbered = |number| {
        let found = versions.iter().find(|version| version.version == number);
        found.ok_or_else(|| no_version(number))
    };
    let (from, to) = (numbered(pair.from)?, numbered(pair.to)?);
    let runs = db::versions::runs(&mut conn, id).await?;
    Ok(HttpResponse::Ok().json(Comparison {
        from: from.version,
        to: to.version,
        activities: changes(&from.manifest, &to.manifest),
        files: db::versions::file_changes(&mut conn, from.id, to.id).await?,
        registrations: runs.get(&from.id).copied().unwrap_or_default(),
    }))
}

/// A version's number.
#[derive(Deserialize, ToSchema)]
pub(super) struct CurrentBody {
    /// The version that new registrations get from now on.
    version: i32,
}

/// Choose the version that new registrations get: an earlier one rolls a publication back. Who is
/// registered stays on theirs.
#[utoipa::path(
    put, path = "/api/v1/packages/{id}/current", tag = "packages",
    params(("id" = Uuid, Path)), request_body = CurrentBody,
    responses((status = 204), (status = 404, description = "No such package on offer, or no such version")),
)]
pub(super) async fn make_current(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: web::Json<CurrentBody>,
) -> Result<HttpResponse> {
    caller.require(Scope::PackagesWrite)?;
    let id = package_id(&id)?;
    if chosen(&app, (&caller).into(), id, body.version).await? {
        return Ok(HttpResponse::NoContent().finish());
    }
    let mut conn = app.db.get().await?;
    match db::packages::current(&mut conn, id).await? {
        Some(package) if package.archived_at.is_none() => Err(no_version(body.version)),
        _ => Err(Problem::PackageNotFound(id.to_string())),
    }
}

/// Makes a version the current one; answers whether there is such a version on offer.
pub(crate) async fn chosen(app: &App, actor: Actor, id: Uuid, version: i32) -> Result<bool> {
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        let made = db::versions::make_current(conn, id, version).await?;
        if made {
            let details = json!({ "version": version });
            audit::note(conn, actor, Act::PackageCurrent, id, details).await?;
        }
        Ok(made)
    })
    .await
}

pub(super) fn package_id(text: &str) -> Result<Uuid> {
    text.parse()
        .map_err(|_| Problem::PackageNotFound(text.to_owned()))
}

pub(super) fn no_version(number: i32) -> Problem {
    Problem::NotFound(format!(
        "the package has no version {number}; GET /api/v1/packages/{{id}}/versions lists those there are"
    ))
}
