//! A learner's data: a copy of all of it, its erasure, how long it is kept.

use std::io::Cursor;

use percorso_tracker::session::NavigationRequest;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{TestApp, TestPlayer, expect};

const SECRET_ANSWER: &str = "la mia risposta riservata";

async fn take(app: &TestApp, registration: &str) {
    let mut player = TestPlayer::launch(app, registration).await;
    player.begin(Some("a"));
    player.set("cmi.suspend_data", SECRET_ANSWER);
    player.set("cmi.completion_status", "completed");
    player.set("cmi.success_status", "passed");
    player.call("Terminate", &[""]);
    player.navigate(NavigationRequest::SuspendAll);
    player.save().await;
}

async fn state(app: &TestApp, key: &str) {
    let agent = json!({ "account": { "homePage": app.url, "name": key } }).to_string();
    let query = [
        ("activityId", "https://a.example/1"),
        ("agent", &agent),
        ("stateId", "s"),
    ];
    let put = app.http.put(app.at("/xapi/activities/state")).query(&query);
    let put = put
        .header("X-Experience-API-Version", "1.0.3")
        .body(SECRET_ANSWER);
    assert!(app.send(put).await.status().is_success());
}

async fn statement(app: &TestApp, key: &str) -> String {
    let body = json!({ "actor": { "account": { "homePage": app.url, "name": key } },
        "verb": { "id": "https://v.example/did" }, "object": { "id": "https://a.example/1" } });
    let post = app.http.post(app.at("/xapi/statements")).json(&body);
    let ids = app
        .send(post.header("X-Experience-API-Version", "1.0.3"))
        .await;
    let ids: Value = expect(ids, StatusCode::OK).await;
    ids[0].as_str().unwrap().to_owned()
}

/// Of a statement that is asked for by its id.
async fn status_of(app: &TestApp, statement: &str) -> StatusCode {
    let get = app.http.get(app.at("/xapi/statements"));
    let get = get.query(&[("statementId", statement)]);
    let get = get.header("X-Experience-API-Version", "1.0.3");
    app.send(get).await.status()
}

