//! cmi5 over HTTP, as a unit and an administrator meet it: what the LMS gives, takes, refuses and
//! states. Names end in the requirements they show; the rules themselves have their own tests.

use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};

use crate::support::{CLIENT, SECRET, TestApp, expect, packages::zip};

const SESSION: &str = "https://w3id.org/xapi/cmi5/context/extensions/sessionid";
const CATEGORY: &str = "https://w3id.org/xapi/cmi5/context/categories/cmi5";
const MOVE_ON: &str = "https://w3id.org/xapi/cmi5/context/categories/moveon";
const ADL: &str = "http://adlnet.gov/expapi/verbs/";
const OWN: &str = "https://w3id.org/xapi/adl/verbs/";
const QUIZ: &str = "urn:test:au:quiz";
const VIDEO: &str = "urn:test:au:video";

/// A block with a quiz (completed and passed, mastery 0.8, own window) and a video (completed).
fn course() -> Vec<u8> {
    let text = |name: &str| {
        format!(
            "<title><langstring lang=\"it\">{name}</langstring></title><description><langstring lang=\"it\">{name}</langstring></description>"
        )
    };
    let structure = format!(
        r#"<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
<course id="urn:test:course">{}</course><block id="urn:test:block">{}
<au id="{QUIZ}" moveOn="CompletedAndPassed" masteryScore="0.8" launchMethod="OwnWindow">{}<url>quiz/a b.html?livello=1&amp;x=%20</url><launchParameters> p&amp;q </launchParameters></au>
<au id="{VIDEO}" moveOn="Completed">{}<url>video.html</url></au></block></courseStructure>"#,
        text("Corso"),
        text("Blocco"),
        text("Quiz"),
        text("Video"),
    )
    .replace("a b.html", "a%20b.html");
    zip(&[
        ("cmi5.xml", &structure),
        ("quiz/a b.html", "<p>quiz</p>"),
        ("video.html", "<p>video</p>"),
    ])
}

async fn registered(app: &TestApp) -> String {
    let package = app.with_package(course()).await;
    let id = package["id"].as_str().unwrap();
    let registration = app.with_registration(id, "u-1").await;
    registration["id"].as_str().unwrap().to_owned()
}

/// A unit in its session.
struct Unit<'a> {
    app: &'a TestApp,
    launch: Value,
    url: Url,
    auth: String,
    data: Value,
}

impl<'a> Unit<'a> {
    /// Launched, the token fetched and the launch data read.
    async fn launched(app: &'a TestApp, registration: &str, body: Value) -> Self {
        let path = format!("/api/v1/registrations/{registration}/launch");
        let launch = expect(app.post(&path, &body).await, StatusCode::OK).await;
        let url = Url::parse(launch["url"].as_str().unwrap()).unwrap();
        let mut unit = Self {
            app,
            launch,
            url,
            auth: String::new(),
            data: Value::Null,
        };
        let token = unit.fetch().await;
        unit.auth = format!("Basic {}", token["auth-token"].as_str().unwrap());
        let answer = unit.state("GET", "LMS.LaunchData", None).await;
        unit.data = expect(answer, StatusCode::OK).await;
        unit
    }

    /// The same, initialized.
    async fn begun(app: &'a TestApp, registration: &str, au: &str) -> Self {
        let unit = Self::launched(app, registration, json!({ "activity_id": au })).await;
        assert_eq!(unit.preferences().await, StatusCode::NOT_FOUND);
        unit.says("initialized").await;
        unit
    }

    fn parameter(&self, name: &str) -> String {
        let mut pairs = self.url.query_pairs();
        pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
    }

