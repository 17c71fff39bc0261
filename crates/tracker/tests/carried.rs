//! Work taken along from one version of a course to another.

use std::collections::BTreeMap;
use std::sync::Arc;

use percorso_package::{
    ControlMode, Edition, Item, Launch, Metadata, Organization, Package, ScormType, Sequencing,
    Standard,
};
use percorso_tracker::session::{
    ActivityMap, ActivityProgress, Begin, Carried, CarryError, Completion, Course, Event,
    LaunchMode, Learner, LearnerGlobals, NavigationRequest, Outcome, Session, check_map,
};

fn flowing() -> Sequencing {
    Sequencing {
        control_mode: Some(ControlMode {
            choice: Some(true),
            flow: Some(true),
            ..ControlMode::default()
        }),
        ..Sequencing::default()
    }
}

fn leaf(id: &str) -> Item {
    Item {
        identifier: id.to_owned(),
        title: id.to_owned(),
        launch: Some(Launch {
            resource: id.to_owned(),
            scorm_type: ScormType::Sco,
            path: format!("{id}.html"),
            suffix: String::new(),
        }),
        ..Item::default()
    }
}

/// A course of modules, each with its content.
fn course(standard: Standard, modules: &[(&str, &[&str])]) -> Arc<Course> {
    let items = modules.iter().map(|(id, leaves)| Item {
        identifier: (*id).to_owned(),
        title: (*id).to_owned(),
        sequencing: Some(flowing()),
        items: leaves.iter().map(|id| leaf(id)).collect(),
        ..Item::default()
    });
    Arc::new(Course::new(&Package {
        standard,
        edition: (standard == Standard::Scorm2004).then_some(Edition::Fourth),
        identifier: "package".to_owned(),
        manifest_version: None,
        root: String::new(),
        metadata: Metadata::default(),
        organizations: vec![Organization {
            identifier: format!("organization of {}", modules.len()),
            title: "Course".to_owned(),
            objectives_global_to_system: None,
            shared_data_global_to_system: None,
            completion_threshold: None,
            metadata: Metadata::default(),
            sequencing: Some(flowing()),
            items: items.collect(),
        }],
        default_organization: 0,
        resources: Vec::new(),
        course_structure: None,
    }))
}

fn begin(course: &Arc<Course>, snapshot: Option<&[u8]>) -> Session {
    let begin = Begin {
        learner: Learner {
            id: "anna".to_owned(),
            name: "Bianchi, Anna".to_owned(),
            language: String::new(),
        },
        mode: LaunchMode::Normal,
        globals: LearnerGlobals::default(),
        seed: 7,
        waived: Vec::new(),
    };
    Session::begin(Arc::clone(course), snapshot, begin).unwrap()
}

fn call(session: &mut Session, method: &str, arguments: &[&str]) -> String {
    let event = Event::Call {
        method: method.to_owned(),
        arguments: arguments.iter().map(ToString::to_string).collect(),
    };
    session.apply(1_000, &event).answer.unwrap().result
}

fn navigate(session: &mut Session, request: NavigationRequest) -> Outcome {
    session.apply(1_000, &Event::Navigate { request })
}

fn choose(session: &mut Session, id: &str) -> Option<String> {
    let outcome = navigate(session, NavigationRequest::Choice(id.to_owned()));
    outcome.decisions[0].delivered.clone()
}

/// Opens content, completes it, and leaves it.
fn complete(session: &mut Session, id: &str) {
    assert_eq!(choose(session, id).as_deref(), Some(id));
    call(session, "Initialize", &[""]);
    call(session, "SetValue", &["cmi.completion_status", "completed"]);
    call(session, "SetValue", &["cmi.success_status", "passed"]);
    call(session, "Terminate", &[""]);
}

/// Opens content, gets to a page, and stays there.
fn get_to(session: &mut Session, id: &str, page: &str) {
    assert_eq!(choose(session, id).as_deref(), Some(id));
    call(session, "Initialize", &[""]);
    call(session, "SetValue", &["cmi.location", page]);
    call(session, "SetValue", &["cmi.exit", "suspend"]);
    call(session, "Commit", &[""]);
}

fn started(course: &Arc<Course>) -> Session {
    let mut session = begin(course, None);
    session.apply(1_000, &Event::Start { activity: None });
    session
}

fn map(pairs: &[(&str, &str)]) -> ActivityMap {
    let pairs = pairs.iter();
    pairs
        .map(|(old, new)| ((*old).to_owned(), (*new).to_owned()))
        .collect()
}

/// Completion by identifier.
fn completion(session: &Session) -> BTreeMap<String, Completion> {
    fn add(activity: &ActivityProgress, all: &mut BTreeMap<String, Completion>) {
        all.insert(activity.id.clone(), activity.completion);
        activity.children.iter().for_each(|child| add(child, all));
    }
    let mut all = BTreeMap::new();
    add(&session.progress().root, &mut all);
    all
}

/// What the learner finds at the next launch: the content, and the page kept there.
fn next_launch(course: &Arc<Course>, carried: &Carried) -> (Option<String>, String) {
    let mut session = begin(course, Some(&carried.session.snapshot()));
    let outcome = session.apply(2_000, &Event::Start { activity: None });
    let delivered = outcome.decisions[0].delivered.clone();
    call(&mut session, "Initialize", &[""]);
    let page = call(&mut session, "GetValue", &["cmi.location"]);
    (delivered, page)
}

const OLD: &[(&str, &[&str])] = &[("m1", &["a", "b"]), ("m2", &["c"])];

