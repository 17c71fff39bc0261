//! Paths: the list, a new one, what is said of one, publishing and archiving. What a path is made of is changed
//! in `steps`.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::Utc;
use diesel_async::AsyncConnection as _;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    Author, Done, Fields, Wrong, form,
    steps::{self, Choice, StepLine},
};
use crate::{
    app::App,
    audit::{self, Act},
    certificates::hours,
    db::{
        self,
        paths::courses::{self, Course, Line},
    },
    pages::{
        coordinator::format::number,
        visitor::{Visitor, see_other},
    },
    problem::{Problem, Result},
    routes::address::at,
};

/// Languages that a path may be in.
pub(crate) const LANGUAGES: [(&str, &str); 2] = [("it", "Italiano"), ("en", "English")];
/// Which minutes count.
pub(crate) const RULES: [&str; 2] = ["nominal", "active"];

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/author/paths").get(list).post(make))
        .service(at("/author/paths/new").get(new))
        .service(at("/author/paths/{id}").get(one).post(save))
        .route("/author/paths/{id}/state", web::post().to(turn));
}

struct PathLine {
    id: Uuid,
    title: String,
    /// A key, its colour's class and its icon.
    state: &'static str,
    class: &'static str,
    icon: &'static str,
    steps: usize,
    hours: String,
    people: String,
    is_one: bool,
}

#[derive(Template)]
#[template(path = "author/paths.html")]
struct PathsPage<'a> {
    page: &'a Visitor,
    lines: Vec<PathLine>,
}

/// Key, colour and icon of a state.
fn state(name: &str) -> (&'static str, &'static str, &'static str) {
    match name {
        "draft" => ("a_draft", "incomplete", "it-pencil"),
        "archived" => ("a_archived", "", "it-box"),
        _ => ("a_published", "completed", "it-check-circle"),
    }
}

async fn list(app: web::Data<App>, author: Author) -> HttpResponse {
    let page = async {
        let found = courses::lines(&mut *app.db.get().await?).await?;
        let line = |line: Line| {
            let (state, class, icon) = state(&line.state);
            PathLine {
                id: line.id,
                title: line.title,
                state,
                class,
                icon,
                steps: usize::try_from(line.items).unwrap_or_default(),
                hours: hours(line.minutes),
                people: number(author.language, line.people),
                is_one: line.people == 1,
            }
        };
        Ok(author.show(&PathsPage {
            page: &author,
            lines: found.into_iter().map(line).collect(),
        }))
    };
    author.answer(page.await)
}

/// What is said of a path, as it was written.
#[derive(Default)]
pub(crate) struct Details {
    title: String,
    description: String,
    language: String,
    credit_rule: String,
    code: String,
}

impl Details {
    fn of(fields: &Fields) -> Self {
        let text = |name| fields.text(name).to_owned();
        Self {
            title: text("title"),
            description: text("description"),
            language: text("language"),
            credit_rule: text("credit_rule"),
            code: text("code"),
        }
    }

    fn wrong(&self) -> Wrong {
        let mut wrong = Wrong::default();
        form::title(&mut wrong, "title", &self.title);
        form::text(&mut wrong, "description", &self.description);
        if !LANGUAGES.iter().any(|(tag, _)| *tag == self.language) {
            wrong.note("language", "a_choose_one");
        }
        if !RULES.contains(&self.credit_rule.as_str()) {
            wrong.note("credit_rule", "a_choose_one");
        }
        if self.code.chars().count() > 100 || self.code.contains('\0') {
            wrong.note("code", "a_code_long");
        }
        wrong
    }
}

impl From<&Course> for Details {
    fn from(course: &Course) -> Self {
        Self {
            title: course.title.clone(),
            description: course.description.clone(),
            language: course.language.clone(),
            credit_rule: course.credit_rule.clone(),
            code: course.code.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "author/path_new.html")]
struct NewPage<'a> {
    page: &'a Visitor,
    details: &'a Details,
    wrong: &'a Wrong,
    is_kept: bool,
}

impl NewPage<'_> {
    fn wrong(&self, field: impl AsRef<str>) -> Option<&'static str> {
        self.wrong.of(field.as_ref())
    }
}

async fn new(author: Author) -> HttpResponse {
    let details = Details {
        language: "it".into(),
        credit_rule: "nominal".into(),
        ..Details::default()
    };
    new_page(&author, &details, &Wrong::default())
}

