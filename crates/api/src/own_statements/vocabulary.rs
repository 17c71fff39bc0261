//! The IRIs of our own statements, and what they all have.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use percorso_package::{Item, Package};
use serde_json::{Value, json};
use uuid::Uuid;

/// The ADL verbs' common beginning.
pub(super) const VERBS: &str = "http://adlnet.gov/expapi/verbs/";
/// Type of a question.
pub(super) const INTERACTION: &str = "http://adlnet.gov/expapi/activities/cmi.interaction";
/// Type of a webinar.
pub(super) const MEETING: &str = "http://adlnet.gov/expapi/activities/meeting";
const COURSE: &str = "http://adlnet.gov/expapi/activities/course";
const LESSON: &str = "http://adlnet.gov/expapi/activities/lesson";
const ATTEMPT: &str = "http://adlnet.gov/expapi/activities/attempt";
pub(super) const PROFILE: &str = "http://adlnet.gov/expapi/activities/profile";
/// The profile that they keep to.
const SCORM: &str = "https://w3id.org/xapi/scorm";

/// Whose and of which course statements are.
#[derive(Debug, Clone)]
pub(super) struct Course {
    /// The course's IRI.
    pub(super) iri: String,
    /// The learner.
    pub(super) actor: Value,
    /// The registration.
    pub(super) registration: Uuid,
    /// Words of the package.
    pub(super) words: std::sync::Arc<Words>,
}

/// What a package calls its parts.
#[derive(Debug, Default)]
pub(super) struct Words {
    title: String,
    language: String,
    activities: HashMap<String, String>,
}

impl Words {
    pub(super) fn of(package: &Package) -> Self {
        fn gather(items: &[Item], into: &mut HashMap<String, String>) {
            for item in items {
                into.insert(item.identifier.clone(), item.title.clone());
                gather(&item.items, into);
            }
        }
        let mut activities = HashMap::new();
        gather(&package.organization().items, &mut activities);
        let language = package.metadata.language.clone();
        let is_tag = |tag: &String| !tag.is_empty() && tag.split('-').all(is_subtag);
        Self {
            title: package.title().to_owned(),
            language: language.filter(is_tag).unwrap_or_else(|| "und".to_owned()),
            activities,
        }
    }
}

fn is_subtag(part: &str) -> bool {
    (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Text as a step of a path.
pub(super) fn in_path(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// A statement.
pub(super) fn statement(
    at: DateTime<Utc>,
    actor: &Value,
    verb: &str,
    object: &Value,
    result: &Value,
    context: &Value,
) -> Value {
    let id = format!("{VERBS}{verb}");
    statement_of(at, actor, (&id, verb), object, result, context)
}

/// A statement with a verb of any vocabulary: its IRI and its name.
pub(super) fn statement_of(
    at: DateTime<Utc>,
    actor: &Value,
    (verb, name): (&str, &str),
    object: &Value,
    result: &Value,
    context: &Value,
) -> Value {
    let mut statement = json!({
        "actor": actor,
        "verb": { "id": verb, "display": { "en": name } },
        "object": object,
        "context": context,
        "timestamp": at.to_rfc3339_opts(SecondsFormat::Millis, true),
    });
    if !result.is_null() {
        statement["result"] = result.clone();
    }
    statement
}

impl Course {
    pub(super) fn text(&self, text: &str) -> Value {
        json!({ &*self.words.language: text })
    }

    pub(super) fn activity_of(&self, iri: &str, name: &str, kind: &str) -> Value {
        json!({
            "objectType": "Activity",
            "id": iri,
            "definition": { "name": self.text(name), "type": kind },
        })
    }

    /// The course.
    pub(super) fn activity(&self) -> Value {
        self.activity_of(&self.iri, &self.words.title, COURSE)
    }

    pub(super) fn sco_iri(&self, sco: &str) -> String {
        format!("{}/{}", self.iri, in_path(sco))
    }

    /// A SCO.
    pub(super) fn sco(&self, sco: &str) -> Value {
        let name = self.words.activities.get(sco);
        self.activity_of(&self.sco_iri(sco), name.map_or(sco, String::as_str), LESSON)
    }

    /// An attempt on a SCO.
    pub(super) fn attempt(&self, sco: &str, attempt: Uuid) -> Value {
        json!({
            "objectType": "Activity",
            "id": format!("{}?attemptId={attempt}", self.sco_iri(sco)),
            "definition": { "type": ATTEMPT },
        })
    }

    /// The context, with the course itself in the grouping unless the statement is about it.
    pub(super) fn context(&self, parent: &[Value], grouping: &[Value]) -> Value {
        let mut activities = json!({
            "category": [{ "id": SCORM, "definition": { "type": PROFILE } }],
        });
        if !parent.is_empty() {
            activities["parent"] = parent.into();
        }
        if !grouping.is_empty() {
            let all: Vec<Value> = grouping.iter().cloned().chain([self.activity()]).collect();
            activities["grouping"] = all.into();
        }
        json!({
            "registration": self.registration,
            "platform": "Percorso",
            "contextActivities": activities,
        })
    }

    pub(super) fn statement(
        &self,
        at: DateTime<Utc>,
        verb: &str,
        object: &Value,
        result: &Value,
        context: &Value,
    ) -> Value {
        statement(at, &self.actor, verb, object, result, context)
    }

    /// About a SCO, within an attempt.
    pub(super) fn of_sco(
        &self,
        at: DateTime<Utc>,
        verb: &str,
        sco: &str,
        attempt: Uuid,
        result: &Value,
    ) -> Value {
        let context = self.context(&[], &[self.attempt(sco, attempt)]);
        self.statement(at, verb, &self.sco(sco), result, &context)
    }

    #[cfg(test)]
    pub(super) fn for_tests(activities: &[(&str, &str)]) -> Self {
        let activities = activities.iter();
        Self {
            iri: "https://percorso.example/activities/1".into(),
            actor: json!({ "mbox": "mailto:anna@comune.example" }),
            registration: Uuid::nil(),
            words: std::sync::Arc::new(Words {
                title: "Corso".into(),
                language: "it".into(),
                activities: activities
                    .map(|(id, title)| ((*id).to_owned(), (*title).to_owned()))
                    .collect(),
            }),
        }
    }
}
