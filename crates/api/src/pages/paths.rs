//! A learner's paths: what to do next, the webinars and modules in their order, and what is missing.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Rome;
use percorso_tracker::session::{Progress, Reason};
use uuid::Uuid;

use super::{
    courses::{ActivityLine, action, status_icon},
    visitor::Visitor,
    words::Language,
};
use crate::{
    app::App,
    auth::Person,
    certificates::{self, hours},
    db::{
        self,
        paths::{
            certificates::Certificate,
            enrolments::{self, Enrolment, Item},
        },
        reports::outline::{self, Object},
    },
    problem::{Problem, Result},
    routes::{address::at, paths::missing_sentence},
};

/// Paths shown on the first page.
const SHOWN: i64 = 50;
/// A webinar so near is the next thing to do, whatever else is missing.
const NEAR: TimeDelta = TimeDelta::hours(24);
/// So long before its begin, where to take part stands out.
const SOON: TimeDelta = TimeDelta::hours(1);

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
    /// The webinar.
    pub(super) webinar: Option<Webinar>,
    /// How long it counts for, for people.
    pub(super) duration: String,
    /// Not needed to complete the path.
    pub(super) optional: bool,
    /// It is the next thing to do.
    pub(super) is_next: bool,
    /// As [`Item::status`].
    pub(super) status: &'static str,
    /// Text of the button, a key.
    pub(super) action: &'static str,
    /// The module's learning objects, in order.
    pub(super) objects: Vec<ActivityLine>,
    /// Why it is not done, in words.
    pub(super) why: Vec<String>,
}

/// When and where a webinar is.
pub(super) struct Webinar {
    /// The event.
    pub(super) id: Uuid,
    /// When it is, for people.
    pub(super) when: String,
    /// Who speaks; may be empty.
    pub(super) speaker: String,
    /// Where to take part, while it is not over.
    pub(super) join_url: Option<String>,
    /// It goes on, or begins within the hour.
    pub(super) is_now: bool,
    /// It does not take place.
    pub(super) cancelled: bool,
    /// It is over.
    pub(super) over: bool,
}

