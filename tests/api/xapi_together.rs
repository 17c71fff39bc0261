//! The learning record store when many store at the same time: requests share one insertion, and each has
//! its own outcome.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use percorso_api::db;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{CLIENT, SECRET, TestApp, expect};

fn request(app: &TestApp, method: Method) -> RequestBuilder {
    let request = app.http.request(method, app.at("/xapi/statements"));
    request
        .basic_auth(CLIENT, Some(SECRET))
        .header("X-Experience-API-Version", "1.0.3")
}

async fn post(app: &TestApp, statements: &Value) -> StatusCode {
    let request = request(app, Method::POST).json(statements);
    request.send().await.unwrap().status()
}

async fn found(app: &TestApp, query: &[(&str, &str)]) -> Vec<Value> {
    let request = request(app, Method::GET).query(query);
    let answer = expect(request.send().await.unwrap(), StatusCode::OK).await;
    answer["statements"].as_array().unwrap().clone()
}

fn statement(id: Uuid, verb: &str, object: &Value) -> Value {
    json!({
        "id": id,
        "actor": { "mbox": "mailto:anna@comune.example" },
        "verb": { "id": format!("https://verbs.example/{verb}") },
        "object": object,
    })
}

fn activity() -> Value {
    json!({ "id": "https://activities.example/it" })
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_once_are_stored_or_refused_each_by_itself() {
    let app = TestApp::start().await;
    let (taken, again) = (Uuid::new_v4(), Uuid::new_v4());
    assert_eq!(
        post(&app, &statement(taken, "first", &activity())).await,
        200
    );
    assert_eq!(
        post(&app, &statement(again, "same", &activity())).await,
        200
    );
    let all: Vec<(Value, u16)> = (0..60)
        .map(|number| {
            let new = statement(Uuid::new_v4(), "new", &activity());
            match number % 5 {
                // Its second statement has an id that is taken: the first must not be stored either.
                0 => (json!([new, statement(taken, "other", &activity())]), 409),
                1 => (statement(again, "same", &activity()), 200),
                2 => (
                    json!([statement(Uuid::new_v4(), "new", &activity()), new]),
                    200,
                ),
                _ => (new, 200),
            }
        })
        .collect();
    let answers = join_all(all.iter().map(|(sent, _)| post(&app, sent))).await;
    for ((sent, expected), answer) in all.iter().zip(answers) {
        assert_eq!(answer, *expected, "{sent}");
    }
    let new = found(
        &app,
        &[("verb", "https://verbs.example/new"), ("ascending", "true")],
    )
    .await;
    assert_eq!(new.len(), 12 * 2 + 24);
    let stored: Vec<&str> = new
        .iter()
        .map(|new| new["stored"].as_str().unwrap())
        .collect();
    assert!(stored.is_sorted_by(|a, b| a < b), "{stored:?}");
    assert_eq!(
        found(&app, &[("verb", "https://verbs.example/same")])
            .await
            .len(),
        1
    );
    assert!(
        found(&app, &[("verb", "https://verbs.example/other")])
            .await
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn since_and_until_are_to_the_microsecond_of_stored() {
    let app = TestApp::start().await;
    let three: Vec<Value> = (0..3)
        .map(|_| statement(Uuid::new_v4(), "did", &activity()))
        .collect();
    assert_eq!(post(&app, &json!(three)).await, 200);
    let all = found(&app, &[("ascending", "true")]).await;
    let middle = all[1]["stored"].as_str().unwrap();
    for (query, expected) in [
        (vec![("since", middle)], &all[2..]),
        (vec![("until", middle), ("ascending", "true")], &all[..2]),
        (
            vec![("since", middle), ("verb", "https://verbs.example/did")],
            &all[2..],
        ),
        (vec![("since", middle), ("until", middle)], &[]),
    ] {
        assert_eq!(found(&app, &query).await, expected, "{query:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_and_what_it_refers_to_meet_also_when_they_come_at_once() {
    let app = TestApp::start().await;
    let pairs: Vec<(Uuid, Uuid)> = (0..15).map(|_| (Uuid::new_v4(), Uuid::new_v4())).collect();
    let sent: Vec<Value> = pairs
        .iter()
        .flat_map(|(target, reference)| {
            let object = json!({ "objectType": "StatementRef", "id": target });
            [
                statement(*target, "meant", &activity()),
                statement(*reference, "remarked", &object),
            ]
        })
        .collect();
    let answers = join_all(sent.iter().map(|one| post(&app, one))).await;
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    let found = found(&app, &[("verb", "https://verbs.example/meant")]).await;
    assert_eq!(found.len(), 2 * pairs.len());
}

async fn consistent_through(app: &TestApp) -> DateTime<Utc> {
    let answer = request(app, Method::GET).send().await.unwrap();
    let through = &answer.headers()["x-experience-api-consistent-through"];
    through.to_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_under_way_holds_back_what_is_consistent_also_when_its_client_is_gone() {
    let app = TestApp::start().await;
    let id = Uuid::new_v4();
    // Whoever stores waits at the gate, until it is let go.
    let pool = db::pool(&app.database, 1).unwrap();
    let mut gate = pool.get().await.unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE lrs_gate IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let begun = Utc::now();
    let sent = request(&app, Method::POST).json(&statement(id, "slow", &activity()));
    assert!(
        sent.timeout(Duration::from_millis(300))
            .send()
            .await
            .is_err()
    );
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(consistent_through(&app).await <= begun + TimeDelta::milliseconds(300));
    gate.batch_execute("COMMIT").await.unwrap();
    let end = Instant::now() + Duration::from_secs(10);
    while found(&app, &[("verb", "https://verbs.example/slow")])
        .await
        .is_empty()
    {
        assert!(
            Instant::now() < end,
            "the statement of a client that hung up is stored"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(consistent_through(&app).await > begun + TimeDelta::milliseconds(300));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_say_of_an_activity_at_once_comes_together() {
    let app = TestApp::start().await;
    let languages: Vec<String> = (0..24).map(|number| format!("x-l{number}")).collect();
    let sent: Vec<Value> = languages
        .iter()
        .map(|language| {
            let definition = json!({ "name": { language: "Corso" } });
            let object = json!({ "id": "https://activities.example/it", "definition": definition });
            statement(Uuid::new_v4(), "did", &object)
        })
        .collect();
    let answers = join_all(sent.iter().map(|one| post(&app, one))).await;
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    let url = app.at("/xapi/activities?activityId=https://activities.example/it");
    let request = app.http.get(url).basic_auth(CLIENT, Some(SECRET));
    let request = request.header("X-Experience-API-Version", "1.0.3");
    let activity = expect(request.send().await.unwrap(), StatusCode::OK).await;
    let names = activity["definition"]["name"].as_object().unwrap();
    assert_eq!(names.len(), languages.len(), "{activity}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_batches_in_another_order_do_not_lock_up() {
    let app = TestApp::start().await;
    let some: Vec<Value> = (0..20)
        .map(|_| statement(Uuid::new_v4(), "did", &activity()))
        .collect();
    let other: Vec<Value> = some.iter().rev().cloned().collect();
    let (some, other) = (json!(some), json!(other));
    let all = (0..12).map(|number| post(&app, if number % 2 == 0 { &some } else { &other }));
    let answers = join_all(all).await;
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    assert_eq!(found(&app, &[]).await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_is_consistent_when_nothing_is_under_way() {
    let app = TestApp::start().await;
    assert_eq!(
        post(&app, &statement(Uuid::new_v4(), "did", &activity())).await,
        200
    );
    let answer = request(&app, Method::GET).send().await.unwrap();
    let through = answer.headers()["x-experience-api-consistent-through"]
        .to_str()
        .unwrap();
    let through: chrono::DateTime<chrono::Utc> = through.parse().unwrap();
    let answer = expect(answer, StatusCode::OK).await;
    let stored = answer["statements"][0]["stored"].as_str().unwrap();
    assert!(through >= stored.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
}
