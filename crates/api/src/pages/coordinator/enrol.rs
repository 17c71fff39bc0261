//! Enrolling: one person by a form, many by a list. A list is shown line by line before anything is written,
//! and is written whole or not at all.

use std::collections::{BTreeMap, HashMap, HashSet};

use actix_multipart::form::{MultipartForm, bytes::Bytes, text::Text};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use diesel_async::AsyncConnection;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    enrol_list::{Raw, is_email, read, read_day},
    finish,
    format::day,
    scope::{Asked, Scope},
};
use crate::{
    app::App,
    audit::{self, Act, Actor},
    auth::web as sign_in,
    db::{
        self,
        paths::bodies::{self, Body},
        reports::enrol::{self, Found, NewPerson},
    },
    pages::{
        visitor::{Visitor, see_other},
        words::Language,
    },
    paths::table::decoded,
    problem::{Problem, Result},
};

/// Longest name, in characters.
const LONGEST_NAME: usize = 200;

#[derive(Template)]
#[template(path = "coordinator/enrol.html")]
struct EnrolPage<'a> {
    page: &'a Visitor,
    scope: &'a Scope,
    tab: &'static str,
    bodies: Vec<Body>,
    form: OneForm,
    problems: Vec<String>,
    list_problem: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "coordinator/enrol_preview.html")]
struct PreviewPage<'a> {
    page: &'a Visitor,
    scope: &'a Scope,
    tab: &'static str,
    course_title: String,
    course_id: Uuid,
    deadline: String,
    list: String,
    lines: Vec<Checked>,
    good: usize,
    bad: usize,
}

/// One person, as typed.
#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct OneForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    /// The person's body; the one looked at when unsaid.
    #[serde(default)]
    of: String,
    #[serde(default)]
    course_id: String,
    #[serde(default)]
    deadline: String,
}

/// What the page says was done.
#[derive(Debug, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    done: String,
}

pub(super) async fn page(
    app: web::Data<App>,
    visitor: Visitor,
    asked: web::Query<Asked>,
    query: web::Query<Query>,
) -> HttpResponse {
    let page = async {
        let scope = Scope::of(&app, &visitor, &asked).await?;
        let count: Option<usize> = query.done.parse().ok();
        let done = count.map(|count| {
            visitor
                .language
                .count(count, "c_enrolled_one", "c_enrolled_n")
        });
        let page = EnrolPage::new(&app, &visitor, &scope).await?;
        Ok(visitor.show(&EnrolPage { done, ..page }))
    };
    finish(&visitor, page.await)
}

impl<'a> EnrolPage<'a> {
    async fn new(app: &App, visitor: &'a Visitor, scope: &'a Scope) -> Result<Self> {
        Ok(Self {
            page: visitor,
            scope,
            tab: "c_enrol",
            bodies: in_scope(&mut *app.db.get().await?, scope).await?,
            form: OneForm::default(),
            problems: Vec::new(),
            list_problem: None,
            done: None,
        })
    }
}

/// The bodies that the page is about.
async fn in_scope(conn: &mut db::Connection, scope: &Scope) -> Result<Vec<Body>> {
    let Some(ids) = &scope.bodies else {
        return Ok(Vec::new());
    };
    let mut all = bodies::all(conn).await?;
    all.retain(|body| ids.contains(&body.id));
    Ok(all)
}

/// Enrols one person.
pub(super) async fn one(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    asked: web::Query<Asked>,
    form: web::Form<OneForm>,
) -> HttpResponse {
    let done = async {
        sign_in::same_origin(&app, &request)?;
        let scope = Scope::of(&app, &visitor, &asked).await?;
        let course_id = course(&scope, &form.course_id)?;
        let page = EnrolPage::new(&app, &visitor, &scope).await?;
        let raw = Raw {
            line: 1,
            name: form.name.clone(),
            email: form.email.clone(),
            body: form.of.clone(),
            deadline: form.deadline.clone(),
        };
        let mut conn = app.db.get().await?;
        let mut checked = check(
            &mut conn,
            &scope,
            visitor.language,
            &page.bodies,
            course_id,
            "",
            vec![raw],
        )
        .await?;
        let checked = checked
            .pop()
            .ok_or_else(|| Problem::validation("nobody is named"))?;
        let Some(person) = checked.person else {
            let page = EnrolPage {
                form: form.into_inner(),
                problems: checked.problems,
                ..page
            };
            return Ok(visitor.respond(StatusCode::UNPROCESSABLE_ENTITY, &page));
        };
        write(&mut conn, &scope, course_id, &[person], visitor.language).await?;
        Ok(see_other(&scope.link_with("/enrol", &[("done", "1")])))
    };
    finish(&visitor, done.await)
}

