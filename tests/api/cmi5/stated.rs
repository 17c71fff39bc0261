//! What the LMS states itself, about what, and what units' statements count for.

use super::*;

const PROGRESS: &str = "https://w3id.org/xapi/cmi5/result/extensions/progress";
const CRITERIA: [&str; 5] = [
    "Passed",
    "Completed",
    "CompletedAndPassed",
    "CompletedOrPassed",
    "NotApplicable",
];

fn named(name: &str) -> String {
    format!(
        "<title><langstring lang=\"it\">{name}</langstring></title><description><langstring lang=\"it\">{name}</langstring></description>"
    )
}

/// A unit of each criterion, each in a block of its own, both named after it.
fn of_all_criteria(title: &str) -> Vec<u8> {
    let blocks: Vec<String> = CRITERIA
        .iter()
        .map(|criterion| {
            let words = named(criterion);
            format!(
                "<block id=\"urn:block:{criterion}\">{words}<au id=\"urn:au:{criterion}\" moveOn=\"{criterion}\">{words}<url>unit.html</url></au></block>"
            )
        })
        .collect();
    let structure = format!(
        r#"<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"><course id="urn:course">{}</course>{}</courseStructure>"#,
        named(title),
        blocks.concat()
    );
    zip(&[("cmi5.xml", &structure), ("unit.html", "<p>unit</p>")])
}

async fn of_course(app: &TestApp, title: &str, learner: &str) -> String {
    let package = app.with_package(of_all_criteria(title)).await;
    let package = package["id"].as_str().unwrap();
    let registration = app.with_registration(package, learner).await;
    registration["id"].as_str().unwrap().to_owned()
}

/// The publisher's ids of what was stated satisfied, in order.
async fn satisfied(app: &TestApp, registration: &str) -> Vec<String> {
    let all = with_verb(app, registration, "satisfied").await;
    let group = |one: &Value| one["context"]["contextActivities"]["grouping"][0]["id"].clone();
    let ids = all.iter().map(group);
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

async fn with_verb(app: &TestApp, registration: &str, verb: &str) -> Vec<Value> {
    let mut all = statements(app, registration).await;
    all.retain(|one| one["verb"]["id"] == format!("{OWN}{verb}"));
    all
}

/// A session of a unit in which it states this.
async fn states(app: &TestApp, registration: &str, criterion: &str, verb: &str) {
    let unit = Unit::begun(app, registration, &format!("urn:au:{criterion}")).await;
    unit.says(verb).await;
    unit.says("terminated").await;
}

/// 9.3.3.0-3, 9.3.9.0-1: what `completed` moves on depends on the unit's moveOn.
#[tokio::test(flavor = "multi_thread")]
async fn completed_counts_where_move_on_asks_for_it() {
    let app = TestApp::start().await;
    let registration = of_course(&app, "Corso", "u-1").await;
    for criterion in CRITERIA {
        states(&app, &registration, criterion, "completed").await;
    }
    assert_eq!(
        satisfied(&app, &registration).await,
        [
            "urn:block:NotApplicable",
            "urn:block:Completed",
            "urn:block:CompletedOrPassed"
        ]
    );
    app.stop().await;
}

/// 9.3.4.0-4, 9.3.9.0-1, 9.3.9.0-5: what `passed` moves on depends on the unit's moveOn; the course is satisfied
/// with its last unit, and not before.
#[tokio::test(flavor = "multi_thread")]
async fn passed_counts_where_move_on_asks_for_it_and_the_last_unit_satisfies_the_course() {
    let app = TestApp::start().await;
    let registration = of_course(&app, "Corso", "u-1").await;
    for criterion in CRITERIA {
        states(&app, &registration, criterion, "passed").await;
    }
    let so_far = [
        "urn:block:NotApplicable",
        "urn:block:Passed",
        "urn:block:CompletedOrPassed",
    ];
    assert_eq!(satisfied(&app, &registration).await, so_far);
    states(&app, &registration, "Completed", "completed").await;
    assert_eq!(
        satisfied(&app, &registration).await[3..],
        ["urn:block:Completed"]
    );
    states(&app, &registration, "CompletedAndPassed", "completed").await;
    assert_eq!(
        satisfied(&app, &registration).await[4..],
        ["urn:block:CompletedAndPassed", "urn:course"]
    );
    app.stop().await;
}

/// 9.3.7.0-3, 9.3.7.0-1: a waiver has a session id that no launch had, has or gets, and only what it satisfies
/// shares it.
#[tokio::test(flavor = "multi_thread")]
async fn a_waiver_has_a_session_of_its_own() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let before = Unit::begun(&app, &registration, VIDEO).await;
    let path = format!("/api/v1/registrations/{registration}/waive");
    for unit in [VIDEO, QUIZ] {
        let body = json!({ "activity_id": unit, "reason": "Administrative" });
        expect(app.post(&path, &body).await, StatusCode::OK).await;
    }
    before.says("terminated").await;
    let after = Unit::begun(&app, &registration, QUIZ).await;
    after.says("terminated").await;
    let all = statements(&app, &registration).await;
    let session = |one: &Value| one["context"]["extensions"][SESSION].clone();
    let waived = with_verb(&app, &registration, "waived").await;
    let of = |id: &Value| {
        let shared: Vec<Value> = all
            .iter()
            .filter(|one| session(one) == *id)
            .cloned()
            .collect();
        verbs(&shared)
    };
    assert_eq!(of(&session(&waived[0])), ["waived"]);
    assert_eq!(
        of(&session(&waived[1])),
        ["waived", "satisfied", "satisfied"]
    );
    for unit in [&before, &after] {
        assert_eq!(
            of(&unit.launch["session_id"]),
            ["launched", "initialized", "terminated"]
        );
    }
    app.stop().await;
}

