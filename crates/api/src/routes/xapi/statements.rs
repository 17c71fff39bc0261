//! `/xapi/statements`: stored whole or not at all; given out by every filter.

use std::collections::HashSet;

use actix_web::{HttpResponse, HttpResponseBuilder, http::Method};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Call, Who, blobs,
    multipart::{self, Part},
    query,
};
use crate::{
    app::App,
    cmi5,
    db::{
        self,
        lrs::{Filter, NewStatement, Stored},
    },
    problem::{Problem, Result},
    xapi::{
        self, Authority, Version, attachment,
        format::{self, Format},
    },
};

/// Statements on a page, at most and unless asked otherwise.
const PAGE: i64 = 500;
/// The section about attachments on their way.
const ATTACHMENTS: &str = "xAPI Communication 1.5.2";
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
    match call.method {
        Method::PUT => put(call).await,
        Method::POST => post(call).await,
        _ => get(call).await,
    }
}

async fn put(call: &Call) -> Result<HttpResponse> {
    let id = call.required("statementId")?;
    let (mut body, parts) = read(call).await?;
    match body.get("id").map(|id| id.as_str().unwrap_or_default()) {
        Some(stated) if !stated.eq_ignore_ascii_case(id) => {
            let what = "`statementId` and the statement's id differ";
            return Err(Problem::breaks("xAPI Communication 2.1.1", what));
        }
        None if body.is_object() => body["id"] = id.into(),
        Some(_) | None => {}
    }
    store(call, vec![body], parts).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn post(call: &Call) -> Result<HttpResponse> {
    if let Some(name) = call.query.keys().next() {
        return Err(Problem::BadRequest(format!(
            "`{name}` is no parameter of POST"
        )));
    }
    let (body, parts) = read(call).await?;
    let statements = match body {
        Value::Array(list) => list,
        one => vec![one],
    };
    let ids = store(call, statements, parts).await?;
    Ok(HttpResponse::Ok().json(ids))
}

/// The JSON of the body and the attachments that came with it.
async fn read(call: &Call) -> Result<(Value, Vec<Part>)> {
    let (json, parts) = if multipart::is_multipart(&call.headers) {
        multipart::read(&call.headers, call.body.clone()).await?
    } else {
        let media_type = call
            .content_type()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Problem::BadRequest(format!(
                "statements are sent as application/json or multipart/mixed, not {media_type}"
            )));
        }
        (call.body.clone(), Vec::new())
    };
    let value = serde_json::from_slice(&json)
        .map_err(|error| Problem::BadRequest(format!("the body is no JSON: {error}")))?;
    Ok((value, parts))
}

async fn store(call: &Call, statements: Vec<Value>, parts: Vec<Part>) -> Result<Vec<String>> {
    let (app, authority) = (&call.app, Authority::of(&call.authority()));
    let open = app.moments.open();
    let checked = check(&statements, call.version);
    let ready = match &checked {
        // What is wrong with a statement of a unit is said after what cmi5 says of it.
        Err(_) => Ok(()),
        Ok(()) => keep_attachments(app, &statements, &parts).await,
    };
    match &call.who {
        Who::Client(_) => {
            checked?;
            ready?;
            let prepared = prepare(call, statements, &authority);
            let ids = ids(&prepared);
            let stored = app.statements.store(&app.db, prepared, open).await?;
            outcome(stored, ids)
        }
        Who::Au(au) => {
            cmi5::judge(app, au, &statements, async |conn| {
                checked?;
                ready?;
                // Prepared here: what is stored is later than what the judge waited for.
                let prepared = prepare(call, statements.clone(), &authority);
                let stored = db::lrs::store(conn, &prepared).await?;
                outcome(stored, ids(&prepared))
            })
            .await
        }
    }
}

fn id(statement: &Value) -> Option<Uuid> {
    statement["id"].as_str()?.parse().ok()
}

/// Checks that attachments are complete and signatures are good, and stores the bytes. They are there
/// before the statements are; those whose statements are refused are swept away a day later.
async fn keep_attachments(app: &App, statements: &[Value], parts: &[Part]) -> Result<()> {
    let mut wanted = HashSet::new();
    for (index, statement) in statements.iter().enumerate() {
        let which = which(statements, index);
        for described in attachment::described(statement) {
            let (sha2, at) = (&described.sha2, &described.at);
            let part = parts.iter().find(|part| part.sha2 == *sha2);
            match part {
                None if described.has_url && !described.is_signature => continue,
                None => {
                    let what = format!(
                        "{which}{at}: the bytes with the SHA-2 {sha2} are missing; send them as a part of multipart/mixed, or say a fileUrl"
                    );
                    return Err(Problem::breaks(ATTACHMENTS, what));
                }
                Some(part) if described.is_signature => {
                    let kind = &described.content_type;
                    let checked = xapi::check_signature(statement, kind, &part.bytes);
                    checked.map_err(|what| {
                        Problem::breaks("xAPI Data 2.6", format!("{which}{at}: {what}"))
                    })?;
                }
                Some(_) => {}
            }
            wanted.insert(described.sha2);
        }
    }
    if let Some(part) = parts.iter().find(|part| !wanted.contains(&part.sha2)) {
        let what = format!(
            "no statement has an attachment with the SHA-2 {}",
            part.sha2
        );
        return Err(Problem::breaks(ATTACHMENTS, what));
    }
    blobs::keep(app, parts).await
}

/// Of several statements which one is meant.
fn which(statements: &[Value], index: usize) -> String {
    match statements.len() {
        1 => String::new(),
        _ => format!("statement {index}: "),
    }
}