impl PathCard {
    fn new(enrolment: Enrolment, items: &[Item], mut steps: Vec<Step>) -> Self {
        let tally = enrolments::tally(items);
        if let Some(next) = next(items, Utc::now()) {
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
            credited: hours(minutes.into()),
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

/// What to do next: a webinar that is near, else the first thing missing that can be opened, else the first
/// webinar to come. One that is over cannot be caught up with.
fn next(items: &[Item], now: DateTime<Utc>) -> Option<usize> {
    let to_come = |item: &Item| item.ends_at.is_some_and(|end| end > now);
    let is_near =
        |item: &Item| to_come(item) && item.starts_at.is_some_and(|start| start - now <= NEAR);
    let first = |fits: &dyn Fn(&Item) -> bool| {
        items
            .iter()
            .position(|item| item.is_missing() && fits(item))
    };
    first(&is_near)
        .or_else(|| first(&|item| item.package_id.is_some()))
        .or_else(|| first(&to_come))
}

impl Step {
    fn new(language: Language, item: &Item, objects: &[Object]) -> Self {
        let status = item.status();
        let progress = item.progress.clone();
        let progress = progress.and_then(|value| serde_json::from_value::<Progress>(value).ok());
        let webinar = Webinar::of(item, Utc::now());
        let missed = webinar.as_ref().is_some_and(|webinar| webinar.over);
        Self {
            title: item.title.clone(),
            package_id: item.package_id,
            link: item
                .registration_id
                .filter(|_| item.package_id.is_some())
                .map(|id| format!("/courses/{id}")),
            duration: hours(item.credit_minutes.into()),
            optional: !item.required,
            is_next: false,
            status,
            action: action(status),
            objects: ActivityLine::objects(language, objects, progress.as_ref()),
            why: match progress {
                _ if !item.is_missing() => Vec::new(),
                Some(progress) => reasons(language, &progress),
                None if missed => vec![missing_sentence(item, language.tag())],
                None => Vec::new(),
            },
            webinar,
        }
    }

    /// The sprite's name for the status.
    pub(super) fn icon(&self) -> &'static str {
        icon(self.status)
    }

    /// The key of the status's word. A webinar is not begun by whoever takes part.
    pub(super) fn word(&self) -> &'static str {
        let Some(webinar) = &self.webinar else {
            return self.status;
        };
        match self.status {
            "completed" => "webinar_attended",
            "not_attempted" if webinar.over => "event_over",
            "not_attempted" => "webinar_to_come",
            "incomplete" => "webinar_too_short",
            status => status,
        }
    }

    /// `4 attività, 2 completate`.
    pub(super) fn size(&self, language: Language) -> String {
        let done = self.objects.iter().filter(|object| object.is_done());
        format!(
            "{}, {} {}",
            language.count(self.objects.len(), "activity", "activities_n"),
            done.count(),
            language.t("done_n")
        )
    }

    /// Its learning objects are shown at once.
    pub(super) fn is_open(&self) -> bool {
        self.is_next || matches!(self.status, "incomplete" | "failed")
    }
}

/// Why a module that was begun is not done; what was not opened yet stands in its own line.
fn reasons(language: Language, progress: &Progress) -> Vec<String> {
    let reasons = progress.why_incomplete.iter();
    let begun = reasons.filter(|reason| !matches!(reason, Reason::NotAttempted { .. }));
    begun
        .map(|reason| reason.sentence(language.tag()))
        .collect()
}

impl Webinar {
    fn of(item: &Item, now: DateTime<Utc>) -> Option<Self> {
        let (id, starts, ends) = (item.event_id?, item.starts_at?, item.ends_at?);
        let cancelled = item.cancelled_at.is_some();
        let over = ends <= now;
        Some(Self {
            id,
            when: for_people(starts),
            speaker: item.speaker.clone().unwrap_or_default(),
            join_url: item.join_url.clone().filter(|_| !cancelled && !over),
            is_now: !cancelled && !over && starts - now <= SOON,
            cancelled,
            over: over && !cancelled,
        })
    }
}

fn icon(status: &str) -> &'static str {
    status_icon(status)
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
pub(super) async fn of(
    conn: &mut db::Connection,
    language: Language,
    person: &Person,
) -> Result<Vec<PathCard>> {
    let key = person.id.to_string();
    let mut paths = Vec::new();
    for enrolment in enrolments::list(conn, None, Some(&key), None, SHOWN).await? {
        paths.push(card(conn, language, enrolment).await?);
    }
    Ok(paths)
}

async fn card(
    conn: &mut db::Connection,
    language: Language,
    enrolment: Enrolment,
) -> Result<PathCard> {
    let items = enrolments::items(conn, enrolment.id).await?;
    let mut steps = Vec::with_capacity(items.len());
    for item in &items {
        let objects = match item.version_id {
            Some(version) => outline::objects(conn, version).await?,
            None => Arc::default(),
        };
        steps.push(Step::new(language, item, &objects));
    }
    Ok(PathCard::new(enrolment, &items, steps))
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
                let path = card(&mut conn, visitor.language, own.clone()).await?;
                let certificate = match path.status {
                    "completed" => good(certificates::issue(&app, &mut conn, own).await)?,
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

    /// An item that nobody did anything in: a module, or a webinar that begins so many hours from now.
    fn item(hours_from_now: Option<i64>, now: DateTime<Utc>) -> Item {
        let starts_at = hours_from_now.map(|hours| now + TimeDelta::hours(hours));
        Item::untouched(
            starts_at,
            starts_at.map(|start| start + TimeDelta::hours(2)),
        )
    }

    #[test]
    fn what_is_near_comes_first_then_what_can_be_opened_then_what_is_to_come() {
        let now: DateTime<Utc> = "2026-06-08T08:00:00Z".parse().unwrap();
        let check = |items: &[Option<i64>], expected: Option<usize>| {
            let items: Vec<Item> = items.iter().map(|hours| item(*hours, now)).collect();
            assert_eq!(next(&items, now), expected);
        };
        check(&[Some(100), None, Some(20)], Some(2));
        check(&[Some(100), None], Some(1));
        check(&[Some(-1), None], Some(0));
        check(&[Some(100), Some(200)], Some(0));
        check(&[Some(-100), None], Some(1));
        check(&[Some(-100)], None);
    }

    #[test]
    fn times_are_those_of_italy_in_summer_and_in_winter() {
        let said = |text: &str| for_people(text.parse().unwrap());
        assert_eq!(said("2026-06-08T08:30:00Z"), "08/06/2026, 10:30 (CEST)");
        assert_eq!(said("2026-12-31T23:30:00Z"), "01/01/2027, 00:30 (CET)");
    }
}
