//! `/api/v1/registrations`: learners in courses, what they reach, and launches.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use percorso_package::Standard;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::address::at;
use super::{launches, registrations_csv};
use crate::{
    app::App,
    audit::{self, Act},
    auth::{Caller, Scope},
    cmi5,
    db::{
        self,
        learners::NewLearner,
        registrations::{Filter, Full, Place},
    },
    delivery,
    problem::{Problem, Result},
    wire::{self, progress::RegistrationDocument},
};

/// Registrations on a page of the list, unless asked otherwise.
const PAGE: i64 = 50;
/// Registrations on a page of the list, at most.
const LARGEST_PAGE: i64 = 200;
/// A learner's id and name, and other texts, are at most this long, in characters.
const LONGEST_TEXT: usize = 4000;

/// This file's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(create, list, get, launches::launch, reset, waive, delete))]
pub(crate) struct Api;

/// Adds the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/api/v1/registrations").post(create).get(list))
        .service(at("/api/v1/registrations/{id}").get(get).delete(delete))
        .service(at("/api/v1/registrations/{id}/launch").post(launches::launch))
        .service(at("/api/v1/registrations/{id}/reset").post(reset))
        .service(at("/api/v1/registrations/{id}/waive").post(waive));
}

/// A registration to make.
#[derive(Deserialize, ToSchema)]
struct NewRegistration {
    /// The package.
    package_id: String,
    /// Who takes it.
    learner: LearnerBody,
    /// The client's own UUID; names one that exists, that one is the answer.
    registration_id: Option<Uuid>,
}

/// A learner as the client names them.
#[derive(Deserialize, ToSchema)]
pub(super) struct LearnerBody {
    /// The client's own key; reaches content unchanged.
    id: String,
    /// Name; reaches content unchanged.
    name: String,
    email: Option<String>,
    organization: Option<String>,
    /// BCP 47 tag.
    language: Option<String>,
    account: Option<AccountBody>,
}

/// The namespace of a learner's key.
#[derive(Deserialize, ToSchema)]
struct AccountBody {
    home_page: Option<String>,
}

impl LearnerBody {
    pub(super) fn checked(self) -> Result<NewLearner> {
        let home_page = self
            .account
            .and_then(|account| account.home_page)
            .unwrap_or_default();
        let texts = [
            ("learner.id", Some(&self.id)),
            ("learner.name", Some(&self.name)),
            ("learner.email", self.email.as_ref()),
            ("learner.organization", self.organization.as_ref()),
            ("learner.language", self.language.as_ref()),
            ("learner.account.home_page", Some(&home_page)),
        ];
        for (field, text) in texts {
            let Some(text) = text else { continue };
            if text.contains('\0') || text.chars().count() > LONGEST_TEXT {
                return Err(Problem::validation(format!(
                    "`{field}` has a NUL or more than {LONGEST_TEXT} characters"
                )));
            }
        }
        for (field, text) in &texts[..2] {
            if text.is_none_or(|text| text.trim().is_empty()) {
                return Err(Problem::validation(format!("`{field}` is empty")));
            }
        }
        Ok(NewLearner {
            id: Uuid::now_v7(),
            home_page,
            key: self.id,
            name: self.name,
            email: self.email,
            organization: self.organization,
            language: self.language,
        })
    }
}

