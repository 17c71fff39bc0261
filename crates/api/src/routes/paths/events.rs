//! Live events: made, shown, put into a calendar.

use actix_web::{HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{id_of, maybe_text, text};
use crate::{
    app::App,
    audit::{self, Act},
    auth::{Caller, Scope},
    db::paths::events::{self, Event},
    paths::calendar,
    problem::{Problem, Result},
    wire,
};

/// An event to make or change.
#[derive(Deserialize, ToSchema)]
pub(crate) struct EventBody {
    /// Title.
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    /// Who speaks.
    pub(crate) speaker: Option<String>,
    /// RFC 3339.
    pub(crate) starts_at: DateTime<Utc>,
    /// RFC 3339, after `starts_at`.
    pub(crate) ends_at: DateTime<Utc>,
    /// Where to join: http or https.
    pub(crate) join_url: Option<String>,
    /// Minutes from which somebody counts as having been there; half the event when unsaid.
    pub(crate) threshold_minutes: Option<i32>,
    /// Called off: it asks nothing of anybody then.
    #[serde(default)]
    pub(crate) cancelled: bool,
}

/// A live event.
#[derive(Serialize, ToSchema)]
pub(super) struct EventDocument {
    id: Uuid,
    /// The key that its makers know it by.
    code: String,
    title: String,
    description: String,
    speaker: String,
    starts_at: String,
    ends_at: String,
    join_url: Option<String>,
    threshold_minutes: i32,
    cancelled: bool,
    /// The calendar file.
    calendar_url: String,
}

impl From<Event> for EventDocument {
    fn from(event: Event) -> Self {
        Self {
            calendar_url: format!("/api/v1/events/{}/calendar", event.id),
            id: event.id,
            code: event.code,
            title: event.title,
            description: event.description,
            speaker: event.speaker,
            starts_at: wire::time(event.starts_at),
            ends_at: wire::time(event.ends_at),
            join_url: event.join_url,
            threshold_minutes: event.threshold_minutes,
            cancelled: event.cancelled_at.is_some(),
        }
    }
}

impl EventBody {
    /// The event as it is to be kept.
    ///
    /// # Errors
    /// When a value is not accepted.
    pub(crate) fn checked(&self, code: &str) -> Result<Event> {
        let minutes = (self.ends_at - self.starts_at).num_minutes();
        let Ok(minutes @ 1..=1440) = i32::try_from(minutes) else {
            return Err(Problem::validation(
                "`ends_at` is not after `starts_at`, or more than a day later",
            ));
        };
        let threshold_minutes = self.threshold_minutes.unwrap_or(minutes / 2);
        if !(0..=minutes).contains(&threshold_minutes) {
            return Err(Problem::validation(format!(
                "`threshold_minutes` is {threshold_minutes}; expected 0 to {minutes}, the event's length"
            )));
        }
        let join_url = self.join_url.as_deref().filter(|url| !url.is_empty());
        if let Some(url) = join_url
            && !url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        {
            return Err(Problem::validation(
                "`join_url` is no http or https address",
            ));
        }
        let now = Utc::now();
        Ok(Event {
            id: Uuid::now_v7(),
            code: text("code", code)?,
            title: text("title", &self.title)?,
            description: maybe_text("description", self.description.as_deref())?,
            speaker: maybe_text("speaker", self.speaker.as_deref())?,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            join_url: join_url.map(str::to_owned),
            threshold_minutes,
            cancelled_at: self.cancelled.then_some(now),
            updated_at: now,
        })
    }
}

/// Make an event, or bring the one with this code up to date.
#[utoipa::path(
    put, path = "/api/v1/events/{code}", tag = "paths", params(("code" = String, Path)),
    request_body = EventBody,
    responses((status = 200, body = EventDocument), (status = 422, description = "A value is not accepted")),
)]
pub(super) async fn put(
    app: web::Data<App>,
    caller: Caller,
    code: web::Path<String>,
    body: wire::body::Body,
) -> Result<web::Json<EventDocument>> {
    caller.require(Scope::PackagesWrite)?;
    let body: EventBody = wire::body::read(body)?;
    let mut conn = app.db.get().await?;
    let kept = events::put(&mut conn, &body.checked(&code)?).await?;
    audit::note(
        &mut conn,
        &caller,
        Act::EventPut,
        kept.id,
        json!({ "code": kept.code }),
    )
    .await?;
    Ok(web::Json(kept.into()))
}

/// List the events, the next first.
#[utoipa::path(get, path = "/api/v1/events", tag = "paths", responses((status = 200, body = Vec<EventDocument>)))]
pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
) -> Result<web::Json<Vec<EventDocument>>> {
    caller.require(Scope::PackagesRead)?;
    let all = events::all(&mut *app.db.get().await?).await?;
    Ok(web::Json(
        all.into_iter().map(EventDocument::from).collect(),
    ))
}

/// An event.
#[utoipa::path(
    get, path = "/api/v1/events/{id}", tag = "paths", params(("id" = Uuid, Path)),
    responses((status = 200, body = EventDocument), (status = 404, description = "No such event")),
)]
pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<EventDocument>> {
    caller.require(Scope::PackagesRead)?;
    Ok(web::Json(event(&app, &id).await?.into()))
}

/// An event's calendar file (RFC 5545). It has no secret in it but where to join, and needs no sign-in, so
/// that calendars may subscribe to it; its address cannot be guessed.
#[utoipa::path(
    get, path = "/api/v1/events/{id}/calendar", tag = "paths", params(("id" = Uuid, Path)),
    responses((status = 200, description = "text/calendar"), (status = 404, description = "No such event")),
)]
pub(super) async fn calendar(app: web::Data<App>, id: web::Path<String>) -> Result<HttpResponse> {
    let event = event(&app, &id).await?;
    let public = url::Url::parse(&app.config.server.public_url).map_err(Problem::internal)?;
    let host = public.host_str().unwrap_or("localhost");
    let file = calendar::file(&event, host, Utc::now());
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}.ics\"", event.id),
        ))
        .body(file))
}

/// The event with this id.
pub(super) async fn event(app: &App, id: &str) -> Result<Event> {
    let found = events::find(&mut *app.db.get().await?, id_of("event", id)?).await?;
    found.ok_or_else(|| Problem::NotFound(format!("there is no event {id}")))
}
