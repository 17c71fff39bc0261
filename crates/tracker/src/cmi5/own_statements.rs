//! What the LMS states itself: launched, abandoned, waived, satisfied (9.3).

use percorso_package::{AssignableUnit, LangString};
use serde_json::{Map, Value, json};

use super::{
    Actor, Course, Node, NodeKind, Session,
    vocabulary::{self as v, Verb},
};
use crate::runtime::duration;

/// What each statement has of its own.
#[derive(Debug, Clone)]
pub struct Stamp<'a> {
    /// The statement's id, a UUID.
    pub id: &'a str,
    /// When, RFC 3339 in UTC.
    pub timestamp: &'a str,
}

/// The AU is about to be launched; `location` is its URL without the launch's parameters.
pub fn launched(stamp: &Stamp, session: &Session, node: &Node, location: &str) -> Value {
    let mut statement = about(stamp, Verb::Launched, session, node);
    let extensions = &mut statement["context"]["extensions"];
    extensions[v::LAUNCH_MODE] = session.mode.name().into();
    extensions[v::LAUNCH_URL] = location.into();
    if let Some(au) = au_of(node) {
        extensions[v::MOVE_ON] = au.move_on.unwrap_or_default().name().into();
        if let Some(score) = au.mastery_score {
            extensions[v::MASTERY_SCORE] = score.into();
        }
        if let Some(parameters) = &au.launch_parameters {
            extensions[v::LAUNCH_PARAMETERS] = parameters.as_str().into();
        }
    }
    statement
}

/// The session ended abnormally, after `duration_ms`.
pub fn abandoned(stamp: &Stamp, session: &Session, node: &Node, duration_ms: u64) -> Value {
    let mut statement = about(stamp, Verb::Abandoned, session, node);
    statement["result"] = json!({ "duration": duration::format_iso(duration_ms) });
    statement
}

/// Whose statement, outside a launched session: `session_id` is made for it (9.3.7.0-3).
#[derive(Debug, Clone)]
pub struct Of<'a> {
    /// The learner.
    pub actor: &'a Actor,
    /// The registration.
    pub registration: &'a str,
    /// The session.
    pub session_id: &'a str,
}

/// The AU need not be taken, for this reason.
pub fn waived(stamp: &Stamp, of: &Of, node: &Node, reason: &str) -> Value {
    let mut statement = stated(stamp, Verb::Waived, of, node);
    statement["result"] = json!({
        "success": true,
        "completion": true,
        "extensions": { v::REASON: reason },
    });
    if let Some(category) = statement["context"]["contextActivities"]["category"].as_array_mut() {
        category.push(activity(v::CATEGORY_MOVE_ON));
    }
    statement
}

/// A block or the course is satisfied.
pub fn satisfied(stamp: &Stamp, of: &Of, course: &Course, index: usize) -> Value {
    stated(stamp, Verb::Satisfied, of, &course.nodes[index])
}

fn about(stamp: &Stamp, verb: Verb, session: &Session, node: &Node) -> Value {
    let of = Of {
        actor: &session.actor,
        registration: &session.registration,
        session_id: &session.id,
    };
    stated(stamp, verb, &of, node)
}

fn stated(stamp: &Stamp, verb: Verb, of: &Of, node: &Node) -> Value {
    json!({
        "id": stamp.id,
        "timestamp": stamp.timestamp,
        "actor": of.actor.agent(),
        "verb": { "id": verb.id(), "display": { "en": verb.name() } },
        "object": object(node),
        "context": {
            "registration": of.registration,
            "contextActivities": {
                "grouping": [activity(&node.id)],
                "category": [activity(v::CATEGORY_CMI5)],
            },
            "extensions": { v::SESSION_ID: of.session_id },
        },
    })
}

fn activity(id: &str) -> Value {
    json!({ "id": id, "objectType": "Activity" })
}

fn object(node: &Node) -> Value {
    let mut definition = Map::new();
    let kind = match &node.kind {
        NodeKind::Course => Some(v::COURSE_TYPE),
        NodeKind::Block => Some(v::BLOCK_TYPE),
        NodeKind::Au(au) => au.activity_type.as_deref().filter(|iri| iri.contains(':')),
    };
    if let Some(kind) = kind {
        definition.insert("type".into(), kind.into());
    }
    for (name, texts) in [("name", &node.title), ("description", &node.description)] {
        let map = language_map(texts);
        if !map.is_empty() {
            definition.insert(name.into(), Value::Object(map));
        }
    }
    json!({ "id": node.lms_id, "objectType": "Activity", "definition": definition })
}

fn language_map(texts: &[LangString]) -> Map<String, Value> {
    let mut map = Map::new();
    for text in texts {
        let language = text.language.as_deref().unwrap_or("und");
        map.entry(language)
            .or_insert_with(|| text.text.as_str().into());
    }
    map
}

fn au_of(node: &Node) -> Option<&AssignableUnit> {
    match &node.kind {
        NodeKind::Au(au) => Some(au),
        _ => None,
    }
}
