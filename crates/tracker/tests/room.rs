//! What content may have kept is bounded: each value, and all of them together.

use std::sync::Arc;

use percorso_package::{
    ControlMode, Edition, Item, Launch, Metadata, Organization, Package, ScormType, Sequencing,
    Standard,
};
use percorso_tracker::session::{
    Begin, Course, Event, LaunchMode, Learner, LearnerGlobals, NavigationRequest, Session,
};

const MIB: usize = 1 << 20;

fn sco(id: &str) -> Item {
    Item {
        identifier: id.to_owned(),
        title: id.to_owned(),
        launch: Some(Launch {
            resource: format!("r-{id}"),
            scorm_type: ScormType::Sco,
            path: format!("{id}.html"),
            suffix: String::new(),
        }),
        ..Item::default()
    }
}

fn session() -> (Arc<Course>, Session) {
    let course = Arc::new(Course::new(&Package {
        standard: Standard::Scorm2004,
        edition: Some(Edition::Fourth),
        identifier: "package".to_owned(),
        manifest_version: None,
        root: String::new(),
        metadata: Metadata::default(),
        organizations: vec![Organization {
            identifier: "organization".to_owned(),
            title: "Course".to_owned(),
            objectives_global_to_system: None,
            shared_data_global_to_system: None,
            completion_threshold: None,
            metadata: Metadata::default(),
            sequencing: Some(Sequencing {
                control_mode: Some(ControlMode {
                    choice: Some(true),
                    flow: Some(true),
                    ..ControlMode::default()
                }),
                ..Sequencing::default()
            }),
            items: vec![sco("a"), sco("b")],
        }],
        default_organization: 0,
        resources: Vec::new(),
        course_structure: None,
    }));
    let begin = Begin {
        learner: Learner {
            id: "anna".to_owned(),
            name: "Bianchi, Anna".to_owned(),
            language: String::new(),
        },
        mode: LaunchMode::Normal,
        seed: 0,
        globals: LearnerGlobals::default(),
        waived: Vec::new(),
    };
    let session = Session::begin(Arc::clone(&course), None, begin).unwrap();
    (course, session)
}

fn call(session: &mut Session, method: &str, arguments: &[&str]) -> u16 {
    let event = Event::Call {
        method: method.to_owned(),
        arguments: arguments.iter().map(ToString::to_string).collect(),
    };
    session.apply(0, &event).answer.unwrap().error
}

/// Sets comments of 1 MiB until one is refused; answers how many were kept.
fn fill(session: &mut Session) -> usize {
    let comment = "x".repeat(MIB);
    for number in 0.. {
        let element = format!("cmi.comments_from_learner.{number}.comment");
        match call(session, "SetValue", &[&element, &comment]) {
            0 => {}
            351 => return number,
            other => panic!("{element}: {other}"),
        }
    }
    unreachable!("there is an end")
}

#[test]
fn all_activities_together_have_sixteen_mebibytes() {
    let (course, mut session) = session();
    session.apply(0, &Event::Start { activity: None });
    assert_eq!(call(&mut session, "Initialize", &[""]), 0);
    assert_eq!(fill(&mut session), 15);
    for (element, value) in [
        ("cmi.location", "page-7"),
        ("cmi.exit", "suspend"),
        ("cmi.comments_from_learner.0.comment", "short"),
        ("cmi.comments_from_learner.1.comment", "short"),
    ] {
        assert_eq!(call(&mut session, "SetValue", &[element, value]), 0);
    }
    assert_eq!(call(&mut session, "Terminate", &[""]), 0);
    let request = NavigationRequest::Choice("b".to_owned());
    session.apply(0, &Event::Navigate { request });
    assert_eq!(call(&mut session, "Initialize", &[""]), 0);
    assert_eq!(fill(&mut session), 2, "the other activity has the rest");
    let mut restored = Session::restore(course, &session.snapshot()).unwrap();
    assert_eq!(fill(&mut restored), 2, "a snapshot knows it too");
}