/// 9.4.0.0-2, 8.1.5.0-3: what the LMS states of a unit is about the activityId of its launches, which is not the
/// publisher's id.
#[tokio::test(flavor = "multi_thread")]
async fn the_lms_states_about_the_activity_id_of_the_launch() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let path = format!("/api/v1/registrations/{registration}/waive");
    for id in [QUIZ, VIDEO] {
        let unit = Unit::begun(&app, &registration, id).await;
        let session = unit.launch["session_id"].as_str().unwrap();
        let abandon = format!("/api/v1/sessions/{session}/abandon");
        expect(app.post(&abandon, &json!({})).await, StatusCode::OK).await;
        let body = json!({ "activity_id": id, "reason": "Administrative" });
        expect(app.post(&path, &body).await, StatusCode::OK).await;
        for verb in ["abandoned", "waived"] {
            let stated = with_verb(&app, &registration, verb).await;
            let about = &stated.last().unwrap()["object"];
            assert_eq!(about["id"], unit.parameter("activityId"), "{verb}");
            assert_ne!(about["id"], id, "{verb}");
        }
        let all = statements(&app, &registration).await;
        let launched = all
            .iter()
            .rfind(|one| one["verb"]["id"] == format!("{ADL}launched"));
        assert_eq!(
            launched.unwrap()["object"]["id"],
            unit.parameter("activityId")
        );
    }
    app.stop().await;
}

/// 9.3.9.0-3, 9.3.9.0-7: two courses whose publishers gave the same ids have blocks and courses of their own.
#[tokio::test(flavor = "multi_thread")]
async fn blocks_and_courses_are_told_apart_whatever_their_publishers_called_them() {
    let app = TestApp::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for title in ["Uno", "Due"] {
        let registration = of_course(&app, title, "u-1").await;
        let path = format!("/api/v1/registrations/{registration}/waive");
        let body = json!({ "activity_id": "urn:course", "reason": "Administrative" });
        expect(app.post(&path, &body).await, StatusCode::OK).await;
        let stated = with_verb(&app, &registration, "satisfied").await;
        assert_eq!(stated.len(), 6, "five blocks and the course");
        for one in stated {
            let id = one["object"]["id"].as_str().unwrap().to_owned();
            assert!(!id.starts_with("urn:"), "{id} is the publisher's");
            assert!(seen.insert(id.clone()), "{id} is there twice");
        }
    }
    app.stop().await;
}

/// 10.2.2.0-5, 10.2.2.0-1, 10.2.2.0-2, 10.2.2.0-3: a mode takes what it is for, and only Normal changes what is
/// reached.
#[tokio::test(flavor = "multi_thread")]
async fn each_mode_takes_what_it_is_for() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let untouched = app.registration(&registration).await["activities"].clone();
    for (mode, requirement) in [("browse", "10.2.2.0-2"), ("review", "10.2.2.0-3")] {
        let body = json!({ "activity_id": VIDEO, "launch_mode": mode });
        let unit = Unit::launched(&app, &registration, body).await;
        unit.preferences().await;
        unit.says("initialized").await;
        for verb in ["completed", "passed", "failed"] {
            unit.refused(&unit.statement(verb), requirement).await;
        }
        let mut half_way = unit.allowed();
        half_way["result"] = json!({ "extensions": { (PROGRESS): 50 } });
        expect(unit.post(&half_way).await, StatusCode::OK).await;
        unit.says("terminated").await;
        let now = app.registration(&registration).await;
        assert_eq!(now["activities"], untouched, "{mode}");
    }
    let unit = Unit::begun(&app, &registration, VIDEO).await;
    let mut half_way = unit.allowed();
    half_way["result"] = json!({ "extensions": { (PROGRESS): 50 } });
    expect(unit.post(&half_way).await, StatusCode::OK).await;
    assert_eq!(
        app.registration(&registration).await["progress_measure"],
        0.25
    );
    unit.says("failed").await;
    unit.says("completed").await;
    unit.says("terminated").await;
    let now = app.registration(&registration).await;
    assert_eq!(
        (&now["progress_measure"], &now["success"]),
        (&json!(0.5), &"failed".into())
    );
    app.stop().await;
}
