//! What each scope opens: ours and the standard's own names.

use reqwest::header;

use super::*;

/// A client with some scopes.
struct Tool<'a> {
    lrs: &'a Lrs,
    user: String,
    secret: String,
}

impl<'a> Tool<'a> {
    fn with(lrs: &'a Lrs, user: &str, scopes: &[&str]) -> Self {
        let mut arguments = vec!["client", "add", user];
        for scope in scopes {
            arguments.extend(["--scope", *scope]);
        }
        let output = lrs.app.command(&arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text.lines().find(|line| line.contains("client_secret"));
        let line = line.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let secret = line.split_whitespace().last().unwrap().to_owned();
        let user = user.to_owned();
        Self { lrs, user, secret }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let app = &self.lrs.app;
        let request = app.http.request(method, app.at(&format!("/xapi/{path}")));
        request
            .basic_auth(&self.user, Some(&self.secret))
            .header(VERSION, "1.0.3")
    }

    async fn status(&self, method: Method, path: &str) -> StatusCode {
        let mut request = self.request(method.clone(), path);
        if method == Method::PUT {
            request = request.header(header::IF_NONE_MATCH, "*").json(&json!({}));
        }
        if method == Method::POST {
            request = request.json(&statement(&id(), "anna", "did", "it"));
        }
        request.send().await.unwrap().status()
    }
}

const STATE: &str = "activities/state?activityId=https%3A%2F%2Fa.example%2F1&stateId=s&agent=%7B%22mbox%22%3A%22mailto%3Aa%40b.example%22%7D";
const ACTIVITY: &str = "activities/profile?activityId=https%3A%2F%2Fa.example%2F1&profileId=p";
const AGENT: &str =
    "agents/profile?agent=%7B%22mbox%22%3A%22mailto%3Aa%40b.example%22%7D&profileId=p";
const PERSON: &str = "agents?agent=%7B%22mbox%22%3A%22mailto%3Aa%40b.example%22%7D";
const DEFINITION: &str = "activities?activityId=https%3A%2F%2Factivities.example%2Fit";

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_opens_its_part_and_no_other() {
    let lrs = Lrs::start().await;
    // Statements and documents: read, written.
    let acts = [
        (Method::GET, "statements"),
        (Method::POST, "statements"),
        (Method::GET, STATE),
        (Method::PUT, STATE),
        (Method::GET, ACTIVITY),
        (Method::PUT, ACTIVITY),
        (Method::GET, AGENT),
        (Method::PUT, AGENT),
        (Method::GET, PERSON),
        (Method::GET, DEFINITION),
    ];
    let (yes, no) = (true, false);
    for (scope, allowed) in [
        (
            "statements/write",
            [no, yes, no, no, no, no, no, no, no, no],
        ),
        (
            "statements/read",
            [yes, no, no, no, no, no, no, no, yes, yes],
        ),
        (
            "statements/read/mine",
            [yes, no, no, no, no, no, no, no, no, no],
        ),
        ("state", [no, no, yes, yes, no, no, no, no, no, no]),
        ("define", [no; 10]),
        ("profile", [no, no, no, no, yes, yes, yes, yes, no, no]),
        ("all/read", [yes, no, yes, no, yes, no, yes, no, yes, yes]),
        ("all", [yes; 10]),
        (
            "xapi:write",
            [no, yes, yes, yes, yes, yes, yes, yes, no, no],
        ),
        ("xapi:read", [yes, no, yes, no, yes, no, yes, no, yes, yes]),
        ("xapi:read/mine", [yes, no, no, no, no, no, no, no, no, no]),
        ("reports:read", [no; 10]),
    ] {
        let name = format!("tool-{}", scope.replace(['/', ':'], "-"));
        let tool = Tool::with(&lrs, &name, &[scope]);
        for ((method, path), allowed) in acts.iter().zip(allowed) {
            let status = tool.status(method.clone(), path).await;
            assert_eq!(
                status != StatusCode::FORBIDDEN,
                allowed,
                "{scope}: {method} {path}: {status}"
            );
        }
    }
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_define_is_stored_and_defines_nothing() {
    let lrs = Lrs::start().await;
    let name = async || {
        let found = expect(lrs.get(DEFINITION).await, StatusCode::OK).await;
        found["definition"]["name"]["it"].clone()
    };
    for (user, scopes, expected) in [
        ("writer", &["statements/write"][..], Value::Null),
        ("definer", &["statements/write", "define"], "definer".into()),
        ("quiet", &["statements/write"], "definer".into()),
        ("ours", &["xapi:write"], "ours".into()),
    ] {
        let tool = Tool::with(&lrs, user, scopes);
        let mut one = statement(&id(), "anna", "did", "it");
        one["object"]["definition"] = json!({ "name": { "it": user } });
        let posted = tool.request(Method::POST, "statements").json(&one);
        expect(posted.send().await.unwrap(), StatusCode::OK).await;
        assert_eq!(name().await, expected, "{user}");
        let path = format!("statements?statementId={}", one["id"].as_str().unwrap());
        let kept = expect(lrs.get(&path).await, StatusCode::OK).await;
        assert_eq!(kept["object"]["definition"]["name"]["it"], user);
    }
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_may_read_its_own_sees_no_others() {
    let lrs = Lrs::start().await;
    for (user, scopes) in [
        ("ours", ["xapi:write", "xapi:read/mine"]),
        ("standard", ["statements/write", "statements/read/mine"]),
    ] {
        let tool = Tool::with(&lrs, user, &scopes);
        let other = id();
        expect(
            lrs.post(&statement(&other, "anna", "did", "it")).await,
            StatusCode::OK,
        )
        .await;
        let own = id();
        let posted = tool
            .request(Method::POST, "statements")
            .json(&statement(&own, "anna", "did", "it"));
        expect(posted.send().await.unwrap(), StatusCode::OK).await;
        // What others say of it, and of what it said, is not its own.
        let mut remark = statement(&id(), "anna", "remarked", "it");
        remark["object"] = json!({ "objectType": "StatementRef", "id": own });
        let mut taught = statement(&id(), "anna", "did", "it");
        taught["context"]["instructor"] =
            json!({ "account": { "homePage": lrs.app.url, "name": user } });
        expect(lrs.post(&json!([remark, taught])).await, StatusCode::OK).await;
        let page = tool.request(Method::GET, "statements").send().await;
        let page = expect(page.unwrap(), StatusCode::OK).await;
        assert_eq!(page["statements"].as_array().unwrap().len(), 1);
        assert_eq!(page["statements"][0]["id"], own.as_str());
        assert_eq!(page["statements"][0]["authority"]["account"]["name"], user);
        let path = format!("statements?statementId={other}");
        let hidden = tool.status(Method::GET, &path).await;
        assert_eq!(hidden, StatusCode::NOT_FOUND);
    }
    lrs.app.stop().await;
}
