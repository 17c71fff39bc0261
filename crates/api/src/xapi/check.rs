//! The rules that a statement keeps, each refusal with the place it was found at.

use chrono::DateTime;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::is_iri;

type Checked = Result<(), String>;

const STATEMENT: &[&str] = &[
    "id",
    "actor",
    "verb",
    "object",
    "result",
    "context",
    "timestamp",
    "stored",
    "authority",
    "version",
    "attachments",
];
const SUB_STATEMENT: &[&str] = &[
    "objectType",
    "actor",
    "verb",
    "object",
    "result",
    "context",
    "timestamp",
    "attachments",
];
const RESULT: &[&str] = &[
    "score",
    "success",
    "completion",
    "response",
    "duration",
    "extensions",
];
const CONTEXT: &[&str] = &[
    "registration",
    "instructor",
    "team",
    "contextActivities",
    "revision",
    "platform",
    "language",
    "statement",
    "extensions",
    "contextAgents",
    "contextGroups",
];
const CONTEXT_ACTIVITIES: &[&str] = &["parent", "grouping", "category", "other"];

/// Checks a statement.
///
/// # Errors
/// The place and what is wrong there.
pub(crate) fn check(statement: &Value) -> Checked {
    let members = object(statement, "statement")?;
    only(members, STATEMENT, "statement")?;
    no_nulls(statement, "statement")?;
    if let Some(id) = members.get("id") {
        uuid(id, "id")?;
    }
    body(members, "", false)?;
    if let Some(authority) = members.get("authority") {
        agent(authority, "authority")?;
    }
    match members
        .get("version")
        .map(|version| version.as_str().unwrap_or_default())
    {
        None => Ok(()),
        Some(version) if version.starts_with("1.0") || version.starts_with("2.0") => Ok(()),
        Some(version) => Err(format!("version: {version:?} is not 1.0.x or 2.0.x")),
    }
}

fn body(members: &Map<String, Value>, at: &str, is_sub: bool) -> Checked {
    let place = |name: &str| format!("{at}{name}");
    agent(required(members, "actor", at)?, &place("actor"))?;
    verb(required(members, "verb", at)?, &place("verb"))?;
    target(required(members, "object", at)?, &place("object"), is_sub)?;
    if let Some(found) = members.get("result") {
        result(found, &place("result"))?;
    }
    if let Some(found) = members.get("context") {
        let is_activity = members["object"]["objectType"]
            .as_str()
            .is_none_or(|kind| kind == "Activity");
        context(found, &place("context"), is_activity)?;
    }
    for name in ["timestamp", "stored"] {
        if let Some(found) = members.get(name) {
            time(found, &place(name))?;
        }
    }
    Ok(())
}

fn required<'a>(
    members: &'a Map<String, Value>,
    name: &str,
    at: &str,
) -> Result<&'a Value, String> {
    members
        .get(name)
        .ok_or_else(|| format!("{at}{name}: is missing"))
}

fn object<'a>(value: &'a Value, at: &str) -> Result<&'a Map<String, Value>, String> {
    value
        .as_object()
        .ok_or_else(|| format!("{at}: must be an object"))
}

fn text<'a>(value: &'a Value, at: &str) -> Result<&'a str, String> {
    value
        .as_str()
        .ok_or_else(|| format!("{at}: must be a string"))
}

fn only(members: &Map<String, Value>, known: &[&str], at: &str) -> Checked {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("{at}: has the unknown property {name:?}")),
        None => Ok(()),
    }
}

/// Nulls are nowhere but in extensions.
fn no_nulls(value: &Value, at: &str) -> Checked {
    match value {
        Value::Null => Err(format!("{at}: is null")),
        Value::Array(list) => list.iter().try_for_each(|item| no_nulls(item, at)),
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| *name != "extensions")
            .try_for_each(|(name, value)| no_nulls(value, &format!("{at}.{name}"))),
        _ => Ok(()),
    }
}

