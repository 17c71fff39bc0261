//! What administrators and programs do is noted, can be found, and cannot be unsaid.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_postgres::NoTls;

use crate::support::{ADMIN, CLIENT, TestApp, expect, packages};

async fn lines(app: &TestApp, query: &str) -> Vec<Value> {
    let page = expect(
        app.get(&format!("/api/v1/audit?{query}")).await,
        StatusCode::OK,
    )
    .await;
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn who_published_and_archived_a_package_is_known() {
    let app = TestApp::start().await;
    let package = app.with_package(packages::course("Golf")).await;
    let id = package["id"].as_str().unwrap();
    let path = format!("/api/v1/packages/{id}");
    app.send(app.http.delete(app.at(&path))).await;

    let found = lines(&app, &format!("subject={id}")).await;
    let acts: Vec<_> = found.iter().map(|line| line["act"].clone()).collect();
    assert_eq!(acts, ["package.archived", "package.uploaded"]);
    assert_eq!(
        (
            &found[1]["actor_kind"],
            &found[1]["actor"],
            &found[1]["details"]
        ),
        (&json!("client"), &json!(CLIENT), &json!({ "version": 1 }))
    );

    assert_eq!(lines(&app, "act=package").await.len(), 2);
    assert_eq!(lines(&app, "act=package.archived").await.len(), 1);
    assert_eq!(lines(&app, "act=webhook").await.len(), 0);
    assert_eq!(lines(&app, "until=2020-01-01T00:00:00Z").await.len(), 0);
}

#[tokio::test]
async fn a_page_leads_to_the_next() {
    let app = TestApp::start().await;
    for title in ["A", "B", "C"] {
        app.with_package(packages::course(title)).await;
    }
    let first = expect(
        app.get("/api/v1/audit?act=package&limit=2").await,
        StatusCode::OK,
    )
    .await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = lines(&app, &format!("act=package&cursor={cursor}")).await;
    assert_eq!(
        (first["items"].as_array().unwrap().len(), rest.len()),
        (2, 1)
    );
    assert!(first["items"][1]["id"].as_i64() > rest[0]["id"].as_i64());
}

#[tokio::test]
async fn a_failed_sign_in_is_noted_without_what_was_typed() {
    let app = TestApp::start().await;
    for (email, password) in [(ADMIN, "wrong-one"), ("stranger@x.example", "wrong-two")] {
        let form = [("email", email), ("password", password)];
        let request = app.http.post(app.at("/login")).form(&form);
        assert_eq!(request.send().await.unwrap().status(), 422);
    }
    let found = lines(&app, "act=account.sign_in_failed").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["actor_kind"], "nobody");
    let said = found[0].to_string();
    assert!(!said.contains("wrong") && !said.contains('@'), "{said}");
}

#[tokio::test]
async fn nobody_changes_the_log_and_only_administrators_read_it() {
    let app = TestApp::start().await;
    app.with_package(packages::course("Golf")).await;
    let (client, connection) = tokio_postgres::connect(&app.database, NoTls).await.unwrap();
    tokio::spawn(connection);
    for statement in [
        "UPDATE audit_log SET actor = 'somebody else'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
    ] {
        let refused = client.batch_execute(statement).await.unwrap_err();
        let said = format!("{:?}", refused.as_db_error());
        assert!(said.contains("append only"), "{statement}: {said}");
    }

    let answer = app.http.get(app.at("/api/v1/audit")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let added = app.command(&["client", "add", "reader", "--scope", "packages:read"]);
    let text = String::from_utf8(added.stdout).unwrap();
    let secret = text
        .lines()
        .find_map(|line| line.strip_prefix("client_secret  "));
    let token = app.token_of("reader", secret.unwrap()).await;
    let request = app.http.get(app.at("/api/v1/audit")).bearer_auth(token);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let made = lines(&app, "act=client.created").await;
    assert_eq!(made[0]["actor"], "command line");
}
