//! The record store behind the launches: whole, as the xAPI asks, and without anything that cmi5 refuses.

use super::*;

/// A request of an administrator's client at the endpoint that units are given.
async fn as_client(
    unit: &Unit<'_>,
    method: &str,
    resource: &str,
    body: Option<&Value>,
) -> reqwest::Response {
    let url = format!("{}/{resource}", unit.parameter("endpoint"));
    let mut request = unit
        .app
        .http
        .request(method.parse().unwrap(), url)
        .basic_auth(CLIENT, Some(SECRET))
        .header("x-experience-api-version", "1.0.3");
    if let Some(body) = body {
        request = request.json(body);
    }
    request.send().await.unwrap()
}

/// 4.2.0.0-1, 6.0.0.0-1: every resource of an LRS answers a unit at the endpoint of its launch, by the xAPI's own
/// rules. (Each resource has its own tests, `tests/api/xapi/`; ADL's suite for the whole is in
/// `docs/conformance.md`.)
#[tokio::test(flavor = "multi_thread")]
async fn a_unit_finds_a_whole_lrs_at_its_endpoint() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::begun(&app, &registration, VIDEO).await;
    let (actor, activity) = (unit.parameter("actor"), unit.parameter("activityId"));

    let about = unit.call("GET", "about", &[], None).await;
    assert_eq!(about.headers()["x-experience-api-version"], "1.0.3");
    let about = expect(about, StatusCode::OK).await;
    assert_eq!(about["version"], json!(["1.0.3", "2.0.0"]));

    // Statements: by PUT, by POST, by id, by filter, page by page; by the xAPI's rules behind those of cmi5.
    let by_put = unit.allowed();
    let id = by_put["id"].as_str().unwrap();
    let put = unit
        .call("PUT", "statements", &[("statementId", id)], Some(&by_put))
        .await;
    assert_eq!(put.status(), StatusCode::NO_CONTENT);
    let again = unit.allowed();
    let posted = expect(unit.post(&again).await, StatusCode::OK).await;
    assert_eq!(posted, json!([again["id"]]));
    let mut other = by_put.clone();
    other["verb"]["id"] = "https://verbs.example/other".into();
    assert_eq!(unit.post(&other).await.status(), StatusCode::CONFLICT);
    let mut odd = unit.allowed();
    odd["result"] = json!({ "score": { "scaled": 7 } });
    assert_eq!(unit.post(&odd).await.status(), StatusCode::BAD_REQUEST);
    let found = unit
        .call("GET", "statements", &[("statementId", id)], None)
        .await;
    let found = expect(found, StatusCode::OK).await;
    for given in ["stored", "authority", "version", "timestamp"] {
        assert!(!found[given].is_null(), "{given}");
    }
    let verb = format!("{ADL}experienced");
    let query = [
        ("verb", verb.as_str()),
        ("limit", "1"),
        ("ascending", "true"),
    ];
    let page = unit.call("GET", "statements", &query, None).await;
    let page = expect(page, StatusCode::OK).await;
    assert_eq!(page["statements"][0]["id"], by_put["id"]);
    let more = app.at(page["more"].as_str().unwrap());
    let more = app.http.get(more).header("authorization", &unit.auth);
    let more = more.header("x-experience-api-version", "1.0.3");
    let more = expect(more.send().await.unwrap(), StatusCode::OK).await;
    assert_eq!(
        (&more["statements"][0]["id"], &more["more"]),
        (&again["id"], &"".into())
    );

    // Documents: written, merged, listed, removed.
    let [one, two] = [json!({ "a": 1, "b": 1 }), json!({ "b": 2 })];
    for (method, body, status) in [
        ("PUT", Some(&one), StatusCode::NO_CONTENT),
        ("POST", Some(&two), StatusCode::NO_CONTENT),
    ] {
        assert_eq!(unit.state(method, "s", body).await.status(), status);
    }
    let state = unit.state("GET", "s", None).await;
    assert!(state.headers().contains_key("etag") && state.headers().contains_key("last-modified"));
    assert_eq!(
        expect(state, StatusCode::OK).await,
        json!({ "a": 1, "b": 2 })
    );
    let of = [
        ("activityId", activity.as_str()),
        ("agent", &actor),
        ("registration", &registration),
    ];
    let names = unit.call("GET", "activities/state", &of, None).await;
    assert_eq!(
        expect(names, StatusCode::OK).await,
        json!(["LMS.LaunchData", "s"])
    );
    assert_eq!(
        unit.state("DELETE", "s", None).await.status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        unit.state("GET", "s", None).await.status(),
        StatusCode::NOT_FOUND
    );
    for (resource, of) in [
        ("activities/profile", ("activityId", &activity)),
        ("agents/profile", ("agent", &actor)),
    ] {
        let query = [(of.0, of.1.as_str()), ("profileId", "p")];
        let put = unit.call("PUT", resource, &query, Some(&one)).await;
        assert_eq!(put.status(), StatusCode::NO_CONTENT, "{resource}");
        // It is there: whoever writes over it says what they have read.
        let blind = unit.call("PUT", resource, &query, Some(&two)).await;
        assert_eq!(blind.status(), StatusCode::CONFLICT, "{resource}");
        let kept = unit.call("GET", resource, &query, None).await;
        assert_eq!(expect(kept, StatusCode::OK).await, one);
    }

    let person = unit.call("GET", "agents", &[("agent", &actor)], None).await;
    let person = expect(person, StatusCode::OK).await;
    assert_eq!(
        (&person["objectType"], &person["account"][0]["name"]),
        (&"Person".into(), &"u-1".into())
    );
    let known = unit
        .call("GET", "activities", &[("activityId", &activity)], None)
        .await;
    let known = expect(known, StatusCode::OK).await;
    assert_eq!(known["definition"]["name"]["it"], "Video");
    let unversioned = app
        .http
        .get(format!("{}/statements", unit.parameter("endpoint")));
    let unversioned = unversioned
        .header("authorization", &unit.auth)
        .send()
        .await
        .unwrap();
    assert_eq!(unversioned.status(), StatusCode::BAD_REQUEST);
    app.stop().await;
}

