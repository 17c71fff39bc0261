//! What a statement can be looked for by.

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::agent;

const LISTS: [&str; 4] = ["parent", "grouping", "category", "other"];

/// What a statement can be looked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Actor or object, or a member of such a group.
    Agent,
    /// Any other agent in it.
    RelatedAgent,
    /// Who answers for it.
    Authority,
    /// The object.
    Activity,
    /// Any other activity in it.
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
            Self::Authority => "authority",
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

/// What a statement is found by. That of which it has one stands in columns of its row; the rest, of
/// which there may be any number, are rows of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The verb.
    pub(crate) verb: i64,
    /// The actor, unless it is an anonymous group.
    pub(crate) actor: Option<i64>,
    /// The object, when it is an activity.
    pub(crate) activity: Option<i64>,
    /// `context.registration`.
    pub(crate) registration: Option<Uuid>,
    /// Everything else, in order and each once.
    pub(crate) further: BTreeSet<i64>,
    /// Activities that it defines, each with the definition as JSON.
    pub(crate) definitions: Vec<(String, String)>,
}

impl Found {
    /// Of a statement that was checked. Who answers for it is not part of this.
    pub(crate) fn of(statement: &Value) -> Self {
        let mut found = Self {
            verb: key(
                Kind::Verb,
                statement["verb"]["id"].as_str().unwrap_or_default(),
            ),
            actor: agent::key(&statement["actor"]).map(|actor| key(Kind::Agent, &actor)),
            registration: registration(statement),
            ..Self::default()
        };
        found.gather(statement, Part::Statement);
        // Each once: what is found as its own is not found as related too.
        for own in [found.actor, found.activity].into_iter().flatten() {
            found.further.remove(&own);
        }
        found
    }

    /// All keys of a stored statement: what one that refers to it is found by as well.
    pub(crate) fn inherited(statement: &Value) -> Vec<i64> {
        let mut found = Self::of(statement);
        let own = [Some(found.verb), found.actor, found.activity];
        found.further.extend(own.into_iter().flatten());
        if let Some(registration) = found.registration {
            found.add(Kind::Registration, &registration.to_string());
        }
        found.agents(&statement["authority"], Kind::RelatedAgent);
        found.further.into_iter().collect()
    }

    fn add(&mut self, kind: Kind, text: &str) {
        self.further.insert(key(kind, text));
    }

    fn agents(&mut self, who: &Value, kind: Kind) {
        let mut keys = Vec::new();
        agent::keys(who, &mut keys);
        for key in keys {
            self.add(kind, &key);
        }
    }

    fn activity(&mut self, activity: &Value, kind: Kind) {
        let Some(id) = activity["id"].as_str() else {
            return;
        };
        match kind {
            Kind::Activity => self.activity = Some(key(kind, id)),
            _ => self.add(kind, id),
        }
        if let Some(definition) = activity.get("definition") {
            self.definitions
                .push((id.to_owned(), definition.to_string()));
        }
    }

    fn gather(&mut self, statement: &Value, part: Part) {
        let (agent, activity) = match part {
            Part::Statement => (Kind::Agent, Kind::Activity),
            Part::SubStatement => (Kind::RelatedAgent, Kind::RelatedActivity),
        };
        let object = &statement["object"];
        self.agents(&statement["actor"], agent);
        match object["objectType"].as_str().unwrap_or("Activity") {
            "Agent" | "Group" => self.agents(object, agent),
            "Activity" => self.activity(object, activity),
            "SubStatement" => self.gather(object, Part::SubStatement),
            _ => {}
        }
        let Some(context) = statement.get("context") else {
            return;
        };
        for name in ["instructor", "team"] {
            self.agents(&context[name], Kind::RelatedAgent);
        }
        for (list, who) in [("contextAgents", "agent"), ("contextGroups", "group")] {
            for item in context[list].as_array().into_iter().flatten() {
                self.agents(&item[who], Kind::RelatedAgent);
            }
        }
        for list in LISTS {
            let list = context["contextActivities"][list].as_array();
            for activity in list.into_iter().flatten() {
                self.activity(activity, Kind::RelatedActivity);
            }
        }
    }
}

/// Whether what is gathered is the statement's own.
#[derive(Clone, Copy)]
enum Part {
    Statement,
    SubStatement,
}

fn registration(statement: &Value) -> Option<Uuid> {
    let id = statement.pointer("/context/registration")?.as_str()?;
    id.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_there_is_one_of_stands_alone_and_the_rest_beside_it() {
        let anna = json!({ "mbox": "mailto:anna@comune.example" });
        let found = Found::of(&json!({
            "actor": anna,
            "verb": { "id": "https://e.example/did" },
            "object": { "id": "https://e.example/it", "definition": { "type": "https://e.example/t" } },
            "context": {
                "registration": "00000000-0000-4000-8000-000000000001",
                "instructor": { "mbox": "mailto:bruno@comune.example" },
                "contextActivities": { "parent": [{ "id": "https://e.example/course" }] },
            },
        }));
        assert_eq!(found.verb, key(Kind::Verb, "https://e.example/did"));
        assert_eq!(
            found.actor,
            Some(key(Kind::Agent, "mailto:anna@comune.example"))
        );
        assert_eq!(
            found.activity,
            Some(key(Kind::Activity, "https://e.example/it"))
        );
        let further = [
            key(Kind::RelatedAgent, "mailto:bruno@comune.example"),
            key(Kind::RelatedActivity, "https://e.example/course"),
        ];
        assert_eq!(found.further, BTreeSet::from(further));
        assert_eq!(found.definitions.len(), 1);
    }

    #[test]
    fn what_is_in_a_sub_statement_is_related_only() {
        let found = Found::of(&json!({
            "actor": { "objectType": "Group", "member": [{ "mbox": "mailto:anna@comune.example" }] },
            "verb": { "id": "https://e.example/planned" },
            "object": {
                "objectType": "SubStatement",
                "actor": { "mbox": "mailto:bruno@comune.example" },
                "verb": { "id": "https://e.example/did" },
                "object": { "id": "https://e.example/it" },
            },
        }));
        assert_eq!((found.actor, found.activity), (None, None));
        let further = [
            key(Kind::Agent, "mailto:anna@comune.example"),
            key(Kind::RelatedAgent, "mailto:bruno@comune.example"),
            key(Kind::RelatedActivity, "https://e.example/it"),
        ];
        assert_eq!(found.further, BTreeSet::from(further));
    }
}
