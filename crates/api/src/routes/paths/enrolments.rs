//! Enrolments: who takes which course, and what they have reached in it.

use actix_web::{HttpResponse, http::header, web};
use chrono::{NaiveDate, Utc};
use diesel_async::AsyncConnection;
use percorso_tracker::session::{ActivityProgress, Completion, Progress};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{bodies, courses, id_of};
use crate::{
    app::App,
    audit::{self, Act},
    auth::{Caller, Scope},
    certificates::{Issuer, Said},
    db::{
        self,
        paths::{
            courses::PUBLISHED,
            enrolments::{self, Enrolment, Item},
        },
    },
    paths::reached::Reached,
    problem::{Problem, Result},
    routes::registrations::LearnerBody,
    wire::{self, duration, time},
};

/// Enrolments on a page of the list.
const PAGE: i64 = 100;

/// An enrolment to make.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewEnrolment {
    learner: LearnerBody,
    /// Code of the body that the hours count for.
    body: Option<String>,
    /// Until when it should be done, YYYY-MM-DD.
    deadline: Option<NaiveDate>,
}

/// An enrolment and what is reached in it.
#[derive(Serialize, ToSchema)]
pub(super) struct EnrolmentDocument {
    id: Uuid,
    course_id: Uuid,
    course_title: String,
    learner: EnrolledDocument,
    /// YYYY-MM-DD.
    deadline: Option<String>,
    created_at: String,
    /// completed, incomplete or not_attempted.
    completion: &'static str,
    completed_at: Option<String>,
    items: Vec<ItemDocument>,
    /// Learning objects completed, and all there are in the packages begun.
    objects_completed: usize,
    objects: usize,
    /// Time that content claimed, ISO 8601.
    claimed_time: String,
    /// Time from starts to last signs of life, ISO 8601.
    wall_time: String,
    /// Time in use, ISO 8601.
    active_time: String,
    /// Minutes at events.
    attended_minutes: i64,
    /// Minutes that count, by the course's rule.
    credited_minutes: i64,
    /// What is missing, in words.
    why_incomplete: Vec<String>,
}

/// Who is enrolled.
#[derive(Serialize, ToSchema)]
struct EnrolledDocument {
    id: String,
    name: String,
    /// Code and name of their body.
    body: Option<String>,
    body_name: Option<String>,
}

/// One thing of the course, for this learner.
#[derive(Serialize, ToSchema)]
struct ItemDocument {
    position: i32,
    /// package or event.
    kind: &'static str,
    title: String,
    required: bool,
    done: bool,
    /// Asked of nobody any more: the event was called off, and this learner had not attended it. It counts
    /// no minutes, and the course is complete without it.
    waived: bool,
    done_at: Option<String>,
    package_id: Option<Uuid>,
    registration_id: Option<Uuid>,
    /// Of the registration.
    completion: Option<String>,
    success: Option<String>,
    event_id: Option<Uuid>,
    starts_at: Option<String>,
    cancelled: bool,
    attended_minutes: Option<i32>,
    credit_minutes: i32,
    credited_minutes: i32,
}

/// Enrol a learner in a course: registers them for its packages, unless they are. Enrolled already, they
/// stay so: 200.
#[utoipa::path(
    post, path = "/api/v1/courses/{id}/enrolments", tag = "paths", params(("id" = Uuid, Path)),
    request_body = NewEnrolment,
    responses(
        (status = 201, body = EnrolmentDocument),
        (status = 404, description = "No such course"),
        (status = 409, description = "The course is a draft or archived"),
        (status = 422, description = "A value is not accepted"),
    ),
)]
pub(super) async fn enrol(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    request: actix_web::HttpRequest,
    body: wire::body::Body,
) -> Result<HttpResponse> {
    caller.require(Scope::RegistrationsWrite)?;
    let body: NewEnrolment = wire::body::read(body)?;
    let learner = body.learner.checked()?;
    let mut conn = app.db.get().await?;
    let course = courses::known(&mut conn, &id).await?;
    if course.state != PUBLISHED {
        let why = format!("the course is {}; publish it to enrol people", course.state);
        return Err(Problem::Conflict(why));
    }
    let body_id = match body.body.as_deref().filter(|code| !code.is_empty()) {
        Some(code) => Some(bodies::known(&mut conn, code).await?.id),
        None => None,
    };
    let enrolment = conn
        .transaction::<_, Problem, _>(async |conn| {
            let learner_id = db::learners::upsert(conn, &learner).await?;
            let made =
                enrolments::enrol(conn, course.id, learner_id, body_id, body.deadline).await?;
            let details = json!({ "course_id": course.id });
            audit::note(conn, &caller, Act::Enrolled, made, details).await?;
            Ok(made)
        })
        .await?;
    let found = enrolments::find(&mut conn, enrolment).await?;
    let found =
        found.ok_or_else(|| Problem::NotFound(format!("there is no enrolment {enrolment}")))?;
    let document = document(&mut conn, found, language_of(&request)).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/enrolments/{enrolment}")))
        .json(document))
}