fn uuid(value: &Value, at: &str) -> Checked {
    let found = text(value, at)?;
    let is_uuid = found.len() == 36 && found.parse::<Uuid>().is_ok();
    is_uuid
        .then_some(())
        .ok_or_else(|| format!("{at}: {found:?} is no UUID"))
}

fn iri(value: &Value, at: &str) -> Checked {
    let found = text(value, at)?;
    is_iri(found)
        .then_some(())
        .ok_or_else(|| format!("{at}: {found:?} is no IRI"))
}

fn time(value: &Value, at: &str) -> Checked {
    let found = text(value, at)?;
    if found.ends_with("-00:00") || found.ends_with("-0000") || found.ends_with("-00") {
        return Err(format!("{at}: the offset -00:00 is not allowed"));
    }
    let whole = match found.rfind(['+', '-']).map(|sign| &found[sign + 1..]) {
        Some(zone) if found.contains('T') && zone.len() == 2 => format!("{found}:00"),
        Some(zone) if found.contains('T') && zone.len() == 4 && !zone.contains(':') => {
            format!(
                "{}:{}",
                &found[..found.len() - 2],
                &found[found.len() - 2..]
            )
        }
        _ => found.to_owned(),
    };
    let is_time = DateTime::parse_from_rfc3339(&whole).is_ok()
        || DateTime::parse_from_rfc3339(&format!("{whole}Z")).is_ok();
    is_time
        .then_some(())
        .ok_or_else(|| format!("{at}: {found:?} is no ISO 8601 time"))
}

fn agent(value: &Value, at: &str) -> Checked {
    let members = object(value, at)?;
    let known = [
        "objectType",
        "name",
        "mbox",
        "mbox_sha1sum",
        "openid",
        "account",
        "member",
    ];
    only(members, &known, at)?;
    let kind = members
        .get("objectType")
        .map_or("Agent", |kind| kind.as_str().unwrap_or("?"));
    if !matches!(kind, "Agent" | "Group") {
        return Err(format!(
            "{at}.objectType: {kind:?} is neither Agent nor Group"
        ));
    }
    if let Some(name) = members.get("name") {
        text(name, &format!("{at}.name"))?;
    }
    let identifiers = ["mbox", "mbox_sha1sum", "openid", "account"]
        .into_iter()
        .filter(|name| members.contains_key(*name))
        .count();
    let is_anonymous_group = kind == "Group" && members.contains_key("member");
    if identifiers > 1 || (identifiers == 0 && !is_anonymous_group) {
        return Err(format!(
            "{at}: needs exactly one of mbox, mbox_sha1sum, openid, account"
        ));
    }
    identifier(members, at)?;
    match members.get("member") {
        None => Ok(()),
        Some(_) if kind == "Agent" => Err(format!("{at}.member: only a Group has members")),
        Some(list) => list
            .as_array()
            .ok_or_else(|| format!("{at}.member: must be a list"))?
            .iter()
            .try_for_each(|member| match member["objectType"].as_str() {
                Some("Group") => Err(format!("{at}.member: a Group cannot be a member")),
                _ => agent(member, &format!("{at}.member")),
            }),
    }
}

fn identifier(members: &Map<String, Value>, at: &str) -> Checked {
    if let Some(mbox) = members.get("mbox") {
        let found = text(mbox, &format!("{at}.mbox"))?;
        let address = found.strip_prefix("mailto:").unwrap_or_default();
        let is_address = address.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && !host.is_empty() && !address.contains(char::is_whitespace)
        });
        if !is_address {
            return Err(format!("{at}.mbox: {found:?} is no mailto: address"));
        }
    }
    if let Some(sum) = members.get("mbox_sha1sum") {
        let found = text(sum, &format!("{at}.mbox_sha1sum"))?;
        if found.len() != 40 || !found.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(format!("{at}.mbox_sha1sum: {found:?} is no SHA-1"));
        }
    }
    if let Some(openid) = members.get("openid") {
        iri(openid, &format!("{at}.openid"))?;
    }
    if let Some(account) = members.get("account") {
        let at = format!("{at}.account");
        let members = object(account, &at)?;
        only(members, &["homePage", "name"], &at)?;
        iri(
            required(members, "homePage", &format!("{at}."))?,
            &format!("{at}.homePage"),
        )?;
        text(
            required(members, "name", &format!("{at}."))?,
            &format!("{at}.name"),
        )?;
    }
    Ok(())
}

