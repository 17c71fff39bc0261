//! Videos of SCORM content: what a page journals of them, and what the record store says of it.

use percorso_tracker::session::NavigationRequest;

use super::*;
use crate::support::TestPlayer;

const PROFILE: &str = "https://w3id.org/xapi/video";

fn ext(name: &str) -> String {
    format!("{PROFILE}/extensions/{name}")
}

/// A line of the journal about the page's first medium.
fn media(what: &str, time: f64, mut more: Value) -> Value {
    let line = json!({ "event": "media", "medium": 1, "what": what, "time": time });
    let of_all = line.as_object().cloned().unwrap();
    more.as_object_mut().unwrap().extend(of_all);
    more
}

fn opened() -> Value {
    media(
        "opened",
        0.0,
        json!({ "address": "media/1.webm", "title": "Lezione uno", "length": 40, "volume": 1, "speed": 1,
            "captions": "it", "full_screen": false, "screen": [1280, 720], "size": [640, 360], "quality": 720 }),
    )
}

/// Watched to the end, with one jump ahead and back.
fn watched() -> Vec<Value> {
    vec![
        opened(),
        media("played", 0.0, json!({})),
        media("seeked", 30.0, json!({ "from": 10.5, "ms": 10_500 })),
        media("paused", 40.0, json!({ "ms": 10_000 })),
        media("played", 10.0, json!({})),
        media("paused", 30.0, json!({ "ms": 20_000 })),
        media("closed", 30.0, json!({ "ms": 0 })),
    ]
}

/// Statements of the video profile in a registration, the oldest first.
async fn stated(lrs: &Lrs, registration: &str) -> Vec<Value> {
    lrs.app.state_all().await;
    let query = [
        ("registration", registration),
        ("ascending", "true"),
        ("activity", PROFILE),
        ("related_activities", "true"),
    ];
    let request = lrs.request(Method::GET, "statements").query(&query);
    let answer = expect(request.send().await.unwrap(), StatusCode::OK).await;
    answer["statements"].as_array().unwrap().clone()
}

fn verbs(statements: &[Value]) -> Vec<&str> {
    let verb = |one| Value::as_str(one).unwrap().rsplit('/').next().unwrap();
    statements
        .iter()
        .map(|one| verb(&one["verb"]["id"]))
        .collect()
}

