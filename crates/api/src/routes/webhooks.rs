//! `/api/v1/webhooks`: who is told what happens, and how that goes.

use actix_web::{HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::address::at;
use crate::{
    app::App,
    auth::{Caller, Scope},
    db::webhooks::{self as db, Delivery, Webhook},
    problem::Result,
    webhooks::keep::{
        changed, known, made, no_delivery, no_webhook, removed, replayed, rotated, span_replayed,
        tested,
    },
    wire::{self, time},
};

/// Deliveries on a page of the list, unless asked otherwise.
const PAGE: i64 = 50;
/// Deliveries on a page of the list, at most.
const LARGEST_PAGE: i64 = 200;

/// This file's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(
    list,
    create,
    get,
    change,
    delete,
    rotate,
    test,
    deliveries,
    replay,
    replay_span
))]
pub(crate) struct Api;

/// Adds the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::scope("/api/v1/webhooks")
            .service(at("").get(list).post(create))
            .service(at("/{id}").get(get).put(change).delete(delete))
            .service(at("/{id}/secret").post(rotate))
            .service(at("/{id}/test").post(test))
            .service(at("/{id}/deliveries").get(deliveries))
            .service(at("/{id}/deliveries/{delivery}/replay").post(replay))
            .service(at("/{id}/replay").post(replay_span)),
    );
}

/// A webhook to make or change.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct WebhookBody {
    /// Where events are posted to: https.
    pub(crate) url: String,
    /// Types of events: `registration.started`, `registration.progressed`, `registration.completed`,
    /// `registration.passed`, `registration.failed`, `certificate.issued`, `package.published`.
    pub(crate) events: Vec<String>,
    /// What it is for, in words.
    #[serde(default)]
    pub(crate) description: String,
    /// False stops it; true, as when unsaid, starts it again and sends what waited.
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
}

fn yes() -> bool {
    true
}

/// A webhook.
#[derive(Serialize, ToSchema)]
struct WebhookDocument {
    id: Uuid,
    url: String,
    description: String,
    events: Vec<String>,
    enabled: bool,
    disabled_at: Option<String>,
    /// `asked`: somebody did. `gone`: the receiver answered 410. `tries`: a delivery failed too often;
    /// events go on being kept for it.
    disabled_reason: Option<String>,
    /// Until when the key before the last rotation signs too.
    previous_secret_until: Option<String>,
    /// Deliveries that are still tried.
    pending: i64,
    /// Deliveries that are not tried any more.
    failed: i64,
    last_delivered_at: Option<String>,
    created_at: String,
}

impl From<Webhook> for WebhookDocument {
    fn from(webhook: Webhook) -> Self {
        let overlap = webhook.previous_until.filter(|until| *until > Utc::now());
        Self {
            id: webhook.id,
            url: webhook.url,
            description: webhook.description,
            events: webhook.events,
            enabled: webhook.disabled_at.is_none(),
            disabled_at: webhook.disabled_at.map(time),
            disabled_reason: webhook.disabled_reason,
            previous_secret_until: overlap.map(time),
            pending: webhook.pending,
            failed: webhook.failed,
            last_delivered_at: webhook.delivered_at.map(time),
            created_at: time(webhook.created_at),
        }
    }
}

/// A webhook with its key: shown this once.
#[derive(Serialize, ToSchema)]
struct SecretDocument {
    #[serde(flatten)]
    webhook: WebhookDocument,
    /// `whsec_` and the key in base64.
    secret: String,
}

/// List the webhooks, the newest first.
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "webhooks",
    responses((status = 200, body = Vec<WebhookDocument>)),
)]
async fn list(app: web::Data<App>, caller: Caller) -> Result<web::Json<Vec<WebhookDocument>>> {
    caller.require(Scope::WebhooksWrite)?;
    let all = db::all(&mut *app.db.get().await?).await?;
    Ok(web::Json(
        all.into_iter().map(WebhookDocument::from).collect(),
    ))
}