fn verb(value: &Value, at: &str) -> Checked {
    let members = object(value, at)?;
    only(members, &["id", "display"], at)?;
    iri(
        required(members, "id", &format!("{at}."))?,
        &format!("{at}.id"),
    )?;
    members.get("display").map_or(Ok(()), |display| {
        languages(display, &format!("{at}.display"))
    })
}

fn languages(value: &Value, at: &str) -> Checked {
    for (tag, value) in object(value, at)? {
        language(tag, at)?;
        text(value, &format!("{at}.{tag}"))?;
    }
    Ok(())
}

fn language(tag: &str, at: &str) -> Checked {
    let is_tag = tag.split('-').enumerate().all(|(index, part)| {
        (1..=8).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric())
            && (index > 0 || part.bytes().all(|b| b.is_ascii_alphabetic()))
    });
    is_tag
        .then_some(())
        .ok_or_else(|| format!("{at}: {tag:?} is no language tag"))
}

fn target(value: &Value, at: &str, is_sub: bool) -> Checked {
    let members = object(value, at)?;
    let kind = members
        .get("objectType")
        .map_or("Activity", |kind| kind.as_str().unwrap_or("?"));
    match kind {
        "Activity" => activity(value, at),
        "Agent" | "Group" => agent(value, at),
        "StatementRef" => {
            only(members, &["objectType", "id"], at)?;
            uuid(
                required(members, "id", &format!("{at}."))?,
                &format!("{at}.id"),
            )
        }
        "SubStatement" if !is_sub => {
            only(members, SUB_STATEMENT, at)?;
            body(members, &format!("{at}."), true)
        }
        "SubStatement" => Err(format!("{at}: a SubStatement holds no other")),
        other => Err(format!("{at}.objectType: {other:?} is none of xAPI's")),
    }
}

fn activity(value: &Value, at: &str) -> Checked {
    let members = object(value, at)?;
    only(members, &["objectType", "id", "definition"], at)?;
    iri(
        required(members, "id", &format!("{at}."))?,
        &format!("{at}.id"),
    )?;
    let Some(definition) = members.get("definition") else {
        return Ok(());
    };
    let at = format!("{at}.definition");
    let members = object(definition, &at)?;
    for name in ["name", "description"] {
        if let Some(found) = members.get(name) {
            languages(found, &format!("{at}.{name}"))?;
        }
    }
    for name in ["type", "moreInfo"] {
        if let Some(found) = members.get(name) {
            iri(found, &format!("{at}.{name}"))?;
        }
    }
    extensions(members, &at)
}

fn extensions(members: &Map<String, Value>, at: &str) -> Checked {
    let Some(extensions) = members.get("extensions") else {
        return Ok(());
    };
    let at = format!("{at}.extensions");
    match object(extensions, &at)?.keys().find(|name| !is_iri(name)) {
        Some(name) => Err(format!("{at}: {name:?} is no IRI")),
        None => Ok(()),
    }
}

fn result(value: &Value, at: &str) -> Checked {
    let members = object(value, at)?;
    only(members, RESULT, at)?;
    for name in ["success", "completion"] {
        if members.get(name).is_some_and(|found| !found.is_boolean()) {
            return Err(format!("{at}.{name}: must be true or false"));
        }
    }
    if let Some(response) = members.get("response") {
        text(response, &format!("{at}.response"))?;
    }
    if let Some(duration) = members.get("duration") {
        let found = text(duration, &format!("{at}.duration"))?;
        if !is_duration(found) {
            return Err(format!("{at}.duration: {found:?} is no ISO 8601 duration"));
        }
    }
    if let Some(found) = members.get("score") {
        score(found, &format!("{at}.score"))?;
    }
    extensions(members, at)
}

