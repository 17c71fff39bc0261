//! Two origins that trust each other with nothing: tokens, cookies, other sites.

use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::support::{ADMIN, PASSWORD, TestApp, TestPlayer};

#[tokio::test(flavor = "multi_thread")]
async fn the_players_tokens_are_refused_by_the_app_and_the_apps_by_the_player() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let link = app.launch(&id, &json!({})).await;
    let player = TestPlayer::launch(&app, &id).await;
    for token in [&link, player.token()] {
        for path in [
            "/api/v1/packages".to_owned(),
            format!("/api/v1/registrations/{id}"),
        ] {
            let request = app.http.get(app.at(&path)).bearer_auth(token);
            let status = request.send().await.unwrap().status();
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
        }
    }
    let client = app
        .token_of(crate::support::CLIENT, crate::support::SECRET)
        .await;
    for (what, token) in [
        ("start", client.as_str()),
        ("resume", &client),
        ("journal", &client),
        ("token", &client),
        // Each token for its own purpose only.
        ("start", player.token()),
        ("resume", &link),
        ("token", &link),
    ] {
        let body = json!({ "session_id": player.session_id(), "entries": [] });
        let status = app.play(what, token, &body).await.status();
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_apps_cookie_opens_nothing_on_the_players_origin() {
    let app = TestApp::start().await;
    let cookie = app.sign_in(ADMIN, PASSWORD).await;
    let own = app.http.get(app.at("/api/v1/packages"));
    let own = own.header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(own.status(), StatusCode::OK);
    let elsewhere = format!("{}/api/v1/packages", app.player_url);
    let elsewhere = app.http.get(elsewhere).header(header::COOKIE, &cookie);
    assert_eq!(
        elsewhere.send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    for what in ["start", "resume", "journal", "token"] {
        let url = format!("{}/play/api/{what}", app.player_url);
        let request = app.http.post(url).header(header::COOKIE, &cookie);
        let answer = request.json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}");
        assert!(!answer.headers().contains_key(header::SET_COOKIE), "{what}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_site_is_let_in() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let player = TestPlayer::launch(&app, &id).await;
    let urls = [
        app.at("/api/v1/packages"),
        app.at("/oauth/token"),
        format!("{}/play/api/journal", app.player_url),
        player.content("a.html"),
    ];
    for url in urls {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let request = app.http.request(method.clone(), &url);
            let request = request.header(header::ORIGIN, "https://evil.example");
            let request = request.header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
            let answer = request.send().await.unwrap();
            let cors = answer
                .headers()
                .keys()
                .any(|name| name.as_str().starts_with("access-control-"));
            assert!(!cors, "{method} {url}");
        }
    }
    app.stop().await;
}
