//! Lines of the journal in, statements out: each held against the profile's templates.

use super::*;

/// What the templates of the Video Profile 1.0.3 have as `included`: verb and places. `~` stands for the
/// beginning of the profile's extensions.
const INCLUDED: &[(&str, &[&str])] = &[
    ("initialized", &["context ~length"]),
    ("played", &["result ~time"]),
    (
        "paused",
        &[
            "context ~length",
            "result ~time",
            "result ~progress",
            "result ~played-segments",
        ],
    ),
    ("seeked", &["result ~time-to", "result ~time-from"]),
    (
        "completed",
        &[
            "result duration",
            "result completion",
            "context ~length",
            "result ~time",
            "result ~progress",
            "result ~played-segments",
        ],
    ),
    (
        "terminated",
        &[
            "context ~length",
            "result ~time",
            "result ~progress",
            "result ~played-segments",
        ],
    ),
    // Three templates with one verb and one type: a validator asks for all of them.
    (
        "interacted",
        &[
            "result ~time",
            "context ~cc-enabled",
            "context ~cc-subtitle-lang",
            "context ~volume",
            "context ~full-screen",
            "context ~screen-size",
            "context ~video-playback-size",
        ],
    ),
];

/// Verbs whose statements need the threshold when it is not 1, by the profile's text.
const WITH_THRESHOLD: [&str; 4] = ["initialized", "paused", "completed", "terminated"];

