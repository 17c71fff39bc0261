//! The page and the server run the same engine: whatever the learner and the content do, both come
//! to the same state, and the state survives being written and read.

use std::sync::Arc;

use percorso_package::Standard;
use percorso_tracker::session::{
    Begin, Course, Event, LaunchMode, Learner, LearnerGlobals, NavigationRequest, Refresh, Session,
    Shown, View, ViewState,
};
use proptest::prelude::*;

mod support;

use support::{random, reproducible, seeds};

fn call(method: &str, arguments: &[&str]) -> Event {
    Event::Call {
        method: method.to_owned(),
        arguments: arguments.iter().map(ToString::to_string).collect(),
    }
}

fn event() -> impl Strategy<Value = Event> {
    const ELEMENTS: &[&str] = &[
        "cmi.completion_status",
        "cmi.success_status",
        "cmi.score.scaled",
        "cmi.exit",
        "cmi.location",
        "cmi.objectives.0.id",
        "cmi.session_time",
        "adl.nav.request",
        "adl.nav.request_valid.continue",
        "cmi.core.lesson_status",
        "cmi.core.score.raw",
        "cmi.core.exit",
        "cmi.core.session_time",
        "cmi.interactions.0.id",
        "cmi.progress_measure",
        "cmi.objectives.0.success_status",
        "cmi.objectives.0.score.raw",
        "adl.data.0.store",
        "adl.nav.request_valid.choice.{target=a2}",
        "nonsense",
        "",
    ];
    const VALUES: &[&str] = &[
        "completed",
        "incomplete",
        "passed",
        "failed",
        "0.7",
        "suspend",
        "normal",
        "logout",
        "PT1M",
        "00:01:00",
        "continue",
        "exitAll",
        "suspendAll",
        "abandon",
        "{target=a3}choice",
        "{target=a2}jump",
        "",
    ];
    let request = prop_oneof![
        3 => Just(NavigationRequest::Continue),
        1 => Just(NavigationRequest::Previous),
        1 => Just(NavigationRequest::Exit),
        1 => Just(NavigationRequest::ExitAll),
        1 => Just(NavigationRequest::Abandon),
        1 => Just(NavigationRequest::AbandonAll),
        1 => Just(NavigationRequest::SuspendAll),
        3 => (0..18).prop_map(|n: i32| NavigationRequest::Choice(format!("a{n}"))),
        1 => (0..18).prop_map(|n: i32| NavigationRequest::Jump(format!("a{n}"))),
    ];
    prop_oneof![
        2 => Just(call("Initialize", &[""])),
        1 => Just(call("LMSInitialize", &[""])),
        6 => (prop::sample::select(ELEMENTS), prop::sample::select(VALUES), any::<bool>())
            .prop_map(|(element, value, old)| call(if old { "LMSSetValue" } else { "SetValue" }, &[element, value])),
        2 => prop::sample::select(ELEMENTS).prop_map(|element| call("GetValue", &[element])),
        1 => Just(call("GetLastError", &[])),
        1 => Just(call("Commit", &[""])),
        2 => Just(call("Terminate", &[""])),
        1 => Just(call("LMSFinish", &[""])),
        4 => request.prop_map(|request| Event::Navigate { request }),
        2 => Just(Event::ContentNavigation),
        2 => Just(Event::ContentGone),
        1 => Just(Event::Start { activity: None }),
        1 => Just(Event::Close),
    ]
}

fn begin(
    course: &Arc<Course>,
    snapshot: Option<&[u8]>,
    mode: LaunchMode,
    globals: LearnerGlobals,
) -> Session {
    let learner = Learner {
        id: "l".to_owned(),
        name: "L".to_owned(),
        language: "it".to_owned(),
    };
    Session::begin(
        Arc::clone(course),
        snapshot,
        Begin {
            learner,
            mode,
            globals,
            seed: 1,
            waived: Vec::new(),
        },
    )
    .expect("its own snapshot")
}

/// As the page keeps up what it has drawn.
fn keep_up(drawn: &mut View, refresh: Refresh) {
    if let Some(contents) = refresh.contents {
        drawn.contents = contents;
    }
    for changed in refresh.changed {
        let entry = &mut drawn.contents[changed.place];
        entry.current = changed.current;
        entry.selectable = changed.selectable;
        entry.refusal = changed.refusal;
        entry.completion = changed.completion;
        entry.success = changed.success;
    }
    drawn.state = refresh.state;
    drawn.current_activity = refresh.current_activity;
    drawn.controls = refresh.controls;
}

proptest! {
    #![proptest_config(reproducible(600))]

    #[test]
    fn both_ends_come_to_the_same_state(
        seeds in seeds(),
        old in any::<bool>(),
        sessions in prop::collection::vec(
            (prop::collection::vec((event(), any::<bool>()), 1..30), prop::sample::select(vec![LaunchMode::Normal, LaunchMode::Normal, LaunchMode::Review])),
            1..4,
        ),
    ) {
        let standard = if old { Standard::Scorm12 } else { Standard::Scorm2004 };
        let course = Arc::new(Course::new(&random::course(&seeds, standard)));
        let mut kept: Option<Vec<u8>> = None;
        let mut globals = LearnerGlobals::default();
        let mut at_ms = 1_700_000_000_000;
        for (events, mode) in sessions {
            let before = kept.as_deref().map(|kept| begin(&course, Some(kept), LaunchMode::Normal, globals.clone()).progress());
            let mut page = begin(&course, kept.as_deref(), mode, globals.clone());
            let mut server = page.clone();
            let (mut shown, mut drawn) = (Shown::default(), page.view());
            let start = (Event::Start { activity: None }, true);
            for (event, travels) in std::iter::once(start).chain(events) {
                at_ms += 1000;
                let outcome = page.apply(at_ms, &event);
                if outcome.answer.is_none_or(|answer| answer.journalled) {
                    server.apply(at_ms, &event);
                }
                if travels {
                    server = Session::restore(Arc::clone(&course), &server.snapshot()).expect("its own");
                }
                prop_assert_eq!(page.view(), server.view());
                let view = page.view();
                keep_up(&mut drawn, page.refresh(&mut shown));
                prop_assert_eq!(&drawn, &view, "what changed is all that changed");
                prop_assert_eq!(view.state == ViewState::Delivering, view.current_activity.is_some());
            }
            prop_assert_eq!(
                String::from_utf8(page.snapshot()).expect("JSON"),
                String::from_utf8(server.snapshot()).expect("JSON")
            );
            prop_assert_eq!(page.progress(), server.progress());
            if let (LaunchMode::Review, Some(before)) = (mode, before) {
                prop_assert_eq!(page.progress(), before, "a review changes no progress");
            }
            globals = server.globals();
            kept = Some(server.snapshot());
        }
    }
}
