//! A coordinator sees and enrols the people of their own body and of those within it, and nobody else.

mod charts;

use reqwest::{RequestBuilder, Response, StatusCode, header, multipart::Form};
use serde_json::{Value, json};

use crate::support::{TestApp, expect, packages::course};

const LIST: &str = "nome;cognome;email;ente;scadenza\n\
    Anna;Bianchi;anna@comune.example;comune;31/12/2199\n\
    =cmd;Neri;carla@comune.example;;\n";

/// Two bodies, one within the other, a third beside them, a course, and a coordinator of the first.
struct Coordination {
    app: TestApp,
    cookie: String,
    course: Value,
    bodies: [Value; 3],
}

impl Coordination {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let put = async |path: &str, body: Value| {
            let request = app.http.put(app.at(path)).json(&body);
            expect(app.send(request).await, StatusCode::OK).await
        };
        let unione = json!({ "name": "Unione", "kind": "unione" });
        let comune = json!({ "name": "Comune", "kind": "comune", "parent": "unione" });
        let altro = json!({ "name": "Altro", "kind": "comune" });
        let bodies = [
            put("/api/v1/bodies/unione", unione).await,
            put("/api/v1/bodies/comune", comune).await,
            put("/api/v1/bodies/altro", altro).await,
        ];
        let event = json!({ "title": "Webinar", "starts_at": "2026-06-08T08:30:00Z",
            "ends_at": "2026-06-08T10:00:00Z", "threshold_minutes": 60 });
        let event = put("/api/v1/events/w1", event).await;
        let package = app.with_package(course("Uno")).await;
        let course = json!({ "title": "Il percorso", "credit_rule": "nominal", "items": [
            { "event_id": event["id"], "credit_minutes": 90 },
            { "package_id": package["id"], "credit_minutes": 30 } ] });
        let course = put("/api/v1/courses/p1", course).await;
        let (email, password) = ("coordina@unione.example", "coordina-password-1");
        let arguments = [
            "user",
            "add",
            email,
            "--role",
            "coordinator",
            "--body",
            "unione",
        ];
        let added = app.command(&[&arguments[..], &["--password", password]].concat());
        assert!(
            added.status.success(),
            "{}",
            String::from_utf8_lossy(&added.stderr)
        );
        let cookie = app.sign_in(email, password).await;
        Self {
            app,
            cookie,
            course,
            bodies,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Response {
        let request = request.header(header::COOKIE, &self.cookie);
        request.send().await.unwrap()
    }

    async fn page(&self, path: &str) -> (StatusCode, String) {
        let answer = self.send(self.app.http.get(self.app.at(path))).await;
        (answer.status(), answer.text().await.unwrap())
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let answer = self.send(self.app.http.post(self.app.at(path)).form(form));
        let answer = answer.await;
        (answer.status(), answer.text().await.unwrap())
    }

    fn course_id(&self) -> &str {
        self.course["id"].as_str().unwrap()
    }

    async fn enrolments(&self) -> usize {
        let list = self.app.get("/api/v1/enrolments").await;
        let list = expect(list, StatusCode::OK).await;
        list["items"].as_array().unwrap().len()
    }

    /// Enrols those of the list.
    async fn with_list(self) -> Self {
        let form = [("list", LIST), ("course_id", self.course_id())];
        let (status, page) = self.post("/coordinator/enrol/list", &form).await;
        assert!(went_well(status), "{status} {page}");
        assert_eq!(self.enrolments().await, 2);
        self
    }
}

fn went_well(status: StatusCode) -> bool {
    status.is_success() || status.is_redirection()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_shown_first_and_written_whole_or_not_at_all() {
    let here = Coordination::start().await;
    let preview = async |list: &str| {
        let form = Form::new()
            .text("course_id", here.course_id().to_owned())
            .text("text", list.to_owned());
        let request = here
            .app
            .http
            .post(here.app.at("/coordinator/enrol/preview"));
        here.send(request.multipart(form))
            .await
            .text()
            .await
            .unwrap()
    };
    let bad = format!("{LIST}Dario;Conti;dario;altro;domani\nEva;Ferri;anna@comune.example;;\n");
    let page = preview(&bad).await;
    for said in [
        "dario» non è un indirizzo",
        "altro» non c’è",
        "domani» non è una data",
        "già alla riga 2",
        "2 righe da correggere",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let form = [("list", bad.as_str()), ("course_id", here.course_id())];
    let (_, page) = here.post("/coordinator/enrol/list", &form).await;
    assert!(page.contains("2 righe da correggere"));
    assert_eq!(here.enrolments().await, 0, "all or none");

    let page = preview(LIST).await;
    assert!(page.contains("2 righe, tutto in ordine"), "{page}");
    assert_eq!(here.enrolments().await, 0, "shown, not written");
    let here = here.with_list().await.with_list().await;
    let (status, page) = here.page("/coordinator/people?q=bianchi").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        page.contains("Anna Bianchi") && !page.contains("carla@"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_other_bodies_are_out_of_reach() {
    let here = Coordination::start().await.with_list().await;
    let foreign = json!({ "body": "altro",
        "learner": { "id": "zoe", "name": "Zoe Altrove", "email": "zoe@altro.example" } });
    let path = format!("/api/v1/courses/{}/enrolments", here.course_id());
    let enrolment = here.app.post(&path, &foreign).await;
    let enrolment = expect(enrolment, StatusCode::CREATED).await;
    let enrolment = enrolment["id"].as_str().unwrap();

    let status_of = async |body: &Value| {
        let path = format!("/coordinator?body={}", body["id"].as_str().unwrap());
        here.page(&path).await.0
    };
    assert_eq!(status_of(&here.bodies[1]).await, StatusCode::OK);
    assert_eq!(status_of(&here.bodies[2]).await, StatusCode::FORBIDDEN);
    for page in ["", "/people", "/hours", "/export/progress.csv"] {
        let (status, text) = here.page(&format!("/coordinator{page}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(!text.contains("Zoe"), "{page}");
    }
    for act in ["withdraw", "restore", "deadline", "certificate"] {
        let path = format!("/coordinator/enrolments/{enrolment}/{act}");
        let (status, _) = here.post(&path, &[("deadline", "")]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{act}");
    }
    let form = [
        ("name", "Zoe"),
        ("email", "ZOE@altro.example"),
        ("course_id", here.course_id()),
    ];
    let (status, page) = here.post("/coordinator/enrol", &form).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("appartiene a un altro ente"), "{page}");

    let (status, _) = here.page("/api/v1/registrations").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "no way around by the API");
    let foreign = here.app.http.post(here.app.at("/coordinator/enrol"));
    let foreign = foreign.header(header::ORIGIN, &here.app.player_url);
    let foreign = here.send(foreign.form(&form)).await;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN, "another site");
}

#[tokio::test(flavor = "multi_thread")]
async fn attendance_counts_at_once_and_tables_hold_no_formulas() {
    let here = Coordination::start().await.with_list().await;
    let (_, page) = here.page("/coordinator/events").await;
    assert!(page.contains("0 presenti su 2 attesi"), "{page}");
    let event = page.split("/coordinator/events/").nth(1).unwrap();
    let event = event.get(..36).unwrap();
    let list = "Nome;Email;Durata\nAnna Bianchi;anna@comune.example;75\nChi;x@y.example;90\n";
    let path = format!("/coordinator/events/{event}/preview");
    let request = here.app.http.post(here.app.at(&path));
    let request = request.multipart(Form::new().text("text", list));
    let preview = here.send(request).await.text().await.unwrap();
    assert!(preview.contains("1 di 2 riconosciuti"), "{preview}");
    let path = format!("/coordinator/events/{event}/list");
    let (status, _) = here.post(&path, &[("list", list)]).await;
    assert!(went_well(status), "{status}");
    let (_, page) = here.page("/coordinator/events").await;
    assert!(page.contains("1 presente su 2 attesi"), "{page}");
    let (_, page) = here.page("/coordinator/people?status=incomplete").await;
    assert!(
        page.contains("Anna Bianchi") && page.contains("1 di 2 passi"),
        "{page}"
    );
    let (_, page) = here.page("/coordinator/hours?year=2026").await;
    assert!(page.contains("1 h 30 min"), "{page}");

    let (_, csv) = here.page("/coordinator/export/progress.csv").await;
    for line in [
        "'=cmd Neri;carla@comune.example;Unione",
        "Anna Bianchi;anna@comune.example;Comune;In corso;1;2;31/12/2199",
    ] {
        assert!(csv.contains(line), "{csv}");
    }
    let path = here.app.at("/coordinator/export/hours.xlsx");
    let bytes = here.send(here.app.http.get(path)).await.bytes().await;
    let bytes = std::io::Cursor::new(bytes.unwrap());
    let mut book = zip::ZipArchive::new(bytes).unwrap();
    let sheet = book.by_name("xl/worksheets/sheet1.xml").unwrap();
    let sheet = std::io::read_to_string(sheet).unwrap();
    assert!(
        sheet.contains("=cmd Neri") && !sheet.contains("<f>"),
        "text, no formula"
    );
}
