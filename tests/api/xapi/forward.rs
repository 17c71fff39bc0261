//! Statements sent on to another store, which is a second Percorso: in order, filtered, again when it was
//! away, none lost and none twice.

use super::{
    attachments::{mixed, sum},
    *,
};

/// Where statements come in, where they go, and under which id.
struct Pair {
    here: Lrs,
    there: Lrs,
}

impl Pair {
    async fn start() -> Self {
        let app = TestApp::with_settings(&[("PERCORSO_WEBHOOK_PRIVATE", "true")]).await;
        Self {
            here: Lrs { app },
            there: Lrs::start().await,
        }
    }

    fn body(&self, more: Value) -> Value {
        let mut body = json!({
            "url": self.there.app.at("/xapi/"),
            "username": CLIENT,
            "password": SECRET,
        });
        let Value::Object(more) = more else {
            panic!("an object")
        };
        body.as_object_mut().unwrap().extend(more);
        body
    }

    async fn forward(&self, more: Value) -> String {
        let body = self.body(more);
        let made = self.here.app.post("/api/v1/forwards", &body).await;
        let made = expect(made, StatusCode::CREATED).await;
        assert!(made.get("password").is_none(), "it is never shown");
        made["id"].as_str().unwrap().to_owned()
    }

    async fn change(&self, id: &str, more: Value) {
        let url = self.here.app.at(&format!("/api/v1/forwards/{id}"));
        let request = self.here.app.http.put(url).json(&self.body(more));
        expect(self.here.app.send(request).await, StatusCode::OK).await;
    }

    async fn known(&self, id: &str) -> Value {
        let answer = self.here.app.get(&format!("/api/v1/forwards/{id}")).await;
        expect(answer, StatusCode::OK).await
    }

    async fn again(&self, id: &str, body: Value) -> Value {
        let path = format!("/api/v1/forwards/{id}/replay");
        expect(self.here.app.post(&path, &body).await, StatusCode::ACCEPTED).await
    }

    /// Sends what is due so many minutes later; answers how many turns that took.
    async fn send(&self, minutes: i64) -> usize {
        self.here.app.send_on(minutes).await
    }

