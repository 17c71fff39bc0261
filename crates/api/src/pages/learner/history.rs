//! Everything a learner has taken, with each time they opened it.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    app::App,
    auth::Person,
    db::history::{self, Opened, Run},
    pages::{
        coordinator::format::{day_of, duration, time},
        visitor::Visitor,
    },
    problem::Result,
};

/// Runs on a page.
const PAGE: i64 = 30;

/// Where the page goes on.
#[derive(Debug, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    after: String,
}

struct Line {
    id: Uuid,
    title: String,
    status: &'static str,
    score: Option<String>,
    registered: String,
    completed: Option<String>,
    attempts: i32,
    active: String,
    sessions: Vec<Session>,
}

struct Session {
    from: String,
    to: Option<String>,
    active: String,
    wall: String,
    claimed: String,
}

#[derive(Template)]
#[template(path = "learner/history.html")]
struct HistoryPage<'a> {
    page: &'a Visitor,
    lines: Vec<Line>,
    next: Option<Uuid>,
}

pub(super) async fn page(
    app: web::Data<App>,
    visitor: Visitor,
    query: web::Query<Query>,
) -> HttpResponse {
    let Some(person) = &visitor.person else {
        return visitor.to_sign_in();
    };
    match shown(&app, &visitor, person, &query).await {
        Ok(page) => page,
        Err(problem) => visitor.failed(&problem),
    }
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    person: &Person,
    query: &Query,
) -> Result<HttpResponse> {
    let mut conn = app.db.get().await?;
    let after = query.after.parse().ok();
    let key = person.id.to_string();
    let mut runs = history::runs(&mut conn, &key, after, PAGE + 1).await?;
    let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = runs.len() > shown;
    runs.truncate(shown);
    let next = runs.last().filter(|_| more).map(|run| run.id);
    let ids: Vec<Uuid> = runs.iter().map(|run| run.id).collect();
    let mut sessions = HashMap::<Uuid, Vec<Opened>>::new();
    for session in history::opened(&mut conn, &ids).await? {
        sessions
            .entry(session.registration_id)
            .or_default()
            .push(session);
    }
    let line = |run: Run| Line::new(sessions.remove(&run.id).unwrap_or_default(), run);
    Ok(visitor.show(&HistoryPage {
        page: visitor,
        lines: runs.into_iter().map(line).collect(),
        next,
    }))
}

impl Line {
    fn new(sessions: Vec<Opened>, run: Run) -> Self {
        Self {
            id: run.id,
            title: run.title,
            status: match (run.completion.as_str(), run.success.as_str()) {
                (_, "passed") => "passed",
                (_, "failed") => "failed",
                ("completed", _) => "completed",
                ("incomplete", _) => "incomplete",
                _ => "not_attempted",
            },
            score: run
                .score_scaled
                .map(|scaled| format!("{:.0}%", scaled * 100.0)),
            registered: day_of(run.created_at),
            completed: run.completed_at.map(day_of),
            attempts: run.attempts,
            active: duration(sessions.iter().map(|session| session.active_ms).sum()),
            sessions: sessions
                .into_iter()
                .map(|session| Session {
                    from: time(session.started_at),
                    to: session.ended_at.map(time),
                    active: duration(session.active_ms),
                    wall: duration(session.wall_ms),
                    claimed: duration(session.claimed_ms),
                })
                .collect(),
        }
    }

    fn icon(&self) -> &'static str {
        crate::pages::coordinator::icon_of(self.status)
    }
}
