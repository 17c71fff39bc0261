//! The API's description, from the code: `/api/v1/openapi.json`, browsable at `/api/docs`, and
//! `percorso openapi` for `docs/openapi.json`.

use actix_web::{HttpResponse, http::header, web};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{
    auth::Scope,
    routes::{self, address::at},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Percorso",
        description = "E-learning delivery: packages go in, learners take them, progress comes out. Errors are RFC 9457 problem documents; /problems/ explains each."
    ),
    modifiers(&Security)
)]
struct Root;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut Document) {
        let scopes = Scope::all()
            .map(|scope| (scope.name(), ""))
            .collect::<Scopes>();
        let flow = Flow::ClientCredentials(ClientCredentials::new("/oauth/token", scopes));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("oauth2", SecurityScheme::OAuth2(OAuth2::new([flow])));
        document.security = Some(vec![SecurityRequirement::new(
            "oauth2",
            Vec::<String>::new(),
        )]);
    }
}

/// The whole description. Each routes file adds its own `Api` here.
pub fn document() -> Document {
    let mut document = Root::openapi();
    let parts: [fn() -> Document; 15] = [
        routes::oauth::Api::openapi,
        routes::registrations::Api::openapi,
        routes::learners::Api::openapi,
        routes::sessions::Api::openapi,
        routes::health::Api::openapi,
        routes::packages::Api::openapi,
        routes::preview::Api::openapi,
        routes::paths::Api::openapi,
        routes::package_versions::Api::openapi,
        routes::package_migrations::Api::openapi,
        routes::uploads::Api::openapi,
        routes::audit::Api::openapi,
        routes::webhooks::Api::openapi,
        routes::forwards::Api::openapi,
        routes::clients::Api::openapi,
    ];
    for part in parts {
        document.merge(part());
    }
    document
}

/// As it stands in `docs/openapi.json`.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn json() -> serde_json::Result<String> {
    document().to_pretty_json().map(|text| text + "\n")
}

/// Registers the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    let page = SwaggerUi::new("/api/docs/{_:.*}").config(Config::from("/api/v1/openapi.json"));
    cfg.service(at("/api/v1/openapi.json").get(served))
        .service(web::redirect("/api/docs", "/api/docs/"))
        .service(page);
}

async fn served() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .json(document())
}
