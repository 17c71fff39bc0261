//! `/xapi`: the learning record store over HTTP. Any number of slashes between the parts of an
//! address, any origin; credentials of API clients, or the token of a cmi5 unit in its session.

mod alternate;
pub(crate) mod blobs;
mod documents;
pub(crate) mod multipart;
mod query;
mod rights;
mod statements;

pub(crate) use documents::document;

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{Method, StatusCode, header},
    web,
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::cors;
use crate::{
    app::App,
    auth::{Caller, Peer, caller_by},
    cmi5::{self, AuCaller},
    db,
    problem::{Problem, Result},
    xapi::{self, Version},
};

/// Largest body, in bytes.
const BODY_BYTES: usize = 32 << 20;
const VERSION: &str = "X-Experience-API-Version";

/// Adds the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::scope("/xapi")
            .app_data(web::PayloadConfig::new(BODY_BYTES))
            .default_service(web::to(answer)),
    );
}

/// One request.
pub(super) struct Call {
    pub(super) app: web::Data<App>,
    pub(super) resource: String,
    pub(super) method: Method,
    pub(super) headers: header::HeaderMap,
    pub(super) query: HashMap<String, String>,
    pub(super) raw_query: String,
    pub(super) body: web::Bytes,
    pub(super) who: Who,
    pub(super) version: Version,
}

/// Who asks.
pub(super) enum Who {
    /// An API client, or a person with the right.
    Client(Caller),
    /// A cmi5 unit in its session.
    Au(Box<AuCaller>),
}

impl Call {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// A parameter that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str> {
        self.text(name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Problem::BadRequest(format!("the parameter `{name}` is missing")))
    }

    /// An agent given as JSON.
    pub(super) fn agent(&self, name: &str) -> Result<Option<Value>> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let agent: Value = serde_json::from_str(text)
            .map_err(|_| Problem::BadRequest(format!("`{name}` is no agent in JSON")))?;
        xapi::check_actor(&agent, name)
            .map_err(|fault| Problem::breaks(fault.section(), fault.to_string()))?;
        match xapi::agent::key(&agent) {
            Some(_) => Ok(Some(agent)),
            None => Err(Problem::BadRequest(format!(
                "`{name}` is an anonymous group; ask by an identifier"
            ))),
        }
    }

    /// A moment, written as in statements.
    pub(super) fn moment(&self, name: &str) -> Result<Option<DateTime<Utc>>> {
        let read = |text: &str| {
            let moment = xapi::timestamp(text).map(|moment| moment.with_timezone(&Utc));
            moment.ok_or_else(|| {
                let what = format!("`{name}` is no ISO 8601 time; -00:00 is no offset");
                Problem::BadRequest(what)
            })
        };
        self.text(name).map(read).transpose()
    }

    /// Whether the caller sees only what it has stored itself.
    pub(super) fn sees_own_only(&self) -> bool {
        match &self.who {
            Who::Client(caller) => rights::sees_own_only(caller),
            Who::Au(_) => false,
        }
    }

    /// Whether what is stored defines activities.
    pub(super) fn defines(&self) -> bool {
        match &self.who {
            Who::Client(caller) => rights::defines(caller),
            Who::Au(_) => true,
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn content_type(&self) -> &str {
        self.header("content-type")
            .unwrap_or("application/octet-stream")
    }

    /// The unit that asks, when it is one.
    pub(super) fn au(&self) -> Option<&AuCaller> {
        match &self.who {
            Who::Au(au) => Some(au),
            Who::Client(_) => None,
        }
    }

    /// Who answers for what is stored.
    pub(super) fn authority(&self) -> Value {
        let name = match &self.who {
            Who::Client(caller) => caller.name.as_str(),
            Who::Au(_) => UNITS,
        };
        authority(&self.app, name)
    }
}

/// Who answers for what units say.
const UNITS: &str = "cmi5";
/// Who answers for what this server says.
pub(crate) const SERVER: &str = "percorso";
/// Names of those who answer for what comes from this server's own courses.
pub(crate) const OWN: [&str; 2] = [SERVER, UNITS];

/// An agent that answers for statements.
pub(crate) fn authority(app: &App, name: &str) -> Value {
    json!({
        "objectType": "Agent",
        "account": { "homePage": app.config.server.public_url, "name": name },
    })
}

async fn answer(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let app = request.app_data::<web::Data<App>>().cloned();
    let through = || app.as_ref().map(|app| app.moments.through());
    // Of what is read nothing may be promised that was stored while it was read.
    let before = through().filter(|_| matches!(*request.method(), Method::GET | Method::HEAD));
    let mut response = if request.method() == Method::OPTIONS {
        HttpResponse::NoContent().finish()
    } else {
        match call(&request, payload).await {
            Ok(response) => response,
            Err(problem) => problem.error_response(),
        }
    };
    let asked = asked_version(request.headers());
    let version = answered_version(asked, &request);
    let status = response.status();
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = header::HeaderValue::from_str(value) {
            headers.insert(header::HeaderName::from_static(name), value);
        }
    };
    set("x-experience-api-version", version);
    set(
        "access-control-allow-methods",
        "GET, HEAD, POST, PUT, DELETE, OPTIONS",
    );
    set(
        "access-control-allow-headers",
        "Authorization, Content-Type, Content-Length, X-Experience-API-Version, If-Match, If-None-Match, X-Experience-API-Hash",
    );
    set(
        "access-control-expose-headers",
        "ETag, Last-Modified, Cache-Control, Content-Type, Content-Length, WWW-Authenticate, X-Experience-API-Version, X-Experience-API-Consistent-Through",
    );
    set("access-control-max-age", "86400");
    if let Some(through) = before.or_else(through) {
        let through = through.to_rfc3339_opts(SecondsFormat::Micros, true);
        set("x-experience-api-consistent-through", &through);
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let known = rights::methods(&resource(&request)).unwrap_or_default();
        let known: Vec<&str> = known.iter().map(Method::as_str).collect();
        set("allow", &format!("{}, OPTIONS", known.join(", ")));
    }
    cors::allow_any_origin(&request, headers);
    if headers.contains_key(header::WWW_AUTHENTICATE) {
        // A challenge to `Basic` would stop content on the browser's own prompt.
        headers.insert(
            header::WWW_AUTHENTICATE,
            header::HeaderValue::from_static("Bearer realm=\"xapi\""),
        );
    }
    response
}