/// Which enrolments.
#[derive(Deserialize, IntoParams)]
pub(super) struct Query {
    /// In this course.
    course_id: Option<Uuid>,
    /// Of the learner with this key.
    learner_id: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<Uuid>,
}

/// A page of enrolments.
#[derive(Serialize, ToSchema)]
pub(super) struct EnrolmentList {
    /// The newest first.
    items: Vec<EnrolmentDocument>,
    /// Asks for the next page; null on the last.
    next_cursor: Option<Uuid>,
}

/// List enrolments. People see their own.
#[utoipa::path(get, path = "/api/v1/enrolments", tag = "paths", params(Query), responses((status = 200, body = EnrolmentList)))]
pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    request: actix_web::HttpRequest,
    query: web::Query<Query>,
) -> Result<web::Json<EnrolmentList>> {
    let own = own_key(&caller);
    if own.is_none() {
        caller.require(Scope::RegistrationsRead)?;
    }
    let key = own.or_else(|| query.learner_id.clone());
    let mut conn = app.db.get().await?;
    let found = enrolments::list(
        &mut conn,
        query.course_id,
        key.as_deref(),
        query.cursor,
        PAGE + 1,
    )
    .await?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let next_cursor = (found.len() > page).then(|| found[page - 1].id);
    let mut items = Vec::new();
    for enrolment in found.into_iter().take(page) {
        items.push(document(&mut conn, enrolment, language_of(&request)).await?);
    }
    Ok(web::Json(EnrolmentList { items, next_cursor }))
}

/// An enrolment and what is reached in it.
#[utoipa::path(
    get, path = "/api/v1/enrolments/{id}", tag = "paths", params(("id" = Uuid, Path)),
    responses((status = 200, body = EnrolmentDocument), (status = 404, description = "No such enrolment")),
)]
pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    request: actix_web::HttpRequest,
    id: web::Path<String>,
) -> Result<web::Json<EnrolmentDocument>> {
    let mut conn = app.db.get().await?;
    let found = seen(&mut conn, &caller, &id).await?;
    Ok(web::Json(
        document(&mut conn, found, language_of(&request)).await?,
    ))
}

/// The enrolment with this id, when the caller may see it.
async fn seen(conn: &mut db::Connection, caller: &Caller, id: &str) -> Result<Enrolment> {
    let own = own_key(caller);
    if own.is_none() {
        caller.require(Scope::RegistrationsRead)?;
    }
    let found = enrolments::find(conn, id_of("enrolment", id)?).await?;
    let may = |found: &Enrolment| own.as_ref().is_none_or(|own| found.learner_key == *own);
    found
        .filter(may)
        .ok_or_else(|| Problem::NotFound(format!("there is no enrolment {id}")))
}

/// A completed enrolment, and what its attestato says.
pub(super) struct Complete {
    pub(super) enrolment_id: Uuid,
    pub(super) said: Said,
}

/// The completed enrolment with this id, as `issuer` says it.
///
/// # Errors
/// When there is none that the caller may see, or something is missing: says what.
pub(super) async fn complete_of(
    conn: &mut db::Connection,
    caller: &Caller,
    id: &str,
    issuer: Option<Issuer>,
    language: &str,
) -> Result<Complete> {
    let enrolment = seen(conn, caller, id).await?;
    let enrolment_id = enrolment.id;
    let said = said(conn, enrolment, issuer, language).await?;
    Ok(Complete { enrolment_id, said })
}

/// What the attestato of an enrolment says.
///
/// # Errors
/// `Conflict` when something is missing: says what.
pub(super) async fn said(
    conn: &mut db::Connection,
    enrolment: Enrolment,
    issuer: Option<Issuer>,
    language: &str,
) -> Result<Said> {
    if enrolment.is_erased {
        let why = "the data of this person were erased: nobody is left to whom it could be given";
        return Err(Problem::Conflict(why.into()));
    }
    let (name, body) = (enrolment.learner_name.clone(), enrolment.body_name.clone());
    let course = courses::known(conn, &enrolment.course_id.to_string()).await?;
    let done = document(conn, enrolment, language).await?;
    if done.completion != "completed" {
        return Err(Problem::Conflict(format!(
            "the course is not complete: {}",
            done.why_incomplete.join(" ")
        )));
    }
    let last = done.completed_at.as_deref().unwrap_or_default();
    let completed_at = chrono::DateTime::parse_from_rfc3339(last).map_err(Problem::internal)?;
    let items = done.items.iter().filter(|item| item.done);
    Ok(Said {
        name,
        body,
        course: course.title,
        language: course.language,
        items: items.map(|item| item.title.clone()).collect(),
        minutes: done.credited_minutes,
        completed_on: completed_at
            .with_timezone(&chrono_tz::Europe::Rome)
            .date_naive(),
        issuer,
    })
}

