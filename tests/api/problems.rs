//! Every error is a problem document, and every type of problem has a page.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode, header};
use serde_json::Value;

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

/// Whatever the API's description lists: another method is refused by name, and HEAD is where GET is.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_names_the_methods_it_takes() {
    let app = TestApp::start().await;
    let described: Value = expect(app.get("/api/v1/openapi.json").await, StatusCode::OK).await;
    let mut methods = BTreeMap::<String, BTreeSet<String>>::new();
    for (pattern, operations) in described["paths"].as_object().unwrap() {
        let taken = methods.entry(some(pattern)).or_default();
        let names = operations.as_object().unwrap().keys();
        taken.extend(names.map(|name| name.to_uppercase()));
        taken.remove("OPTIONS");
        if taken.contains("GET") {
            taken.insert("HEAD".to_owned());
        }
    }
    for (path, taken) in &methods {
        let search = Method::from_bytes(b"SEARCH").unwrap();
        let answer = app.http.request(search, app.at(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(
            answer.headers()[header::CONTENT_TYPE],
            "application/problem+json",
            "{path}"
        );
        let allow = answer.headers()[header::ALLOW].to_str().unwrap();
        // What tus asks of any upload is described once.
        let allow = allow.split(", ").filter(|name| *name != "OPTIONS");
        let allow: BTreeSet<String> = allow.map(str::to_owned).collect();
        assert_eq!(allow, *taken, "{path}");
        if taken.contains("GET") {
            let got = app.get(path).await;
            let head = app.send(app.http.head(app.at(path))).await;
            assert_eq!(head.status(), got.status(), "{path}");
            assert_eq!(head.text().await.unwrap(), "", "{path}");
        }
    }
}

/// An address of a pattern, at which there is nothing.
fn some(pattern: &str) -> String {
    let parts = pattern.split('/').map(|part| match part.starts_with('{') {
        true => "018f0000-0000-7000-8000-000000000000",
        false => part,
    });
    parts.collect::<Vec<_>>().join("/")
}
