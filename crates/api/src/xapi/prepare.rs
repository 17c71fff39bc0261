//! From a statement as it was sent to what is stored: the LRS's own properties, and what it is found by.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Moment, VOIDED, Version, agent, check::moment};
use crate::db::lrs::NewStatement;

/// What the LRS says of a statement.
const OWN: [&str; 3] = ["stored", "authority", "version"];
const DURATIONS: [&str; 2] = ["/result/duration", "/object/result/duration"];
const LISTS: [&str; 4] = ["parent", "grouping", "category", "other"];

/// What a statement can be looked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Actor or object, or a member of such a group.
    Agent,
    /// Any agent in it.
    RelatedAgent,
    /// The object.
    Activity,
    /// Any activity in it.
    RelatedActivity,
    /// The verb.
    Verb,
    /// The registration.
    Registration,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::RelatedAgent => "related-agent",
            Self::Activity => "activity",
            Self::RelatedActivity => "related-activity",
            Self::Verb => "verb",
            Self::Registration => "registration",
        }
    }
}

/// The key that statements are found by: 64 bits of a SHA-256, so that no dictionary of agents and
/// activities has to be kept. Among ten million of them two are alike with a chance of one in 400,000.
pub(crate) fn key(kind: Kind, text: &str) -> i64 {
    let mut hash = Sha256::new();
    hash.update(kind.name());
    hash.update(" ");
    hash.update(text);
    let hash = hash.finalize();
    let first: [u8; 8] = std::array::from_fn(|index| hash[index]);
    i64::from_be_bytes(first)
}

/// Prepares a checked statement; `moment` is when it is stored, `authority` who answers for it.
pub(crate) fn prepare(
    mut statement: Value,
    moment: Moment,
    authority: &Value,
    version: Version,
) -> NewStatement {
    lists_of_one(&mut statement);
    let equality = sum(&mut statement);
    let id = statement["id"].as_str().and_then(|id| id.parse().ok());
    let id = id.unwrap_or_else(Uuid::now_v7);
    complete(&mut statement, id, moment.stored, version);
    statement["authority"] = authority.clone();
    let found = Found::of(&statement);
    let registration = registration(&statement);
    let object = &statement["object"];
    let refers = (object["objectType"] == "StatementRef")
        .then(|| object["id"].as_str()?.parse().ok())
        .flatten();
    let verb = statement["verb"]["id"].as_str().unwrap_or_default();
    NewStatement {
        id,
        place: moment.place,
        stored: moment.stored,
        registration,
        refers,
        voids: refers.filter(|_| verb == VOIDED),
        equality,
        keys: found.keys.into_iter().collect(),
        definitions: found.definitions,
        statement: statement.to_string(),
    }
}

/// What a stored statement is found by.
pub(crate) fn keys(statement: &Value) -> Vec<i64> {
    Found::of(statement).keys.into_iter().collect()
}

fn registration(statement: &Value) -> Option<Uuid> {
    let id = statement.pointer("/context/registration")?.as_str()?;
    id.parse().ok()
}

/// What the LRS adds.
fn complete(statement: &mut Value, id: Uuid, stored: DateTime<Utc>, version: Version) {
    let now = stored.to_rfc3339_opts(SecondsFormat::Micros, true);
    let Some(members) = statement.as_object_mut() else {
        return;
    };
    members.insert("id".into(), id.to_string().into());
    members.insert("stored".into(), now.as_str().into());
    members
        .entry("version")
        .or_insert_with(|| version.of_statements().into());
    let time = members.entry("timestamp").or_insert_with(|| now.into());
    if version == Version::V2 {
        in_utc(time);
        if let Some(time) = statement.pointer_mut("/object/timestamp") {
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
    let utc = moment.with_timezone(&Utc);
    *time = utc.to_rfc3339_opts(SecondsFormat::AutoSi, true).into();
}

/// What tells whether the same id is the same statement: all but what the LRS says of it.
pub(crate) fn equality(statement: &Value) -> Vec<u8> {
    let mut sent = statement.clone();
    lists_of_one(&mut sent);
    sum(&mut sent)
}

/// The sum of what counts in comparisons, made without a copy; the statement stays as it was.
fn sum(statement: &mut Value) -> Vec<u8> {
    let own: Vec<(&str, Value)> = statement
        .as_object_mut()
        .into_iter()
        .flat_map(|members| OWN.map(|name| Some((name, members.remove(name)?))))
        .flatten()
        .collect();
    let exact = comparable(statement);
    let sum = Sha256::digest(statement.to_string()).to_vec();
    for (path, duration) in exact {
        if let Some(place) = statement.pointer_mut(path) {
            *place = duration;
        }
    }
    if let Some(members) = statement.as_object_mut() {
        members.extend(
            own.into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
    }
    sum
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

#[derive(Default)]
struct Found {
    keys: BTreeSet<i64>,
    definitions: Vec<(String, String)>,
}

impl Found {
    fn of(statement: &Value) -> Self {
        let mut found = Self::default();
        found.gather(statement, true);
        found.related_agents(&statement["authority"]);
        found.add(
            Kind::Verb,
            statement["verb"]["id"].as_str().unwrap_or_default(),
        );
        if let Some(registration) = registration(statement) {
            found.add(Kind::Registration, &registration.to_string());
        }
        found
    }

    fn add(&mut self, kind: Kind, text: &str) {
        self.keys.insert(key(kind, text));
    }

    fn agents(&mut self, who: &Value, is_outer: bool) {
        let mut keys = Vec::new();
        agent::keys(who, &mut keys);
        for key in keys {
            if is_outer {
                self.add(Kind::Agent, &key);
            }
            self.add(Kind::RelatedAgent, &key);
        }
    }

    fn related_agents(&mut self, who: &Value) {
        self.agents(who, false);
    }

    fn activity(&mut self, activity: &Value, is_object: bool) {
        let Some(id) = activity["id"].as_str() else {
            return;
        };
        if is_object {
            self.add(Kind::Activity, id);
        }
        self.add(Kind::RelatedActivity, id);
        if let Some(definition) = activity.get("definition") {
            self.definitions
                .push((id.to_owned(), definition.to_string()));
        }
    }

    fn gather(&mut self, statement: &Value, is_outer: bool) {
        let object = &statement["object"];
        self.agents(&statement["actor"], is_outer);
        match object["objectType"].as_str().unwrap_or("Activity") {
            "Agent" | "Group" => self.agents(object, is_outer),
            "Activity" => self.activity(object, is_outer),
            "SubStatement" => self.gather(object, false),
            _ => {}
        }
        let Some(context) = statement.get("context") else {
            return;
        };
        for name in ["instructor", "team"] {
            self.related_agents(&context[name]);
        }
        for (list, who) in [("contextAgents", "agent"), ("contextGroups", "group")] {
            for item in context[list].as_array().into_iter().flatten() {
                self.related_agents(&item[who]);
            }
        }
        for list in LISTS {
            let list = context["contextActivities"][list].as_array();
            for activity in list.into_iter().flatten() {
                self.activity(activity, false);
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
    fn version_2_gives_times_in_utc() {
        let now = Moments::default().take(1).next().unwrap();
        let time = |version| {
            let new = prepare(statement("PT1S"), now, &json!({}), version);
            let stored: Value = serde_json::from_str(&new.statement).unwrap();
            stored["timestamp"].as_str().unwrap().to_owned()
        };
        assert_eq!(time(Version::V1), "2026-11-23T10:00:00+01:00");
        assert_eq!(time(Version::V2), "2026-11-23T09:00:00Z");
    }
}
