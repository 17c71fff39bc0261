//! Other programs are told what happens: signed, in time, again when they do not answer, never about
//! previews. The receiver is a small HTTP server of the test's own.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use percorso_tracker::session::NavigationRequest;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{
    TestApp, TestPlayer, expect,
    packages::{course, zip},
};

/// What came: headers and body.
#[derive(Clone)]
struct Received {
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

impl Received {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// As a receiver would, from the documentation: is one of the signatures made with this secret?
    fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD
            .decode(secret.strip_prefix("whsec_").unwrap())
            .unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.{}", self.id, self.timestamp, self.body).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.signature.split(' ').any(|one| one == expected)
    }
}

/// A receiver that answers as it is told to.
struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
    status: Arc<Mutex<u16>>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let status = Arc::new(Mutex::new(204));
        let state = web::Data::new((Arc::clone(&received), Arc::clone(&status)));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .default_service(web::to(receive))
        });
        tokio::spawn(server.workers(1).listen(listener).unwrap().run());
        Self {
            url,
            received,
            status,
        }
    }

    fn answers(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    /// What came since the last time.
    fn taken(&self) -> Vec<Received> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }

    fn types(&self) -> Vec<String> {
        let mut types: Vec<_> = self
            .taken()
            .iter()
            .map(|one| one.json()["type"].as_str().unwrap().to_owned())
            .collect();
        types.sort();
        types
    }
}

type State = (Arc<Mutex<Vec<Received>>>, Arc<Mutex<u16>>);

async fn receive(state: web::Data<State>, request: HttpRequest, body: String) -> HttpResponse {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    state.0.lock().unwrap().push(Received {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body,
    });
    let status = *state.1.lock().unwrap();
    HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap())
        .insert_header(("location", "http://127.0.0.1:1/elsewhere"))
        .body(format!("as told: {status}"))
}

const ALL: [&str; 7] = [
    "registration.started",
    "registration.progressed",
    "registration.completed",
    "registration.passed",
    "registration.failed",
    "certificate.issued",
    "package.published",
];

async fn start() -> (TestApp, Receiver) {
    let app = TestApp::with_settings(&[("PERCORSO_WEBHOOK_PRIVATE", "true")]).await;
    (app, Receiver::start())
}

