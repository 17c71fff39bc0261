//! How statements are given out: exact, by ids alone, or canonical.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// What `format` asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// As they came.
    #[default]
    Exact,
    /// Only what identifies agents, activities and verbs.
    Ids,
    /// Activities as all statements define them, and one language of each text.
    Canonical,
}

impl Format {
    /// By the parameter's value.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "exact" => Some(Self::Exact),
            "ids" => Some(Self::Ids),
            "canonical" => Some(Self::Canonical),
            _ => None,
        }
    }
}

const LISTS: [&str; 4] = ["parent", "grouping", "category", "other"];

/// Leaves what identifies agents, activities and verbs.
pub(crate) fn ids(statement: &mut Value) {
    for_each_part(statement, &mut |part, value| match part {
        Part::Agent => identify(value),
        Part::Activity => keep_id(value),
        Part::Verb => {
            if let Some(verb) = value.as_object_mut() {
                verb.remove("display");
            }
        }
    });
}

/// The ids of the activities in a statement.
pub(crate) fn activity_ids(statement: &mut Value) -> Vec<String> {
    let mut ids = Vec::new();
    for_each_part(statement, &mut |part, value| {
        if part == Part::Activity {
            ids.extend(value["id"].as_str().map(str::to_owned));
        }
    });
    ids
}

/// Activities become what `definitions` knows of them; of every text the best language stays.
pub(crate) fn canonical(
    statement: &mut Value,
    definitions: &HashMap<String, Value>,
    languages: &[String],
) {
    for_each_part(statement, &mut |part, value| match part {
        Part::Activity => {
            let known = value["id"].as_str().and_then(|id| definitions.get(id));
            if let (Some(known), Some(activity)) = (known, value.as_object_mut()) {
                activity.insert("definition".into(), known.clone());
            }
            if let Some(definition) = value.get_mut("definition") {
                one_language_of_definition(definition, languages);
            }
        }
        Part::Verb => {
            if let Some(display) = value.get_mut("display") {
                one_language(display, languages);
            }
        }
        Part::Agent => {}
    });
    for attachment in attachments(statement) {
        for name in ["display", "description"] {
            if let Some(text) = attachment.get_mut(name) {
                one_language(text, languages);
            }
        }
    }
}

fn attachments(statement: &mut Value) -> impl Iterator<Item = &mut Value> {
    let list = statement
        .get_mut("attachments")
        .and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

fn one_language_of_definition(definition: &mut Value, languages: &[String]) {
    for name in ["name", "description"] {
        if let Some(text) = definition.get_mut(name) {
            one_language(text, languages);
        }
    }
    for list in ["choices", "scale", "source", "target", "steps"] {
        let items = definition.get_mut(list).and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            if let Some(text) = item.get_mut("description") {
                one_language(text, languages);
            }
        }
    }
}

/// Keeps the text whose language was asked for first, else the first of them.
fn one_language(map: &mut Value, languages: &[String]) {
    let Some(texts) = map.as_object_mut() else {
        return;
    };
    let Some(best) = best(texts, languages).cloned() else {
        return;
    };
    texts.retain(|tag, _| *tag == best);
}

fn best<'a>(texts: &'a Map<String, Value>, languages: &[String]) -> Option<&'a String> {
    let base = |tag: &str| {
        tag.split('-')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    for wanted in languages {
        let exact = texts.keys().find(|tag| tag.eq_ignore_ascii_case(wanted));
        let near = || texts.keys().find(|tag| base(tag) == base(wanted));
        if let Some(found) = exact.or_else(near) {
            return Some(found);
        }
    }
    texts.keys().next()
}

/// The tags of an `Accept-Language` header, the most wanted first.
pub(crate) fn languages(header: &str) -> Vec<String> {
    let mut wanted: Vec<(f32, String)> = header
        .split(',')
        .filter_map(|item| {
            let (tag, rest) = item.split_once(';').unwrap_or((item, ""));
            let weight = rest.trim().strip_prefix("q=").and_then(|q| q.parse().ok());
            let weight = weight.unwrap_or(1.0);
            let tag = tag.trim();
            (!tag.is_empty() && tag != "*" && weight > 0.0).then(|| (weight, tag.to_owned()))
        })
        .collect();
    wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
    wanted.into_iter().map(|(_, tag)| tag).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Agent,
    Activity,
    Verb,
}