const WATCHED: [&str; 8] = [
    "initialized",
    "played",
    "seeked",
    "paused",
    "played",
    "paused",
    "completed",
    "terminated",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_watched_is_stated_by_the_video_profile_once() {
    let lrs = Lrs::start().await;
    let (package, id) = lrs.app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&lrs.app, &id).await;
    assert_eq!(player.boot["watch_media"], true);
    player.begin(Some("a"));
    player.save().await;
    let lines = player.beside(&watched());
    let last = &lines.last().unwrap()["number"];
    for _ in 0..2 {
        let saved = expect(player.send_lines(&lines).await, StatusCode::OK).await;
        assert_eq!(&saved["acknowledged"], last, "sent again, it counts once");
    }
    let all = stated(&lrs, &id).await;
    assert_eq!(verbs(&all), WATCHED);
    let sco = lrs.app.at(&format!("/activities/{package}/a"));
    let (session, completed) = (&all[0]["id"], &all[6]);
    let at = chrono::DateTime::from_timestamp_millis(lines[5]["at_ms"].as_i64().unwrap()).unwrap();
    // Completed with the pause that completes it, and after it.
    let at = at + chrono::TimeDelta::milliseconds(1);
    let attempt = &completed["context"]["contextActivities"]["grouping"][0];
    assert!(
        attempt["id"]
            .as_str()
            .unwrap()
            .starts_with(&format!("{sco}?attemptId="))
    );
    let profile = |id: &str| json!({ "id": id, "definition": { "type": "http://adlnet.gov/expapi/activities/profile" } });
    let mut without_course = completed.clone();
    let course = without_course["context"]["contextActivities"]["grouping"]
        .as_array_mut()
        .unwrap()
        .pop();
    assert_eq!(
        course.unwrap()["id"],
        lrs.app.at(&format!("/activities/{package}"))
    );
    let sco_of_it = without_course["context"]["contextActivities"]["parent"][0].take();
    assert_eq!(sco_of_it["id"], sco);
    assert_eq!(
        without_course,
        json!({
            "id": completed["id"],
            "actor": { "objectType": "Agent", "account": completed["actor"]["account"] },
            "verb": { "id": "http://adlnet.gov/expapi/verbs/completed", "display": { "en": "completed" } },
            "object": {
                "objectType": "Activity",
                "id": format!("{sco}/media/media/1.webm"),
                "definition": { "name": { "und": "Lezione uno" }, "type": "https://w3id.org/xapi/video/activity-type/video" },
            },
            "result": {
                "completion": true,
                "duration": "PT40.50S",
                "extensions": {
                    "https://w3id.org/xapi/video/extensions/time": 30.0,
                    "https://w3id.org/xapi/video/extensions/progress": 1.0,
                    "https://w3id.org/xapi/video/extensions/played-segments":
                        "0.000[.]10.500[,]30.000[.]40.000[,]10.000[.]30.000",
                },
            },
            "context": {
                "registration": id,
                "platform": "Percorso",
                "contextActivities": {
                    "category": [profile(PROFILE), profile("https://w3id.org/xapi/video/v1.0.3")],
                    "parent": [null],
                    "grouping": [attempt],
                },
                "extensions": {
                    "https://w3id.org/xapi/video/extensions/session-id": session,
                    "https://w3id.org/xapi/video/extensions/length": 40.0,
                    "https://w3id.org/xapi/video/extensions/completion-threshold": 0.95,
                    "https://w3id.org/xapi/profiles/extensions/subregistration":
                        [{ "profile": PROFILE, "subregistration": session }],
                },
            },
            "timestamp": at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "stored": completed["stored"],
            "authority": completed["authority"],
            "version": completed["version"],
        })
    );
    assert_eq!(completed["actor"]["account"]["name"], "anna");
    assert_eq!(verbs(&stated(&lrs, &id).await), WATCHED, "and is said once");

    // Found by its verb and the video, as any program asks.
    let video = format!("{sco}/media/media/1.webm");
    let seeked = lrs
        .found(&[
            ("activity", &video),
            ("verb", "https://w3id.org/xapi/video/verbs/seeked"),
        ])
        .await;
    assert_eq!(seeked, [all[2]["id"].as_str().unwrap()]);
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn media_are_lines_of_the_journal_like_others() {
    let lrs = Lrs::start().await;
    let (_, id) = lrs.app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&lrs.app, &id).await;
    player.begin(Some("a"));
    player.save().await;
    let lines = player.beside(&watched());
    let expected = &lines[0]["number"];
    let gap = expect(player.send_lines(&lines[2..]).await, StatusCode::CONFLICT).await;
    assert_eq!(
        (&gap["type"], &gap["expected"]),
        (&json!("/problems/journal-gap"), expected)
    );
    let mixed = [lines[1].clone(), lines[0].clone()];
    let refused = expect(
        player.send_lines(&mixed).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert_eq!(refused["type"], "/problems/validation");

    // What lay on the device, sealed by the page, counts; forged it does not.
    let kept: Vec<Value> = lines[..2].iter().map(|line| player.kept(line)).collect();
    let mut forged = player.kept(&lines[2]);
    forged["line"] = forged["line"]
        .as_str()
        .unwrap()
        .replace("10.5", "39.5")
        .into();
    let session = player.session_id().to_owned();
    let body = json!({ "session_id": session, "kept": [kept[0], kept[1], forged] });
    let saved = expect(
        lrs.app.play("journal", player.token(), &body).await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(
        (&saved["acknowledged"], &saved["forged"]),
        (&lines[1]["number"], &json!(1))
    );
    expect(player.send_lines(&lines[2..]).await, StatusCode::OK).await;

    // Calls go on after them, the engine knows nothing of them, and the journal replays.
    player.set("cmi.location", "page-7");
    player.set("cmi.exit", "suspend");
    player.call("Terminate", &[""]);
    player.navigate(NavigationRequest::SuspendAll);
    player.save().await;
    assert_eq!(verbs(&stated(&lrs, &id).await), WATCHED);
    let (same, report) = lrs.app.replay(&id);
    assert!(same, "{report}");
    let log = format!("/api/v1/sessions/{session}/log");
    let log = expect(lrs.app.get(&log).await, StatusCode::OK).await;
    let items = log["items"].as_array().unwrap();
    let media: Vec<&Value> = items
        .iter()
        .filter(|item| item["event"] == "media")
        .collect();
    assert_eq!(media.len(), 7);
    assert_eq!(
        media[2]["media"],
        json!({ "medium": 1, "what": "seeked", "time": 30.0, "from": 10.5, "ms": 10_500 })
    );
    assert_eq!(
        (&media[2]["result"], &media[2]["decisions"]),
        (&Value::Null, &json!([]))
    );
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_died_ends_its_video_and_a_reset_forgets_nothing_watched() {
    let lrs = Lrs::start().await;
    let (_, id) = lrs.app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&lrs.app, &id).await;
    player.begin(Some("a"));
    player.save().await;
    let lines = player.beside(&[
        opened(),
        media("played", 0.0, json!({})),
        media("reached", 20.0, json!({ "ms": 20_000 })),
    ]);
    expect(player.send_lines(&lines).await, StatusCode::OK).await;
    assert_eq!(verbs(&stated(&lrs, &id).await), ["initialized", "played"]);
    let reset = format!("/api/v1/registrations/{id}/reset");
    expect(lrs.app.post(&reset, &json!({})).await, StatusCode::OK).await;
    let mut again = TestPlayer::launch(&lrs.app, &id).await;
    again.begin(Some("a"));
    again.save().await;
    let lines = again.beside(&[
        opened(),
        media("played", 20.0, json!({})),
        media("paused", 40.0, json!({ "ms": 20_000 })),
    ]);
    expect(again.send_lines(&lines).await, StatusCode::OK).await;
    let all = stated(&lrs, &id).await;
    assert_eq!(
        verbs(&all),
        [
            "initialized",
            "played",
            "paused",
            "terminated",
            "initialized",
            "played",
            "paused",
            "completed"
        ]
    );
    let segments = |one: &Value| one["result"]["extensions"][ext("played-segments")].clone();
    assert_eq!(segments(&all[2]), "0.000[.]20.000");
    assert_eq!(segments(&all[7]), "0.000[.]20.000[,]20.000[.]40.000");

    let erased = lrs.app.http.delete(lrs.app.at("/api/v1/learners/anna"));
    expect(lrs.app.send(erased).await, StatusCode::OK).await;
    assert_eq!(
        stated(&lrs, &id).await,
        Vec::<Value>::new(),
        "gone with the person"
    );
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn absurd_lines_about_media_change_nothing() {
    let lrs = Lrs::start().await;
    let (_, id) = lrs.app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&lrs.app, &id).await;
    player.begin(Some("a"));
    let saved = player.save().await;
    for (name, absurd) in [
        ("time", json!(-1)),
        ("length", json!(1e9)),
        ("title", json!("x".repeat(2000))),
        ("address", json!("x".repeat(3000))),
        ("volume", json!(7)),
        ("what", json!("sung")),
        ("medium", json!("first")),
    ] {
        let mut line = opened();
        line[name] = absurd;
        line["number"] = (saved + 1).into();
        line["at_ms"] = chrono::Utc::now().timestamp_millis().into();
        let answer = player.send_lines(&[line]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    let lines = player.beside(&watched());
    expect(player.send_lines(&lines).await, StatusCode::OK).await;
    assert_eq!(verbs(&stated(&lrs, &id).await), WATCHED);
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_around_is_not_watched() {
    let lrs = Lrs::start().await;
    let (_, id) = lrs.app.with_course("Uno", "anna").await;
    let token = lrs
        .app
        .launch(&id, &json!({ "launch_mode": "Browse" }))
        .await;
    let boot = lrs.app.play("start", &token, &json!({})).await;
    let mut looking = TestPlayer::booted(&lrs.app, expect(boot, StatusCode::OK).await);
    assert_eq!(looking.boot["watch_media"], false);
    looking.begin(Some("a"));
    looking.save().await;
    let lines = looking.beside(&watched());
    expect(looking.send_lines(&lines).await, StatusCode::OK).await;
    assert_eq!(stated(&lrs, &id).await, Vec::<Value>::new());
    lrs.app.stop().await;
}
