//! Webhooks: made, tried, looked after.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{NaiveDate, NaiveTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{Admin, Done, Fields, SecretPage, moment};
use crate::{
    app::App,
    db::webhooks::{self as db, Delivery, Webhook},
    pages::visitor::{Visitor, see_other},
    problem::{Problem, Result},
    routes::{address::at, webhooks::WebhookBody},
    webhooks::{EVENTS, keep},
};

/// Deliveries on a page.
const PAGE: i64 = 20;

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/admin/webhooks").get(list).post(create))
        .service(at("/admin/webhooks/new").get(new))
        .service(at("/admin/webhooks/{id}").get(one).post(change))
        .route("/admin/webhooks/{id}/test", web::post().to(test))
        .route("/admin/webhooks/{id}/rotate", web::post().to(rotate))
        .route("/admin/webhooks/{id}/delete", web::post().to(delete))
        .route("/admin/webhooks/{id}/replay", web::post().to(replay_span))
        .route(
            "/admin/webhooks/{id}/deliveries/{delivery}/replay",
            web::post().to(replay),
        );
}

#[derive(Template)]
#[template(path = "admin/webhooks.html")]
struct WebhooksPage<'a> {
    page: &'a Visitor,
    done: Option<&'static str>,
    hooks: Vec<Webhook>,
}

async fn list(app: web::Data<App>, admin: Admin, done: web::Query<Done>) -> HttpResponse {
    let page = async {
        let hooks = db::all(&mut *app.db.get().await?).await?;
        Ok(admin.show(&WebhooksPage {
            page: &admin,
            done: done.key(),
            hooks,
        }))
    };
    admin.answer(page.await)
}

/// A delivery, for people.
struct Line {
    id: Uuid,
    event: String,
    state: &'static str,
    class: &'static str,
    icon: &'static str,
    at: String,
    tries: usize,
    status: Option<i32>,
    duration_ms: Option<i32>,
    next: Option<String>,
    error: Option<String>,
    response: Option<String>,
    data: String,
}

impl From<Delivery> for Line {
    fn from(delivery: Delivery) -> Self {
        let (state, class, icon) = match delivery.state.as_str() {
            "delivered" => ("delivered", "passed", "it-check-circle"),
            "failed" => ("delivery_failed", "failed", "it-close-circle"),
            _ => ("pending", "incomplete", "it-clock"),
        };
        Self {
            id: delivery.id,
            event: delivery.event_type,
            state,
            class,
            icon,
            at: moment(delivery.tried_at.unwrap_or(delivery.occurred_at)),
            tries: usize::try_from(delivery.tries).unwrap_or_default(),
            status: delivery.status,
            duration_ms: delivery.duration_ms,
            next: (state == "pending").then(|| moment(delivery.next_at)),
            error: delivery.error,
            response: delivery.response,
            data: serde_json::to_string_pretty(&delivery.data).unwrap_or_default(),
        }
    }
}

#[derive(Default)]
struct Form {
    url: String,
    description: String,
    ticked: Vec<String>,
}

