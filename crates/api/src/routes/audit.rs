//! The audit log, for administrators and the programs that watch over them.

use actix_web::web;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::address::at;
use crate::{
    app::App,
    auth::{Caller, Scope},
    db::admin::audit::{self, Filter, Line},
    problem::{Problem, Result},
    wire,
};

/// Lines of a page when the request does not say.
const PAGE: i64 = 50;
/// Lines of a page at most.
const LARGEST_PAGE: i64 = 500;

/// This file's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(list))]
pub(crate) struct Api;

/// Adds the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/api/v1/audit").get(list));
}

/// Which lines.
#[derive(Deserialize, IntoParams)]
struct Query {
    /// An act (`account.disabled`), or the kind of thing (`account`).
    act: Option<String>,
    /// Account id or client id of who acted.
    actor: Option<String>,
    /// Id of the thing it was done to.
    subject: Option<String>,
    /// From this moment on.
    since: Option<DateTime<Utc>>,
    /// Before this moment.
    until: Option<DateTime<Utc>>,
    /// How many, 1 to 500; 50 when unsaid.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// One act.
#[derive(Serialize, ToSchema)]
struct LineDocument {
    id: i64,
    at: String,
    /// `account`, `client`, `system` (the server or its command line) or `nobody` (a failed sign-in).
    actor_kind: String,
    /// Account id, client id or command; empty for nobody.
    actor: String,
    /// What was done, e.g. `account.disabled`.
    act: String,
    /// Kind of thing it was done to.
    subject_kind: String,
    /// Its id.
    subject: String,
    /// What else is worth knowing.
    #[schema(value_type = Object)]
    details: Value,
}

impl From<Line> for LineDocument {
    fn from(line: Line) -> Self {
        Self {
            id: line.id,
            at: wire::time(line.at),
            actor_kind: line.actor_kind,
            actor: line.actor,
            act: line.act,
            subject_kind: line.subject_kind,
            subject: line.subject,
            details: line.details,
        }
    }
}

/// A page of the log.
#[derive(Serialize, ToSchema)]
struct AuditList {
    /// The latest first.
    items: Vec<LineDocument>,
    /// Asks for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Who did what to which thing, and when: administrative acts and failed sign-ins, the latest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "administration", params(Query),
    responses((status = 200, body = AuditList)),
)]
async fn list(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<Query>,
) -> Result<web::Json<AuditList>> {
    caller.require(Scope::Admin)?;
    let query = query.into_inner();
    let before = query.cursor.map(|cursor| cursor.parse()).transpose();
    let before = before
        .map_err(|_| Problem::BadRequest("`cursor` is not a `next_cursor` of ours".into()))?;
    let filter = Filter {
        act: query.act,
        actor: query.actor,
        subject: query.subject,
        since: query.since,
        until: query.until,
        before,
    };
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let mut found = audit::list(&mut *app.db.get().await?, &filter, limit + 1).await?;
    let more = i64::try_from(found.len()).is_ok_and(|count| count > limit);
    if more {
        found.pop();
    }
    let next_cursor = found
        .last()
        .filter(|_| more)
        .map(|line| line.id.to_string());
    Ok(web::Json(AuditList {
        items: found.into_iter().map(LineDocument::from).collect(),
        next_cursor,
    }))
}
