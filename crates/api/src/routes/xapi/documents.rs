//! `/xapi/activities/state`, `/xapi/activities/profile`, `/xapi/agents/profile`: documents with
//! ETags, merged by POST.

use actix_web::{HttpResponse, http::Method};
use chrono::Utc;
use serde_json::Value;
use sha1::{Digest, Sha1};
use uuid::Uuid;

use super::Call;
use crate::{
    cmi5::AuCaller,
    db::{
        self,
        lrs::documents::{Document, Place},
    },
    problem::{Problem, Result},
    wire::package::hexadecimal,
    xapi::{self, Version},
};

/// Answers a request.
pub(super) async fn answer(call: &Call, resource: &str) -> Result<HttpResponse> {
    let (place, id_name) = place(call, resource)?;
    let name = call.text(id_name);
    if name.is_some_and(|name| name.contains('\0')) {
        let what = format!("`{id_name}` must not hold U+0000");
        return Err(Problem::BadRequest(what));
    }
    guard(call, &place, name)?;
    match (call.method.as_str(), name) {
        ("GET" | "HEAD", None) => names(call, &place).await,
        ("GET" | "HEAD", Some(name)) => get(call, &place, name).await,
        ("DELETE", None) if place.resource == "state" => delete(call, &place, None).await,
        ("DELETE", Some(name)) => delete(call, &place, Some(name)).await,
        (_, None) => Err(Problem::BadRequest(format!(
            "the parameter `{id_name}` is missing"
        ))),
        (_, Some(name)) => put(call, &place, name).await,
    }
}

fn place(call: &Call, resource: &str) -> Result<(Place, &'static str)> {
    let activity = || -> Result<String> {
        let id = call.required("activityId")?;
        if !xapi::is_iri(id) {
            return Err(Problem::BadRequest("`activityId` is no IRI".into()));
        }
        Ok(id.to_owned())
    };
    let agent = || -> Result<String> {
        call.required("agent")?;
        let agent = call.agent("agent")?;
        Ok(agent
            .as_ref()
            .and_then(xapi::agent::key)
            .unwrap_or_default())
    };
    Ok(match resource {
        "activities/state" => {
            let registration = call.text("registration").map(|text| {
                text.parse::<Uuid>()
                    .map(|id| id.to_string())
                    .map_err(|_| Problem::BadRequest("`registration` is no UUID".into()))
            });
            let place = Place {
                resource: "state",
                activity: activity()?,
                agent: agent()?,
                registration: registration.transpose()?,
            };
            (place, "stateId")
        }
        "activities/profile" => {
            let place = Place {
                resource: "activity",
                activity: activity()?,
                ..Place::default()
            };
            (place, "profileId")
        }
        _ => {
            let place = Place {
                resource: "agent",
                agent: agent()?,
                ..Place::default()
            };
            (place, "profileId")
        }
    })
}

/// What a unit may ask, before anything else is looked at.
fn guard(call: &Call, place: &Place, name: Option<&str>) -> Result<()> {
    let Some(au) = call.au() else { return Ok(()) };
    let writes = !matches!(call.method, Method::GET | Method::HEAD);
    let requirement = if place.resource == "agent" {
        "11.0.0.0-1"
    } else {
        "8.1.3.0-3"
    };
    au.check_agent(call.agent("agent")?.as_ref(), requirement)?;
    match place.resource {
        "state" => {
            au.check_registration(call.text("registration"))?;
            if writes {
                AuCaller::check_state_write(name)?;
            }
        }
        "agent" if matches!(call.method, Method::PUT | Method::POST) => {
            let name = name.unwrap_or_default();
            AuCaller::check_profile_write(name, call.content_type(), &call.body)?;
        }
        _ => {}
    }
    Ok(())
}

async fn names(call: &Call, place: &Place) -> Result<HttpResponse> {
    let since = call.moment("since")?;
    let mut conn = call.app.db.get().await?;
    let names = db::lrs::documents::names(&mut conn, place, since).await?;
    Ok(HttpResponse::Ok().json(names))
}

async fn get(call: &Call, place: &Place, name: &str) -> Result<HttpResponse> {
    if place.resource == "agent"
        && let Some(au) = call.au()
    {
        au.profile_read(&call.app, name).await?;
    }
    let found = db::lrs::documents::find(&mut *call.app.db.get().await?, place, name).await?;
    let found = found.ok_or_else(|| Problem::NotFound(format!("there is no document {name}")))?;
    let modified = found
        .updated_at
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    Ok(HttpResponse::Ok()
        .insert_header(("content-type", found.content_type))
        .insert_header(("etag", found.etag))
        .insert_header(("last-modified", modified))
        .body(found.content))
}

