//! Which scope opens which address: every one of the API, with a token of each scope alone.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{CLIENT, SECRET, TestApp};

const SCOPES: &[&str] = &[
    "packages:write",
    "packages:read",
    "registrations:write",
    "registrations:read",
    "reports:read",
    "xapi:write",
    "xapi:read",
    "xapi:read/mine",
    "webhooks:write",
    "admin",
];

/// Nothing has this id: whoever may ask is told so.
const NONE: &str = "018f0000-0000-7000-8000-000000000000";

/// Method, address and the one scope that opens it (`admin` opens all). `{registration}` and `{session}` are
/// there; `{none}` is not.
const ADDRESSES: &[(&str, &str, &str)] = &[
    ("POST", "/api/v1/packages", "packages:write"),
    ("GET", "/api/v1/packages", "packages:read"),
    ("POST", "/api/v1/packages/lint", "packages:write"),
    ("GET", "/api/v1/packages/{none}", "packages:read"),
    ("DELETE", "/api/v1/packages/{none}", "packages:write"),
    ("GET", "/api/v1/packages/{none}/versions", "packages:read"),
    (
        "GET",
        "/api/v1/packages/{none}/changes?from=1&to=2",
        "packages:read",
    ),
    ("PUT", "/api/v1/packages/{none}/current", "packages:write"),
    ("POST", "/api/v1/packages/{none}/preview", "packages:write"),
    ("GET", "/api/v1/packages/{none}/file", "packages:read"),
    ("POST", "/api/v1/uploads", "packages:write"),
    ("DELETE", "/api/v1/uploads/{none}", "packages:write"),
    ("POST", "/api/v1/uploads/{none}/package", "packages:write"),
    ("POST", "/api/v1/registrations", "registrations:write"),
    ("GET", "/api/v1/registrations", "registrations:read"),
    ("GET", "/api/v1/registrations/{none}", "registrations:read"),
    (
        "GET",
        "/api/v1/registrations/{registration}",
        "registrations:read",
    ),
    (
        "DELETE",
        "/api/v1/registrations/{none}",
        "registrations:write",
    ),
    (
        "POST",
        "/api/v1/registrations/{registration}/launch",
        "registrations:write",
    ),
    (
        "POST",
        "/api/v1/registrations/{none}/launch",
        "registrations:write",
    ),
    (
        "POST",
        "/api/v1/registrations/{none}/reset",
        "registrations:write",
    ),
    (
        "POST",
        "/api/v1/registrations/{none}/waive",
        "registrations:write",
    ),
    (
        "GET",
        "/api/v1/registrations/{registration}/sessions",
        "registrations:read",
    ),
    (
        "GET",
        "/api/v1/registrations/{registration}/sessions/{session}/log",
        "registrations:read",
    ),
    (
        "GET",
        "/api/v1/sessions/{session}/log",
        "registrations:read",
    ),
    (
        "POST",
        "/api/v1/sessions/{none}/abandon",
        "registrations:write",
    ),
    ("GET", "/api/v1/learners/{none}/data", "admin"),
    ("DELETE", "/api/v1/learners/{none}", "admin"),
    ("GET", "/api/v1/courses", "packages:read"),
    ("GET", "/api/v1/courses/{none}", "packages:read"),
    ("PUT", "/api/v1/courses/none", "packages:write"),
    (
        "POST",
        "/api/v1/courses/{none}/enrolments",
        "registrations:write",
    ),
    ("GET", "/api/v1/enrolments", "registrations:read"),
    ("GET", "/api/v1/enrolments/{none}", "registrations:read"),
    ("GET", "/api/v1/events", "packages:read"),
    ("GET", "/api/v1/events/{none}", "packages:read"),
    ("PUT", "/api/v1/events/none", "packages:write"),
    (
        "GET",
        "/api/v1/events/{none}/attendance",
        "registrations:read",
    ),
    (
        "POST",
        "/api/v1/events/{none}/attendance",
        "registrations:write",
    ),
    ("GET", "/api/v1/reports/hours", "reports:read"),
    ("GET", "/api/v1/bodies", "reports:read"),
    ("PUT", "/api/v1/bodies/none", "admin"),
    ("POST", "/api/v1/certificates/none/revoke", "admin"),
    ("GET", "/api/v1/audit", "admin"),
    ("GET", "/api/v1/clients", "admin"),
    ("POST", "/api/v1/clients", "admin"),
    ("GET", "/api/v1/clients/none", "admin"),
    ("PUT", "/api/v1/clients/none", "admin"),
    ("DELETE", "/api/v1/clients/none", "admin"),
    ("POST", "/api/v1/clients/none/secret", "admin"),
    ("GET", "/api/v1/webhooks", "webhooks:write"),
    ("POST", "/api/v1/webhooks", "webhooks:write"),
    ("GET", "/api/v1/webhooks/{none}", "webhooks:write"),
    ("PUT", "/api/v1/webhooks/{none}", "webhooks:write"),
    ("DELETE", "/api/v1/webhooks/{none}", "webhooks:write"),
    ("POST", "/api/v1/webhooks/{none}/secret", "webhooks:write"),
    ("POST", "/api/v1/webhooks/{none}/test", "webhooks:write"),
    (
        "GET",
        "/api/v1/webhooks/{none}/deliveries",
        "webhooks:write",
    ),
    ("POST", "/api/v1/webhooks/{none}/replay", "webhooks:write"),
    ("GET", "/api/v1/forwards", "admin"),
    ("POST", "/api/v1/forwards", "admin"),
    ("GET", "/api/v1/forwards/{none}", "admin"),
    ("PUT", "/api/v1/forwards/{none}", "admin"),
    ("DELETE", "/api/v1/forwards/{none}", "admin"),
    ("GET", "/api/v1/forwards/{none}/refused", "admin"),
    ("POST", "/api/v1/forwards/{none}/replay", "admin"),
];

