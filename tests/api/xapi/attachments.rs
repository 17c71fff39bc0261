//! Attachments: with the statements, by their types, and gone when nobody has them.

use std::fmt::Write as _;

use reqwest::header;
use sha2::{Digest, Sha256};

use super::*;

pub(super) fn sum(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

pub(super) fn mixed(statement: &Value, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body =
        format!("--sep\r\nContent-Type: application/json\r\n\r\n{statement}\r\n").into_bytes();
    for (sha2, bytes) in parts {
        let head = format!(
            "--sep\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {sha2}\r\n\r\n"
        );
        body.extend(head.as_bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--sep--\r\n");
    body
}

/// A statement with a note attached.
fn noted(actor: &str, content_type: &str, bytes: &[u8]) -> Value {
    let mut with = statement(&id(), actor, "did", "it");
    with["attachments"] = json!([{
        "usageType": "https://usage.example/nota",
        "display": { "it": "Nota" },
        "contentType": content_type,
        "length": bytes.len(),
        "sha2": sum(bytes),
    }]);
    with
}

async fn send(lrs: &Lrs, statement: &Value, parts: &[(&str, &[u8])]) -> Response {
    let request = lrs.request(Method::POST, "statements");
    let request = request.header(header::CONTENT_TYPE, "multipart/mixed; boundary=sep");
    request.body(mixed(statement, parts)).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_come_back_as_they_came_and_survive_the_sweep() {
    let lrs = Lrs::start().await;
    let bytes: &[u8] = b"\r\n--not-sep\r\nciao\0";
    let with = noted("anna", "text/plain", bytes);
    let alone = lrs.post(&with).await;
    let problem = expect(alone, StatusCode::BAD_REQUEST).await;
    assert_eq!(problem["requirement"], "xAPI Communication 1.5.2");
    let spoiled = send(&lrs, &with, &[(&sum(bytes), b"other")]).await;
    assert_eq!(spoiled.status(), StatusCode::BAD_REQUEST);
    let unasked = send(&lrs, &with, &[(&sum(bytes), bytes), (&sum(b"x"), b"x")]).await;
    assert_eq!(unasked.status(), StatusCode::BAD_REQUEST);
    let stored = send(&lrs, &with, &[(&sum(bytes), bytes)]).await;
    expect(stored, StatusCode::OK).await;

    lrs.app.sweep(3).await;
    let answer = lrs.get("statements?attachments=true").await;
    let kind = answer.headers()[header::CONTENT_TYPE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("multipart/mixed; boundary="), "{kind}");
    let body = answer.bytes().await.unwrap();
    let at = body.windows(bytes.len()).position(|window| window == bytes);
    assert!(at.is_some(), "{}", String::from_utf8_lossy(&body));
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_attachment_is_given_out_once_by_the_type_of_its_statement() {
    let lrs = Lrs::start().await;
    let (note, picture): (&[u8], &[u8]) = (b"ciao", b"\x89PNG");
    for (statement, bytes) in [
        (noted("anna", "text/markdown", note), note),
        (noted("bruno", "text/markdown", note), note),
        (noted("anna", "image/png", picture), picture),
        (noted("anna", "image/gif", b""), b""),
    ] {
        // The parts say text/plain.
        let stored = send(&lrs, &statement, &[(&sum(bytes), bytes)]).await;
        expect(stored, StatusCode::OK).await;
    }
    let answer = lrs.get("statements?attachments=true&ascending=true").await;
    let length = answer.headers()[header::CONTENT_LENGTH].to_str().unwrap();
    let length: usize = length.parse().unwrap();
    let body = answer.bytes().await.unwrap();
    assert_eq!(body.len(), length, "its length is known before");
    let text = String::from_utf8_lossy(&body);
    let kinds: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("Content-Type: "))
        .collect();
    assert_eq!(
        kinds,
        [
            "application/json",
            "text/markdown",
            "image/png",
            "image/gif"
        ]
    );
    assert_eq!(text.matches("ciao").count(), 1);
    let split = noted("anna", "text/plain\r\nX-Other: x", note);
    let refused = send(&lrs, &split, &[(&sum(note), note)]).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_go_with_the_last_statement_that_has_them() {
    let lrs = Lrs::start().await;
    let of = |name: &str, bytes: &[u8]| {
        let mut statement = noted("x", "text/plain", bytes);
        let account = json!({ "homePage": lrs.app.url, "name": name });
        statement["actor"] = json!({ "account": account });
        statement
    };
    for name in ["anna", "bruno"] {
        lrs.app.with_course(name, name).await;
    }
    let (own, both, refused): (&[u8], &[u8], &[u8]) = (b"of anna", b"of both", b"of nobody");
    for (statement, bytes) in [
        (of("anna", own), own),
        (of("anna", both), both),
        (of("bruno", both), both),
    ] {
        let stored = send(&lrs, &statement, &[(&sum(bytes), bytes)]).await;
        expect(stored, StatusCode::OK).await;
    }
    // Another statement with an id that is known.
    let known = lrs.found(&[]).await.remove(0);
    let mut conflict = of("bruno", refused);
    conflict["id"] = known.into();
    let answer = send(&lrs, &conflict, &[(&sum(refused), refused)]).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);

    let kept = || {
        let all = lrs.app.blobs();
        [own, both, refused].map(|bytes| all.contains(&format!("{}-attachment", sum(bytes))))
    };
    lrs.app.sweep(0).await;
    assert_eq!(kept(), [true; 3], "what is young may be on its way");
    lrs.app.sweep(3).await;
    assert_eq!(kept(), [true, true, false], "nobody has it");
    let erase = lrs.app.http.delete(lrs.app.at("/api/v1/learners/anna"));
    expect(lrs.app.send(erase).await, StatusCode::OK).await;
    lrs.app.sweep(3).await;
    assert_eq!(kept(), [false, true, false], "of the other it stays");
    let body = lrs.get("statements?attachments=true").await;
    assert!(body.text().await.unwrap().contains("of both"));
    lrs.app.stop().await;
}
