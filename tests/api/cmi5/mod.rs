//! cmi5 over HTTP, as a unit and an administrator meet it: what the LMS gives, takes, refuses and
//! states. Above each test stand the requirements it shows; the rules themselves have their own tests.

mod access;
mod moving;
mod replay;
mod required;
mod sessions;
mod stated;
mod store;
mod together;

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
