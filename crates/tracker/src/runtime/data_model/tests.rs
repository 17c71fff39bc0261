//! The data models by their rows: each case is a list of calls with the expected fault.

use super::*;

/// `("SET", element, value, expected)` and `("GET", element, "", expected)`: expected is `=value`
/// or the fault's number.
fn check(standard: Standard, calls: &[(&str, &str, &str, &str)]) {
    let mut values = Values::default();
    run(standard, &mut values, calls);
}

fn run(standard: Standard, values: &mut Values, calls: &[(&str, &str, &str, &str)]) {
    for (call, element, value, expected) in calls {
        let result = match *call {
            "SET" => set(standard, values, element, value, usize::MAX).map(|_| "ok".to_owned()),
            _ => get(standard, values, element).map(|value| format!("={value}")),
        };
        let shown = result
            .unwrap_or_else(|refusal| crate::runtime::code(refusal.fault, standard).to_string());
        assert_eq!(&shown, expected, "{call} {element} {value:?}");
    }
}

#[test]
fn scorm_2004_answers_by_its_table() {
    check(
        Standard::Scorm2004,
        &[
            ("GET", "cmi", "", "401"),
            ("SET", "cmi", "x", "401"),
            ("GET", "cmi._version", "", "=1.0"),
            ("SET", "cmi._version", "2", "404"),
            ("GET", "cmi._children", "", "301"),
            ("GET", "cmi.nothing", "", "401"),
            ("GET", "cmi.nothing._children", "", "401"),
            ("SET", "cmi.nothing._count", "1", "401"),
            ("GET", "cmi.location._children", "", "301"),
            ("GET", "cmi.score._count", "", "301"),
            ("GET", "cmi.score._children", "", "=scaled,raw,min,max"),
            ("SET", "cmi.score._children", "x", "404"),
            ("GET", "cmi.objectives", "", "401"),
            ("GET", "cmi.objectives.0", "", "401"),
            ("GET", "cmi.objectives.x.id", "", "401"),
            ("GET", "cmi.exit", "", "405"),
            ("SET", "cmi.exit", "whenever", "406"),
            ("SET", "cmi.learner_id", "x", "404"),
            ("GET", "cmi.completion_status", "", "=unknown"),
            ("GET", "cmi.time_limit_action", "", "=continue,no message"),
            ("GET", "cmi.score.scaled", "", "403"),
            ("SET", "cmi.score.scaled", "1.1", "407"),
            ("SET", "cmi.score.scaled", "high", "406"),
            ("SET", "cmi.session_time", "PT1H", "ok"),
            ("GET", "cmi.session_time", "", "405"),
            ("GET", "adl.nav.request", "", "=_none_"),
            ("GET", "adl.data._count", "", "=0"),
            ("SET", "adl.data.0.store", "x", "351"),
            ("SET", "cmi.comments_from_lms.0.comment", "x", "404"),
        ],
    );
}

#[test]
fn collections_grow_one_by_one_with_their_id_first() {
    check(
        Standard::Scorm2004,
        &[
            ("GET", "cmi.objectives._count", "", "=0"),
            ("GET", "cmi.objectives.0.id", "", "301"),
            ("SET", "cmi.objectives.0.success_status", "passed", "408"),
            ("SET", "cmi.objectives.1.id", "late", "351"),
            ("SET", "cmi.objectives.0.id", "", "406"),
            ("GET", "cmi.objectives._count", "", "=0"),
            ("SET", "cmi.objectives.0.id", "one", "ok"),
            ("SET", "cmi.objectives.0.id", "one", "ok"),
            ("SET", "cmi.objectives.0.id", "other", "351"),
            ("SET", "cmi.objectives.1.id", "one", "351"),
            ("GET", "cmi.objectives._count", "", "=1"),
            ("GET", "cmi.objectives.0.success_status", "", "=unknown"),
            (
                "GET",
                "cmi.objectives.0.score._children",
                "",
                "=scaled,raw,min,max",
            ),
            ("GET", "cmi.objectives.1.score._children", "", "301"),
            ("SET", "cmi.interactions.01.type", "choice", "351"),
            ("SET", "cmi.interactions.0.objectives.0.id", "one", "408"),
            (
                "SET",
                "cmi.interactions.0.correct_responses.0.pattern",
                "a",
                "408",
            ),
            ("SET", "cmi.interactions.0.id", "first", "ok"),
            (
                "SET",
                "cmi.interactions.0.correct_responses.0.pattern",
                "a",
                "408",
            ),
            ("SET", "cmi.interactions.0.learner_response", "a", "408"),
            ("SET", "cmi.interactions.0.type", "choice", "ok"),
            ("GET", "cmi.interactions.0.learner_response", "", "403"),
            ("SET", "cmi.interactions.0.learner_response", "a", "ok"),
            (
                "SET",
                "cmi.interactions.0.correct_responses.0.pattern",
                "a[,]b",
                "ok",
            ),
            (
                "SET",
                "cmi.interactions.0.correct_responses.1.pattern",
                "b[,]a",
                "351",
            ),
            (
                "SET",
                "cmi.interactions.0.correct_responses.2.pattern",
                "c",
                "351",
            ),
            (
                "GET",
                "cmi.interactions.0.correct_responses._count",
                "",
                "=1",
            ),
            ("SET", "cmi.interactions.0.objectives.0.id", "one", "ok"),
            ("SET", "cmi.interactions.0.objectives.1.id", "one", "351"),
            ("GET", "cmi.interactions.0.objectives._children", "", "301"),
            ("SET", "cmi.interactions.1.id", "first", "ok"),
            ("SET", "cmi.interactions.1.type", "true-false", "ok"),
            (
                "SET",
                "cmi.interactions.1.correct_responses.0.pattern",
                "true",
                "ok",
            ),
            (
                "SET",
                "cmi.interactions.1.correct_responses.1.pattern",
                "nonsense",
                "351",
            ),
            (
                "SET",
                "cmi.comments_from_learner.0.timestamp",
                "2004-01-01",
                "ok",
            ),
            ("GET", "cmi.comments_from_learner.0.comment", "", "403"),
        ],
    );
}

