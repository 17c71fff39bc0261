//! From a statement as it was sent to what is stored: the LRS's own properties beside what it was sent with.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Kind, Moment, VOIDED, Version, agent, attachment, check::moment, found::Found, key};
use crate::db::lrs::NewStatement;

/// What the LRS says of a statement.
const OWN: [&str; 3] = ["stored", "authority", "version"];

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
    if version == Version::V2 {
        times_in_utc(&mut statement);
    }
    let mut json = statement.to_string();
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
        authority: authority.key,
        found,
        attachments: attachment::sums(&statement),
        statement: json,
    }
}

/// Takes away what only the LRS says; answers the version that was stated.
fn without_own(statement: &mut Value) -> Option<Value> {
    let members = statement.as_object_mut()?;
    let [_, _, version] = OWN.map(|name| members.remove(name));
    version
}

fn times_in_utc(statement: &mut Value) {
    for path in ["/timestamp", "/object/timestamp"] {
        if let Some(time) = statement.pointer_mut(path) {
            in_utc(time);
        }
    }
}

/// 2.0 gives out every timestamp in UTC; the fraction stays as it was.
fn in_utc(time: &mut Value) {
    let Some(text) = time.as_str() else { return };
    let Some(moment) = moment(text) else { return };
    if text.ends_with(['Z', 'z']) {
        return;
    }
    let utc: DateTime<Utc> = moment.with_timezone(&Utc);
    *time = utc.to_rfc3339_opts(SecondsFormat::AutoSi, true).into();
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