fn new_page(author: &Author, details: &Details, wrong: &Wrong) -> HttpResponse {
    let page = NewPage {
        page: author,
        details,
        wrong,
        is_kept: false,
    };
    author.form(!wrong.is_empty(), &page)
}

/// A new path, a draft.
async fn make(app: web::Data<App>, author: Author, fields: web::Form<Fields>) -> HttpResponse {
    let details = Details::of(&fields);
    let mut wrong = details.wrong();
    if !wrong.is_empty() {
        return new_page(&author, &details, &wrong);
    }
    let page = async {
        if let Some(id) = insert(&app, &author, &details).await? {
            return Ok(see_other(&format!("/author/paths/{id}?done=a_made")));
        }
        wrong.note("code", "a_code_taken");
        Ok(new_page(&author, &details, &wrong))
    };
    author.answer(page.await)
}

/// Keeps a new path; none when its code is another's. A code of our own making is nobody's.
async fn insert(app: &App, author: &Author, details: &Details) -> Result<Option<Uuid>> {
    let id = Uuid::now_v7();
    let made = form::code_of(&details.title);
    let mut codes = vec![details.code.clone()];
    if details.code.is_empty() {
        let random = id.simple().to_string()[20..].to_owned();
        codes = vec![format!("{made}-{random}")];
        if !made.is_empty() {
            codes.insert(0, made);
        }
    }
    let now = Utc::now();
    let mut conn = app.db.get().await?;
    for code in codes {
        let course = Course {
            id,
            code: code.trim_matches('-').to_owned(),
            title: details.title.clone(),
            description: details.description.clone(),
            language: details.language.clone(),
            credit_rule: details.credit_rule.clone(),
            created_at: now,
            updated_at: now,
            state: "draft".into(),
        };
        let made = conn
            .transaction::<_, Problem, _>(async |conn| {
                let made = courses::insert(conn, &course).await?;
                if made.is_some() {
                    let details = json!({ "code": course.code, "state": course.state });
                    audit::note(conn, author.actor(), Act::CoursePut, id, details).await?;
                }
                Ok(made)
            })
            .await?;
        if made.is_some() {
            return Ok(made);
        }
    }
    Ok(None)
}

#[derive(Template)]
#[template(path = "author/path.html")]
struct PathPage<'a> {
    page: &'a Visitor,
    done: Option<&'static str>,
    id: Uuid,
    /// As it is kept.
    title: &'a str,
    code: &'a str,
    state: &'static str,
    class: &'static str,
    icon: &'static str,
    details: &'a Details,
    wrong: &'a Wrong,
    steps: &'a [StepLine],
    packages: &'a [Choice],
    events: &'a [Choice],
    hours: String,
    /// What the page shows is of this moment, for whoever changes it meanwhile.
    seen: i64,
    is_kept: bool,
}

impl PathPage<'_> {
    fn wrong(&self, field: impl AsRef<str>) -> Option<&'static str> {
        self.wrong.of(field.as_ref())
    }

    fn is_draft(&self) -> bool {
        self.state == "a_draft"
    }

    fn is_published(&self) -> bool {
        self.state == "a_published"
    }
}

/// What of a path's page is not as it is kept.
#[derive(Default)]
pub(super) struct Written {
    pub(super) details: Option<Details>,
    pub(super) steps: Option<Vec<StepLine>>,
    pub(super) wrong: Wrong,
    pub(super) done: Option<&'static str>,
}

async fn one(
    app: web::Data<App>,
    author: Author,
    id: web::Path<Uuid>,
    done: web::Query<Done>,
) -> HttpResponse {
    let written = Written {
        done: done.key(),
        ..Written::default()
    };
    let page = path_page(&app, &author, *id, written).await;
    author.answer(page)
}

/// A path's page, with what was written into its forms.
///
/// # Errors
/// When the database fails.
pub(super) async fn path_page(
    app: &App,
    author: &Author,
    id: Uuid,
    written: Written,
) -> Result<HttpResponse> {
    let mut conn = app.db.get().await?;
    let Some(course) = courses::find(&mut conn, id).await? else {
        return Ok(author.not_found());
    };
    let steps = match written.steps {
        Some(steps) => steps,
        None => steps::lines(&mut conn, id).await?,
    };
    let details = written.details.unwrap_or_else(|| Details::from(&course));
    let (packages, events) = steps::choices(&mut conn, author.language, &steps).await?;
    let (state, class, icon) = state(&course.state);
    let page = PathPage {
        page: author,
        done: written.done,
        id,
        title: &course.title,
        code: &course.code,
        state,
        class,
        icon,
        details: &details,
        wrong: &written.wrong,
        hours: hours(steps::total(&steps)),
        steps: &steps,
        packages: &packages,
        events: &events,
        seen: course.updated_at.timestamp_micros(),
        is_kept: true,
    };
    Ok(author.form(!written.wrong.is_empty(), &page))
}

