//! People sign in by the page; the cookie is theirs alone.

use reqwest::{StatusCode, header};

use crate::support::{ADMIN, PASSWORD, TestApp, expect, packages};

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_gives_a_cookie_that_scripts_cannot_read() {
    let app = TestApp::start().await;
    let form = [("email", ADMIN), ("password", PASSWORD)];
    let answer = app
        .http
        .post(app.at("/login"))
        .form(&form)
        .send()
        .await
        .unwrap();
    let cookie = answer.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert!(!cookie.contains("Secure"), "plain http here: {cookie}");

    let pair = cookie.split(';').next().unwrap();
    let packages = app
        .http
        .get(app.at("/api/v1/packages"))
        .header(header::COOKIE, pair);
    assert_eq!(packages.send().await.unwrap().status(), StatusCode::OK);
    let foreign = app
        .http
        .post(app.at("/api/v1/packages"))
        .header(header::COOKIE, pair);
    let foreign = foreign.header(header::ORIGIN, &app.player_url);
    assert_eq!(
        foreign.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_at_the_same_time_open_one_run_of_a_course() {
    let app = TestApp::start().await;
    let package = app.with_package(packages::course("Uno")).await;
    let cookie = app.sign_in(ADMIN, PASSWORD).await;
    let path = format!("/courses/{}/open", package["id"].as_str().unwrap());
    let click = || {
        let request = app.http.post(app.at(&path));
        request.header(header::COOKIE, &cookie).send()
    };
    let answers = tokio::join!(click(), click(), click(), click());
    for answer in [answers.0, answers.1, answers.2, answers.3] {
        let address = answer.unwrap().headers()[header::LOCATION].clone();
        assert!(address.to_str().unwrap().contains("/play/"), "{address:?}");
    }
    let all = app.get("/api/v1/registrations").await;
    let all = expect(all, StatusCode::OK).await;
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_answer_is_said_in_words() {
    let without = TestApp::start().await;
    let answer = without.http.get(without.at("/login/oidc")).send().await;
    assert_eq!(answer.unwrap().status(), StatusCode::NOT_FOUND);

    let app = TestApp::with_settings(&[
        ("PERCORSO_OIDC_ISSUER", "http://127.0.0.1:1"),
        ("PERCORSO_OIDC_CLIENT_ID", "percorso"),
        ("PERCORSO_OIDC_NAME", "SPID"),
    ])
    .await;
    let page = app.http.get(app.at("/login")).send().await.unwrap();
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.contains("http://127.0.0.1:1"), "{policy}");
    assert!(page.text().await.unwrap().contains("Accedi con SPID"));
    let answer = app.http.get(app.at("/login/oidc")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("non risponde") && text.contains("role=\"alert\""),
        "{text}"
    );
}
