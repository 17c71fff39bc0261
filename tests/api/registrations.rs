//! Registrations: made once, listed, reset, waived, deleted, seen by whose they are.

use percorso_tracker::session::{Event, NavigationRequest};
use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use crate::support::{TestApp, TestPlayer, expect, packages::course};

async fn finish(app: &TestApp, id: &str) {
    let mut player = TestPlayer::launch(app, id).await;
    for activity in ["a", "b"] {
        if activity == "a" {
            player.begin(Some("a"));
        } else {
            let choice = NavigationRequest::Choice(activity.to_owned());
            player.navigate(choice);
            player.call("Initialize", &[""]);
        }
        player.set("cmi.completion_status", "completed");
        player.set("cmi.success_status", "passed");
        player.call("Terminate", &[""]);
    }
    player.navigate(NavigationRequest::ExitAll);
    player.save().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clients_own_id_makes_a_retry_safe() {
    let app = TestApp::start().await;
    let package = app.with_package(course("Uno")).await;
    let id = uuid::Uuid::now_v7();
    let body = |learner: &str| {
        json!({ "package_id": package["id"], "registration_id": id,
        "learner": { "id": learner, "name": "Bianchi, Anna" } })
    };
    let path = "/api/v1/registrations";
    let made = expect(app.post(path, &body("anna")).await, StatusCode::CREATED).await;
    assert_eq!(made["id"], id.to_string());
    assert_eq!(made["completion"], "not_attempted");
    let again = expect(app.post(path, &body("anna")).await, StatusCode::OK).await;
    assert_eq!(again["created_at"], made["created_at"]);
    let of_another = expect(app.post(path, &body("bruno")).await, StatusCode::OK).await;
    assert_eq!(of_another["learner"]["id"], "anna", "the id decides");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reached_is_told_and_listed() {
    let app = TestApp::start().await;
    let (package_id, done) = app.with_course("Uno", "anna").await;
    let bruno = app.with_registration(&package_id, "bruno").await;
    finish(&app, &done).await;
    let found = app.registration(&done).await;
    assert_eq!(
        (&found["completion"], &found["success"]),
        (&json!("completed"), &json!("passed"))
    );
    assert_ne!(found["completed_at"], Value::Null);
    assert_eq!(found["activities"]["children"][1]["satisfied"], true);

    let list = async |query: &str| {
        let path = format!("/api/v1/registrations?{query}");
        expect(app.get(&path).await, StatusCode::OK).await
    };
    let ids = |list: &Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let bruno = bruno["id"].as_str().unwrap().to_owned();
    assert_eq!(ids(&list("completion=completed").await), [done.as_str()]);
    assert_eq!(
        ids(&list("completion=not_attempted").await),
        [bruno.as_str()]
    );
    assert_eq!(ids(&list("learner_id=anna").await), [done.as_str()]);
    assert!(ids(&list("updated_since=2100-01-01T00:00:00Z").await).is_empty());
    let first = list(&format!("package_id={package_id}&limit=1")).await;
    assert_eq!(ids(&first), [bruno.as_str()]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = list(&format!("package_id={package_id}&limit=1&cursor={cursor}")).await;
    assert_eq!(ids(&rest), [done.as_str()]);
    assert_eq!(rest["next_cursor"], Value::Null);
    expect(
        app.get("/api/v1/registrations?completion=no").await,
        StatusCode::BAD_REQUEST,
    )
    .await;

    let csv = app.http.get(app.at("/api/v1/registrations"));
    let csv = app.send(csv.header(header::ACCEPT, "text/csv")).await;
    let csv = csv.text().await.unwrap();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.contains(&done), "{csv}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_the_session_and_begins_from_nothing() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    finish(&app, &id).await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("a"));
    player.save().await;
    let path = format!("/api/v1/registrations/{id}/reset");
    let reset = expect(app.post(&path, &json!({})).await, StatusCode::OK).await;
    assert_eq!(reset["completion"], "not_attempted");
    player.happens(Event::ContentGone);
    let late = player.send(&player.pending).await;
    expect(late, StatusCode::CONFLICT).await;
    let mut fresh = TestPlayer::launch(&app, &id).await;
    fresh.begin(Some("a"));
    assert_eq!(fresh.get("cmi.completion_status"), "unknown");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_session_takes_no_more_and_can_be_gone_on_with() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("a"));
    player.set("cmi.location", "page-7");
    player.save().await;
    let path = format!("/api/v1/sessions/{}/abandon", player.session_id());
    assert!(app.post(&path, &json!({})).await.status().is_success());
    player.happens(Event::ContentGone);
    let late = expect(player.send(&player.pending).await, StatusCode::CONFLICT).await;
    assert_eq!(late["type"], "/problems/session-closed");
    let mut next = TestPlayer::launch(&app, &id).await;
    next.begin(None);
    assert_eq!(next.get("cmi.location"), "page-7");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_in_the_callers_language() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("a"));
    player.set("cmi.completion_status", "incomplete");
    player.set("cmi.progress_measure", "0.25");
    player.call("Terminate", &[""]);
    player.save().await;
    let why = async |language: &str| {
        let path = format!("/api/v1/registrations/{id}");
        let asked = app
            .http
            .get(app.at(&path))
            .header(header::ACCEPT_LANGUAGE, language);
        expect(app.send(asked).await, StatusCode::OK).await["why_incomplete"].clone()
    };
    assert_eq!(
        why("it-IT,it;q=0.9").await,
        json!([
            "“Oggetto a” è iniziato ma non completato: fatto il 25%.",
            "“Oggetto b” non è stato ancora aperto.",
        ])
    );
    assert_eq!(
        why("en").await,
        json!([
            "“Oggetto a” is begun but not completed: 25% done.",
            "“Oggetto b” has not been opened yet.",
        ])
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waived_activity_counts_whatever_content_says_later() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let path = format!("/api/v1/registrations/{id}/waive");
    let body = json!({ "activity_id": "b", "reason": "altro corso" });
    let waived = expect(app.post(&path, &body).await, StatusCode::OK).await;
    let children = &waived["activities"]["children"];
    assert_eq!(
        (&children[0]["waived"], &children[1]["waived"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        (&children[0]["completion"], &children[1]["completion"]),
        (&json!("not_attempted"), &json!("completed"))
    );
    let unknown = json!({ "activity_id": "no", "reason": "x" });
    expect(app.post(&path, &unknown).await, StatusCode::NOT_FOUND).await;

    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("b"));
    player.set("cmi.completion_status", "incomplete");
    player.call("Terminate", &[""]);
    player.navigate(NavigationRequest::Choice("a".into()));
    player.call("Initialize", &[""]);
    player.set("cmi.completion_status", "completed");
    player.set("cmi.success_status", "passed");
    player.call("Terminate", &[""]);
    player.save().await;
    let registration = app.registration(&id).await;
    assert_eq!(
        (&registration["completion"], &registration["success"]),
        (&json!("completed"), &json!("passed")),
        "{registration}"
    );
    assert_eq!(registration["why_incomplete"], json!([]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_registration_is_gone_and_an_archived_package_takes_no_new_ones() {
    let app = TestApp::start().await;
    let (package_id, id) = app.with_course("Uno", "anna").await;
    let delete = async |path: &str| app.send(app.http.delete(app.at(path))).await.status();
    let path = format!("/api/v1/registrations/{id}");
    let kept = app.with_registration(&package_id, "bruno").await;
    assert_eq!(delete(&path).await, StatusCode::NO_CONTENT);
    expect(app.get(&path).await, StatusCode::NOT_FOUND).await;
    let package = format!("/api/v1/packages/{package_id}");
    assert_eq!(delete(&package).await, StatusCode::NO_CONTENT);
    let body = json!({ "package_id": package_id, "learner": { "id": "carla", "name": "C" } });
    expect(
        app.post("/api/v1/registrations", &body).await,
        StatusCode::CONFLICT,
    )
    .await;
    TestPlayer::launch(&app, kept["id"].as_str().unwrap()).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_stays_on_the_version_they_began() {
    let app = TestApp::start().await;
    let (package_id, old) = app.with_course("Uno", "anna").await;
    let part = reqwest::multipart::Part::bytes(course("Due")).file_name("due.zip");
    let form = reqwest::multipart::Form::new()
        .part("file", part)
        .text("package_id", package_id.clone());
    let request = app.http.post(app.at("/api/v1/packages")).multipart(form);
    expect(app.send(request).await, StatusCode::CREATED).await;
    let new = app.with_registration(&package_id, "bruno").await;
    assert_eq!(new["package_version"], 2);
    let player = TestPlayer::launch(&app, &old).await;
    assert_eq!(player.boot["title"], "Uno");
    let player = TestPlayer::launch(&app, new["id"].as_str().unwrap()).await;
    assert_eq!(player.boot["title"], "Due");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_only_their_own() {
    let app = TestApp::start().await;
    let (_, foreign) = app.with_course("Uno", "anna").await;
    let added = app.command(&[
        "user",
        "add",
        "bruno@tests.example",
        "--name",
        "Bruno Verdi",
        "--password",
        "una-parola-lunga",
    ]);
    assert!(added.status.success(), "{added:?}");
    let cookie = app.sign_in("bruno@tests.example", "una-parola-lunga").await;
    let ask = async |path: &str| {
        let request = app.http.get(app.at(path)).header(header::COOKIE, &cookie);
        request.send().await.unwrap().status()
    };
    let path = format!("/api/v1/registrations/{foreign}");
    assert_eq!(ask(&path).await, StatusCode::NOT_FOUND);
    assert_eq!(
        ask(&format!("{path}/sessions")).await,
        StatusCode::NOT_FOUND
    );
    assert_eq!(ask("/api/v1/registrations").await, StatusCode::FORBIDDEN);
    let launch = app.http.post(app.at(&format!("{path}/launch")));
    let launch = launch
        .header(header::COOKIE, &cookie)
        .header(header::ORIGIN, &app.url)
        .json(&json!({}));
    assert_eq!(launch.send().await.unwrap().status(), StatusCode::NOT_FOUND);

    let (client, connection) = tokio_postgres::connect(&app.database, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let row = client
        .query_one(
            "SELECT id::text FROM accounts WHERE email = 'bruno@tests.example'",
            &[],
        )
        .await
        .unwrap();
    let (_, own) = app.with_course("Due", row.get(0)).await;
    assert_eq!(
        ask(&format!("/api/v1/registrations/{own}")).await,
        StatusCode::OK
    );
    app.stop().await;
}

/// Clients may choose ids of any version: their order says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn lists_are_in_the_order_of_time_whatever_the_ids() {
    let app = TestApp::start().await;
    let package = app.with_package(course("Uno")).await;
    let mut made = Vec::new();
    for (number, first) in ["8", "1", "f", "0", "a"].into_iter().enumerate() {
        let id = format!("{first}b0c5a7e-0000-4000-8000-000000000000");
        let body = json!({ "package_id": package["id"], "registration_id": id,
            "learner": { "id": format!("anna-{number}"), "name": "Bianchi, Anna" } });
        expect(
            app.post("/api/v1/registrations", &body).await,
            StatusCode::CREATED,
        )
        .await;
        made.push(id);
    }
    let newest: Vec<String> = made.iter().rev().cloned().collect();
    assert_eq!(walk(&app, "limit=2", async |_| {}).await, newest);

    let csv = app.http.get(app.at("/api/v1/registrations"));
    let csv = app.send(csv.header(header::ACCEPT, "text/csv")).await;
    let csv = csv.text().await.unwrap();
    let lines: Vec<&str> = csv.lines().skip(1).map(|line| &line[..36]).collect();
    assert_eq!(lines, newest);

    // What changes while a program pages through the changes comes again at the end; nothing is left out.
    let changed = format!("/api/v1/registrations/{}/waive", made[4]);
    let waive = json!({ "activity_id": "b", "reason": "altro corso" });
    let found = walk(
        &app,
        "limit=2&updated_since=2020-01-01T00:00:00Z",
        async |page| {
            if page == 1 {
                expect(app.post(&changed, &waive).await, StatusCode::OK).await;
            }
        },
    )
    .await;
    assert_eq!(found, made);
    let changed = format!("/api/v1/registrations/{}/waive", made[0]);
    let found = walk(
        &app,
        "limit=2&updated_since=2020-01-01T00:00:00Z",
        async |page| {
            if page == 1 {
                expect(app.post(&changed, &waive).await, StatusCode::OK).await;
            }
        },
    )
    .await;
    assert_eq!(found, [&made[..], &made[..1]].concat());
    app.stop().await;
}

/// The ids of all pages of a list; something may happen after each page.
async fn walk(app: &TestApp, query: &str, mut between: impl AsyncFnMut(usize)) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    for page in 1.. {
        let path = format!("/api/v1/registrations?{query}{cursor}");
        let list = expect(app.get(&path).await, StatusCode::OK).await;
        let items = list["items"].as_array().unwrap();
        ids.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = list["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
        between(page).await;
    }
    ids
}

/// Who holds a connection and asks for another waits for itself when there is only one.
#[tokio::test(flavor = "multi_thread")]
async fn one_connection_is_enough() {
    let app = TestApp::with_settings(&[("PERCORSO_POOL_SIZE", "1")]).await;
    let package = app.with_package(course("Uno")).await;
    let body = json!({ "package_id": package["id"], "registration_id": uuid::Uuid::new_v4(),
        "learner": { "id": "anna", "name": "Bianchi, Anna" } });
    let path = "/api/v1/registrations";
    let made = expect(app.post(path, &body).await, StatusCode::CREATED).await;
    expect(app.post(path, &body).await, StatusCode::OK).await;
    let id = made["id"].as_str().unwrap();
    finish(&app, id).await;
    for path in ["", "/sessions"] {
        let path = format!("/api/v1/registrations/{id}{path}");
        expect(app.get(&path).await, StatusCode::OK).await;
    }
    let waive = json!({ "activity_id": "b", "reason": "altro corso" });
    for (what, body) in [("waive", &waive), ("reset", &json!({}))] {
        let path = format!("/api/v1/registrations/{id}/{what}");
        expect(app.post(&path, body).await, StatusCode::OK).await;
    }
    expect(app.get(path).await, StatusCode::OK).await;
    app.stop().await;
}
