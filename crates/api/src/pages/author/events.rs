//! Webinars: the list, a new one, one changed or called off. Days and times are those of Italy.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::Utc;
use chrono_tz::Europe::Rome;
use diesel_async::AsyncConnection as _;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    Author, Done, Fields, Wrong, form,
    steps::{Added, append},
};
use crate::{
    app::App,
    audit::{self, Act},
    certificates::hours,
    db::paths::{
        courses::{self, Item},
        events::{self, Event},
    },
    pages::{
        coordinator::format::time,
        visitor::{Visitor, see_other},
    },
    problem::{Problem, Result},
    routes::{address::at, paths::EventBody},
};

/// Longest webinar, in minutes: a day.
const LONGEST_MINUTES: i64 = 1440;

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/author/events").get(list).post(make))
        .service(at("/author/events/new").get(new))
        .service(at("/author/events/{id}").get(one).post(save));
}

struct EventLine {
    id: Uuid,
    title: String,
    when: String,
    length: String,
    speaker: String,
    cancelled: bool,
    paths: String,
}

#[derive(Template)]
#[template(path = "author/events.html")]
struct EventsPage<'a> {
    page: &'a Visitor,
    done: Option<&'static str>,
    /// Not over yet, the next first.
    to_come: Vec<EventLine>,
    /// Over, the latest first.
    over: Vec<EventLine>,
}

async fn list(app: web::Data<App>, author: Author, done: web::Query<Done>) -> HttpResponse {
    let page = async {
        let mut conn = app.db.get().await?;
        let mut titles: HashMap<Uuid, Vec<String>> = HashMap::new();
        for (event, title) in events::courses_of(&mut conn).await? {
            titles.entry(event).or_default().push(title);
        }
        let now = Utc::now();
        let (over, to_come): (Vec<Event>, Vec<Event>) = events::all(&mut conn)
            .await?
            .into_iter()
            .partition(|event| event.ends_at <= now);
        let line = |event: Event| EventLine {
            when: time(event.starts_at),
            length: hours((event.ends_at - event.starts_at).num_minutes()),
            cancelled: event.cancelled_at.is_some(),
            paths: titles
                .get(&event.id)
                .map_or_else(String::new, |titles| titles.join(", ")),
            id: event.id,
            title: event.title,
            speaker: event.speaker,
        };
        Ok(author.show(&EventsPage {
            page: &author,
            done: done.key(),
            to_come: to_come.into_iter().map(line).collect(),
            over: over.into_iter().rev().map(line).collect(),
        }))
    };
    author.answer(page.await)
}

/// A webinar as it was written.
#[derive(Default)]
struct Form {
    title: String,
    description: String,
    speaker: String,
    day: String,
    from: String,
    to: String,
    join_url: String,
    threshold: String,
    cancelled: bool,
    /// The path that a new one becomes a step of.
    path: String,
}

impl Form {
    fn of(fields: &Fields) -> Self {
        let text = |name| fields.text(name).to_owned();
        Self {
            title: text("title"),
            description: text("description"),
            speaker: text("speaker"),
            day: text("day"),
            from: text("from"),
            to: text("to"),
            join_url: text("join_url"),
            threshold: text("threshold"),
            cancelled: fields.has("cancelled"),
            path: text("path"),
        }
    }

