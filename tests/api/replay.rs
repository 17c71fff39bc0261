//! `percorso replay`: the engine answers as it did, or says where not.

use percorso_tracker::session::NavigationRequest;
use serde_json::json;

use crate::support::{TestApp, TestPlayer};

async fn session(app: &TestApp, id: &str) {
    let mut player = TestPlayer::launch(app, id).await;
    player.begin(Some("a"));
    player.set("cmi.location", "page-7");
    player.set("cmi.suspend_data", "a NUL, \0, and the text \\u0000");
    player.call("SetValue", &["cmi.bogus", "1"]);
    player.set("cmi.exit", "suspend");
    player.call("Terminate", &[""]);
    player.navigate(NavigationRequest::SuspendAll);
    player.save().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_replays_alike_and_a_changed_outcome_is_found() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    session(&app, &id).await;
    session(&app, &id).await;
    let reset = app
        .post(&format!("/api/v1/registrations/{id}/reset"), &json!({}))
        .await;
    assert!(reset.status().is_success());
    session(&app, &id).await;
    let (same, report) = app.replay(&id);
    assert!(same, "{report}");
    assert_eq!(report["sessions"], 3);
    assert!(report["entries"].as_u64().unwrap() >= 18, "{report}");
    let attained = &report["attained"];
    assert_eq!(attained["recorded"]["completion"], "incomplete", "{report}");
    assert_eq!(attained["recorded"], attained["replayed"]);

    let (client, connection) = tokio_postgres::connect(&app.database, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let tampered = client
        .execute(
            "UPDATE journal_entries SET outcome = NULL WHERE outcome::jsonb #>> '{answer,error}' = '401' \
             AND session_id = (SELECT min(id::text)::uuid FROM sessions)",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(tampered, 1);
    let (same, report) = app.replay(&id);
    assert!(!same);
    let differences = report["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0]["recorded"]["error"], 0);
    assert_eq!(differences[0]["replayed"]["error"], 401);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_an_end_and_what_was_reached_are_compared_too() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("a"));
    player.navigate(NavigationRequest::Choice("nowhere".into()));
    player.call("Initialize", &[""]);
    player.set("cmi.completion_status", "completed");
    player.call("Terminate", &[""]);
    player.navigate(NavigationRequest::ExitAll);
    player.save().await;
    let (same, report) = app.replay(&id);
    assert!(same, "{report:#}");

    let (client, connection) = tokio_postgres::connect(&app.database, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    for tampered in [
        "UPDATE journal_entries SET outcome = replace(outcome, 'NB.2.1-11', 'NB.2.1-10')",
        "UPDATE sessions SET end_reason = 'suspended'",
        "UPDATE registrations SET completion = 'completed', score_scaled = 1",
    ] {
        assert!(
            client.execute(tampered, &[]).await.unwrap() > 0,
            "{tampered}"
        );
    }
    let (same, report) = app.replay(&id);
    assert!(!same);
    let difference = &report["differences"][0];
    assert_eq!(difference["recorded"]["exceptions"], json!(["NB.2.1-10"]));
    assert_eq!(difference["replayed"]["exceptions"], json!(["NB.2.1-11"]));
    let end = &report["ends"][0];
    assert_eq!(
        (&end["recorded"], &end["replayed"]),
        (&json!("suspended"), &json!("ended"))
    );
    let attained = &report["attained"];
    assert_eq!(attained["recorded"]["completion"], "completed");
    assert_eq!(attained["replayed"]["completion"], "incomplete");
    let said = String::from_utf8_lossy(&app.command(&["replay", &id]).stdout).into_owned();
    assert!(
        said.contains("is suspended by the record, ended now"),
        "{said}"
    );
    assert!(said.contains("recorded completed"), "{said}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_is_none_is_said_to_be_none() {
    let app = TestApp::start().await;
    let output = app.command(&["replay", "01890000-0000-7000-8000-000000000000"]);
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("no registration"), "{error}");
    app.stop().await;
}