/// 6.3.0.0-2, 6.0.0.0-4: what breaks a rule is refused whole, so nothing conflicts that would have to be voided;
/// a statement that did get in can be voided by the LMS's administrator, never by a unit (6.3.0.0-1).
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_breaks_a_rule_is_stored_so_nothing_has_to_be_voided() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::launched(&app, &registration, json!({ "activity_id": VIDEO })).await;
    unit.refused(&unit.statement("initialized"), "11.0.0.0-3")
        .await;
    unit.preferences().await;
    unit.refused(&unit.allowed(), "9.3.0.0-4").await;
    unit.says("initialized").await;
    let changed = |verb: &str, pointer: &str, value: Value| {
        let mut statement = unit.statement(verb);
        *statement.pointer_mut(pointer).unwrap() = value;
        statement
    };
    for (statement, requirement) in [
        (unit.statement("initialized"), "9.3.2.0-3"),
        (
            changed("passed", "/result/success", false.into()),
            "9.5.2.0-1",
        ),
        (
            changed("failed", "/result/success", true.into()),
            "9.5.2.0-2",
        ),
        (
            changed("completed", "/result/completion", false.into()),
            "9.5.3.0-1",
        ),
        (changed("terminated", "/result", json!({})), "9.5.4.1-1"),
        (
            changed(
                "completed",
                "/timestamp",
                "2026-11-23T10:00:00+01:00".into(),
            ),
            "9.7.0.0-2",
        ),
        (
            changed("completed", "/object/id", VIDEO.into()),
            "8.1.5.0-6",
        ),
        (
            changed("completed", "/verb/id", format!("{OWN}satisfied").into()),
            "9.3.9.0-1",
        ),
    ] {
        unit.refused(&statement, requirement).await;
        // Sound ones beside it do not get in either.
        let beside = unit.allowed();
        let both = unit.post(&json!([beside, statement])).await;
        assert_eq!(both.status(), StatusCode::FORBIDDEN, "{requirement}");
        let path = format!("statements?statementId={}", beside["id"].as_str().unwrap());
        assert_eq!(
            as_client(&unit, "GET", &path, None).await.status(),
            StatusCode::NOT_FOUND
        );
    }
    let now = app.registration(&registration).await;
    assert_eq!(
        (&now["progress_measure"], &now["total_time"]),
        (&json!(0.0), &"PT0S".into())
    );

    let said = unit.allowed();
    expect(unit.post(&said).await, StatusCode::OK).await;
    let mut voiding = unit.allowed();
    voiding["verb"]["id"] = format!("{ADL}voided").into();
    voiding["object"] = json!({ "objectType": "StatementRef", "id": said["id"] });
    unit.refused(&voiding, "6.3.0.0-1").await;
    let stated = statements(&app, &registration).await;
    assert_eq!(verbs(&stated), ["launched", "initialized", "experienced"]);
    expect(
        as_client(&unit, "POST", "statements", Some(&voiding)).await,
        StatusCode::OK,
    )
    .await;
    let path = format!(
        "statements?voidedStatementId={}",
        said["id"].as_str().unwrap()
    );
    let voided = expect(as_client(&unit, "GET", &path, None).await, StatusCode::OK).await;
    assert_eq!(voided["id"], said["id"]);
    app.stop().await;
}
