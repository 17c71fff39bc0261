//! What CATAPULT's suite looks at as well, requirement by requirement: held here without it.

use reqwest::header;

use super::*;

const CONTEXT: &str = "https://w3id.org/xapi/cmi5/context/extensions";
const TYPES: &str = "https://w3id.org/xapi/cmi5/activitytype";
const NOTHING_ASKED: &str = "urn:test:au:free";

/// A block with a unit that uses every feature of a structure, and a block that asks for nothing.
fn whole_course() -> Vec<u8> {
    let text = |name: &str| {
        format!(
            "<title><langstring lang=\"it\">{name}</langstring></title><description><langstring lang=\"it\">{name}</langstring></description>"
        )
    };
    let structure = format!(
        r#"<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
<course id="urn:test:course">{0}</course><block id="urn:test:block">{0}
<au id="{QUIZ}" moveOn="CompletedAndPassed" masteryScore="0.8" launchMethod="OwnWindow">{0}<url>quiz.html?livello=1</url><launchParameters>p&amp;q</launchParameters><entitlementKey>chiave</entitlementKey></au></block>
<block id="urn:test:free">{0}<au id="{NOTHING_ASKED}" moveOn="NotApplicable">{0}<url>free.html</url></au></block></courseStructure>"#,
        text("Parte"),
    );
    zip(&[
        ("cmi5.xml", &structure),
        ("quiz.html", "<p>quiz</p>"),
        ("free.html", "<p>free</p>"),
    ])
}

/// Checks each; all that fail are named.
fn held(checks: &[(&str, bool)]) {
    let broken: Vec<&str> = checks
        .iter()
        .filter(|(_, holds)| !holds)
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(broken, Vec::<&str>::new());
}

async fn whole(app: &TestApp) -> String {
    let package = app.with_package(whole_course()).await;
    let registration = app
        .with_registration(package["id"].as_str().unwrap(), "u-1")
        .await;
    registration["id"].as_str().unwrap().to_owned()
}

