//! One person: progress by module and webinar, times, attendance, attestati; deadline, withdrawal.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    finish,
    format::{day, day_of, due as due_text, duration, hours, percent, time},
    people::icon,
    scope::{Asked, Scope},
};
use serde_json::json;

use crate::{
    app::App,
    audit::{self, Act, Actor},
    auth::web as sign_in,
    certificates,
    db::{
        self,
        paths::enrolments::{self, Item},
        reports::{
            enrol,
            people::{self, Person, Taken},
        },
    },
    pages::{
        visitor::{Visitor, see_other},
        words::Language,
    },
    problem::{Problem, Result},
};

#[derive(Template)]
#[template(path = "coordinator/person.html")]
struct PersonPage<'a> {
    page: &'a Visitor,
    scope: &'a Scope,
    tab: &'static str,
    person: Person,
    courses: Vec<CourseOf>,
    erase: String,
}

struct CourseOf {
    id: Uuid,
    title: String,
    status: &'static str,
    enrolled: String,
    withdrawn: Option<String>,
    deadline: String,
    due: Option<String>,
    over: bool,
    certificate: Option<String>,
    done: usize,
    needed: usize,
    percent: i64,
    steps: Vec<StepOf>,
    claimed: String,
    wall: String,
    active: String,
    attended: String,
    credited: String,
}

struct StepOf {
    title: String,
    status: &'static str,
    webinar: bool,
    optional: bool,
    when: String,
    note: String,
    claimed: String,
    wall: String,
    active: String,
    credited: String,
}

impl CourseOf {
    fn icon(&self) -> &'static str {
        icon(self.status)
    }

    fn new(language: Language, today: NaiveDate, taken: Taken, items: &[Item]) -> Self {
        let tally = enrolments::tally(items);
        let status = tally.status();
        let open = taken.deadline.filter(|_| status != "completed");
        let sum = |value: fn(&Item) -> i64| items.iter().map(value).sum::<i64>();
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Self {
            id: taken.id,
            title: taken.course_title,
            status,
            enrolled: day_of(taken.created_at),
            withdrawn: taken.withdrawn_at.map(day_of),
            deadline: taken
                .deadline
                .map(|date| date.to_string())
                .unwrap_or_default(),
            due: open.map(|date| format!("{} ({})", due_text(language, today, date), day(date))),
            over: open.is_some_and(|date| date < today),
            certificate: taken.certificate,
            done: tally.done,
            needed: tally.needed,
            percent: percent(count(tally.done), count(tally.needed)),
            steps: items
                .iter()
                .map(|item| StepOf::new(language, item))
                .collect(),
            claimed: duration(sum(|item| item.claimed_ms)),
            wall: duration(sum(|item| item.wall_ms)),
            active: duration(sum(|item| item.active_ms)),
            attended: hours(sum(|item| item.attended_minutes.unwrap_or(0).into())),
            credited: hours(sum(|item| item.credited_minutes.into())),
        }
    }
}

impl StepOf {
    fn icon(&self) -> &'static str {
        icon(self.status)
    }

    fn new(language: Language, item: &Item) -> Self {
        let attended = item
            .attended_minutes
            .map(|minutes| format!("{} {}", hours(minutes.into()), language.t("c_attended_n")));
        Self {
            title: item.title.clone(),
            status: item.status(),
            webinar: item.event_id.is_some(),
            optional: !item.required,
            when: item.done_at.map(day_of).unwrap_or_default(),
            note: match item.cancelled_at {
                Some(_) => language.t("event_cancelled").to_owned(),
                None => attended
                    .or_else(|| item.starts_at.map(time))
                    .unwrap_or_default(),
            },
            claimed: duration(item.claimed_ms),
            wall: duration(item.wall_ms),
            active: duration(item.active_ms),
            credited: hours(item.credited_minutes.into()),
        }
    }
}

pub(super) async fn page(
    app: web::Data<App>,
    visitor: Visitor,
    asked: web::Query<Asked>,
    learner: web::Path<Uuid>,
) -> HttpResponse {
    let page = shown(&app, &visitor, &asked, *learner).await;
    finish(&visitor, page)
}

