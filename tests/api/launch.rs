//! A link opens the player once; what it asks for is checked.

use percorso_api::auth::Audience;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{TestApp, TestPlayer, expect};

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_for_one_start() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let token = app.launch(&id, &json!({})).await;
    let boot = app.play("start", &token, &json!({})).await;
    let boot = expect(boot, StatusCode::OK).await;
    assert_eq!(boot["registration_id"], id.as_str());
    assert_eq!(
        (&boot["title"], &boot["learner_name"], &boot["next_number"]),
        (&json!("Uno"), &json!("Bianchi, Anna"), &json!(1))
    );
    let again = app.play("start", &token, &json!({})).await;
    let again = expect(again, StatusCode::GONE).await;
    assert_eq!(again["type"], "/problems/link-used");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_says_where_to_begin_how_and_where_to_go_back_to() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let body = json!({ "activity_id": "b", "launch_mode": "REVIEW", "language": "en-GB",
        "return_url": "https://intranet.example/corsi" });
    let token = app.launch(&id, &body).await;
    let boot = app.play("start", &token, &json!({})).await;
    let boot = expect(boot, StatusCode::OK).await;
    assert_eq!(
        (&boot["activity_id"], &boot["language"], &boot["return_url"]),
        (
            &json!("b"),
            &json!("en"),
            &json!("https://intranet.example/corsi")
        )
    );
    let mut player = TestPlayer::booted(&app, boot);
    player.begin(Some("b"));
    assert_eq!(player.get("cmi.mode"), "review");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_may_ask_for_a_window_of_its_own_and_its_relaunch_keeps_it() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let path = format!("/api/v1/registrations/{id}/launch");
    for (asked, method) in [
        (json!({}), "any_window"),
        (json!({ "launch_method": "any_window" }), "any_window"),
        (json!({ "launch_method": "own_window" }), "own_window"),
    ] {
        let launch = expect(app.post(&path, &asked).await, StatusCode::OK).await;
        assert_eq!(launch["launch_method"], method);
        let token = app.launch(&id, &asked).await;
        let boot = app.play("start", &token, &json!({})).await;
        let boot = expect(boot, StatusCode::OK).await;
        assert_eq!(boot["launch_method"], method);
        let token = boot["token"].as_str().unwrap();
        let again = app.play("relaunch", token, &json!({})).await;
        let again = expect(again, StatusCode::OK).await;
        let link = again["url"].as_str().unwrap().rsplit('/').next().unwrap();
        let boot = expect(app.play("start", link, &json!({})).await, StatusCode::OK).await;
        assert_eq!(boot["launch_method"], method);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_that_cannot_be_is_refused() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let path = format!("/api/v1/registrations/{id}/launch");
    let nobody = uuid::Uuid::now_v7();
    let cases = [
        (
            path.as_str(),
            json!({ "activity_id": "no" }),
            StatusCode::NOT_FOUND,
        ),
        (
            &path,
            json!({ "launch_mode": "no" }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            &path,
            json!({ "launch_method": "popup" }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            &path,
            json!({ "return_url": "javascript:alert(1)" }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            &format!("/api/v1/registrations/{nobody}/launch"),
            json!({}),
            StatusCode::NOT_FOUND,
        ),
    ];
    for (path, body, status) in cases {
        expect(app.post(path, &body).await, status).await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_whose_answer_was_lost_is_answered_again_to_the_same_page_only() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let token = app.launch(&id, &json!({})).await;
    let page = json!({ "nonce": uuid::Uuid::now_v7() });
    let lost = expect(app.play("start", &token, &page).await, StatusCode::OK).await;
    let again = expect(app.play("start", &token, &page).await, StatusCode::OK).await;
    assert_eq!(lost["session_id"], again["session_id"]);
    assert_eq!(lost["snapshot"], again["snapshot"]);
    for other in [json!({ "nonce": uuid::Uuid::now_v7() }), json!({})] {
        let refused = app.play("start", &token, &other).await;
        let refused = expect(refused, StatusCode::GONE).await;
        assert_eq!(refused["type"], "/problems/link-used");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_says_so() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let token = app.launch(&id, &json!({})).await;
    let boot = expect(app.play("start", &token, &json!({})).await, StatusCode::OK).await;
    let expired = app.signed(Audience::Launch, &boot, -10);
    let refused = app.play("start", &expired, &json!({})).await;
    let refused = expect(refused, StatusCode::GONE).await;
    assert_eq!(refused["type"], "/problems/link-expired");
    assert_eq!(
        refused["return_url"],
        json!(app.at(&format!("/courses/{id}"))),
        "the page can lead back"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_while_the_learner_works_and_after_a_night() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("a"));
    let first = expect(player.send(&player.pending).await, StatusCode::OK).await;
    assert_eq!(first["token"], json!(null), "a fresh token stays");

    let boot = player.boot.clone();
    player.boot["token"] = json!(app.signed(Audience::Player, &boot, 10));
    let second = expect(player.send(&player.pending).await, StatusCode::OK).await;
    player.boot["token"] = second["token"].clone();
    player.save().await;

    // The learner comes back in the morning: refused, renewed, nothing lost.
    player.boot["token"] = json!(app.signed(Audience::Player, &boot, -8 * 60));
    player.set("cmi.location", "page-7");
    expect(player.send(&player.pending).await, StatusCode::UNAUTHORIZED).await;
    let renewed = app.play("token", player.token(), &json!({})).await;
    player.boot["token"] = expect(renewed, StatusCode::OK).await["token"].clone();
    player.save().await;

    let ancient = app.signed(Audience::Player, &boot, -25 * 60);
    let refused = app.play("token", &ancient, &json!({})).await;
    expect(refused, StatusCode::UNAUTHORIZED).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_a_run_that_counts_nowhere() {
    let app = TestApp::start().await;
    let (package, id) = app.with_course("Uno", "anna").await;
    let path = format!("/api/v1/packages/{package}/preview");
    let body = json!({ "activity_id": "b", "language": "en" });
    let launch = expect(app.post(&path, &body).await, StatusCode::OK).await;
    let token = launch["url"].as_str().unwrap().rsplit('/').next().unwrap();
    let boot = expect(app.play("start", token, &json!({})).await, StatusCode::OK).await;
    assert_eq!(
        (&boot["preview"], &boot["activity_id"]),
        (&json!(true), &json!("b"))
    );
    let mut player = TestPlayer::booted(&app, boot);
    player.begin(Some("b"));
    player.set("cmi.objectives.0.success_status", "passed");
    player.call("Terminate", &[""]);
    player.save().await;

    let listed = app.get("/api/v1/registrations").await;
    let listed = expect(listed, StatusCode::OK).await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["id"], id.as_str());
    let boot = TestPlayer::launch(&app, &id).await.boot;
    assert_eq!(boot["preview"], json!(false));
    let missing = format!("/api/v1/packages/{}/preview", uuid::Uuid::now_v7());
    expect(app.post(&missing, &json!({})).await, StatusCode::NOT_FOUND).await;
    app.stop().await;
}
