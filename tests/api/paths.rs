//! The path: webinars and packages in order, attendance by list, hours, what is missing in words.

use percorso_tracker::session::NavigationRequest;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{ADMIN, PASSWORD, TestApp, TestPlayer, expect, packages::course};

async fn put(app: &TestApp, path: &str, body: &Value) -> Response {
    app.send(app.http.put(app.at(path)).json(body)).await
}

/// A body, a webinar of 90 minutes and a package, as one course.
async fn path(app: &TestApp) -> (Value, Value, Value) {
    let unione = json!({ "name": "Unione", "kind": "unione" });
    expect(
        put(app, "/api/v1/bodies/unione", &unione).await,
        StatusCode::OK,
    )
    .await;
    let comune = json!({ "name": "Comune", "kind": "comune", "parent": "unione" });
    expect(
        put(app, "/api/v1/bodies/comune", &comune).await,
        StatusCode::OK,
    )
    .await;
    let event = json!({ "title": "Webinar; uno, due", "speaker": "Docente",
        "starts_at": "2026-06-08T08:30:00Z", "ends_at": "2026-06-08T10:00:00Z",
        "join_url": "https://meet.example/1", "threshold_minutes": 60 });
    let event = expect(put(app, "/api/v1/events/w1", &event).await, StatusCode::OK).await;
    let package = app.with_package(course("Uno")).await;
    let body = json!({ "title": "Il percorso", "credit_rule": "nominal", "items": [
        { "event_id": event["id"], "credit_minutes": 90 },
        { "package_id": package["id"], "credit_minutes": 30 } ] });
    let made = expect(put(app, "/api/v1/courses/p1", &body).await, StatusCode::OK).await;
    (made, event, package)
}

async fn enrol(app: &TestApp, course: &Value, key: &str, name: &str) -> Value {
    let path = format!(
        "/api/v1/courses/{}/enrolments",
        course["id"].as_str().unwrap()
    );
    let email = format!("{key}@comune.example");
    let body = json!({ "learner": { "id": key, "name": name, "email": email }, "body": "comune",
        "deadline": "2026-12-31" });
    expect(app.post(&path, &body).await, StatusCode::CREATED).await
}