/// Register a learner for a package.
#[utoipa::path(
    post, path = "/api/v1/registrations", tag = "registrations", request_body = NewRegistration,
    responses(
        (status = 201, body = RegistrationDocument),
        (status = 200, body = RegistrationDocument, description = "`registration_id` exists already: this is it"),
        (status = 404, description = "No such package"),
        (status = 409, description = "The package is archived"),
        (status = 422, description = "A value is not accepted"),
    ),
)]
async fn create(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    body: wire::body::Body,
) -> Result<HttpResponse> {
    caller.require(Scope::RegistrationsWrite)?;
    let body: NewRegistration = wire::body::read(body)?;
    let learner = body.learner.checked()?;
    let language = language_of(&request);
    if let Some(known) = known(&app, body.registration_id).await? {
        begin(&app, known.0.id, known.0.package_version_id).await?;
        return existing(&app, known, language).await;
    }
    let no_package = || Problem::PackageNotFound(body.package_id.clone());
    let package_id: Uuid = body.package_id.parse().map_err(|_| no_package())?;
    let id = body.registration_id.unwrap_or_else(Uuid::now_v7);
    let mut conn = app.db.get().await?;
    let current = db::registrations::current_version(&mut conn, package_id).await?;
    let (version_id, archived_at) = current.ok_or_else(no_package)?;
    if archived_at.is_some() {
        return Err(Problem::PackageArchived(package_id.to_string()));
    }
    let made = conn
        .transaction::<_, diesel::result::Error, _>(async |conn| {
            let learner_id = db::learners::upsert(conn, &learner).await?;
            db::registrations::insert(conn, id, package_id, version_id, learner_id).await
        })
        .await?;
    drop(conn);
    begin(&app, id, version_id).await?;
    let full = find(&app, id).await?;
    if !made {
        return existing(&app, full, language).await;
    }
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/registrations/{id}")))
        .json(document(&app, full, language).await?))
}

/// The registration that the client names, when there is one. It holds no connection when it has answered:
/// whoever goes on asks for one of their own.
async fn known(app: &App, id: Option<Uuid>) -> Result<Option<Full>> {
    let Some(id) = id else { return Ok(None) };
    let found = db::registrations::find(&mut *app.db.get().await?, id).await?;
    Ok(found)
}

/// What a standard does at registration; done once, however often it is asked for.
async fn begin(app: &App, id: Uuid, version_id: Uuid) -> Result<()> {
    let taken = app
        .live
        .taken(&mut *app.db.get().await?, version_id)
        .await?;
    match taken.package.standard {
        Standard::Cmi5 => cmi5::begin(app, id).await,
        Standard::Scorm12 | Standard::Scorm2004 => Ok(()),
    }
}

/// The client sent the same registration before: whatever else it says now, this is it.
async fn existing(app: &App, known: Full, language: &'static str) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(document(app, known, language).await?))
}

/// A registration and all that is reached in it.
#[utoipa::path(
    get, path = "/api/v1/registrations/{id}", tag = "registrations", params(("id" = Uuid, Path)),
    responses((status = 200, body = RegistrationDocument), (status = 404, description = "No such registration")),
)]
async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<web::Json<RegistrationDocument>> {
    let full = visible(&app, &caller, registration_id(&id)?).await?;
    Ok(web::Json(
        document(&app, full, language_of(&request)).await?,
    ))
}

/// Which registrations.
#[derive(Deserialize, IntoParams)]
struct Query {
    /// Of this package.
    package_id: Option<Uuid>,
    /// Of the learner with this key.
    learner_id: Option<String>,
    /// Of learners of this body.
    organization: Option<String>,
    /// completed, incomplete, not_attempted or unknown.
    completion: Option<String>,
    /// passed, failed or unknown.
    success: Option<String>,
    /// Changed at or after (RFC 3339). A change can be seen when it is saved, a moment after its time: whoever
    /// asks again and again lets the spans overlap by a few seconds.
    updated_since: Option<DateTime<Utc>>,
    /// How many, 1 to 200; 50 when unsaid.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Query {
    fn filter(&self) -> Result<Filter> {
        one_of("completion", self.completion.as_deref(), &COMPLETIONS)?;
        one_of("success", self.success.as_deref(), &SUCCESSES)?;
        Ok(Filter {
            package_id: self.package_id,
            learner_key: self.learner_id.clone(),
            organization: self.organization.clone(),
            completion: self.completion.clone(),
            success: self.success.clone(),
            updated_since: self.updated_since,
            after: self.cursor.as_deref().map(read_cursor).transpose()?,
        })
    }
}

const COMPLETIONS: [&str; 4] = ["completed", "incomplete", "not_attempted", "unknown"];
const SUCCESSES: [&str; 3] = ["passed", "failed", "unknown"];

fn one_of(field: &str, value: Option<&str>, allowed: &[&str]) -> Result<()> {
    match value {
        Some(value) if !allowed.contains(&value) => Err(Problem::BadRequest(format!(
            "`{field}` is `{value}`; expected {}",
            allowed.join(", ")
        ))),
        _ => Ok(()),
    }
}

