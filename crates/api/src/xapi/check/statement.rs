//! Statements and what is only in them: result, context, references.

use serde_json::Value;

use super::{
    super::{VOIDED, Version},
    At, Checked, Fault, Members, Rule,
    activity::activity,
    actor::{self, agent, agent_or_group, group},
    attachment::attachments,
    boolean, duration, each, extensions, iri, language, languages, list, no_nulls, object, only,
    required, section, string, text, time, uuid,
};

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
const RESULT: &[(&str, Rule)] = &[
    ("score", score),
    ("success", boolean),
    ("completion", boolean),
    ("response", text),
    ("duration", duration),
    ("extensions", extensions),
];
const CONTEXT: &[(&str, Rule)] = &[
    ("registration", uuid),
    ("instructor", agent_or_group),
    ("team", group),
    ("contextActivities", context_activities),
    ("revision", text),
    ("platform", text),
    ("language", language),
    ("statement", reference),
    ("extensions", extensions),
];
/// What version 2.0 has besides.
const CONTEXT_2: &[(&str, Rule)] = &[
    ("contextAgents", context_agents),
    ("contextGroups", context_groups),
];
const CONTEXT_ACTIVITIES: &[&str] = &["parent", "grouping", "category", "other"];

/// Checks a statement by the rules of a version.
///
/// # Errors
/// The place and what is wrong there.
pub(crate) fn check(statement: &Value, version: Version) -> Checked {
    let at = At::Root;
    let members = object(statement, at)?;
    only(members, STATEMENT, at)?;
    no_nulls(statement, at)?;
    body(members, at, version, false)?;
    let rules: &[(&str, Rule)] = &[
        ("id", uuid),
        ("stored", time),
        ("authority", actor::authority),
        ("version", known_version),
    ];
    each(members, at, rules)
}

fn known_version(value: &Value, at: At<'_>) -> Checked {
    let found = string(value, at)?;
    let is_known = Version::of(found).is_some();
    at.unless(is_known, || format!("{found:?} is not 1.0.x or 2.0.x"))
}

fn body(members: &Members, at: At<'_>, version: Version, is_sub: bool) -> Checked {
    agent_or_group(required(members, "actor", at)?, at.of("actor"))?;
    verb(required(members, "verb", at)?, at.of("verb"))?;
    let target_of = required(members, "object", at)?;
    target(target_of, at.of("object"), version, is_sub)?;
    let kind = target_of["objectType"].as_str().unwrap_or("Activity");
    if members["verb"]["id"] == VOIDED && kind != "StatementRef" {
        let what = "the verb `voided` takes a StatementRef as its object";
        let at = at.of("object");
        return Err(at.of("objectType").against(section::VOIDING, what));
    }
    if let Some(found) = members.get("context") {
        context(found, at.of("context"), version, kind == "Activity")?;
    }
    let rules: &[(&str, Rule)] = &[
        ("result", result),
        ("timestamp", time),
        ("attachments", attachments),
    ];
    each(members, at, rules)
}

fn verb(value: &Value, at: At<'_>) -> Checked {
    let members = object(value, at)?;
    only(members, &["id", "display"], at)?;
    iri(required(members, "id", at)?, at.of("id"))?;
    each(members, at, &[("display", languages)])
}

fn target(value: &Value, at: At<'_>, version: Version, is_sub: bool) -> Checked {
    let members = object(value, at)?;
    let kind = match members.get("objectType") {
        None => "Activity",
        Some(kind) => string(kind, at.of("objectType"))?,
    };
    match kind {
        "Activity" => activity(value, at),
        "Agent" => agent(value, at),
        "Group" => group(value, at),
        "StatementRef" => reference(value, at),
        "SubStatement" if is_sub => {
            Err(at.against(section::STATEMENTS, "a SubStatement holds no other"))
        }
        "SubStatement" => {
            only(members, SUB_STATEMENT, at)?;
            body(members, at, version, true)
        }
        other => Err(at.of("objectType").fault(format!(
            "{other:?} is none of Activity, Agent, Group, StatementRef, SubStatement"
        ))),
    }
}

fn reference(value: &Value, at: At<'_>) -> Checked {
    let members = object(value, at)?;
    only(members, &["objectType", "id"], at)?;
    let kind = required(members, "objectType", at)?;
    at.of("objectType")
        .unless(kind == "StatementRef", || "must be StatementRef".into())?;
    let id = uuid(required(members, "id", at)?, at.of("id"));
    // Of an object the section would be that of activities.
    id.map_err(|fault| Fault {
        section: section::STATEMENTS,
        ..fault
    })
}

fn result(value: &Value, at: At<'_>) -> Checked {
    let members = object(value, at)?;
    only(members, &names(RESULT), at)?;
    each(members, at, RESULT)
}

fn names<'a>(rules: &[(&'a str, Rule)]) -> Vec<&'a str> {
    rules.iter().map(|(name, _)| *name).collect()
}

