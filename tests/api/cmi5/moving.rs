//! A cmi5 registration goes to another version of its course, and back.

use super::*;

const CLIP: &str = "urn:test:au:clip";

/// The course's next version: without the quiz, and with another id for the video.
fn next() -> Vec<u8> {
    let text = |name: &str| {
        format!(
            "<title><langstring lang=\"it\">{name}</langstring></title><description><langstring lang=\"it\">{name}</langstring></description>"
        )
    };
    let structure = format!(
        r#"<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
<course id="urn:test:course">{}</course><block id="urn:test:block">{}
<au id="{CLIP}" moveOn="Completed">{}<url>video.html</url></au></block></courseStructure>"#,
        text("Corso"),
        text("Blocco"),
        text("Video"),
    );
    zip(&[("cmi5.xml", &structure), ("video.html", "<p>video</p>")])
}

/// The ids of what was stated satisfied.
async fn satisfied(app: &TestApp, registration: &str) -> Vec<String> {
    let path = format!("/xapi/statements?registration={registration}&limit=100");
    let request = app.http.get(app.at(&path));
    let request = request.header("x-experience-api-version", "1.0.3");
    let found = expect(app.send(request).await, StatusCode::OK).await;
    let statements = found["statements"].as_array().unwrap().iter();
    let satisfied = statements.filter(|one| one["verb"]["id"] == format!("{OWN}satisfied"));
    satisfied
        .map(|one| one["object"]["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn units_go_by_the_map_with_their_state_and_what_becomes_satisfied_is_stated_once() {
    let app = TestApp::start().await;
    let package = app.with_package(course()).await;
    let package = package["id"].as_str().unwrap().to_owned();
    let registration = app.with_registration(&package, "u-1").await;
    let registration = registration["id"].as_str().unwrap().to_owned();
    let unit = Unit::begun(&app, &registration, VIDEO).await;
    let bookmark = json!({ "second": 42 });
    let kept = unit.state("PUT", "bookmark", Some(&bookmark)).await;
    assert_eq!(kept.status(), StatusCode::NO_CONTENT);
    unit.says("completed").await;
    assert_eq!(satisfied(&app, &registration).await, [""; 0]);
    assert_eq!(app.with_version(&package, next()).await, 2);

    let path = format!("/api/v1/packages/{package}/migrations");
    let body = json!({ "from_version": 1, "to_version": 2, "policy": "move" });
    let done = expect(app.post(&path, &body).await, StatusCode::CREATED).await;
    // The title is the same, so the video is the clip.
    let one = &done["registrations"][0];
    assert_eq!(
        one["kept"],
        json!([{ "from": VIDEO, "to": CLIP }]),
        "{done:#}"
    );
    assert_eq!(one["after"]["completion"], "completed");
    // The unit that was open is told so.
    assert_eq!(
        unit.post(&unit.statement("terminated")).await.status(),
        StatusCode::FORBIDDEN
    );
    let now = app.registration(&registration).await;
    assert_eq!(
        (&now["package_version"], &now["completion"]),
        (&json!(2), &json!("completed"))
    );
    assert_eq!(
        satisfied(&app, &registration).await.len(),
        2,
        "block and course"
    );

    let back = format!("{path}/{}/undo", done["id"].as_str().unwrap());
    let undone = expect(app.post(&back, &json!({})).await, StatusCode::OK).await;
    assert_eq!(undone["undone"], 1, "{undone:#}");
    let now = app.registration(&registration).await;
    assert_eq!(
        (&now["package_version"], &now["completion"]),
        (&json!(1), &json!("incomplete"))
    );

    let done = expect(app.post(&path, &body).await, StatusCode::CREATED).await;
    assert_eq!(done["moved"], 1);
    assert_eq!(
        satisfied(&app, &registration).await.len(),
        2,
        "never stated twice"
    );
    let unit = Unit::begun(&app, &registration, CLIP).await;
    let found = unit.state("GET", "bookmark", None).await;
    assert_eq!(expect(found, StatusCode::OK).await, bookmark);
    unit.says("terminated").await;
    let (same, report) = app.replay(&registration);
    assert!(same, "{report:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cmi5_registration_does_not_restart() {
    let app = TestApp::start().await;
    let package = app.with_package(course()).await;
    let package = package["id"].as_str().unwrap().to_owned();
    app.with_registration(&package, "u-1").await;
    app.with_version(&package, next()).await;
    let path = format!("/api/v1/packages/{package}/migrations");
    let body = json!({ "from_version": 1, "to_version": 2, "policy": "restart" });
    let refused = app.post(&path, &body).await;
    let refused = expect(refused, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("register the learner again")
    );
    app.stop().await;
}
