//! Documents, formats, the alternate syntax and versions.

use futures_util::future::join_all;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::json;

use super::{Lrs, VERSION, agent, id, statement};
use crate::support::{CLIENT, SECRET, expect};

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

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_listed_since_when_they_were_written() {
    let lrs = Lrs::start().await;
    let agent = agent("anna");
    let activity = ("activityId", "https://a.example/1");
    for (resource, id_name, place) in [
        (
            "activities/state",
            "stateId",
            &[activity, ("agent", &agent)][..],
        ),
        ("activities/profile", "profileId", &[activity]),
        ("agents/profile", "profileId", &[("agent", &agent)]),
    ] {
        let request = |method: Method, more: &[(&str, &str)]| {
            lrs.request(method, resource).query(place).query(more)
        };
        let write = async |name: &str| {
            let put = request(Method::PUT, &[(id_name, name)]);
            let put = put.header(header::IF_NONE_MATCH, "*").json(&json!({}));
            assert_eq!(put.send().await.unwrap().status(), StatusCode::NO_CONTENT);
        };
        write("early").await;
        let between = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        write("late").await;
        for (query, names) in [
            (&[][..], json!(["early", "late"])),
            (&[("since", between.as_str())], json!(["late"])),
            (&[("since", "2120-01-01T00:00:00Z")], json!([])),
        ] {
            let answer = request(Method::GET, query).send().await.unwrap();
            let found = expect(answer, StatusCode::OK).await;
            assert_eq!(found, names, "{resource} {query:?}");
        }
    }
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn version_2_asks_who_writes_over_a_state_document_for_its_etag() {
    let lrs = Lrs::start().await;
    let path = "activities/state?activityId=https%3A%2F%2Fa.example%2F1&stateId=s&agent=%7B%22mbox%22%3A%22mailto%3Aa%40b.example%22%7D";
    let put = async |version: &str, tag: Option<&str>| {
        let url = lrs.app.at(&format!("/xapi/{path}"));
        let request = lrs.app.http.put(url).basic_auth(CLIENT, Some(SECRET));
        let mut request = request.header(VERSION, version).json(&json!({ "n": id() }));
        if let Some(tag) = tag {
            request = request.header(header::IF_MATCH, tag);
        }
        request.send().await.unwrap().status()
    };
    assert_eq!(
        put("2.0.0", None).await,
        StatusCode::NO_CONTENT,
        "it is new"
    );
    assert_eq!(put("2.0.0", None).await, StatusCode::CONFLICT);
    let tag = async || {
        let answer = lrs.get(path).await;
        answer.headers()[header::ETAG].to_str().unwrap().to_owned()
    };
    let stale = tag().await;
    assert_eq!(put("2.0.0", Some(&stale)).await, StatusCode::NO_CONTENT);
    assert_eq!(
        put("2.0.0", Some(&stale)).await,
        StatusCode::PRECONDITION_FAILED
    );
    assert_eq!(
        put("2.0.0", Some(&tag().await)).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        put("1.0.3", None).await,
        StatusCode::NO_CONTENT,
        "1.0.3 does not"
    );
    lrs.app.stop().await;
}
