//! From a statement as it was sent to what is stored: the LRS's own properties beside what it was sent with.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Kind, Moment, VOIDED, Version, agent, check::moment, found::Found, key};
use crate::db::lrs::NewStatement;

/// What the LRS says of a statement.
const OWN: [&str; 3] = ["stored", "authority", "version"];
const DURATIONS: [&str; 2] = ["/result/duration", "/object/result/duration"];

/// Who answers for statements, made ready once for all of a request.
#[derive(Debug, Clone)]
pub(crate) struct Authority {
    json: String,
    key: i64,
}

impl Authority {
    /// Of the agent as it is given out.
    pub(crate) fn of(agent: &Value) -> Self {
        Self {
            json: agent.to_string(),
            key: key(Kind::Authority, &agent::key(agent).unwrap_or_default()),
        }
    }
}

/// Prepares a checked statement; `moment` is when it is stored.
pub(crate) fn prepare(
    mut statement: Value,
    moment: Moment,
    authority: &Authority,
    version: Version,
) -> NewStatement {
    lists_of_one(&mut statement);
    let stated_version = without_own(&mut statement);
    let (equality, mut json) = sum(&mut statement);
    if version == Version::V2 && times_in_utc(&mut statement) {
        json = statement.to_string();
    }
    let stated = |name: &str| statement[name].as_str();
    let id = stated("id").and_then(|id| id.parse().ok());
    let id = id.unwrap_or_else(Uuid::now_v7);
    // Behind its own properties those of the LRS, without writing it all again.
    json.pop();
    let now = moment.stored.to_rfc3339_opts(SecondsFormat::Micros, true);
    if stated("id").is_none() {
        let _ = write!(json, r#","id":"{id}""#);
    }
    if stated("timestamp").is_none() {
        let _ = write!(json, r#","timestamp":"{now}""#);
    }
    let said = stated_version.as_ref().and_then(Value::as_str);
    let _ = write!(
        json,
        r#","stored":"{now}","authority":{},"version":"{}"}}"#,
        authority.json,
        said.unwrap_or(version.of_statements()),
    );
    let found = Found::of(&statement);
    let object = &statement["object"];
    let refers = (object["objectType"] == "StatementRef")
        .then(|| object["id"].as_str()?.parse().ok())
        .flatten();
    let verb = statement["verb"]["id"].as_str().unwrap_or_default();
    NewStatement {
        id,
        place: moment.place,
        stored: moment.stored,
        refers,
        voids: refers.filter(|_| verb == VOIDED),
        equality,
        authority: authority.key,
        found,
        statement: json,
    }
}

/// Takes away what only the LRS says; answers the version that was stated.
fn without_own(statement: &mut Value) -> Option<Value> {
    let members = statement.as_object_mut()?;
    let [_, _, version] = OWN.map(|name| members.remove(name));
    version
}

/// Answers whether a time was written otherwise.
fn times_in_utc(statement: &mut Value) -> bool {
    let times = ["/timestamp", "/object/timestamp"];
    let changed = times.map(|path| statement.pointer_mut(path).is_some_and(in_utc));
    changed.contains(&true)
}

/// 2.0 gives out every timestamp in UTC; the fraction stays as it was. Answers whether it was not.
fn in_utc(time: &mut Value) -> bool {
    let Some(text) = time.as_str() else {
        return false;
    };
    if text.ends_with(['Z', 'z']) {
        return false;
    }
    let Some(moment) = moment(text) else {
        return false;
    };
    let utc: DateTime<Utc> = moment.with_timezone(&Utc);
    *time = utc.to_rfc3339_opts(SecondsFormat::AutoSi, true).into();
    true
}

/// What tells whether the same id is the same statement: all but what the LRS says of it.
pub(crate) fn equality(statement: &Value) -> Vec<u8> {
    let mut sent = statement.clone();
    lists_of_one(&mut sent);
    without_own(&mut sent);
    sum(&mut sent).0
}

/// The sum of what counts in comparisons, and the statement as JSON; it stays as it was.
fn sum(statement: &mut Value) -> (Vec<u8>, String) {
    let exact = comparable(statement);
    let mut json = statement.to_string();
    let sum = Sha256::digest(&json).to_vec();
    if !exact.is_empty() {
        for (path, duration) in exact {
            if let Some(place) = statement.pointer_mut(path) {
                *place = duration;
            }
        }
        json = statement.to_string();
    }
    (sum, json)
}

/// Durations count to the hundredth of a second in comparisons. Answers what they were, by their places.
pub(super) fn comparable(statement: &mut Value) -> Vec<(&'static str, Value)> {
    let mut exact = Vec::new();
    for path in DURATIONS {
        let Some(duration) = statement.pointer_mut(path) else {
            continue;
        };
        let Some(text) = duration.as_str() else {
            continue;
        };
        let Some((whole, fraction)) = text.strip_suffix('S').and_then(|text| text.split_once('.'))
        else {
            continue;
        };
        let fraction = &fraction[..fraction.len().min(2)];
        let fraction = fraction.trim_end_matches('0');
        let dot = if fraction.is_empty() { "" } else { "." };
        let rounded = format!("{whole}{dot}{fraction}S").into();
        exact.push((path, std::mem::replace(duration, rounded)));
    }
    exact
}

/// A single activity stands for a list of one.
fn lists_of_one(statement: &mut Value) {
    for path in [
        "/context/contextActivities",
        "/object/context/contextActivities",
    ] {
        let lists = statement.pointer_mut(path).and_then(Value::as_object_mut);
        for list in lists.into_iter().flat_map(|lists| lists.values_mut()) {
            if list.is_object() {
                *list = json!([list.take()]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Moments, *};

    fn statement(duration: &str) -> Value {
        json!({
            "actor": { "mbox": "mailto:a@b.example" },
            "verb": { "id": "https://e.example/did" },
            "object": { "id": "https://e.example/it" },
            "result": { "duration": duration },
            "timestamp": "2026-11-23T10:00:00+01:00",
        })
    }

    #[test]
    fn durations_compare_to_the_hundredth() {
        let same = |a, b| equality(&statement(a)) == equality(&statement(b));
        assert!(
            same("PT1.239S", "PT1.23S") && same("PT1.20S", "PT1.2S") && same("PT1.00S", "PT1S")
        );
        assert!(!same("PT1.24S", "PT1.23S") && !same("PT1S", "PT2S"));
    }

    #[test]
    fn one_activity_and_a_list_of_it_are_the_same() {
        let with = |parent: Value| {
            let mut whole = statement("PT1S");
            whole["context"] = json!({ "contextActivities": { "parent": parent } });
            equality(&whole)
        };
        let parent = json!({ "id": "https://e.example/p" });
        assert_eq!(with(parent.clone()), with(json!([parent])));
    }

    #[test]
    fn the_store_says_what_is_its_to_say() {
        let now = Moments::default().take(1).next().unwrap();
        let mut sent = statement("PT1.239S");
        sent["stored"] = json!("1999-01-01T00:00:00Z");
        sent["authority"] = json!({ "mbox": "mailto:other@e.example" });
        let anna = json!({ "mbox": "mailto:anna@comune.example" });
        let new = prepare(sent.clone(), now, &Authority::of(&anna), Version::V1);
        let mut stored: Value = serde_json::from_str(&new.statement).unwrap();
        assert_eq!(stored["id"], new.id.to_string());
        assert_eq!(stored["authority"], anna);
        assert_eq!(stored["version"], "1.0.0");
        assert!(stored["stored"].as_str().unwrap() > "2026");
        without_own(&mut stored);
        without_own(&mut sent);
        stored.as_object_mut().unwrap().remove("id");
        assert_eq!(stored, sent);
    }

    #[test]
    fn version_2_gives_times_in_utc() {
        let now = Moments::default().take(1).next().unwrap();
        let time = |version| {
            let new = prepare(statement("PT1S"), now, &Authority::of(&json!({})), version);
            let stored: Value = serde_json::from_str(&new.statement).unwrap();
            stored["timestamp"].as_str().unwrap().to_owned()
        };
        assert_eq!(time(Version::V1), "2026-11-23T10:00:00+01:00");
        assert_eq!(time(Version::V2), "2026-11-23T09:00:00Z");
    }
}
