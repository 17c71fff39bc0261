//! Health, metrics, the API's description, security headers.

use reqwest::StatusCode;

use crate::support::{TestApp, expect};

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_answer() {
    let app = TestApp::start().await;
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(app.get(path).await.status(), StatusCode::OK, "{path}");
    }
    let metrics = app.get("/metrics").await.text().await.unwrap();
    assert!(
        metrics.contains("percorso_http_requests_total{"),
        "{metrics}"
    );
    assert!(metrics.contains("route=\"/health/ready\""), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_served_and_can_be_browsed_offline() {
    let app = TestApp::start().await;
    let document = expect(app.get("/api/v1/openapi.json").await, StatusCode::OK).await;
    assert!(document["paths"]["/oauth/token"].is_object());
    let page = app.get("/api/docs/").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(!page.text().await.unwrap().contains("https://"));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_carry_security_headers_on_both_origins() {
    let app = TestApp::start().await;
    for url in [&app.url, &app.player_url] {
        let answer = app
            .http
            .get(format!("{url}/health/live"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert!(answer.headers().contains_key("referrer-policy"));
    }
    app.stop().await;
}