    /// The event, or what is wrong with the form.
    fn checked(&self) -> std::result::Result<EventBody, Wrong> {
        let mut wrong = Wrong::default();
        form::title(&mut wrong, "title", &self.title);
        form::text(&mut wrong, "description", &self.description);
        form::text(&mut wrong, "speaker", &self.speaker);
        let day = form::day(&self.day);
        if day.is_none() {
            wrong.note("day", "a_day_wrong");
        }
        let mut moment = |field, text: &str| {
            let Some(time) = form::time(text) else {
                wrong.note(field, "a_time_wrong");
                return None;
            };
            let at = form::moment(day?, time);
            if at.is_none() {
                wrong.note(field, "a_time_left_out");
            }
            at
        };
        let (starts_at, ends_at) = (moment("from", &self.from), moment("to", &self.to));
        let minutes = starts_at
            .zip(ends_at)
            .map(|(from, to)| (to - from).num_minutes());
        if minutes.is_some_and(|minutes| !(1..=LONGEST_MINUTES).contains(&minutes)) {
            wrong.note("to", "a_end_before_begin");
        }
        let is_url = |text: &str| {
            url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        };
        if !self.join_url.is_empty() && !is_url(&self.join_url) {
            wrong.note("join_url", "a_url_wrong");
        }
        let most = minutes.unwrap_or(LONGEST_MINUTES).clamp(1, LONGEST_MINUTES);
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let threshold_minutes = match self.threshold.as_str() {
            "" => None,
            text => {
                let minutes = form::minutes(text, most);
                if minutes.is_none() {
                    wrong.note("threshold", "a_threshold_wrong");
                }
                minutes
            }
        };
        let (Some(starts_at), Some(ends_at), true) = (starts_at, ends_at, wrong.is_empty()) else {
            return Err(wrong);
        };
        Ok(EventBody {
            title: self.title.clone(),
            description: Some(self.description.clone()),
            speaker: Some(self.speaker.clone()),
            starts_at,
            ends_at,
            join_url: Some(self.join_url.clone()),
            threshold_minutes,
            cancelled: self.cancelled,
        })
    }
}

impl From<&Event> for Form {
    fn from(event: &Event) -> Self {
        let (from, to) = (
            event.starts_at.with_timezone(&Rome),
            event.ends_at.with_timezone(&Rome),
        );
        Self {
            title: event.title.clone(),
            description: event.description.clone(),
            speaker: event.speaker.clone(),
            day: from.format("%Y-%m-%d").to_string(),
            from: from.format("%H:%M").to_string(),
            to: to.format("%H:%M").to_string(),
            join_url: event.join_url.clone().unwrap_or_default(),
            threshold: event.threshold_minutes.to_string(),
            cancelled: event.cancelled_at.is_some(),
            path: String::new(),
        }
    }
}

#[derive(Template)]
#[template(path = "author/event.html")]
struct EventPage<'a> {
    page: &'a Visitor,
    /// The webinar's title as it is kept; none for a new one.
    kept: Option<&'a str>,
    action: String,
    form: &'a Form,
    wrong: &'a Wrong,
    /// The path that a new one becomes a step of: id and title.
    path: Option<(Uuid, String)>,
}

impl EventPage<'_> {
    fn wrong(&self, field: impl AsRef<str>) -> Option<&'static str> {
        self.wrong.of(field.as_ref())
    }
}

async fn shown(
    app: &App,
    author: &Author,
    kept: Option<&Event>,
    form: &Form,
    wrong: &Wrong,
) -> Result<HttpResponse> {
    let path = match form.path.parse::<Uuid>() {
        Ok(id) => courses::find(&mut *app.db.get().await?, id).await?,
        Err(_) => None,
    };
    let page = EventPage {
        page: author,
        kept: kept.map(|event| event.title.as_str()),
        action: kept.map_or_else(
            || "/author/events".to_owned(),
            |event| format!("/author/events/{}", event.id),
        ),
        form,
        wrong,
        path: path.map(|path| (path.id, path.title)),
    };
    Ok(author.form(!wrong.is_empty(), &page))
}

#[derive(Deserialize)]
struct NewQuery {
    #[serde(default)]
    path: String,
}

async fn new(app: web::Data<App>, author: Author, query: web::Query<NewQuery>) -> HttpResponse {
    let form = Form {
        path: query.path.clone(),
        ..Form::default()
    };
    let page = shown(&app, &author, None, &form, &Wrong::default()).await;
    author.answer(page)
}

async fn one(app: web::Data<App>, author: Author, id: web::Path<Uuid>) -> HttpResponse {
    let page = async {
        let Some(event) = events::find(&mut *app.db.get().await?, *id).await? else {
            return Ok(author.not_found());
        };
        let form = Form::from(&event);
        shown(&app, &author, Some(&event), &form, &Wrong::default()).await
    };
    author.answer(page.await)
}

