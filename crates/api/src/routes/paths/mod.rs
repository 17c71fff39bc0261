//! The path: bodies, courses, events, enrolments, attendance, hours, attestati and their badges.

pub(crate) mod attendance;
mod badges;
mod bodies;
pub(crate) mod certificates;
mod courses;
mod enrolments;
mod events;
mod hours;

pub(crate) use bodies::checked as body_of;
pub(crate) use courses::{CourseBody, ItemBody, MOST_ITEMS, MOST_MINUTES, keep as keep_course};
pub(crate) use enrolments::sentence as missing_sentence;
pub(crate) use events::EventBody;

use actix_web::web;

use crate::routes::address::at;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::problem::{Problem, Result};

/// What the attestato of an enrolment says.
///
/// # Errors
/// `Conflict` when something is missing: says what.
pub(crate) async fn said_of(
    conn: &mut crate::db::Connection,
    enrolment: crate::db::paths::enrolments::Enrolment,
    issuer: Option<crate::certificates::Issuer>,
) -> Result<crate::certificates::Said> {
    enrolments::said(conn, enrolment, issuer, "it").await
}

/// Texts are at most this long, in characters.
const LONGEST_TEXT: usize = 4000;

/// This folder's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(
    bodies::put,
    bodies::list,
    courses::put,
    courses::list,
    courses::get,
    events::put,
    events::list,
    events::get,
    events::calendar,
    attendance::list,
    attendance::note,
    attendance::read_list,
    enrolments::enrol,
    enrolments::list,
    enrolments::get,
    hours::report,
    certificates::of_enrolment,
    certificates::get,
    certificates::file,
    certificates::revoke,
    badges::of_certificate,
    badges::picture,
    badges::issuer,
    badges::logo,
    badges::keys,
    badges::key,
    badges::achievement,
    badges::image,
    badges::status,
))]
pub(crate) struct Api;

/// Adds the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/api/v1/bodies").get(bodies::list))
        .service(at("/api/v1/bodies/{code}").put(bodies::put))
        .service(at("/api/v1/courses").get(courses::list))
        .service(
            at("/api/v1/courses/{id}")
                .get(courses::get)
                .put(courses::put),
        )
        .service(at("/api/v1/courses/{id}/enrolments").post(enrolments::enrol))
        .service(at("/api/v1/enrolments").get(enrolments::list))
        .service(at("/api/v1/enrolments/{id}").get(enrolments::get))
        .service(at("/api/v1/enrolments/{id}/certificate").post(certificates::of_enrolment))
        .service(at("/api/v1/certificates/{code}").get(certificates::get))
        .service(at("/api/v1/certificates/{code}/file").get(certificates::file))
        .service(at("/api/v1/certificates/{code}/revoke").post(certificates::revoke))
        .service(at("/api/v1/events").get(events::list))
        .service(at("/api/v1/events/{id}").get(events::get).put(events::put))
        .service(at("/api/v1/events/{id}/calendar").get(events::calendar))
        .service(
            at("/api/v1/events/{id}/attendance")
                .get(attendance::list)
                .post(attendance::note),
        )
        .service(at("/api/v1/certificates/{code}/badge").get(badges::of_certificate))
        .service(at("/api/v1/certificates/{code}/badge.svg").get(badges::picture))
        .service(at("/api/v1/badges/issuer").get(badges::issuer))
        .service(at("/api/v1/badges/issuer/logo").get(badges::logo))
        .service(at("/api/v1/badges/keys").get(badges::keys))
        .service(at("/api/v1/badges/keys/{id}").get(badges::key))
        .service(at("/api/v1/badges/achievements/{id}").get(badges::achievement))
        .service(at("/api/v1/badges/achievements/{id}/image").get(badges::image))
        .service(at("/api/v1/badges/status/{list}").get(badges::status))
        .service(at("/api/v1/events/{id}/attendance/list").post(attendance::read_list))
        .service(at("/api/v1/reports/hours").get(hours::report));
}

/// A text that is there and not absurd.
fn text(field: &str, value: &str) -> Result<String> {
    let value = value.trim();
    if value.is_empty() || value.contains('\0') || value.chars().count() > LONGEST_TEXT {
        return Err(Problem::validation(format!(
            "`{field}` is empty, has a NUL or more than {LONGEST_TEXT} characters"
        )));
    }
    Ok(value.to_owned())
}

/// A text that may be left out.
fn maybe_text(field: &str, value: Option<&str>) -> Result<String> {
    match value.map(str::trim) {
        None | Some("") => Ok(String::new()),
        Some(value) => text(field, value),
    }
}

/// Whatever is no UUID names nothing here.
fn id_of(what: &str, id: &str) -> Result<Uuid> {
    id.parse()
        .map_err(|_| Problem::NotFound(format!("there is no {what} {id}")))
}