/// What is said of a path.
async fn save(
    app: web::Data<App>,
    author: Author,
    id: web::Path<Uuid>,
    fields: web::Form<Fields>,
) -> HttpResponse {
    let details = Details::of(&fields);
    let mut wrong = details.wrong();
    let page = async {
        if wrong.is_empty() {
            let said = |course: &mut Course| {
                course.title.clone_from(&details.title);
                course.description.clone_from(&details.description);
                course.language.clone_from(&details.language);
                course.credit_rule.clone_from(&details.credit_rule);
            };
            match change(&app, &author, *id, fields.text("seen"), said).await? {
                Changed::Yes => return Ok(see_other(&format!("/author/paths/{id}?done=a_saved"))),
                Changed::Meanwhile => wrong.note("title", "a_meanwhile"),
                Changed::Nothing => return Ok(author.not_found()),
            }
        }
        let written = Written {
            details: Some(details),
            wrong,
            ..Written::default()
        };
        path_page(&app, &author, *id, written).await
    };
    author.answer(page.await)
}

/// What became of a change.
pub(super) enum Changed {
    /// It is made.
    Yes,
    /// Somebody else changed the path since the page was shown.
    Meanwhile,
    /// There is no such path.
    Nothing,
}

/// Changes what is said of a path, unless somebody else did since the page with the form was shown.
async fn change(
    app: &App,
    author: &Author,
    id: Uuid,
    seen: &str,
    said: impl Fn(&mut Course) + Send + Sync,
) -> Result<Changed> {
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        let Some(mut course) = courses::hold(conn, id).await? else {
            return Ok(Changed::Nothing);
        };
        if !is_seen(&course, seen) {
            return Ok(Changed::Meanwhile);
        }
        said(&mut course);
        courses::change(conn, &course).await?;
        noted(conn, author, &course).await?;
        Ok(Changed::Yes)
    })
    .await
}

/// The path is as the page showed it.
pub(super) fn is_seen(course: &Course, seen: &str) -> bool {
    seen == course.updated_at.timestamp_micros().to_string()
}

/// Notes that a path was changed.
pub(super) async fn noted(
    conn: &mut db::Connection,
    author: &Author,
    course: &Course,
) -> Result<()> {
    let details = json!({ "code": course.code, "state": course.state });
    audit::note(conn, author.actor(), Act::CoursePut, course.id, details).await
}

#[derive(Deserialize)]
struct Turn {
    state: String,
}

/// Publishes a path, or archives it.
async fn turn(
    app: web::Data<App>,
    author: Author,
    id: web::Path<Uuid>,
    asked: web::Form<Turn>,
) -> HttpResponse {
    let page = async {
        let mut conn = app.db.get().await?;
        let done = match asked.state.as_str() {
            "published" => "a_is_published",
            "archived" => "a_is_archived",
            _ => return Ok(author.not_found()),
        };
        let turned = conn
            .transaction::<_, Problem, _>(async |conn| {
                let Some(mut course) = courses::hold(conn, *id).await? else {
                    return Ok(None);
                };
                let items = courses::items(conn, course.id).await?;
                if asked.state == "published" && !items.iter().any(|item| item.required) {
                    return Ok(Some(false));
                }
                course.state.clone_from(&asked.state);
                courses::change(conn, &course).await?;
                noted(conn, &author, &course).await?;
                Ok(Some(true))
            })
            .await?;
        match turned {
            None => Ok(author.not_found()),
            Some(true) => Ok(see_other(&format!("/author/paths/{id}?done={done}"))),
            Some(false) => {
                let mut wrong = Wrong::default();
                wrong.note("state", "a_nothing_required");
                let written = Written {
                    wrong,
                    ..Written::default()
                };
                path_page(&app, &author, *id, written).await
            }
        }
    };
    author.answer(page.await)
}
