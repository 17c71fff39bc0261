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
use crate::routes::address::at;

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
            .service(at("").get(overview::page))
            .service(at("/bodies").get(bodies::page))
            .service(at("/people").get(people::page))
            .service(at("/people/{learner}").get(person::page))
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
            .service(at("/enrol").get(enrol::page).post(enrol::one))
            .route("/enrol/preview", web::post().to(enrol::preview))
            .route("/enrol/list", web::post().to(enrol::commit))
            .service(at("/events").get(events::list))
            .service(at("/events/{event}").get(events::page).post(events::note))
            .route("/events/{event}/preview", web::post().to(events::preview))
            .route("/events/{event}/list", web::post().to(events::commit))
            .service(at("/hours").get(hours::page))
            .service(at("/certificates").get(certificates::page))
            .service(at("/export/{file}").get(export::file)),
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
