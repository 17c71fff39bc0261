//! Those who are under way go to another version of their package, and back.

use percorso_tracker::session::NavigationRequest;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{TestApp, TestPlayer, expect, packages};

/// A package of which `anna` has completed `a` and is at page 7 of `b`; its second version calls `b`
/// otherwise and has one more.
async fn under_way(app: &TestApp) -> (String, String) {
    let (package, registration) = app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(app, &registration).await;
    player.begin(Some("a"));
    player.set("cmi.completion_status", "completed");
    player.set("cmi.success_status", "passed");
    player.call("Terminate", &[""]);
    player.navigate(NavigationRequest::Choice("b".into()));
    player.call("Initialize", &[""]);
    player.set("cmi.location", "page-7");
    player.set("cmi.exit", "suspend");
    player.call("Terminate", &[""]);
    player.navigate(NavigationRequest::SuspendAll);
    player.save().await;
    let second = [("a", "a"), ("lezione", "b"), ("extra", "extra")];
    let second = packages::course_of("Due", &second);
    assert_eq!(app.with_version(&package, second).await, 2);
    (package, registration)
}

fn body(policy: &str) -> Value {
    json!({ "from_version": 1, "to_version": 2, "policy": policy })
}

async fn migrate(app: &TestApp, package: &str, body: &Value) -> Value {
    let path = format!("/api/v1/packages/{package}/migrations");
    let status = match body["dry_run"].as_bool() {
        Some(true) => StatusCode::OK,
        _ => StatusCode::CREATED,
    };
    expect(app.post(&path, body).await, status).await
}

async fn undo(app: &TestApp, package: &str, migration: &Value) -> Value {
    let id = migration["id"].as_str().unwrap();
    let path = format!("/api/v1/packages/{package}/migrations/{id}/undo");
    expect(app.post(&path, &json!({})).await, StatusCode::OK).await
}