    async fn fetch(&self) -> Value {
        let answer = self
            .app
            .http
            .post(self.parameter("fetch"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        expect(answer, StatusCode::OK).await
    }

    async fn call(
        &self,
        method: &str,
        resource: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> reqwest::Response {
        let url = format!("{}/{resource}", self.parameter("endpoint"));
        let method: Method = method.parse().unwrap();
        let mut request = self
            .app
            .http
            .request(method, url)
            .query(query)
            .header("authorization", &self.auth)
            .header("x-experience-api-version", "1.0.3");
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }

    async fn state(&self, method: &str, name: &str, body: Option<&Value>) -> reqwest::Response {
        let (actor, registration, activity) = (
            self.parameter("actor"),
            self.parameter("registration"),
            self.parameter("activityId"),
        );
        let query = [
            ("stateId", name),
            ("agent", &actor),
            ("registration", &registration),
            ("activityId", &activity),
        ];
        self.call(method, "activities/state", &query, body).await
    }

    async fn preferences(&self) -> StatusCode {
        let actor = self.parameter("actor");
        let query = [
            ("profileId", "cmi5LearnerPreferences"),
            ("agent", actor.as_str()),
        ];
        self.call("GET", "agents/profile", &query, None)
            .await
            .status()
    }

    /// A sound cmi5 defined statement.
    fn statement(&self, verb: &str) -> Value {
        let mut context = self.data["contextTemplate"].clone();
        context["registration"] = self.parameter("registration").into();
        let mut category = vec![json!({ "id": CATEGORY })];
        let result = match verb {
            "completed" => json!({ "completion": true, "duration": "PT1M" }),
            "passed" => json!({ "success": true, "duration": "PT1M" }),
            "failed" => json!({ "success": false, "duration": "PT1M" }),
            "terminated" => json!({ "duration": "PT1M30S" }),
            _ => json!({}),
        };
        if matches!(verb, "completed" | "passed" | "failed") {
            category.push(json!({ "id": MOVE_ON }));
        }
        context["contextActivities"]["category"] = category.into();
        json!({
            "id": uuid(), "timestamp": "2026-11-23T10:00:00.000Z",
            "actor": serde_json::from_str::<Value>(&self.parameter("actor")).unwrap(),
            "verb": { "id": format!("{ADL}{verb}") },
            "object": { "id": self.parameter("activityId") },
            "result": result, "context": context,
        })
    }

    fn allowed(&self) -> Value {
        let mut statement = self.statement("experienced");
        statement["context"]["contextActivities"]["category"] = json!([]);
        statement
    }

    async fn post(&self, statement: &Value) -> reqwest::Response {
        self.call("POST", "statements", &[], Some(statement)).await
    }

    async fn says(&self, verb: &str) -> Value {
        let statement = self.statement(verb);
        expect(self.post(&statement).await, StatusCode::OK).await;
        statement
    }

    /// The statement is refused with this requirement, and not there afterwards.
    async fn refused(&self, statement: &Value, requirement: &str) {
        let problem = expect(self.post(statement).await, StatusCode::FORBIDDEN).await;
        assert_eq!(problem["requirement"], requirement, "{problem:#}");
        let id = statement["id"].as_str().unwrap();
        let path = format!("/xapi/statements?statementId={id}");
        let request = self
            .app
            .http
            .get(self.app.at(&path))
            .basic_auth(CLIENT, Some(SECRET));
        let answer = request
            .header("x-experience-api-version", "1.0.3")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}

fn uuid() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!(
        "5f7e6b3c-{:04x}-4000-8000-{next:012x}",
        std::process::id() & 0xffff
    )
}

/// Statements of a registration, as an administrator's client sees them, the oldest first.
async fn statements(app: &TestApp, registration: &str) -> Vec<Value> {
    let path = format!("/xapi/statements?registration={registration}&ascending=true");
    let request = app.http.get(app.at(&path)).basic_auth(CLIENT, Some(SECRET));
    let answer = request
        .header("x-experience-api-version", "1.0.3")
        .send()
        .await
        .unwrap();
    let answer = expect(answer, StatusCode::OK).await;
    answer["statements"].as_array().unwrap().clone()
}

fn verbs(statements: &[Value]) -> Vec<String> {
    let name = |statement: &Value| {
        let id = statement["verb"]["id"].as_str().unwrap().to_owned();
        id.rsplit('/').next().unwrap().to_owned()
    };
    statements.iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_gives_all_a_unit_needs_8_1_0_0_8_8_1_5_0_1_9_2_0_0_1_9_6_3_1_1_9_6_3_1_2_9_6_2_3_1()
 {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::launched(
        &app,
        &registration,
        json!({ "activity_id": QUIZ, "return_url": "https://hr.example/x" }),
    )
    .await;
    assert_eq!(unit.launch["launch_method"], "own_window", "8.1.0.0-1");
    assert!(
        unit.url.path().ends_with("/quiz/a%20b.html"),
        "{}",
        unit.url
    );
    let query = unit.url.query().unwrap();
    assert!(
        query.starts_with("livello=1&x=%20&endpoint=http%3A%2F%2F")
            && !query.contains(['{', '"', ' ']),
        "{query}"
    );
    assert!(!unit.parameter("endpoint").ends_with('/'));
    assert_eq!(unit.parameter("registration"), registration);
    assert_ne!(unit.parameter("activityId"), QUIZ);
    let actor: Value = serde_json::from_str(&unit.parameter("actor")).unwrap();
    assert_eq!(
        actor["account"],
        json!({ "homePage": app.url, "name": "u-1" })
    );
    assert_eq!(
        unit.data["contextTemplate"]["extensions"][SESSION],
        unit.launch["session_id"]
    );
    assert_eq!(
        unit.data["contextTemplate"]["contextActivities"]["grouping"][0]["id"],
        QUIZ
    );
    assert_eq!(
        (&unit.data["launchParameters"], &unit.data["returnURL"]),
        (&"p&q".into(), &"https://hr.example/x".into())
    );
    // The file is there.
    assert_eq!(
        app.http
            .get(unit.url.clone())
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "<p>quiz</p>"
    );

    let video = Unit::launched(&app, &registration, json!({ "activity_id": VIDEO })).await;
    assert_eq!(video.launch["launch_method"], "any_window", "8.1.0.0-3");
    assert_ne!(video.parameter("activityId"), unit.parameter("activityId"));
    assert_ne!(video.launch["session_id"], unit.launch["session_id"]);
    let again = Unit::launched(&app, &registration, json!({ "activity_id": QUIZ })).await;
    assert_eq!(
        again.parameter("activityId"),
        unit.parameter("activityId"),
        "8.1.5.0-4"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_given_once_and_good_in_its_session_8_2_1_0_4_8_2_1_0_5_8_1_2_0_2() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::launched(&app, &registration, json!({ "activity_id": VIDEO })).await;
    let second = unit.fetch().await;
    assert_eq!(
        (&second["error-code"], &second["auth-token"]),
        (&"1".into(), &Value::Null)
    );
    let answer = app
        .http
        .post(app.at("/cmi5/fetch/nobody"))
        .send()
        .await
        .unwrap();
    assert_eq!(expect(answer, StatusCode::OK).await["error-code"], "2");
    let answer = app.http.get(unit.parameter("fetch")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);

    let mut stranger = Unit {
        auth: "Basic bm86Ym9keQ==".into(),
        url: unit.url.clone(),
        data: unit.data.clone(),
        launch: Value::Null,
        app: &app,
    };
    let answer = stranger.state("GET", "LMS.LaunchData", None).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let challenge = answer.headers()["www-authenticate"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(!challenge.to_lowercase().contains("basic"), "{challenge}");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    // A preflight needs no credentials.
    stranger.auth.clear();
    let answer = stranger.call("OPTIONS", "statements", &[], None).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);

    unit.preferences().await;
    unit.says("initialized").await;
    unit.says("terminated").await;
    for (method, resource) in [
        ("GET", "statements"),
        ("GET", "activities/state"),
        ("PUT", "agents/profile"),
    ] {
        let answer = unit.call(method, resource, &[], None).await;
        let problem = expect(answer, StatusCode::FORBIDDEN).await;
        assert_eq!(problem["requirement"], "9.3.0.0-5", "8.1.2.0-2 {resource}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_between_initialized_and_terminated_7_1_2_0_1_7_1_3_0_1_9_3_8_0_3_9_3_8_0_4_6_0_0_0_4()
 {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::launched(&app, &registration, json!({ "activity_id": VIDEO })).await;
    unit.refused(&unit.allowed(), "9.3.0.0-4").await;
    unit.refused(&unit.statement("initialized"), "11.0.0.0-3")
        .await;
    unit.preferences().await;
    let initialized = unit.says("initialized").await;
    // The answer was lost: the same words again are no second statement.
    expect(unit.post(&initialized).await, StatusCode::OK).await;
    unit.refused(&unit.statement("initialized"), "9.3.2.0-3")
        .await;
    let allowed = unit.allowed();
    expect(unit.post(&allowed).await, StatusCode::OK).await;
    // One request, in the order of the timestamps; and nothing of it when one is refused (6.3.0.0-2).
    let (mut completed, mut terminated) =
        (unit.statement("completed"), unit.statement("terminated"));
    let mut late = unit.allowed();
    completed["timestamp"] = "2026-11-23T10:01:00Z".into();
    terminated["timestamp"] = "2026-11-23T10:02:00Z".into();
    late["timestamp"] = "2026-11-23T10:03:00Z".into();
    let answer = unit.post(&json!([late, terminated, completed])).await;
    assert_eq!(
        expect(answer, StatusCode::FORBIDDEN).await["requirement"],
        "9.3.0.0-5"
    );
    expect(
        unit.post(&json!([terminated, completed])).await,
        StatusCode::OK,
    )
    .await;
    unit.refused(&unit.allowed(), "9.3.0.0-5").await;
    // Even what is stored already.
    assert_eq!(unit.post(&allowed).await.status(), StatusCode::FORBIDDEN);
    let all = statements(&app, &registration).await;
    assert_eq!(
        verbs(&all),
        [
            "launched",
            "initialized",
            "experienced",
            "terminated",
            "completed"
        ]
    );
    let path = format!("/api/v1/registrations/{registration}/sessions");
    let sessions = expect(app.get(&path).await, StatusCode::OK).await;
    assert_eq!(sessions["items"][0]["state"], "ended");
    let id = sessions["items"][0]["id"].as_str().unwrap();
    let log = expect(
        app.get(&format!("/api/v1/sessions/{id}/log")).await,
        StatusCode::OK,
    )
    .await;
    let refusals = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| !line["diagnostic"].is_null());
    assert!(refusals.count() >= 4, "{log:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_the_learners_own_8_1_3_0_3_8_1_4_0_3_10_2_1_0_6_10_2_1_0_7_9_6_2_0_1() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::begun(&app, &registration, QUIZ).await;
    let change = |pointer: &str, value: Value| {
        let mut statement = unit.allowed();
        *statement.pointer_mut(pointer).unwrap() = value;
        statement
    };
    unit.refused(&change("/actor/account/name", "u-2".into()), "8.1.3.0-3")
        .await;
    unit.refused(&change("/context/registration", uuid().into()), "8.1.4.0-3")
        .await;
    unit.refused(
        &change("/context/contextActivities/grouping", json!([])),
        "10.2.1.0-6",
    )
    .await;
    let mut overwritten = unit.allowed();
    overwritten["context"]["extensions"][SESSION] = "x".into();
    unit.refused(&overwritten, "10.2.1.0-7").await;
    let mut defined = unit.statement("passed");
    defined["context"]["contextActivities"]["grouping"] = json!([]);
    unit.refused(&defined, "9.6.2.0-1").await;
    let mut elsewhere = unit.statement("passed");
    elsewhere["object"]["id"] = VIDEO.into();
    unit.refused(&elsewhere, "8.1.5.0-6").await;

    let other = r#"{"account":{"homePage":"https://x.example","name":"u-2"}}"#;
    let (own, activity) = (unit.parameter("actor"), unit.parameter("activityId"));
    for (resource, query, requirement) in [
        (
            "activities/state",
            vec![
                ("agent", other),
                ("activityId", activity.as_str()),
                ("stateId", "a"),
            ],
            "8.1.3.0-3",
        ),
        (
            "activities/state",
            vec![
                ("agent", own.as_str()),
                ("activityId", activity.as_str()),
                ("stateId", "a"),
                ("registration", "5f7e6b3c-0000-4000-8000-00000000ffff"),
            ],
            "8.1.4.0-3",
        ),
        (
            "agents/profile",
            vec![("agent", other), ("profileId", "a")],
            "11.0.0.0-1",
        ),
        ("agents", vec![("agent", other)], "8.1.3.0-3"),
        ("statements", vec![("agent", other)], "8.1.3.0-3"),
    ] {
        let answer = unit.call("GET", resource, &query, None).await;
        let problem = expect(answer, StatusCode::FORBIDDEN).await;
        assert_eq!(problem["requirement"], requirement, "{resource}");
    }
    // What it reads is its own registration's.
    let mine = expect(
        unit.call("GET", "statements", &[], None).await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(mine["statements"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_the_lms_and_of_the_unit_6_0_0_0_2_6_2_0_0_1_6_0_0_0_5() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::begun(&app, &registration, VIDEO).await;
    for method in ["PUT", "POST", "DELETE"] {
        let answer = unit.state(method, "LMS.LaunchData", Some(&json!({}))).await;
        assert_eq!(
            expect(answer, StatusCode::FORBIDDEN).await["requirement"],
            "10.2.1.0-5"
        );
    }
    let bookmark = json!({ "pagina": 7 });
    assert_eq!(
        unit.state("PUT", "segnalibro", Some(&bookmark))
            .await
            .status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        expect(unit.state("GET", "segnalibro", None).await, StatusCode::OK).await,
        bookmark
    );

    let actor = unit.parameter("actor");
    let query = [
        ("profileId", "cmi5LearnerPreferences"),
        ("agent", actor.as_str()),
    ];
    for (body, requirement) in [
        (json!({ "languagePreference": "it" }), "11.0.0.0-5"),
        (
            json!({ "languagePreference": "no list", "audioPreference": "on" }),
            "11.1.0.0-1",
        ),
    ] {
        let answer = unit
            .call("PUT", "agents/profile", &query, Some(&body))
            .await;
        assert_eq!(
            expect(answer, StatusCode::FORBIDDEN).await["requirement"],
            requirement
        );
    }
    let good = json!({ "languagePreference": "it,en-GB", "audioPreference": "off" });
    assert_eq!(
        unit.call("PUT", "agents/profile", &query, Some(&good))
            .await
            .status(),
        StatusCode::NO_CONTENT
    );
    // In the next session, by its own token.
    let next = Unit::launched(&app, &registration, json!({ "activity_id": VIDEO })).await;
    let answer = next.call("GET", "agents/profile", &query, None).await;
    assert_eq!(expect(answer, StatusCode::OK).await, good);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stated_reaches_the_registration_10_2_2_0_1_9_3_9_0_3_9_3_9_0_7_9_4_0_0_2() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let before = app.registration(&registration).await;
    assert_eq!(
        (&before["completion"], &before["activities"]["id"]),
        (&"not_attempted".into(), &"urn:test:course".into())
    );

    let browse = Unit::launched(
        &app,
        &registration,
        json!({ "activity_id": QUIZ, "launch_mode": "browse" }),
    )
    .await;
    browse.preferences().await;
    browse.says("initialized").await;
    browse
        .refused(&browse.statement("completed"), "10.2.2.0-2")
        .await;
    browse.says("terminated").await;

    let quiz = Unit::begun(&app, &registration, QUIZ).await;
    let mut failed = quiz.statement("failed");
    failed["result"]["score"] = json!({ "scaled": 0.5 });
    failed["context"]["extensions"]["https://w3id.org/xapi/cmi5/context/extensions/masteryscore"] =
        json!(0.8);
    expect(quiz.post(&failed).await, StatusCode::OK).await;
    quiz.says("terminated").await;
    let now = app.registration(&registration).await;
    assert_eq!(
        (&now["completion"], &now["success"], &now["score"]["scaled"]),
        (&"incomplete".into(), &"failed".into(), &json!(0.5))
    );
    let why = now["why_incomplete"].as_array().unwrap();
    assert!(
        why.len() == 2
            && why[0].as_str().unwrap().contains("50%")
            && why[0].as_str().unwrap().contains("80%"),
        "{why:?}"
    );
    assert_eq!(now["total_time"], "PT1M30S");

    let quiz = Unit::begun(&app, &registration, QUIZ).await;
    quiz.says("completed").await;
    quiz.says("passed").await;
    quiz.says("terminated").await;
    let video = Unit::begun(&app, &registration, VIDEO).await;
    video.says("completed").await;
    let after = app.registration(&registration).await;
    assert_eq!(
        (
            &after["completion"],
            &after["success"],
            &after["progress_measure"]
        ),
        (&"completed".into(), &"passed".into(), &json!(1.0))
    );
    assert_eq!(after["why_incomplete"], json!([]));

    let all = statements(&app, &registration).await;
    let last = &all[all.len() - 3..];
    assert_eq!(verbs(last), ["completed", "satisfied", "satisfied"]);
    let stored: Vec<&str> = all
        .iter()
        .map(|statement| statement["stored"].as_str().unwrap())
        .collect();
    assert!(
        stored.windows(2).all(|pair| pair[0] < pair[1]),
        "{stored:#?}"
    );
    let objects: Vec<&str> = last
        .iter()
        .map(|statement| statement["object"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(objects[0], video.parameter("activityId"));
    assert!(
        objects[1] != objects[2]
            && !objects.contains(&"urn:test:block")
            && !objects.contains(&"urn:test:course")
    );
    assert!(
        last.iter()
            .all(|statement| statement["context"]["extensions"][SESSION]
                == video.launch["session_id"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_abandoned_once_9_3_0_0_10_9_3_6_0_1_9_5_4_2_2_9_3_2_0_1() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::begun(&app, &registration, QUIZ).await;
    let id = unit.launch["session_id"].as_str().unwrap();
    for _ in 0..2 {
        let path = format!("/api/v1/sessions/{id}/abandon");
        let session = expect(app.post(&path, &json!({})).await, StatusCode::OK).await;
        assert_eq!(session["state"], "abandoned");
    }
    let answer = unit.post(&unit.allowed()).await;
    assert_eq!(
        expect(answer, StatusCode::FORBIDDEN).await["requirement"],
        "9.3.6.0-2"
    );

    // A launch ends the older session of its registration; one that never begins is forgotten.
    let older = Unit::begun(&app, &registration, QUIZ).await;
    let newer = Unit::launched(&app, &registration, json!({ "activity_id": VIDEO })).await;
    assert_eq!(
        older.post(&older.allowed()).await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(app.minutes_later(30).await, 0);
    assert_eq!(app.minutes_later(61).await, 1);
    assert_eq!(newer.preferences().await, StatusCode::FORBIDDEN);
    // One that has begun may be silent for longer, not for ever.
    let silent = Unit::begun(&app, &registration, VIDEO).await;
    assert_eq!(app.minutes_later(200).await, 0);
    assert_eq!(app.minutes_later(241).await, 1);
    assert_eq!(silent.preferences().await, StatusCode::FORBIDDEN);

    let all = statements(&app, &registration).await;
    let abandoned: Vec<&Value> = all
        .iter()
        .filter(|statement| statement["verb"]["id"] == format!("{OWN}abandoned"))
        .collect();
    assert_eq!(abandoned.len(), 4);
    assert!(
        abandoned
            .iter()
            .all(|statement| statement["result"]["duration"].is_string())
    );
    // Never begun: no statement of the unit, no time.
    assert_eq!(abandoned[2]["result"]["duration"], "PT0S");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_waived_once_9_3_0_0_11_9_3_7_0_4() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let path = format!("/api/v1/registrations/{registration}/waive");
    let body = json!({ "activity_id": VIDEO, "reason": "Administrative" });
    for _ in 0..2 {
        expect(app.post(&path, &body).await, StatusCode::OK).await;
    }
    assert_eq!(verbs(&statements(&app, &registration).await), ["waived"]);
    // The whole course: what is left, each unit with a session of its own.
    let body = json!({ "activity_id": "urn:test:course", "reason": "Administrative" });
    let after = expect(app.post(&path, &body).await, StatusCode::OK).await;
    assert_eq!(
        (
            &after["completion"],
            &after["activities"]["children"][0]["children"][1]["waived"]
        ),
        (&"completed".into(), &true.into())
    );
    let all = statements(&app, &registration).await;
    assert_eq!(verbs(&all), ["waived", "waived", "satisfied", "satisfied"]);
    let session = |index: usize| all[index]["context"]["extensions"][SESSION].clone();
    assert_ne!(session(0), session(1));
    assert!(session(1) == session(2) && session(2) == session(3));
    let path = format!("/api/v1/registrations/{registration}/reset");
    assert_eq!(
        app.post(&path, &json!({})).await.status(),
        StatusCode::CONFLICT
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_registration_has_its_own_id_and_store_9_6_1_1_2_4_2_0_0_1_6_0_0_0_1() {
    let app = TestApp::start().await;
    let package = app.with_package(course()).await;
    let id = package["id"].as_str().unwrap();
    let (first, second) = (
        app.with_registration(id, "u-1").await,
        app.with_registration(id, "u-1").await,
    );
    assert_ne!(first["id"], second["id"]);
    let registration = second["id"].as_str().unwrap();
    let unit = Unit::begun(&app, registration, VIDEO).await;
    unit.says("completed").await;
    assert_eq!(
        app.registration(first["id"].as_str().unwrap()).await["completion"],
        "not_attempted"
    );
    let about = app.http.get(app.at("/xapi//about/")).send().await.unwrap();
    assert_eq!(
        expect(about, StatusCode::OK).await["version"],
        json!(["1.0.3", "2.0.0"])
    );
    // The store keeps its own rules behind those of cmi5.
    let mut odd = unit.allowed();
    odd["result"] = json!({ "score": { "scaled": 7 } });
    assert_eq!(unit.post(&odd).await.status(), StatusCode::BAD_REQUEST);
}
