//! Training hours of a year, person by person, beside the hours each should reach.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::Datelike;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    finish,
    format::{duration, hours as text, many_hours, number, percent},
    scope::{Asked, Scope},
};
use crate::{
    app::App,
    db::paths::hours::{self, YearSum, Yearly},
    pages::visitor::Visitor,
    problem::Result,
};

/// People on a page.
const PAGE: i64 = 50;
/// Hours that a public body asks of each person in a year.
pub(super) const GOAL_HOURS: i32 = 40;

/// Which year, and where the page goes on.
#[derive(Debug, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    year: String,
    #[serde(default)]
    after: String,
}

impl Query {
    /// The year, this one when unsaid or absurd.
    pub(super) fn year(&self, scope: &Scope) -> i32 {
        let asked = self.year.parse::<i32>().ok();
        asked
            .filter(|year| (2000..=2200).contains(year))
            .unwrap_or_else(|| scope.today.year())
    }
}

struct Line {
    link: String,
    name: String,
    body: String,
    credited: String,
    percent: i64,
    attended: String,
    active: String,
    wall: String,
    claimed: String,
}

#[derive(Template)]
#[template(path = "coordinator/hours.html")]
struct HoursPage<'a> {
    page: &'a Visitor,
    scope: &'a Scope,
    tab: &'static str,
    year: i32,
    years: Vec<i32>,
    people: String,
    reached: String,
    mean: String,
    all: String,
    lines: Vec<Line>,
    next: Option<String>,
    xlsx: String,
    csv: String,
}

pub(super) async fn page(
    app: web::Data<App>,
    visitor: Visitor,
    asked: web::Query<Asked>,
    query: web::Query<Query>,
) -> HttpResponse {
    let page = shown(&app, &visitor, &asked, &query).await;
    finish(&visitor, page)
}

async fn shown(
    app: &web::Data<App>,
    visitor: &Visitor,
    asked: &Asked,
    query: &Query,
) -> Result<HttpResponse> {
    let scope = Scope::of(app, visitor, asked).await?;
    let year = query.year(&scope);
    let after = query.after.parse::<Uuid>().ok();
    let mut conn = app.db.get().await?;
    let sum: YearSum = hours::sum(&mut conn, year, &scope.bodies, GOAL_HOURS * 60).await?;
    let mut found = hours::page(&mut conn, year, &scope.bodies, after, PAGE + 1).await?;
    let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    let last = found
        .last()
        .filter(|_| more)
        .map(|one| one.learner_id.to_string());
    let (said, language) = (year.to_string(), visitor.language);
    let this = scope.today.year();
    Ok(visitor.show(&HoursPage {
        page: visitor,
        tab: "c_hours",
        year,
        years: (this - 4..=this).rev().collect(),
        people: number(language, sum.people),
        reached: format!(
            "{} ({}%)",
            number(language, sum.reached),
            percent(sum.reached, sum.people)
        ),
        mean: text(sum.credited_minutes / sum.people.max(1)),
        all: many_hours(language, sum.credited_minutes),
        lines: found.into_iter().map(|one| line(&scope, one)).collect(),
        next: last.map(|last| scope.link_with("/hours", &[("year", &said), ("after", &last)])),
        xlsx: scope.link_with("/export/hours.xlsx", &[("year", &said)]),
        csv: scope.link_with("/export/hours.csv", &[("year", &said)]),
        scope: &scope,
    }))
}

fn line(scope: &Scope, one: Yearly) -> Line {
    Line {
        link: scope.link(&format!("/people/{}", one.learner_id)),
        percent: percent(one.credited_minutes.into(), (GOAL_HOURS * 60).into()).min(100),
        credited: text(one.credited_minutes.into()),
        attended: text(one.attended_minutes.into()),
        active: duration(one.active_ms),
        wall: duration(one.wall_ms),
        claimed: duration(one.claimed_ms),
        name: one.name,
        body: one
            .body_name
            .filter(|_| scope.may_choose())
            .unwrap_or_default(),
    }
}
