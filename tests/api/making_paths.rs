//! Authors make paths and webinars on pages: drafts, steps in order, publishing, archiving, and forms that say
//! what is wrong with them.

use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{TestApp, expect, packages::course};

/// An author at their pages.
struct Author {
    app: TestApp,
    cookie: String,
}

impl Author {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let cookie = signed_in(&app, "author").await;
        Self { app, cookie }
    }

    async fn page(&self, path: &str) -> String {
        let request = self.app.http.get(self.app.at(path));
        let answer = request.header(header::COOKIE, &self.cookie).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    async fn send(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.app.http.post(self.app.at(path)).form(form);
        let answer = request.header(header::COOKIE, &self.cookie).send().await;
        answer.unwrap()
    }

    /// Sends a form that is taken: where it leads to.
    async fn done(&self, path: &str, form: &[(&str, &str)]) -> String {
        let answer = self.send(path, form).await;
        let status = answer.status();
        let place = answer.headers().get(header::LOCATION).cloned();
        let text = answer.text().await.unwrap();
        assert_eq!(status, StatusCode::SEE_OTHER, "{path}: {text}");
        place.unwrap().to_str().unwrap().to_owned()
    }

    /// Sends a form that is refused: the page that says why.
    async fn refused(&self, path: &str, form: &[(&str, &str)]) -> String {
        let answer = self.send(path, form).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        answer.text().await.unwrap()
    }

    /// A new draft: the address of its page.
    async fn draft(&self, title: &str) -> String {
        let form = [
            ("title", title),
            ("description", "Di che cosa parla"),
            ("language", "it"),
            ("credit_rule", "nominal"),
        ];
        let place = self.done("/author/paths", &form).await;
        assert!(place.ends_with("?done=a_made"), "{place}");
        place.split('?').next().unwrap().to_owned()
    }

    async fn webinar(&self, title: &str, path: &str) -> String {
        let form = [
            ("title", title),
            ("day", "2036-06-10"),
            ("from", "10:30"),
            ("to", "12:00"),
            ("path", path),
        ];
        self.done("/author/events", &form).await
    }

    /// The path as the API says it.
    async fn course(&self, address: &str) -> Value {
        let id = address.rsplit('/').next().unwrap();
        let answer = self.app.get(&format!("/api/v1/courses/{id}")).await;
        expect(answer, StatusCode::OK).await
    }

    /// What the page's forms carry of the moment it was shown.
    async fn seen(&self, address: &str) -> String {
        let page = self.page(address).await;
        let value = page.split("name=\"seen\" value=\"").nth(1).unwrap();
        value.split('"').next().unwrap().to_owned()
    }

    /// A draft of a webinar and a module.
    async fn two_steps(&self) -> String {
        let address = self.draft("Lavoro agile").await;
        let id = address.rsplit('/').next().unwrap();
        self.webinar("Incontro", id).await;
        let package = self.app.with_package(course("Modulo")).await;
        let form = [
            ("package", package["id"].as_str().unwrap()),
            ("add-package-minutes", "24"),
            ("required", "on"),
        ];
        self.done(&format!("{address}/add"), &form).await;
        address
    }
}

async fn signed_in(app: &TestApp, role: &str) -> String {
    let (email, password) = (format!("{role}@fa.example"), "una-password-lunga-1");
    let added = app.command(&[
        "user",
        "add",
        &email,
        "--role",
        role,
        "--password",
        password,
    ]);
    let said = String::from_utf8_lossy(&added.stderr);
    assert!(added.status.success(), "{said}");
    app.sign_in(&email, password).await
}

fn kinds(course: &Value) -> Vec<&'static str> {
    let items = course["items"].as_array().into_iter().flatten();
    let kind = |item: &Value| match item["event_id"].is_null() {
        true => "module",
        false => "webinar",
    };
    items.map(kind).collect()
}

