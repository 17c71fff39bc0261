//! Whose people the visitor may see, and which of them the page is about. A coordinator sees their own body
//! and those that belong to it; an administrator everybody, or the body they choose.

use actix_web::web;
use chrono::{NaiveDate, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    app::App,
    auth::Role,
    db::{
        self,
        paths::bodies::Body,
        reports::{
            numbers::{self, TakenCourse},
            scope::{self, Bodies},
            standings,
        },
    },
    pages::visitor::Visitor,
    problem::{Problem, Result},
};

/// Standings brought up to date by a page, at most: the rest is the background's.
const FRESHENED: i64 = 40;

/// What every page of a coordinator may be asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The body to look at.
    #[serde(default)]
    body: String,
    /// The course to look at.
    #[serde(default)]
    course: String,
}

/// Whose people a page is about.
pub(super) struct Scope {
    /// The body looked at; none is everybody.
    pub(super) body: Option<Body>,
    /// Bodies whose people the page is about.
    pub(super) bodies: Bodies,
    /// Bodies whose people the visitor may see at all.
    pub(super) within: Bodies,
    /// The course looked at.
    pub(super) course: Option<TakenCourse>,
    /// All courses, the one that most take first.
    pub(super) courses: Vec<TakenCourse>,
    /// Today, in Italy.
    pub(super) today: NaiveDate,
    /// The visitor, for what is noted as done by them.
    pub(super) person_id: Uuid,
    chosen_course: bool,
}

impl Scope {
    /// The scope of a visitor, and a connection.
    ///
    /// # Errors
    /// `Unauthorized` when nobody is signed in; `Forbidden` for other roles, for a coordinator of no body and
    /// for bodies of others.
    pub(super) async fn of(app: &web::Data<App>, visitor: &Visitor, asked: &Asked) -> Result<Self> {
        let Some(person) = &visitor.person else {
            return Err(Problem::Unauthorized("nobody is signed in".into()));
        };
        let mut conn = app.db.get().await?;
        let within = match person.role {
            Role::Admin => None,
            Role::Coordinator => {
                let own = scope::of_account(&mut conn, person.id).await?;
                let own = own.ok_or_else(|| forbidden("the account answers for no body"))?;
                Some((own, scope::below(&mut conn, own).await?))
            }
            _ => return Err(forbidden("coordinators and administrators only")),
        };
        let chosen = match asked.body.parse::<Uuid>() {
            Ok(id) => Some(id),
            Err(_) => within.as_ref().map(|(own, _)| *own),
        };
        let within: Bodies = within.map(|(_, below)| below);
        if let (Some(within), Some(chosen)) = (&within, &chosen)
            && !within.contains(chosen)
        {
            return Err(forbidden("the body is another coordinator's"));
        }
        let bodies = match chosen {
            Some(chosen) => Some(scope::below(&mut conn, chosen).await?),
            None => None,
        };
        let body = match chosen {
            Some(chosen) => Some(
                scope::body(&mut conn, chosen)
                    .await?
                    .ok_or_else(|| Problem::NotFound(format!("there is no body {chosen}")))?,
            ),
            None => None,
        };
        standings::freshen(&mut conn, FRESHENED).await?;
        let courses = numbers::courses(&mut conn, &bodies).await?;
        let asked_course = asked.course.parse::<Uuid>().ok();
        let course = courses
            .iter()
            .find(|course| Some(course.id) == asked_course);
        Ok(Self {
            chosen_course: course.is_some(),
            course: course.or(courses.first()).cloned(),
            courses,
            body,
            bodies,
            within,
            today: today(),
            person_id: person.id,
        })
    }

    /// The body's name.
    pub(super) fn name<'a>(&'a self, visitor: &Visitor) -> &'a str {
        match &self.body {
            Some(body) => &body.name,
            None => visitor.t("c_all_bodies"),
        }
    }

    /// There is more than one body to look at.
    pub(super) fn may_choose(&self) -> bool {
        self.within.as_ref().is_none_or(|within| within.len() > 1)
    }

    /// The course looked at is this one.
    pub(super) fn is_course(&self, id: &Uuid) -> bool {
        self.course.as_ref().is_some_and(|course| course.id == *id)
    }

    /// Courses that people may be enrolled in.
    pub(super) fn open_courses(&self) -> Vec<&TakenCourse> {
        self.courses
            .iter()
            .filter(|course| course.is_open)
            .collect()
    }

    /// The body's id, for forms.
    pub(super) fn body_id(&self) -> String {
        self.body
            .as_ref()
            .map(|body| body.id.to_string())
            .unwrap_or_default()
    }

    /// A page below `/coordinator` about the same people.
    pub(super) fn link(&self, path: &str) -> String {
        self.link_with(path, &[])
    }

    /// The same with more in its query.
    pub(super) fn link_with(&self, path: &str, more: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(body) = &self.body {
            query.append_pair("body", &body.id.to_string());
        }
        if let Some(course) = self.course.as_ref().filter(|_| self.chosen_course) {
            query.append_pair("course", &course.id.to_string());
        }
        query.extend_pairs(more);
        let query = query.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/coordinator{path}{mark}{query}")
    }

    /// People seen, when a person is of these bodies.
    pub(super) async fn person(
        &self,
        conn: &mut db::Connection,
        id: Uuid,
    ) -> Result<db::reports::people::Person> {
        let found = db::reports::people::find(conn, &self.within, id).await?;
        found.ok_or_else(|| Problem::NotFound(format!("there is no person {id}")))
    }
}

/// Today, in Italy.
pub(super) fn today() -> NaiveDate {
    Utc::now()
        .with_timezone(&chrono_tz::Europe::Rome)
        .date_naive()
}

fn forbidden(why: &str) -> Problem {
    Problem::Forbidden(why.into())
}