/// A list, as sent.
#[derive(MultipartForm)]
pub(super) struct ListForm {
    #[multipart(limit = "2 MiB")]
    file: Option<Bytes>,
    text: Option<Text<String>>,
    course_id: Text<String>,
    deadline: Option<Text<String>>,
}

/// Says what a list would do.
pub(super) async fn preview(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    asked: web::Query<Asked>,
    form: MultipartForm<ListForm>,
) -> HttpResponse {
    let shown = async {
        sign_in::same_origin(&app, &request)?;
        let scope = Scope::of(&app, &visitor, &asked).await?;
        let file = form.file.as_ref().map(|file| decoded(&file.data));
        let text = form.text.as_ref().map(|text| text.0.clone());
        let list = file
            .filter(|file| !file.trim().is_empty())
            .or(text)
            .unwrap_or_default();
        let deadline = form
            .deadline
            .as_ref()
            .map(|day| day.0.clone())
            .unwrap_or_default();
        checked(&app, &visitor, &scope, &form.course_id, list, deadline).await
    };
    finish(&visitor, shown.await)
}

/// The same list again, to be written.
#[derive(Debug, Deserialize)]
pub(super) struct CommitForm {
    list: String,
    course_id: String,
    #[serde(default)]
    deadline: String,
}

/// Writes a list whole, or shows again what is wrong.
pub(super) async fn commit(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    asked: web::Query<Asked>,
    form: web::Form<CommitForm>,
) -> HttpResponse {
    let done = async {
        sign_in::same_origin(&app, &request)?;
        let scope = Scope::of(&app, &visitor, &asked).await?;
        let course_id = course(&scope, &form.course_id)?;
        let mut conn = app.db.get().await?;
        let bodies = in_scope(&mut conn, &scope).await?;
        let raw = read(&form.list, visitor.language).map_err(Problem::validation)?;
        let lines = check(
            &mut conn,
            &scope,
            visitor.language,
            &bodies,
            course_id,
            &form.deadline,
            raw,
        )
        .await?;
        let people: Option<Vec<NewPerson>> = lines.into_iter().map(|line| line.person).collect();
        if let Some(people) = people.filter(|people| !people.is_empty()) {
            write(&mut conn, &scope, course_id, &people, visitor.language).await?;
            let count = people.len().to_string();
            return Ok(see_other(&scope.link_with("/enrol", &[("done", &count)])));
        }
        let form = form.into_inner();
        checked(
            &app,
            &visitor,
            &scope,
            &form.course_id,
            form.list,
            form.deadline,
        )
        .await
    };
    finish(&visitor, done.await)
}

