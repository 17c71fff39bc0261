//! People sign in by the page; the cookie is theirs alone.

use reqwest::{StatusCode, header};

use crate::support::{ADMIN, PASSWORD, TestApp};

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
