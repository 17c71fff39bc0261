//! Nothing the learner did is lost: over reloads, restarts, suspensions and packages.

use percorso_tracker::session::NavigationRequest;
use reqwest::StatusCode;

use crate::support::{TestApp, TestPlayer, expect, snapshot};

#[tokio::test(flavor = "multi_thread")]
async fn both_ends_hold_the_same_state_even_after_a_restart() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("a"));
    player.set("cmi.suspend_data", "è tutto qui 🎓");
    let acknowledged = player.save().await;
    app.restart();
    player.set("cmi.completion_status", "completed");
    assert_eq!(player.save().await, acknowledged + 1);
    let boot = expect(player.reload().await, StatusCode::OK).await;
    assert_eq!(snapshot(&boot), player.engine.snapshot());
    assert_eq!(boot["next_number"], acknowledged + 2);
    assert_eq!(boot["active_ms"], 1000);
    let token = app
        .play("token", player.token(), &serde_json::json!({}))
        .await;
    assert!(expect(token, StatusCode::OK).await["token"].is_string());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_session_is_resumed_where_it_was() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("b"));
    player.set("cmi.location", "page-7");
    player.set("cmi.exit", "suspend");
    player.call("Terminate", &[""]);
    player.navigate(NavigationRequest::SuspendAll);
    player.save().await;
    app.restart();

    let mut again = TestPlayer::launch(&app, &id).await;
    again.begin(None);
    assert_eq!(again.get("cmi.entry"), "resume");
    assert_eq!(again.get("cmi.location"), "page-7");
    again.save().await;
    let sessions = app
        .get(&format!("/api/v1/registrations/{id}/sessions"))
        .await;
    let sessions = expect(sessions, StatusCode::OK).await;
    assert_eq!(sessions["items"][0]["state"], "live");
    assert_eq!(sessions["items"][1]["state"], "suspended");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn global_objectives_belong_to_the_learner_across_packages() {
    let app = TestApp::start().await;
    let (_, one) = app.with_course("Uno", "anna").await;
    let (two_package, two) = app.with_course("Due", "anna").await;
    let mut player = TestPlayer::launch(&app, &one).await;
    player.begin(Some("a"));
    player.set("cmi.objectives.0.success_status", "passed");
    player.call("Terminate", &[""]);
    player.navigate(NavigationRequest::ExitAll);
    player.save().await;

    let mut elsewhere = TestPlayer::launch(&app, &two).await;
    elsewhere.begin(Some("a"));
    assert_eq!(elsewhere.get("cmi.objectives.0.id"), "shared");
    assert_eq!(elsewhere.get("cmi.objectives.0.success_status"), "passed");

    let bruno = app.with_registration(&two_package, "bruno").await;
    let mut another = TestPlayer::launch(&app, bruno["id"].as_str().unwrap()).await;
    another.begin(Some("a"));
    assert_eq!(another.get("cmi.objectives.0.success_status"), "unknown");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_database_take_turns_on_one_session() {
    let one = TestApp::start().await;
    let two = one.beside().await;
    let (_, id) = one.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&one, &id).await;
    player.begin(Some("a"));
    for round in 0..6 {
        player.at(if round % 2 == 0 { &one } else { &two });
        player.set("cmi.location", &format!("page-{round}"));
        player.save().await;
    }
    player.at(&one);
    let boot = expect(player.reload().await, StatusCode::OK).await;
    assert_eq!(snapshot(&boot), player.engine.snapshot());
    for app in [&one, &two] {
        app.stop().await;
    }
}
