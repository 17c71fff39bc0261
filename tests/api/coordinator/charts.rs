//! The charts of the overview, over people of whom it is known what each has done.

use percorso_tracker::session::NavigationRequest;

use super::*;
use crate::support::{TestPlayer, packages::course_of_kinds};

/// Two lessons with a clip between them, and a test that has no kind.
const OBJECTS: [(&str, &str, &str); 4] = [
    ("lezione-1", "a", "videolezione"),
    ("pillola", "b", "videopillola"),
    ("lezione-2", "c", "videolezione"),
    ("prova", "d", ""),
];

/// What each of five people completes; all but the last begin.
const DONE: [(&str, usize); 5] = [
    ("uno", 4),
    ("due", 2),
    ("tre", 1),
    ("quattro", 1),
    ("cinque", 0),
];

/// Completes the first objects, and begins the next.
async fn takes(app: &TestApp, registration: &str, done: usize) {
    let mut player = TestPlayer::launch(app, registration).await;
    player.begin(Some(OBJECTS[0].0));
    for (at, (object, ..)) in OBJECTS.iter().enumerate() {
        if at > 0 {
            player.navigate(NavigationRequest::Choice((*object).into()));
            player.call("Initialize", &[""]);
        }
        if at == done {
            player.set("cmi.completion_status", "incomplete");
            player.call("Terminate", &[""]);
            break;
        }
        player.set("cmi.completion_status", "completed");
        player.set("cmi.success_status", "passed");
        player.call("Terminate", &[""]);
    }
    player.navigate(NavigationRequest::SuspendAll);
    player.save().await;
}

/// A chart's part of the page.
fn chart<'a>(page: &'a str, id: &str) -> &'a str {
    let begin = page.find(&format!("chart-{id}\""));
    let begin = begin.unwrap_or_else(|| panic!("no chart {id}: {page}"));
    let end = page[begin..].find("</figure>").unwrap();
    &page[begin..begin + end]
}

/// A line of its table: of all, begun, done, per cent.
fn row(chart: &str, label: &str) -> Vec<String> {
    let begin = chart.find(&format!("<tr><th scope=\"row\">{label}</th>"));
    let begin = begin.unwrap_or_else(|| panic!("no line {label}: {chart}"));
    let end = chart[begin..].find("</tr>").unwrap();
    let cells = chart[begin..begin + end]
        .split("<td class=\"num\">")
        .skip(1);
    cells
        .map(|cell| cell.split("</td>").next().unwrap().to_owned())
        .collect()
}

/// The same line's bars: begun and done, in per cent of its length.
fn bars(chart: &str, label: &str) -> [String; 2] {
    let begin = chart.find(&format!("<span class=\"bar-label\">{label}"));
    let begin = begin.unwrap_or_else(|| panic!("no bar {label}: {chart}"));
    let line = &chart[begin..];
    ["bar-begun", "bar-done"].map(|class| {
        let rest = line.split(&format!("class=\"{class}\" width=\"")).nth(1);
        rest.unwrap().split('"').next().unwrap().to_owned()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_tables_and_the_drop_say_what_a_known_cohort_has_done() {
    let here = Coordination::start().await;
    let app = &here.app;
    let package = app.with_package(course_of_kinds("Grafici", &OBJECTS)).await;
    let event = json!({ "title": "Incontro", "starts_at": "2026-06-08T08:30:00Z",
        "ends_at": "2026-06-08T10:00:00Z", "threshold_minutes": 60 });
    let request = app.http.put(app.at("/api/v1/events/w2")).json(&event);
    let event = expect(app.send(request).await, StatusCode::OK).await;
    let course = json!({ "title": "Con grafici", "credit_rule": "nominal", "items": [
        { "event_id": event["id"], "credit_minutes": 90 },
        { "package_id": package["id"], "credit_minutes": 30 } ] });
    let request = app.http.put(app.at("/api/v1/courses/p2")).json(&course);
    let course = expect(app.send(request).await, StatusCode::OK).await;
    let course = course["id"].as_str().unwrap();

    let people = DONE.map(|(name, _)| format!("{name};Rossi;{name}@comune.example;comune;"));
    let list = format!("nome;cognome;email;ente;scadenza\n{}\n", people.join("\n"));
    let form = [("list", list.as_str()), ("course_id", course)];
    let (status, page) = here.post("/coordinator/enrol/list", &form).await;
    assert!(went_well(status), "{status} {page}");
    let path = format!(
        "/api/v1/registrations?package_id={}",
        package["id"].as_str().unwrap()
    );
    let registrations = expect(app.get(&path).await, StatusCode::OK).await;
    for (name, done) in DONE.iter().take(4) {
        let of = |one: &&Value| one["learner"]["email"] == format!("{name}@comune.example");
        let registrations = registrations["items"].as_array().unwrap();
        let registration = registrations.iter().find(of).unwrap();
        takes(app, registration["id"].as_str().unwrap(), *done).await;
    }
    app.keep_up().await;

    let (status, page) = here.page(&format!("/coordinator?course={course}")).await;
    assert_eq!(status, StatusCode::OK);
    let modules = chart(&page, "modules");
    assert_eq!(row(modules, "Incontro"), ["5", "0", "0", "0%"]);
    assert_eq!(row(modules, "Grafici"), ["5", "4", "1", "20%"]);
    assert_eq!(bars(modules, "Grafici"), ["80", "20"]);
    assert!(modules.contains("«Incontro»: 0%"), "{modules}");

    let objects = chart(&page, "objects");
    assert_eq!(row(objects, "Oggetto lezione-1"), ["5", "4", "4", "80%"]);
    assert_eq!(row(objects, "Oggetto pillola"), ["5", "4", "2", "40%"]);
    assert_eq!(row(objects, "Oggetto lezione-2"), ["5", "2", "1", "20%"]);
    assert_eq!(bars(objects, "Oggetto pillola"), ["80", "40"]);
    assert!(
        !objects.contains("prova"),
        "what has no kind is not on the path"
    );
    assert!(
        objects.contains("prima di «Oggetto pillola»: 40 punti"),
        "{objects}"
    );
    let marked = objects.split("<li class=\"marked\">").nth(1).unwrap();
    assert!(marked.contains("bar-label\">Oggetto pillola"), "{marked}");

    let kinds = chart(&page, "kinds");
    assert_eq!(row(kinds, "Videolezione"), ["10", "6", "5", "50%"]);
    assert_eq!(row(kinds, "Videopillola"), ["5", "4", "2", "40%"]);
    assert_eq!(bars(kinds, "Videolezione"), ["60", "50"]);
    app.stop().await;
}
