//! Webinars: who was there, entered person by person or read from the meeting tool's list.

use std::collections::HashMap;

use actix_multipart::form::{MultipartForm, bytes::Bytes, text::Text};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use chrono::Utc;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    finish,
    format::{number, percent, time},
    scope::{Asked, Scope},
};
use crate::{
    app::App,
    audit::{self, Act, Actor},
    auth::web as sign_in,
    db::{
        self,
        paths::events::{self, Event},
        reports::attendance::{self, Held},
    },
    pages::{
        visitor::{Visitor, see_other},
        words::Language,
    },
    paths::{participants, presence::Presence, table::decoded},
    problem::{Problem, Result},
    routes::paths::attendance::{Directory, counted, noted, save},
};

/// People on a page.
const PAGE: i64 = 50;
/// People a list is compared with, at most.
const EVERYBODY: i64 = 100_000;

struct Line {
    link: String,
    title: String,
    speaker: String,
    when: String,
    cancelled: bool,
    /// It is over, or goes on: somebody may have been there.
    over: bool,
    said: String,
    percent: i64,
}

#[derive(Template)]
#[template(path = "coordinator/events.html")]
struct EventsPage<'a> {
    page: &'a Visitor,
    scope: &'a Scope,
    tab: &'static str,
    lines: Vec<Line>,
}

pub(super) async fn list(
    app: web::Data<App>,
    visitor: Visitor,
    asked: web::Query<Asked>,
) -> HttpResponse {
    let page = async {
        let scope = Scope::of(&app, &visitor, &asked).await?;
        let held = attendance::events(&mut *app.db.get().await?, &scope.bodies).await?;
        let language = visitor.language;
        let line = |event: Held| Line {
            link: scope.link(&format!("/events/{}", event.id)),
            when: time(event.starts_at),
            cancelled: event.cancelled_at.is_some(),
            over: event.cancelled_at.is_none() && event.starts_at <= Utc::now(),
            said: said(language, &event),
            percent: percent(event.attended, event.expected),
            title: event.title,
            speaker: event.speaker,
        };
        Ok(visitor.show(&EventsPage {
            page: &visitor,
            tab: "c_events",
            lines: held.into_iter().map(line).collect(),
            scope: &scope,
        }))
    };
    finish(&visitor, page.await)
}

/// `346 presenti su 501 attesi`; before it begins, who is expected.
fn said(language: Language, event: &Held) -> String {
    let expected = format!(
        "{} {}",
        number(language, event.expected),
        language.t(if event.expected == 1 {
            "c_expected_one"
        } else {
            "c_expected_n"
        })
    );
    if event.starts_at > Utc::now() && event.attended == 0 {
        return expected;
    }
    format!(
        "{} {} {expected}",
        number(language, event.attended),
        language.t(if event.attended == 1 {
            "c_present_of_one"
        } else {
            "c_present_of"
        }),
    )
}

struct PersonLine {
    id: Uuid,
    name: String,
    email: String,
    minutes: String,
    /// A key, and the class of its colour.
    state: &'static str,
    class: &'static str,
    source: &'static str,
}

#[derive(Template)]
#[template(path = "coordinator/event.html")]
struct EventPage<'a> {
    page: &'a Visitor,
    scope: &'a Scope,
    tab: &'static str,
    event: &'a Event,
    when: String,
    length: i64,
    search: String,
    people: Vec<PersonLine>,
    here: String,
    next: Option<String>,
    saved: bool,
    list_problem: Option<String>,
}

/// Which people, and what the page says was done.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    saved: String,
}

pub(super) async fn page(
    app: web::Data<App>,
    visitor: Visitor,
    asked: web::Query<Asked>,
    query: web::Query<Query>,
    id: web::Path<Uuid>,
) -> HttpResponse {
    let page = async {
        let scope = Scope::of(&app, &visitor, &asked).await?;
        let event = known(&app, *id).await?;
        shown(&app, &visitor, &scope, &event, &query, None).await
    };
    finish(&visitor, page.await)
}

