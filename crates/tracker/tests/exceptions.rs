//! Every exception code of the book has a golden case that is refused with it, or a reason why none
//! can be.

use std::{collections::BTreeSet, fs, path::Path};

use percorso_tracker::sequencing::SequencingException;
use serde_json::Value;

/// Codes that no request can come to here, each with the reason. They stay in the code where the
/// book has them, so that every process is whole by itself.
const UNREACHABLE: &[(&str, &str)] = &[
    (
        "NB.2.1-9",
        "the path from the current activity is never empty: it begins with it",
    ),
    (
        "NB.2.1-13",
        "a navigation request is an enum: there is no undefined one",
    ),
    ("TB.2.3-1", "NB.2.1-2 refuses first"),
    ("TB.2.3-2", "NB.2.1-12 refuses first"),
    (
        "TB.2.3-5",
        "the path to the root is never empty: it begins with the activity",
    ),
    (
        "TB.2.3-6",
        "the path to the root is never empty: it begins with the activity",
    ),
    (
        "TB.2.3-7",
        "a termination request is an enum: there is no undefined one",
    ),
    (
        "SB.2.1-1",
        "going past the last activity ends the session, which is no exception",
    ),
    (
        "SB.2.4-3",
        "only siblings and what lies below a common ancestor are traversed, never the root backwards",
    ),
    (
        "SB.2.5-1",
        "NB.2.1-1 refuses first, and no rule asks for Start",
    ),
    (
        "SB.2.6-1",
        "NB.2.1-1 refuses first, and no rule asks for Resume All",
    ),
    (
        "SB.2.6-2",
        "NB.2.1-3 refuses first, and no rule asks for Resume All",
    ),
    (
        "SB.2.7-1",
        "NB.2.1-2 refuses first, and a rule is asked only of a current activity",
    ),
    (
        "SB.2.8-1",
        "NB.2.1-2 refuses first, and a rule is asked only of a current activity",
    ),
    ("SB.2.9-1", "a choice carries its target"),
    ("SB.2.9-4", "NB.2.1-10 refuses first"),
    (
        "SB.2.10-1",
        "only a post-condition rule asks for Retry, and only of a current activity",
    ),
    (
        "SB.2.11-1",
        "only TB.2.3 asks for Exit, and only of a current activity",
    ),
    (
        "SB.2.11-2",
        "TB.2.3 has ended the current attempt before it asks for Exit",
    ),
    (
        "SB.2.12-1",
        "a sequencing request is an enum: there is no undefined one",
    ),
    ("SB.2.13-1", "NB.2.1-2 refuses first"),
    (
        "DB.1.1-2",
        "the path to the root is never empty: it begins with the activity",
    ),
    (
        "DB.2-1",
        "a current activity that is active is ended before another is delivered",
    ),
];

/// The codes that steps of the golden cases are refused with.
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads its cases; the tracker does not"
)]
fn refused_in_cases() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/sn");
    let files = fs::read_dir(folder).expect("the cases are there").flatten();
    let texts = files.map(|file| fs::read_to_string(file.path()).expect("a case can be read"));
    let cases = texts.flat_map(|text| {
        serde_json::from_str::<Vec<Value>>(&text).expect("a file is a list of cases")
    });
    let steps = cases.flat_map(|case| case["steps"].as_array().cloned().unwrap_or_default());
    steps
        .filter_map(|step| step["refused"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn every_exception_has_a_case_or_a_reason_to_have_none() {
    let refused = refused_in_cases();
    let mut wrong = Vec::new();
    for exception in SequencingException::ALL {
        let code = exception.code();
        let excused = UNREACHABLE.iter().any(|(excused, _)| *excused == code);
        match (refused.contains(code), excused) {
            (false, false) => wrong.push(format!("{code} has neither a case nor a reason")),
            (true, true) => wrong.push(format!("{code} is said to be unreachable, yet has a case")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
