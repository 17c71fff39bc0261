//! What a learner sees of themselves beside the courses: history, attestati, what is kept of them.

mod certificates;
mod history;
mod privacy;

use actix_web::web;

use crate::routes::address::at;
/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/history").get(history::page))
        .service(at("/attestati").get(certificates::page))
        .route(
            "/attestati/{enrolment}",
            web::post().to(certificates::issue),
        )
        .service(at("/privacy").get(privacy::page))
        .service(at("/privacy/data").get(privacy::data))
        .route("/privacy/language", web::post().to(privacy::language));
}