/// Make a webhook. The answer shows its secret, once.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "webhooks", request_body = WebhookBody,
    responses(
        (status = 201, body = SecretDocument),
        (status = 422, description = "A value is not accepted"),
    ),
)]
async fn create(
    app: web::Data<App>,
    caller: Caller,
    body: wire::body::Body,
) -> Result<HttpResponse> {
    caller.require(Scope::WebhooksWrite)?;
    let body: WebhookBody = wire::body::read(body)?;
    let (id, secret) = made(&app, (&caller).into(), &caller.name, &body).await?;
    let webhook = known(&mut *app.db.get().await?, id).await?.into();
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/webhooks/{id}")))
        .json(SecretDocument { webhook, secret }))
}

/// A webhook.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}", tag = "webhooks", params(("id" = Uuid, Path)),
    responses((status = 200, body = WebhookDocument), (status = 404, description = "No such webhook")),
)]
async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<WebhookDocument>> {
    caller.require(Scope::WebhooksWrite)?;
    let found = known(&mut *app.db.get().await?, id_of(&id)?).await?;
    Ok(web::Json(found.into()))
}

/// Change a webhook, stop it or start it again.
#[utoipa::path(
    put, path = "/api/v1/webhooks/{id}", tag = "webhooks", params(("id" = Uuid, Path)),
    request_body = WebhookBody,
    responses(
        (status = 200, body = WebhookDocument),
        (status = 404, description = "No such webhook"),
        (status = 422, description = "A value is not accepted"),
    ),
)]
async fn change(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: wire::body::Body,
) -> Result<web::Json<WebhookDocument>> {
    caller.require(Scope::WebhooksWrite)?;
    let id = id_of(&id)?;
    changed(&app, (&caller).into(), id, &wire::body::read(body)?).await?;
    let found = known(&mut *app.db.get().await?, id).await?;
    Ok(web::Json(found.into()))
}

/// Remove a webhook and what waits for it.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Removed"), (status = 404, description = "No such webhook")),
)]
async fn delete(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    caller.require(Scope::WebhooksWrite)?;
    removed(&app, (&caller).into(), id_of(&id)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How a key is changed.
#[derive(Deserialize, ToSchema)]
struct RotateBody {
    /// For so many hours the old key signs too, 0 to 720; 24 when unsaid.
    overlap_hours: Option<i64>,
}

/// Give a webhook a new secret, shown once. The old one signs too while they overlap: both signatures
/// stand in the header.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/secret", tag = "webhooks", params(("id" = Uuid, Path)),
    request_body = RotateBody,
    responses((status = 200, body = SecretDocument), (status = 404, description = "No such webhook")),
)]
async fn rotate(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: wire::body::Body,
) -> Result<web::Json<SecretDocument>> {
    caller.require(Scope::WebhooksWrite)?;
    let id = id_of(&id)?;
    let body: RotateBody = wire::body::read(body)?;
    let secret = rotated(&app, (&caller).into(), id, body.overlap_hours).await?;
    let webhook = known(&mut *app.db.get().await?, id).await?.into();
    Ok(web::Json(SecretDocument { webhook, secret }))
}

/// A delivery.
#[derive(Serialize, ToSchema)]
struct DeliveryDocument {
    id: Uuid,
    /// The header `webhook-id`.
    event_id: Uuid,
    /// Type of the event.
    event: String,
    occurred_at: String,
    /// What is told.
    #[schema(value_type = Object)]
    data: Value,
    /// `pending`, `delivered` or `failed` (not tried any more).
    state: String,
    tries: i32,
    /// Not before; null when it is not tried any more.
    next_try_at: Option<String>,
    last_tried_at: Option<String>,
    /// HTTP status of the last answer; null when there was none.
    status: Option<i32>,
    /// Why there was none.
    error: Option<String>,
    /// The first kilobyte of the last answer's body.
    response: Option<String>,
    duration_ms: Option<i32>,
}

impl From<Delivery> for DeliveryDocument {
    fn from(delivery: Delivery) -> Self {
        let is_pending = delivery.state == "pending";
        Self {
            id: delivery.id,
            event_id: delivery.event_id,
            event: delivery.event_type,
            occurred_at: time(delivery.occurred_at),
            data: delivery.data,
            state: delivery.state,
            tries: delivery.tries,
            next_try_at: Some(time(delivery.next_at)).filter(|_| is_pending),
            last_tried_at: delivery.tried_at.map(time),
            status: delivery.status,
            error: delivery.error,
            response: delivery.response,
            duration_ms: delivery.duration_ms,
        }
    }
}

