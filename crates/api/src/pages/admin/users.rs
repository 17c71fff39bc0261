//! People who sign in, and what they may do.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{TimeDelta, Utc};
use diesel_async::AsyncConnection as _;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Admin, Done, Fields, SecretPage};
use crate::{
    app::App,
    audit::{self, Act},
    auth::{Role, new_secret, web as browser},
    db::{
        Connection,
        admin::people::{self, Given, Kept},
        paths::bodies::{self, Body},
    },
    pages::visitor::{Visitor, see_other},
    problem::{Problem, Result},
    routes::address::at,
};

/// The roles.
pub(crate) const ROLES: [&str; 4] = ["learner", "author", "coordinator", "admin"];

/// People on a page.
const PAGE: i64 = 50;
/// A link by which a password is chosen is good for so long.
const LINK: TimeDelta = TimeDelta::days(3);

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/admin/users").get(list).post(create))
        .service(at("/admin/users/new").get(new))
        .service(at("/admin/users/{id}").get(one).post(change))
        .route("/admin/users/{id}/enable", web::post().to(enable))
        .route("/admin/users/{id}/disable", web::post().to(disable))
        .route("/admin/users/{id}/password-link", web::post().to(link));
}

/// Which people.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    q: String,
    role: String,
    body: String,
    page: u16,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/users.html")]
struct UsersPage<'a> {
    page: &'a Visitor,
    done: Option<&'static str>,
    query: &'a Query,
    bodies: Vec<Body>,
    people: Vec<Kept>,
    next: Option<String>,
}

async fn list(app: web::Data<App>, admin: Admin, query: web::Query<Query>) -> HttpResponse {
    let page = async {
        let mut conn = app.db.get().await?;
        let bodies = bodies::all(&mut conn).await?;
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let offset = i64::from(query.page) * PAGE;
        let (role, body) = (given(&query.role), given(&query.body));
        let mut people = people::list(
            &mut conn,
            query.q.trim(),
            role.as_deref(),
            body.as_deref(),
            (offset, PAGE + 1),
        )
        .await?;
        let more = i64::try_from(people.len()).is_ok_and(|count| count > PAGE);
        if more {
            people.pop();
        }
        let done = Done::of(query.done.clone());
        Ok(admin.show(&UsersPage {
            page: &admin,
            done: done.key(),
            next: more.then(|| next(&query)),
            query: &query,
            bodies,
            people,
        }))
    };
    admin.answer(page.await)
}

fn next(query: &Query) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("q", &query.q),
        ("role", &query.role),
        ("body", &query.body),
    ] {
        pairs.append_pair(name, value);
    }
    pairs.append_pair("page", &(query.page.saturating_add(1)).to_string());
    format!("/admin/users?{}", pairs.finish())
}

#[derive(Default)]
struct Form {
    name: String,
    email: String,
    role: String,
    body: String,
    language: String,
}

impl Form {
    fn of(fields: &Fields) -> Self {
        let text = |name| fields.text(name).to_owned();
        Self {
            name: text("name"),
            email: text("email"),
            role: text("role"),
            body: text("body"),
            language: text("language"),
        }
    }

    fn is_good(&self) -> bool {
        let email = self.email.split_once('@');
        let fits = |text: &str, most| {
            !text.is_empty() && !text.contains('\0') && text.chars().count() <= most
        };
        fits(&self.name, 200)
            && fits(&self.email, 320)
            && email.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
            && !self.email.contains(char::is_whitespace)
            && Role::named(&self.role).is_some()
    }

    fn given(&self, body_id: Option<Uuid>) -> Given<'_> {
        Given {
            email: &self.email,
            name: &self.name,
            role: &self.role,
            language: if self.language == "en" { "en" } else { "it" },
            body_id,
        }
    }
}

#[derive(Template)]
#[template(path = "admin/user.html")]
struct UserPage<'a> {
    page: &'a Visitor,
    done: Option<&'static str>,
    wrong: Option<&'static str>,
    form: Form,
    kept: Option<Kept>,
    bodies: Vec<Body>,
    /// The administrator's own account: no way to lock oneself out.
    is_self: bool,
}

async fn new(app: web::Data<App>, admin: Admin) -> HttpResponse {
    let form = Form {
        role: "learner".into(),
        ..Form::default()
    };
    admin.answer(form_page(&app, &admin, form, None, (None, None)).await)
}

async fn one(
    app: web::Data<App>,
    admin: Admin,
    id: web::Path<Uuid>,
    done: web::Query<Done>,
) -> HttpResponse {
    let page = async {
        let found = people::find(&mut *app.db.get().await?, *id).await?;
        let Some(kept) = found else {
            return Ok(admin.not_found());
        };
        let form = Form {
            name: kept.name.clone(),
            email: kept.email.clone(),
            role: kept.role.clone(),
            body: kept.body_code.clone().unwrap_or_default(),
            language: kept.language.clone(),
        };
        form_page(&app, &admin, form, Some(kept), (done.key(), None)).await
    };
    admin.answer(page.await)
}