impl Form {
    fn of(fields: &Fields) -> Self {
        let names = EVENTS.iter().map(|(name, ..)| *name);
        Self {
            url: fields.text("url").to_owned(),
            description: fields.text("description").to_owned(),
            ticked: fields.ticked(names.chain(["enabled"])),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.ticked.iter().any(|ticked| ticked == name)
    }

    fn body(&self) -> WebhookBody {
        let events = self.ticked.iter().filter(|name| *name != "enabled");
        WebhookBody {
            url: self.url.clone(),
            events: events.cloned().collect(),
            description: self.description.clone(),
            enabled: self.has("enabled"),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/webhook.html")]
struct WebhookPage<'a> {
    page: &'a Visitor,
    title: &'static str,
    done: Option<&'static str>,
    wrong: Option<&'static str>,
    form: Form,
    hook: Option<Webhook>,
    deliveries: Vec<Line>,
    next: Option<String>,
}

async fn new(admin: Admin) -> HttpResponse {
    let form = Form {
        ticked: vec!["enabled".into()],
        ..Form::default()
    };
    empty_form(&admin, form, None)
}

fn empty_form(admin: &Admin, form: Form, wrong: Option<&'static str>) -> HttpResponse {
    let page = WebhookPage {
        page: admin,
        title: "admin_webhook_new",
        done: None,
        wrong,
        form,
        hook: None,
        deliveries: Vec::new(),
        next: None,
    };
    admin.form(wrong.is_some(), &page)
}

#[derive(Deserialize)]
struct Query {
    after: Option<Uuid>,
}

async fn one(
    app: web::Data<App>,
    admin: Admin,
    id: web::Path<Uuid>,
    query: web::Query<Query>,
    done: web::Query<Done>,
) -> HttpResponse {
    let page = async {
        let hook = keep::known(&mut *app.db.get().await?, *id).await?;
        let enabled = hook.disabled_at.is_none().then(|| "enabled".to_owned());
        let form = Form {
            url: hook.url.clone(),
            description: hook.description.clone(),
            ticked: hook.events.iter().cloned().chain(enabled).collect(),
        };
        kept_form(&app, &admin, form, hook, query.after, (done.key(), None)).await
    };
    admin.answer(page.await)
}

async fn kept_form(
    app: &App,
    admin: &Admin,
    form: Form,
    hook: Webhook,
    after: Option<Uuid>,
    (done, wrong): (Option<&'static str>, Option<&'static str>),
) -> Result<HttpResponse> {
    let mut conn = app.db.get().await?;
    let mut found = db::deliveries(&mut conn, hook.id, None, after, PAGE + 1).await?;
    let more = i64::try_from(found.len()).is_ok_and(|count| count > PAGE);
    if more {
        found.pop();
    }
    let last = found.last().filter(|_| more).map(|last| last.id);
    let page = WebhookPage {
        page: admin,
        title: "admin_webhook_edit",
        done,
        wrong,
        form,
        deliveries: found.into_iter().map(Line::from).collect(),
        next: last.map(|last| format!("/admin/webhooks/{}?after={last}#deliveries-title", hook.id)),
        hook: Some(hook),
    };
    Ok(admin.form(wrong.is_some(), &page))
}

fn secret_page(admin: &Admin, id: Uuid, secret: String) -> HttpResponse {
    admin.show(&SecretPage {
        page: admin,
        title: "admin_hook_made",
        text: "admin_hook_secret_show",
        values: vec![("admin_secret", secret)],
        back: format!("/admin/webhooks/{id}"),
    })
}

async fn create(app: web::Data<App>, admin: Admin, fields: web::Form<Fields>) -> HttpResponse {
    let form = Form::of(&fields);
    let by = admin.person.id.to_string();
    match keep::made(&app, admin.actor(), &by, &form.body()).await {
        Ok((id, secret)) => secret_page(&admin, id, secret),
        Err(Problem::Validation { .. }) => empty_form(&admin, form, Some("admin_hook_wrong")),
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
            Err(Problem::Validation { .. }) => {
                let hook = keep::known(&mut *app.db.get().await?, *id).await?;
                let wrong = Some("admin_hook_wrong");
                kept_form(&app, &admin, form, hook, None, (None, wrong)).await
            }
            Err(problem) => Err(problem),
        }
    };
    admin.answer(page.await)
}

fn back(id: Uuid, done: &str) -> String {
    format!("/admin/webhooks/{id}?done={done}")
}

async fn test(app: web::Data<App>, admin: Admin, id: web::Path<Uuid>) -> HttpResponse {
    let tested = keep::tested(&app, *id).await;
    admin.answer(tested.map(|delivery| {
        let done = match delivery.state.as_str() {
            "delivered" => "admin_hook_tried_good",
            _ => "admin_hook_tried_bad",
        };
        see_other(&back(*id, done))
    }))
}

async fn rotate(
    app: web::Data<App>,
    admin: Admin,
    id: web::Path<Uuid>,
    fields: web::Form<Fields>,
) -> HttpResponse {
    let hours = fields.text("hours").parse().unwrap_or(24_i64).clamp(0, 720);
    let secret = keep::rotated(&app, admin.actor(), *id, Some(hours)).await;
    admin.answer(secret.map(|secret| secret_page(&admin, *id, secret)))
}

async fn delete(app: web::Data<App>, admin: Admin, id: web::Path<Uuid>) -> HttpResponse {
    let removed = keep::removed(&app, admin.actor(), *id).await;
    admin.answer(removed.map(|()| see_other("/admin/webhooks?done=admin_deleted")))
}

async fn replay(app: web::Data<App>, admin: Admin, ids: web::Path<(Uuid, Uuid)>) -> HttpResponse {
    let (id, delivery) = ids.into_inner();
    let replayed = keep::replayed(&app, admin.actor(), id, delivery).await;
    admin.answer(replayed.map(|()| see_other(&back(id, "admin_replayed"))))
}

async fn replay_span(
    app: web::Data<App>,
    admin: Admin,
    id: web::Path<Uuid>,
    fields: web::Form<Fields>,
) -> HttpResponse {
    let since: NaiveDate = fields
        .text("since")
        .parse()
        .unwrap_or_else(|_| Utc::now().date_naive());
    let since = since.and_time(NaiveTime::MIN).and_utc();
    let only_failed = fields.text("all").is_empty();
    let span = (since, Utc::now());
    let replayed = keep::span_replayed(&app, admin.actor(), *id, span, only_failed).await;
    admin.answer(replayed.map(|_| see_other(&back(*id, "admin_replayed"))))
}
