//! `/metrics`, for Prometheus.

use actix_web::{HttpResponse, web};

use super::address::at;
use crate::{app::App, problem::Result};

/// Registers the route.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/metrics").get(metrics));
}

async fn metrics(app: web::Data<App>) -> Result<HttpResponse> {
    let pool = app.db.status();
    let text = app.metrics.text(pool.size, pool.waiting);
    let text = text.map_err(crate::problem::Problem::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text))
}