/// What the learner finds: the activity, and the page kept there.
async fn next_launch(app: &TestApp, registration: &str) -> (String, String) {
    let mut player = TestPlayer::launch(app, registration).await;
    player.begin(None);
    let view = player.engine.view();
    let found = (
        view.current_activity.unwrap_or_default(),
        player.get("cmi.location"),
    );
    player.save().await;
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_happen_and_changes_nothing() {
    let app = TestApp::start().await;
    let (package, registration) = under_way(&app).await;
    let before = app.registration(&registration).await;
    let mut body = body("move");
    body["dry_run"] = true.into();
    let plan = migrate(&app, &package, &body).await;
    assert_eq!(plan["id"], Value::Null);
    assert_eq!(
        plan["map"],
        json!({ "ORG": "ORG", "a": "a", "b": "lezione" }),
        "by identifier, then by address"
    );
    let one = &plan["registrations"][0];
    assert_eq!(one["registration_id"], registration.as_str());
    assert_eq!(one["learner"]["id"], "anna");
    assert_eq!(
        one["kept"],
        json!([{ "from": "a", "to": "a" }, { "from": "b", "to": "lezione" }])
    );
    assert_eq!(one["lost"], json!([]));
    assert_eq!(one["after"]["completion"], "incomplete");
    assert_eq!(app.registration(&registration).await, before);
    let path = format!("/api/v1/packages/{package}/migrations");
    let list = expect(app.get(&path).await, StatusCode::OK).await;
    assert_eq!(list["items"], json!([]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_moved_goes_on_where_they_were_and_their_journal_replays() {
    let app = TestApp::start().await;
    let (package, registration) = under_way(&app).await;
    let done = migrate(&app, &package, &body("move")).await;
    assert_eq!(done["moved"], 1);
    let now = app.registration(&registration).await;
    assert_eq!(now["package_version"], 2);
    let activities = now["activities"]["children"].as_array().unwrap();
    let completion: Vec<_> = activities
        .iter()
        .map(|activity| (&activity["id"], &activity["completion"]))
        .collect();
    let expected = [
        (&json!("a"), &json!("completed")),
        (&json!("lezione"), &json!("incomplete")),
        (&json!("extra"), &json!("not_attempted")),
    ];
    assert_eq!(completion, expected);
    let found = next_launch(&app, &registration).await;
    assert_eq!(found, ("lezione".to_owned(), "page-7".to_owned()));
    let (same, report) = app.replay(&registration);
    assert!(same, "{report:#}");
    assert_eq!(report["sessions"], 2);
    // Nobody is left to move.
    let again = migrate(&app, &package, &body("move")).await;
    assert_eq!(again["moved"], 0);
    // Each move is in the log, with the decision it came of.
    let log = app.get("/api/v1/audit?act=registration.moved").await;
    let log = expect(log, StatusCode::OK).await;
    assert_eq!(log["items"][0]["details"]["migration"], done["id"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_session_is_closed_with_all_it_did_and_told_so() {
    let app = TestApp::start().await;
    let (package, registration) = under_way(&app).await;
    let mut player = TestPlayer::launch(&app, &registration).await;
    player.begin(None);
    player.set("cmi.location", "page-9");
    player.save().await;
    let mut plan = body("move");
    plan["dry_run"] = true.into();
    let plan = migrate(&app, &package, &plan).await;
    assert_eq!(plan["registrations"][0]["is_live"], true);
    migrate(&app, &package, &body("move")).await;
    player.set("cmi.location", "page-10");
    let refused = player.send(&player.pending).await;
    let refused = expect(refused, StatusCode::CONFLICT).await;
    assert_eq!(refused["type"], "/problems/session-closed");
    assert_eq!(refused["reason"], "moved");
    let found = next_launch(&app, &registration).await;
    assert_eq!(found, ("lezione".to_owned(), "page-9".to_owned()));
    let (same, report) = app.replay(&registration);
    assert!(same, "{report:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_restarts_begins_the_new_version_from_nothing_and_the_old_attempt_is_kept() {
    let app = TestApp::start().await;
    let (package, registration) = under_way(&app).await;
    let done = migrate(&app, &package, &body("restart")).await;
    assert_eq!(done["moved"], 1);
    assert_eq!(done["registrations"][0]["kept"], json!([]));
    let now = app.registration(&registration).await;
    assert_eq!(now["package_version"], 2);
    assert_eq!(now["completion"], "not_attempted");
    assert_eq!(now["attempts"], 1, "the old one counts");
    let found = next_launch(&app, &registration).await;
    assert_eq!(found, ("a".to_owned(), String::new()));
    let (same, report) = app.replay(&registration);
    assert!(same, "{report:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stays_stays() {
    let app = TestApp::start().await;
    let (package, registration) = under_way(&app).await;
    let before = app.registration(&registration).await;
    let done = migrate(&app, &package, &body("stay")).await;
    assert_eq!(done["moved"], 0);
    assert_eq!(app.registration(&registration).await, before);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_gives_back_what_there_was_where_nothing_was_done_since() {
    let app = TestApp::start().await;
    let (package, anna) = under_way(&app).await;
    let path = format!("/api/v1/packages/{package}/current");
    let request = app.http.put(app.at(&path)).json(&json!({ "version": 1 }));
    assert!(app.send(request).await.status().is_success());
    let bruno = app.with_registration(&package, "bruno").await;
    let bruno = bruno["id"].as_str().unwrap().to_owned();
    let waive = json!({ "activity_id": "b", "reason": "equivalent course" });
    let path = format!("/api/v1/registrations/{bruno}/waive");
    assert!(app.post(&path, &waive).await.status().is_success());
    let before = [
        app.registration(&anna).await,
        app.registration(&bruno).await,
    ];

    for policy in ["move", "restart"] {
        let mut body = body(policy);
        body["who"] = "not_completed".into();
        let done = migrate(&app, &package, &body).await;
        assert_eq!(done["moved"], 2, "{done:#}");
        if policy == "move" {
            let moved = app.registration(&bruno).await;
            let waived = &moved["activities"]["children"][1];
            assert_eq!(
                (&waived["id"], &waived["waived"]),
                (&json!("lezione"), &json!(true))
            );
        }
        let undone = undo(&app, &package, &done).await;
        assert_eq!(undone["undone"], 2);
        for (before, id) in before.iter().zip([&anna, &bruno]) {
            let mut now = app.registration(id).await;
            now["updated_at"] = before["updated_at"].clone();
            assert_eq!(now, *before, "{policy}");
        }
    }
    // What was done since is not thrown away.
    let mut body = body("move");
    body["who"] = "not_completed".into();
    let done = migrate(&app, &package, &body).await;
    next_launch(&app, &anna).await;
    let undone = undo(&app, &package, &done).await;
    let states: Vec<_> = undone["registrations"].as_array().unwrap().iter().collect();
    let state = |id: &str| {
        let one = states.iter().find(|one| one["registration_id"] == id);
        one.unwrap()["state"].as_str().unwrap()
    };
    assert_eq!((state(&anna), state(&bruno)), ("worked_since", "undone"));
    assert_eq!(app.registration(&anna).await["package_version"], 2);
    assert_eq!(app.registration(&bruno).await["package_version"], 1);
    let (same, report) = app.replay(&anna);
    assert!(same, "{report:#}");
    let path = format!("/api/v1/packages/{package}/migrations");
    let list = expect(app.get(&path).await, StatusCode::OK).await;
    let latest = &list["items"][0];
    assert_eq!(
        (&latest["moved"], &latest["undone"]),
        (&json!(2), &json!(1))
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_refused_in_words() {
    let app = TestApp::start().await;
    let (package, _) = under_way(&app).await;
    let stranger = app.with_course("Altro", "carla").await.1;
    let path = format!("/api/v1/packages/{package}/migrations");
    let with = |name: &str, value: Value| {
        let mut body = body("move");
        body[name] = value;
        body
    };
    for (body, status, words) in [
        (
            with("policy", "fly".into()),
            422,
            "expected stay, move or restart",
        ),
        (with("who", "all".into()), 422, "expected under_way"),
        (with("to_version", 1.into()), 422, "are the same"),
        (with("to_version", 9.into()), 404, "no version 9"),
        (
            with("map", json!({ "b": "nowhere" })),
            422,
            "`nowhere` is no activity of the new version",
        ),
        (
            with("map", json!({ "a": "a", "b": "a" })),
            422,
            "`a` is named twice",
        ),
    ] {
        let answer = app.post(&path, &body).await;
        let answer = expect(answer, StatusCode::from_u16(status).unwrap()).await;
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{detail}");
    }
    let mut listed = with("who", "listed".into());
    listed["registrations"] = json!([stranger]);
    let answer = expect(
        app.post(&path, &listed).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert!(
        answer["detail"]
            .as_str()
            .unwrap()
            .contains("is not on version 1")
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_before_a_move_is_stated_of_the_version_it_was_done_in() {
    let app = TestApp::start().await;
    let (package, registration) = under_way(&app).await;
    migrate(&app, &package, &body("move")).await;
    app.state_all().await;
    let path = format!("/xapi/statements?registration={registration}&limit=50");
    let request = app
        .http
        .get(app.at(&path))
        .header("x-experience-api-version", "1.0.3");
    let found = expect(app.send(request).await, StatusCode::OK).await;
    let names = found["statements"].to_string();
    assert!(names.contains("Oggetto b"), "{names}");
    assert!(!names.contains("Oggetto lezione"), "{names}");
    app.stop().await;
}