/// Checks each by itself, and that no id comes twice.
fn check(statements: &[Value], version: Version) -> Result<()> {
    let mut ids = HashSet::with_capacity(statements.len());
    for (index, statement) in statements.iter().enumerate() {
        xapi::check(statement, version).map_err(|fault| {
            let which = which(statements, index);
            Problem::breaks(fault.section(), format!("{which}{fault}"))
        })?;
        if let Some(id) = id(statement).filter(|id| !ids.insert(*id)) {
            let what = format!("two statements have the id {id}");
            return Err(Problem::breaks("xAPI Communication 2.1.2", what));
        }
    }
    Ok(())
}

/// Gives each statement its moment: one microsecond after the one before.
fn prepare(call: &Call, statements: Vec<Value>, authority: &Authority) -> Vec<NewStatement> {
    let moments = call.app.moments.take(statements.len());
    let each = statements.into_iter().zip(moments);
    let each = each.map(|(statement, moment)| {
        let mut new = xapi::prepare(statement, moment, authority, call.version);
        if !call.defines() {
            new.found.definitions.clear();
        }
        new
    });
    each.collect()
}

fn ids(prepared: &[NewStatement]) -> Vec<String> {
    prepared.iter().map(|new| new.id.to_string()).collect()
}

/// The ids, or why nothing was stored.
fn outcome(stored: Stored, ids: Vec<String>) -> Result<Vec<String>> {
    match stored {
        Stored::All => Ok(ids),
        Stored::Conflict(id) => Err(Problem::Conflict(format!(
            "{id} is the id of another statement; send this one with an id of its own"
        ))),
        Stored::VoidsAVoid(id) => {
            let what = format!("object.id: {id} is a voiding statement, which cannot be voided");
            Err(Problem::breaks("xAPI Data 2.3.2", what))
        }
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
    let found = found
        .filter(|found| found.voided == voided)
        .ok_or_else(none)?;
    if let Some(au) = call.au()
        && found.registration != Some(au.registration_id)
    {
        return Err(none());
    }
    let is_own = || {
        let statement: Value = serde_json::from_str(&found.statement).unwrap_or_default();
        statement["authority"] == call.authority()
    };
    if call.sees_own_only() && !is_own() {
        return Err(none());
    }
    let statement = formatted(call, vec![found.statement]).await?.remove(0);
    let mut response = HttpResponse::Ok();
    response.insert_header(("last-modified", http_date(found.stored)));
    finish(call, response, statement.clone(), &[statement]).await
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
    let mut conn = call.app.db.walks().get().await?;
    let mut found = db::lrs::list(&mut conn, &filter, limit + 1).await?;
    drop(conn);
    let more = i64::try_from(found.len()).is_ok_and(|count| count > limit);
    if more {
        found.pop();
    }
    let last = found.last().filter(|_| more).map(|found| found.seq);
    let newest = found.iter().map(|found| found.stored).max();
    let statements = found.into_iter().map(|found| found.statement).collect();
    let statements = formatted(call, statements).await?;
    let more = last.map_or_else(String::new, |seq| next_page(call, seq));
    let mut response = HttpResponse::Ok();
    if let Some(newest) = newest {
        response.insert_header(("last-modified", http_date(newest)));
    }
    let more = Value::from(more);
    let json = format!(
        "{{\"statements\":[{}],\"more\":{more}}}",
        statements.join(",")
    );
    finish(call, response, json, &statements).await
}

/// The answer: JSON, or with `attachments=true` JSON and the bytes that are here.
async fn finish(
    call: &Call,
    mut response: HttpResponseBuilder,
    json: String,
    statements: &[String],
) -> Result<HttpResponse> {
    if !query::flag(&call.query, "attachments")? {
        return Ok(response.content_type("application/json").body(json));
    }
    let mut attachments = Vec::new();
    for statement in statements {
        let statement: Value = serde_json::from_str(statement).map_err(Problem::internal)?;
        attachments.extend(attachment::described(&statement));
    }
    let kept = blobs::kept(&call.app, attachments).await?;
    let (content_type, body) = multipart::stream(&call.app, json.as_bytes(), kept);
    Ok(response.content_type(content_type).body(body))
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
    let flag = |name: &str| query::flag(&call.query, name);
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
        authority: call
            .sees_own_only()
            .then(|| xapi::agent::key(&call.authority()))
            .flatten(),
        agent: agent.and_then(|agent| Some((xapi::agent::key(&agent)?, related_agents))),
        activity: iri("activity")?.map(|id| (id, related_activities)),
        since: call.moment("since")?,
        until: call.moment("until")?,
        ascending: flag("ascending")?,
        after: after.transpose()?,
    })
}

/// Statements as `format` asks for them.
async fn formatted(call: &Call, statements: Vec<String>) -> Result<Vec<String>> {
    let format = match call.text("format") {
        None => Format::Exact,
        Some(name) => Format::named(name).ok_or_else(|| {
            Problem::BadRequest(format!(
                "`format` is {name:?}; it can be exact, ids or canonical"
            ))
        })?,
    };
    if format == Format::Exact {
        return Ok(statements);
    }
    let read = |text: &String| serde_json::from_str(text).map_err(Problem::internal);
    let mut values = statements
        .iter()
        .map(read)
        .collect::<Result<Vec<Value>>>()?;
    if format == Format::Ids {
        values.iter_mut().for_each(format::ids);
    } else {
        let ids: Vec<String> = values.iter_mut().flat_map(format::activity_ids).collect();
        let definitions = db::lrs::definitions(&mut *call.app.db.get().await?, &ids).await?;
        let languages = format::languages(call.header("accept-language").unwrap_or_default());
        for value in &mut values {
            format::canonical(value, &definitions, &languages);
        }
    }
    Ok(values.iter().map(Value::to_string).collect())
}