/// A new webinar, a step of a path when it is made from there.
async fn make(app: web::Data<App>, author: Author, fields: web::Form<Fields>) -> HttpResponse {
    let form = Form::of(&fields);
    let page = async {
        let body = match form.checked() {
            Ok(body) => body,
            Err(wrong) => return shown(&app, &author, None, &form, &wrong).await,
        };
        let random = Uuid::now_v7().simple().to_string()[20..].to_owned();
        let code = format!("{}-{random}", form::code_of(&form.title));
        let event = body.checked(code.trim_matches('-'))?;
        keep(&app, &author, &event).await?;
        let Ok(path) = form.path.parse::<Uuid>() else {
            return Ok(see_other("/author/events?done=a_saved"));
        };
        let minutes = (event.ends_at - event.starts_at).num_minutes();
        let step = Item {
            course_id: path,
            position: 0,
            package_id: None,
            event_id: Some(event.id),
            required: true,
            credit_minutes: i32::try_from(minutes).unwrap_or_default(),
        };
        match append(&app, &author, path, step).await? {
            Added::Yes => Ok(see_other(&format!(
                "/author/paths/{path}?done=a_added#steps"
            ))),
            _ => Ok(see_other("/author/events?done=a_saved")),
        }
    };
    author.answer(page.await)
}

async fn save(
    app: web::Data<App>,
    author: Author,
    id: web::Path<Uuid>,
    fields: web::Form<Fields>,
) -> HttpResponse {
    let form = Form::of(&fields);
    let page = async {
        let Some(event) = events::find(&mut *app.db.get().await?, *id).await? else {
            return Ok(author.not_found());
        };
        let body = match form.checked() {
            Ok(body) => body,
            Err(wrong) => return shown(&app, &author, Some(&event), &form, &wrong).await,
        };
        let mut changed = body.checked(&event.code)?;
        if changed.cancelled_at.is_some() {
            changed.cancelled_at = event.cancelled_at.or(changed.cancelled_at);
        }
        changed.id = event.id;
        keep(&app, &author, &changed).await?;
        Ok(see_other("/author/events?done=a_saved"))
    };
    author.answer(page.await)
}

async fn keep(app: &App, author: &Author, event: &Event) -> Result<()> {
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        let kept = events::put(conn, event).await?;
        let details = json!({ "code": kept.code });
        audit::note(conn, author.actor(), Act::EventPut, kept.id, details).await
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let text = str::to_owned;
        Form {
            title: text("Incontro"),
            day: text("2026-12-10"),
            from: text("10:00"),
            to: text("11:30"),
            ..Form::default()
        }
    }

    #[test]
    fn a_webinar_needs_a_title_a_day_and_an_end_after_its_begin() {
        let check = |change: &dyn Fn(&mut Form), expected: &[(&str, &str)]| {
            let mut form = form();
            change(&mut form);
            let wrong = form.checked().err().unwrap_or_default();
            let found: Vec<(&str, &str)> = wrong
                .all()
                .iter()
                .map(|(field, key)| (field.as_str(), *key))
                .collect();
            assert_eq!(found, expected);
        };
        check(&|_| {}, &[]);
        check(&|form| form.title.clear(), &[("title", "a_title_missing")]);
        check(&|form| form.day.clear(), &[("day", "a_day_wrong")]);
        check(
            &|form| form.to = "09:00".into(),
            &[("to", "a_end_before_begin")],
        );
        check(&|form| form.to.clear(), &[("to", "a_time_wrong")]);
        check(
            &|form| form.threshold = "91".into(),
            &[("threshold", "a_threshold_wrong")],
        );
        check(
            &|form| form.join_url = "teams".into(),
            &[("join_url", "a_url_wrong")],
        );
        check(
            &|form| form.join_url = "javascript:alert(1)".into(),
            &[("join_url", "a_url_wrong")],
        );
    }

    #[test]
    fn an_unsaid_threshold_is_half_the_webinar() {
        let event = form().checked().ok().unwrap().checked("c").unwrap();
        assert_eq!(event.threshold_minutes, 45);
        assert_eq!(event.starts_at.to_rfc3339(), "2026-12-10T09:00:00+00:00");
    }
}