async fn checked(
    app: &App,
    visitor: &Visitor,
    scope: &Scope,
    course_id: &str,
    list: String,
    deadline: String,
) -> Result<HttpResponse> {
    let course_id = course(scope, course_id)?;
    let raw = match read(&list, visitor.language) {
        Ok(raw) => raw,
        Err(problem) => {
            let page = EnrolPage::new(app, visitor, scope).await?;
            let page = EnrolPage {
                list_problem: Some(problem),
                ..page
            };
            return Ok(visitor.respond(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let mut conn = app.db.get().await?;
    let bodies = in_scope(&mut conn, scope).await?;
    let lines = check(
        &mut conn,
        scope,
        visitor.language,
        &bodies,
        course_id,
        &deadline,
        raw,
    )
    .await?;
    let bad = lines.iter().filter(|line| line.person.is_none()).count();
    let title = scope.courses.iter().find(|course| course.id == course_id);
    Ok(visitor.show(&PreviewPage {
        page: visitor,
        scope,
        tab: "c_enrol",
        course_title: title.map(|course| course.title.clone()).unwrap_or_default(),
        course_id,
        deadline,
        list,
        good: lines.len() - bad,
        bad,
        lines,
    }))
}

fn course(scope: &Scope, id: &str) -> Result<Uuid> {
    let known = scope
        .open_courses()
        .into_iter()
        .find(|course| course.id.to_string() == id);
    known
        .map(|course| course.id)
        .ok_or_else(|| Problem::validation(format!("there is no course `{id}`")))
}

async fn write(
    conn: &mut db::Connection,
    scope: &Scope,
    course_id: Uuid,
    people: &[NewPerson],
    language: Language,
) -> Result<()> {
    conn.transaction(async |conn| {
        enrol::all(conn, course_id, people, language.tag()).await?;
        let actor = Actor::Account(scope.person_id.to_string());
        let details = json!({ "people": people.len(), "body": scope.body_id() });
        audit::note(conn, actor, Act::Enrolled, course_id, details).await
    })
    .await
}

/// A line with what would be done.
struct Checked {
    line: u64,
    name: String,
    email: String,
    body: String,
    deadline: String,
    /// A word on what happens: a key.
    what: &'static str,
    problems: Vec<String>,
    person: Option<NewPerson>,
}

/// Every line with what would be done, or everything that is wrong with it.
async fn check(
    conn: &mut db::Connection,
    scope: &Scope,
    language: Language,
    bodies: &[Body],
    course_id: Uuid,
    deadline: &str,
    raw: Vec<Raw>,
) -> Result<Vec<Checked>> {
    let emails: HashSet<String> = raw.iter().map(|line| line.email.to_lowercase()).collect();
    let emails: Vec<String> = emails.into_iter().collect();
    let known = enrol::known(conn, course_id, &emails).await?;
    let known: HashMap<&str, &Found> = known
        .iter()
        .map(|known| (known.email.as_str(), known))
        .collect();
    let mut first_lines = BTreeMap::<String, u64>::new();
    let mut all = Vec::with_capacity(raw.len());
    for line in raw {
        let mut problems = Vec::new();
        let mut says = |key: &'static str, more: &str| {
            problems.push(language.t(key).replace("{}", more));
        };
        let email = line.email.to_lowercase();
        if line.name.is_empty()
            || line.name.chars().count() > LONGEST_NAME
            || line.name.contains('\0')
        {
            says("c_bad_name", "");
        }
        if !is_email(&email) {
            says("c_bad_email", &line.email);
        }
        if let Some(first) = first_lines.get(&email) {
            says("c_twice", &first.to_string());
        }
        first_lines.entry(email.clone()).or_insert(line.line);
        let body = body_of(scope, bodies, &line.body);
        if body.is_none() {
            says(
                if line.body.is_empty() {
                    "c_no_body"
                } else {
                    "c_bad_body"
                },
                &line.body,
            );
        }
        let text = if line.deadline.is_empty() {
            deadline
        } else {
            &line.deadline
        };
        let day_asked = match text.trim() {
            "" => None,
            text => {
                let read = read_day(text);
                match read {
                    None => says("c_bad_day", text),
                    Some(day) if day < scope.today => says("c_past_day", text),
                    Some(_) => {}
                }
                read
            }
        };
        let known = known.get(email.as_str());
        let elsewhere = known.is_some_and(|known| match (&scope.within, known.body_id) {
            (Some(within), Some(body)) => !within.contains(&body),
            _ => false,
        });
        if elsewhere {
            says("c_elsewhere", "");
        }
        let good = body.filter(|_| problems.is_empty());
        all.push(Checked {
            line: line.line,
            what: match known {
                Some(known) if known.is_enrolled => "c_is_enrolled",
                Some(known) if known.is_known => "c_is_known",
                _ => "c_is_new",
            },
            person: good.map(|body| NewPerson {
                name: line.name.clone(),
                email: email.clone(),
                body_id: body.id,
                deadline: day_asked,
                learner_id: known.and_then(|known| known.learner_id),
            }),
            body: body.map_or(line.body, |body| body.name.clone()),
            deadline: day_asked.map(day).unwrap_or_default(),
            name: line.name,
            email: line.email,
            problems,
        });
    }
    Ok(all)
}

/// The body by its code, name or id; the one looked at when unsaid.
fn body_of<'a>(scope: &Scope, bodies: &'a [Body], text: &str) -> Option<&'a Body> {
    let chosen = || {
        let id = scope.body.as_ref().map(|body| body.id);
        bodies.iter().find(|body| Some(body.id) == id)
    };
    if text.is_empty() {
        return chosen();
    }
    let same = |body: &&Body| {
        body.code.eq_ignore_ascii_case(text)
            || body.name.to_lowercase() == text.to_lowercase()
            || body.id.to_string() == text
    };
    bodies.iter().find(same)
}
