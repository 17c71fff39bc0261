//! The learning record store from outside: statements in and out.

mod answers;
mod attachments;
mod forward;
mod own;
mod requests;
mod same;
mod scopes;
mod signatures;
mod video;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{CLIENT, SECRET, TestApp, expect};

const VERSION: &str = "X-Experience-API-Version";
const VOIDED: &str = "http://adlnet.gov/expapi/verbs/voided";

/// A query, and which of the statements it finds.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [usize]);

struct Lrs {
    app: TestApp,
}

impl Lrs {
    async fn start() -> Self {
        Self {
            app: TestApp::start().await,
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = self.app.at(&format!("/xapi/{path}"));
        let request = self.app.http.request(method, url);
        request
            .basic_auth(CLIENT, Some(SECRET))
            .header(VERSION, "1.0.3")
    }

    async fn post(&self, statements: &Value) -> Response {
        let request = self.request(Method::POST, "statements").json(statements);
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// Ids of the statements that a query finds.
    async fn found(&self, query: &[(&str, &str)]) -> Vec<String> {
        let request = self.request(Method::GET, "statements").query(query);
        let answer = expect(request.send().await.unwrap(), StatusCode::OK).await;
        let statements = answer["statements"].as_array().unwrap();
        let ids = statements
            .iter()
            .map(|statement| statement["id"].as_str().unwrap());
        ids.map(str::to_owned).collect()
    }
}

fn id() -> String {
    Uuid::new_v4().to_string()
}

fn statement(id: &str, actor: &str, verb: &str, activity: &str) -> Value {
    json!({
        "id": id,
        "actor": { "mbox": format!("mailto:{actor}@comune.example") },
        "verb": { "id": format!("https://verbs.example/{verb}") },
        "object": { "id": format!("https://activities.example/{activity}") },
    })
}

fn agent(name: &str) -> String {
    json!({ "mbox": format!("mailto:{name}@comune.example") }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_stored_whole_or_not_at_all() {
    let lrs = Lrs::start().await;
    let (good, bad) = (id(), id());
    let mut wrong = statement(&bad, "anna", "did", "it");
    wrong["result"] = json!({ "score": { "scaled": 2 } });
    let refused = lrs
        .post(&json!([statement(&good, "anna", "did", "it"), wrong]))
        .await;
    let refused = expect(refused, StatusCode::BAD_REQUEST).await;
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("statement 1: result.score.scaled: must be from -1 to 1"),
        "{detail}"
    );
    assert_eq!(lrs.found(&[]).await, Vec::<String>::new());

    let first = statement(&good, "anna", "did", "it");
    let ids = expect(lrs.post(&json!([first])).await, StatusCode::OK).await;
    assert_eq!(ids, json!([good]));
    assert_eq!(
        lrs.post(&first).await.status(),
        StatusCode::OK,
        "again, word for word"
    );
    let other = statement(&good, "bruno", "did", "it");
    let beside = statement(&bad, "bruno", "did", "it");
    let refused = lrs.post(&json!([beside, other])).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert_eq!(lrs.found(&[]).await, [good]);
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_filter_finds_its_own_in_the_order_of_storing() {
    let lrs = Lrs::start().await;
    let ids: Vec<String> = (0..4).map(|_| id()).collect();
    let registration = id();
    let mut third = statement(&ids[2], "carla", "did", "three");
    third["context"] = json!({
        "registration": registration,
        "instructor": { "mbox": "mailto:anna@comune.example" },
        "contextActivities": { "parent": { "id": "https://activities.example/one" } },
    });
    let sub = json!({
        "id": ids[3],
        "actor": { "mbox": "mailto:dario@comune.example" },
        "verb": { "id": "https://verbs.example/planned" },
        "object": {
            "objectType": "SubStatement",
            "actor": { "mbox": "mailto:bruno@comune.example" },
            "verb": { "id": "https://verbs.example/did" },
            "object": { "id": "https://activities.example/four" },
        },
    });
    let all = json!([
        statement(&ids[0], "anna", "did", "one"),
        statement(&ids[1], "bruno", "read", "two"),
        third,
        sub,
    ]);
    expect(lrs.post(&all).await, StatusCode::OK).await;
    let (anna, bruno) = (agent("anna"), agent("bruno"));
    let (one, four) = (
        "https://activities.example/one",
        "https://activities.example/four",
    );
    let did = "https://verbs.example/did";
    let cases: [Case<'_>; 13] = [
        (&[], &[3, 2, 1, 0]),
        (&[("ascending", "true")], &[0, 1, 2, 3]),
        (&[("agent", &anna)], &[0]),
        (&[("agent", &anna), ("related_agents", "true")], &[2, 0]),
        (&[("agent", &bruno), ("related_agents", "true")], &[3, 1]),
        (&[("verb", did)], &[2, 0]),
        (&[("activity", one)], &[0]),
        (
            &[("activity", one), ("related_activities", "true")],
            &[2, 0],
        ),
        (&[("activity", four), ("related_activities", "true")], &[3]),
        (&[("activity", four)], &[]),
        (&[("registration", &registration)], &[2]),
        (&[("verb", did), ("agent", &anna)], &[0]),
        (
            &[
                ("verb", did),
                ("agent", &anna),
                ("related_agents", "true"),
                ("registration", &registration),
            ],
            &[2],
        ),
    ];
    for (query, expected) in cases {
        let expected: Vec<String> = expected.iter().map(|index| ids[*index].clone()).collect();
        assert_eq!(lrs.found(query).await, expected, "{query:?}");
    }

    let stored = |index: usize| {
        let path = format!("statements?statementId={}", ids[index]);
        let lrs = &lrs;
        async move {
            let found = expect(lrs.get(&path).await, StatusCode::OK).await;
            found["stored"].as_str().unwrap().to_owned()
        }
    };
    let (first, third) = (stored(0).await, stored(2).await);
    assert_eq!(lrs.found(&[("since", &third)]).await, [ids[3].clone()]);
    assert_eq!(lrs.found(&[("until", &first)]).await, [ids[0].clone()]);
    assert_eq!(
        lrs.found(&[("since", &first), ("until", &third), ("verb", did)])
            .await,
        [ids[2].clone()]
    );
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_on_where_they_ended_also_when_more_comes_meanwhile() {
    let lrs = Lrs::start().await;
    let ids: Vec<String> = (0..5).map(|_| id()).collect();
    let all: Vec<Value> = ids
        .iter()
        .map(|id| statement(id, "anna", "did", "it"))
        .collect();
    expect(lrs.post(&json!(all)).await, StatusCode::OK).await;
    let mut found = Vec::new();
    let mut path = "statements?limit=2&verb=https%3A%2F%2Fverbs.example%2Fdid".to_owned();
    while !path.is_empty() {
        let page = expect(lrs.get(&path).await, StatusCode::OK).await;
        for statement in page["statements"].as_array().unwrap() {
            found.push(statement["id"].as_str().unwrap().to_owned());
        }
        expect(
            lrs.post(&statement(&id(), "anna", "did", "later")).await,
            StatusCode::OK,
        )
        .await;
        let more = page["more"].as_str().unwrap();
        path = more.strip_prefix("/xapi/").unwrap_or_default().to_owned();
    }
    let newest_first: Vec<String> = ids.into_iter().rev().collect();
    assert_eq!(found, newest_first);
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_voided_is_hidden_and_its_reference_found() {
    let lrs = Lrs::start().await;
    let void = |id: &str, target: &str| {
        json!({
            "id": id,
            "actor": { "mbox": "mailto:admin@comune.example" },
            "verb": { "id": VOIDED },
            "object": { "objectType": "StatementRef", "id": target },
        })
    };
    // The target before and after what voids it.
    for is_early in [false, true] {
        let (target, voiding, about) = (id(), id(), id());
        let activity = id();
        let mut steps = [
            statement(&target, "anna", "did", &activity),
            void(&voiding, &target),
        ];
        if is_early {
            steps.reverse();
        }
        for step in &steps {
            expect(lrs.post(step).await, StatusCode::OK).await;
        }
        let hidden = lrs.get(&format!("statements?statementId={target}")).await;
        assert_eq!(hidden.status(), StatusCode::NOT_FOUND);
        let found = lrs
            .get(&format!("statements?voidedStatementId={target}"))
            .await;
        assert_eq!(found.status(), StatusCode::OK);
        let activity = format!("https://activities.example/{activity}");
        assert_eq!(
            lrs.found(&[("activity", &activity)]).await,
            std::slice::from_ref(&voiding)
        );

        // One that refers to the reference is found as well.
        let mut chain = statement(&about, "bruno", "noted", "x");
        chain["object"] = json!({ "objectType": "StatementRef", "id": voiding });
        expect(lrs.post(&chain).await, StatusCode::OK).await;
        assert_eq!(
            lrs.found(&[("activity", &activity)]).await,
            [about, voiding.clone()]
        );
        let refused = lrs.post(&void(&id(), &voiding)).await;
        assert_eq!(
            refused.status(),
            StatusCode::BAD_REQUEST,
            "a void cannot be voided"
        );
    }
    lrs.app.stop().await;
}