async fn known(app: &App, id: Uuid) -> Result<Event> {
    let found = events::find(&mut *app.db.get().await?, id).await?;
    found.ok_or_else(|| Problem::NotFound(format!("there is no event {id}")))
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    scope: &Scope,
    event: &Event,
    query: &Query,
    list_problem: Option<String>,
) -> Result<HttpResponse> {
    let search = Some(query.q.as_str()).filter(|text| !text.trim().is_empty());
    let after = query.after.parse().ok();
    let mut conn = app.db.get().await?;
    let mut found =
        attendance::expected(&mut conn, event.id, &scope.bodies, search, after, PAGE + 1).await?;
    let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    let last = found
        .last()
        .filter(|_| more)
        .map(|one| one.learner_id.to_string());
    let people = found.into_iter().map(|one| {
        let (state, class) = match one.attended {
            Some(true) => ("c_present", "completed"),
            Some(false) => ("c_absent", "failed"),
            None => ("c_not_noted", "not_attempted"),
        };
        PersonLine {
            id: one.learner_id,
            name: one.name,
            email: one.email.unwrap_or_default(),
            minutes: one
                .minutes
                .map(|minutes| minutes.to_string())
                .unwrap_or_default(),
            state,
            class,
            source: match one.source.as_deref() {
                Some("list") => "c_from_list",
                _ => "",
            },
        }
    });
    let path = format!("/events/{}", event.id);
    let link = |after: &str| {
        let all = [("q", query.q.as_str()), ("after", after)];
        let set: Vec<_> = all
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        scope.link_with(&path, &set)
    };
    let status = if list_problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(visitor.respond(
        status,
        &EventPage {
            page: visitor,
            scope,
            tab: "c_events",
            event,
            when: time(event.starts_at),
            length: (event.ends_at - event.starts_at).num_minutes(),
            search: query.q.clone(),
            people: people.collect(),
            here: link(&query.after),
            next: last.map(|last| link(&last)),
            saved: !query.saved.is_empty(),
            list_problem,
        },
    ))
}

/// Notes what the page's fields say: minutes of each person; an emptied field takes the note away.
pub(super) async fn note(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    (asked, query): (web::Query<Asked>, web::Query<Query>),
    id: web::Path<Uuid>,
    form: web::Form<Vec<(String, String)>>,
) -> HttpResponse {
    let done = async {
        sign_in::same_origin(&app, &request)?;
        let scope = Scope::of(&app, &visitor, &asked).await?;
        let event = known(&app, *id).await?;
        let mut conn = app.db.get().await?;
        let people =
            attendance::expected(&mut conn, event.id, &scope.bodies, None, None, EVERYBODY).await?;
        let known: HashMap<Uuid, Option<i32>> = people
            .iter()
            .map(|one| (one.learner_id, one.minutes))
            .collect();
        let (mut noted, mut gone) = (HashMap::new(), Vec::new());
        for (name, value) in form.iter() {
            let learner = name
                .strip_prefix("minutes-")
                .and_then(|id| id.parse::<Uuid>().ok());
            let Some((learner, before)) = learner.and_then(|id| Some((id, known.get(&id)?))) else {
                continue;
            };
            match value.trim() {
                "" if before.is_some() => gone.push(learner),
                "" => {}
                text => {
                    let minutes = text
                        .parse::<i32>()
                        .map_err(|_| Problem::validation(format!("`{text}` are no minutes")))?;
                    if *before != Some(minutes) {
                        noted.insert(learner, counted(&event, Some(minutes), None)?);
                    }
                }
            }
        }
        let count = noted.len() + gone.len();
        keep(&mut conn, &scope, &event, noted, "entry").await?;
        attendance::forget(&mut conn, event.id, &gone).await?;
        audited(&mut conn, &scope, &event, Act::AttendanceNoted, count).await?;
        let all = [
            ("q", query.q.as_str()),
            ("after", &query.after),
            ("saved", "1"),
        ];
        let set: Vec<_> = all
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        Ok(see_other(
            &scope.link_with(&format!("/events/{}", event.id), &set),
        ))
    };
    finish(&visitor, done.await)
}

async fn keep(
    conn: &mut db::Connection,
    scope: &Scope,
    event: &Event,
    noted: HashMap<Uuid, (i32, bool)>,
    source: &str,
) -> Result<()> {
    let by = scope.person_id.to_string();
    save(conn, event, noted, source, &by).await.map(drop)
}

async fn audited(
    conn: &mut db::Connection,
    scope: &Scope,
    event: &Event,
    act: Act,
    people: usize,
) -> Result<()> {
    let actor = Actor::Account(scope.person_id.to_string());
    let details = json!({ "people": people, "body": scope.body_id() });
    audit::note(conn, actor, act, event.id, details).await
}

/// A participant list, as sent.
#[derive(MultipartForm)]
pub(super) struct ListForm {
    #[multipart(limit = "2 MiB")]
    file: Option<Bytes>,
    text: Option<Text<String>>,
}

