//! A learner's paths: what to do next, the webinars and modules in their order, and what is missing.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Europe::Rome;
use uuid::Uuid;

use super::{visitor::Visitor, words::Language};
use crate::{
    app::App,
    auth::Person,
    certificates,
    db::{
        self,
        paths::{
            certificates::Certificate,
            enrolments::{self, Enrolment, Item},
        },
    },
    problem::{Problem, Result},
    routes::address::at,
};

/// Paths shown on the first page.
const SHOWN: i64 = 50;

/// The route, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/paths/{enrolment}").get(path));
}

/// A path of the learner, with what they reached.
pub(super) struct PathCard {
    /// The enrolment.
    pub(super) id: Uuid,
    /// Title.
    pub(super) title: String,
    /// Until when, for people.
    pub(super) deadline: Option<String>,
    /// `completed`, `incomplete` or `not_attempted`.
    pub(super) status: &'static str,
    /// 0 to 100.
    pub(super) percent: usize,
    /// Steps done, and all that count.
    pub(super) done: (usize, usize),
    /// Minutes that count so far.
    pub(super) credited: String,
    /// Webinars and modules, in order.
    pub(super) steps: Vec<Step>,
}

/// A webinar or a module.
pub(super) struct Step {
    /// Title.
    pub(super) title: String,
    /// The module to open.
    pub(super) package_id: Option<Uuid>,
    /// Its page, once it is taken.
    pub(super) link: Option<String>,
    /// When the webinar begins, for people.
    pub(super) starts: Option<String>,
    /// The webinar.
    pub(super) event_id: Option<Uuid>,
    /// Where to take part, while it is not over.
    pub(super) join_url: Option<String>,
    /// The webinar does not take place.
    pub(super) cancelled: bool,
    /// Not needed to complete the path.
    pub(super) optional: bool,
    /// It is the next thing to do.
    pub(super) is_next: bool,
    /// As [`Item::status`].
    pub(super) status: &'static str,
    /// Text of the button, a key.
    pub(super) action: &'static str,
}

impl PathCard {
    fn new(enrolment: Enrolment, items: &[Item], joins: &[Option<String>]) -> Self {
        let tally = enrolments::tally(items);
        let mut steps: Vec<Step> = items
            .iter()
            .zip(joins)
            .map(|(item, join)| Step::new(item, join.clone()))
            .collect();
        let next = items
            .iter()
            .position(|item| item.is_missing() && item.package_id.is_some());
        if let Some(next) = next {
            steps[next].is_next = true;
        }
        let minutes: i32 = items.iter().map(|item| item.credited_minutes).sum();
        Self {
            id: enrolment.id,
            title: enrolment.course_title,
            deadline: enrolment
                .deadline
                .map(|date| date.format("%d/%m/%Y").to_string()),
            status: tally.status(),
            percent: tally.done * 100 / tally.needed.max(1),
            done: (tally.done, tally.needed),
            credited: format!("{} h {} min", minutes / 60, minutes % 60),
            steps,
        }
    }

    /// The sprite's name for the status.
    pub(super) fn icon(&self) -> &'static str {
        icon(self.status)
    }

    /// `2 di 8 passi`.
    pub(super) fn progress(&self, language: Language) -> String {
        let (done, all) = self.done;
        format!(
            "{done} {} {all} {}",
            language.t("of"),
            language.t("steps_n")
        )
    }

    /// What to do next.
    pub(super) fn next(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.is_next)
    }
}

impl Step {
    fn new(item: &Item, join_url: Option<String>) -> Self {
        let status = item.status();
        Self {
            title: item.title.clone(),
            package_id: item.package_id,
            link: item
                .registration_id
                .filter(|_| item.package_id.is_some())
                .map(|id| format!("/courses/{id}")),
            starts: item.starts_at.map(for_people),
            event_id: item.event_id,
            join_url,
            cancelled: item.cancelled_at.is_some(),
            optional: !item.required,
            is_next: false,
            status,
            action: match status {
                "not_attempted" => "start",
                "completed" => "open_again",
                _ => "resume",
            },
        }
    }

    /// The sprite's name for the status.
    pub(super) fn icon(&self) -> &'static str {
        icon(self.status)
    }
}

fn icon(status: &str) -> &'static str {
    match status {
        "completed" => "it-check-circle",
        "failed" => "it-close-circle",
        "waived" => "it-ban",
        "incomplete" => "it-clock",
        _ => "it-minus-circle",
    }
}

/// A time of day in Italy, with its zone said: `08/06/2026, 10:30 (CEST)`.
fn for_people(time: DateTime<Utc>) -> String {
    time.with_timezone(&Rome)
        .format("%d/%m/%Y, %H:%M (%Z)")
        .to_string()
}

/// The paths of a learner, the latest first.
///
/// # Errors
/// When the database fails.
pub(super) async fn of(conn: &mut db::Connection, person: &Person) -> Result<Vec<PathCard>> {
    let key = person.id.to_string();
    let mut paths = Vec::new();
    for enrolment in enrolments::list(conn, None, Some(&key), None, SHOWN).await? {
        paths.push(card(conn, enrolment).await?);
    }
    Ok(paths)
}

async fn card(conn: &mut db::Connection, enrolment: Enrolment) -> Result<PathCard> {
    let items = enrolments::items(conn, enrolment.id).await?;
    let mut joins = Vec::new();
    for item in &items {
        let event = match item.event_id {
            Some(id) => db::paths::events::find(conn, id).await?,
            None => None,
        };
        let open = event.filter(|event| event.cancelled_at.is_none() && event.ends_at > Utc::now());
        joins.push(open.and_then(|event| event.join_url));
    }
    Ok(PathCard::new(enrolment, &items, &joins))
}

/// The code of a certificate that was not taken back; of none where something is missing.
fn good(issued: Result<Certificate>) -> Result<Option<String>> {
    match issued {
        Ok(certificate) if certificate.revoked_at.is_none() => Ok(Some(certificate.code)),
        Ok(_) | Err(Problem::Conflict(_)) => Ok(None),
        Err(problem) => Err(problem),
    }
}

#[derive(Template)]
#[template(path = "path.html")]
struct PathPage<'a> {
    page: &'a Visitor,
    path: PathCard,
    /// Code of the attestato, once the path is complete.
    certificate: Option<String>,
}

async fn path(app: web::Data<App>, visitor: Visitor, enrolment: web::Path<Uuid>) -> HttpResponse {
    let Some(person) = &visitor.person else {
        return visitor.to_sign_in();
    };
    let shown = async {
        let mut conn = app.db.get().await?;
        let found = enrolments::find(&mut conn, *enrolment).await?;
        let own = found.filter(|found| found.learner_key == person.id.to_string());
        match own {
            Some(own) => {
                let path = card(&mut conn, own.clone()).await?;
                let certificate = match path.status {
                    "completed" => good(certificates::issue(&mut conn, own).await)?,
                    _ => None,
                };
                Ok(Some((path, certificate)))
            }
            None => Ok(None),
        }
    };
    match shown.await {
        Ok(Some((path, certificate))) => visitor.show(&PathPage {
            page: &visitor,
            path,
            certificate,
        }),
        Ok(None) => visitor.not_found(),
        Err(problem) => visitor.failed(&problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_italy_in_summer_and_in_winter() {
        let said = |text: &str| for_people(text.parse().unwrap());
        assert_eq!(said("2026-06-08T08:30:00Z"), "08/06/2026, 10:30 (CEST)");
        assert_eq!(said("2026-12-31T23:30:00Z"), "01/01/2027, 00:30 (CET)");
    }
}
