//! Whether the server lives, and whether it can do its work.

use actix_web::{HttpResponse, web};
use diesel_async::RunQueryDsl;
use utoipa::OpenApi;

use super::address::at;
use crate::{
    app::App,
    problem::{Problem, Result},
};

/// These addresses in OpenAPI.
#[derive(OpenApi)]
#[openapi(paths(live, ready))]
pub(crate) struct Api;

/// Registers the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/health/live").get(live))
        .service(at("/health/ready").get(ready));
}

/// The process answers.
#[utoipa::path(get, path = "/health/live", tag = "operations",
    responses((status = 200, description = "It lives")))]
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "live" }))
}

/// The database answers.
#[utoipa::path(get, path = "/health/ready", tag = "operations",
    responses((status = 200, description = "It can do its work"), (status = 503, description = "It cannot now")))]
async fn ready(app: web::Data<App>) -> Result<HttpResponse> {
    let mut conn = app.db.get().await?;
    diesel::sql_query("SELECT 1")
        .execute(&mut conn)
        .await
        .map_err(|_| Problem::Unavailable("the database does not answer".into()))?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "status": "ready" })))
}
