//! Uploads in pieces (tus 1.0), and what differs between the versions they make.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::support::{TestApp, expect, packages};

fn tus(app: &TestApp, method: Method, path: &str) -> RequestBuilder {
    app.http
        .request(method, app.at(path))
        .header("Tus-Resumable", "1.0.0")
}

async fn begin(app: &TestApp, length: usize, metadata: &str) -> String {
    let request = tus(app, Method::POST, "/api/v1/uploads")
        .header("Upload-Length", length)
        .header("Upload-Metadata", metadata);
    let answer = app.send(request).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

async fn piece(app: &TestApp, upload: &str, offset: usize, bytes: &[u8]) -> Response {
    let request = tus(app, Method::PATCH, upload)
        .header("Upload-Offset", offset)
        .header("Content-Type", "application/offset+octet-stream")
        .body(bytes.to_vec());
    app.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_in_pieces_and_is_published_when_it_is_whole() {
    let app = TestApp::start().await;
    let zip = packages::course("Uno");
    let upload = begin(&app, zip.len(), "filename dW5vLnppcA==").await;
    let first = piece(&app, &upload, 0, &zip[..100]).await;
    assert_eq!(first.status(), StatusCode::NO_CONTENT);
    assert_eq!(first.headers()["upload-offset"], "100");
    assert!(first.headers().contains_key("upload-expires"));

    let wrong = piece(&app, &upload, 99, &zip[99..]).await;
    assert_eq!(wrong.status(), StatusCode::CONFLICT);
    let early = app.post(&format!("{upload}/package"), &json!({})).await;
    assert_eq!(early.status(), StatusCode::CONFLICT);
    let head = app.send(tus(&app, Method::HEAD, &upload)).await;
    assert_eq!(head.headers()["upload-offset"], "100");
    assert_eq!(
        head.headers()["upload-length"],
        zip.len().to_string().as_str()
    );
    assert_eq!(head.headers()["cache-control"], "no-store");

    let rest = piece(&app, &upload, 100, &zip[100..]).await;
    assert_eq!(rest.status(), StatusCode::NO_CONTENT);
    let published = app.post(&format!("{upload}/package"), &json!({})).await;
    let published = expect(published, StatusCode::CREATED).await;
    assert_eq!(published["version"], 1);
    let gone = app.send(tus(&app, Method::HEAD, &upload)).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoiled_piece_leaves_nothing() {
    let app = TestApp::start().await;
    let zip = packages::course("Uno");
    let upload = begin(&app, zip.len(), "").await;
    let sha1 = STANDARD.encode(Sha1::digest(&zip[..100]));
    let sha256 = STANDARD.encode(Sha256::digest(&zip[100..]));
    let send = async |offset: usize, bytes: &[u8], checksum: String| {
        let request = tus(&app, Method::PATCH, &upload)
            .header("Upload-Offset", offset)
            .header("Upload-Checksum", checksum)
            .header("Content-Type", "application/offset+octet-stream");
        let answer = app.send(request.body(bytes.to_vec())).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let spoiled = send(0, &zip[1..101], format!("sha1 {sha1}")).await;
    assert_eq!(spoiled.0, 460, "{}", spoiled.1);
    assert!(spoiled.1.contains("\"status\":460"), "{}", spoiled.1);
    let head = app.send(tus(&app, Method::HEAD, &upload)).await;
    assert_eq!(head.headers()["upload-offset"], "0");
    assert_eq!(send(0, &zip[..100], format!("crc32 {sha1}")).await.0, 400);
    assert_eq!(send(0, &zip[..100], format!("sha1 {sha1}")).await.0, 204);
    assert_eq!(
        send(100, &zip[100..], format!("sha256 {sha256}")).await.0,
        204
    );
    let published = app.post(&format!("{upload}/package"), &json!({})).await;
    expect(published, StatusCode::CREATED).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_protocol_says_what_it_does_not_take() {
    let app = TestApp::start().await;
    let options = app.http.request(Method::OPTIONS, app.at("/api/v1/uploads"));
    let options = options.send().await.unwrap();
    assert_eq!(options.headers()["tus-version"], "1.0.0");
    assert!(
        options.headers()["tus-extension"]
            .to_str()
            .unwrap()
            .contains("termination")
    );

    let silent = app
        .http
        .post(app.at("/api/v1/uploads"))
        .header("Upload-Length", 3);
    let silent = app.send(silent).await;
    assert_eq!(silent.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(silent.headers()["tus-version"], "1.0.0");
    let large = tus(&app, Method::POST, "/api/v1/uploads").header("Upload-Length", u64::MAX);
    assert_eq!(
        app.send(large).await.status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let nobody = tus(&app, Method::POST, "/api/v1/uploads").header("Upload-Length", 3);
    assert_eq!(
        nobody.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );

    let upload = begin(&app, 3, "").await;
    let untyped = tus(&app, Method::PATCH, &upload)
        .header("Upload-Offset", 0)
        .body("abc");
    assert_eq!(
        app.send(untyped).await.status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let long = piece(&app, &upload, 0, b"abcd").await;
    assert_eq!(long.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let ended = app.send(tus(&app, Method::DELETE, &upload)).await;
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        piece(&app, &upload, 0, b"abc").await.status(),
        StatusCode::NOT_FOUND
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_compared_and_a_publication_rolled_back() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let app = TestApp::start().await;
    let (package, registration) = app.with_course("Uno", "ada").await;
    let zip = packages::course("Due");
    let metadata = format!("package_id {}", STANDARD.encode(&package));
    let upload = begin(&app, zip.len(), &metadata).await;
    piece(&app, &upload, 0, &zip).await;
    let second = app.post(&format!("{upload}/package"), &json!({})).await;
    assert_eq!(expect(second, StatusCode::CREATED).await["version"], 2);

    let path = format!("/api/v1/packages/{package}");
    let changes = app.get(&format!("{path}/changes?from=1&to=2")).await;
    let changes = expect(changes, StatusCode::OK).await;
    assert_eq!(
        changes["registrations"],
        json!({ "not_started": 1, "under_way": 0, "completed": 0 })
    );
    let manifest = json!({ "path": "imsmanifest.xml", "change": "changed" });
    assert!(
        changes["files"].as_array().unwrap().contains(&manifest),
        "{changes}"
    );
    let unknown = app.get(&format!("{path}/changes?from=1&to=3")).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);

    let back = |version: i32| {
        let request = app.http.put(app.at(&format!("{path}/current")));
        app.send(request.json(&json!({ "version": version })))
    };
    assert_eq!(back(3).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(back(1).await.status(), StatusCode::NO_CONTENT);
    let current: Value = expect(app.get(&path).await, StatusCode::OK).await;
    assert_eq!(
        (&current["version"], &current["title"]),
        (&json!(1), &json!("Uno"))
    );
    let kept = app
        .get(&format!("/api/v1/registrations/{registration}"))
        .await;
    assert_eq!(expect(kept, StatusCode::OK).await["package_version"], 1);

    // The number of a version is never given twice, also after a step back.
    let third = packages::course("Tre");
    let upload = begin(&app, third.len(), &metadata).await;
    piece(&app, &upload, 0, &third).await;
    let third = app.post(&format!("{upload}/package"), &json!({})).await;
    assert_eq!(expect(third, StatusCode::CREATED).await["version"], 3);
    app.stop().await;
}
