//! Signing keys, when several servers share a database and the keys are changed.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{CLIENT, SECRET, TestApp, expect};

async fn status(app: &TestApp, token: &str) -> StatusCode {
    let request = app.http.get(app.at("/api/v1/packages")).bearer_auth(token);
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_made_elsewhere_is_known_at_once_and_the_old_one_stays_good() {
    let here = TestApp::start().await;
    let (_, id) = here.with_course("Uno", "anna").await;
    let before = here.token_of(CLIENT, SECRET).await;
    assert!(here.command(&["rotate-keys"]).status.success());
    // A server that starts now signs with the new key, of which the other has not heard.
    let there = here.beside().await;
    let after = there.token_of(CLIENT, SECRET).await;
    assert_ne!(kid(&before), kid(&after));
    assert_eq!(status(&here, &after).await, StatusCode::OK);
    for app in [&here, &there] {
        assert_eq!(status(app, &before).await, StatusCode::OK);
    }

    // Again, for what the player sends: a link made there starts here, and its content is served.
    assert!(here.command(&["rotate-keys"]).status.success());
    let elsewhere = here.beside().await;
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    let link = elsewhere.launch_at(&here, &id).await;
    let boot: Value = expect(here.play("start", &link, &json!({})).await, StatusCode::OK).await;
    assert_eq!(boot["registration_id"], id);
    assert!(here.command(&["rotate-keys"]).status.success());
    let last = here.beside().await;
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    let link = last.launch_at(&here, &id).await;
    let boot: Value = expect(last.play("start", &link, &json!({})).await, StatusCode::OK).await;
    let base = boot["content_base"].as_str().unwrap();
    let page = format!("{}{base}a.html", here.player_url);
    let page = here.http.get(page).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    for app in [last, elsewhere, there, here] {
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_retired_long_ago_opens_nothing() {
    let app = TestApp::start().await;
    let before = app.token_of(CLIENT, SECRET).await;
    assert!(app.command(&["rotate-keys"]).status.success());
    let (client, connection) = tokio_postgres::connect(&app.database, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let long_ago = "UPDATE signing_keys SET retired_at = now() - interval '4 days' WHERE retired_at IS NOT NULL";
    assert_eq!(client.execute(long_ago, &[]).await.unwrap(), 1);
    let later = app.beside().await;
    assert_eq!(status(&later, &before).await, StatusCode::UNAUTHORIZED);
    let now = later.token_of(CLIENT, SECRET).await;
    assert_eq!(status(&later, &now).await, StatusCode::OK);
    later.stop().await;
    app.stop().await;
}

/// Which key a token was signed by.
fn kid(token: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let header = token.split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}
