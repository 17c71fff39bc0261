//! Attachments, signatures, documents, formats, the alternate syntax, versions and scopes.

use std::fmt::Write as _;

use futures_util::future::join_all;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Lrs, VERSION, agent, id, statement};
use crate::support::{CLIENT, SECRET, expect};

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

#[tokio::test(flavor = "multi_thread")]
async fn attachments_come_back_as_they_came_and_survive_the_sweep() {
    let lrs = Lrs::start().await;
    let bytes: &[u8] = b"\r\n--not-sep\r\nciao\0";
    let mut with = statement(&id(), "anna", "did", "it");
    with["attachments"] = json!([{
        "usageType": "https://usage.example/nota",
        "display": { "it": "Nota" },
        "contentType": "text/plain",
        "length": bytes.len(),
        "sha2": sum(bytes),
    }]);
    let send = |body: Vec<u8>| {
        let request = lrs.request(Method::POST, "statements");
        let request = request.header(header::CONTENT_TYPE, "multipart/mixed; boundary=sep");
        request.body(body).send()
    };
    let alone = lrs.post(&with).await;
    assert_eq!(
        alone.status(),
        StatusCode::BAD_REQUEST,
        "the bytes are missing"
    );
    let spoiled = send(mixed(&with, &[(&sum(bytes), b"other")]))
        .await
        .unwrap();
    assert_eq!(spoiled.status(), StatusCode::BAD_REQUEST);
    let unasked = send(mixed(&with, &[(&sum(bytes), bytes), (&sum(b"x"), b"x")]))
        .await
        .unwrap();
    assert_eq!(unasked.status(), StatusCode::BAD_REQUEST);
    let stored = send(mixed(&with, &[(&sum(bytes), bytes)])).await.unwrap();
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
async fn activities_are_all_that_was_said_of_them() {
    let lrs = Lrs::start().await;
    for (language, name) in [("it", "Prova"), ("en", "Test")] {
        let mut one = statement(&id(), "anna", "did", "it");
        one["object"]["definition"] = json!({ "name": { language: name } });
        expect(lrs.post(&one).await, StatusCode::OK).await;
    }
    let path = "activities?activityId=https%3A%2F%2Factivities.example%2Fit";
    let activity = expect(lrs.get(path).await, StatusCode::OK).await;
    assert_eq!(
        activity["definition"]["name"],
        json!({ "it": "Prova", "en": "Test" })
    );
    let request = lrs.request(Method::GET, "statements?format=canonical&limit=1");
    let page = request
        .header(header::ACCEPT_LANGUAGE, "it-CH, en;q=0.5")
        .send()
        .await
        .unwrap();
    let page = expect(page, StatusCode::OK).await;
    assert_eq!(
        page["statements"][0]["object"]["definition"]["name"],
        json!({ "it": "Prova" })
    );
    let page = expect(
        lrs.get("statements?format=ids&limit=1").await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(
        page["statements"][0]["object"],
        json!({ "id": "https://activities.example/it" })
    );
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_written_over_only_by_who_read_them() {
    let lrs = Lrs::start().await;
    let path = "activities/profile?activityId=https%3A%2F%2Fa.example%2F1&profileId=p";
    let put = |name: &'static str, value: String, version: &'static str| {
        let request = lrs.request(Method::PUT, path).header(VERSION, version);
        let mut headers = header::HeaderMap::new();
        headers.insert(VERSION, version.parse().unwrap());
        if !name.is_empty() {
            headers.insert(name, value.parse().unwrap());
        }
        request.headers(headers).json(&json!({ "a": 1 })).send()
    };
    let status = |answer: Response| answer.status();
    assert_eq!(
        status(put("", String::new(), "1.0.3").await.unwrap()),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        status(put("If-None-Match", "*".into(), "1.0.3").await.unwrap()),
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        status(put("If-None-Match", "*".into(), "1.0.3").await.unwrap()),
        StatusCode::PRECONDITION_FAILED
    );
    for version in ["1.0.3", "2.0.0"] {
        assert_eq!(
            status(put("", String::new(), version).await.unwrap()),
            StatusCode::CONFLICT
        );
    }
    let tag = lrs.get(path).await.headers()[header::ETAG]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        status(put("If-Match", "\"other\"".into(), "1.0.3").await.unwrap()),
        StatusCode::PRECONDITION_FAILED
    );
    assert_eq!(
        status(put("If-Match", tag, "1.0.3").await.unwrap()),
        StatusCode::NO_CONTENT
    );

    let merged = lrs
        .request(Method::POST, path)
        .json(&json!({ "b": 2 }))
        .send()
        .await
        .unwrap();
    assert_eq!(merged.status(), StatusCode::NO_CONTENT);
    let whole = expect(lrs.get(path).await, StatusCode::OK).await;
    assert_eq!(whole, json!({ "a": 1, "b": 2 }));
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_write_a_document_at_once_none_is_lost() {
    let lrs = Lrs::start().await;
    let query = [
        ("activityId", "https://a.example/1"),
        ("agent", &agent("anna")),
        ("stateId", "s"),
    ];
    let path = reqwest::Url::parse_with_params("http://it/activities/state", query).unwrap();
    let path = format!("activities/state?{}", path.query().unwrap());
    let merge = |number: usize| {
        let part = json!({ format!("part{number}"): number });
        lrs.request(Method::POST, &path).json(&part).send()
    };
    for answer in join_all((0..12).map(merge)).await {
        assert_eq!(answer.unwrap().status(), StatusCode::NO_CONTENT);
    }
    let answer = lrs.get(&path).await;
    let tag = answer.headers()[header::ETAG].to_str().unwrap().to_owned();
    let whole = expect(answer, StatusCode::OK).await;
    assert_eq!(whole.as_object().unwrap().len(), 12, "{whole}");

    let replace = |number: usize| {
        let request = lrs.request(Method::PUT, &path).header("If-Match", &tag);
        request.json(&json!({ "only": number })).send()
    };
    let answers = join_all((0..8).map(replace)).await;
    let written = answers
        .into_iter()
        .filter(|answer| answer.as_ref().unwrap().status() == StatusCode::NO_CONTENT);
    assert_eq!(written.count(), 1, "who read it last writes it");
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_can_hold_any_request_of_version_1() {
    let lrs = Lrs::start().await;
    let one = id();
    let content = statement(&one, "anna", "did", "it").to_string();
    let credentials = {
        let request = lrs.request(Method::GET, "about").build().unwrap();
        request.headers()[header::AUTHORIZATION]
            .to_str()
            .unwrap()
            .to_owned()
    };
    let fields = [
        ("statementId", one.as_str()),
        ("content", &content),
        ("Authorization", &credentials),
        (VERSION, "1.0.3"),
    ];
    let send = |query: &str| {
        let url = lrs.app.at(&format!("/xapi/statements?{query}"));
        lrs.app.http.post(url).form(&fields).send()
    };
    let put = send("method=PUT").await.unwrap();
    assert_eq!(put.status(), StatusCode::NO_CONTENT);
    assert_eq!(lrs.found(&[]).await, std::slice::from_ref(&one));
    let extra = send("method=PUT&limit=1").await.unwrap();
    assert_eq!(extra.status(), StatusCode::BAD_REQUEST);
    let request = lrs
        .request(Method::POST, "statements?method=GET")
        .header(VERSION, "2.0.0");
    let mut headers = header::HeaderMap::new();
    headers.insert(VERSION, "2.0.0".parse().unwrap());
    let second = request
        .headers(headers)
        .form(&[("limit", "1")])
        .send()
        .await
        .unwrap();
    assert_eq!(
        second.status(),
        StatusCode::BAD_REQUEST,
        "2.0 has no such thing"
    );
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_over_the_statement_it_comes_with() {
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    let lrs = Lrs::start().await;
    let key = EncodingKey::from_rsa_pem(include_bytes!("../support/signer.pem")).unwrap();
    let signed = |payload: &Value, statement: &Value| {
        let jws = encode(&Header::new(Algorithm::RS256), payload, &key).unwrap();
        let mut whole = statement.clone();
        whole["attachments"] = json!([{
            "usageType": "http://adlnet.gov/expapi/attachments/signature",
            "display": { "it": "Firma" },
            "contentType": "application/octet-stream",
            "length": jws.len(),
            "sha2": sum(jws.as_bytes()),
        }]);
        let body = mixed(&whole, &[(&sum(jws.as_bytes()), jws.as_bytes())]);
        let request = lrs.request(Method::POST, "statements");
        request
            .header(header::CONTENT_TYPE, "multipart/mixed; boundary=sep")
            .body(body)
            .send()
    };
    let one = statement(&id(), "anna", "did", "it");
    let other = statement(one["id"].as_str().unwrap(), "anna", "did", "more");
    let refused = signed(&other, &one).await.unwrap();
    let refused = expect(refused, StatusCode::BAD_REQUEST).await;
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("another statement"),
        "{refused}"
    );
    expect(signed(&one, &one).await.unwrap(), StatusCode::OK).await;
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_may_read_its_own_sees_no_others() {
    let lrs = Lrs::start().await;
    let output = lrs.app.command(&[
        "client",
        "add",
        "lesson-tool",
        "--scope",
        "xapi:write",
        "--scope",
        "xapi:read/mine",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    let word = |name: &str| {
        let line = text.lines().find(|line| line.contains(name));
        let line = line.unwrap_or_else(|| panic!("{name} in {text}"));
        line.split_whitespace().last().unwrap().to_owned()
    };
    let (user, secret) = (word("client_id"), word("client_secret"));
    expect(
        lrs.post(&statement(&id(), "anna", "did", "it")).await,
        StatusCode::OK,
    )
    .await;
    let own = id();
    let tool = |method: Method, path: &str| {
        let request = lrs
            .app
            .http
            .request(method, lrs.app.at(&format!("/xapi/{path}")));
        request
            .basic_auth(&user, Some(&secret))
            .header(VERSION, "1.0.3")
    };
    let posted = tool(Method::POST, "statements").json(&statement(&own, "anna", "did", "it"));
    expect(posted.send().await.unwrap(), StatusCode::OK).await;
    // What others say of it, and of what it said, is not its own.
    let mut remark = statement(&id(), "anna", "remarked", "it");
    remark["object"] = json!({ "objectType": "StatementRef", "id": own });
    let mut taught = statement(&id(), "anna", "did", "it");
    taught["context"]["instructor"] =
        json!({ "account": { "homePage": lrs.app.url, "name": user } });
    expect(lrs.post(&json!([remark, taught])).await, StatusCode::OK).await;
    let page = tool(Method::GET, "statements").send().await.unwrap();
    let page = expect(page, StatusCode::OK).await;
    assert_eq!(page["statements"].as_array().unwrap().len(), 1);
    assert_eq!(page["statements"][0]["id"], own.as_str());
    assert_eq!(
        page["statements"][0]["authority"]["account"]["name"],
        user.as_str()
    );
    let state = "activities/state?activityId=https%3A%2F%2Fa.example%2F1&stateId=s&agent=%7B%22mbox%22%3A%22mailto%3Aa%40b.example%22%7D";
    let state = tool(Method::GET, state).send().await.unwrap();
    assert_eq!(state.status(), StatusCode::FORBIDDEN);
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_a_version_and_how_far_it_sees() {
    let lrs = Lrs::start().await;
    let url = lrs.app.at("/xapi/statements");
    for (asked, status, answered) in [
        (Some("1.0"), StatusCode::OK, "1.0.3"),
        (Some("1.0.1"), StatusCode::OK, "1.0.3"),
        (Some("2.0.0"), StatusCode::OK, "2.0.0"),
        (Some("1.1"), StatusCode::BAD_REQUEST, "1.0.3"),
        (None, StatusCode::BAD_REQUEST, "0.95"),
    ] {
        let mut request = lrs.app.http.get(&url).basic_auth(CLIENT, Some(SECRET));
        if let Some(asked) = asked {
            request = request.header(VERSION, asked);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{asked:?}");
        assert_eq!(answer.headers()[VERSION], answered, "{asked:?}");
        let through = answer.headers()["X-Experience-API-Consistent-Through"]
            .to_str()
            .unwrap();
        assert!(
            chrono::DateTime::parse_from_rfc3339(through).is_ok(),
            "{through}"
        );
    }
    lrs.app.stop().await;
}
