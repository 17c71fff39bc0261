//! Every error is a problem document, and every type of problem has a page.

use reqwest::{StatusCode, header};

use crate::support::{TestApp, expect};

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_a_problem_document_whose_type_leads_to_a_page() {
    let app = TestApp::start().await;
    let answer = app.get("/api/v1/nothing/here").await;
    assert_eq!(
        answer.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
    assert!(answer.headers().contains_key("x-request-id"));
    let problem = expect(answer, StatusCode::NOT_FOUND).await;
    let page = app
        .http
        .get(app.at(problem["type"].as_str().unwrap()))
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert!(
        page.text()
            .await
            .unwrap()
            .contains(problem["title"].as_str().unwrap())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read_is_a_problem_too() {
    let app = TestApp::start().await;
    let request = app.http.post(app.at("/oauth/token")).body("{}");
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let problem = expect(
        request.send().await.unwrap(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
    )
    .await;
    assert_eq!(problem["type"], "/problems/unsupported-media-type");
}
