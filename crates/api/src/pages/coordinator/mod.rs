//! A coordinator's pages: their body's people, who stands where, hours, attendance, attestati. They show
//! completion and results, never what somebody clicked. Whose people are seen is decided in one place,
//! [`scope`], on the server.

mod bodies;
mod certificates;
mod charts;
mod enrol;
mod enrol_list;
mod erase;
mod events;
mod export;
pub(in crate::pages) mod format;
mod hours;
mod overview;
mod people;
mod person;
mod scope;

use actix_web::{HttpResponse, web};

pub(in crate::pages) use people::icon as icon_of;
pub(in crate::pages) use person::issue as issue_of;

use super::visitor::Visitor;
use crate::problem::{Problem, Result};

/// Largest form: a list of people or participants.
const FORM_BYTES: usize = 4 * 1024 * 1024;

/// The pages on the way across: path below `/coordinator`, and key of the word.
const TABS: [(&str, &str); 6] = [
    ("", "c_overview"),
    ("/people", "c_people"),
    ("/enrol", "c_enrol"),
    ("/events", "c_events"),
    ("/hours", "c_hours"),
    ("/certificates", "c_certificates"),
];

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::scope("/coordinator")
            .app_data(web::FormConfig::default().limit(FORM_BYTES))
            .route("", web::get().to(overview::page))
            .route("/bodies", web::get().to(bodies::page))
            .route("/people", web::get().to(people::page))
            .route("/people/{learner}", web::get().to(person::page))
            .route("/people/{learner}/erase", web::post().to(erase::erase))
            .route(
                "/enrolments/{enrolment}/deadline",
                web::post().to(person::due),
            )
            .route(
                "/enrolments/{enrolment}/withdraw",
                web::post().to(person::withdraw),
            )
            .route(
                "/enrolments/{enrolment}/restore",
                web::post().to(person::restore),
            )
            .route(
                "/enrolments/{enrolment}/certificate",
                web::post().to(person::certify),
            )
            .route("/enrol", web::get().to(enrol::page))
            .route("/enrol", web::post().to(enrol::one))
            .route("/enrol/preview", web::post().to(enrol::preview))
            .route("/enrol/list", web::post().to(enrol::commit))
            .route("/events", web::get().to(events::list))
            .route("/events/{event}", web::get().to(events::page))
            .route("/events/{event}", web::post().to(events::note))
            .route("/events/{event}/preview", web::post().to(events::preview))
            .route("/events/{event}/list", web::post().to(events::commit))
            .route("/hours", web::get().to(hours::page))
            .route("/certificates", web::get().to(certificates::page))
            .route("/export/{file}", web::get().to(export::file)),
    );
}

/// The page, or what stands in its way, for people.
fn finish(visitor: &Visitor, page: Result<HttpResponse>) -> HttpResponse {
    match page {
        Ok(page) => page,
        Err(Problem::Unauthorized(_)) => visitor.to_sign_in(),
        Err(problem) => visitor.failed(&problem),
    }
}
