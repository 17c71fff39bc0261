//! `/content/{signed}/…` on the player's origin: files of a package, straight out of its archive.
//!
//! No cookie and no token is looked at: the signed segment is the right to read one package version.

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use super::address::at;
use crate::{app::App, content, problem::Result};

const NOT_FOUND: &str = "Not found. The link may have expired: open the course again.";

/// Adds the route; for the player's listener only.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/content/{signed}/{path:.*}").get(serve));
}

async fn serve(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    let mut response = content::serve(&app, &request)
        .await?
        .unwrap_or_else(not_found);
    content::protect(response.headers_mut(), &app.config.frame_ancestors);
    Ok(response)
}

fn not_found() -> HttpResponse {
    HttpResponse::NotFound()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body(NOT_FOUND)
}
