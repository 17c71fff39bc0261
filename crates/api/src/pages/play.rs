//! The player's page. Its link carries the launch token, which the page itself exchanges for a
//! session: the server only hands out the page, always the same.

use actix_web::{HttpResponse, http::header, web};

use crate::app::App;
use crate::routes::address::at;

const PAGE: &str = include_str!("../../player/player.html");
const RETURN_PAGE: &str = include_str!("../../player/cmi5-return.html");

/// What the page and its content may use of the browser: `unload` keeps content's own last handlers alive.
const PERMISSIONS: &str = "unload=(self), autoplay=*, fullscreen=*";

/// Routes of the player's page, for the player's listener.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    // After its start the page's address is `/play/`: a reload there takes the session up again.
    cfg.service(at("/play/").get(page))
        .service(at("/play/{token}").get(page))
        .service(at("/cmi5/").get(cmi5_page))
        .service(at("/cmi5/return").get(returned))
        .service(at("/cmi5/{token}").get(cmi5_page));
}

/// The same page for courses of cmi5, with a script of their own.
async fn cmi5_page(app: web::Data<App>) -> HttpResponse {
    let page = PAGE.replace("/player/player.js", "/player/cmi5.js");
    answer(page, &app.config.frame_ancestors)
}

/// Where a unit goes when it is left, mostly in the course's frame: it tells the course's page.
async fn returned(app: web::Data<App>) -> HttpResponse {
    let ancestors = format!("'self' {}", app.config.frame_ancestors);
    answer(RETURN_PAGE.to_owned(), &ancestors)
}

async fn page(app: web::Data<App>) -> HttpResponse {
    answer(PAGE.to_owned(), &app.config.frame_ancestors)
}

fn answer(page: String, ancestors: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(ancestors)))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("permissions-policy", PERMISSIONS))
        .body(page)
}

/// Our own scripts and styles only; content in frames from anywhere, since a resource may lie outside its package.
fn policy(ancestors: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; \
         img-src 'self' data:; connect-src 'self'; frame-src 'self' https: http:; base-uri 'none'; \
         form-action 'none'; frame-ancestors {ancestors}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_who_may_embed_the_player() {
        let policy = policy("https://hr.example");
        assert!(
            policy.ends_with("frame-ancestors https://hr.example"),
            "{policy}"
        );
    }
}