fn asked_version(headers: &header::HeaderMap) -> Option<&str> {
    headers.get(VERSION)?.to_str().ok()
}

/// What an answer says: the newest version like the one asked for. A request that names none is one of
/// the time before the header, and is told so; about the LRS and by browsers' own questions anybody may ask.
fn answered_version(asked: Option<&str>, request: &HttpRequest) -> &'static str {
    let is_free = request.method() == Method::OPTIONS
        || request.path().trim_end_matches('/').ends_with("about");
    match asked {
        Some(asked) => Version::of(asked).unwrap_or(Version::V1).name(),
        None if is_free || alternate::is_one(request) => Version::V1.name(),
        None => "0.95",
    }
}

/// What an address names, below `/xapi`.
fn resource(request: &HttpRequest) -> String {
    let parts = request.path().split('/').filter(|part| !part.is_empty());
    parts.skip(1).collect::<Vec<_>>().join("/")
}

/// A request as it is to be understood, before anything of it is judged.
pub(super) struct Sent {
    pub(super) method: Method,
    pub(super) headers: header::HeaderMap,
    pub(super) query: HashMap<String, String>,
    pub(super) raw_query: String,
    pub(super) body: web::Bytes,
}

async fn call(request: &HttpRequest, payload: web::Payload) -> Result<HttpResponse> {
    let body = payload.to_bytes_limited(BODY_BYTES).await;
    let body = body
        .map_err(|_| Problem::TooLarge(format!("bodies may have {BODY_BYTES} bytes")))?
        .map_err(|error| Problem::BadRequest(format!("the body cannot be read: {error}")))?;
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return arrived(request, body).await;
    }
    // Not part of the connection: what has arrived is written, also when a page was left and nobody
    // waits for the answer.
    let request = request.clone();
    let answer = actix_web::rt::spawn(async move { arrived(&request, body).await });
    answer.await.map_err(Problem::internal)?
}

