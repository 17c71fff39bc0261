//! The player's page. Its link carries the launch token, which the page itself exchanges for a
//! session: the server only hands out the page, always the same.

use actix_web::{HttpResponse, http::header, web};

const PAGE: &str = include_str!("../../player/player.html");

/// What the page and its content may use of the browser: `unload` keeps content's own last handlers alive.
const PERMISSIONS: &str = "unload=(self), autoplay=*, fullscreen=*";

/// Who may put the player in a frame, as a `frame-ancestors` source list.
#[derive(Debug, Clone)]
pub(crate) struct FrameAncestors(pub(crate) String);

/// Routes of the player's page, for the player's listener. Expects [`FrameAncestors`] as app data.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    // After its start the page's address is `/play/`: a reload there takes the session up again.
    cfg.route("/play/", web::get().to(page))
        .route("/play/{token}", web::get().to(page));
}

async fn page(ancestors: Option<web::Data<FrameAncestors>>) -> HttpResponse {
    let ancestors = ancestors
        .as_ref()
        .map_or("'self'", |ancestors| ancestors.0.as_str());
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(ancestors)))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("permissions-policy", PERMISSIONS))
        .body(PAGE)
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
    use actix_web::{App, test};

    use super::*;

    #[actix_web::test]
    async fn the_page_is_served_with_a_policy_and_is_never_stored() {
        let ancestors = web::Data::new(FrameAncestors("https://hr.example".to_owned()));
        let app = test::init_service(App::new().app_data(ancestors).configure(configure)).await;
        let response = test::call_service(
            &app,
            test::TestRequest::get()
                .uri("/play/abc.def.ghi")
                .to_request(),
        )
        .await;
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .expect("ours");
        assert!(
            policy.ends_with("frame-ancestors https://hr.example"),
            "{policy}"
        );
    }
}