async fn complete(app: &TestApp, registration: &str) {
    let mut player = TestPlayer::launch(app, registration).await;
    player.begin(Some("a"));
    for next in [Some("b"), None] {
        player.set("cmi.completion_status", "completed");
        player.set("cmi.success_status", "passed");
        player.set("cmi.session_time", "PT10M");
        player.call("Terminate", &[""]);
        if let Some(next) = next {
            player.navigate(NavigationRequest::Choice(next.into()));
            player.call("Initialize", &[""]);
        }
    }
    player.navigate(NavigationRequest::ExitAll);
    player.save().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_is_complete_when_its_webinar_and_its_package_are() {
    let issuer = [
        ("PERCORSO_ISSUER_NAME", "Associazione di prova"),
        ("PERCORSO_ISSUER_TAX_CODE", "80012345678"),
        ("PERCORSO_ISSUER_URL", "https://associazione.example"),
    ];
    let app = TestApp::with_settings(&issuer).await;
    let (course, event, _) = path(&app).await;
    let enrolment = enrol(&app, &course, "anna", "Anna Bianchi").await;
    enrol(&app, &course, "carla", "Carla Neri").await;
    assert_eq!(enrolment["completion"], "not_attempted");
    assert_eq!(enrolment["why_incomplete"].as_array().unwrap().len(), 2);
    let again = enrol(&app, &course, "anna", "Anna Bianchi").await;
    assert_eq!(again["id"], enrolment["id"], "enrolled once");

    let list = "Name (Original Name),User Email,Duration (Minutes)\n\
        Anna Bianchi,anna@comune.example,40\nANNA,Anna@comune.example,35\nNeri Carla,,20\nSconosciuto,x@y.example,90\n";
    let url = format!(
        "/api/v1/events/{}/attendance/list",
        event["id"].as_str().unwrap()
    );
    for (query, noted) in [("?dry_run=true", 0), ("", 2)] {
        let request = app.http.post(app.at(&format!("{url}{query}"))).body(list);
        let read = expect(app.send(request).await, StatusCode::OK).await;
        assert_eq!(read["noted"], noted);
        assert_eq!(
            (
                &read["people"][0]["minutes"],
                &read["people"][0]["attended"]
            ),
            (&json!(75), &json!(true))
        );
        assert_eq!(read["people"][1]["attended"], false);
        assert!(read["people"][2]["problem"].is_string());
    }

    let registration = enrolment["items"][1]["registration_id"].as_str().unwrap();
    let asked = format!(
        "/api/v1/enrolments/{}/certificate",
        enrolment["id"].as_str().unwrap()
    );
    let early = expect(app.post(&asked, &json!({})).await, StatusCode::CONFLICT).await;
    assert!(early["detail"].as_str().unwrap().contains("Uno"), "{early}");
    complete(&app, registration).await;
    let url = format!("/api/v1/enrolments/{}", enrolment["id"].as_str().unwrap());
    let done = expect(app.get(&url).await, StatusCode::OK).await;
    assert_eq!(done["completion"], "completed", "{done}");
    assert!(done["completed_at"].is_string());
    assert_eq!(done["why_incomplete"], json!([]));
    assert_eq!(
        (
            &done["objects_completed"],
            &done["objects"],
            &done["claimed_time"]
        ),
        (&json!(2), &json!(2), &json!("PT20M"))
    );
    assert_eq!(
        (&done["credited_minutes"], &done["attended_minutes"]),
        (&json!(120), &json!(75))
    );

    let certificate = expect(app.post(&asked, &json!({})).await, StatusCode::OK).await;
    let again = expect(app.post(&asked, &json!({})).await, StatusCode::OK).await;
    assert_eq!(certificate["code"], again["code"], "issued once");
    assert_eq!(
        (
            &certificate["name"],
            &certificate["body"],
            &certificate["minutes"]
        ),
        (&json!("Anna Bianchi"), &json!("Comune"), &json!(120))
    );
    let code = certificate["code"].as_str().unwrap();
    let public = format!("/api/v1/certificates/{}", code.to_lowercase());
    let seen = app.http.get(app.at(&public)).send().await.unwrap();
    assert_eq!(expect(seen, StatusCode::OK).await["course"], "Il percorso");
    let file = app.at(certificate["file_url"].as_str().unwrap());
    let pdf = app.http.get(&file).send().await.unwrap();
    assert_eq!(pdf.headers()["content-type"], "application/pdf");
    let pdf = pdf.bytes().await.unwrap();
    let text = pdf_extract::extract_text_from_mem(&pdf).unwrap();
    let text: Vec<&str> = text.split_whitespace().collect();
    let text = text.join(" ");
    for said in [
        "Anna Bianchi",
        "Il percorso",
        "2 h",
        code,
        &app.at(&format!("/verifica/{code}")),
        "Associazione di prova",
        "80012345678",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let page = app.http.get(app.at(&format!("/verifica/{code}")));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("Anna Bianchi") && page.contains("alert-success"),
        "{page}"
    );
    assert!(
        page.contains("https://associazione.example") && page.contains("80012345678"),
        "{page}"
    );
    assert_eq!(certificate["issuer"]["name"], "Associazione di prova");

    let revoke = format!("/api/v1/certificates/{code}/revoke");
    let reason = json!({ "reason": "rilasciato per errore" });
    expect(app.post(&revoke, &reason).await, StatusCode::OK).await;
    let page = app.http.get(app.at(&format!("/verifica/{code}")));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("rilasciato per errore"), "{page}");
    let gone = app.http.get(&file).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::CONFLICT);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_with_two_devices_under_two_names_is_there_once() {
    let app = TestApp::start().await;
    let (course, event, _) = path(&app).await;
    enrol(&app, &course, "anna", "Anna Bianchi").await;
    let list = "Nome (nome originale),Indirizzo email,Ora di ingresso,Ora di uscita,Durata (minuti)\n\
        Anna al portatile,anna@comune.example,08/06/2026 10:30,08/06/2026 11:15,45\n\
        Bianchi Anna,,08/06/2026 10:45,08/06/2026 11:20,35\n";
    let url = format!(
        "/api/v1/events/{}/attendance",
        event["id"].as_str().unwrap()
    );
    let request = app.http.post(app.at(&format!("{url}/list"))).body(list);
    let read = expect(app.send(request).await, StatusCode::OK).await;
    assert_eq!(read["noted"], 1, "{read}");
    let noted = expect(app.get(&url).await, StatusCode::OK).await;
    assert_eq!(
        (&noted[0]["minutes"], &noted[0]["attended"]),
        (&json!(50), &json!(false)),
        "not 80 minutes"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attestato_is_issued_without_being_asked_for_whatever_came_last() {
    let app = TestApp::start().await;
    let (course, event, _) = path(&app).await;
    let attended = format!(
        "/api/v1/events/{}/attendance",
        event["id"].as_str().unwrap()
    );
    for (key, package_last) in [("anna", true), ("carla", false)] {
        let enrolment = enrol(&app, &course, key, key).await;
        let registration = enrolment["items"][1]["registration_id"].as_str().unwrap();
        let minutes = json!({ "items": [{ "learner_id": key, "minutes": 80 }] });
        if package_last {
            expect(app.post(&attended, &minutes).await, StatusCode::OK).await;
        } else {
            complete(&app, registration).await;
        }
        assert_eq!(app.keep_up().await, 0, "{key}: something is missing");
        if package_last {
            complete(&app, registration).await;
        } else {
            expect(app.post(&attended, &minutes).await, StatusCode::OK).await;
        }
        // Progress is looked at every few seconds, not at each write.
        let mut issued = 0;
        for _ in 0..20 {
            issued += app.keep_up().await;
            if issued > 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        assert_eq!(issued, 1, "{key}: complete");
        assert_eq!(app.keep_up().await, 0, "{key}: issued once");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_are_per_person_and_per_body_with_those_below_it() {
    let app = TestApp::start().await;
    let (course, event, _) = path(&app).await;
    let enrolment = enrol(&app, &course, "anna", "=Anna").await;
    enrol(&app, &course, "carla", "Carla").await;
    let url = format!(
        "/api/v1/events/{}/attendance",
        event["id"].as_str().unwrap()
    );
    let entry = json!({ "items": [{ "learner_id": "carla", "attended": true }] });
    assert_eq!(
        expect(app.post(&url, &entry).await, StatusCode::OK).await["noted"],
        1
    );
    let nobody = json!({ "items": [{ "learner_id": "nobody", "attended": true }] });
    expect(
        app.post(&url, &nobody).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    complete(
        &app,
        enrolment["items"][1]["registration_id"].as_str().unwrap(),
    )
    .await;

    let hours = app.get("/api/v1/reports/hours?year=2026&body=unione").await;
    let hours = expect(hours, StatusCode::OK).await;
    assert_eq!(hours["people"].as_array().unwrap().len(), 2, "{hours}");
    assert_eq!(
        (
            &hours["people"][0]["credited_minutes"],
            &hours["people"][1]["credited_minutes"]
        ),
        (&json!(30), &json!(90))
    );
    assert_eq!(hours["bodies"]["comune"]["credited_minutes_per_person"], 60);
    let none = expect(
        app.get("/api/v1/reports/hours?year=2020").await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(none["people"], json!([]));

    let request = app.http.get(app.at("/api/v1/reports/hours?year=2026"));
    let csv = app.send(request.header("accept", "text/csv")).await;
    let csv = csv.text().await.unwrap();
    assert!(csv.contains("anna,'=Anna,comune"), "{csv}");
    app.stop().await;
}

/// A calendar file with its long lines put together again.
fn unfolded(file: &str) -> String {
    file.replace("\r\n ", "")
}

fn sequence(file: &str) -> i64 {
    let line = file.lines().find_map(|line| line.strip_prefix("SEQUENCE:"));
    line.unwrap().trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_has_a_calendar_file_and_a_called_off_one_asks_nothing() {
    let app = TestApp::start().await;
    let (course, event, _) = path(&app).await;
    let url = format!("/api/v1/events/{}/calendar", event["id"].as_str().unwrap());
    let file = app.http.get(app.at(&url)).send().await.unwrap();
    assert_eq!(
        file.headers()["content-type"],
        "text/calendar; charset=utf-8"
    );
    let file = file.text().await.unwrap();
    for line in [
        "BEGIN:VCALENDAR",
        "DTSTART:20260608T083000Z",
        "DTEND:20260608T100000Z",
        "SUMMARY:Webinar\\; uno\\, due",
        "METHOD:PUBLISH",
        "STATUS:CONFIRMED",
        "LOCATION:https://meet.example/1",
        "Speaker: Docente",
        "To take part: https://meet.example/1",
    ] {
        assert!(unfolded(&file).contains(line), "{line}: {file}");
    }
    let before = sequence(&file);
    let enrolment = enrol(&app, &course, "anna", "Anna").await;
    let off = json!({ "title": "Webinar", "starts_at": "2026-06-08T08:30:00Z", "ends_at": "2026-06-08T10:00:00Z", "cancelled": true });
    expect(put(&app, "/api/v1/events/w1", &off).await, StatusCode::OK).await;
    let file = app.http.get(app.at(&url)).send().await.unwrap();
    let file = file.text().await.unwrap();
    for line in ["METHOD:CANCEL", "STATUS:CANCELLED"] {
        assert!(file.contains(line), "{line}: {file}");
    }
    assert!(sequence(&file) >= before, "{file}");
    let url = format!("/api/v1/enrolments/{}", enrolment["id"].as_str().unwrap());
    let after = expect(app.get(&url).await, StatusCode::OK).await;
    assert_eq!(after["why_incomplete"].as_array().unwrap().len(), 1);
    app.stop().await;
}

/// What an administrator may fetch of everybody's hours in a year, as last brought up to date.
async fn hours_export(app: &TestApp, year: i32) -> String {
    let cookie = app.sign_in(ADMIN, PASSWORD).await;
    let path = format!("/coordinator/export/hours.csv?year={year}");
    let request = app.http.get(app.at(&path)).header("cookie", cookie);
    request.send().await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_called_off_webinar_gives_no_hours_no_date_and_no_beginning() {
    let app = TestApp::start().await;
    let (course, event, _) = path(&app).await;
    let enrolment = enrol(&app, &course, "anna", "Anna Bianchi").await;
    enrol(&app, &course, "carla", "Carla Neri").await;
    // Carla was there; then it is said to be called off, and to be a day of another year.
    let url = format!(
        "/api/v1/events/{}/attendance",
        event["id"].as_str().unwrap()
    );
    let there = json!({ "items": [{ "learner_id": "carla", "minutes": 80 }] });
    expect(app.post(&url, &there).await, StatusCode::OK).await;
    let off = json!({ "title": "Webinar", "starts_at": "2099-06-08T08:30:00Z", "ends_at": "2099-06-08T10:00:00Z",
        "threshold_minutes": 60, "cancelled": true });
    expect(put(&app, "/api/v1/events/w1", &off).await, StatusCode::OK).await;

    let url = format!("/api/v1/enrolments/{}", enrolment["id"].as_str().unwrap());
    let before = expect(app.get(&url).await, StatusCode::OK).await;
    assert_eq!(before["completion"], "not_attempted", "{before}");
    assert_eq!(before["why_incomplete"].as_array().unwrap().len(), 1);
    let webinar = &before["items"][0];
    assert_eq!(
        [&webinar["done"], &webinar["waived"], &webinar["done_at"]],
        [&json!(false), &json!(true), &json!(null)]
    );

    let registration = enrolment["items"][1]["registration_id"].as_str().unwrap();
    complete(&app, registration).await;
    let done = expect(app.get(&url).await, StatusCode::OK).await;
    assert_eq!(done["completion"], "completed", "{done}");
    assert_eq!(done["credited_minutes"], 30, "the package alone");
    let now = chrono::Utc::now();
    let at: chrono::DateTime<chrono::Utc> = done["completed_at"].as_str().unwrap().parse().unwrap();
    assert!(at <= now, "{at} is not to come");
    let asked = format!("{url}/certificate");
    let certificate = expect(app.post(&asked, &json!({})).await, StatusCode::OK).await;
    assert_eq!(certificate["minutes"], 30);
    assert_eq!(certificate["items"], json!(["Uno"]));
    let today = now.with_timezone(&chrono_tz::Europe::Rome).date_naive();
    assert_eq!(certificate["completed_on"], today.to_string());

    // The report that is made from the items, and the one that is kept, say the same.
    let year = chrono::Datelike::year(&today);
    let report = app.get(&format!("/api/v1/reports/hours?year={year}")).await;
    let report = expect(report, StatusCode::OK).await;
    let credited: Vec<_> = report["people"].as_array().unwrap().iter().collect();
    let credited: Vec<_> = credited
        .into_iter()
        .map(|one| (&one["items_done"], &one["credited_minutes"]))
        .collect();
    assert_eq!(
        credited,
        [(&json!(1), &json!(30)), (&json!(1), &json!(90))],
        "Anna's package, and Carla's webinar"
    );
    let far = expect(
        app.get("/api/v1/reports/hours?year=2099").await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(far["people"], json!([]));
    app.keep_up().await;
    let kept = hours_export(&app, year).await;
    let of = |name: &str| kept.lines().find(|line| line.contains(name)).unwrap();
    assert!(of("Anna Bianchi").contains(";1;0,50;"), "{kept}");
    assert!(of("Carla Neri").contains(";1;1,50;"), "{kept}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_in_words() {
    let app = TestApp::start().await;
    let times = json!({ "title": "x", "starts_at": "2026-06-08T10:00:00Z", "ends_at": "2026-06-08T08:30:00Z" });
    let nothing = json!({ "title": "x", "items": [{ "package_id": uuid::Uuid::now_v7(), "credit_minutes": 1 }] });
    let both = json!({ "title": "x", "items": [{ "credit_minutes": 1 }] });
    for (path, body) in [
        ("/api/v1/events/x", &times),
        ("/api/v1/courses/x", &nothing),
        ("/api/v1/courses/x", &both),
        ("/api/v1/bodies/x", &json!({ "name": "x", "kind": "stato" })),
        (
            "/api/v1/bodies/x",
            &json!({ "name": "x", "kind": "other", "parent": "nobody" }),
        ),
    ] {
        expect(
            put(&app, path, body).await,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    }
    let nobody = uuid::Uuid::now_v7();
    expect(
        app.get(&format!("/api/v1/enrolments/{nobody}")).await,
        StatusCode::NOT_FOUND,
    )
    .await;
    app.stop().await;
}
