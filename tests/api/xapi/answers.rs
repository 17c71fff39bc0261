//! What answers say besides their content: HEAD, Last-Modified, versions on refusals, methods, and what is
//! wrong with a request.

use reqwest::header;

use super::*;

const STATE: &str = "activities/state?activityId=https%3A%2F%2Fa.example%2F1&agent=%7B%22mbox%22%3A%22mailto%3Aa%40b.example%22%7D";

#[tokio::test(flavor = "multi_thread")]
async fn head_says_of_each_resource_what_get_says_without_the_content() {
    let lrs = Lrs::start().await;
    let one = id();
    expect(
        lrs.post(&statement(&one, "anna", "did", "it")).await,
        StatusCode::OK,
    )
    .await;
    let document = format!("{STATE}&stateId=s");
    let put = lrs.request(Method::PUT, &document).json(&json!({}));
    assert_eq!(put.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    for path in [
        "about",
        "statements",
        &format!("statements?statementId={one}"),
        &document,
        STATE,
        "agents?agent=%7B%22mbox%22%3A%22mailto%3Aa%40b.example%22%7D",
        "activities?activityId=https%3A%2F%2Factivities.example%2Fit",
    ] {
        let get = lrs.get(path).await;
        let head = lrs.request(Method::HEAD, path).send().await.unwrap();
        assert_eq!(head.status(), get.status(), "{path}");
        for name in [
            "content-type",
            "content-length",
            "etag",
            "last-modified",
            VERSION,
        ] {
            assert_eq!(
                head.headers().get(name),
                get.headers().get(name),
                "{path}: {name}"
            );
        }
        assert!(head.bytes().await.unwrap().is_empty(), "{path}");
        assert!(!get.bytes().await.unwrap().is_empty(), "{path}");
    }
    let missing = format!("statements?statementId={}", id());
    let missing = lrs.request(Method::HEAD, &missing).send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn last_modified_is_when_it_was_stored() {
    let lrs = Lrs::start().await;
    let one = id();
    expect(
        lrs.post(&statement(&one, "anna", "did", "it")).await,
        StatusCode::OK,
    )
    .await;
    for path in ["statements", &format!("statements?statementId={one}")] {
        let answer = lrs.get(path).await;
        let modified = answer.headers()[header::LAST_MODIFIED].to_str().unwrap();
        let modified = chrono::DateTime::parse_from_rfc2822(modified).unwrap();
        let found = expect(answer, StatusCode::OK).await;
        let stored = match found.get("statements") {
            Some(list) => &list[0]["stored"],
            None => &found["stored"],
        };
        let stored = chrono::DateTime::parse_from_rfc3339(stored.as_str().unwrap()).unwrap();
        assert_eq!(stored.timestamp(), modified.timestamp(), "{path}");
    }
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_the_version_too() {
    let lrs = Lrs::start().await;
    let app = &lrs.app;
    let none = id();
    for version in ["1.0.3", "2.0.0"] {
        let request = |method: Method, path: &str| {
            let url = app.at(&format!("/xapi/{path}"));
            app.http.request(method, url).header(VERSION, version)
        };
        let known =
            |method: Method, path: &str| request(method, path).basic_auth(CLIENT, Some(SECRET));
        let huge = vec![b' '; (32 << 20) + 1];
        let tool = app.command(&[
            "client",
            "add",
            &format!("r{version}"),
            "--scope",
            "xapi:read",
        ]);
        let tool = String::from_utf8(tool.stdout).unwrap();
        let secret = tool.lines().find(|line| line.contains("client_secret"));
        let secret = secret.unwrap().split_whitespace().last().unwrap();
        let one = statement(&id(), "anna", "did", "it");
        for (asked, status) in [
            (known(Method::POST, "statements").json(&json!({})), 400),
            (request(Method::GET, "statements"), 401),
            (
                request(Method::GET, "statements").basic_auth("\0", Some("x")),
                401,
            ),
            (
                request(Method::POST, "statements")
                    .basic_auth(format!("r{version}"), Some(secret))
                    .json(&one),
                403,
            ),
            (
                known(Method::GET, &format!("statements?statementId={none}")),
                404,
            ),
            (known(Method::GET, "nothing"), 404),
            (known(Method::DELETE, "statements"), 405),
            (known(Method::PUT, "about"), 405),
            (known(Method::POST, "statements").body(huge), 413),
        ] {
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.status(), status);
            assert_eq!(answer.headers()[VERSION], version, "{status}");
        }
    }
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_is_not_taken_is_answered_with_those_that_are() {
    let lrs = Lrs::start().await;
    let documents = "GET, HEAD, PUT, POST, DELETE, OPTIONS";
    for (method, path, allowed) in [
        (
            Method::DELETE,
            "statements",
            "GET, HEAD, PUT, POST, OPTIONS",
        ),
        (Method::PATCH, "activities/state", documents),
        (Method::PATCH, "activities/profile", documents),
        (Method::PATCH, "agents/profile", documents),
        (Method::PUT, "agents", "GET, HEAD, OPTIONS"),
        (Method::POST, "activities", "GET, HEAD, OPTIONS"),
        (Method::DELETE, "about", "GET, HEAD, OPTIONS"),
        (Method::POST, "//about/", "GET, HEAD, OPTIONS"),
    ] {
        let answer = lrs.request(method, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.headers()[header::ALLOW], allowed, "{path}");
    }
    let url = lrs.app.at("/xapi/about");
    let asked = lrs.app.http.request(Method::OPTIONS, &url).send().await;
    assert_eq!(asked.unwrap().status(), StatusCode::NO_CONTENT);
    let about = lrs.app.http.get(&url).send().await.unwrap();
    let about = expect(about, StatusCode::OK).await;
    assert_eq!(about["version"], json!(["1.0.3", "2.0.0"]));
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_store_can_keep_is_the_requests_fault() {
    let lrs = Lrs::start().await;
    let with = |path: &str, value: Value| {
        let mut one = statement(&id(), "anna", "did", "it");
        one["object"]["definition"] = json!({ "name": { "it": "Prova" } });
        *one.pointer_mut(path).unwrap() = value;
        one
    };
    let account = json!({ "account": { "homePage": "https://a.example/", "name": "a\0b" } });
    for (one, at, requirement) in [
        (
            with("/object/id", json!("https://a.example/\0")),
            "object.id",
            "xAPI Data 2.4.4.1",
        ),
        (
            with("/object/id", json!("https://a.example/\u{7}")),
            "object.id",
            "xAPI Data 2.4.4.1",
        ),
        (
            with("/object/id", json!("https://a.example/<x>")),
            "object.id",
            "xAPI Data 2.4.4.1",
        ),
        (
            with("/verb/id", json!("https://")),
            "verb.id",
            "xAPI Data 2.4.3",
        ),
        (
            with("/actor/mbox", json!("mailto:a\0@b.example")),
            "actor.mbox",
            "xAPI Data 2.4.2.3",
        ),
        (
            with("/actor", account.clone()),
            "actor.account.name",
            "xAPI Data 2.4.2.4",
        ),
    ] {
        let problem = expect(lrs.post(&one).await, StatusCode::BAD_REQUEST).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with(&format!("{at}: ")), "{detail}");
        assert_eq!(problem["requirement"], requirement, "{detail}");
    }
    assert_eq!(lrs.found(&[]).await, Vec::<String>::new());
    // In any script.
    let one = with(
        "/object/id",
        json!("https://esempio.example/attività?domanda=è#フ"),
    );
    expect(lrs.post(&one).await, StatusCode::OK).await;

    let mail = "%7B%22mbox%22%3A%22mailto%3Aa%40b.example%22%7D";
    let odd = reqwest::Url::parse_with_params("http://it/", [("agent", account.to_string())]);
    let odd = odd.unwrap().query().unwrap().to_owned();
    let activity = "activityId=https%3A%2F%2Fa.example%2F1";
    for path in [
        format!("activities/state?{activity}&agent={mail}&stateId=%00"),
        format!("activities/state?{activity}&{odd}&stateId=s"),
        format!("activities/state?{activity}%00&agent={mail}&stateId=s"),
        format!("activities/profile?{activity}&profileId=a%00b"),
        format!("agents/profile?agent={mail}&profileId=%00"),
        format!("agents/profile?{odd}&profileId=p"),
    ] {
        for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE] {
            let request = lrs.request(method.clone(), &path).json(&json!({}));
            let status = request.send().await.unwrap().status();
            assert_eq!(status, StatusCode::BAD_REQUEST, "{method} {path}");
        }
    }
    for path in [
        format!("statements?{odd}"),
        format!("agents?{odd}"),
        "statements?activity=https%3A%2F%2Fa.example%2F%00".into(),
        "activities?activityId=https%3A%2F%2Fa.example%2F%00".into(),
    ] {
        let status = lrs.get(&path).await.status();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
    }
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn since_and_until_are_written_as_timestamps_of_statements_are() {
    let lrs = Lrs::start().await;
    expect(
        lrs.post(&statement(&id(), "anna", "did", "it")).await,
        StatusCode::OK,
    )
    .await;
    for (since, found) in [
        ("2020-01-01T00:00:00Z", 1),
        ("2020-01-01T00:00:00", 1),
        ("2020-01-01T00:00:00+01", 1),
        ("2020-01-01T00:00:00.5-0530", 1),
        ("2120-01-01T00:00:00Z", 0),
    ] {
        assert_eq!(lrs.found(&[("since", since)]).await.len(), found, "{since}");
        assert_eq!(
            lrs.found(&[("until", since)]).await.len(),
            1 - found,
            "{since}"
        );
    }
    for bad in ["2020-01-01", "soon", "2020-01-01T00%3A00%3A00-00%3A00"] {
        for path in [
            format!("statements?since={bad}"),
            format!("statements?until={bad}"),
            format!("{STATE}&since={bad}"),
        ] {
            let status = lrs.get(&path).await.status();
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        }
    }
    lrs.app.stop().await;
}