/// Answers a request that is whole.
async fn arrived(request: &HttpRequest, body: web::Bytes) -> Result<HttpResponse> {
    let app = request.app_data::<web::Data<App>>().cloned();
    let app = app.ok_or_else(|| Problem::internal(anyhow::anyhow!("no state in the app")))?;
    let resource = resource(request);
    let given = query::pairs(request.query_string())?;
    let mut sent = Sent {
        method: request.method().clone(),
        headers: request.headers().clone(),
        query: given,
        raw_query: request.query_string().to_owned(),
        body,
    };
    if alternate::is_one(request) {
        sent = alternate::unfold(sent)?;
    }
    if let Some(known) = rights::methods(&resource)
        && !known.contains(&sent.method)
    {
        return Err(Problem::method_not_allowed(known));
    }
    if resource == "about" {
        return Ok(HttpResponse::Ok().json(json!({ "version": ["1.0.3", "2.0.0"] })));
    }
    let version = asked_version(&sent.headers)
        .and_then(Version::of)
        .ok_or_else(|| Problem::BadRequest(format!("send the header {VERSION}: 1.0.3 or 2.0.0")))?;
    if version == Version::V2 && alternate::is_one(request) {
        return Err(Problem::BadRequest(
            "`method` is of the alternate request syntax, which version 2.0 does not have".into(),
        ));
    }
    let who = who(&app, &Peer::of(&app, request), &sent.headers).await?;
    let call = Call {
        resource,
        method: sent.method,
        headers: sent.headers,
        query: sent.query,
        raw_query: sent.raw_query,
        body: sent.body,
        who,
        version,
        app,
    };
    rights::permit(&call)?;
    match call.resource.as_str() {
        "statements" => statements::answer(&call).await,
        "activities/state" | "activities/profile" | "agents/profile" => {
            documents::answer(&call, &call.resource).await
        }
        "agents" => agents(&call),
        "activities" => activities(&call).await,
        other => Err(Problem::NotFound(format!(
            "the LRS has no resource {other}"
        ))),
    }
}

async fn who(app: &App, peer: &Peer, headers: &header::HeaderMap) -> Result<Who> {
    let header = headers.get(header::AUTHORIZATION);
    let pair = header
        .and_then(|value| value.to_str().ok()?.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, pair)| crate::auth::basic(pair));
    if let Some((user, secret)) = &pair {
        use secrecy::ExposeSecret;
        if let Some(au) = cmi5::authenticate(app, user, secret.expose_secret()).await? {
            return Ok(Who::Au(Box::new(au)));
        }
    }
    let header = header.ok_or_else(|| {
        Problem::Unauthorized(
            "send credentials: Basic (client id and secret) or a bearer token".into(),
        )
    })?;
    Ok(Who::Client(caller_by(app, peer, header).await?))
}

/// Who an agent is, as a Person.
fn agents(call: &Call) -> Result<HttpResponse> {
    call.required("agent")?;
    let agent = call.agent("agent")?;
    if let Some(au) = call.au() {
        au.check_agent(agent.as_ref(), "8.1.3.0-3")?;
    }
    Ok(HttpResponse::Ok().json(xapi::agent::person(&agent.unwrap_or_default())))
}

/// An activity with all that statements define of it.
async fn activities(call: &Call) -> Result<HttpResponse> {
    let id = call.required("activityId")?;
    if !xapi::is_iri(id) {
        return Err(Problem::BadRequest("`activityId` is no IRI".into()));
    }
    let mut conn = call.app.db.get().await?;
    let mut activity = json!({ "objectType": "Activity", "id": id });
    let mut known = db::lrs::definitions(&mut conn, &[id]).await?;
    if let Some(definition) = known.remove(id) {
        activity["definition"] = definition;
    }
    Ok(HttpResponse::Ok().json(activity))
}