/// Visits agents, activities and verbs of a statement and of the one in it.
fn for_each_part(statement: &mut Value, visit: &mut impl FnMut(Part, &mut Value)) {
    for name in ["actor", "authority"] {
        if let Some(agent) = statement.get_mut(name) {
            visit(Part::Agent, agent);
        }
    }
    if let Some(verb) = statement.get_mut("verb") {
        visit(Part::Verb, verb);
    }
    if let Some(object) = statement.get_mut("object") {
        match object["objectType"].as_str().unwrap_or("Activity") {
            "Activity" => visit(Part::Activity, object),
            "Agent" | "Group" => visit(Part::Agent, object),
            "SubStatement" => for_each_part(object, visit),
            _ => {}
        }
    }
    let Some(context) = statement.get_mut("context") else {
        return;
    };
    for name in ["instructor", "team"] {
        if let Some(agent) = context.get_mut(name) {
            visit(Part::Agent, agent);
        }
    }
    for (list, who) in [("contextAgents", "agent"), ("contextGroups", "group")] {
        let items = context.get_mut(list).and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            if let Some(agent) = item.get_mut(who) {
                visit(Part::Agent, agent);
            }
        }
    }
    for list in LISTS {
        let path = format!("/contextActivities/{list}");
        let items = context.pointer_mut(&path).and_then(Value::as_array_mut);
        for activity in items.into_iter().flatten() {
            visit(Part::Activity, activity);
        }
    }
}

/// An identified agent or group is its identifier; an anonymous group is its members.
fn identify(agent: &mut Value) {
    let Some(members) = agent.as_object_mut() else {
        return;
    };
    let identifiers = ["mbox", "mbox_sha1sum", "openid", "account"];
    let is_identified = identifiers.iter().any(|name| members.contains_key(*name));
    members.retain(|name, _| {
        name == "objectType"
            || identifiers.contains(&name.as_str())
            || (name == "member" && !is_identified)
    });
    let inner = members.get_mut("member").and_then(Value::as_array_mut);
    for member in inner.into_iter().flatten() {
        identify(member);
    }
}

fn keep_id(activity: &mut Value) {
    if let Some(members) = activity.as_object_mut() {
        members.retain(|name, _| name == "id");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_most_wanted_language_stays() {
        let texts = json!({ "en-US": "a", "it": "b", "de-AT": "c" });
        let kept = |header: &str| {
            let mut map = texts.clone();
            one_language(&mut map, &languages(header));
            map
        };
        assert_eq!(kept("it"), json!({ "it": "b" }));
        assert_eq!(kept("fr, en-GB;q=0.5, it;q=0.1"), json!({ "en-US": "a" }));
        assert_eq!(kept("de-DE"), json!({ "de-AT": "c" }));
        assert_eq!(
            kept("ja"),
            json!({ "de-AT": "c" }),
            "any is better than none"
        );
    }

    #[test]
    fn ids_are_all_that_stays_of_agents_and_activities() {
        let mut statement = json!({
            "actor": { "objectType": "Group", "name": "x", "mbox": "mailto:a@b.example", "member": [] },
            "verb": { "id": "https://e.example/v", "display": { "it": "x" } },
            "object": { "id": "https://e.example/o", "objectType": "Activity", "definition": {} },
            "context": { "instructor": { "objectType": "Group", "member": [{ "name": "x", "openid": "https://o.example" }] } },
        });
        ids(&mut statement);
        assert_eq!(
            statement,
            json!({
                "actor": { "objectType": "Group", "mbox": "mailto:a@b.example" },
                "verb": { "id": "https://e.example/v" },
                "object": { "id": "https://e.example/o" },
                "context": { "instructor": { "objectType": "Group", "member": [{ "openid": "https://o.example" }] } },
            })
        );
    }
}