fn verb(statement: &Value) -> &str {
    statement["verb"]["id"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
}

fn verbs(statements: &[Value]) -> Vec<&str> {
    statements.iter().map(verb).collect()
}

/// Holds statements against the profile, each and in their order.
fn valid(statements: &[Value]) {
    let mut sessions: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for statement in statements {
        crate::xapi::check(statement, crate::xapi::Version::V1).unwrap();
        let verb = verb(statement);
        let (_, places) = INCLUDED.iter().find(|(known, _)| *known == verb).unwrap();
        for place in *places {
            let (part, name) = place.split_once(' ').unwrap();
            let value = match name.strip_prefix('~') {
                Some(name) => &statement[part]["extensions"][ext(name)],
                None => &statement[part][name],
            };
            assert!(!value.is_null(), "{verb} lacks {place}: {statement:#}");
        }
        assert!(statement["timestamp"].is_string());
        let (context, result) = (&statement["context"], &statement["result"]);
        assert_eq!(statement["object"]["definition"]["type"], KIND);
        assert_eq!(context["contextActivities"]["category"][0]["id"], VIDEO);
        let threshold = &context["extensions"][ext("completion-threshold")];
        assert_eq!(
            !threshold.is_null(),
            WITH_THRESHOLD.contains(&verb),
            "{verb}"
        );
        assert_eq!(result.get("completion").is_some(), verb == "completed");
        let session = context["extensions"][ext("session-id")].as_str().unwrap();
        let run = sessions.entry(session.to_owned()).or_default();
        if run.is_empty() {
            // The session is known by the id of its first statement, a UUID of version 4.
            assert_eq!(
                (verb, statement["id"].as_str()),
                ("initialized", Some(session))
            );
            assert_eq!(Uuid::parse_str(session).unwrap().get_version_num(), 4);
        } else {
            assert_ne!(verb, "initialized", "once in a session");
            assert_ne!(run.last(), Some(&"terminated"), "nothing after it");
        }
        run.push(verb);
    }
    let times: Vec<&str> = statements
        .iter()
        .map(|one| one["timestamp"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted_by(|one, other| one < other), "{times:?}");
}

fn course() -> Course {
    Course::for_tests(&[("intro", "Introduzione")])
}

const ATTEMPT: Uuid = Uuid::from_u128(7);

/// Lines at second after second, of one delivered activity.
fn said(videos: &mut Videos, from: i64, events: &[Value]) -> Vec<Value> {
    let mut out = Vec::new();
    for (number, event) in (from..).zip(events) {
        let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(number);
        let line = Line {
            number,
            at,
            received_at: at,
            event: event.clone(),
            outcome: None,
        };
        videos.line(&course(), Some(("intro", Some(ATTEMPT))), &line, &mut out);
        // What is remembered survives the database.
        *videos = serde_json::from_value(serde_json::to_value(&*videos).unwrap()).unwrap();
    }
    out
}

fn media(what: &str, time: f64, more: Value) -> Value {
    let line = json!({ "event": "media", "medium": 1, "what": what, "time": time });
    with(line, more)
}

fn opened(address: &str) -> Value {
    media(
        "opened",
        0.0,
        json!({ "address": address, "title": "Uno", "length": 60.000_4, "volume": 1, "speed": 1,
            "captions": null, "full_screen": false, "screen": [1280, 720], "size": [640, 360], "quality": 720 }),
    )
}

fn result(statement: &Value, name: &str) -> Value {
    statement["result"]["extensions"][ext(name)].clone()
}

#[test]
fn a_video_that_is_watched_is_stated_by_the_profile() {
    let mut videos = Videos::default();
    let louder = json!({ "volume": 0.5, "speed": 1.25, "captions": "it", "full_screen": true,
        "screen": [1280, 720], "size": [1280, 720], "quality": 720 });
    let all = said(
        &mut videos,
        1,
        &[
            opened("media/uno due.webm"),
            media("played", 0.0, json!({})),
            media("reached", 10.0, json!({ "ms": 10_000 })),
            media("paused", 12.0, json!({ "ms": 2000 })),
            media("played", 12.0, json!({})),
            media("seeked", 50.0, json!({ "from": 20.5, "ms": 8500 })),
            media("changed", 52.0, louder),
            media("paused", 60.0, json!({ "ms": 8000 })),
            media("seeked", 20.0, json!({ "from": 60.0, "ms": 0 })),
            media("played", 20.0, json!({})),
            media("paused", 50.25, json!({ "ms": 30_250 })),
            media("closed", 50.25, json!({ "ms": 0 })),
        ],
    );
    valid(&all);
    assert_eq!(
        verbs(&all),
        [
            "initialized",
            "played",
            "paused",
            "played",
            "seeked",
            "interacted",
            "paused",
            "seeked",
            "played",
            "paused",
            "completed",
            "terminated"
        ]
    );
    let session = &all[0]["id"];
    assert_eq!(
        all[0],
        json!({
            "id": session,
            "actor": { "mbox": "mailto:anna@comune.example" },
            "verb": { "id": "http://adlnet.gov/expapi/verbs/initialized", "display": { "en": "initialized" } },
            "object": {
                "objectType": "Activity",
                "id": "https://percorso.example/activities/1/intro/media/media/uno%20due.webm",
                "definition": { "name": { "it": "Uno" }, "type": "https://w3id.org/xapi/video/activity-type/video" },
            },
            "timestamp": "1970-01-01T00:00:01.000Z",
            "context": {
                "registration": Uuid::nil(),
                "platform": "Percorso",
                "contextActivities": {
                    "category": [
                        { "id": "https://w3id.org/xapi/video",
                          "definition": { "type": "http://adlnet.gov/expapi/activities/profile" } },
                        { "id": "https://w3id.org/xapi/video/v1.0.3",
                          "definition": { "type": "http://adlnet.gov/expapi/activities/profile" } },
                    ],
                    "parent": [course().sco("intro")],
                    "grouping": [course().attempt("intro", ATTEMPT), course().activity()],
                },
                "extensions": {
                    "https://w3id.org/xapi/video/extensions/session-id": session,
                    "https://w3id.org/xapi/video/extensions/length": 60.0,
                    "https://w3id.org/xapi/video/extensions/completion-threshold": 0.95,
                    "https://w3id.org/xapi/video/extensions/volume": 1.0,
                    "https://w3id.org/xapi/video/extensions/speed": "1x",
                    "https://w3id.org/xapi/video/extensions/cc-enabled": false,
                    "https://w3id.org/xapi/video/extensions/cc-subtitle-enabled": false,
                    "https://w3id.org/xapi/video/extensions/full-screen": false,
                    "https://w3id.org/xapi/video/extensions/screen-size": "1280x720",
                    "https://w3id.org/xapi/video/extensions/video-playback-size": "640x360",
                    "https://w3id.org/xapi/video/extensions/quality": 720,
                    "https://w3id.org/xapi/profiles/extensions/subregistration":
                        [{ "profile": "https://w3id.org/xapi/video", "subregistration": session }],
                },
            },
        })
    );
    assert_eq!(
        all[1]["verb"]["id"],
        "https://w3id.org/xapi/video/verbs/played"
    );
    assert_eq!(
        all[4]["result"],
        json!({ "extensions": {
            "https://w3id.org/xapi/video/extensions/time-from": 20.5,
            "https://w3id.org/xapi/video/extensions/time-to": 50.0,
            "https://w3id.org/xapi/video/extensions/progress": 0.342,
            "https://w3id.org/xapi/video/extensions/played-segments": "0.000[.]12.000[,]12.000[.]20.500",
        } })
    );
    let shown = &all[5]["context"]["extensions"];
    assert_eq!(shown[ext("cc-subtitle-lang")], "it");
    assert_eq!(
        (&shown[ext("speed")], &shown[ext("volume")]),
        (&json!("1.25x"), &json!(0.5))
    );
    assert_eq!(
        all[10]["result"],
        json!({ "completion": true, "duration": "PT58.75S", "extensions": {
            "https://w3id.org/xapi/video/extensions/time": 50.25,
            "https://w3id.org/xapi/video/extensions/progress": 1.0,
            "https://w3id.org/xapi/video/extensions/played-segments":
                "0.000[.]12.000[,]12.000[.]20.500[,]50.000[.]60.000[,]20.000[.]50.250",
        } })
    );
}

#[test]
fn what_was_watched_before_counts_and_is_completed_once() {
    let mut videos = Videos::default();
    let half = [
        opened("a"),
        media("played", 0.0, json!({})),
        media("paused", 30.0, json!({ "ms": 30_000 })),
    ];
    let first = said(&mut videos, 1, &half);
    assert_eq!(result(&first[2], "progress"), 0.5);
    // The tab died; the next session goes on.
    let rest = [
        json!({ "event": "start" }),
        opened("a"),
        media("played", 30.0, json!({})),
        media("paused", 60.0, json!({ "ms": 30_000 })),
        media("played", 0.0, json!({})),
        media("paused", 60.0, json!({ "ms": 60_000 })),
        json!({ "event": "close" }),
    ];
    let second = said(&mut videos, 10, &rest);
    assert_eq!(
        verbs(&second),
        [
            "terminated",
            "initialized",
            "played",
            "paused",
            "completed",
            "played",
            "paused",
            "terminated"
        ]
    );
    assert_eq!(
        second[0]["timestamp"], "1970-01-01T00:00:03.001Z",
        "as it was last heard of"
    );
    assert_eq!(second[4]["result"]["duration"], "PT60.00S");
    assert_eq!(
        result(&second[7], "played-segments"),
        "0.000[.]30.000[,]30.000[.]60.000[,]0.000[.]60.000"
    );
    // Another medium has a story of its own.
    let other = said(
        &mut videos,
        30,
        &[
            opened("b"),
            media("played", 0.0, json!({})),
            media("closed", 1.0, json!({ "ms": 1000 })),
        ],
    );
    assert_eq!(
        verbs(&other),
        ["initialized", "played", "paused", "terminated"]
    );
    assert_eq!(result(&other[3], "progress"), 0.017);
    valid(&[first, second, other].concat());
}

#[test]
fn a_video_under_way_pauses_where_it_was_last_when_its_content_is_gone() {
    let mut videos = Videos::default();
    let all = said(
        &mut videos,
        1,
        &[
            opened("https://video.example/a.mp4"),
            media("played", 5.0, json!({})),
            media("reached", 45.0, json!({ "ms": 40_000 })),
            json!({ "event": "navigate", "request": "continue" }),
        ],
    );
    valid(&all);
    assert_eq!(
        verbs(&all),
        ["initialized", "played", "paused", "terminated"]
    );
    assert_eq!(result(&all[2], "played-segments"), "5.000[.]45.000");
    assert_eq!(all[2]["timestamp"], "1970-01-01T00:00:03.001Z");
    let iri = all[0]["object"]["id"].as_str().unwrap();
    assert!(
        iri.ends_with("/intro/media/https%3A%2F%2Fvideo.example%2Fa.mp4"),
        "{iri}"
    );
}

#[test]
fn what_makes_no_sense_says_nothing() {
    let mut videos = Videos::default();
    let nothing = said(
        &mut videos,
        1,
        &[
            media("played", 0.0, json!({})),
            media("closed", 0.0, json!({ "ms": 0 })),
            json!({ "event": "media", "medium": "x" }),
            json!({ "event": "call", "method": "Commit", "arguments": [""] }),
        ],
    );
    assert_eq!(nothing, Vec::<Value>::new());
    let twice = said(
        &mut videos,
        10,
        &[
            opened("a"),
            media("paused", 9.0, json!({ "ms": 0 })),
            media("played", 0.0, json!({})),
            media("played", 5.0, json!({})),
            media("paused", 99.0, json!({ "ms": 0 })),
            media("paused", 9.0, json!({ "ms": 0 })),
            opened("a"),
            media("closed", 0.0, json!({ "ms": 0 })),
        ],
    );
    valid(&twice);
    assert_eq!(
        verbs(&twice),
        [
            "initialized",
            "played",
            "paused",
            "completed",
            "terminated",
            "initialized",
            "terminated"
        ]
    );
    assert_eq!(
        result(&twice[2], "played-segments"),
        "0.000[.]60.000",
        "not beyond its end"
    );
}

#[test]
fn there_is_room_for_so_many_media_and_no_more() {
    let mut videos = Videos::default();
    let mut out = Vec::new();
    let place = Some(("intro", None));
    for number in 0..u32::try_from(MOST_MEDIA).unwrap() + 5 {
        for what in [
            opened(&format!("{number}.webm")),
            media("closed", 0.0, json!({ "ms": 0 })),
        ] {
            let at = DateTime::UNIX_EPOCH;
            let line = Line {
                number: 1,
                at,
                received_at: at,
                event: what,
                outcome: None,
            };
            videos.line(&course(), place, &line, &mut out);
        }
    }
    assert_eq!(out.len(), 2 * MOST_MEDIA);
    assert_eq!(
        out[0]["context"]["contextActivities"]["grouping"],
        json!([course().activity()])
    );
}