fn score(value: &Value, at: At<'_>) -> Checked {
    let members = object(value, at)?;
    only(members, &["scaled", "raw", "min", "max"], at)?;
    let number = |name: &str| match members.get(name) {
        None => Ok(None),
        Some(found) => match found.as_f64() {
            Some(number) => Ok(Some(number)),
            None => Err(at.of(name).misshapen("must be a number")),
        },
    };
    let (scaled, raw) = (number("scaled")?, number("raw")?);
    let (min, max) = (number("min")?, number("max")?);
    at.of("scaled").unless(
        scaled.is_none_or(|scaled| (-1.0..=1.0).contains(&scaled)),
        || "must be from -1 to 1".into(),
    )?;
    let is_over =
        |low: Option<f64>, high: Option<f64>| low.zip(high).is_some_and(|(low, high)| low > high);
    let is_equal = min.zip(max).is_some_and(|(min, max)| min >= max);
    at.unless(
        !is_equal && !is_over(min, raw) && !is_over(raw, max),
        || "min must be less than max, and raw neither less than min nor more than max".into(),
    )
}

fn context(value: &Value, at: At<'_>, version: Version, is_activity: bool) -> Checked {
    let members = object(value, at)?;
    let mut known = names(CONTEXT);
    if version == Version::V2 {
        known.extend(names(CONTEXT_2));
        each(members, at, CONTEXT_2)?;
    }
    only(members, &known, at)?;
    each(members, at, CONTEXT)?;
    for name in ["revision", "platform"] {
        at.of(name)
            .unless(is_activity || !members.contains_key(name), || {
                "is only where the object is an activity".into()
            })?;
    }
    Ok(())
}

fn context_activities(value: &Value, at: At<'_>) -> Checked {
    let lists = object(value, at)?;
    only(lists, CONTEXT_ACTIVITIES, at)?;
    lists.iter().try_for_each(|(name, found)| {
        let at = at.of(name);
        match found {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| activity(item, at.item(index))),
            one => activity(one, at),
        }
    })
}

fn context_agents(value: &Value, at: At<'_>) -> Checked {
    in_context(value, at, ("contextAgent", "agent", agent))
}

fn context_groups(value: &Value, at: At<'_>) -> Checked {
    in_context(value, at, ("contextGroup", "group", group))
}

/// Lists of agents or groups with the types of their part in it.
fn in_context(value: &Value, at: At<'_>, (kind, who, rule): (&str, &str, Rule)) -> Checked {
    for (index, item) in list(value, at)?.iter().enumerate() {
        let at = at.item(index);
        let members = object(item, at)?;
        only(members, &["objectType", who, "relevantTypes"], at)?;
        let found = required(members, "objectType", at)?;
        at.of("objectType")
            .unless(found == kind, || format!("must be {kind}"))?;
        rule(required(members, who, at)?, at.of(who))?;
        each(members, at, &[("relevantTypes", types)])?;
    }
    Ok(())
}