async fn shown(
    app: &web::Data<App>,
    visitor: &Visitor,
    asked: &Asked,
    learner: Uuid,
) -> Result<HttpResponse> {
    let scope = Scope::of(app, visitor, asked).await?;
    let mut conn = app.db.get().await?;
    let person = scope.person(&mut conn, learner).await?;
    let mut courses = Vec::new();
    for taken in people::taken(&mut conn, learner).await? {
        let items = enrolments::items(&mut conn, taken.id).await?;
        courses.push(CourseOf::new(visitor.language, scope.today, taken, &items));
    }
    Ok(visitor.show(&PersonPage {
        page: visitor,
        scope: &scope,
        tab: "c_people",
        erase: scope.link(&format!("/people/{learner}/erase")),
        person,
        courses,
    }))
}

/// An enrolment of somebody the visitor may see.
struct Of {
    scope: Scope,
    conn: diesel_async::pooled_connection::deadpool::Object<db::Connection>,
    learner_id: Uuid,
    enrolment: enrolments::Enrolment,
}

impl Of {
    async fn find(
        app: &web::Data<App>,
        request: &HttpRequest,
        visitor: &Visitor,
        asked: &Asked,
        id: Uuid,
    ) -> Result<Self> {
        sign_in::same_origin(app, request)?;
        let scope = Scope::of(app, visitor, asked).await?;
        let mut conn = app.db.get().await?;
        let missing = || Problem::NotFound(format!("there is no enrolment {id}"));
        let enrolment = enrolments::find(&mut conn, id).await?.ok_or_else(missing)?;
        let learner_id = people::of_enrolment(&mut conn, &scope.within, id)
            .await?
            .ok_or_else(missing)?;
        Ok(Self {
            scope,
            conn,
            learner_id,
            enrolment,
        })
    }

    /// Notes what was done to the enrolment.
    async fn note(&mut self, act: Act, details: serde_json::Value) -> Result<()> {
        let actor = Actor::Account(self.scope.person_id.to_string());
        audit::note(&mut self.conn, actor, act, self.enrolment.id, details).await
    }

    fn back(&self) -> HttpResponse {
        see_other(&self.scope.link(&format!("/people/{}", self.learner_id)))
    }
}

/// A deadline; none when empty.
#[derive(Debug, Deserialize)]
pub(super) struct DueForm {
    #[serde(default)]
    deadline: String,
}

pub(super) async fn due(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    asked: web::Query<Asked>,
    id: web::Path<Uuid>,
    form: web::Form<DueForm>,
) -> HttpResponse {
    let done = async {
        let mut of = Of::find(&app, &request, &visitor, &asked, *id).await?;
        let deadline = match form.deadline.trim() {
            "" => None,
            text => Some(text.parse::<NaiveDate>().map_err(|_| {
                Problem::validation(format!("`{text}` is no day; write it as 2026-12-31"))
            })?),
        };
        enrol::due(&mut of.conn, *id, deadline).await?;
        of.note(Act::Enrolled, json!({ "deadline": deadline }))
            .await?;
        Ok(of.back())
    };
    finish(&visitor, done.await)
}

pub(super) async fn withdraw(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    asked: web::Query<Asked>,
    id: web::Path<Uuid>,
) -> HttpResponse {
    let done = async {
        let mut of = Of::find(&app, &request, &visitor, &asked, *id).await?;
        enrol::withdraw(&mut of.conn, *id, true).await?;
        of.note(Act::EnrolmentRemoved, json!({})).await?;
        Ok(of.back())
    };
    finish(&visitor, done.await)
}

pub(super) async fn restore(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    asked: web::Query<Asked>,
    id: web::Path<Uuid>,
) -> HttpResponse {
    let done = async {
        let mut of = Of::find(&app, &request, &visitor, &asked, *id).await?;
        enrol::withdraw(&mut of.conn, *id, false).await?;
        of.note(Act::Enrolled, json!({})).await?;
        Ok(of.back())
    };
    finish(&visitor, done.await)
}

pub(super) async fn certify(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    asked: web::Query<Asked>,
    id: web::Path<Uuid>,
) -> HttpResponse {
    let done = async {
        let mut of = Of::find(&app, &request, &visitor, &asked, *id).await?;
        issue(&app, &mut of.conn, of.enrolment.clone()).await?;
        of.note(Act::CertificateIssued, json!({})).await?;
        Ok(of.back())
    };
    finish(&visitor, done.await)
}

/// The attestato of a complete enrolment, issued when it was not yet.
///
/// # Errors
/// `Conflict` when something is missing.
pub(in crate::pages) async fn issue(
    app: &App,
    conn: &mut db::Connection,
    enrolment: enrolments::Enrolment,
) -> Result<String> {
    Ok(certificates::issue(app, conn, enrolment).await?.code)
}