/// A token of the test client that carries one scope only.
async fn token(app: &TestApp, scope: &str) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("scope", scope),
    ];
    let request = app.http.post(app.at("/oauth/token")).form(&form);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_address_opens_to_its_scope_and_to_no_other() {
    let app = TestApp::start().await;
    let (_, registration) = app.with_course("Uno", "anna").await;
    let launch = format!("/api/v1/registrations/{registration}/launch");
    let launch: Value = app.post(&launch, &json!({})).await.json().await.unwrap();
    let session = launch["session_id"].as_str().unwrap();
    let mut wrong = Vec::new();
    for scope in SCOPES {
        let token = token(&app, scope).await;
        for (method, address, needed) in ADDRESSES {
            let path = address
                .replace("{none}", NONE)
                .replace("{registration}", &registration)
                .replace("{session}", session);
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = app.http.request(method.clone(), app.at(&path));
            let request = request.bearer_auth(&token).json(&json!({ "version": 1 }));
            let status = request.send().await.unwrap().status();
            let may = scope == needed || *scope == "admin";
            let shut = [
                StatusCode::UNAUTHORIZED,
                StatusCode::FORBIDDEN,
                StatusCode::METHOD_NOT_ALLOWED,
            ];
            let as_expected = match may {
                true => !shut.contains(&status) && !status.is_server_error(),
                false => status == StatusCode::FORBIDDEN,
            };
            if !as_expected {
                wrong.push(format!("{scope}: {method} {address}: {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.stop().await;
}

/// Reading is not launching: whoever opens the player acts as the learner.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_may_only_read_launches_nothing() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let token = token(&app, "registrations:read").await;
    let at = app.at(&format!("/api/v1/registrations/{id}/launch"));
    let request = app.http.post(at).bearer_auth(&token).json(&json!({}));
    let refused = request.send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let problem: Value = refused.json().await.unwrap();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("registrations:write"), "{detail}");
    app.stop().await;
}
