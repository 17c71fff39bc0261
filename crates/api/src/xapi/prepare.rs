//! From a statement as it was sent to what is stored: the LRS's own properties, and what it is found by.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::agent;
use crate::db::lrs::NewStatement;

const VOIDED: &str = "http://adlnet.gov/expapi/verbs/voided";
const LISTS: [&str; 4] = ["parent", "grouping", "category", "other"];

/// Prepares a checked statement; `stored` is its moment, `authority` who answers for it.
pub(crate) fn prepare(
    mut statement: Value,
    stored: DateTime<Utc>,
    authority: &Value,
) -> NewStatement {
    let equality = equality(&statement);
    let id = statement["id"].as_str().and_then(|id| id.parse().ok());
    let id = id.unwrap_or_else(Uuid::now_v7);
    let moment = stored.to_rfc3339_opts(SecondsFormat::Micros, true);
    statement["id"] = id.to_string().into();
    statement["stored"] = moment.as_str().into();
    if statement.get("timestamp").is_none() {
        statement["timestamp"] = moment.into();
    }
    if statement.get("version").is_none() {
        statement["version"] = "1.0.0".into();
    }
    statement["authority"] = authority.clone();
    lists_of_one(&mut statement["context"]);
    let mut found = Found::default();
    found.gather(&statement, true);
    agent::keys(authority, &mut found.related_agents);
    let verb = statement["verb"]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let voids = (verb == VOIDED && statement["object"]["objectType"] == "StatementRef")
        .then(|| statement["object"]["id"].as_str()?.parse().ok())
        .flatten();
    let registration = statement["context"]["registration"].as_str();
    NewStatement {
        id,
        stored,
        registration: registration.and_then(|id| id.parse().ok()),
        agents: distinct(found.agents),
        related_agents: distinct(found.related_agents),
        activities: distinct(found.activities),
        related_activities: distinct(found.related_activities),
        voids,
        equality,
        statement: without_null_context(statement).to_string(),
        verb,
    }
}

/// What tells whether the same id is the same statement: all but what the LRS says of it.
pub(crate) fn equality(statement: &Value) -> Vec<u8> {
    let mut sent = statement.clone();
    if let Some(members) = sent.as_object_mut() {
        for own in ["stored", "authority", "version"] {
            members.remove(own);
        }
    }
    Sha256::digest(sent.to_string()).to_vec()
}

/// A single activity stands for a list of one.
fn lists_of_one(context: &mut Value) {
    let Some(lists) = context
        .get_mut("contextActivities")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    for list in lists.values_mut() {
        if list.is_object() {
            *list = json!([list.take()]);
        }
    }
}

/// Indexing for change leaves a null where there was nothing.
fn without_null_context(mut statement: Value) -> Value {
    if statement["context"].is_null()
        && let Some(members) = statement.as_object_mut()
    {
        members.remove("context");
    }
    statement
}

fn distinct(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list.dedup();
    list
}

#[derive(Default)]
struct Found {
    agents: Vec<String>,
    related_agents: Vec<String>,
    activities: Vec<String>,
    related_activities: Vec<String>,
}

impl Found {
    fn gather(&mut self, statement: &Value, is_outer: bool) {
        let object = &statement["object"];
        let mut agents = Vec::new();
        agent::keys(&statement["actor"], &mut agents);
        match object["objectType"].as_str().unwrap_or("Activity") {
            "Agent" | "Group" => agent::keys(object, &mut agents),
            "Activity" => {
                let id = object["id"].as_str().map(str::to_owned);
                self.related_activities.extend(id.clone());
                if is_outer {
                    self.activities.extend(id);
                }
            }
            "SubStatement" => self.gather(object, false),
            _ => {}
        }
        if is_outer {
            self.agents.clone_from(&agents);
        }
        self.related_agents.extend(agents);
        let context = &statement["context"];
        for name in ["instructor", "team"] {
            agent::keys(&context[name], &mut self.related_agents);
        }
        for list in LISTS {
            let list = context["contextActivities"][list].as_array();
            let ids = list.into_iter().flatten();
            let ids = ids.filter_map(|activity| activity["id"].as_str());
            self.related_activities.extend(ids.map(str::to_owned));
        }
    }
}
