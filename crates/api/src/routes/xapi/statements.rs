//! `/xapi/statements`: stored whole or not at all; given out by every filter.

use actix_web::{HttpResponse, http::Method};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Call, Who, require_method};
use crate::{
    cmi5,
    db::{
        self, Connection,
        lrs::{Filter, NewStatement, Stored},
    },
    problem::{Problem, Result},
    xapi,
};

/// Statements on a page, at most and unless asked otherwise.
const PAGE: i64 = 500;
const PARAMETERS: &[&str] = &[
    "statementId",
    "voidedStatementId",
    "agent",
    "verb",
    "activity",
    "registration",
    "related_activities",
    "related_agents",
    "since",
    "until",
    "limit",
    "format",
    "attachments",
    "ascending",
    "cursor",
];

/// Answers a request.
pub(super) async fn answer(call: &Call) -> Result<HttpResponse> {
    require_method(
        call,
        &[Method::GET, Method::HEAD, Method::PUT, Method::POST],
    )?;
    match call.method {
        Method::PUT => put(call).await,
        Method::POST => post(call).await,
        _ => get(call).await,
    }
}

async fn put(call: &Call) -> Result<HttpResponse> {
    let id = call.required("statementId")?;
    let mut statement = json_body(call)?;
    match statement
        .get("id")
        .map(|id| id.as_str().unwrap_or_default().to_owned())
    {
        Some(stated) if !stated.eq_ignore_ascii_case(id) => {
            return Err(Problem::BadRequest(
                "`statementId` and the statement's id differ".into(),
            ));
        }
        None if statement.is_object() => statement["id"] = id.into(),
        Some(_) | None => {}
    }
    store(call, vec![statement]).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn post(call: &Call) -> Result<HttpResponse> {
    let statements = match json_body(call)? {
        Value::Array(list) => list,
        one => vec![one],
    };
    let ids = store(call, statements).await?;
    Ok(HttpResponse::Ok().json(ids))
}

fn json_body(call: &Call) -> Result<Value> {
    let media_type = call
        .content_type()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Problem::BadRequest(format!(
            "statements are sent as application/json, not {media_type}"
        )));
    }
    serde_json::from_slice(&call.body)
        .map_err(|error| Problem::BadRequest(format!("the body is no JSON: {error}")))
}

async fn store(call: &Call, statements: Vec<Value>) -> Result<Vec<String>> {
    let (app, authority) = (&call.app, call.authority());
    let stored = match &call.who {
        Who::Client(_) => {
            let prepared = prepare(&statements, &authority)?;
            cmi5::transaction(app, async |conn| insert(conn, &prepared).await).await?
        }
        Who::Au(au) => {
            let ids: Vec<Uuid> = statements
                .iter()
                .filter_map(|statement| statement["id"].as_str()?.parse().ok())
                .collect();
            let known = db::lrs::known(&mut *app.db.get().await?, &ids).await?;
            let is_known = |statement: &Value| {
                let id = statement["id"].as_str().and_then(|id| id.parse().ok());
                let equality = id.and_then(|id: Uuid| known.get(&id));
                equality.is_some_and(|equality| *equality == xapi::equality(statement))
            };
            cmi5::judge(app, au, &statements, is_known, async |conn| {
                let prepared = prepare(&statements, &authority)?;
                insert(conn, &prepared).await
            })
            .await?
        }
    };
    Ok(stored)
}

/// Checks all, then gives each its moment: one microsecond after the one before.
fn prepare(statements: &[Value], authority: &Value) -> Result<Vec<NewStatement>> {
    for (index, statement) in statements.iter().enumerate() {
        xapi::check(statement).map_err(|why| {
            let which = if statements.len() > 1 {
                format!("statement {index}: ")
            } else {
                String::new()
            };
            Problem::BadRequest(format!("{which}{why}"))
        })?;
    }
    let mut moment = Utc::now();
    let mut prepared: Vec<NewStatement> = Vec::with_capacity(statements.len());
    for statement in statements {
        let new = xapi::prepare(statement.clone(), moment, authority);
        if prepared.iter().any(|other| other.id == new.id) {
            return Err(Problem::BadRequest(format!(
                "two statements have the id {}",
                new.id
            )));
        }
        prepared.push(new);
        moment += TimeDelta::microseconds(1);
    }
    Ok(prepared)
}

async fn insert(conn: &mut Connection, prepared: &[NewStatement]) -> Result<Vec<String>> {
    match db::lrs::store(conn, prepared).await? {
        Stored::All => Ok(prepared.iter().map(|new| new.id.to_string()).collect()),
        Stored::Conflict(id) => Err(Problem::Conflict(format!(
            "{id} is the id of another statement; send this one with an id of its own"
        ))),
        Stored::VoidsAVoid(id) => Err(Problem::BadRequest(format!(
            "{id} is a voiding statement, which cannot be voided"
        ))),
    }
}

async fn get(call: &Call) -> Result<HttpResponse> {
    if let Some(name) = call
        .query
        .keys()
        .find(|name| !PARAMETERS.contains(&name.as_str()))
    {
        return Err(Problem::BadRequest(format!(
            "`{name}` is no parameter of statements"
        )));
    }
    match (call.text("statementId"), call.text("voidedStatementId")) {
        (Some(_), Some(_)) => Err(Problem::BadRequest(
            "ask for `statementId` or `voidedStatementId`, not for both".into(),
        )),
        (Some(id), None) => one(call, id, false).await,
        (None, Some(id)) => one(call, id, true).await,
        (None, None) => many(call).await,
    }
}

