//! What a launch gives, and what a unit may ask with it.

use super::*;

/// 6.0.0.0-3: a launch gives all a unit needs, by the interface of section 8. 8.1.0.0-8, 8.1.5.0-1, 8.2.1.0-1,
/// 9.2.0.0-1: each parameter encoded, its activity and its actor the LMS's to say. 9.6.3.1-1, 9.6.3.1-2, 9.6.2.3-1:
/// the session the LMS made, and the publisher's id as it is, in the launch data.
#[tokio::test(flavor = "multi_thread")]
async fn a_launch_gives_all_a_unit_needs() {
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

/// 8.2.1.0-4, 8.2.1.0-5: the first fetch gives the token, which is good as Basic credentials. 8.1.2.0-2: in its
/// session, and for nothing after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_given_once_and_good_in_its_session() {
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

    // A page that asks with credentials is told by name that it may read.
    let statements = app.at("/xapi/statements");
    for url in [unit.parameter("fetch"), statements] {
        let asked = app.http.request(Method::OPTIONS, url);
        let asked = asked.header("origin", "https://unit.example");
        let answer = asked.send().await.unwrap();
        let headers = answer.headers();
        assert_eq!(
            headers["access-control-allow-origin"],
            "https://unit.example"
        );
        assert_eq!(headers["access-control-allow-credentials"], "true");
        assert_eq!(headers["vary"], "Origin");
    }

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

/// 8.1.3.0-3, 8.1.4.0-3: actor and registration are those of the launch. 9.6.2.0-1, 10.2.1.0-6, 10.2.1.0-7: the
/// context is built on the template and overwrites none of it.
#[tokio::test(flavor = "multi_thread")]
async fn requests_are_the_learners_own() {
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

/// 6.0.0.0-2, 6.2.0.0-1, 6.0.0.0-5: the rules of state documents and of agent profiles are kept.
#[tokio::test(flavor = "multi_thread")]
async fn documents_of_the_lms_and_of_the_unit() {
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

/// 9.6.1.1-2: the LMS makes each registration's id, and what is stated in one is none of another's.
#[tokio::test(flavor = "multi_thread")]
async fn every_registration_has_its_own_id_and_progress() {
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
    assert_eq!(
        app.registration(registration).await["completion"],
        "incomplete"
    );
}

/// 8.1.0.0-5, 8.1.0.0-4, 13.1.4.0-3: the parameters are pairs that join the query of the unit's own URL, before a
/// fragment. 9.6.3.4-1: without them it is the launchURL of the launched statement, its own query kept.
/// 8.1.5.0-3: the activityId is not the publisher's id.
#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_appended_to_the_units_own_url() {
    let urls = [
        ("https://content.example/a", "?"),
        ("https://content.example/a?", ""),
        ("https://content.example/a?x=1", "&"),
        ("https://content.example/a?x=1&", ""),
        ("https://content.example/a?x=%20&y=b+c#page", "&"),
        ("https://content.example/a/b%20c.html#page", "?"),
    ];
    let text = "<title><langstring>U</langstring></title><description><langstring>U</langstring></description>";
    let units: Vec<String> = urls
        .iter()
        .enumerate()
        .map(|(number, (url, _))| {
            let url = url.replace('&', "&amp;");
            format!("<au id=\"urn:au:{number}\">{text}<url>{url}</url></au>")
        })
        .collect();
    let structure = format!(
        r#"<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"><course id="urn:course">{text}</course>{}</courseStructure>"#,
        units.concat()
    );
    let app = TestApp::start().await;
    let package = app.with_package(structure.into_bytes()).await;
    let registration = app
        .with_registration(package["id"].as_str().unwrap(), "u-1")
        .await;
    let registration = registration["id"].as_str().unwrap();
    for (number, (own, joint)) in urls.iter().enumerate() {
        let id = format!("urn:au:{number}");
        let unit = Unit::launched(&app, registration, json!({ "activity_id": id })).await;
        let (own_address, fragment) = match own.split_once('#') {
            Some((address, fragment)) => (address, Some(fragment)),
            None => (*own, None),
        };
        let launched = unit.launch["url"].as_str().unwrap();
        let added = launched.strip_prefix(&format!("{own_address}{joint}"));
        let added = added.unwrap_or_else(|| panic!("{launched} does not begin with {own}"));
        let added = match fragment {
            Some(fragment) => added.strip_suffix(&format!("#{fragment}")).unwrap(),
            None => added,
        };
        let names: Vec<&str> = added
            .split('&')
            .map(|pair| pair.split_once('=').unwrap().0)
            .collect();
        assert_eq!(
            names,
            ["endpoint", "fetch", "actor", "registration", "activityId"]
        );
        assert_ne!(unit.parameter("activityId"), id);
        let stated = statements(&app, registration).await.pop().unwrap();
        let location = "https://w3id.org/xapi/cmi5/context/extensions/launchurl";
        assert_eq!(stated["context"]["extensions"][location], *own);
    }
}

/// 10.2.1.0-1, 10.2.1.0-2, 10.2.1.0-3: the launch data has a contextTemplate with the session's id and, in its
/// grouping, the publisher's id of the unit.
#[tokio::test(flavor = "multi_thread")]
async fn the_launch_data_has_the_template_of_every_context() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    for id in [QUIZ, VIDEO] {
        for mode in ["normal", "browse"] {
            let body = json!({ "activity_id": id, "launch_mode": mode });
            let unit = Unit::launched(&app, &registration, body).await;
            let session = &unit.launch["session_id"];
            assert_eq!(
                unit.data["contextTemplate"],
                json!({
                    "contextActivities": { "grouping": [{ "id": id, "objectType": "Activity" }] },
                    "extensions": { (SESSION): session },
                })
            );
        }
    }
}
