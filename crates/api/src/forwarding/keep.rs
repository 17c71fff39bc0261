//! Other stores made, changed and looked after: what the API and the pages both do.

use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ORIGINS, VERSIONS};
use crate::{
    app::App,
    audit::{self, Act, Actor},
    db::{
        Connection,
        lrs::forward::{self as db, Forward, Wanted},
    },
    problem::{Problem, Result},
    routes::forwards::ForwardBody,
    wire::time,
    xapi::is_iri,
};

/// A text is at most this long, in characters.
const LONGEST_TEXT: usize = 2000;
/// Verbs or activities in a filter, at most.
const MOST: usize = 100;

/// Sets up forwarding to another store; answers its id. With `since`, what was stored from then on waits
/// for it too.
///
/// # Errors
/// When a value is not accepted.
pub(crate) async fn made(app: &App, actor: Actor, by: &str, body: &ForwardBody) -> Result<Uuid> {
    let url = checked(app, body)?;
    if body.password.is_none() {
        return Err(Problem::validation("`password` is missing"));
    }
    let id = Uuid::now_v7();
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        db::insert(conn, id, &wanted(&url, body), by).await?;
        if let Some(since) = body.since {
            db::put_since(conn, id, since).await?;
        }
        audit::note(conn, actor, Act::ForwardCreated, id, said(body)).await
    })
    .await?;
    Ok(id)
}

/// Changes it.
///
/// # Errors
/// When there is none, or a value is not accepted.
pub(crate) async fn changed(app: &App, actor: Actor, id: Uuid, body: &ForwardBody) -> Result<()> {
    let url = checked(app, body)?;
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        if !db::update(conn, id, &wanted(&url, body)).await? {
            return Err(none(&id.to_string()));
        }
        audit::note(conn, actor, Act::ForwardChanged, id, said(body)).await
    })
    .await
}

/// Removes it.
///
/// # Errors
/// When there is none.
pub(crate) async fn removed(app: &App, actor: Actor, id: Uuid) -> Result<()> {
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        if !db::delete(conn, id).await? {
            return Err(none(&id.to_string()));
        }
        audit::note(conn, actor, Act::ForwardDeleted, id, json!({})).await
    })
    .await
}

/// Sends again: what was stored since a moment, or what was refused. Answers how many statements that is.
///
/// # Errors
/// When there is none.
pub(crate) async fn replayed(
    app: &App,
    actor: Actor,
    id: Uuid,
    since: Option<DateTime<Utc>>,
) -> Result<usize> {
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        known(conn, id).await?;
        let count = match since {
            Some(since) => db::put_since(conn, id, since).await?,
            None => db::retry(conn, id).await?,
        };
        let details = json!({ "since": since.map(time), "count": count });
        audit::note(conn, actor, Act::ForwardReplayed, id, details).await?;
        Ok(count)
    })
    .await
}

/// The one with this id.
///
/// # Errors
/// When there is none.
pub(crate) async fn known(conn: &mut Connection, id: Uuid) -> Result<Forward> {
    let found = db::find(conn, id).await?;
    found.ok_or_else(|| none(&id.to_string()))
}

/// There is none under this id.
pub(crate) fn none(id: &str) -> Problem {
    Problem::NotFound(format!(
        "nothing is forwarded under the id {id}; GET /api/v1/forwards lists what is"
    ))
}

fn checked(app: &App, body: &ForwardBody) -> Result<String> {
    let url = app.webhooks.checked(&body.url);
    let url = url.map_err(Problem::validation)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Problem::validation(
            "`url` is the xAPI endpoint: no `?`, no `#`, and without /statements",
        ));
    }
    let url = url.as_str().trim_end_matches('/');
    let url = url.strip_suffix("/statements").unwrap_or(url).to_owned();
    let password = body.password.as_deref().unwrap_or_default();
    for (name, text) in [
        ("url", url.as_str()),
        ("description", &body.description),
        ("username", &body.username),
        ("password", password),
    ] {
        if text.contains('\0') || text.chars().count() > LONGEST_TEXT {
            return Err(Problem::validation(format!(
                "`{name}` has a NUL or more than {LONGEST_TEXT} characters"
            )));
        }
    }
    let one_of = |name: &str, value: &str, known: Vec<&str>| {
        if known.contains(&value) {
            return Ok(());
        }
        let known = known.join(", ");
        Err(Problem::validation(format!(
            "`{name}` is {value:?}; expected one of {known}"
        )))
    };
    let versions = VERSIONS.iter().map(|version| version.name()).collect();
    one_of("version", &body.version, versions)?;
    let origins = ORIGINS.iter().map(|(name, ..)| *name).collect();
    one_of("origin", &body.origin, origins)?;
    for (name, list) in [("verbs", &body.verbs), ("activities", &body.activities)] {
        if list.len() > MOST {
            return Err(Problem::validation(format!(
                "`{name}` has more than {MOST} entries"
            )));
        }
        if let Some(bad) = list.iter().find(|iri| !is_iri(iri) || iri.contains('\0')) {
            return Err(Problem::validation(format!(
                "`{name}` has {bad:?}, which is no absolute IRI"
            )));
        }
    }
    Ok(url)
}

fn wanted<'a>(url: &'a str, body: &'a ForwardBody) -> Wanted<'a> {
    Wanted {
        url,
        description: body.description.trim(),
        version: &body.version,
        username: &body.username,
        password: body.password.as_deref(),
        verbs: &body.verbs,
        activities: &body.activities,
        origin: &body.origin,
        enabled: body.enabled,
    }
}

/// For the audit log: not the address and not the credentials.
fn said(body: &ForwardBody) -> Value {
    json!({
        "version": body.version, "verbs": body.verbs, "activities": body.activities,
        "origin": body.origin, "enabled": body.enabled,
    })
}
