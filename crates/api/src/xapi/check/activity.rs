//! Activities and their definitions.

use serde_json::Value;

use super::{
    At, Checked, Members, Rule, each, extensions, iri, languages, list, object, only, required,
    string, text,
};

const DEFINITION: &[(&str, Rule)] = &[
    ("name", languages),
    ("description", languages),
    ("type", iri),
    ("moreInfo", iri),
    ("extensions", extensions),
    ("interactionType", interaction_type),
    ("correctResponsesPattern", patterns),
    ("choices", components),
    ("scale", components),
    ("source", components),
    ("target", components),
    ("steps", components),
];
/// What only an interaction has.
const OF_INTERACTIONS: &[&str] = &[
    "correctResponsesPattern",
    "choices",
    "scale",
    "source",
    "target",
    "steps",
];
const INTERACTION_TYPES: &[&str] = &[
    "true-false",
    "choice",
    "fill-in",
    "long-fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
    "other",
];

pub(super) fn activity(value: &Value, at: At<'_>) -> Checked {
    let members = object(value, at)?;
    only(members, &["objectType", "id", "definition"], at)?;
    if let Some(kind) = members.get("objectType") {
        let at = at.of("objectType");
        at.unless(kind == "Activity", || "must be Activity".into())?;
    }
    iri(required(members, "id", at)?, at.of("id"))?;
    each(members, at, &[("definition", definition)])
}

fn definition(value: &Value, at: At<'_>) -> Checked {
    let members = object(value, at)?;
    if let Some(name) = members
        .keys()
        .find(|name| !DEFINITION.iter().any(|(known, _)| known == name))
    {
        return Err(at
            .of(name)
            .fault("is no property of a definition; put it into extensions"));
    }
    each(members, at, DEFINITION)?;
    needs_type(members, at)
}

fn needs_type(members: &Members, at: At<'_>) -> Checked {
    let needy = OF_INTERACTIONS
        .iter()
        .find(|name| members.contains_key(**name));
    match needy {
        Some(name) if !members.contains_key("interactionType") => {
            let what = format!("is missing, and `{name}` is there");
            Err(at.of("interactionType").fault(what))
        }
        _ => Ok(()),
    }
}

fn interaction_type(value: &Value, at: At<'_>) -> Checked {
    let found = string(value, at)?;
    at.unless(INTERACTION_TYPES.contains(&found), || {
        format!("{found:?} is none of {}", INTERACTION_TYPES.join(", "))
    })
}

fn patterns(value: &Value, at: At<'_>) -> Checked {
    let mut items = list(value, at)?.iter().enumerate();
    items.try_for_each(|(index, item)| text(item, at.item(index)))
}

fn components(value: &Value, at: At<'_>) -> Checked {
    let items = list(value, at)?;
    for (index, item) in items.iter().enumerate() {
        let at = at.item(index);
        let members = object(item, at)?;
        only(members, &["id", "description"], at)?;
        let id = string(required(members, "id", at)?, at.of("id"))?;
        each(members, at, &[("description", languages)])?;
        let earlier = &items[..index];
        at.of("id")
            .unless(earlier.iter().all(|other| other["id"] != id), || {
                format!("{id:?} is the id of another of them")
            })?;
    }
    Ok(())
}