#[test]
fn thresholds_decide_over_what_content_says() {
    let mut values = Values::default();
    values.set("cmi.completion_threshold", "0.8");
    values.set("cmi.scaled_passing_score", "0.6");
    run(
        Standard::Scorm2004,
        &mut values,
        &[
            ("SET", "cmi.completion_status", "completed", "ok"),
            ("GET", "cmi.completion_status", "", "=completed"),
            ("SET", "cmi.progress_measure", "0.79", "ok"),
            ("GET", "cmi.completion_status", "", "=incomplete"),
            ("SET", "cmi.progress_measure", "0.8", "ok"),
            ("SET", "cmi.completion_status", "incomplete", "ok"),
            ("GET", "cmi.completion_status", "", "=completed"),
            ("SET", "cmi.success_status", "passed", "ok"),
            ("GET", "cmi.success_status", "", "=unknown"),
            ("SET", "cmi.score.scaled", "0.59", "ok"),
            ("GET", "cmi.success_status", "", "=failed"),
            ("SET", "cmi.score.scaled", "0.6", "ok"),
            ("GET", "cmi.success_status", "", "=passed"),
        ],
    );
}

#[test]
fn shared_data_keeps_its_access() {
    let mut values = Values::default();
    values.grow("adl.data", 2);
    values.set("adl.data.0.id", "a");
    values.set("adl.data.1.id", "b");
    values.forbid_writing("adl.data.0.store");
    values.forbid_reading("adl.data.1.store");
    run(
        Standard::Scorm2004,
        &mut values,
        &[
            ("GET", "adl.data.0.id", "", "=a"),
            ("GET", "adl.data.0.store", "", "403"),
            ("SET", "adl.data.0.store", "x", "404"),
            ("SET", "adl.data.0.id", "x", "404"),
            ("SET", "adl.data.1.store", "x", "ok"),
            ("GET", "adl.data.1.store", "", "405"),
            ("GET", "adl.data.2.store", "", "301"),
            ("SET", "adl.data.2.store", "x", "351"),
        ],
    );
}

#[test]
fn scorm_12_answers_by_its_table() {
    check(
        Standard::Scorm12,
        &[
            ("GET", "cmi._version", "", "=3.4"),
            (
                "GET",
                "cmi.core._children",
                "",
                "=student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,lesson_mode,exit,session_time",
            ),
            ("GET", "cmi.core._count", "", "203"),
            ("GET", "cmi.core.student_id._children", "", "202"),
            ("SET", "cmi.core._children", "x", "402"),
            ("GET", "cmi.core.bogus", "", "201"),
            ("SET", "cmi.bogus.x", "y", "401"),
            ("GET", "cmi.core", "", "201"),
            ("GET", "", "", "201"),
            ("GET", "cmi.core.exit", "", "404"),
            ("SET", "cmi.core.student_id", "x", "403"),
            ("SET", "cmi.core.score.raw", "150", "405"),
            ("SET", "cmi.core.score.raw", "-1", "405"),
            ("SET", "cmi.core.score.raw", "", "ok"),
            ("SET", "cmi.core.lesson_status", "not attempted", "405"),
            ("SET", "cmi.core.lesson_status", "completed", "ok"),
            ("SET", "cmi.objectives.1.id", "x", "201"),
            ("GET", "cmi.objectives.0.id", "", "201"),
            ("SET", "cmi.objectives.0.id", "x", "ok"),
            ("SET", "cmi.objectives.0.status", "not attempted", "ok"),
            ("GET", "cmi.objectives.0.status", "", "=not attempted"),
            ("SET", "cmi.interactions.0.id", "q1", "ok"),
            ("GET", "cmi.interactions.0.id", "", "404"),
            ("SET", "cmi.interactions.0.result", "wrong", "ok"),
            ("SET", "cmi.interactions.0.student_response", "t", "ok"),
            ("GET", "cmi.interactions._count", "", "=1"),
            ("SET", "cmi.comments", "<1>first", "ok"),
            ("SET", "cmi.comments", "<2>second", "ok"),
            ("GET", "cmi.comments", "", "=<1>first<2>second"),
            ("SET", "cmi.student_preference.audio", "101", "405"),
            ("SET", "cmi.suspend_data", "x", "ok"),
        ],
    );
}

#[test]
fn suspend_data_is_kept_up_to_a_mebibyte() {
    let big = "x".repeat(1024 * 1024);
    for (standard, element) in [
        (Standard::Scorm12, "cmi.suspend_data"),
        (Standard::Scorm2004, "cmi.suspend_data"),
    ] {
        let mut values = Values::default();
        assert!(
            set(standard, &mut values, element, &big, usize::MAX)
                .unwrap()
                .is_some(),
            "with a remark"
        );
        assert!(
            set(
                standard,
                &mut values,
                element,
                &format!("{big}x"),
                usize::MAX
            )
            .is_err()
        );
    }
}

#[test]
fn every_row_cites_its_source_and_is_found() {
    for standard in [Standard::Scorm12, Standard::Scorm2004] {
        for [name, _, _, spec] in reference(standard) {
            assert!(spec.starts_with("RTE") || spec.starts_with("SN"), "{name}");
            let place = Place::parse(&name.replace(".n.", ".3."));
            assert_eq!(place.template, name);
        }
    }
}