/// Send the event `webhook.test` now, whether the webhook is enabled or not; the answer says what came of
/// it.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", params(("id" = Uuid, Path)),
    responses((status = 200, body = DeliveryDocument), (status = 404, description = "No such webhook")),
)]
async fn test(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<DeliveryDocument>> {
    caller.require(Scope::WebhooksWrite)?;
    Ok(web::Json(tested(&app, id_of(&id)?).await?.into()))
}

/// Which deliveries.
#[derive(Deserialize, IntoParams)]
struct Query {
    /// `pending`, `delivered` or `failed`.
    state: Option<String>,
    /// How many, 1 to 200; 50 when unsaid.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<Uuid>,
}

/// A page of deliveries.
#[derive(Serialize, ToSchema)]
struct DeliveryList {
    /// The latest first.
    items: Vec<DeliveryDocument>,
    /// Asks for the next page; null on the last.
    next_cursor: Option<Uuid>,
}

/// List a webhook's deliveries, the latest first.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks", params(("id" = Uuid, Path), Query),
    responses((status = 200, body = DeliveryList), (status = 404, description = "No such webhook")),
)]
async fn deliveries(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    query: web::Query<Query>,
) -> Result<web::Json<DeliveryList>> {
    caller.require(Scope::WebhooksWrite)?;
    let mut conn = app.db.get().await?;
    let id = known(&mut conn, id_of(&id)?).await?.id;
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let state = query.state.as_deref();
    let mut found = db::deliveries(&mut conn, id, state, query.cursor, limit + 1).await?;
    let more = i64::try_from(found.len()).is_ok_and(|count| count > limit);
    if more {
        found.pop();
    }
    Ok(web::Json(DeliveryList {
        next_cursor: found.last().filter(|_| more).map(|last| last.id),
        items: found.into_iter().map(DeliveryDocument::from).collect(),
    }))
}

/// Send a delivery again, from its first try.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/deliveries/{delivery}/replay", tag = "webhooks",
    params(("id" = Uuid, Path), ("delivery" = Uuid, Path)),
    responses((status = 202, description = "It is due now"), (status = 404, description = "No such delivery")),
)]
async fn replay(
    app: web::Data<App>,
    caller: Caller,
    ids: web::Path<(String, String)>,
) -> Result<HttpResponse> {
    caller.require(Scope::WebhooksWrite)?;
    let (id, delivery) = ids.into_inner();
    let delivery: Uuid = delivery.parse().map_err(|_| no_delivery(&delivery))?;
    replayed(&app, (&caller).into(), id_of(&id)?, delivery).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// What is sent again.
#[derive(Deserialize, ToSchema)]
struct SpanBody {
    /// From this moment on.
    since: DateTime<Utc>,
    /// Before this moment; now when unsaid.
    until: Option<DateTime<Utc>>,
    /// Only what is not tried any more, and what was never put into this webhook's outbox; true when
    /// unsaid. False sends what arrived again, too.
    #[serde(default = "yes")]
    only_failed: bool,
}

/// How much is sent again.
#[derive(Serialize, ToSchema)]
struct Replayed {
    replayed: usize,
}

/// Send what happened in a span of time again.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/replay", tag = "webhooks", params(("id" = Uuid, Path)),
    request_body = SpanBody,
    responses((status = 202, body = Replayed), (status = 404, description = "No such webhook")),
)]
async fn replay_span(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: wire::body::Body,
) -> Result<HttpResponse> {
    caller.require(Scope::WebhooksWrite)?;
    let id = id_of(&id)?;
    let body: SpanBody = wire::body::read(body)?;
    let span = (body.since, body.until.unwrap_or_else(Utc::now));
    let replayed = span_replayed(&app, (&caller).into(), id, span, body.only_failed).await?;
    Ok(HttpResponse::Accepted().json(Replayed { replayed }))
}

/// Whatever is no UUID names no webhook.
fn id_of(id: &str) -> Result<Uuid> {
    id.parse().map_err(|_| no_webhook(id))
}
