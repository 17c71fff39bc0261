//! Rollup over blocks and course, what a launch gives, the LMS's own words.

use super::*;
use crate::{
    cmi5::{launch_data, own_statements},
    session::{Completion, Reason, Success},
};

/// 9.3.9.0-1, 9.3.9.0-5: a block is satisfied with its last unit, the course with the last of all.
#[test]
fn blocks_and_course_are_satisfied_once_from_the_inside_out() {
    let mut world = World::launched();
    assert_eq!(world.of.newly_satisfied(&world.course), Vec::<usize>::new());
    world.state(&world.defined(Verb::Initialized)).unwrap();
    assert_eq!(world.state(&world.defined(Verb::Completed)), Ok(Vec::new()));
    assert_eq!(world.state(&world.defined(Verb::Passed)), Ok(Vec::new()));
    world.state(&world.defined(Verb::Terminated)).unwrap();
    let progress = world.of.progress(&world.course);
    assert_eq!(progress.root.completion, Completion::Incomplete);
    assert_eq!(progress.root.success, Success::Passed);
    assert_eq!(progress.root.score.scaled, Some(0.8));
    assert_eq!(progress.root.total_time_ms, 60_000);
    assert_eq!(
        progress.why_incomplete,
        [Reason::NotAttempted {
            activity: "urn:au:video".into(),
            title: "Unità video".into()
        }]
    );
    let block = &progress.root.children[0];
    assert_eq!(
        (block.satisfied, block.children[0].satisfied),
        (Some(false), Some(true))
    );

    world.session = session(&world.course, "urn:au:video");
    world.session.preferences_read = true;
    world.session.mastery_score = None;
    world.state(&world.defined(Verb::Initialized)).unwrap();
    assert_eq!(
        world.state(&world.defined(Verb::Completed)),
        Ok(["urn:block:dentro", "urn:block:fuori", "urn:course"]
            .map(str::to_owned)
            .to_vec())
    );
    assert_eq!(world.of.newly_satisfied(&world.course), Vec::<usize>::new());
    let progress = world.of.progress(&world.course);
    assert_eq!(progress.root.completion, Completion::Completed);
    assert_eq!(
        (
            progress.root.progress_measure,
            progress.why_incomplete.len()
        ),
        (Some(1.0), 0)
    );
}

#[test]
fn a_waived_unit_counts_and_is_waived_once() {
    let mut world = World::launched();
    world.of.waive("urn:au:video").unwrap();
    let satisfied = world.of.newly_satisfied(&world.course);
    assert_eq!(world.course.nodes[satisfied[0]].id, "urn:block:dentro");
    assert_eq!(satisfied.len(), 1);
    let again = world.of.waive("urn:au:video").unwrap_err();
    assert_eq!(again.requirement, "9.3.7.0-4");
    let progress = world.of.progress(&world.course);
    assert!(progress.root.children[0].children[1].waived);
}

#[test]
fn what_asks_nothing_is_satisfied_at_registration() {
    let mut structure = structure();
    structure.children.remove(0);
    let course = Course::new(&structure, BASE);
    let mut of = Registration::new(BASE);
    assert_eq!(of.newly_satisfied(&course), [0]);
    assert_eq!(of.progress(&course).root.completion, Completion::Completed);
}

#[test]
fn the_reasons_say_what_each_unit_still_asks() {
    let mut world = World::initialized();
    let reason = |world: &World| world.of.progress(&world.course).why_incomplete[0].clone();
    let mut experienced = world.allowed();
    experienced["result"] = json!({ "extensions": { v::PROGRESS: 40 } });
    world.state(&experienced).unwrap();
    let title = || "Unità quiz".to_owned();
    assert_eq!(
        reason(&world),
        Reason::Incomplete {
            activity: "urn:au:quiz".into(),
            title: title(),
            progress_measure: Some(0.4),
            required: None,
        }
    );
    world.state(&world.defined(Verb::Completed)).unwrap();
    world.state(&world.defined(Verb::Failed)).unwrap();
    let failed = Reason::NotPassed {
        activity: "urn:au:quiz".into(),
        title: title(),
        scaled: Some(0.79),
        required: Some(0.8),
    };
    assert_eq!(reason(&world), failed);
    assert_eq!(
        world.of.progress(&world.course).root.success,
        Success::Failed
    );
}

