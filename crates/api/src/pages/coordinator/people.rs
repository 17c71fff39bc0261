//! The people of a body, by name, with where they stand in a course.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::TimeDelta;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    finish,
    format::{day_of, due, hours, percent},
    overview::{NEAR_DAYS, steps_done},
    scope::{Asked, Scope},
};
use crate::{
    app::App,
    db::reports::people::{self, Filter, Line},
    pages::{visitor::Visitor, words::Language},
    problem::Result,
};

/// People on a page.
const PAGE: i64 = 50;

/// Which people.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    q: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    due: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    erased: String,
}

#[derive(Template)]
#[template(path = "coordinator/people.html")]
struct PeoplePage<'a> {
    page: &'a Visitor,
    scope: &'a Scope,
    tab: &'static str,
    query: &'a Query,
    people: Vec<PersonLine>,
    next: Option<String>,
    first: Option<String>,
}

struct PersonLine {
    link: String,
    name: String,
    email: String,
    body: String,
    status: String,
    icon: &'static str,
    progress: String,
    percent: i64,
    deadline: Option<String>,
    over: bool,
    credited: String,
    seen: String,
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

impl Query {
    /// As the database is asked.
    fn filter(&self, scope: &Scope) -> Filter {
        let status = ["completed", "incomplete", "not_attempted"].contains(&self.status.as_str());
        Filter {
            bodies: scope.bodies.clone(),
            course_id: scope.course.as_ref().map(|course| course.id),
            search: Some(self.q.clone()).filter(|text| !text.trim().is_empty()),
            status: status.then(|| self.status.clone()),
            due_before: match self.due.as_str() {
                "over" => Some(scope.today),
                "yes" => Some(scope.today + TimeDelta::days(NEAR_DAYS + 1)),
                _ => None,
            },
            after: self.after.parse::<Uuid>().ok(),
        }
    }

    fn link(&self, scope: &Scope, after: &str) -> String {
        let all = [
            ("q", self.q.as_str()),
            ("status", &self.status),
            ("due", &self.due),
            ("after", after),
        ];
        let set: Vec<_> = all
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        scope.link_with("/people", &set)
    }
}

async fn shown(
    app: &web::Data<App>,
    visitor: &Visitor,
    asked: &Asked,
    query: &Query,
) -> Result<HttpResponse> {
    let scope = Scope::of(app, visitor, asked).await?;
    let filter = query.filter(&scope);
    let mut found = people::list(&mut *app.db.get().await?, &filter, PAGE + 1).await?;
    let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    let last = found
        .last()
        .filter(|_| more)
        .map(|line| line.learner_id.to_string());
    let people = found
        .into_iter()
        .map(|line| PersonLine::new(&scope, visitor.language, line));
    Ok(visitor.show(&PeoplePage {
        page: visitor,
        tab: "c_people",
        people: people.collect(),
        next: last.map(|last| query.link(&scope, &last)),
        first: filter.after.map(|_| query.link(&scope, "")),
        scope: &scope,
        query,
    }))
}

impl PersonLine {
    fn new(scope: &Scope, language: Language, line: Line) -> Self {
        let status = line.status.as_deref().unwrap_or("c_not_enrolled");
        let over =
            line.deadline.is_some_and(|deadline| deadline < scope.today) && status != "completed";
        Self {
            link: scope.link(&format!("/people/{}", line.learner_id)),
            icon: icon(status),
            progress: match line.status {
                Some(_) => steps_done(language, line.needed_done, line.needed),
                None => String::new(),
            },
            percent: percent(
                line.needed_done.unwrap_or(0).into(),
                line.needed.unwrap_or(0).into(),
            ),
            deadline: line
                .deadline
                .filter(|_| status != "completed")
                .map(|deadline| due(language, scope.today, deadline)),
            over,
            credited: hours(line.credited_minutes.unwrap_or(0).into()),
            seen: line
                .last_seen_at
                .map_or_else(|| "\u{2014}".to_owned(), day_of),
            status: status.to_owned(),
            name: line.name,
            email: line.email.unwrap_or_default(),
            body: line
                .body_name
                .filter(|_| scope.may_choose())
                .unwrap_or_default(),
        }
    }
}

/// The sprite's name for a status.
pub(in crate::pages) fn icon(status: &str) -> &'static str {
    match status {
        "completed" => "it-check-circle",
        "failed" => "it-close-circle",
        "waived" => "it-ban",
        "incomplete" => "it-clock",
        _ => "it-minus-circle",
    }
}