async fn one(call: &Call, id: &str, voided: bool) -> Result<HttpResponse> {
    let besides = ["statementId", "voidedStatementId", "format", "attachments"];
    if let Some(name) = call
        .query
        .keys()
        .find(|name| !besides.contains(&name.as_str()))
    {
        return Err(Problem::BadRequest(format!(
            "`{name}` does not go with a statement's id"
        )));
    }
    let none = || Problem::NotFound(format!("there is no such statement: {id}"));
    let parsed: Uuid = id
        .parse()
        .map_err(|_| Problem::BadRequest(format!("{id:?} is no UUID")))?;
    let found = db::lrs::find(&mut *call.app.db.get().await?, parsed).await?;
    let (statement, is_voided, registration) = found.ok_or_else(none)?;
    if let Some(au) = call.au()
        && registration != Some(au.registration_id)
    {
        return Err(none());
    }
    if is_voided != voided {
        return Err(none());
    }
    let statement: Value = serde_json::from_str(&statement).map_err(Problem::internal)?;
    let stored = statement["stored"]
        .as_str()
        .and_then(|stored| stored.parse().ok());
    let mut response = HttpResponse::Ok();
    if let Some(stored) = stored {
        response.insert_header(("last-modified", http_date(stored)));
    }
    Ok(response.json(formatted(call, statement)?))
}

fn http_date(moment: DateTime<Utc>) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

async fn many(call: &Call) -> Result<HttpResponse> {
    let mut filter = filter(call)?;
    if let Some(au) = call.au() {
        au.check_agent(call.agent("agent")?.as_ref(), "8.1.3.0-3")?;
        au.check_registration(call.text("registration"))?;
        filter.registration = Some(au.registration_id);
    }
    let limit = match call.text("limit") {
        None => PAGE,
        Some(text) => match text.parse::<i64>() {
            Ok(0) => PAGE,
            Ok(limit) if limit > 0 => limit.min(PAGE),
            _ => return Err(Problem::BadRequest("`limit` is no natural number".into())),
        },
    };
    let mut found = db::lrs::list(&mut *call.app.db.get().await?, &filter, limit + 1).await?;
    let more = i64::try_from(found.len()).is_ok_and(|count| count > limit);
    if more {
        found.pop();
    }
    let last = found.last().filter(|_| more).map(|(seq, ..)| *seq);
    let newest = found.iter().map(|(_, stored, _)| *stored).max();
    let mut statements = Vec::with_capacity(found.len());
    for (.., statement) in found {
        let statement: Value = serde_json::from_str(&statement).map_err(Problem::internal)?;
        statements.push(formatted(call, statement)?);
    }
    let more = last.map_or_else(String::new, |seq| next_page(call, seq));
    let mut response = HttpResponse::Ok();
    if let Some(newest) = newest {
        response.insert_header(("last-modified", http_date(newest)));
    }
    Ok(response.json(json!({ "statements": statements, "more": more })))
}

fn next_page(call: &Call, seq: i64) -> String {
    let rest: Vec<&str> = call
        .raw_query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="))
        .collect();
    let cursor = URL_SAFE_NO_PAD.encode(seq.to_be_bytes());
    let joint = if rest.is_empty() { "" } else { "&" };
    format!("/xapi/statements?{}{joint}cursor={cursor}", rest.join("&"))
}

fn filter(call: &Call) -> Result<Filter> {
    let flag = |name: &str| match call.text(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::BadRequest(format!("`{name}` is true or false"))),
    };
    let moment = |name: &str| {
        let text = call.text(name);
        text.map(|text| {
            DateTime::parse_from_rfc3339(text)
                .map(|moment| moment.with_timezone(&Utc))
                .map_err(|_| Problem::BadRequest(format!("`{name}` is no ISO 8601 time")))
        })
        .transpose()
    };
    let iri = |name: &str| match call.text(name) {
        Some(text) if !xapi::is_iri(text) => {
            Err(Problem::BadRequest(format!("`{name}` is no IRI")))
        }
        text => Ok(text.map(str::to_owned)),
    };
    let registration = call.text("registration").map(|text| {
        text.parse::<Uuid>()
            .map_err(|_| Problem::BadRequest("`registration` is no UUID".into()))
    });
    let after = call.text("cursor").map(|cursor| {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default();
        let bytes = <[u8; 8]>::try_from(bytes);
        bytes
            .map(i64::from_be_bytes)
            .map_err(|_| Problem::BadRequest("`cursor` is none of ours".into()))
    });
    let (related_agents, related_activities) =
        (flag("related_agents")?, flag("related_activities")?);
    let agent = call.agent("agent")?;
    Ok(Filter {
        verb: iri("verb")?,
        registration: registration.transpose()?,
        agent: agent.and_then(|agent| Some((xapi::agent::key(&agent)?, related_agents))),
        activity: iri("activity")?.map(|id| (id, related_activities)),
        since: moment("since")?,
        until: moment("until")?,
        ascending: flag("ascending")?,
        after: after.transpose()?,
    })
}

/// `format`: exact and canonical give the whole statement, ids what identifies its parts.
fn formatted(call: &Call, mut statement: Value) -> Result<Value> {
    match call.text("format") {
        None | Some("exact" | "canonical") => Ok(statement),
        Some("ids") => {
            for name in ["actor", "authority"] {
                if let Some(agent) = statement.get_mut(name).and_then(Value::as_object_mut) {
                    agent.remove("name");
                }
            }
            if let Some(verb) = statement.get_mut("verb").and_then(Value::as_object_mut) {
                verb.remove("display");
            }
            if let Some(object) = statement.get_mut("object").and_then(Value::as_object_mut) {
                object.remove("definition");
                object.remove("name");
            }
            Ok(statement)
        }
        Some(other) => Err(Problem::BadRequest(format!(
            "`format` is {other:?}; it can be exact, ids or canonical"
        ))),
    }
}