/// 8.1.0.0-5, 8.1.0.0-8: the parameters join the URL's query, each encoded. 10.2.7.2-1: the alternate entitlement key
/// is the one agreed on.
#[test]
fn launch_url_and_data_give_the_unit_what_it_needs() {
    let course = Course::new(&structure(), BASE);
    let node = &course.nodes[course.find("urn:au:quiz").unwrap()];
    assert_ne!(node.lms_id, node.id);
    let session = session(&course, "urn:au:quiz");
    let au = course.au(course.find("urn:au:quiz").unwrap()).unwrap();
    let location = launch_data::location(au, "https://player.example/c/");
    assert_eq!(
        location,
        "https://player.example/c/a%20b/index.html?x=1#inizio"
    );
    let parameters = launch_data::Parameters {
        endpoint: "https://lms.example/xapi",
        fetch: "https://lms.example/f?k=1",
    };
    let url = launch_data::url(&location, &session, &parameters);
    let (query, fragment) = url.split_once('?').unwrap().1.split_once('#').unwrap();
    assert_eq!(fragment, "inizio");
    let names: Vec<&str> = query
        .split('&')
        .map(|pair| pair.split('=').next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "x",
            "endpoint",
            "fetch",
            "actor",
            "registration",
            "activityId"
        ]
    );
    assert!(query.contains("fetch=https%3A%2F%2Flms.example%2Ff%3Fk%3D1"));
    assert!(query.contains("actor=%7B%22") && !query.contains(['"', ' ', '{']));
    let bare = launch_data::url("http://a/x", &session, &parameters);
    assert!(bare.starts_with("http://a/x?endpoint=https%3A"));

    let data = launch_data::document(&session, au, Some("https://back.example/"), Some("altra"));
    assert_eq!(
        data["contextTemplate"]["extensions"][v::SESSION_ID],
        SESSION
    );
    assert_eq!(
        data["contextTemplate"]["contextActivities"]["grouping"][0]["id"],
        "urn:au:quiz"
    );
    assert_eq!(data["launchMode"], "Normal");
    assert_eq!(data["masteryScore"], 0.8);
    assert_eq!(data["moveOn"], "CompletedAndPassed");
    assert_eq!(data["launchParameters"], "avvio=1");
    assert_eq!(data["returnURL"], "https://back.example/");
    assert_eq!(
        data["entitlementKey"],
        json!({ "courseStructure": "chiave", "alternate": "altra" })
    );
}

#[test]
fn the_lms_states_in_the_standards_words() {
    let course = Course::new(&structure(), BASE);
    let session = session(&course, "urn:au:quiz");
    let node = &course.nodes[course.find("urn:au:quiz").unwrap()];
    let stamp = own_statements::Stamp {
        id: "i",
        timestamp: "2026-11-23T10:00:00.000Z",
    };
    let launched = own_statements::launched(&stamp, &session, node, "https://x.example/?a=1");
    let extensions = &launched["context"]["extensions"];
    assert_eq!(extensions[v::SESSION_ID], SESSION);
    assert_eq!(extensions[v::LAUNCH_URL], "https://x.example/?a=1");
    assert_eq!(extensions[v::LAUNCH_MODE], "Normal");
    assert_eq!(extensions[v::MOVE_ON], "CompletedAndPassed");
    assert_eq!(extensions[v::MASTERY_SCORE], 0.8);
    assert_eq!(extensions[v::LAUNCH_PARAMETERS], "avvio=1");
    assert_eq!(launched["object"]["id"], node.lms_id);
    assert_eq!(launched["object"]["definition"]["name"]["it"], "Unità quiz");
    assert_eq!(
        launched["context"]["contextActivities"]["grouping"][0]["id"],
        "urn:au:quiz"
    );

    let abandoned = own_statements::abandoned(&stamp, &session, node, 90_000);
    assert_eq!(abandoned["result"]["duration"], "PT1M30S");

    let of = own_statements::Of {
        actor: &session.actor,
        registration: REGISTRATION,
        session_id: "w",
    };
    let waived = own_statements::waived(&stamp, &of, node, "Administrative");
    assert_eq!(waived["result"]["extensions"][v::REASON], "Administrative");
    assert_eq!(
        (
            &waived["result"]["success"],
            &waived["result"]["completion"]
        ),
        (&true.into(), &true.into())
    );
    assert_eq!(
        waived["context"]["contextActivities"]["category"][1]["id"],
        v::CATEGORY_MOVE_ON
    );
    assert_eq!(waived["context"]["extensions"][v::SESSION_ID], "w");

    for (id, kind) in [
        ("urn:block:dentro", v::BLOCK_TYPE),
        ("urn:course", v::COURSE_TYPE),
    ] {
        let index = course.find(id).unwrap();
        let satisfied = own_statements::satisfied(&stamp, &of, &course, index);
        assert_eq!(satisfied["object"]["definition"]["type"], kind);
        assert_ne!(satisfied["object"]["id"], id);
        assert_eq!(
            satisfied["context"]["contextActivities"]["grouping"][0]["id"],
            id
        );
        assert_eq!(
            satisfied["context"]["contextActivities"]["category"][0]["id"],
            v::CATEGORY_CMI5
        );
        assert_eq!(satisfied["result"], Value::Null);
    }
}
