//! Webhooks made, changed, tried and replayed: what the API and the pages both do.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{EVENTS, TEST, secret, work};
use crate::{
    app::App,
    audit::{self, Act, Actor},
    db::{
        Connection,
        webhooks::{self as db, Delivery, Wanted, Webhook},
    },
    problem::{Problem, Result},
    routes::webhooks::WebhookBody,
    wire::time,
};

/// The old key signs for so long after a rotation, in hours, unless asked otherwise.
const OVERLAP_HOURS: i64 = 24;
/// At most for so long.
const LONGEST_OVERLAP_HOURS: i64 = 24 * 30;
/// A description is at most this long, in characters; an address too.
const LONGEST_TEXT: usize = 2000;

/// Makes a webhook; answers its id and its key.
///
/// # Errors
/// When a value is not accepted.
pub(crate) async fn made(
    app: &App,
    actor: Actor,
    by: &str,
    body: &WebhookBody,
) -> Result<(Uuid, String)> {
    let url = checked(app, body)?;
    let (id, secret) = (Uuid::now_v7(), secret::new());
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        db::insert(conn, id, &wanted(&url, body), &secret, by).await?;
        if !body.enabled {
            db::update(conn, id, &wanted(&url, body), false).await?;
        }
        audit::note(conn, actor, Act::WebhookCreated, id, said(body)).await
    })
    .await?;
    Ok((id, secret::shown(&secret)))
}

/// Changes a webhook.
///
/// # Errors
/// When there is none, or a value is not accepted.
pub(crate) async fn changed(app: &App, actor: Actor, id: Uuid, body: &WebhookBody) -> Result<()> {
    let url = checked(app, body)?;
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        if !db::update(conn, id, &wanted(&url, body), body.enabled).await? {
            return Err(no_webhook(&id.to_string()));
        }
        audit::note(conn, actor, Act::WebhookChanged, id, said(body)).await
    })
    .await
}

/// Removes a webhook.
///
/// # Errors
/// When there is none.
pub(crate) async fn removed(app: &App, actor: Actor, id: Uuid) -> Result<()> {
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        if !db::delete(conn, id).await? {
            return Err(no_webhook(&id.to_string()));
        }
        audit::note(conn, actor, Act::WebhookDeleted, id, json!({})).await
    })
    .await
}

/// Changes a webhook's key; answers the new one.
///
/// # Errors
/// When there is none, or the overlap is not accepted.
pub(crate) async fn rotated(
    app: &App,
    actor: Actor,
    id: Uuid,
    overlap_hours: Option<i64>,
) -> Result<String> {
    let hours = overlap_hours.unwrap_or(OVERLAP_HOURS);
    if !(0..=LONGEST_OVERLAP_HOURS).contains(&hours) {
        return Err(Problem::validation(format!(
            "`overlap_hours` is {hours}; expected 0 to {LONGEST_OVERLAP_HOURS}"
        )));
    }
    let secret = secret::new();
    let until = Utc::now() + TimeDelta::hours(hours);
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        if !db::rotate(conn, id, &secret, until).await? {
            return Err(no_webhook(&id.to_string()));
        }
        let details = json!({ "overlap_hours": hours });
        audit::note(conn, actor, Act::WebhookRotated, id, details).await
    })
    .await?;
    Ok(secret::shown(&secret))
}

/// Sends a test; answers what came of it.
///
/// # Errors
/// When there is no such webhook.
pub(crate) async fn tested(app: &App, id: Uuid) -> Result<Delivery> {
    let mut conn = app.db.get().await?;
    known(&mut conn, id).await?;
    let delivery = db::put_for(&mut conn, id, TEST, &json!({ "webhook_id": id })).await?;
    drop(conn);
    work::deliver_one(app, delivery).await?;
    let found = db::delivery(&mut *app.db.get().await?, id, delivery).await?;
    found.ok_or_else(|| no_delivery(&delivery.to_string()))
}

/// Sends a delivery again.
///
/// # Errors
/// When there is none.
pub(crate) async fn replayed(app: &App, actor: Actor, id: Uuid, delivery: Uuid) -> Result<()> {
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        if !db::replay(conn, id, delivery).await? {
            return Err(no_delivery(&delivery.to_string()));
        }
        let details = json!({ "delivery": delivery });
        audit::note(conn, actor, Act::WebhookReplayed, id, details).await
    })
    .await
}

/// Sends a span of time again; answers how many deliveries that is.
///
/// # Errors
/// When there is no such webhook.
pub(crate) async fn span_replayed(
    app: &App,
    actor: Actor,
    id: Uuid,
    span: (DateTime<Utc>, DateTime<Utc>),
    only_failed: bool,
) -> Result<usize> {
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        known(conn, id).await?;
        let count = db::replay_span(conn, id, span, only_failed).await?;
        let details = json!({ "since": time(span.0), "until": time(span.1), "count": count });
        audit::note(conn, actor, Act::WebhookReplayed, id, details).await?;
        Ok(count)
    })
    .await
}

/// The webhook with this id.
///
/// # Errors
/// When there is none.
pub(crate) async fn known(conn: &mut Connection, id: Uuid) -> Result<Webhook> {
    let found = db::find(conn, id).await?;
    found.ok_or_else(|| no_webhook(&id.to_string()))
}

fn checked(app: &App, body: &WebhookBody) -> Result<String> {
    let url = app.webhooks.checked(&body.url);
    let url = String::from(url.map_err(Problem::validation)?);
    if too_long(&url) || too_long(&body.description) || body.description.contains('\0') {
        return Err(Problem::validation(format!(
            "`url` or `description` has a NUL or more than {LONGEST_TEXT} characters"
        )));
    }
    if body.events.is_empty() {
        return Err(Problem::validation(
            "`events` names none: nothing would ever be sent",
        ));
    }
    let unknown = |name: &&String| EVENTS.iter().all(|(known, ..)| known != name);
    if let Some(unknown) = body.events.iter().find(unknown) {
        let known: Vec<_> = EVENTS.iter().map(|(name, ..)| *name).collect();
        return Err(Problem::validation(format!(
            "there is no event `{unknown}`; there are {}",
            known.join(", ")
        )));
    }
    Ok(url)
}

fn too_long(text: &str) -> bool {
    text.chars().count() > LONGEST_TEXT
}

fn wanted<'a>(url: &'a str, body: &'a WebhookBody) -> Wanted<'a> {
    Wanted {
        url,
        description: body.description.trim(),
        events: &body.events,
    }
}

/// For the audit log: not the address, which may carry a token.
fn said(body: &WebhookBody) -> Value {
    json!({ "events": body.events, "enabled": body.enabled })
}

/// There is no webhook under this id.
pub(crate) fn no_webhook(id: &str) -> Problem {
    Problem::NotFound(format!(
        "there is no webhook {id}; GET /api/v1/webhooks lists those there are"
    ))
}

/// There is no delivery under this id.
pub(crate) fn no_delivery(id: &str) -> Problem {
    Problem::NotFound(format!(
        "this webhook has no delivery {id}; GET …/deliveries lists those there are"
    ))
}
