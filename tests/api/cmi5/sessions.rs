//! Sessions from launched to their end, and what they come to.

use super::*;

/// 7.1.2.0-1, 7.1.3.0-1, 9.3.8.0-3, 9.3.8.0-4: a session is between initialized and terminated; 6.0.0.0-4: the
/// rules of its statements are enforced, and of a request whole (6.3.0.0-2).
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_between_initialized_and_terminated() {
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

/// 10.2.2.0-1: in mode Normal what is stated is what the registration has reached; 9.3.9.0-9: satisfied has the
/// session that caused it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_stated_reaches_the_registration() {
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

/// 9.3.0.0-10, 9.3.6.0-1, 9.5.4.2-2: a session that ends without its unit's word is abandoned, once, with a duration
/// to its last statement; 9.3.2.0-1: also one that never begins.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_abandoned_once() {
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

/// 9.3.0.0-11, 9.3.7.0-4: a unit is waived once in a registration.
#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_waived_once() {
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
async fn the_same_statement_sent_twice_at_once_is_one() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::launched(&app, &registration, json!({ "activity_id": VIDEO })).await;
    unit.preferences().await;
    let initialized = unit.statement("initialized");
    let answers = futures_util::future::join_all((0..6).map(|_| unit.post(&initialized))).await;
    for answer in answers {
        expect(answer, StatusCode::OK).await;
    }
    let all = statements(&app, &registration).await;
    assert_eq!(verbs(&all), ["launched", "initialized"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_cannot_be_abandoned_holds_up_no_other() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let bad = Unit::begun(&app, &registration, VIDEO).await;
    let id = bad.launch["session_id"].as_str().unwrap();
    let other = app.with_package(course()).await;
    let other = app
        .with_registration(other["id"].as_str().unwrap(), "u-2")
        .await;
    let other = other["id"].as_str().unwrap();
    let good = Unit::begun(&app, other, VIDEO).await;
    app.spoil(&format!(
        "UPDATE cmi5_sessions SET state = state - 'au' WHERE session_id = '{id}'"
    ))
    .await;
    assert_eq!(app.minutes_later(0).await, 0, "nobody is silent yet");
    assert_eq!(app.minutes_later(60 * 24 * 30).await, 1);
    let answer = good.post(&good.allowed()).await;
    assert_eq!(
        expect(answer, StatusCode::FORBIDDEN).await["requirement"],
        "9.3.6.0-2"
    );
}
