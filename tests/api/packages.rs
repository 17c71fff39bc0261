//! Packages go in, come in versions, are listed, handed back, archived; nothing half done is seen.

use std::io::{Cursor, Write};

use reqwest::{StatusCode, multipart};
use serde_json::Value;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::support::{TestApp, expect};

fn manifest(title: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="TEST" version="1" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="ORG"><organization identifier="ORG"><title>{title}</title>
    <item identifier="ITEM" identifierref="RES"><title>Lezione</title></item>
  </organization></organizations>
  <resources><resource identifier="RES" type="webcontent" adlcp:scormtype="sco" href="index.html">
    <file href="index.html"/></resource></resources>
</manifest>"#
    )
}

fn package(title: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in [
        ("imsmanifest.xml", manifest(title)),
        ("index.html", "<p>lezione</p>".repeat(100)),
        ("clip.mp4", "0".repeat(5000)),
    ] {
        zip.start_file(name, deflated).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

async fn upload(
    app: &TestApp,
    path: &str,
    zip: Vec<u8>,
    package_id: Option<&str>,
) -> reqwest::Response {
    let part = multipart::Part::bytes(zip).file_name("any-name");
    let mut form = multipart::Form::new().part("file", part);
    if let Some(id) = package_id {
        form = form.text("package_id", id.to_owned());
    }
    app.send(app.http.post(app.at(path)).multipart(form)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_is_the_same_package_and_a_changed_one_a_new_version() {
    let app = TestApp::start().await;
    let first = upload(&app, "/api/v1/packages", package("Uno"), None).await;
    let location = first.headers()["location"].to_str().unwrap().to_owned();
    let first = expect(first, StatusCode::CREATED).await;
    let id = first["id"].as_str().unwrap().to_owned();
    assert_eq!(location, format!("/api/v1/packages/{id}"));
    assert_eq!(first["standard"], "scorm_1_2");
    assert_eq!(first["activities"][0]["type"], "organization");
    assert_eq!(first["activities"][0]["children"][0]["type"], "sco");

    let again = upload(&app, "/api/v1/packages", package("Uno"), None).await;
    assert_eq!(expect(again, StatusCode::CREATED).await["id"], first["id"]);
    let second = upload(&app, "/api/v1/packages", package("Due"), Some(&id)).await;
    let second = expect(second, StatusCode::CREATED).await;
    assert_eq!(
        (&second["id"], &second["version"]),
        (&first["id"], &Value::from(2))
    );

    let versions = app.get(&format!("/api/v1/packages/{id}/versions")).await;
    let versions = expect(versions, StatusCode::OK).await;
    assert_eq!(versions["items"][0]["title"], "Due");
    assert_eq!(versions["items"][1]["title"], "Uno");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_delivered_is_refused_with_findings_and_leaves_nothing() {
    let app = TestApp::start().await;
    let refused = upload(&app, "/api/v1/packages", b"no zip".to_vec(), None).await;
    let refused = expect(refused, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(refused["findings"][0]["code"], "not-a-zip");
    let mut damaged = package("Uno");
    damaged[60] ^= 0xff;
    let refused = upload(&app, "/api/v1/packages", damaged, None).await;
    expect(refused, StatusCode::UNPROCESSABLE_ENTITY).await;
    let list = expect(app.get("/api/v1/packages").await, StatusCode::OK).await;
    assert_eq!(list["items"], Value::Array(Vec::new()));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn linting_says_what_it_finds_and_stores_nothing() {
    let app = TestApp::start().await;
    let report = upload(&app, "/api/v1/packages/lint", b"no zip".to_vec(), None).await;
    let report = expect(report, StatusCode::OK).await;
    assert_eq!(report["findings"][0]["severity"], "error");
    let list = expect(app.get("/api/v1/packages").await, StatusCode::OK).await;
    assert_eq!(list["items"], Value::Array(Vec::new()));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_comes_in_pages_and_archived_packages_are_not_in_it() {
    let app = TestApp::start().await;
    for title in ["Uno", "Due", "Tre"] {
        app.with_package(package(title)).await;
    }
    let page = expect(app.get("/api/v1/packages?limit=2").await, StatusCode::OK).await;
    assert_eq!(page["items"][0]["title"], "Tre");
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = app
        .get(&format!("/api/v1/packages?limit=2&cursor={cursor}"))
        .await;
    let rest = expect(rest, StatusCode::OK).await;
    assert_eq!(rest["items"][0]["title"], "Uno");
    assert_eq!(rest["next_cursor"], Value::Null);

    let id = rest["items"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/packages/{id}");
    let archived = app.send(app.http.delete(app.at(&path))).await;
    assert_eq!(archived.status(), StatusCode::NO_CONTENT);
    assert_ne!(
        expect(app.get(&path).await, StatusCode::OK).await["archived_at"],
        Value::Null
    );
    let list = expect(app.get("/api/v1/packages").await, StatusCode::OK).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_archive_is_handed_back_with_its_video_stored() {
    let app = TestApp::start().await;
    let made = app.with_package(package("Uno")).await;
    let path = format!("/api/v1/packages/{}/file", made["id"].as_str().unwrap());
    let answer = app.get(&path).await;
    assert_eq!(answer.headers()["content-type"], "application/zip");
    let bytes = answer.bytes().await.unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    assert_eq!(
        zip.by_name("clip.mp4").unwrap().compression(),
        CompressionMethod::Stored
    );
    assert_eq!(
        zip.by_name("index.html").unwrap().compression(),
        CompressionMethod::Deflated
    );
    app.stop().await;
}
