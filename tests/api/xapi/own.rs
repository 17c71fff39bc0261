//! What learners do in SCORM content and at webinars, as the record store has it: once, in order, and gone
//! with the person.

use percorso_tracker::session::NavigationRequest;

use super::*;
use crate::support::TestPlayer;

/// Verb, object's last step, and the statement, the oldest first.
async fn said(lrs: &Lrs, query: &[(&str, &str)]) -> Vec<(String, String, Value)> {
    lrs.app.state_all().await;
    let request = lrs.request(Method::GET, "statements").query(query);
    let request = request.query(&[("ascending", "true")]);
    let answer = expect(request.send().await.unwrap(), StatusCode::OK).await;
    let last = |iri: &Value| {
        let iri = iri.as_str().unwrap_or_default();
        iri.rsplit('/').next().unwrap().to_owned()
    };
    let statements = answer["statements"].as_array().unwrap().clone();
    let each = statements.into_iter().map(|statement| {
        (
            last(&statement["verb"]["id"]),
            last(&statement["object"]["id"]),
            statement,
        )
    });
    each.collect()
}

fn names(said: &[(String, String, Value)]) -> Vec<(&str, &str)> {
    said.iter()
        .map(|(verb, object, _)| (verb.as_str(), object.as_str()))
        .collect()
}