fn people(course: &Value) -> (String, Value) {
    let id = course["id"].as_str().unwrap();
    let learner = json!({ "learner": { "id": "una-persona", "name": "Rossi, Ada" } });
    (format!("/api/v1/courses/{id}/enrolments"), learner)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_is_drafted_filled_published_and_archived() {
    let author = Author::start().await;
    let address = author.two_steps().await;
    let course = author.course(&address).await;
    assert_eq!(course["state"], "draft");
    assert_eq!(course["code"], "lavoro-agile");
    assert_eq!(kinds(&course), ["webinar", "module"]);
    assert_eq!(course["items"][0]["credit_minutes"], 90);
    assert_eq!(course["items"][1]["credit_minutes"], 24);
    let (enrolments, learner) = people(&course);
    let early = author.app.post(&enrolments, &learner).await;
    expect(early, StatusCode::CONFLICT).await;

    let state = format!("{address}/state");
    author.done(&state, &[("state", "published")]).await;
    assert_eq!(author.course(&address).await["state"], "published");
    let taken = author.app.post(&enrolments, &learner).await;
    expect(taken, StatusCode::CREATED).await;
    let list = author.page("/author/paths").await;
    assert!(
        list.contains("Pubblicato") && list.contains("1 iscritto"),
        "{list}"
    );

    author.done(&state, &[("state", "archived")]).await;
    let late = author.app.post(&enrolments, &learner).await;
    expect(late, StatusCode::CONFLICT).await;
    // Programs that put the path again do not bring it back.
    let items = course["items"].clone();
    let put = json!({ "title": "Lavoro agile", "items": items });
    let put = author
        .app
        .http
        .put(author.app.at("/api/v1/courses/lavoro-agile"))
        .json(&put);
    let kept = expect(author.app.send(put).await, StatusCode::OK).await;
    assert_eq!(kept["state"], "archived");
    let audit = author.app.get("/api/v1/audit?act=course.put").await;
    let audit = expect(audit, StatusCode::OK).await;
    assert!(audit.to_string().contains("archived"), "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_moved_changed_and_removed_with_what_was_written_beside() {
    let author = Author::start().await;
    let address = author.two_steps().await;
    let steps = format!("{address}/steps");
    let seen = author.seen(&address).await;
    let form = [
        ("seen", seen.as_str()),
        ("minutes-1", "80"),
        ("minutes-2", "30"),
        ("required-2", "on"),
        ("act", "down-1"),
    ];
    author.done(&steps, &form).await;
    let course = author.course(&address).await;
    assert_eq!(kinds(&course), ["module", "webinar"]);
    assert_eq!(course["items"][0]["credit_minutes"], 30);
    assert_eq!(course["items"][0]["required"], true);
    assert_eq!(course["items"][1]["credit_minutes"], 80);
    assert_eq!(course["items"][1]["required"], false);

    // Another window still shows the old order.
    let page = author.refused(&steps, &form).await;
    assert!(page.contains("Nel frattempo qualcun altro"), "{page}");
    assert_eq!(kinds(&author.course(&address).await), ["module", "webinar"]);

    let seen = author.seen(&address).await;
    let wrong = [
        ("seen", seen.as_str()),
        ("minutes-1", "molti"),
        ("minutes-2", "80"),
        ("act", "save"),
    ];
    let page = author.refused(&steps, &wrong).await;
    assert!(page.contains("href=\"#minutes-1\""), "{page}");
    assert!(
        page.contains("value=\"molti\" aria-invalid=\"true\""),
        "{page}"
    );

    let remove = [
        ("seen", seen.as_str()),
        ("minutes-1", "30"),
        ("minutes-2", "80"),
        ("act", "remove-1"),
    ];
    author.done(&steps, &remove).await;
    let course = author.course(&address).await;
    assert_eq!(kinds(&course), ["webinar"]);
    assert_eq!(course["items"][0]["position"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_path_always_requires_something() {
    let author = Author::start().await;
    let address = author.draft("Vuoto").await;
    let state = format!("{address}/state");
    let page = author.refused(&state, &[("state", "published")]).await;
    assert!(
        page.contains("Almeno un passo dev’essere obbligatorio"),
        "{page}"
    );
    let id = address.rsplit('/').next().unwrap();
    author.webinar("Incontro", id).await;
    author.done(&state, &[("state", "published")]).await;
    let seen = author.seen(&address).await;
    for act in ["save", "remove-1"] {
        let form = [("seen", seen.as_str()), ("minutes-1", "90"), ("act", act)];
        let page = author.refused(&format!("{address}/steps"), &form).await;
        assert!(page.contains("Almeno un passo"), "{act}: {page}");
    }
    assert_eq!(author.course(&address).await["items"][0]["required"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_a_path_is_changed_and_its_code_is_nobody_elses() {
    let author = Author::start().await;
    let address = author.draft("Lavoro agile").await;
    let same = author.draft("Lavoro agile").await;
    let code = author.course(&same).await["code"].clone();
    assert!(
        code.as_str().unwrap().starts_with("lavoro-agile-"),
        "{code}"
    );
    let form = [
        ("title", "Altro"),
        ("language", "it"),
        ("credit_rule", "nominal"),
        ("code", "lavoro-agile"),
    ];
    let page = author.refused("/author/paths", &form).await;
    assert!(
        page.contains("C’è già un percorso con questo codice"),
        "{page}"
    );

    let seen = author.seen(&address).await;
    let form = [
        ("seen", seen.as_str()),
        ("title", "<b>Nuovo</b>"),
        ("description", ""),
        ("language", "en"),
        ("credit_rule", "active"),
    ];
    author.done(&address, &form).await;
    let course = author.course(&address).await;
    assert_eq!(course["title"], "<b>Nuovo</b>");
    assert_eq!(course["language"], "en");
    assert_eq!(course["credit_rule"], "active");
    assert_eq!(course["code"], "lavoro-agile");
    assert!(!author.page(&address).await.contains("<b>Nuovo"));
    let page = author
        .refused(&address, &[("seen", "0"), ("title", " ")])
        .await;
    assert!(page.contains("Scrivi un titolo."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webinar_is_made_in_italian_time_changed_and_called_off() {
    let author = Author::start().await;
    let page = author
        .refused("/author/events", &[("title", ""), ("from", "25:00")])
        .await;
    for said in ["Scrivi un titolo.", "Scrivi il giorno", "Scrivi l’ora"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    author.webinar("Incontro", "").await;
    let list = author.page("/author/events").await;
    assert!(
        list.contains("10/06/2036, 10:30") && list.contains("in nessun percorso"),
        "{list}"
    );
    let events = expect(author.app.get("/api/v1/events").await, StatusCode::OK).await;
    let event = &events[0];
    assert_eq!(event["starts_at"], "2036-06-10T08:30:00.000Z");
    assert_eq!(event["threshold_minutes"], 45);

    let address = format!("/author/events/{}", event["id"].as_str().unwrap());
    let form = [
        ("title", "Incontro spostato"),
        ("speaker", "Ada Neri"),
        ("day", "2036-01-10"),
        ("from", "15:00"),
        ("to", "16:00"),
        ("join_url", "https://meet.example/1"),
        ("threshold", "30"),
        ("cancelled", "on"),
    ];
    author.done(&address, &form).await;
    let events = expect(author.app.get("/api/v1/events").await, StatusCode::OK).await;
    assert_eq!(events.as_array().unwrap().len(), 1);
    assert_eq!(events[0]["id"], event["id"]);
    assert_eq!(events[0]["starts_at"], "2036-01-10T14:00:00.000Z");
    assert_eq!(events[0]["cancelled"], true);
    assert!(author.page(&address).await.contains("value=\"15:00\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn coordinators_see_no_drafts_and_enrol_nobody_in_archived_paths() {
    let author = Author::start().await;
    let address = author.two_steps().await;
    author.draft("Ancora una bozza").await;
    let admin = signed_in(&author.app, "admin").await;
    let seen = async |path: &str| {
        let request = author.app.http.get(author.app.at(path));
        let answer = request.header(header::COOKIE, &admin).send().await;
        answer.unwrap().text().await.unwrap()
    };
    let body = author.app.http.put(author.app.at("/api/v1/bodies/comune"));
    let body = body.json(&json!({ "name": "Comune", "kind": "comune" }));
    let body = expect(author.app.send(body).await, StatusCode::OK).await;
    let enrol = format!("/coordinator/enrol?body={}", body["id"].as_str().unwrap());
    assert!(!seen(&enrol).await.contains("Lavoro agile"));
    let state = format!("{address}/state");
    author.done(&state, &[("state", "published")]).await;
    let page = seen(&enrol).await;
    assert!(
        page.contains("Lavoro agile") && !page.contains("Ancora una bozza"),
        "{page}"
    );
    author.done(&state, &[("state", "archived")]).await;
    assert!(!seen(&enrol).await.contains("Lavoro agile"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_authors_and_administrators_make_paths() {
    let author = Author::start().await;
    let address = author.two_steps().await;
    let course = author.course(&address).await;
    let event = course["items"][0]["event_id"].as_str().unwrap();
    let pages = [
        "/author/paths".to_owned(),
        "/author/paths/new".to_owned(),
        "/author/events".to_owned(),
        "/author/events/new".to_owned(),
        format!("/author/events/{event}"),
        address.clone(),
    ];
    let roles = [("learner", 403), ("coordinator", 403), ("admin", 200)];
    for (role, status) in roles {
        let cookie = signed_in(&author.app, role).await;
        for page in &pages {
            let request = author.app.http.get(author.app.at(page));
            let answer = request
                .header(header::COOKIE, &cookie)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status().as_u16(), status, "{role} {page}");
        }
        if status == 403 {
            let request = author
                .app
                .http
                .post(author.app.at(&format!("{address}/state")));
            let request = request.form(&[("state", "published")]);
            let answer = request
                .header(header::COOKIE, &cookie)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{role}");
        }
    }
    // Another site's form changes nothing.
    let request = author
        .app
        .http
        .post(author.app.at(&format!("{address}/state")));
    let request = request
        .form(&[("state", "published")])
        .header(header::ORIGIN, "https://elsewhere.example")
        .header(header::COOKIE, &author.cookie);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(author.course(&address).await["state"], "draft");
}
