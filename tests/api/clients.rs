//! API clients by the API: made, limited, rotated, revoked; noted in the audit log.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{TestApp, expect};

async fn token(app: &TestApp, id: &str, secret: &str) -> StatusCode {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
    ];
    let request = app.http.post(app.at("/oauth/token")).form(&form);
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_made_rotated_with_an_overlap_and_revoked() {
    let app = TestApp::start().await;
    let body = json!({ "id": "hr-system", "name": "HR", "scopes": ["registrations:read"] });
    let made = app.post("/api/v1/clients", &body).await;
    let made = expect(made, StatusCode::CREATED).await;
    let first = made["secret"].as_str().unwrap().to_owned();
    assert_eq!(token(&app, "hr-system", &first).await, StatusCode::OK);
    let again = app.post("/api/v1/clients", &body).await;
    expect(again, StatusCode::UNPROCESSABLE_ENTITY).await;

    // What it may not do, others may: making clients is theirs.
    let held = app.token_of("hr-system", &first).await;
    let list = app.http.get(app.at("/api/v1/clients")).bearer_auth(held);
    assert_eq!(list.send().await.unwrap().status(), StatusCode::FORBIDDEN);

    let rotated = app
        .post("/api/v1/clients/hr-system/secret", &json!({}))
        .await;
    let rotated = expect(rotated, StatusCode::OK).await;
    let second = rotated["secret"].as_str().unwrap();
    assert!(rotated["previous_secret_until"].is_string());
    assert_eq!(token(&app, "hr-system", &first).await, StatusCode::OK);
    let request = |method: Method, body: &Value| {
        let url = app.at("/api/v1/clients/hr-system");
        app.http.request(method, url).json(body)
    };
    let change = json!({ "name": "Personale", "scopes": ["registrations:read", "reports:read"] });
    let changed = app.send(request(Method::PUT, &change)).await;
    let changed = expect(changed, StatusCode::OK).await;
    assert_eq!(changed["scopes"], change["scopes"]);
    assert!(changed.get("secret").is_none());

    let revoked = app.send(request(Method::DELETE, &json!({}))).await;
    assert_eq!(revoked.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        token(&app, "hr-system", second).await,
        StatusCode::UNAUTHORIZED
    );
    let known = expect(app.get("/api/v1/clients/hr-system").await, StatusCode::OK).await;
    assert!(known["revoked_at"].is_string());
    let log = expect(app.get("/api/v1/audit").await, StatusCode::OK).await;
    let acts: Vec<&str> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line.to_string().contains("hr-system"))
        .filter_map(|line| line["act"].as_str())
        .collect();
    for act in [
        "client.created",
        "client.rotated",
        "client.changed",
        "client.revoked",
    ] {
        assert!(acts.contains(&act), "{act} in {log}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_client_is_refused_in_words() {
    let app = TestApp::start().await;
    let check = async |id: &str, name: &str, scopes: Value, word: &str| {
        let body = json!({ "id": id, "name": name, "scopes": scopes });
        let answer = app.post("/api/v1/clients", &body).await;
        let problem = expect(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(
            problem["detail"].as_str().unwrap().contains(word),
            "{problem}"
        );
    };
    check("a", "A", json!(["admin"]), "id").await;
    check("a client", "A", json!(["admin"]), "id").await;
    check("client", "", json!(["admin"]), "name").await;
    check("client", "A", json!([]), "scopes").await;
    check("client", "A", json!(["everything"]), "packages:read").await;
    expect(app.get("/api/v1/clients/none").await, StatusCode::NOT_FOUND).await;
    app.stop().await;
}