/// How often a document is read again because somebody else wrote it meanwhile.
const TRIES: usize = 20;

async fn put(call: &Call, place: &Place, name: &str) -> Result<HttpResponse> {
    let mut conn = call.app.db.get().await?;
    if call.method == Method::PUT && !is_conditional(call, place) {
        let document = document(call.content_type(), call.body.to_vec());
        db::lrs::documents::put(&mut conn, place, name, &document).await?;
        return Ok(HttpResponse::NoContent().finish());
    }
    for _ in 0..TRIES {
        let found = db::lrs::documents::find(&mut conn, place, name).await?;
        check_match(call, place, found.as_ref())?;
        let document = if call.method == Method::POST {
            merged(call, found.as_ref())?
        } else {
            document(call.content_type(), call.body.to_vec())
        };
        let found = found.as_ref();
        if db::lrs::documents::replace(&mut conn, place, name, found, &document).await? {
            return Ok(HttpResponse::NoContent().finish());
        }
    }
    Err(busy())
}

fn busy() -> Problem {
    Problem::Unavailable("others write this document all the time; try again".into())
}

async fn delete(call: &Call, place: &Place, name: Option<&str>) -> Result<HttpResponse> {
    let mut conn = call.app.db.get().await?;
    match name.filter(|_| call.header("if-match").is_some()) {
        None => db::lrs::documents::delete(&mut conn, place, name).await?,
        Some(name) => {
            let found = db::lrs::documents::find(&mut conn, place, name).await?;
            check_match(call, place, found.as_ref())?;
            if let Some(found) = &found
                && !db::lrs::documents::delete_found(&mut conn, place, name, found).await?
            {
                return Err(stale());
            }
        }
    }
    Ok(HttpResponse::NoContent().finish())
}

fn stale() -> Problem {
    Problem::PreconditionFailed("the document is another by now; read it again".into())
}

/// Whether writing depends on what is there.
fn is_conditional(call: &Call, place: &Place) -> bool {
    let says = |header| call.header(header).is_some();
    says("if-match")
        || says("if-none-match")
        || place.resource != "state"
        || call.version == Version::V2
}

/// Concurrency by ETags: asked for where profiles are overwritten, in 2.0 also for state.
fn check_match(call: &Call, place: &Place, known: Option<&Document>) -> Result<()> {
    let named = |header: &str| {
        let tags = call.header(header)?;
        Some(tags.split(',').any(|tag| {
            let tag = tag.trim();
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            known.is_some_and(|known| tag == "*" || tag == known.etag)
        }))
    };
    if named("if-match") == Some(false) || named("if-none-match") == Some(true) {
        return Err(stale());
    }
    let unsaid = call.header("if-match").is_none() && call.header("if-none-match").is_none();
    let is_profile = place.resource != "state";
    let asks = is_profile || call.version == Version::V2;
    if call.method == Method::PUT && unsaid && asks && known.is_some() {
        return Err(Problem::Conflict(
            "the document exists: read it, and send its ETag as If-Match".into(),
        ));
    }
    // Units leave it out, and the suites for them look away; clients are held to it.
    let is_asked = call.version == Version::V1 && call.au().is_none();
    if call.method == Method::PUT && unsaid && is_profile && is_asked {
        return Err(Problem::BadRequest(
            "say what is expected: If-None-Match: * for a new document, If-Match with its ETag to write over it".into(),
        ));
    }
    Ok(())
}

/// POST: two JSON objects become one, the new one's members winning.
fn merged(call: &Call, known: Option<&Document>) -> Result<Document> {
    let Some(known) = known else {
        if is_json(call.content_type()) && !is_object(&call.body) {
            return Err(Problem::BadRequest("the body is no JSON object".into()));
        }
        return Ok(document(call.content_type(), call.body.to_vec()));
    };
    if !is_json(&known.content_type) || !is_json(call.content_type()) {
        return Err(Problem::BadRequest(
            "only JSON objects can be merged".into(),
        ));
    }
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let (mut whole, new) = (read(&known.content), read(&call.body));
    match (whole.as_object_mut(), new) {
        (Some(whole), Value::Object(new)) => whole.extend(new),
        _ => {
            return Err(Problem::BadRequest(
                "only JSON objects can be merged".into(),
            ));
        }
    }
    Ok(document(
        &known.content_type,
        whole.to_string().into_bytes(),
    ))
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}

fn is_object(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value.is_object())
}

/// A document of this moment.
pub(crate) fn document(content_type: &str, content: Vec<u8>) -> Document {
    Document {
        content_type: content_type.to_owned(),
        etag: format!("\"{}\"", hexadecimal(&Sha1::digest(&content))),
        content,
        updated_at: Utc::now(),
    }
}