fn score(value: &Value, at: &str) -> Checked {
    let members = object(value, at)?;
    only(members, &["scaled", "raw", "min", "max"], at)?;
    let number = |name: &str| match members.get(name) {
        None => Ok(None),
        Some(found) => match found.as_f64() {
            Some(number) => Ok(Some(number)),
            None => Err(format!("{at}.{name}: must be a number")),
        },
    };
    let (scaled, raw) = (number("scaled")?, number("raw")?);
    let (min, max) = (number("min")?, number("max")?);
    if scaled.is_some_and(|scaled| !(-1.0..=1.0).contains(&scaled)) {
        return Err(format!("{at}.scaled: must be from -1 to 1"));
    }
    let wrong = |low: Option<f64>, high: Option<f64>| matches!((low, high), (Some(low), Some(high)) if low > high);
    if wrong(min, max) || wrong(min, raw) || wrong(raw, max) {
        return Err(format!("{at}: min, raw and max are out of order"));
    }
    Ok(())
}

fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else {
        return false;
    };
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return false,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    !rest.is_empty() && parts(date, "YMWD") && parts(time, "HMS")
}

fn parts(mut text: &str, designators: &str) -> bool {
    let mut allowed = designators;
    while let Some(at) = text.find(|c: char| !c.is_ascii_digit() && c != '.') {
        let letter = text.as_bytes()[at] as char;
        let Some(place) = allowed.find(letter) else {
            return false;
        };
        if text[..at].parse::<f64>().is_err() {
            return false;
        }
        allowed = &allowed[place + 1..];
        text = &text[at + 1..];
    }
    text.is_empty()
}

fn context(value: &Value, at: &str, is_activity: bool) -> Checked {
    let members = object(value, at)?;
    only(members, CONTEXT, at)?;
    if let Some(registration) = members.get("registration") {
        uuid(registration, &format!("{at}.registration"))?;
    }
    for name in ["instructor", "team"] {
        if let Some(found) = members.get(name) {
            agent(found, &format!("{at}.{name}"))?;
        }
    }
    if members
        .get("team")
        .is_some_and(|team| team["objectType"] != "Group")
    {
        return Err(format!("{at}.team: must be a Group"));
    }
    for name in ["revision", "platform"] {
        if let Some(found) = members.get(name) {
            text(found, &format!("{at}.{name}"))?;
            if !is_activity {
                return Err(format!("{at}.{name}: only where the object is an activity"));
            }
        }
    }
    if let Some(tag) = members.get("language") {
        language(
            text(tag, &format!("{at}.language"))?,
            &format!("{at}.language"),
        )?;
    }
    if let Some(found) = members.get("statement") {
        if found["objectType"] != "StatementRef" {
            return Err(format!("{at}.statement: must be a StatementRef"));
        }
        target(found, &format!("{at}.statement"), true)?;
    }
    if let Some(found) = members.get("contextActivities") {
        let at = format!("{at}.contextActivities");
        let lists = object(found, &at)?;
        only(lists, CONTEXT_ACTIVITIES, &at)?;
        for (name, list) in lists {
            let at = format!("{at}.{name}");
            let list = match list {
                Value::Array(list) => list.as_slice(),
                one => std::slice::from_ref(one),
            };
            list.iter()
                .try_for_each(|found| match found["objectType"].as_str() {
                    None | Some("Activity") => activity(found, &at),
                    Some(kind) => Err(format!("{at}: {kind:?} is no Activity")),
                })?;
        }
    }
    extensions(members, at)
}