async fn hook(app: &TestApp, receiver: &Receiver, events: &[&str]) -> (String, String) {
    let body = json!({ "url": receiver.url, "events": events, "description": "HR" });
    let made = expect(
        app.post("/api/v1/webhooks", &body).await,
        StatusCode::CREATED,
    )
    .await;
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

async fn known(app: &TestApp, id: &str) -> Value {
    expect(
        app.get(&format!("/api/v1/webhooks/{id}")).await,
        StatusCode::OK,
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_s_way_through_a_course_is_told_signed_and_without_names() {
    let (app, receiver) = start().await;
    let (_, secret) = hook(&app, &receiver, &ALL).await;
    let (package_id, registration) = app.with_course("Uno", "anna").await;
    assert_eq!(app.tell(0).await, 1);
    assert_eq!(receiver.types(), ["package.published"]);

    let mut player = TestPlayer::launch(&app, &registration).await;
    player.begin(Some("a"));
    player.save().await;
    app.tell(0).await;
    assert_eq!(receiver.types(), ["registration.started"]);

    player.set("cmi.location", "page 2");
    player.save().await;
    assert_eq!(app.tell(0).await, 0, "a bookmark is no progress");

    player.set("cmi.completion_status", "completed");
    player.set("cmi.success_status", "passed");
    player.call("Terminate", &[""]);
    player.save().await;
    app.tell(0).await;
    assert_eq!(receiver.types(), ["registration.progressed"]);

    player.navigate(NavigationRequest::Choice("b".into()));
    player.call("Initialize", &[""]);
    player.set("cmi.completion_status", "completed");
    player.set("cmi.success_status", "passed");
    player.call("Terminate", &[""]);
    player.navigate(NavigationRequest::ExitAll);
    player.save().await;
    app.tell(0).await;
    let told = receiver.taken();
    let completed = told
        .iter()
        .find(|one| one.json()["type"] == "registration.completed")
        .unwrap();
    assert!(completed.is_signed_with(&secret), "{}", completed.signature);
    assert!(!completed.is_signed_with("whsec_AAAA"));
    let age = chrono::Utc::now().timestamp() - completed.timestamp.parse::<i64>().unwrap();
    assert!((0..60).contains(&age));
    let said = completed.json();
    assert_eq!(
        (
            &said["data"]["registration_id"],
            &said["data"]["package_id"],
            &said["data"]["learner"]["id"]
        ),
        (&json!(registration), &json!(package_id), &json!("anna"))
    );
    assert_eq!(
        (&said["data"]["completion"], &said["data"]["success"]),
        (&json!("completed"), &json!("passed"))
    );
    assert!(
        !completed.body.contains("Bianchi"),
        "no names: {}",
        completed.body
    );
    let types: Vec<_> = told.iter().map(|one| one.json()["type"].clone()).collect();
    assert_eq!(told.len(), 2, "completed and passed, once each: {types:?}");
    assert_eq!(app.tell(600).await, 0, "what arrived is not sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_is_erased_from_what_is_on_its_way() {
    let (app, receiver) = start().await;
    hook(&app, &receiver, &["registration.started"]).await;
    for learner in ["anna", "bruno"] {
        let (_, registration) = app.with_course(learner, learner).await;
        let mut player = TestPlayer::launch(&app, &registration).await;
        player.begin(Some("a"));
        player.save().await;
    }
    let (client, connection) = tokio_postgres::connect(&app.database, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let erased = "UPDATE learners SET key = 'nobody-1', name = '' WHERE key = 'anna'";
    client.batch_execute(erased).await.unwrap();
    assert_eq!(app.tell(0).await, 1);
    assert_eq!(receiver.taken()[0].json()["data"]["learner"]["id"], "bruno");
}

#[tokio::test(flavor = "multi_thread")]
async fn cmi5_is_told_too_and_previews_never_are() {
    let (app, receiver) = start().await;
    hook(&app, &receiver, &ALL[..6]).await;
    let structure = r#"<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
<course id="urn:t:c"><title><langstring lang="it">C</langstring></title><description><langstring lang="it">C</langstring></description></course>
<au id="urn:t:au" moveOn="Completed"><title><langstring lang="it">A</langstring></title><description><langstring lang="it">A</langstring></description><url>a.html</url></au></courseStructure>"#;
    let package = app
        .with_package(zip(&[("cmi5.xml", structure), ("a.html", "<p>a</p>")]))
        .await;
    let id = package["id"].as_str().unwrap();
    let registration = app.with_registration(id, "u-1").await;
    let path = format!(
        "/api/v1/registrations/{}/waive",
        registration["id"].as_str().unwrap()
    );
    let body = json!({ "activity_id": "urn:t:au", "reason": "known" });
    expect(app.post(&path, &body).await, StatusCode::OK).await;
    app.tell(0).await;
    assert!(
        receiver
            .types()
            .contains(&"registration.completed".to_owned())
    );

    let scorm = app.with_package(course("Anteprima")).await;
    let path = format!("/api/v1/packages/{}/preview", scorm["id"].as_str().unwrap());
    let preview = app.post(&path, &json!({})).await;
    assert!(preview.status().is_success(), "{}", preview.status());
    let preview: Value = preview.json().await.unwrap();
    let url = preview["url"].as_str().unwrap();
    let link = url.rsplit('/').next().unwrap();
    let boot = app.play("start", link, &json!({})).await;
    let boot = expect(boot, StatusCode::OK).await;
    let mut player = TestPlayer::booted(&app, boot);
    player.begin(Some("a"));
    player.set("cmi.completion_status", "completed");
    player.save().await;
    assert_eq!(app.tell(0).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_arrive_is_tried_again_and_given_up_visibly() {
    let app = TestApp::with_settings(&[
        ("PERCORSO_WEBHOOK_PRIVATE", "true"),
        ("PERCORSO_WEBHOOK_TRIES", "3"),
    ])
    .await;
    let receiver = Receiver::start();
    let (id, secret) = hook(&app, &receiver, &["package.published"]).await;
    receiver.answers(500);
    app.with_package(course("Uno")).await;
    assert_eq!(app.tell(0).await, 1);
    assert_eq!(app.tell(0).await, 0, "not at once");
    assert_eq!(app.tell(1).await, 1);
    let path = format!("/api/v1/webhooks/{id}/deliveries");
    let list = expect(app.get(&path).await, StatusCode::OK).await;
    let delivery = &list["items"][0];
    assert_eq!(
        (
            &delivery["state"],
            &delivery["tries"],
            &delivery["status"],
            &delivery["response"]
        ),
        (
            &json!("pending"),
            &json!(2),
            &json!(500),
            &json!("as told: 500")
        )
    );
    assert_eq!(app.tell(10).await, 1, "the third and last");
    let tries = receiver.taken();
    assert!(
        tries
            .iter()
            .all(|one| one.id == tries[0].id && one.is_signed_with(&secret))
    );
    let given_up = known(&app, &id).await;
    assert_eq!(
        (&given_up["enabled"], &given_up["disabled_reason"]),
        (&json!(false), &json!("tries"))
    );
    let audit = expect(
        app.get("/api/v1/audit?act=webhook.disabled").await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(audit["items"][0]["subject"], json!(id));

    // What happens meanwhile is kept, and sent when somebody has looked after it.
    app.with_package(course("Due")).await;
    assert_eq!(app.tell(600).await, 0);
    receiver.answers(200);
    let body = json!({ "url": receiver.url, "events": ["package.published"] });
    let request = app
        .http
        .put(app.at(&format!("/api/v1/webhooks/{id}")))
        .json(&body);
    expect(app.send(request).await, StatusCode::OK).await;
    assert_eq!(app.tell(0).await, 1);
    assert_eq!(receiver.taken()[0].json()["data"]["title"], "Due");

    // The one that was given up, by itself; then the whole span.
    let failed = expect(
        app.get(&format!("{path}?state=failed")).await,
        StatusCode::OK,
    )
    .await;
    let failed = failed["items"][0]["id"].as_str().unwrap().to_owned();
    let replay = app
        .post(&format!("{path}/{failed}/replay"), &json!({}))
        .await;
    assert_eq!(replay.status(), StatusCode::ACCEPTED);
    assert_eq!(app.tell(0).await, 1);
    assert_eq!(receiver.taken()[0].json()["data"]["title"], "Uno");
    let span = json!({ "since": "2020-01-01T00:00:00Z", "only_failed": false });
    let path = format!("/api/v1/webhooks/{id}/replay");
    let replayed = expect(app.post(&path, &span).await, StatusCode::ACCEPTED).await;
    assert_eq!(replayed["replayed"], 2);
    assert_eq!(app.tell(0).await, 2);
    let span = json!({ "since": "2020-01-01T00:00:00Z" });
    let replayed = expect(app.post(&path, &span).await, StatusCode::ACCEPTED).await;
    assert_eq!(replayed["replayed"], 0, "nothing failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_is_left_alone_and_redirects_lead_nowhere() {
    let (app, receiver) = start().await;
    let (id, _) = hook(&app, &receiver, &["package.published"]).await;
    receiver.answers(302);
    app.with_package(course("Uno")).await;
    assert_eq!(app.tell(0).await, 1);
    assert_eq!(receiver.taken().len(), 1);
    assert_eq!(
        known(&app, &id).await["pending"],
        1,
        "a redirect is no delivery"
    );

    receiver.answers(410);
    assert_eq!(app.tell(1).await, 1);
    let gone = known(&app, &id).await;
    assert_eq!(
        (&gone["enabled"], &gone["disabled_reason"]),
        (&json!(false), &json!("gone"))
    );
    app.with_package(course("Due")).await;
    assert_eq!(
        known(&app, &id).await["pending"],
        0,
        "nothing is kept for it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_once_and_the_old_one_signs_for_a_while() {
    let (app, receiver) = start().await;
    let (id, old) = hook(&app, &receiver, &["package.published"]).await;
    assert_eq!(known(&app, &id).await["secret"], Value::Null);
    let path = format!("/api/v1/webhooks/{id}/secret");
    let rotated = expect(
        app.post(&path, &json!({ "overlap_hours": 2 })).await,
        StatusCode::OK,
    )
    .await;
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(old, new);

    let path = format!("/api/v1/webhooks/{id}/test");
    let tested = expect(app.post(&path, &json!({})).await, StatusCode::OK).await;
    assert_eq!(
        (&tested["state"], &tested["status"]),
        (&json!("delivered"), &json!(204))
    );
    let one = receiver.taken().remove(0);
    assert_eq!(one.json()["type"], "webhook.test");
    assert!(one.is_signed_with(&new) && one.is_signed_with(&old));

    app.with_package(course("Uno")).await;
    app.tell(121).await;
    let later = receiver.taken().remove(0);
    assert!(later.is_signed_with(&new) && !later.is_signed_with(&old));

    let removed = app
        .send(app.http.delete(app.at(&format!("/api/v1/webhooks/{id}"))))
        .await;
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    app.with_package(course("Due")).await;
    assert_eq!(app.tell(0).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn private_addresses_are_refused_at_both_ends_and_mistakes_are_named() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    for (url, events, word) in [
        (
            receiver.url.as_str(),
            json!(["package.published"]),
            "https://",
        ),
        (
            "https://127.0.0.1/",
            json!(["package.published"]),
            "private",
        ),
        (
            "https://hr.example/",
            json!(["package.burnt"]),
            "package.burnt",
        ),
        ("https://hr.example/", json!([]), "names none"),
    ] {
        let body = json!({ "url": url, "events": events });
        let refused = app.post("/api/v1/webhooks", &body).await;
        let problem = expect(refused, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(
            problem["detail"].as_str().unwrap().contains(word),
            "{problem}"
        );
    }
    // A name may lead anywhere: looked at when it is asked.
    let body = json!({ "url": "https://localhost:1/", "events": ["package.published"] });
    let made = expect(
        app.post("/api/v1/webhooks", &body).await,
        StatusCode::CREATED,
    )
    .await;
    let path = format!("/api/v1/webhooks/{}/test", made["id"].as_str().unwrap());
    let tested = expect(app.post(&path, &json!({})).await, StatusCode::OK).await;
    assert_eq!(tested["state"], "pending");
    assert!(
        tested["error"].as_str().unwrap().contains("private"),
        "{tested}"
    );

    let added = app.command(&["client", "add", "reader", "--scope", "packages:read"]);
    let text = String::from_utf8(added.stdout).unwrap();
    let secret = text
        .lines()
        .find_map(|line| line.strip_prefix("client_secret  "));
    let token = app.token_of("reader", secret.unwrap()).await;
    let request = app.http.get(app.at("/api/v1/webhooks")).bearer_auth(token);
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
}