struct Found {
    line: u64,
    name: String,
    email: String,
    minutes: i32,
    attended: bool,
    learner: Option<String>,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "coordinator/event_preview.html")]
struct PreviewPage<'a> {
    page: &'a Visitor,
    scope: &'a Scope,
    tab: &'static str,
    event: &'a Event,
    list: String,
    people: Vec<Found>,
    matched: usize,
    unread: Vec<(u64, String)>,
}

/// Says what a participant list would note.
pub(super) async fn preview(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    asked: web::Query<Asked>,
    id: web::Path<Uuid>,
    form: MultipartForm<ListForm>,
) -> HttpResponse {
    let page = async {
        sign_in::same_origin(&app, &request)?;
        let scope = Scope::of(&app, &visitor, &asked).await?;
        let event = known(&app, *id).await?;
        let file = form.file.as_ref().map(|file| decoded(&file.data));
        let text = form.text.as_ref().map(|text| text.0.clone());
        let list = file
            .filter(|file| !file.trim().is_empty())
            .or(text)
            .unwrap_or_default();
        let mut conn = app.db.get().await?;
        match read(&mut conn, &scope, &event, &list, visitor.t("c_nobody_fits")).await? {
            Ok(read) => Ok(visitor.show(&PreviewPage {
                page: &visitor,
                scope: &scope,
                tab: "c_events",
                event: &event,
                list,
                matched: read
                    .people
                    .iter()
                    .filter(|one| one.learner.is_some())
                    .count(),
                people: read.people,
                unread: read.unread,
            })),
            Err(problem) => {
                drop(conn);
                shown(
                    &app,
                    &visitor,
                    &scope,
                    &event,
                    &Query::default(),
                    Some(problem),
                )
                .await
            }
        }
    };
    finish(&visitor, page.await)
}

/// What a list says of the people expected.
struct Read {
    people: Vec<Found>,
    unread: Vec<(u64, String)>,
    noted: HashMap<Uuid, (i32, bool)>,
}

async fn read(
    conn: &mut db::Connection,
    scope: &Scope,
    event: &Event,
    list: &str,
    nobody: &str,
) -> Result<std::result::Result<Read, String>> {
    let list = match participants::read(list.as_bytes()) {
        Ok(list) => list,
        Err(problem) => return Ok(Err(problem)),
    };
    let expected =
        attendance::expected(conn, event.id, &scope.bodies, None, None, EVERYBODY).await?;
    let directory = Directory::of(&expected);
    let (mut people, mut there) = (Vec::new(), HashMap::<Uuid, Presence>::new());
    for person in list.people {
        let (minutes, attended) = counted(event, Some(person.presence.minutes()), None)?;
        let found = directory.find(&person);
        if let Ok(learner) = found {
            let all = there.entry(learner.learner_id).or_default();
            all.join(&person.presence);
        }
        people.push(Found {
            line: person.line,
            name: person.name,
            email: person.email.unwrap_or_default(),
            minutes,
            attended,
            learner: found.ok().map(|learner| learner.name.clone()),
            problem: found.err().map(|_| nobody.to_owned()),
        });
    }
    let unread = list
        .unread
        .into_iter()
        .map(|line| (line.line, line.why))
        .collect();
    Ok(Ok(Read {
        people,
        unread,
        noted: noted(event, there)?,
    }))
}

/// The same list again, to be noted.
#[derive(Debug, Deserialize)]
pub(super) struct CommitForm {
    list: String,
}

/// Notes whoever is on the list and expected.
pub(super) async fn commit(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    asked: web::Query<Asked>,
    id: web::Path<Uuid>,
    form: web::Form<CommitForm>,
) -> HttpResponse {
    let done = async {
        sign_in::same_origin(&app, &request)?;
        let scope = Scope::of(&app, &visitor, &asked).await?;
        let event = known(&app, *id).await?;
        let mut conn = app.db.get().await?;
        let read = read(&mut conn, &scope, &event, &form.list, "").await?;
        let read = read.map_err(Problem::validation)?;
        let count = read.noted.len();
        keep(&mut conn, &scope, &event, read.noted, "list").await?;
        audited(&mut conn, &scope, &event, Act::AttendanceImported, count).await?;
        Ok(see_other(&scope.link_with(
            &format!("/events/{}", event.id),
            &[("saved", "1")],
        )))
    };
    finish(&visitor, done.await)
}
