//! cmi5 packages go in: a zip or a bare course structure, told by content, refused with the requirement.

use reqwest::{StatusCode, multipart};
use serde_json::Value;

use crate::support::{TestApp, expect, packages::zip};

/// A course of one block with two units, `url` being the first one's.
fn course_structure(url: &str) -> String {
    let unit = |id: &str, url: &str| {
        format!(
            r#"<au id="https://tests.example/au/{id}" moveOn="Completed"><title><langstring lang="it">Unità {id}</langstring></title>
<description><langstring lang="it">Una unità.</langstring></description><url>{url}</url></au>"#
        )
    };
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
<course id="https://tests.example/corso"><title><langstring lang="it">Corso cmi5</langstring></title>
<description><langstring lang="it">Un corso.</langstring></description></course>
<block id="https://tests.example/blocco"><title><langstring lang="it">Blocco</langstring></title>
<description><langstring lang="it">Un blocco.</langstring></description>{}{}</block></courseStructure>"#,
        unit("1", url),
        unit("2", "https://altrove.example/2"),
    )
}

async fn upload(app: &TestApp, path: &str, bytes: impl Into<Vec<u8>>) -> reqwest::Response {
    let part = multipart::Part::bytes(bytes.into()).file_name("any-name");
    let form = multipart::Form::new().part("file", part);
    app.send(app.http.post(app.at(path)).multipart(form)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zip_and_a_bare_file_become_packages_and_come_back_as_they_were() {
    let app = TestApp::start().await;
    let zipped = zip(&[
        ("cmi5.xml", &course_structure("index.html?x=1")),
        ("index.html", "<p>unità</p>"),
    ]);
    let answer = upload(&app, "/api/v1/packages", zipped.clone()).await;
    let package = expect(answer, StatusCode::CREATED).await;
    assert_eq!(package["standard"], "cmi5");
    assert_eq!(package["edition"], Value::Null);
    assert_eq!(
        (&package["title"], &package["language"]),
        (&"Corso cmi5".into(), &"it".into())
    );
    let root = &package["activities"][0];
    assert_eq!(
        (&root["type"], &root["id"]),
        (&"course".into(), &"https://tests.example/corso".into())
    );
    let block = &root["children"][0];
    assert_eq!(
        (&block["type"], &block["children"][0]["type"]),
        (&"block".into(), &"au".into())
    );
    assert_eq!(block["children"][1]["title"], "Unità 2");

    let bare = course_structure("https://altrove.example/1");
    let answer = upload(&app, "/api/v1/packages", bare.clone()).await;
    let package = expect(answer, StatusCode::CREATED).await;
    assert_eq!(package["standard"], "cmi5");
    let path = format!("/api/v1/packages/{}/file", package["id"].as_str().unwrap());
    let file = app.send(app.http.get(app.at(&path))).await;
    assert_eq!(file.status(), StatusCode::OK);
    let name = file.headers()["content-disposition"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(name.ends_with(".xml\""), "{name}");
    assert_eq!(file.text().await.unwrap(), bare);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_delivered_is_refused_with_the_requirement() {
    let app = TestApp::start().await;
    let relative = course_structure("index.html");
    for (bytes, requirement) in [
        (relative.clone().into_bytes(), "14.2.0.0-1"),
        (zip(&[("cmi5.xml", &relative)]), "14.1.0.0-4"),
        (zip(&[("corso/cmi5.xml", &relative)]), "14.1.0.0-2"),
        (
            relative.replace("<course id", "<course").into_bytes(),
            "13.2.0.0-1",
        ),
    ] {
        let answer = upload(&app, "/api/v1/packages", bytes.clone()).await;
        let problem = expect(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
        let findings = problem["findings"].as_array().unwrap();
        assert!(
            findings
                .iter()
                .any(|finding| finding["requirement"] == requirement),
            "{requirement}: {findings:#?}"
        );
        let answer = upload(&app, "/api/v1/packages/lint", bytes).await;
        assert!(
            !expect(answer, StatusCode::OK).await["findings"]
                .as_array()
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_that_is_no_course_structure_is_told_for_what_it_is() {
    let app = TestApp::start().await;
    for (text, what) in [
        (
            "\u{feff}<!DOCTYPE html>\n<html><title>502</title></html>",
            "a web page",
        ),
        (
            r#"<?xml version="1.0"?><manifest identifier="UNO"/>"#,
            "an XML file",
        ),
    ] {
        let answer = upload(&app, "/api/v1/packages", text).await;
        let problem = expect(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
        let finding = &problem["findings"][0];
        assert_eq!(finding["code"], "not-a-zip", "{problem}");
        let message = finding["message"].as_str().unwrap();
        assert!(message.contains(what), "{message}");
        assert!(!problem.to_string().contains("cmi5.xml"), "{problem}");
    }
    app.stop().await;
}
