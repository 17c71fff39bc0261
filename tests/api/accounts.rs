//! People and clients by the command line, beside a server.

use std::process::Output;

use reqwest::{StatusCode, header};

use crate::support::{ADMIN, PASSWORD, TestApp};

const SECOND: &str = "tests-password-2";

/// What a command printed, when it succeeded.
fn said(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command complained of.
fn refused(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Whether somebody may sign in.
async fn may_enter(app: &TestApp, email: &str, password: &str) -> bool {
    let form = [("email", email), ("password", password)];
    let request = app.http.post(app.at("/login")).form(&form);
    let answer = request.send().await.unwrap();
    answer.headers().contains_key(header::SET_COOKIE)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_administrator_stops_no_start_and_is_enabled_by_the_command_line() {
    let app = TestApp::start().await;
    let sql = format!("UPDATE accounts SET disabled_at = now() WHERE email = '{ADMIN}'");
    app.spoil(&sql).await;
    let started = app.beside().await;
    started.stop().await;
    assert!(!may_enter(&app, ADMIN, PASSWORD).await);

    let added = said(&app.command(&["user", "add", ADMIN, "--password", SECOND]));
    assert!(added.contains("is enabled again"), "{added}");
    assert!(added.contains("may sign in as admin"), "{added}");
    assert!(may_enter(&app, ADMIN, SECOND).await);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_changes_nothing_else_and_signs_out_everywhere() {
    let app = TestApp::start().await;
    let email = "carla@tests.example";
    let made = app.command(&[
        "user",
        "add",
        email,
        "--password",
        PASSWORD,
        "--role",
        "admin",
        "--name",
        "Carla Neri",
        "--organization",
        "Comune di Prova",
    ]);
    said(&made);
    let get = async |path: &str, cookie: &str| {
        let request = app.http.get(app.at(path)).header(header::COOKIE, cookie);
        request.send().await.unwrap()
    };
    let cookie = app.sign_in(email, PASSWORD).await;
    let packages = "/api/v1/packages";
    assert_eq!(get(packages, &cookie).await.status(), StatusCode::OK);

    let changed = said(&app.command(&["user", "add", email]));
    assert!(changed.contains("may sign in as admin"), "{changed}");
    let password = changed
        .lines()
        .find_map(|line| line.strip_prefix("password  "));
    assert_eq!(
        get(packages, &cookie).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert!(!may_enter(&app, email, PASSWORD).await);
    let cookie = app.sign_in(email, password.unwrap()).await;
    let page = get("/admin/users", &cookie).await.text().await.unwrap();
    assert!(
        page.contains("Carla Neri") && page.contains("Comune di Prova"),
        "{page}"
    );

    let changed = app.command(&["user", "add", email, "--role", "learner"]);
    assert!(said(&changed).contains("may sign in as learner"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_account_or_a_client_is_refused_in_words() {
    let app = TestApp::start().await;
    let check = |arguments: &[&str], word: &str| {
        let said = refused(&app.command(arguments));
        assert!(said.contains(word), "{said}");
    };
    let user = ["user", "add", "anna@tests.example"];
    let with = |more: [&'static str; 2]| [user.as_slice(), &more].concat();
    check(&with(["--password", "elevensigns"]), "12 characters");
    check(&with(["--role", "boss"]), "coordinator");
    check(&with(["--body", "nowhere"]), "no body nowhere");
    check(&["client", "add", "a:b"], "colon");
    app.stop().await;
}