/// A page of registrations.
#[derive(Serialize, ToSchema)]
struct RegistrationList {
    /// The newest first; with `updated_since`, in the order of their changes.
    items: Vec<RegistrationDocument>,
    /// Asks for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Registrations, the newest first; as CSV when `Accept: text/csv` asks for it.
///
/// With `updated_since` they come in the order of their changes, the oldest first: what changes while a
/// program pages moves to the end and is met again there, never missed.
#[utoipa::path(
    get, path = "/api/v1/registrations", tag = "registrations", params(Query),
    responses((status = 200, body = RegistrationList)),
)]
async fn list(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse> {
    caller.require(Scope::RegistrationsRead)?;
    let filter = query.filter()?;
    let accept = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/csv")) {
        return Ok(registrations_csv::stream(&app, filter));
    }
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let mut found = db::registrations::list(&mut *app.db.get().await?, &filter, limit + 1).await?;
    let more = i64::try_from(found.len()).is_ok_and(|count| count > limit);
    if more {
        found.pop();
    }
    let next_cursor = found
        .last()
        .filter(|_| more)
        .map(|(last, ..)| cursor(filter.order().place(last)));
    let items = documents(&app, found, language_of(&request)).await?;
    Ok(HttpResponse::Ok().json(RegistrationList { items, next_cursor }))
}

/// Begin a new attempt from nothing; the old one is kept.
#[utoipa::path(
    post, path = "/api/v1/registrations/{id}/reset", tag = "registrations", params(("id" = Uuid, Path)),
    responses((status = 200, body = RegistrationDocument), (status = 404, description = "No such registration")),
)]
async fn reset(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<web::Json<RegistrationDocument>> {
    caller.require(Scope::RegistrationsWrite)?;
    let id = registration_id(&id)?;
    delivery::reset(&app, id).await?;
    let mut conn = app.db.get().await?;
    audit::note(&mut conn, &caller, Act::RegistrationReset, id, json!({})).await?;
    drop(conn);
    let full = find(&app, id).await?;
    Ok(web::Json(
        document(&app, full, language_of(&request)).await?,
    ))
}

/// What is waived, and why.
#[derive(Deserialize, ToSchema)]
struct WaiveBody {
    /// The activity.
    activity_id: String,
    /// Why, in words.
    reason: String,
}

/// Waive an activity for a learner.
#[utoipa::path(
    post, path = "/api/v1/registrations/{id}/waive", tag = "registrations",
    params(("id" = Uuid, Path)), request_body = WaiveBody,
    responses(
        (status = 200, body = RegistrationDocument),
        (status = 404, description = "No such registration or activity"),
        (status = 422, description = "A value is not accepted"),
    ),
)]
async fn waive(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
    body: wire::body::Body,
) -> Result<web::Json<RegistrationDocument>> {
    caller.require(Scope::RegistrationsWrite)?;
    let full = find(&app, registration_id(&id)?).await?;
    let body: WaiveBody = wire::body::read(body)?;
    let reason = body.reason.trim();
    if reason.is_empty() || reason.contains('\0') || reason.chars().count() > LONGEST_TEXT {
        return Err(Problem::validation(format!(
            "`reason` is empty, has a NUL or more than {LONGEST_TEXT} characters"
        )));
    }
    let (id, version_id) = (full.0.id, full.0.package_version_id);
    let mut conn = app.db.get().await?;
    if !app
        .live
        .taken(&mut conn, version_id)
        .await?
        .has(&body.activity_id)
    {
        return Err(Problem::ActivityNotFound(body.activity_id));
    }
    drop(conn);
    delivery::waive(&app, id, &body.activity_id, reason, &caller.name).await?;
    let mut conn = app.db.get().await?;
    let details = json!({ "activity_id": body.activity_id });
    audit::note(&mut conn, &caller, Act::RegistrationWaived, id, details).await?;
    drop(conn);
    Ok(web::Json(
        document(&app, find(&app, id).await?, language_of(&request)).await?,
    ))
}

