//! Public bodies.

use actix_web::web;
use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::text;
use crate::{
    app::App,
    audit::{self, Act},
    auth::{Caller, Scope},
    db::paths::bodies::{self, Body},
    problem::{Problem, Result},
    wire,
};

const KINDS: [&str; 4] = ["comune", "unione", "provincia", "other"];

/// A body to make or change.
#[derive(Deserialize, ToSchema)]
pub(super) struct BodyBody {
    /// Name.
    name: String,
    /// comune, unione, provincia or other.
    kind: String,
    /// Code of the body it belongs to.
    parent: Option<String>,
}

/// A public body.
#[derive(Serialize, ToSchema)]
pub(super) struct BodyDocument {
    id: Uuid,
    /// The code that outside programs know it by.
    code: String,
    name: String,
    /// comune, unione, provincia or other.
    kind: String,
    /// The body it belongs to.
    parent_id: Option<Uuid>,
    created_at: String,
}

impl From<Body> for BodyDocument {
    fn from(body: Body) -> Self {
        Self {
            id: body.id,
            code: body.code,
            name: body.name,
            kind: body.kind,
            parent_id: body.parent_id,
            created_at: wire::time(body.created_at),
        }
    }
}

/// Make a body, or bring the one with this code up to date.
#[utoipa::path(
    put, path = "/api/v1/bodies/{code}", tag = "paths", params(("code" = String, Path)),
    request_body = BodyBody,
    responses((status = 200, body = BodyDocument), (status = 422, description = "A value is not accepted")),
)]
pub(super) async fn put(
    app: web::Data<App>,
    caller: Caller,
    code: web::Path<String>,
    body: wire::body::Body,
) -> Result<web::Json<BodyDocument>> {
    caller.require(Scope::Admin)?;
    let body: BodyBody = wire::body::read(body)?;
    let code = text("code", &code)?;
    let mut conn = app.db.get().await?;
    let parent_id = match body.parent.as_deref().filter(|parent| !parent.is_empty()) {
        Some(parent) if parent == code => {
            return Err(Problem::validation("a body does not belong to itself"));
        }
        Some(parent) => Some(known(&mut conn, parent).await?.id),
        None => None,
    };
    let body = checked(&code, &body.name, body.kind, parent_id)?;
    let kept = bodies::put(&mut conn, &body).await?;
    audit::note(
        &mut conn,
        &caller,
        Act::BodyPut,
        kept.id,
        json!({ "code": kept.code }),
    )
    .await?;
    Ok(web::Json(kept.into()))
}

/// A body as it is to be kept.
///
/// # Errors
/// When a value is not accepted.
pub(crate) fn checked(
    code: &str,
    name: &str,
    kind: String,
    parent_id: Option<Uuid>,
) -> Result<Body> {
    if !KINDS.contains(&kind.as_str()) {
        return Err(Problem::validation(format!(
            "`kind` is `{kind}`; expected {}",
            KINDS.join(", ")
        )));
    }
    Ok(Body {
        id: Uuid::now_v7(),
        code: text("code", code)?,
        name: text("name", name)?,
        kind,
        parent_id,
        created_at: Utc::now(),
    })
}

/// List the bodies.
#[utoipa::path(
    get, path = "/api/v1/bodies", tag = "paths",
    responses((status = 200, body = Vec<BodyDocument>)),
)]
pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
) -> Result<web::Json<Vec<BodyDocument>>> {
    caller.require(Scope::ReportsRead)?;
    let all = bodies::all(&mut *app.db.get().await?).await?;
    Ok(web::Json(all.into_iter().map(BodyDocument::from).collect()))
}

/// The body with this code.
pub(super) async fn known(conn: &mut crate::db::Connection, code: &str) -> Result<Body> {
    let found = bodies::by_code(conn, code).await?;
    found.ok_or_else(|| {
        Problem::validation(format!(
            "there is no body with the code `{code}`; make it first by PUT /api/v1/bodies/{code}"
        ))
    })
}