/// The key of a learner who may only see their own.
fn own_key(caller: &Caller) -> Option<String> {
    let person = caller.person.as_ref()?;
    (!caller.may(Scope::RegistrationsRead)).then(|| person.id.to_string())
}

fn language_of(request: &actix_web::HttpRequest) -> &'static str {
    crate::routes::registrations::language_of(request)
}

/// The enrolment as the API says it; a complete one is noted as such.
async fn document(
    conn: &mut db::Connection,
    enrolment: Enrolment,
    language: &str,
) -> Result<EnrolmentDocument> {
    let items = enrolments::items(conn, enrolment.id).await?;
    let completion = enrolments::tally(&items).status();
    let mut completed_at = enrolment.completed_at;
    if completion == "completed" && completed_at.is_none() {
        let required = items.iter().filter(|item| item.required);
        let last = required.filter_map(|item| item.done_at).max();
        let at = last.unwrap_or_else(Utc::now);
        enrolments::complete(conn, enrolment.id, at).await?;
        completed_at = Some(at);
    }
    let sum = |value: fn(&Item) -> i64| items.iter().map(value).sum::<i64>();
    let time_of = |value: fn(&Item) -> i64| duration(u64::try_from(sum(value)).unwrap_or_default());
    let counts: Vec<(usize, usize)> = items.iter().filter_map(objects).collect();
    Ok(EnrolmentDocument {
        id: enrolment.id,
        course_id: enrolment.course_id,
        course_title: enrolment.course_title,
        learner: EnrolledDocument {
            id: enrolment.learner_key,
            name: enrolment.learner_name,
            body: enrolment.body_code,
            body_name: enrolment.body_name,
        },
        deadline: enrolment.deadline.map(|date| date.to_string()),
        created_at: time(enrolment.created_at),
        completion,
        completed_at: completed_at.map(time),
        objects_completed: counts.iter().map(|(done, _)| done).sum(),
        objects: counts.iter().map(|(_, all)| all).sum(),
        claimed_time: time_of(|item| item.claimed_ms),
        wall_time: time_of(|item| item.wall_ms),
        active_time: time_of(|item| item.active_ms),
        attended_minutes: sum(|item| item.attended_minutes.unwrap_or(0).into()),
        credited_minutes: sum(|item| item.credited_minutes.into()),
        why_incomplete: items
            .iter()
            .filter(|item| item.is_missing())
            .map(|item| sentence(item, language))
            .collect(),
        items: items.into_iter().map(ItemDocument::from).collect(),
    })
}

impl From<Item> for ItemDocument {
    fn from(item: Item) -> Self {
        let reached = item.reached();
        Self {
            position: item.position,
            kind: if item.package_id.is_some() {
                "package"
            } else {
                "event"
            },
            title: item.title,
            required: item.required,
            done: reached == Reached::Done,
            waived: reached == Reached::Waived,
            done_at: item.done_at.map(time),
            package_id: item.package_id,
            registration_id: item.registration_id,
            completion: item.completion,
            success: item.success,
            event_id: item.event_id,
            starts_at: item.starts_at.map(time),
            cancelled: item.cancelled_at.is_some(),
            attended_minutes: item.attended_minutes,
            credit_minutes: item.credit_minutes,
            credited_minutes: item.credited_minutes,
        }
    }
}

/// Leaves completed, and all of them, once the package was opened.
fn objects(item: &Item) -> Option<(usize, usize)> {
    fn count(activity: &ActivityProgress) -> (usize, usize) {
        if activity.children.is_empty() {
            let done = activity.completion == Completion::Completed;
            return (usize::from(done), 1);
        }
        let below = activity.children.iter().map(count);
        below.fold((0, 0), |(done, all), (more_done, more)| {
            (done + more_done, all + more)
        })
    }
    let progress: Progress = serde_json::from_value(item.progress.clone()?).ok()?;
    Some(count(&progress.root))
}

/// Why a required item is not done, in words.
pub(crate) fn sentence(item: &Item, language: &str) -> String {
    let italian = language.starts_with("it");
    let title = &item.title;
    let minutes = item.attended_minutes;
    match (item.event_id, minutes, item.success.as_deref(), italian) {
        (Some(_), Some(minutes), _, true) => {
            format!("“{title}”: la presenza di {minutes} minuti non basta.")
        }
        (Some(_), Some(minutes), _, false) => {
            format!("“{title}”: an attendance of {minutes} minutes is not enough.")
        }
        (Some(_), None, _, true) => format!("La presenza a “{title}” non è registrata."),
        (Some(_), None, _, false) => format!("No attendance at “{title}” is noted."),
        (None, _, Some("failed"), true) => format!("“{title}” non è superato."),
        (None, _, Some("failed"), false) => format!("“{title}” is not passed."),
        (None, _, _, true) => format!("“{title}” non è completato."),
        (None, _, _, false) => format!("“{title}” is not completed."),
    }
}
