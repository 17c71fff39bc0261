//! What was recorded of a cmi5 registration, run again; and a preview, which leaves nothing.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_replays_alike_and_a_changed_outcome_is_found() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::launched(&app, &registration, json!({ "activity_id": VIDEO })).await;
    unit.refused(&unit.statement("initialized"), "11.0.0.0-3")
        .await;
    unit.preferences().await;
    unit.says("initialized").await;
    // A request of two whose second is refused: neither counts.
    let (mut completed, mut again) = (unit.statement("completed"), unit.statement("initialized"));
    completed["timestamp"] = "2026-11-23T10:01:00Z".into();
    again["timestamp"] = "2026-11-23T10:02:00Z".into();
    let both = unit.post(&json!([completed, again])).await;
    assert_eq!(
        expect(both, StatusCode::FORBIDDEN).await["requirement"],
        "9.3.2.0-3"
    );
    unit.says("completed").await;
    // Left without a word, by launching another.
    let quiz = Unit::begun(&app, &registration, QUIZ).await;
    quiz.says("completed").await;
    let path = format!("/api/v1/registrations/{registration}/waive");
    let body = json!({ "activity_id": QUIZ, "reason": "equivalent course" });
    assert!(app.post(&path, &body).await.status().is_success());

    let (same, report) = app.replay(&registration);
    assert!(same, "{report:#}");
    assert_eq!(report["sessions"], 2);
    assert!(report["entries"].as_u64().unwrap() >= 8, "{report:#}");

    let (client, connection) = tokio_postgres::connect(&app.database, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let tampered = "UPDATE journal_entries SET outcome = NULL WHERE outcome LIKE '%11.0.0.0-3%'";
    assert_eq!(client.execute(tampered, &[]).await.unwrap(), 1);
    let (same, report) = app.replay(&registration);
    // Believed to have read the preferences, the unit may begin; then it may not begin again.
    assert!(!same, "{report:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_leaves_no_statement() {
    let app = TestApp::start().await;
    let package = app.with_package(course()).await;
    let path = format!(
        "/api/v1/packages/{}/preview",
        package["id"].as_str().unwrap()
    );
    let body = json!({ "activity_id": VIDEO });
    let launch = expect(app.post(&path, &body).await, StatusCode::OK).await;
    let url = Url::parse(launch["url"].as_str().unwrap()).unwrap();
    let registration = url.query_pairs().find(|(name, _)| name == "registration");
    let registration = registration.unwrap().1.into_owned();
    assert_eq!(verbs(&statements(&app, &registration).await), ["launched"]);
    let other = registered(&app).await;
    Unit::begun(&app, &other, VIDEO).await;

    app.sweep(2).await;
    assert_eq!(statements(&app, &registration).await, Vec::<Value>::new());
    assert_eq!(
        verbs(&statements(&app, &other).await),
        ["launched", "initialized"]
    );
    app.stop().await;
}
