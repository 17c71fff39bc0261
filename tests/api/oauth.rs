//! API clients get tokens, and tokens open what their scopes say.

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::{CLIENT, SECRET, TestApp, expect};

async fn ask(app: &TestApp, form: &[(&str, &str)]) -> (StatusCode, Value) {
    let answer = app
        .http
        .post(app.at("/oauth/token"))
        .form(form)
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_a_token_by_form_and_by_basic() {
    let app = TestApp::start().await;
    let grant = ("grant_type", "client_credentials");
    let (status, token) = ask(
        &app,
        &[grant, ("client_id", CLIENT), ("client_secret", SECRET)],
    )
    .await;
    assert_eq!(
        (status, &token["token_type"]),
        (StatusCode::OK, &Value::from("Bearer"))
    );
    assert!(token["scope"].as_str().unwrap().contains("packages:write"));
    assert_eq!(token["expires_in"], 3600);

    let request = app
        .http
        .post(app.at("/oauth/token"))
        .basic_auth(CLIENT, Some(SECRET));
    let answer = request
        .form(&[grant, ("scope", "packages:read")])
        .send()
        .await
        .unwrap();
    assert_eq!(
        expect(answer, StatusCode::OK).await["scope"],
        "packages:read"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_says_so_in_both_standards_words() {
    let app = TestApp::start().await;
    let good = [("client_id", CLIENT), ("client_secret", SECRET)];
    let grant = ("grant_type", "client_credentials");
    let cases = [
        (
            vec![good[0], good[1]],
            StatusCode::BAD_REQUEST,
            "invalid_request",
        ),
        (
            vec![("grant_type", "password"), good[0]],
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
        ),
        (
            vec![grant, good[0], ("client_secret", "x")],
            StatusCode::UNAUTHORIZED,
            "invalid_client",
        ),
        (
            vec![grant, good[0]],
            StatusCode::UNAUTHORIZED,
            "invalid_client",
        ),
        (
            vec![grant, good[0], good[1], ("scope", "no:such")],
            StatusCode::BAD_REQUEST,
            "invalid_scope",
        ),
    ];
    for (form, status, error) in cases {
        let (found, body) = ask(&app, &form).await;
        assert_eq!(
            (found, body["error"].as_str()),
            (status, Some(error)),
            "{form:?}"
        );
        assert_eq!(body["status"], status.as_u16());
        assert!(body["type"].as_str().unwrap().starts_with("/problems/"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_wrong_secrets_must_wait() {
    let app = TestApp::start().await;
    let wrong = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", "x"),
    ];
    let mut last = None;
    for _ in 0..8 {
        last = Some(
            app.http
                .post(app.at("/oauth/token"))
                .form(&wrong)
                .send()
                .await
                .unwrap(),
        );
    }
    let last = last.unwrap();
    assert_eq!(last.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(last.headers().contains_key("retry-after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_opens_nothing() {
    let app = TestApp::start().await;
    let request = app
        .http
        .get(app.at("/api/v1/packages"))
        .bearer_auth("a.b.c");
    let problem = expect(request.send().await.unwrap(), StatusCode::UNAUTHORIZED).await;
    assert_eq!(problem["type"], "/problems/unauthorized");
}

/// Whoever tries one name after another is no better off than with one.
#[tokio::test(flavor = "multi_thread")]
async fn names_that_nobody_has_must_wait_too() {
    let app = TestApp::start().await;
    for number in 0..200 {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &format!("nobody-{number}")),
            ("client_secret", "x"),
        ];
        let request = app.http.post(app.at("/oauth/token")).form(&form);
        let status = request.send().await.unwrap().status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            return app.stop().await;
        }
    }
    panic!("two hundred names were tried");
}

/// Failures under its id shut nobody out who is at work with the right secret.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_at_work_is_not_shut_out() {
    let app = TestApp::with_settings(&[("PERCORSO_PROXIES", "1")]).await;
    let ask = async |from: &str, id: &str, secret: &str| {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
        ];
        let request = app.http.post(app.at("/oauth/token")).form(&form);
        let request = request.header("x-forwarded-for", from);
        request.send().await.unwrap().status()
    };
    while ask("192.0.2.66", CLIENT, "x").await != StatusCode::TOO_MANY_REQUESTS {}
    // From elsewhere, and even from there with a secret that proved right lately.
    assert_eq!(ask("192.0.2.7", CLIENT, SECRET).await, StatusCode::OK);
    assert_eq!(ask("192.0.2.66", CLIENT, SECRET).await, StatusCode::OK);
}
