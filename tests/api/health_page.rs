//! The administrators' page that says how the service is: what it counts, and what it marks as needing a look.

use reqwest::{StatusCode, header};
use serde_json::json;

use crate::support::{ADMIN, PASSWORD, TestApp, expect, packages::course};

/// The page as an administrator sees it.
struct Health(String);

impl Health {
    async fn of(app: &TestApp, cookie: &str) -> Self {
        let request = app.http.get(app.at("/admin"));
        let request = request.header(header::COOKIE, format!("{cookie}; percorso_language=en"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        Self(answer.text().await.unwrap())
    }

    /// A value by its name, and whether it is marked.
    fn fact(&self, name: &str) -> (String, bool) {
        let (before, after) = self.0.split_once(&format!("<dt>{name}</dt>")).unwrap();
        let value = after.split("<dd>").nth(1).unwrap();
        let value = value.split(['<', ' ']).next().unwrap().trim();
        let head = before.rsplit("<div").next().unwrap();
        (value.to_owned(), head.contains("alarming"))
    }

    fn says(&self, name: &str, value: &str, is_marked: bool) {
        assert_eq!(self.fact(name), (value.to_owned(), is_marked), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_the_store_is_counted_and_what_is_missing_is_marked() {
    let app = TestApp::start().await;
    let cookie = app.sign_in(ADMIN, PASSWORD).await;
    let page = Health::of(&app, &cookie).await;
    page.says("Archives", "–", false);
    page.says("People signed in", "1", false);

    app.with_package(course("Uno")).await;
    let begun = app.http.post(app.at("/api/v1/uploads"));
    let begun = begun
        .header("Tus-Resumable", "1.0.0")
        .header("Upload-Length", 10);
    assert_eq!(app.send(begun).await.status(), StatusCode::CREATED);
    app.count_stock().await;
    let page = Health::of(&app, &cookie).await;
    page.says("Archives", "1", false);
    page.says("Archives that are missing", "0", false);
    page.says("Archives that no version uses", "0", false);
    page.says("Uploads under way", "1", false);

    app.lose_blobs();
    app.count_stock().await;
    let page = Health::of(&app, &cookie).await;
    page.says("Archives", "0", false);
    page.says("Archives that are missing", "1", true);
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_are_counted_and_what_stands_still_is_marked() {
    let app = TestApp::with_settings(&[
        ("PERCORSO_WEBHOOK_PRIVATE", "true"),
        ("PERCORSO_WEBHOOK_TRIES", "2"),
    ])
    .await;
    let cookie = app.sign_in(ADMIN, PASSWORD).await;
    let page = Health::of(&app, &cookie).await;
    page.says("Deliveries pending", "0", false);
    page.says("The oldest has waited for", "–", false);
    page.says("Deliveries failed", "0", false);

    // Nobody listens there.
    let hook = json!({ "url": "http://127.0.0.1:9/", "events": ["package.published"] });
    let hook = app.post("/api/v1/webhooks", &hook).await;
    expect(hook, StatusCode::CREATED).await;
    app.with_package(course("Uno")).await;
    assert_eq!(app.tell(0).await, 1);
    Health::of(&app, &cookie)
        .await
        .says("Deliveries pending", "1", false);
    app.spoil("UPDATE webhook_deliveries SET created_at = now() - interval '3 hours'")
        .await;
    let page = Health::of(&app, &cookie).await;
    page.says("The oldest has waited for", "3", true);

    assert_eq!(app.tell(60).await, 1, "the last try");
    let page = Health::of(&app, &cookie).await;
    page.says("Deliveries pending", "0", false);
    page.says("Deliveries failed", "1", true);
    page.says("Webhooks that stopped by themselves", "1", true);
}
