//! An author takes a package as a learner would, untracked, with a look behind it.

use actix_web::{HttpRequest, HttpResponse, web};
use uuid::Uuid;

use super::visitor::{Visitor, see_other};
use crate::{
    app::App,
    auth::{Role, web as sign_in},
    delivery::{self, LaunchOptions},
};

/// The route, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route("/packages/{package}/preview", web::post().to(preview));
}

async fn preview(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    package: web::Path<Uuid>,
) -> HttpResponse {
    let Some(person) = &visitor.person else {
        return see_other("/login");
    };
    let may = matches!(person.role, Role::Author | Role::Admin);
    if !may || sign_in::same_origin(&app, &request).is_err() {
        return visitor.forbidden();
    }
    let options = LaunchOptions {
        return_url: Some(format!("{}/", app.config.server.public_url)),
        language: Some(visitor.language.tag().to_owned()),
        ..LaunchOptions::default()
    };
    match delivery::preview(&app, *package, &person.name, options).await {
        Ok(launch) => see_other(&launch.url),
        Err(problem) => visitor.failed(&problem),
    }
}