fn types(value: &Value, at: At<'_>) -> Checked {
    let items = list(value, at)?;
    at.unless(!items.is_empty(), || {
        "must name a type, or be left out".into()
    })?;
    let mut items = items.iter().enumerate();
    items.try_for_each(|(index, item)| iri(item, at.item(index)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn statement() -> Value {
        json!({
            "actor": { "mbox": "mailto:anna@comune.example" },
            "verb": { "id": "https://example.org/did" },
            "object": { "id": "https://example.org/it" },
        })
    }

    fn with(path: &[&str], value: Value) -> Value {
        let mut whole = statement();
        let mut place = &mut whole;
        for name in path {
            place = &mut place[*name];
        }
        *place = value;
        whole
    }

    #[test]
    fn a_fault_names_path_and_section() {
        let wrong = with(
            &["context"],
            json!({ "contextActivities": { "parent": [{ "id": "no iri" }] } }),
        );
        let fault = check(&wrong, Version::V1).unwrap_err().to_string();
        assert_eq!(
            fault,
            "context.contextActivities.parent[0].id: \"no iri\" is no absolute IRI (xAPI Data 2.4.4.1)"
        );
    }

    #[test]
    fn each_fault_has_the_section_that_says_so() {
        for (path, value, section) in [
            (&["id"][..], json!("1"), "xAPI Data 2.4.1"),
            (&["id"], json!(1), "xAPI Data 2.2"),
            (&["extra"], json!("x"), "xAPI Data 2.2"),
            (&["actor"], json!({}), "xAPI Data 2.4.2"),
            (&["actor", "mbox"], json!("x"), "xAPI Data 2.4.2.3"),
            (
                &["actor"],
                json!({ "account": { "homePage": "x", "name": "y" } }),
                "xAPI Data 2.4.2.4",
            ),
            (&["verb", "id"], json!("x"), "xAPI Data 2.4.3"),
            (&["verb", "display"], json!({ "a_b": "x" }), "xAPI Data 4.2"),
            (&["object", "id"], json!("x"), "xAPI Data 2.4.4.1"),
            (
                &["object"],
                json!({ "objectType": "StatementRef", "id": "x" }),
                "xAPI Data 2.4.4.3",
            ),
            (&["verb", "id"], json!(VOIDED), "xAPI Data 2.3.2"),
            (
                &["object", "definition"],
                json!({ "name": { "a_b": "x" } }),
                "xAPI Data 4.2",
            ),
            (
                &["object"],
                json!({ "objectType": "SubStatement", "actor": {} }),
                "xAPI Data 2.4.2",
            ),
            (
                &["result"],
                json!({ "score": { "scaled": 2 } }),
                "xAPI Data 2.4.5.1",
            ),
            (&["result"], json!({ "duration": "x" }), "xAPI Data 4.6"),
            (
                &["context"],
                json!({ "registration": "x" }),
                "xAPI Data 2.4.6.1",
            ),
            (
                &["context"],
                json!({ "extensions": { "x": 1 } }),
                "xAPI Data 4.1",
            ),
            (
                &["context"],
                json!({ "contextAgents": [{ "objectType": "x" }] }),
                "IEEE 9274.1.1 4.2.2.5",
            ),
            (&["timestamp"], json!("x"), "xAPI Data 4.5"),
            (&["version"], json!("1.1"), "xAPI Data 2.4.10"),
            (&["attachments"], json!([{}]), "xAPI Data 2.4.11"),
        ] {
            let fault = check(&with(path, value), Version::V2).unwrap_err();
            assert_eq!(fault.section(), section, "{fault}");
        }
    }

    #[test]
    fn each_rule_refuses_what_breaks_it() {
        assert_eq!(check(&statement(), Version::V1), Ok(()));
        let agent = json!({ "mbox": "mailto:a@b.example" });
        let cases = [
            (with(&["extra"], json!(1)), "extra"),
            (with(&["id"], json!("1")), "id"),
            (with(&["actor"], json!({})), "actor"),
            (
                with(&["actor", "openid"], json!("https://a.example/")),
                "actor",
            ),
            (with(&["actor", "member"], json!([])), "actor.member"),
            (
                with(
                    &["actor"],
                    json!({ "objectType": "Group", "member": [{ "objectType": "Group", "member": [] }] }),
                ),
                "actor.member[0].objectType",
            ),
            (
                with(&["verb", "display"], json!({ "a_b": "x" })),
                "verb.display.a_b",
            ),
            (with(&["verb", "id"], json!(VOIDED)), "object.objectType"),
            (
                with(
                    &["object", "definition"],
                    json!({ "interactionType": "Choice" }),
                ),
                "object.definition.interactionType",
            ),
            (
                with(&["object", "definition"], json!({ "choices": [] })),
                "object.definition.interactionType",
            ),
            (
                with(
                    &["object", "definition"],
                    json!({ "interactionType": "choice", "choices": [{ "id": "a" }, { "id": "a" }] }),
                ),
                "object.definition.choices[1].id",
            ),
            (
                with(&["result"], json!({ "score": { "scaled": 1.1 } })),
                "result.score.scaled",
            ),
            (
                with(&["result"], json!({ "score": { "min": 5, "max": 1 } })),
                "result.score",
            ),
            (
                with(&["result"], json!({ "duration": "P4W1D" })),
                "result.duration",
            ),
            (
                with(&["context"], json!({ "team": agent })),
                "context.team.objectType",
            ),
            (
                with(&["context"], json!({ "contextAgents": [] })),
                "context.contextAgents",
            ),
            (
                with(&["context"], json!({ "revision": null })),
                "context.revision",
            ),
            (
                with(&["timestamp"], json!("2026-01-01T00:00:00-00:00")),
                "timestamp",
            ),
            (
                with(
                    &["authority"],
                    json!({ "objectType": "Group", "member": [agent] }),
                ),
                "authority",
            ),
            (with(&["version"], json!("1.1")), "version"),
            (
                with(
                    &["attachments"],
                    json!([{ "usageType": "https://a.example/" }]),
                ),
                "attachments[0].display",
            ),
        ];
        for (wrong, at) in cases {
            let fault = check(&wrong, Version::V1).unwrap_err().to_string();
            assert!(
                fault.starts_with(&format!("{at}: ")),
                "{at} expected: {fault}"
            );
        }
    }

    #[test]
    fn version_2_has_agents_and_groups_of_the_context() {
        let agent = json!({ "mbox": "mailto:a@b.example" });
        let good = json!({ "objectType": "contextAgent", "agent": agent, "relevantTypes": ["https://a.example/t"] });
        let found = with(&["context"], json!({ "contextAgents": [good] }));
        assert_eq!(check(&found, Version::V2), Ok(()));
        for bad in [
            json!({ "agent": agent }),
            json!({ "objectType": "contextAgent" }),
            json!({ "objectType": "contextAgent", "agent": agent, "relevantTypes": [] }),
        ] {
            let found = with(&["context"], json!({ "contextAgents": [bad] }));
            assert!(check(&found, Version::V2).is_err(), "{bad}");
        }
    }
}