    async fn stop(self) {
        self.here.app.stop().await;
        self.there.app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wanted_arrives_in_order_and_nothing_else() {
    let pair = Pair::start().await;
    let early = id();
    let first = statement(&early, "anna", "did", "it/1");
    expect(pair.here.post(&first).await, StatusCode::OK).await;
    let filter = json!({
        "verbs": ["https://verbs.example/did"],
        "activities": ["https://activities.example/it/"],
        "since": "2020-01-01T00:00:00Z",
    });
    let forward = pair.forward(filter).await;
    let none = pair.forward(json!({ "origin": "own" })).await;

    let wanted: Vec<String> = (0..3).map(|_| id()).collect();
    let batch = json!([
        statement(&wanted[0], "anna", "did", "it/2"),
        statement(&id(), "anna", "saw", "it/2"),
        statement(&id(), "anna", "did", "other"),
        statement(&wanted[1], "bruno", "did", "it/3"),
    ]);
    expect(pair.here.post(&batch).await, StatusCode::OK).await;
    // Its bytes are nowhere else: they go along.
    let mut with = statement(&wanted[2], "anna", "did", "it/4");
    let bytes = b"ciao";
    with["attachments"] = json!([{
        "usageType": "https://usage.example/nota", "display": { "it": "Nota" },
        "contentType": "text/plain", "length": bytes.len(), "sha2": sum(bytes),
    }]);
    let request = pair.here.request(Method::POST, "statements");
    let request = request.header("content-type", "multipart/mixed; boundary=sep");
    let request = request.body(mixed(&with, &[(&sum(bytes), bytes)]));
    expect(request.send().await.unwrap(), StatusCode::OK).await;

    assert_eq!(pair.send(0).await, 2, "one turn for each");
    let arrived = pair.there.found(&[("ascending", "true")]).await;
    let expected: Vec<String> = std::iter::once(early).chain(wanted).collect();
    assert_eq!(arrived, expected);
    let attachments = pair.there.get("statements?attachments=true").await;
    assert!(attachments.text().await.unwrap().contains("ciao"));
    let (known, other) = (pair.known(&forward).await, pair.known(&none).await);
    assert_eq!(
        (&known["waiting"], &known["forwarded"], &known["tries"]),
        (&json!(0), &json!(4), &json!(0))
    );
    assert_eq!(
        (&other["waiting"], &other["forwarded"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(pair.send(0).await, 0, "nothing waits");
    // Once more: the other store knows them.
    let replayed = pair
        .again(&forward, json!({ "since": "2020-01-01T00:00:00Z" }))
        .await;
    assert_eq!(replayed["replayed"], 6);
    pair.send(0).await;
    assert_eq!(pair.there.found(&[]).await.len(), 4);
    pair.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_gets_all_when_it_is_back() {
    let pair = Pair::start().await;
    let forward = pair.forward(json!({ "password": "wrong" })).await;
    let all: Vec<String> = (0..2).map(|_| id()).collect();
    let one = |id: &String| statement(id, "anna", "did", "it");
    expect(pair.here.post(&one(&all[0])).await, StatusCode::OK).await;
    assert_eq!(pair.send(0).await, 1);
    let known = pair.known(&forward).await;
    assert_eq!(
        (&known["status"], &known["tries"], &known["waiting"]),
        (&json!(401), &json!(1), &json!(1))
    );
    assert_eq!(pair.send(0).await, 0, "not before its time");
    assert_eq!(pair.send(1).await, 1, "then it is tried again");
    // Paused, statements go on waiting.
    pair.change(&forward, json!({ "enabled": false })).await;
    expect(pair.here.post(&one(&all[1])).await, StatusCode::OK).await;
    assert_eq!(pair.send(60).await, 0);
    assert_eq!(pair.known(&forward).await["waiting"], 2);
    pair.change(&forward, json!({})).await;
    assert_eq!(pair.send(0).await, 1);
    assert_eq!(pair.there.found(&[("ascending", "true")]).await, all);
    let known = pair.known(&forward).await;
    assert_eq!(
        (&known["status"], &known["tries"], &known["next_try_at"]),
        (&Value::Null, &json!(0), &Value::Null)
    );
    pair.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_refused_holds_up_no_other() {
    let pair = Pair::start().await;
    let forward = pair.forward(json!({})).await;
    let all: Vec<String> = (0..3).map(|_| id()).collect();
    let mut batch: Vec<Value> = all
        .iter()
        .map(|id| statement(id, "anna", "did", "it"))
        .collect();
    // A property that only 2.0 has, while the other store is spoken to in 1.0.3.
    batch[1]["context"] = json!({ "contextAgents": [{
        "objectType": "contextAgent", "agent": { "mbox": "mailto:b@comune.example" },
        "relevantTypes": ["https://types.example/tutor"],
    }] });
    let request = pair.here.request(Method::POST, "statements");
    let mut request = request.json(&batch).build().unwrap();
    request
        .headers_mut()
        .insert(VERSION, "2.0.0".parse().unwrap());
    let answer = pair.here.app.http.execute(request).await.unwrap();
    expect(answer, StatusCode::OK).await;

    pair.send(0).await;
    let arrived = pair.there.found(&[("ascending", "true")]).await;
    assert_eq!(arrived, [all[0].clone(), all[2].clone()]);
    let known = pair.known(&forward).await;
    assert_eq!(
        (&known["refused"], &known["waiting"], &known["tries"]),
        (&json!(1), &json!(0), &json!(0))
    );
    let path = format!("/api/v1/forwards/{forward}/refused");
    let refused = expect(pair.here.app.get(&path).await, StatusCode::OK).await;
    assert_eq!(refused[0]["statement_id"], all[1].as_str());
    assert_eq!(refused[0]["status"], 400);
    let why = refused[0]["response"].as_str().unwrap();
    assert!(why.contains("contextAgents"), "{why}");
    // Mended, it goes after.
    pair.change(&forward, json!({ "version": "2.0.0" })).await;
    assert_eq!(pair.again(&forward, json!({})).await["replayed"], 1);
    pair.send(0).await;
    assert_eq!(pair.there.found(&[]).await.len(), 3);
    pair.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_store_is_refused_in_words() {
    let lrs = Lrs::start().await;
    let good = json!({ "url": "https://lrs.example/xapi", "username": "u", "password": "p" });
    let check = async |name: &str, value: Value, word: &str| {
        let mut body = good.clone();
        body[name] = value;
        let answer = lrs.app.post("/api/v1/forwards", &body).await;
        let problem = expect(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(
            problem["detail"].as_str().unwrap().contains(word),
            "{problem}"
        );
    };
    check("url", "http://127.0.0.1:1/xapi".into(), "https").await;
    check(
        "url",
        "https://10.0.0.1/xapi".into(),
        "PERCORSO_WEBHOOK_PRIVATE",
    )
    .await;
    check("url", "https://lrs.example/xapi?a=1".into(), "endpoint").await;
    check("password", Value::Null, "password").await;
    check("version", "0.95".into(), "2.0.0").await;
    check("origin", "mine".into(), "sent").await;
    check("verbs", json!(["did"]), "did").await;
    let none = lrs.app.get("/api/v1/forwards/none").await;
    expect(none, StatusCode::NOT_FOUND).await;
    lrs.app.stop().await;
}