async fn form_page(
    app: &App,
    admin: &Admin,
    form: Form,
    kept: Option<Kept>,
    (done, wrong): (Option<&'static str>, Option<&'static str>),
) -> Result<HttpResponse> {
    let bodies = bodies::all(&mut *app.db.get().await?).await?;
    let page = UserPage {
        page: admin,
        done,
        wrong,
        form,
        is_self: kept.as_ref().is_some_and(|kept| kept.id == admin.person.id),
        kept,
        bodies,
    };
    Ok(admin.form(wrong.is_some(), &page))
}

async fn body_id(conn: &mut Connection, code: &str) -> Result<Option<Uuid>> {
    let body = match code {
        "" => None,
        code => bodies::by_code(conn, code).await?,
    };
    Ok(body.map(|body| body.id))
}

async fn create(app: web::Data<App>, admin: Admin, fields: web::Form<Fields>) -> HttpResponse {
    let form = Form::of(&fields);
    let page = async {
        if !form.is_good() {
            return form_page(&app, &admin, form, None, (None, Some("admin_user_wrong"))).await;
        }
        let id = Uuid::now_v7();
        let mut conn = app.db.get().await?;
        let body_id = body_id(&mut conn, &form.body).await?;
        let made = conn
            .transaction::<_, Problem, _>(async |conn| {
                let made = people::insert(conn, id, &form.given(body_id)).await?;
                if made {
                    let details = json!({ "role": form.role, "body_id": body_id });
                    audit::note(conn, admin.actor(), Act::AccountCreated, id, details).await?;
                }
                Ok(made)
            })
            .await?;
        drop(conn);
        match made {
            true => Ok(see_other(&format!("/admin/users/{id}?done=admin_saved"))),
            false => form_page(&app, &admin, form, None, (None, Some("admin_email_taken"))).await,
        }
    };
    admin.answer(page.await)
}

async fn change(
    app: web::Data<App>,
    admin: Admin,
    id: web::Path<Uuid>,
    fields: web::Form<Fields>,
) -> HttpResponse {
    let form = Form::of(&fields);
    let page = async {
        let mut conn = app.db.get().await?;
        let Some(kept) = people::find(&mut conn, *id).await? else {
            return Ok(admin.not_found());
        };
        let body_id = body_id(&mut conn, &form.body).await?;
        let wrong = if !form.is_good() {
            Some("admin_user_wrong")
        } else if kept.id == admin.person.id && form.role != kept.role {
            Some("admin_not_yourself")
        } else {
            let changed = conn
                .transaction::<_, Problem, _>(async |conn| {
                    let changed = people::update(conn, kept.id, &form.given(body_id)).await?;
                    if changed {
                        let details = json!({ "role": form.role, "role_before": kept.role,
                            "body_id": body_id, "email_changed": form.email != kept.email });
                        let act = Act::AccountChanged;
                        audit::note(conn, admin.actor(), act, kept.id, details).await?;
                    }
                    Ok(changed)
                })
                .await?;
            (!changed).then_some("admin_email_taken")
        };
        drop(conn);
        match wrong {
            None => Ok(see_other(&format!("/admin/users/{id}?done=admin_saved"))),
            Some(_) => form_page(&app, &admin, form, Some(kept), (None, wrong)).await,
        }
    };
    admin.answer(page.await)
}

async fn enable(app: web::Data<App>, admin: Admin, id: web::Path<Uuid>) -> HttpResponse {
    admin.answer(switch(&app, &admin, *id, true).await)
}

async fn disable(app: web::Data<App>, admin: Admin, id: web::Path<Uuid>) -> HttpResponse {
    admin.answer(switch(&app, &admin, *id, false).await)
}

async fn switch(app: &App, admin: &Admin, id: Uuid, enabled: bool) -> Result<HttpResponse> {
    if id == admin.person.id {
        return Ok(admin.forbidden());
    }
    let act = match enabled {
        true => Act::AccountEnabled,
        false => Act::AccountDisabled,
    };
    let mut conn = app.db.get().await?;
    let found = conn
        .transaction::<_, Problem, _>(async |conn| {
            let found = people::enable(conn, id, enabled).await?;
            if found {
                audit::note(conn, admin.actor(), act, id, json!({})).await?;
            }
            Ok(found)
        })
        .await?;
    match found {
        true => Ok(see_other(&format!("/admin/users/{id}?done=admin_saved"))),
        false => Ok(admin.not_found()),
    }
}

async fn link(app: web::Data<App>, admin: Admin, id: web::Path<Uuid>) -> HttpResponse {
    let page = async {
        let mut conn = app.db.get().await?;
        if people::find(&mut conn, *id).await?.is_none() {
            return Ok(admin.not_found());
        }
        let token = new_secret();
        let expires_at = Utc::now() + LINK;
        conn.transaction::<_, Problem, _>(async |conn| {
            people::keep_link(conn, *id, &browser::digest(&token), expires_at).await?;
            audit::note(
                conn,
                admin.actor(),
                Act::AccountPasswordLink,
                *id,
                json!({}),
            )
            .await
        })
        .await?;
        let url = format!("{}/password/{token}", app.config.server.public_url);
        Ok(admin.show(&SecretPage {
            page: &admin,
            title: "admin_password_link_made",
            text: "admin_password_link_show",
            values: vec![("admin_link", url)],
            back: format!("/admin/users/{id}"),
        }))
    };
    admin.answer(page.await)
}
