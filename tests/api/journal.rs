//! The journal: taken once, without gaps, only from the session that is live.

use percorso_tracker::session::{Entry, Event, NavigationRequest};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{TestApp, TestPlayer, expect, packages};

#[tokio::test(flavor = "multi_thread")]
async fn entries_sent_twice_count_once_and_a_gap_is_refused() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("a"));
    player.set("cmi.session_time", "PT10S");
    assert_eq!(player.call("SetValue", &["cmi.bogus", "1"]).1, 401);
    player.call("Terminate", &[""]);
    let entries = player.pending.clone();
    let last = entries.last().unwrap().number;
    for _ in 0..2 {
        let saved = expect(player.send(&entries).await, StatusCode::OK).await;
        assert_eq!(saved["acknowledged"], last);
    }
    assert_eq!(app.registration(&id).await["total_time"], "PT10S");

    let entry = |number, event| Entry {
        number,
        at_ms: chrono::Utc::now().timestamp_millis(),
        event,
    };
    let gap = player.send(&[entry(last + 2, Event::ContentGone)]).await;
    let gap = expect(gap, StatusCode::CONFLICT).await;
    assert_eq!(
        (&gap["type"], &gap["expected"]),
        (&json!("/problems/journal-gap"), &json!(last + 1))
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_calls_errors_and_decisions() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("a"));
    player.call("SetValue", &["cmi.bogus", "1"]);
    player.save().await;
    let path = format!(
        "/api/v1/registrations/{id}/sessions/{}/log",
        player.session_id()
    );
    let log = expect(app.get(&path).await, StatusCode::OK).await;
    let items = log["items"].as_array().unwrap();
    assert_eq!(items[0]["event"], "start");
    assert_eq!(items[0]["decisions"][0]["delivered"], "a");
    assert_eq!(
        (&items[1]["method"], &items[1]["result"]),
        (&json!("Initialize"), &json!("true"))
    );
    assert_eq!(
        (&items[2]["result"], &items[2]["error_code"]),
        (&json!("false"), &json!(401))
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_window_takes_over() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let mut first = TestPlayer::launch(&app, &id).await;
    first.begin(Some("a"));
    first.set("cmi.location", "page-7");
    let sent = first.pending.clone();
    first.save().await;

    let mut second = TestPlayer::launch(&app, &id).await;
    assert_eq!(first.send(&sent).await.status(), StatusCode::OK);
    first.call("SetValue", &["cmi.location", "page-8"]);
    let refused = expect(first.send(&first.pending).await, StatusCode::CONFLICT).await;
    assert_eq!(refused["type"], "/problems/session-closed");
    assert_eq!(first.reload().await.status(), StatusCode::CONFLICT);

    second.begin(None);
    assert_eq!(second.get("cmi.location"), "page-7");
    assert_eq!(second.get("cmi.entry"), "resume");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_used_writes_nothing_into_its_session() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let link = app.launch(&id, &json!({})).await;
    let boot = expect(app.play("start", &link, &json!({})).await, StatusCode::OK).await;
    let entry =
        json!({ "number": boot["next_number"], "at_ms": 1_800_000_000_000_u64, "event": "start" });
    let body = json!({ "session_id": boot["session_id"], "entries": [entry] });
    let answer = expect(app.play("journal", &link, &body).await, StatusCode::OK).await;
    assert_eq!(
        (&answer["acknowledged"], &answer["forged"]),
        (&json!(0), &json!(1))
    );
    let own = boot["token"].as_str().unwrap();
    let answer = expect(app.play("journal", own, &body).await, StatusCode::OK).await;
    assert_eq!(answer["acknowledged"], 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lay_on_the_device_counts_only_with_its_code() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let (_, other) = app.with_course("Due", "bruno").await;
    let stranger = TestPlayer::launch(&app, &other).await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("a"));
    player.set("cmi.location", "page-7");
    player.save().await;
    player.set("cmi.location", "page-8");
    player.set("cmi.location", "page-9");
    let [eight, nine] = [&player.pending[0], &player.pending[1]];
    let forged = Entry {
        number: eight.number,
        at_ms: eight.at_ms,
        event: Event::Call {
            method: "SetValue".into(),
            arguments: vec!["cmi.completion_status".into(), "completed".into()],
        },
    };
    let session = player.session_id();
    let next = app.launch(&id, &json!({})).await;

    // What another course's content can write: without a code, with an invented one, with its own.
    let mut changed = player.kept(eight);
    changed["line"] = json!(
        changed["line"]
            .as_str()
            .unwrap()
            .replace("page-8", "page-0")
    );
    let invented = json!({ "line": changed["line"], "code": "A".repeat(43) });
    for (kept, entries) in [
        (json!([]), json!([forged])),
        (
            json!([changed, invented, stranger.kept(&forged)]),
            json!([]),
        ),
    ] {
        let count = kept.as_array().unwrap().len() + entries.as_array().unwrap().len();
        let body = json!({ "session_id": session, "kept": kept, "entries": entries });
        let answer = expect(app.play("journal", &next, &body).await, StatusCode::OK).await;
        assert_eq!(answer["acknowledged"], eight.number - 1);
        assert_eq!(answer["forged"], count);
    }

    // The page's own lines, among others, in any order, twice.
    let kept = json!([
        player.kept(nine),
        stranger.kept(&forged),
        player.kept(eight),
        player.kept(nine)
    ]);
    let body = json!({ "session_id": session, "kept": kept });
    let answer = expect(app.play("journal", &next, &body).await, StatusCode::OK).await;
    assert_eq!(
        (&answer["acknowledged"], &answer["forged"]),
        (&json!(nine.number), &json!(1))
    );
    let boot = expect(app.play("start", &next, &json!({})).await, StatusCode::OK).await;
    let mut second = TestPlayer::booted(&app, boot);
    second.begin(None);
    assert_eq!(second.get("cmi.location"), "page-9");
    let progress = app.registration(&id).await;
    assert_ne!(progress["completion"], "completed");
    let sessions = app
        .get(&format!("/api/v1/registrations/{id}/sessions"))
        .await;
    let sessions = expect(sessions, StatusCode::OK).await;
    assert!(
        !sessions.to_string().contains("journal_key"),
        "the key goes to the session's page alone"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pages_last_batch_waits_for_the_one_before_it() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("a"));
    player.save().await;
    player.set("cmi.location", "page-7");
    player.set("cmi.completion_status", "completed");
    player.call("Terminate", &[""]);
    let (first, second) = player.pending.split_at(1);
    let batch = |entries: &[Entry]| json!({ "session_id": player.session_id(), "entries": entries, "last": true });
    let (first, second) = (batch(first), batch(second));
    let later = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        app.play("journal", player.token(), &first).await
    };
    let (early, later) = tokio::join!(app.play("journal", player.token(), &second), later);
    expect(later, StatusCode::OK).await;
    let saved = expect(early, StatusCode::OK).await;
    assert_eq!(saved["acknowledged"], player.pending.last().unwrap().number);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_page_would_send_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let (_, other) = app.with_course("Due", "bruno").await;
    let player = TestPlayer::launch(&app, &id).await;
    let others = TestPlayer::launch(&app, &other).await;
    let now = chrono::Utc::now().timestamp_millis();
    let entry = |number: u64, at_ms: i64| json!({ "number": number, "at_ms": at_ms, "event": "content_gone" });
    let own = player.session_id();
    let cases = [
        (own, vec![entry(0, now)], StatusCode::UNPROCESSABLE_ENTITY),
        (own, vec![entry(1, -5)], StatusCode::UNPROCESSABLE_ENTITY),
        (
            own,
            vec![entry(1, i64::MAX)],
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            own,
            vec![entry(1, now), entry(3, now)],
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            others.session_id(),
            vec![entry(1, now)],
            StatusCode::NOT_FOUND,
        ),
    ];
    for (session_id, entries, status) in cases {
        let body = json!({ "session_id": session_id, "entries": entries });
        expect(app.play("journal", player.token(), &body).await, status).await;
    }
    let boot = expect(player.reload().await, StatusCode::OK).await;
    assert_eq!(boot["next_number"], 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_learners_at_once_are_each_saved_as_their_own() {
    const LEARNERS: usize = 60;
    const ROUNDS: usize = 5;
    let app = TestApp::start().await;
    let package = app.with_package(packages::course("Uno")).await;
    let package = package["id"].as_str().unwrap();
    let mut players = Vec::new();
    for learner in 0..LEARNERS {
        let key = format!("learner-{learner}");
        let registration = app.with_registration(package, &key).await;
        let mut player = TestPlayer::launch(&app, registration["id"].as_str().unwrap()).await;
        player.begin(Some("a"));
        players.push(player);
    }
    for round in 0..ROUNDS {
        let at_once = players
            .iter_mut()
            .enumerate()
            .map(async |(learner, player)| {
                player.set("cmi.location", &format!("{learner}-{round}"));
                player.save().await;
            });
        futures_util::future::join_all(at_once).await;
    }
    app.restart();
    for (learner, player) in players.iter().enumerate() {
        let boot = expect(player.reload().await, StatusCode::OK).await;
        let mut again = TestPlayer::booted(&app, boot);
        let last = format!("{learner}-{}", ROUNDS - 1);
        assert_eq!(again.get("cmi.location"), last);
    }
    app.stop().await;
}

/// A value of the largest size, of characters that JSON writes with six bytes each.
#[tokio::test(flavor = "multi_thread")]
async fn the_largest_value_passes_however_it_is_written() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&app, &id).await;
    player.begin(Some("a"));
    let largest = "\u{1}".repeat(1 << 20);
    player.set("cmi.suspend_data", &largest);
    player.set("cmi.exit", "suspend");
    player.call("Terminate", &[""]);
    player.save().await;
    player.navigate(NavigationRequest::SuspendAll);
    player.save().await;
    let mut next = TestPlayer::launch(&app, &id).await;
    next.begin(None);
    assert!(next.get("cmi.suspend_data") == largest);
    app.stop().await;
}
