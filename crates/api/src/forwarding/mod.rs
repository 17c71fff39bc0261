//! Statements sent on to other record stores. What waits for which is noted in the transaction that stores
//! a statement (migration 28); here it is sent in the order of storing, and again until it arrives.
//! `docs/lrs.md` says it for administrators.

pub(crate) mod keep;
mod work;

use serde_json::Value;

pub use work::{forward_due, work};

use crate::{
    app::App,
    db::lrs::forward::Claimed,
    routes::xapi::{OWN, authority},
    xapi::Version,
};

/// Versions that other stores are spoken to in.
pub(crate) const VERSIONS: [Version; 2] = [Version::V1, Version::V2];

/// Whose statements are sent on: name, Italian, English.
pub(crate) const ORIGINS: &[(&str, &str, &str)] = &[
    ("all", "Tutte", "All"),
    (
        "own",
        "Quelle di Percorso e dei corsi cmi5",
        "Those of Percorso and of cmi5 courses",
    ),
    (
        "sent",
        "Quelle mandate dai client API",
        "Those that API clients sent",
    ),
];

/// Whether another store wants a statement.
fn wants(app: &App, forward: &Claimed, statement: &Value) -> bool {
    let verb = statement["verb"]["id"].as_str().unwrap_or_default();
    let is_own = || {
        OWN.iter()
            .any(|name| statement["authority"] == authority(app, name))
    };
    (forward.verbs.is_empty() || forward.verbs.iter().any(|wanted| wanted == verb))
        && is_about(&forward.activities, statement)
        && match forward.origin.as_str() {
            "own" => is_own(),
            "sent" => !is_own(),
            _ => true,
        }
}

/// Whether object, parent or grouping begins with one of these.
fn is_about(beginnings: &[String], statement: &Value) -> bool {
    let around = &statement["context"]["contextActivities"];
    let around = ["parent", "grouping"].map(|list| around[list].as_array());
    let all = around.into_iter().flatten().flatten();
    let mut ids = all
        .chain([&statement["object"]])
        .filter_map(|activity| activity["id"].as_str());
    beginnings.is_empty()
        || ids.any(|id| {
            beginnings
                .iter()
                .any(|beginning| id.starts_with(beginning.as_str()))
        })
}

/// A statement as another store gets it: without what each store says for itself.
fn bare(mut statement: Value) -> Value {
    if let Some(members) = statement.as_object_mut() {
        members.remove("stored");
        members.remove("version");
    }
    statement
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_course_catches_its_parts_and_nothing_beside() {
        let statement = json!({
            "object": { "id": "https://c.example/course/1/unit/2" },
            "context": { "contextActivities": { "grouping": [{ "id": "urn:course:9" }] } },
        });
        let check = |beginning: &str, expected| {
            assert_eq!(is_about(&[beginning.to_owned()], &statement), expected);
        };
        check("https://c.example/course/1", true);
        check("urn:course:", true);
        check("https://c.example/course/2", false);
        assert!(is_about(&[], &statement));
    }
}
