//! Other record stores: set up, paused, looked after.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;
use uuid::Uuid;

use super::{Admin, Done, Fields};
use crate::{
    app::App,
    db::lrs::forward::{self as db, Forward, Refused},
    forwarding::{ORIGINS, VERSIONS, keep},
    pages::visitor::{Visitor, see_other},
    problem::{Problem, Result},
    routes::{address::at, forwards::ForwardBody},
};

/// Refusals on a page.
const REFUSED: i64 = 20;

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/admin/forwards").get(list).post(create))
        .service(at("/admin/forwards/new").get(new))
        .service(at("/admin/forwards/{id}").get(one).post(change))
        .route("/admin/forwards/{id}/replay", web::post().to(replay))
        .route("/admin/forwards/{id}/delete", web::post().to(delete));
}

/// How a store takes what is sent, as a state of the pages.
pub(crate) fn state(forward: &Forward) -> (&'static str, &'static str, &'static str) {
    if forward.disabled_at.is_some() {
        ("forward_paused", "incomplete", "it-clock")
    } else if forward.tries > 0 {
        ("forward_failing", "failed", "it-close-circle")
    } else {
        ("admin_enabled", "passed", "it-check-circle")
    }
}

#[derive(Template)]
#[template(path = "admin/forwards.html")]
struct ForwardsPage<'a> {
    page: &'a Visitor,
    done: Option<&'static str>,
    forwards: Vec<Forward>,
}

async fn list(app: web::Data<App>, admin: Admin, done: web::Query<Done>) -> HttpResponse {
    let page = async {
        let forwards = db::all(&mut *app.db.get().await?).await?;
        Ok(admin.show(&ForwardsPage {
            page: &admin,
            done: done.key(),
            forwards,
        }))
    };
    admin.answer(page.await)
}

#[derive(Debug, Clone, Default)]
struct Form {
    url: String,
    description: String,
    version: String,
    username: String,
    password: String,
    verbs: String,
    activities: String,
    origin: String,
    enabled: bool,
    since: String,
}

impl Form {
    fn of(fields: &Fields) -> Self {
        let text = |name| fields.text(name).to_owned();
        Self {
            url: text("url"),
            description: text("description"),
            version: text("version"),
            username: text("username"),
            password: text("password"),
            verbs: text("verbs"),
            activities: text("activities"),
            origin: text("origin"),
            enabled: !fields.text("enabled").is_empty(),
            since: text("since"),
        }
    }

    fn body(&self) -> ForwardBody {
        let lines = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        ForwardBody {
            url: self.url.clone(),
            description: self.description.clone(),
            version: self.version.clone(),
            username: self.username.clone(),
            password: Some(self.password.clone()).filter(|password| !password.is_empty()),
            verbs: lines(&self.verbs),
            activities: lines(&self.activities),
            origin: self.origin.clone(),
            enabled: self.enabled,
            since: self.since.parse().ok().map(midnight),
        }
    }
}

impl From<&Forward> for Form {
    fn from(forward: &Forward) -> Self {
        Self {
            url: forward.url.clone(),
            description: forward.description.clone(),
            version: forward.version.clone(),
            username: forward.username.clone(),
            verbs: forward.verbs.join("\n"),
            activities: forward.activities.join("\n"),
            origin: forward.origin.clone(),
            enabled: forward.disabled_at.is_none(),
            ..Self::default()
        }
    }
}

fn midnight(day: NaiveDate) -> chrono::DateTime<chrono::Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// A form that is shown again, with what is wrong with it in words.
type Wrong<'a> = Option<&'a str>;

#[derive(Template)]
#[template(path = "admin/forward.html")]
struct ForwardPage<'a> {
    page: &'a Visitor,
    title: &'static str,
    done: Option<&'static str>,
    wrong: Option<&'static str>,
    why: Wrong<'a>,
    form: Form,
    forward: Option<Forward>,
    refused: Vec<Refused>,
}

async fn new(admin: Admin) -> HttpResponse {
    let form = Form {
        enabled: true,
        ..Form::default()
    };
    empty_form(&admin, form, None)
}

fn empty_form(admin: &Admin, form: Form, why: Wrong<'_>) -> HttpResponse {
    let wrong = why.map(|_| "forward_wrong");
    let page = ForwardPage {
        page: admin,
        title: "forward_new",
        done: None,
        wrong,
        why,
        form,
        forward: None,
        refused: Vec::new(),
    };
    admin.form(wrong.is_some(), &page)
}

async fn one(
    app: web::Data<App>,
    admin: Admin,
    id: web::Path<Uuid>,
    done: web::Query<Done>,
) -> HttpResponse {
    let page = kept_form(&app, &admin, *id, None, (done.key(), None)).await;
    admin.answer(page)
}

async fn kept_form(
    app: &App,
    admin: &Admin,
    id: Uuid,
    form: Option<Form>,
    (done, why): (Option<&'static str>, Wrong<'_>),
) -> Result<HttpResponse> {
    let mut conn = app.db.get().await?;
    let forward = keep::known(&mut conn, id).await?;
    let refused = db::refused(&mut conn, id, REFUSED).await?;
    let wrong = why.map(|_| "forward_wrong");
    let page = ForwardPage {
        page: admin,
        title: "admin_forwards",
        done,
        wrong,
        why,
        form: form.unwrap_or_else(|| Form::from(&forward)),
        forward: Some(forward),
        refused,
    };
    Ok(admin.form(wrong.is_some(), &page))
}

async fn create(app: web::Data<App>, admin: Admin, fields: web::Form<Fields>) -> HttpResponse {
    let form = Form::of(&fields);
    let by = admin.person.id.to_string();
    match keep::made(&app, admin.actor(), &by, &form.body()).await {
        Ok(id) => see_other(&back(id, "admin_saved")),
        Err(Problem::Validation { detail, .. }) => empty_form(&admin, form, Some(&detail)),
        Err(problem) => admin.failed(&problem),
    }
}

async fn change(
    app: web::Data<App>,
    admin: Admin,
    id: web::Path<Uuid>,
    fields: web::Form<Fields>,
) -> HttpResponse {
    let form = Form::of(&fields);
    let page = async {
        match keep::changed(&app, admin.actor(), *id, &form.body()).await {
            Ok(()) => Ok(see_other(&back(*id, "admin_saved"))),
            Err(Problem::Validation { detail, .. }) => {
                kept_form(&app, &admin, *id, Some(form), (None, Some(&detail))).await
            }
            Err(problem) => Err(problem),
        }
    };
    admin.answer(page.await)
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: String,
}

async fn replay(
    app: web::Data<App>,
    admin: Admin,
    id: web::Path<Uuid>,
    form: web::Form<Since>,
) -> HttpResponse {
    let since = form.since.parse().ok().map(midnight);
    let replayed = keep::replayed(&app, admin.actor(), *id, since).await;
    admin.answer(replayed.map(|_| see_other(&back(*id, "admin_replayed"))))
}

async fn delete(app: web::Data<App>, admin: Admin, id: web::Path<Uuid>) -> HttpResponse {
    let removed = keep::removed(&app, admin.actor(), *id).await;
    admin.answer(removed.map(|()| see_other("/admin/forwards?done=admin_deleted")))
}

fn back(id: Uuid, done: &str) -> String {
    format!("/admin/forwards/{id}?done={done}")
}
