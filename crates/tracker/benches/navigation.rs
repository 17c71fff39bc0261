//! How long a refresh of the player's navigation and a request take on a tree of 1,000 activities.

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use percorso_package::{Objective, ObjectiveMap, RuleAction, RuleConditionKind, Sequencing};
use percorso_tracker::session::{
    Begin, Course, Event, LaunchMode, Learner, LearnerGlobals, NavigationRequest, Session, Shown,
};

#[path = "../tests/support/mod.rs"]
mod support;

use support::packages::{clusters, rule};

fn without_rules(_: usize) -> Sequencing {
    Sequencing::default()
}

/// Rules as authors write them: what is done stays open to all, the rest stops whoever runs ahead.
fn with_rules(_: usize) -> Sequencing {
    let mut stop = rule(
        RuleAction::StopForwardTraversal,
        RuleConditionKind::Satisfied,
    );
    stop.conditions[0].negated = true;
    Sequencing {
        pre_condition_rules: vec![
            stop,
            rule(
                RuleAction::HiddenFromChoice,
                RuleConditionKind::AttemptLimitExceeded,
            ),
            rule(RuleAction::Disabled, RuleConditionKind::Never),
        ],
        ..Sequencing::default()
    }
}

/// Each opens when the one before it is passed, which a global objective tells.
fn with_objectives(number: usize) -> Sequencing {
    let map = |number: usize, reads: bool| ObjectiveMap {
        target_objective_id: format!("passed-{number}"),
        read_satisfied_status: Some(reads),
        write_satisfied_status: Some(!reads),
        ..ObjectiveMap::default()
    };
    let objective = |id: &str, primary: bool, map: ObjectiveMap| Objective {
        primary,
        objective_id: Some(id.to_owned()),
        maps: vec![map],
        ..Objective::default()
    };
    let mut closed = rule(RuleAction::Disabled, RuleConditionKind::Satisfied);
    closed.conditions[0].negated = true;
    closed.conditions[0].referenced_objective = Some("before".to_owned());
    Sequencing {
        pre_condition_rules: if number == 0 {
            Vec::new()
        } else {
            vec![closed]
        },
        objectives: vec![
            objective("own", true, map(number, false)),
            objective("before", false, map(number.wrapping_sub(1), true)),
        ],
        ..Sequencing::default()
    }
}

fn begun(course: &Arc<Course>) -> Session {
    let begin = Begin {
        learner: Learner {
            id: "learner".to_owned(),
            name: "Learner".to_owned(),
            language: String::new(),
        },
        mode: LaunchMode::Normal,
        globals: LearnerGlobals::default(),
        seed: 1,
        waived: Vec::new(),
    };
    let mut session = Session::begin(Arc::clone(course), None, begin).expect("no snapshot is read");
    session.apply(0, &Event::Start { activity: None });
    call(&mut session, "Initialize", &[""]);
    session
}

fn call(session: &mut Session, method: &str, arguments: &[&str]) {
    let event = Event::Call {
        method: method.to_owned(),
        arguments: arguments.iter().map(ToString::to_string).collect(),
    };
    session.apply(0, &event);
}

fn navigation(criterion: &mut Criterion) {
    type How = fn(usize) -> Sequencing;
    let kinds: [(&str, How); 3] = [
        ("without rules", without_rules),
        ("with rules", with_rules),
        ("with rules and objectives", with_objectives),
    ];
    for (shape, width, leaves) in [("deep", 30, 33), ("flat", 1, 1000)] {
        for (kind, sequencing) in kinds {
            let course = Arc::new(Course::new(&clusters(width, leaves, sequencing)));
            let mut session = begun(&course);
            let mut shown = Shown::default();
            let mut passed = false;
            // Content is running, and says something else each time.
            criterion.bench_function(&format!("refresh/{shape}, {kind}"), |bencher| {
                bencher.iter(|| {
                    passed = !passed;
                    let success = if passed { "passed" } else { "failed" };
                    call(&mut session, "SetValue", &["cmi.success_status", success]);
                    std::hint::black_box(session.refresh(&mut shown));
                });
            });
            call(&mut session, "SetValue", &["cmi.success_status", "passed"]);
            criterion.bench_function(&format!("continue/{shape}, {kind}"), |bencher| {
                bencher.iter_batched(
                    || session.clone(),
                    |mut session| {
                        let request = NavigationRequest::Continue;
                        session.apply(1, &Event::Navigate { request })
                    },
                    criterion::BatchSize::SmallInput,
                );
            });
        }
    }
}

criterion_group!(benches, navigation);
criterion_main!(benches);