fn has(value: &Value) -> bool {
    !value.is_null()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_and_its_data() {
    let app = TestApp::start().await;
    let registration = whole(&app).await;
    let unit = Unit::launched(&app, &registration, json!({ "activity_id": QUIZ })).await;
    let actor: Value = serde_json::from_str(&unit.parameter("actor")).unwrap();
    let query = unit.url.query().unwrap();
    let data = &unit.data;
    let session = &unit.launch["session_id"];
    held(&[
        ("8.1.0.0-2", unit.launch["launch_method"] == "own_window"),
        (
            "8.1.0.0-4",
            ["endpoint", "fetch", "actor", "registration", "activityId"]
                .iter()
                .all(|name| query.contains(name)),
        ),
        (
            "8.1.1.0-1",
            unit.parameter("endpoint").starts_with(&app.url),
        ),
        ("8.1.2.0-1", unit.parameter("fetch").starts_with(&app.url)),
        (
            "8.1.3.0-1",
            actor["account"]["name"] == "u-1" && actor["objectType"] == "Agent",
        ),
        ("8.1.4.0-1", unit.parameter("registration") == registration),
        ("8.1.5.0-2", has(&unit.parameter("activityId").into())),
        ("13.1.4.0-3", query.starts_with("livello=1&")),
        ("10.1.0.0-2", data.is_object()),
        (
            "10.2.1.0-2",
            data["contextTemplate"]["extensions"][SESSION] == *session,
        ),
        ("10.2.2.0-4", data["launchMode"] == "Normal"),
        ("10.2.3.0-1", data["launchParameters"] == "p&q"),
        ("10.2.4.0-1", data["masteryScore"] == 0.8),
        ("10.2.5.0-1", data["moveOn"] == "CompletedAndPassed"),
        ("10.2.7.0-1", data["entitlementKey"].is_object()),
        (
            "10.2.7.1-1",
            data["entitlementKey"]["courseStructure"] == "chiave",
        ),
    ]);
    // The document lies under activity, actor and registration of the launch, and is written anew.
    let there = unit.state("GET", "LMS.LaunchData", None).await;
    held(&[
        (
            "10.1.0.0-1 10.1.0.0-3 10.1.0.0-4 10.1.0.0-5",
            there.status() == StatusCode::OK,
        ),
        (
            "10.1.0.0-2",
            there.headers()[header::CONTENT_TYPE] == "application/json",
        ),
    ]);
    let again = Unit::launched(
        &app,
        &registration,
        json!({ "activity_id": QUIZ, "launch_mode": "browse" }),
    )
    .await;
    held(&[("10.1.0.0-1", again.data["launchMode"] == "Browse")]);
    again.preferences().await;
    again.says("initialized").await;
    again
        .refused(&again.statement("completed"), "10.2.2.0-2")
        .await;
    let free = Unit::launched(&app, &registration, json!({ "activity_id": NOTHING_ASKED })).await;
    held(&[("10.2.5.0-1", free.data["moveOn"] == "NotApplicable")]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_and_who_has_none() {
    let app = TestApp::start().await;
    let registration = whole(&app).await;
    let path = format!("/api/v1/registrations/{registration}/launch");
    let launch = expect(
        app.post(&path, &json!({ "activity_id": QUIZ })).await,
        StatusCode::OK,
    )
    .await;
    let url = Url::parse(launch["url"].as_str().unwrap()).unwrap();
    let (_, fetch) = url.query_pairs().find(|(name, _)| name == "fetch").unwrap();
    for (is_first, path) in [
        (true, fetch.to_string()),
        (false, fetch.to_string()),
        (false, app.at("/cmi5/fetch/x")),
    ] {
        let answer = app.http.post(path).send().await.unwrap();
        let kind = answer.headers()[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .to_owned();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        let code = body["error-code"].as_str().unwrap_or_default();
        held(&[
            ("8.2.1.0-2 8.2.2.0-3", status == StatusCode::OK),
            ("8.2.1.0-3 8.2.2.0-2", kind.starts_with("application/json")),
            (
                "8.2.2.0-1 8.2.3.0-1",
                body["auth-token"].is_string() == is_first,
            ),
            (
                "8.2.3.2-1",
                is_first || (["1", "2", "3"].contains(&code) && body["error-text"].is_string()),
            ),
        ]);
    }
    let endpoint = app.at("/xapi/statements");
    let refused = app
        .http
        .get(endpoint)
        .header("x-experience-api-version", "1.0.3")
        .send()
        .await
        .unwrap();
    held(&[("8.1.2.0-5", refused.status() == StatusCode::UNAUTHORIZED)]);
    let unit = Unit::begun(&app, &registration, QUIZ).await;
    unit.says("terminated").await;
    let late = unit.call("GET", "statements", &[], None).await;
    held(&[("8.2.1.0-6", late.status() == StatusCode::FORBIDDEN)]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lms_states_each_thing_in_its_place() {
    let app = TestApp::start().await;
    let registration = whole(&app).await;
    let at_once = statements(&app, &registration).await;
    let free = &at_once[0];
    let template = |statement: &Value, name: &str| {
        statement["context"]["extensions"][format!("{CONTEXT}/{name}")].clone()
    };
    held(&[
        ("9.6.1.1-3", verbs(&at_once) == ["satisfied"]),
        (
            "9.3.9.0-2",
            free["object"]["definition"]["type"] == format!("{TYPES}/block"),
        ),
        ("9.3.9.0-4", free["object"]["id"] != "urn:test:free"),
    ]);

    let unit = Unit::launched(&app, &registration, json!({ "activity_id": QUIZ })).await;
    let launched = statements(&app, &registration).await.pop().unwrap();
    let category =
        |statement: &Value| statement["context"]["contextActivities"]["category"].to_string();
    held(&[
        (
            "9.3.1.0-1",
            verbs(std::slice::from_ref(&launched)) == ["launched"],
        ),
        ("9.6.2.1-1", category(&launched).contains(CATEGORY)),
        (
            "9.6.2.3-2",
            launched["context"]["contextActivities"]["grouping"][0]["id"] == QUIZ,
        ),
        (
            "9.6.3.1-3",
            template(&launched, "sessionid") == unit.launch["session_id"],
        ),
        ("9.6.3.2-1", template(&launched, "masteryscore") == 0.8),
        ("9.6.3.3-1", template(&launched, "launchmode") == "Normal"),
        (
            "9.6.3.6-1",
            template(&launched, "moveon") == "CompletedAndPassed",
        ),
        (
            "9.6.3.7-1",
            template(&launched, "launchparameters") == "p&q",
        ),
    ]);
    unit.refused(&unit.allowed(), "9.3.0.0-4").await; // 7.1.1.0-1
    unit.preferences().await;
    unit.says("initialized").await;
    let allowed = unit.allowed();
    expect(unit.post(&allowed).await, StatusCode::OK).await;
    let all = statements(&app, &registration).await;
    held(&[(
        "4.2.0.0-2 9.3.0.0-9",
        all.iter().any(|statement| statement["id"] == allowed["id"]),
    )]);

    // Left without a word, then waived.
    Unit::launched(&app, &registration, json!({ "activity_id": QUIZ })).await;
    let path = format!("/api/v1/registrations/{registration}/waive");
    let body = json!({ "activity_id": QUIZ, "reason": "Tested Out" });
    assert!(app.post(&path, &body).await.status().is_success());
    let all = statements(&app, &registration).await;
    let of = |verb: &str| {
        all.iter()
            .filter(|statement| verbs(std::slice::from_ref(statement)) == [verb])
            .cloned()
            .collect::<Vec<Value>>()
    };
    let (abandoned, waived, satisfied) = (of("abandoned"), of("waived"), of("satisfied"));
    let course = satisfied.last().unwrap();
    let reason =
        &waived[0]["result"]["extensions"]["https://w3id.org/xapi/cmi5/result/extensions/reason"];
    held(&[
        ("9.5.4.2-1", abandoned[0]["result"]["duration"].is_string()),
        ("9.3.7.0-1", waived.len() == 1),
        ("9.3.7.0-2 9.5.5.2-1", reason == "Tested Out"),
        (
            "9.3.9.0-6",
            course["object"]["definition"]["type"] == format!("{TYPES}/course"),
        ),
        ("9.3.9.0-8", course["object"]["id"] != "urn:test:course"),
        (
            "9.3.9.0-9",
            template(course, "sessionid") == template(&waived[0], "sessionid"),
        ),
        (
            "9.6.2.1-1",
            all.iter()
                .filter(|one| one["id"] != allowed["id"])
                .all(|one| category(one).contains(CATEGORY)),
        ),
    ]);
    app.stop().await;
}

/// 14.0.0.0-1, 14.1.0.0-1: a zip or a bare structure, and nothing else; no damaged one.
#[tokio::test(flavor = "multi_thread")]
async fn a_zip_or_a_bare_structure_and_nothing_else() {
    let app = TestApp::start().await;
    let good = whole_course();
    app.with_package(good.clone()).await;
    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    damaged.truncate(middle);
    for bytes in [damaged, b"PK\x03\x04 a fake".to_vec(), b"%PDF-1.7".to_vec()] {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("x.zip");
        let form = reqwest::multipart::Form::new().part("file", part);
        let request = app.http.post(app.at("/api/v1/packages")).multipart(form);
        assert_eq!(
            app.send(request).await.status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    app.stop().await;
}
