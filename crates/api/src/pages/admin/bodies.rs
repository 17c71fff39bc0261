//! Public bodies.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use diesel_async::AsyncConnection as _;
use serde_json::json;
use uuid::Uuid;

use super::{Admin, Done, Fields};
use crate::{
    app::App,
    audit::{self, Act},
    db::{
        admin::people,
        paths::bodies::{self, Body},
    },
    pages::visitor::{Visitor, see_other},
    problem::{Problem, Result},
    routes::{address::at, paths::body_of},
};

/// Kinds of body.
pub(crate) const KINDS: [&str; 4] = ["comune", "unione", "provincia", "other"];

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/admin/bodies").get(list).post(save))
        .service(at("/admin/bodies/new").get(new))
        .service(at("/admin/bodies/{id}").get(one));
}

struct BodyLine {
    id: Uuid,
    name: String,
    code: String,
    kind: &'static str,
    parent: Option<String>,
    people: usize,
}

#[derive(Template)]
#[template(path = "admin/bodies.html")]
struct BodiesPage<'a> {
    page: &'a Visitor,
    done: Option<&'static str>,
    bodies: Vec<BodyLine>,
}

async fn list(app: web::Data<App>, admin: Admin, done: web::Query<Done>) -> HttpResponse {
    let page = async {
        let mut conn = app.db.get().await?;
        let all = bodies::all(&mut conn).await?;
        let people: HashMap<Uuid, i64> = people::of_bodies(&mut conn).await?.into_iter().collect();
        let names: HashMap<Uuid, String> = all
            .iter()
            .map(|body| (body.id, body.name.clone()))
            .collect();
        let line = |body: Body| BodyLine {
            people: people
                .get(&body.id)
                .map_or(0, |count| usize::try_from(*count).unwrap_or_default()),
            parent: body.parent_id.and_then(|id| names.get(&id).cloned()),
            kind: kind(&body.kind),
            id: body.id,
            name: body.name,
            code: body.code,
        };
        Ok(admin.show(&BodiesPage {
            page: &admin,
            done: done.key(),
            bodies: all.into_iter().map(line).collect(),
        }))
    };
    admin.answer(page.await)
}

fn kind(name: &str) -> &'static str {
    KINDS
        .iter()
        .find(|kind| **kind == name)
        .copied()
        .unwrap_or("other")
}

#[derive(Default)]
struct Form {
    name: String,
    code: String,
    kind: String,
    parent: String,
}

#[derive(Template)]
#[template(path = "admin/body.html")]
struct BodyPage<'a> {
    page: &'a Visitor,
    title: &'static str,
    wrong: Option<&'static str>,
    form: Form,
    bodies: Vec<Body>,
    /// It is there already: its code stays.
    is_kept: bool,
}

async fn new(app: web::Data<App>, admin: Admin) -> HttpResponse {
    let form = Form {
        kind: "comune".into(),
        ..Form::default()
    };
    admin.answer(form_page(&app, &admin, form, false, None).await)
}

async fn one(app: web::Data<App>, admin: Admin, id: web::Path<Uuid>) -> HttpResponse {
    let page = async {
        let all = bodies::all(&mut *app.db.get().await?).await?;
        let Some(body) = all.iter().find(|body| body.id == *id) else {
            return Ok(admin.not_found());
        };
        let parent = all.iter().find(|other| Some(other.id) == body.parent_id);
        let form = Form {
            name: body.name.clone(),
            code: body.code.clone(),
            kind: body.kind.clone(),
            parent: parent.map_or_else(String::new, |parent| parent.code.clone()),
        };
        form_page(&app, &admin, form, true, None).await
    };
    admin.answer(page.await)
}

async fn form_page(
    app: &App,
    admin: &Admin,
    form: Form,
    is_kept: bool,
    wrong: Option<&'static str>,
) -> Result<HttpResponse> {
    let bodies = bodies::all(&mut *app.db.get().await?).await?;
    let page = BodyPage {
        page: admin,
        title: if is_kept {
            "admin_body_edit"
        } else {
            "admin_body_new"
        },
        wrong,
        form,
        bodies,
        is_kept,
    };
    Ok(admin.form(wrong.is_some(), &page))
}

async fn save(app: web::Data<App>, admin: Admin, fields: web::Form<Fields>) -> HttpResponse {
    let form = Form {
        name: fields.text("name").into(),
        code: fields.text("code").into(),
        kind: fields.text("kind").into(),
        parent: fields.text("parent").into(),
    };
    let is_kept = fields.text("is_kept") == "true";
    let page = async {
        match keep(&app, &admin, &form, is_kept).await? {
            None => Ok(see_other("/admin/bodies?done=admin_saved")),
            Some(wrong) => form_page(&app, &admin, form, is_kept, Some(wrong)).await,
        }
    };
    admin.answer(page.await)
}

/// Keeps a body; answers what is wrong with the form.
async fn keep(
    app: &App,
    admin: &Admin,
    form: &Form,
    is_kept: bool,
) -> Result<Option<&'static str>> {
    let mut conn = app.db.get().await?;
    if !is_kept && bodies::by_code(&mut conn, &form.code).await?.is_some() {
        return Ok(Some("admin_body_taken"));
    }
    let parent = match form.parent.as_str() {
        "" => None,
        code => bodies::by_code(&mut conn, code).await?,
    };
    let checked = body_of(
        &form.code,
        &form.name,
        form.kind.clone(),
        parent.as_ref().map(|parent| parent.id),
    );
    let Ok(body) = checked else {
        return Ok(Some("admin_body_wrong"));
    };
    if parent.is_some_and(|parent| parent.code == body.code) {
        return Ok(Some("admin_body_wrong"));
    }
    conn.transaction::<_, Problem, _>(async |conn| {
        let kept = bodies::put(conn, &body).await?;
        let details = json!({ "code": kept.code });
        audit::note(conn, admin.actor(), Act::BodyPut, kept.id, details).await
    })
    .await?;
    Ok(None)
}