#[test]
fn the_learner_goes_on_at_the_same_page_under_another_identifier() {
    let old = course(Standard::Scorm2004, OLD);
    let new = course(Standard::Scorm2004, &[("m1", &["a", "x"]), ("m2", &["c"])]);
    let mut session = started(&old);
    complete(&mut session, "a");
    get_to(&mut session, "b", "page-7");

    let along = map(&[
        ("m1", "m1"),
        ("a", "a"),
        ("b", "x"),
        ("m2", "m2"),
        ("c", "c"),
    ]);
    let carried = session.carried(&new, &along).unwrap();
    assert_eq!(carried.kept, ["a", "b"]);
    assert_eq!(carried.lost, [""; 0]);
    assert_eq!(completion(&carried.session)["a"], Completion::Completed);
    assert_eq!(
        next_launch(&new, &carried),
        (Some("x".to_owned()), "page-7".to_owned())
    );
}

#[test]
fn a_module_that_gains_content_is_not_complete_any_more() {
    let old = course(Standard::Scorm2004, OLD);
    let new = course(
        Standard::Scorm2004,
        &[("m1", &["a", "b", "extra"]), ("m2", &["c"]), ("m3", &["d"])],
    );
    let mut session = started(&old);
    complete(&mut session, "a");
    complete(&mut session, "b");
    get_to(&mut session, "c", "page-2");
    assert_eq!(completion(&session)["m1"], Completion::Completed);

    let same = ["m1", "a", "b", "m2", "c"].map(|id| (id, id));
    let carried = session.carried(&new, &map(&same)).unwrap();
    let reached = completion(&carried.session);
    assert_eq!(reached["m1"], Completion::Incomplete, "{reached:?}");
    assert_eq!(reached["a"], Completion::Completed);
    assert_eq!(reached["extra"], Completion::NotAttempted);
    assert_eq!(next_launch(&new, &carried).0.as_deref(), Some("c"));
}

#[test]
fn a_module_that_loses_the_missing_content_is_complete() {
    let old = course(Standard::Scorm2004, OLD);
    let new = course(Standard::Scorm2004, &[("m1", &["a"]), ("m2", &["c"])]);
    let mut session = started(&old);
    complete(&mut session, "a");
    get_to(&mut session, "b", "page-7");

    let same = ["m1", "a", "m2", "c"].map(|id| (id, id));
    let carried = session.carried(&new, &map(&same)).unwrap();
    assert_eq!(carried.lost, ["b"]);
    let reached = completion(&carried.session);
    assert_eq!(reached["m1"], Completion::Completed, "{reached:?}");
    // The place is gone: the learner goes on with what comes next.
    assert_eq!(next_launch(&new, &carried).0.as_deref(), Some("c"));
}

#[test]
fn scorm_12_keeps_what_each_object_has_reached() {
    let old = course(Standard::Scorm12, OLD);
    let new = course(Standard::Scorm12, &[("m1", &["a", "b", "x"])]);
    let mut session = started(&old);
    for (id, status) in [("a", "completed"), ("b", "passed"), ("c", "incomplete")] {
        assert_eq!(choose(&mut session, id).as_deref(), Some(id));
        call(&mut session, "LMSInitialize", &[""]);
        call(
            &mut session,
            "LMSSetValue",
            &["cmi.core.lesson_status", status],
        );
        call(
            &mut session,
            "LMSSetValue",
            &["cmi.core.lesson_location", id],
        );
        call(&mut session, "LMSFinish", &[""]);
    }
    let carried = session
        .carried(&new, &map(&[("a", "a"), ("c", "x")]))
        .unwrap();
    assert_eq!(carried.kept, ["a", "c"]);
    assert_eq!(carried.lost, ["b"]);
    let reached = completion(&carried.session);
    assert_eq!(reached["a"], Completion::Completed);
    assert_eq!(reached["b"], Completion::NotAttempted);
    assert_eq!(reached["x"], Completion::Incomplete);
    let mut next = begin(&new, Some(&carried.session.snapshot()));
    next.apply(
        2_000,
        &Event::Start {
            activity: Some("x".to_owned()),
        },
    );
    call(&mut next, "LMSInitialize", &[""]);
    assert_eq!(
        call(&mut next, "LMSGetValue", &["cmi.core.lesson_location"]),
        "c"
    );
}

#[test]
fn looking_around_takes_nothing_along() {
    let old = course(Standard::Scorm2004, OLD);
    let mut session = Session::begin(
        Arc::clone(&old),
        None,
        Begin {
            learner: Learner {
                id: "anna".to_owned(),
                name: "Bianchi, Anna".to_owned(),
                language: String::new(),
            },
            mode: LaunchMode::Browse,
            globals: LearnerGlobals::default(),
            seed: 7,
            waived: Vec::new(),
        },
    )
    .unwrap();
    session.apply(1_000, &Event::Start { activity: None });
    complete(&mut session, "a");
    let carried = session.carried(&old, &map(&[("a", "a")])).unwrap();
    assert_eq!(carried.kept, [""; 0]);
}

#[test]
fn a_map_that_leads_nowhere_is_refused() {
    let old = course(Standard::Scorm2004, OLD);
    let new = course(Standard::Scorm2004, &[("m1", &["a", "b"])]);
    let other = course(Standard::Scorm12, OLD);
    for (pairs, expected) in [
        (vec![("z", "a")], CarryError::UnknownOld("z".to_owned())),
        (vec![("a", "z")], CarryError::UnknownNew("z".to_owned())),
        (
            vec![("a", "a"), ("b", "a")],
            CarryError::Twice("a".to_owned()),
        ),
        (
            vec![("a", "m1")],
            CarryError::Kinds {
                old: "a".to_owned(),
                new: "m1".to_owned(),
            },
        ),
    ] {
        assert_eq!(check_map(&old, &new, &map(&pairs)), Err(expected));
    }
    assert_eq!(
        check_map(&old, &other, &map(&[])),
        Err(CarryError::Standard)
    );
}