/// Remove a registration with all its sessions.
#[utoipa::path(
    delete, path = "/api/v1/registrations/{id}", tag = "registrations", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Removed"), (status = 404, description = "No such registration")),
)]
async fn delete(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    caller.require(Scope::RegistrationsWrite)?;
    let id = registration_id(&id)?;
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        if !db::registrations::delete(conn, id).await? {
            return Err(Problem::RegistrationNotFound(id.to_string()));
        }
        audit::note(conn, &caller, Act::RegistrationDeleted, id, json!({})).await
    })
    .await?;
    drop(conn);
    delivery::forget(&app, id).await;
    Ok(HttpResponse::NoContent().finish())
}

/// A registration that the caller may see: any with the right to read them, else one's own.
///
/// # Errors
/// When there is none, or it is not the caller's to see.
pub(super) async fn visible(app: &App, caller: &Caller, id: Uuid) -> Result<Full> {
    if !caller.may(Scope::RegistrationsRead) {
        require_own(app, caller, id, Scope::RegistrationsRead).await?;
    }
    find(app, id).await
}

/// Goes on only for the learner whose registration it is; an API client, which learns nothing itself, needs
/// `otherwise`.
///
/// # Errors
/// When it is somebody else's, or the client lacks that scope.
pub(super) async fn require_own(
    app: &App,
    caller: &Caller,
    id: Uuid,
    otherwise: Scope,
) -> Result<()> {
    let Some(person) = &caller.person else {
        return caller.require(otherwise);
    };
    let (_, learner, _) = find(app, id).await?;
    if learner.home_page.is_empty() && learner.key == person.id.to_string() {
        return Ok(());
    }
    Err(Problem::RegistrationNotFound(id.to_string()))
}

async fn find(app: &App, id: Uuid) -> Result<Full> {
    let found = db::registrations::find(&mut *app.db.get().await?, id).await?;
    found.ok_or_else(|| Problem::RegistrationNotFound(id.to_string()))
}

/// Whatever is no UUID names no registration.
pub(super) fn registration_id(text: &str) -> Result<Uuid> {
    text.parse()
        .map_err(|_| Problem::RegistrationNotFound(text.to_owned()))
}

async fn document(app: &App, full: Full, language: &str) -> Result<RegistrationDocument> {
    let mut documents = documents(app, vec![full], language).await?;
    Ok(documents.pop().expect("one in, one out"))
}

/// Registrations as the API says them.
pub(super) async fn documents(
    app: &App,
    found: Vec<Full>,
    language: &str,
) -> Result<Vec<RegistrationDocument>> {
    let mut conn = app.db.get().await?;
    let ids: Vec<Uuid> = found
        .iter()
        .map(|(registration, ..)| registration.id)
        .collect();
    let mut waived = HashMap::<Uuid, Vec<String>>::new();
    for (id, activity_id) in db::registrations::waived(&mut conn, &ids).await? {
        waived.entry(id).or_default().push(activity_id);
    }
    let mut documents = Vec::with_capacity(found.len());
    for full in found {
        let taken = app.live.taken(&mut conn, full.0.package_version_id).await?;
        let waived = waived.remove(&full.0.id).unwrap_or_default();
        documents.push(RegistrationDocument::new(
            full,
            &taken.untouched,
            &waived,
            language,
        ));
    }
    Ok(documents)
}

/// The language of the answer's sentences: Italian when it is asked for before English.
pub(super) fn language_of(request: &HttpRequest) -> &'static str {
    let header = request.headers().get(header::ACCEPT_LANGUAGE);
    let asked = header
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let tags = asked.split(',').filter_map(|tag| tag.trim().get(..2));
    let known = tags
        .map(str::to_ascii_lowercase)
        .find(|tag| tag == "it" || tag == "en");
    if known.as_deref() == Some("it") {
        "it"
    } else {
        "en"
    }
}

/// A place in a list as clients carry it: microseconds since 1970, then the id.
fn cursor(after: Place) -> String {
    let mut bytes = after.at.timestamp_micros().to_be_bytes().to_vec();
    bytes.extend_from_slice(after.id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read_cursor(cursor: &str) -> Result<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default();
    let place = bytes.split_first_chunk().and_then(|(micros, id)| {
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(*micros))?;
        let id = Uuid::from_slice(id).ok()?;
        Some(Place { at, id })
    });
    place.ok_or_else(|| Problem::BadRequest("`cursor` is not a `next_cursor` of ours".into()))
}