async fn session(app: &TestApp, id: &str, exit: &str) {
    let mut player = TestPlayer::launch(app, id).await;
    player.begin(Some("a"));
    player.set("cmi.interactions.0.id", "q1");
    player.set("cmi.interactions.0.type", "true-false");
    player.set("cmi.interactions.0.learner_response", "true");
    player.set("cmi.interactions.0.result", "correct");
    player.set("cmi.exit", exit);
    if exit == "normal" {
        player.set("cmi.score.scaled", "0.8");
        player.set("cmi.success_status", "passed");
        player.set("cmi.completion_status", "completed");
    }
    player.call("Commit", &[""]);
    player.save().await;
    player.call("Terminate", &[""]);
    player.navigate(if exit == "normal" {
        NavigationRequest::ExitAll
    } else {
        NavigationRequest::SuspendAll
    });
    player.save().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_stated_once_and_in_order() {
    let lrs = Lrs::start().await;
    let (package, id) = lrs.app.with_course("Uno", "anna").await;
    session(&lrs.app, &id, "suspend").await;
    let query = [("registration", id.as_str())];
    let first = [
        ("initialized", "a"),
        ("responded", "q1"),
        ("suspended", "a"),
    ];
    assert_eq!(names(&said(&lrs, &query).await), first);
    assert_eq!(names(&said(&lrs, &query).await), first, "nothing new");

    session(&lrs.app, &id, "normal").await;
    let all = said(&lrs, &query).await;
    assert_eq!(
        names(&all[3..]),
        [
            ("resumed", "a"),
            ("responded", "q1"),
            ("completed", "a"),
            ("passed", "a"),
            ("terminated", "a"),
        ]
    );
    let (passed, answered) = (&all[6].2, &all[4].2);
    assert_eq!(
        passed["result"],
        json!({ "success": true, "score": { "scaled": 0.8 } })
    );
    assert_eq!(passed["actor"]["account"]["name"], "anna");
    let course = lrs.app.at(&format!("/activities/{package}"));
    let grouping = &passed["context"]["contextActivities"]["grouping"];
    assert_eq!(grouping[1]["id"], course.as_str());
    assert_eq!(
        grouping[0]["id"],
        all[0].2["context"]["contextActivities"]["grouping"][0]["id"]
    );
    assert_eq!(
        answered["context"]["contextActivities"]["parent"][0]["id"],
        format!("{course}/a")
    );
    assert_eq!(
        answered["result"],
        json!({ "response": "true", "success": true })
    );
    // After a reset it begins anew.
    let reset = format!("/api/v1/registrations/{id}/reset");
    expect(lrs.app.post(&reset, &json!({})).await, StatusCode::OK).await;
    session(&lrs.app, &id, "suspend").await;
    let all = said(&lrs, &query).await;
    assert_eq!(names(&all[8..]), first);

    let erased = lrs.app.http.delete(lrs.app.at("/api/v1/learners/anna"));
    expect(lrs.app.send(erased).await, StatusCode::OK).await;
    assert_eq!(names(&said(&lrs, &[]).await), [], "gone with the person");
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_closed_from_outside_is_stated_to_its_end() {
    let lrs = Lrs::start().await;
    let (_, id) = lrs.app.with_course("Uno", "anna").await;
    let query = [("registration", id.as_str())];
    let mut player = TestPlayer::launch(&lrs.app, &id).await;
    player.begin(Some("a"));
    player.save().await;
    // The tab is gone; all that it said is stated already when the next one comes.
    assert_eq!(
        names(&said(&lrs, &query).await),
        [("initialized", "a")],
        "it is under way"
    );
    let mut next = TestPlayer::launch(&lrs.app, &id).await;
    let closed = [("initialized", "a"), ("suspended", "a")];
    assert_eq!(names(&said(&lrs, &query).await), closed);
    next.begin(Some("a"));
    next.save().await;
    // Both at once: the line that closes comes with those before it.
    TestPlayer::launch(&lrs.app, &id).await;
    assert_eq!(
        names(&said(&lrs, &query).await[2..]),
        [("resumed", "a"), ("suspended", "a")]
    );
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_course_is_completed_and_looking_around_is_not_stated() {
    let lrs = Lrs::start().await;
    let (_, id) = lrs.app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&lrs.app, &id).await;
    player.begin(Some("a"));
    for next in [Some("b"), None] {
        player.set("cmi.completion_status", "completed");
        player.set("cmi.success_status", "passed");
        player.call("Terminate", &[""]);
        player.navigate(match next {
            Some(next) => NavigationRequest::Choice(next.into()),
            None => NavigationRequest::ExitAll,
        });
        if next.is_some() {
            player.call("Initialize", &[""]);
        }
    }
    player.save().await;
    let all = said(&lrs, &[("registration", &id)]).await;
    let course: Vec<_> = all
        .iter()
        .filter(|(_, _, statement)| {
            statement["object"]["definition"]["type"]
                .as_str()
                .unwrap()
                .ends_with("/course")
        })
        .collect();
    let verbs: Vec<&str> = course.iter().map(|(verb, ..)| verb.as_str()).collect();
    assert_eq!(verbs, ["completed", "passed"]);
    let before = names(&all);
    let token = lrs
        .app
        .launch(&id, &json!({ "launch_mode": "browse" }))
        .await;
    let boot = lrs.app.play("start", &token, &json!({})).await;
    let mut looking = TestPlayer::booted(&lrs.app, expect(boot, StatusCode::OK).await);
    looking.begin(Some("a"));
    looking.save().await;
    let after = said(&lrs, &[("registration", &id)]).await;
    assert_eq!(names(&after), before);
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webinars_are_attended_and_what_was_noted_wrongly_is_voided() {
    let lrs = Lrs::start().await;
    let event = json!({ "title": "Webinar 1", "speaker": "Docente", "starts_at": "2026-06-08T08:30:00Z",
        "ends_at": "2026-06-08T10:00:00Z", "threshold_minutes": 60 });
    let put = lrs
        .app
        .http
        .put(lrs.app.at("/api/v1/events/w1"))
        .json(&event);
    let event = expect(lrs.app.send(put).await, StatusCode::OK).await;
    let course = json!({ "title": "Percorso", "items": [{ "event_id": event["id"], "credit_minutes": 90 }] });
    let put = lrs
        .app
        .http
        .put(lrs.app.at("/api/v1/courses/p1"))
        .json(&course);
    let course = expect(lrs.app.send(put).await, StatusCode::OK).await;
    let enrolments = format!(
        "/api/v1/courses/{}/enrolments",
        course["id"].as_str().unwrap()
    );
    let anna = json!({ "learner": { "id": "anna", "name": "Anna" } });
    expect(lrs.app.post(&enrolments, &anna).await, StatusCode::CREATED).await;
    let path = format!(
        "/api/v1/events/{}/attendance",
        event["id"].as_str().unwrap()
    );
    let note = async |minutes: i32| {
        let body = json!({ "items": [{ "learner_id": "anna", "minutes": minutes }] });
        expect(lrs.app.post(&path, &body).await, StatusCode::OK).await;
    };
    note(80).await;
    let all = said(&lrs, &[]).await;
    assert_eq!(names(&all), [("attended", "w1")]);
    assert_eq!(all[0].2["result"], json!({ "duration": "PT80M" }));
    assert_eq!(all[0].2["timestamp"], "2026-06-08T10:00:00.000Z");
    note(10).await;
    let voided = said(&lrs, &[]).await;
    assert_eq!(names(&voided)[0].0, "voided");
    assert_eq!(voided[0].2["object"]["id"], all[0].2["id"]);
    note(90).await;
    let again = said(&lrs, &[]).await;
    assert_eq!(names(&again)[1..], [("attended", "w1")]);
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nul_that_content_says_stops_nobodys_statements() {
    let lrs = Lrs::start().await;
    let (_, id) = lrs.app.with_course("Uno", "anna").await;
    let mut player = TestPlayer::launch(&lrs.app, &id).await;
    player.begin(Some("a"));
    player.set("cmi.interactions.0.id", "q1");
    player.set("cmi.interactions.0.type", "other");
    player.set("cmi.interactions.0.learner_response", "a\0b");
    player.save().await;
    let query = [("registration", id.as_str())];
    assert_eq!(names(&said(&lrs, &query).await), [("initialized", "a")]);
    player.call("Terminate", &[""]);
    player.save().await;
    let all = said(&lrs, &query).await;
    assert_eq!(
        names(&all),
        [
            ("initialized", "a"),
            ("responded", "q1"),
            ("terminated", "a")
        ]
    );
    assert_eq!(all[1].2["result"]["response"], "a\u{fffd}b");
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_cannot_be_stated_holds_up_no_other() {
    let lrs = Lrs::start().await;
    let (_, bad) = lrs.app.with_course("Uno", "anna").await;
    session(&lrs.app, &bad, "suspend").await;
    let (_, good) = lrs.app.with_course("Due", "bruno").await;
    session(&lrs.app, &good, "suspend").await;
    let spoilt = format!(
        "ALTER TABLE stated_registrations ADD CONSTRAINT spoilt CHECK (registration_id <> '{bad}')"
    );
    lrs.app.spoil(&spoilt).await;
    assert_eq!(said(&lrs, &[("registration", &good)]).await.len(), 3);
    assert_eq!(said(&lrs, &[("registration", &bad)]).await.len(), 0);
    lrs.app
        .spoil("ALTER TABLE stated_registrations DROP CONSTRAINT spoilt")
        .await;
    assert_eq!(
        said(&lrs, &[("registration", &bad)]).await.len(),
        3,
        "nothing is lost"
    );
    lrs.app.stop().await;
}
