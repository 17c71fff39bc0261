//! Which section of the standard says what a place in a statement must be.

use super::At;

/// Of no property in particular: nulls, wrong types, properties that the standard does not know.
pub(super) const FORMATTING: &str = "xAPI Data 2.2";

/// Statements as objects of statements.
pub(super) const STATEMENTS: &str = "xAPI Data 2.4.4.3";

/// Voiding.
pub(super) const VOIDING: &str = "xAPI Data 2.3.2";

/// Properties whose section is the same wherever they stand. Language tags and the names of extensions are
/// none of them, so what is below these never misleads.
const PROPERTIES: &[(&str, &str)] = &[
    ("actor", "xAPI Data 2.4.2"),
    ("member", "xAPI Data 2.4.2.2"),
    ("mbox", "xAPI Data 2.4.2.3"),
    ("mbox_sha1sum", "xAPI Data 2.4.2.3"),
    ("openid", "xAPI Data 2.4.2.3"),
    ("account", "xAPI Data 2.4.2.4"),
    ("verb", "xAPI Data 2.4.3"),
    ("object", "xAPI Data 2.4.4"),
    ("definition", "xAPI Data 2.4.4.1"),
    ("statement", STATEMENTS),
    ("result", "xAPI Data 2.4.5"),
    ("score", "xAPI Data 2.4.5.1"),
    ("context", "xAPI Data 2.4.6"),
    ("registration", "xAPI Data 2.4.6.1"),
    ("contextActivities", "xAPI Data 2.4.6.2"),
    ("contextAgents", "IEEE 9274.1.1 4.2.2.5"),
    ("contextGroups", "IEEE 9274.1.1 4.2.2.5"),
    ("authority", "xAPI Data 2.4.9"),
    ("version", "xAPI Data 2.4.10"),
    ("attachments", "xAPI Data 2.4.11"),
    ("extensions", "xAPI Data 4.1"),
    ("display", "xAPI Data 4.2"),
    ("description", "xAPI Data 4.2"),
    ("timestamp", "xAPI Data 4.5"),
    ("stored", "xAPI Data 4.5"),
    ("duration", "xAPI Data 4.6"),
];

/// The section about a place: that of its innermost property that has one.
pub(super) fn of(at: &At<'_>) -> &'static str {
    let (parent, name) = match at {
        At::Root => return FORMATTING,
        At::Item(parent, _) => return of(parent),
        At::Member(parent, name) => (*parent, *name),
    };
    if let Some((_, section)) = PROPERTIES.iter().find(|(known, _)| *known == name) {
        return section;
    }
    match (name, of(parent)) {
        ("id", FORMATTING) => "xAPI Data 2.4.1",
        ("id", "xAPI Data 2.4.4" | "xAPI Data 2.4.6.2") => "xAPI Data 2.4.4.1",
        ("name", "xAPI Data 2.4.4.1") => "xAPI Data 4.2",
        (_, around) => around,
    }
}
