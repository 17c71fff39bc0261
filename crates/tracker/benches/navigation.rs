//! How long a refresh of the player's navigation and a request take on a tree of 1,000 activities.

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use percorso_package::{RuleAction, RuleConditionKind, SequencingRule};
use percorso_tracker::session::{
    Begin, Course, Event, LaunchMode, Learner, LearnerGlobals, NavigationRequest, Session,
};

#[path = "../tests/support/mod.rs"]
mod support;

use support::packages::{clusters, rule};

/// Rules as authors write them: what is done stays open to all, the rest stops whoever runs ahead.
fn rules() -> Vec<SequencingRule> {
    let mut stop = rule(
        RuleAction::StopForwardTraversal,
        RuleConditionKind::Satisfied,
    );
    stop.conditions[0].negated = true;
    vec![
        stop,
        rule(
            RuleAction::HiddenFromChoice,
            RuleConditionKind::AttemptLimitExceeded,
        ),
        rule(RuleAction::Disabled, RuleConditionKind::Never),
    ]
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
    session
}

fn navigation(criterion: &mut Criterion) {
    for (shape, width, leaves, rules) in [
        ("deep", 30, 32, Vec::new()),
        ("flat", 1, 1000, Vec::new()),
        ("deep with rules", 30, 32, rules()),
        ("flat with rules", 1, 1000, rules()),
    ] {
        let course = Arc::new(Course::new(&clusters(width, leaves, &rules)));
        let session = begun(&course);
        criterion.bench_function(&format!("view/{shape}"), |bencher| {
            bencher.iter(|| std::hint::black_box(session.view()));
        });
        criterion.bench_function(&format!("continue/{shape}"), |bencher| {
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

criterion_group!(benches, navigation);
criterion_main!(benches);
