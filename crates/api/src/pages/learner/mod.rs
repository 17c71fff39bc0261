//! What a learner sees of themselves beside the courses: history, attestati, what is kept of them.

mod certificates;
mod history;
mod privacy;

use actix_web::web;

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route("/history", web::get().to(history::page))
        .route("/attestati", web::get().to(certificates::page))
        .route(
            "/attestati/{enrolment}",
            web::post().to(certificates::issue),
        )
        .route("/privacy", web::get().to(privacy::page))
        .route("/privacy/data", web::get().to(privacy::data))
        .route("/privacy/language", web::post().to(privacy::language));
}