async fn copy(app: &TestApp, key: &str) -> zip::ZipArchive<Cursor<Vec<u8>>> {
    let answer = app.get(&format!("/api/v1/learners/{key}/data")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let bytes = answer.bytes().await.unwrap().to_vec();
    zip::ZipArchive::new(Cursor::new(bytes)).unwrap()
}

fn file(copy: &mut zip::ZipArchive<Cursor<Vec<u8>>>, name: &str) -> String {
    std::io::read_to_string(copy.by_name(name).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_everything_and_nothing_of_others() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    take(&app, &id).await;
    statement(&app, "anna").await;
    statement(&app, "bruno").await;
    state(&app, "anna").await;
    let mut copy = copy(&app, "anna").await;
    let person: Value = serde_json::from_str(&file(&mut copy, "person.json")).unwrap();
    assert_eq!(person[0]["key"], "anna");
    let registrations: Value =
        serde_json::from_str(&file(&mut copy, "registrations.json")).unwrap();
    assert_eq!(registrations[0]["id"], id.as_str());
    let journal = file(&mut copy, "journal.ndjson");
    assert!(journal.contains(SECRET_ANSWER));
    for line in journal.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(
            line["event"].is_object() && line["number"].is_number(),
            "{line}"
        );
    }
    let statements = file(&mut copy, "statements.ndjson");
    assert!(statements.contains("anna") && !statements.contains("bruno"));
    assert!(file(&mut copy, "documents.json").contains("content_base64"));
    assert!(file(&mut copy, "README.txt").contains("artt. 15 e 20"));
    let none = app.get("/api/v1/learners/nessuno/data").await;
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_takes_the_person_and_leaves_the_numbers() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    take(&app, &id).await;
    let before = app.registration(&id).await;
    let (own, foreign) = (
        statement(&app, "anna").await,
        statement(&app, "bruno").await,
    );
    state(&app, "anna").await;
    let live = TestPlayer::launch(&app, &id).await;
    let erased = app
        .send(app.http.delete(app.at("/api/v1/learners/anna")))
        .await;
    let erased = expect(erased, StatusCode::OK).await;
    assert_eq!(erased["erased"]["registrations"], 1, "{erased}");
    assert!(erased["erased"]["journal_entries"].as_u64().unwrap() > 3);
    assert_eq!(erased["erased"]["documents"], 1);
    drop(live);

    let after = app.registration(&id).await;
    assert_eq!(after["learner"]["name"], "");
    assert_ne!(after["learner"]["id"], "anna");
    for kept in ["completion", "success", "total_time", "activities"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert_eq!(status_of(&app, &own).await, StatusCode::NOT_FOUND);
    assert_eq!(status_of(&app, &foreign).await, StatusCode::OK);
    let gone = app.get("/api/v1/learners/anna/data").await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    let key = after["learner"]["id"].as_str().unwrap();
    let path = format!("/api/v1/learners/{key}/data?home_page=urn:percorso:erased");
    let rest = app.get(&path).await.bytes().await.unwrap().to_vec();
    let mut rest = zip::ZipArchive::new(Cursor::new(rest)).unwrap();
    for name in [
        "person.json",
        "account.json",
        "registrations.json",
        "sessions.json",
        "journal.ndjson",
        "statements.ndjson",
        "documents.json",
        "shared.json",
    ] {
        let text = file(&mut rest, name);
        assert!(
            !text.contains(SECRET_ANSWER) && !text.contains("anna"),
            "{name}"
        );
    }
    let log = app.get("/api/v1/audit").await;
    let log = expect(log, StatusCode::OK).await.to_string();
    assert!(
        log.contains("learner.erased") && !log.contains("anna"),
        "{log}"
    );
}

/// A course of one webinar that these learners attended; answers its id and their enrolments.
async fn attended(app: &TestApp, keys: &[&str]) -> Vec<String> {
    let put = async |path: &str, body: Value| {
        let request = app.http.put(app.at(path)).json(&body);
        expect(app.send(request).await, StatusCode::OK).await
    };
    let event = json!({ "title": "Webinar", "starts_at": "2026-06-08T08:30:00Z", "ends_at": "2026-06-08T10:00:00Z" });
    let event = put("/api/v1/events/w1", event).await;
    let items = json!([{ "event_id": event["id"], "credit_minutes": 90 }]);
    let course = put(
        "/api/v1/courses/p1",
        json!({ "title": "Percorso", "items": items }),
    )
    .await;
    let mut enrolments = Vec::new();
    for key in keys {
        let path = format!(
            "/api/v1/courses/{}/enrolments",
            course["id"].as_str().unwrap()
        );
        let email = format!("{key}@comune.example");
        let body = json!({ "learner": { "id": key, "name": "Bianchi, Anna", "email": email } });
        let made = expect(app.post(&path, &body).await, StatusCode::CREATED).await;
        enrolments.push(made["id"].as_str().unwrap().to_owned());
        let path = format!(
            "/api/v1/events/{}/attendance",
            event["id"].as_str().unwrap()
        );
        let there = json!({ "items": [{ "learner_id": key, "attended": true }] });
        expect(app.post(&path, &there).await, StatusCode::OK).await;
    }
    enrolments
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attestato_stays_as_proof_without_the_person_and_none_is_given_to_nobody() {
    let app = TestApp::start().await;
    let enrolments = attended(&app, &["anna", "bruno"]).await;
    let ask = async |enrolment: &str| {
        let path = format!("/api/v1/enrolments/{enrolment}/certificate");
        app.post(&path, &json!({})).await
    };
    let given = expect(ask(&enrolments[0]).await, StatusCode::OK).await;
    let badge = app.get(given["badge_url"].as_str().unwrap()).await;
    assert_eq!(badge.status(), StatusCode::OK);
    for key in ["anna", "bruno"] {
        let path = format!("/api/v1/learners/{key}");
        let erased = app.send(app.http.delete(app.at(&path))).await;
        expect(erased, StatusCode::OK).await;
    }

    let code = given["code"].as_str().unwrap();
    let path = format!("/api/v1/certificates/{code}");
    let after = expect(app.get(&path).await, StatusCode::OK).await;
    assert_eq!(
        (&after["erased"], &after["name"]),
        (&json!(true), &json!(""))
    );
    for kept in ["minutes", "course", "items", "completed_on", "issued_at"] {
        assert_eq!(after[kept], given[kept], "{kept}");
    }
    let page = app.get(&format!("/verifica/{code}")).await.text().await;
    let page = page.unwrap();
    assert!(
        page.contains("dati della persona sono stati cancellati"),
        "{page}"
    );
    assert!(!page.contains("Bianchi"), "{page}");
    for gone in ["file_url", "badge_url", "badge_image_url"] {
        let answer = app.get(given[gone].as_str().unwrap()).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT, "{gone}");
    }
    assert_eq!(app.keep_up().await, 0, "nothing is issued to nobody");
    assert_eq!(ask(&enrolments[1]).await.status(), StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_more_than_learn_is_not_erased_and_the_command_asks_twice() {
    let app = TestApp::start().await;
    app.with_course("Uno", "anna").await;
    let unsure = app.command(&["learner", "erase", "anna"]);
    assert!(!unsure.status.success());
    let to = std::env::temp_dir().join(format!("copia-{}.zip", std::process::id()));
    let written = app.command(&["learner", "export", "anna", "--to", to.to_str().unwrap()]);
    assert!(
        written.status.success(),
        "{}",
        String::from_utf8_lossy(&written.stderr)
    );
    assert!(std::fs::read(&to).unwrap().starts_with(b"PK"));
    std::fs::remove_file(&to).unwrap();
    let sure = app.command(&["learner", "erase", "anna", "--yes"]);
    assert!(
        sure.status.success(),
        "{}",
        String::from_utf8_lossy(&sure.stderr)
    );
    let again = app.command(&["learner", "erase", "anna", "--yes"]);
    assert!(!again.status.success(), "gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_journals_go_and_results_stay() {
    let settings = [
        ("PERCORSO_KEEP_JOURNAL_MONTHS", "6"),
        ("PERCORSO_KEEP_PERSON_MONTHS", "12"),
    ];
    let app = TestApp::with_settings(&settings).await;
    let (_, id) = app.with_course("Uno", "anna").await;
    take(&app, &id).await;
    app.sweep(150).await;
    let journal = file(&mut copy(&app, "anna").await, "journal.ndjson");
    assert!(journal.contains(SECRET_ANSWER), "kept for six months");
    let before = app.registration(&id).await;
    app.sweep(200).await;
    let mut later = copy(&app, "anna").await;
    assert_eq!(file(&mut later, "journal.ndjson"), "");
    assert_eq!(
        app.registration(&id).await["activities"],
        before["activities"]
    );
    app.sweep(400).await;
    assert_eq!(app.registration(&id).await["learner"]["name"], "");
}
