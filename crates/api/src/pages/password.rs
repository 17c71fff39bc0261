//! Choosing a password by a link that an administrator gave.

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use diesel_async::AsyncConnection as _;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::visitor::{Visitor, see_other};
use crate::{
    app::App,
    audit::{self, Act, Actor},
    auth::{self, web as browser},
    config::SHORTEST_PASSWORD,
    db::admin::people,
    problem::{Problem, Result},
    routes::address::at,
};

/// Characters a password has at most: longer ones cost time and gain nothing.
const LONGEST: usize = 200;

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/password/{token}").get(show).post(choose));
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    page: &'a Visitor,
    /// Whose; empty when the link is no longer good.
    name: String,
    wrong: Option<&'static str>,
}

async fn show(app: web::Data<App>, visitor: Visitor, token: web::Path<String>) -> HttpResponse {
    let page = page(&app, &visitor, &token, None).await;
    page.unwrap_or_else(|problem| visitor.failed(&problem))
}

async fn page(
    app: &App,
    visitor: &Visitor,
    token: &str,
    wrong: Option<&'static str>,
) -> Result<HttpResponse> {
    let found = people::by_link(&mut *app.db.get().await?, &browser::digest(token)).await?;
    let status = match (&found, wrong) {
        (None, _) => StatusCode::GONE,
        (Some(_), Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        (Some(_), None) => StatusCode::OK,
    };
    let page = PasswordPage {
        page: visitor,
        name: found.map(|kept| kept.name).unwrap_or_default(),
        wrong,
    };
    Ok(visitor.respond(status, &page))
}

#[derive(Deserialize)]
struct Form {
    password: SecretString,
    again: SecretString,
}

async fn choose(
    app: web::Data<App>,
    visitor: Visitor,
    token: web::Path<String>,
    form: web::Form<Form>,
) -> HttpResponse {
    let length = form.password.expose_secret().chars().count();
    let wrong = if !(SHORTEST_PASSWORD..=LONGEST).contains(&length) {
        Some("password_short")
    } else if form.password.expose_secret() != form.again.expose_secret() {
        Some("password_differs")
    } else {
        None
    };
    let answer = async {
        if wrong.is_some() || !chosen(&app, &token, &form.password).await? {
            return page(&app, &visitor, &token, wrong).await;
        }
        Ok(see_other("/login?done=password_saved"))
    };
    answer
        .await
        .unwrap_or_else(|problem| visitor.failed(&problem))
}

/// Keeps the password; answers whether the link was good.
async fn chosen(app: &App, token: &str, password: &SecretString) -> Result<bool> {
    let hash = auth::hash(password).await?;
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        let Some(kept) = people::by_link(conn, &browser::digest(token)).await? else {
            return Ok(false);
        };
        people::choose_password(conn, kept.id, &hash).await?;
        let actor = Actor::Account(kept.id.to_string());
        audit::note(conn, actor, Act::AccountPasswordChosen, kept.id, json!({})).await?;
        Ok(true)
    })
    .await
}
