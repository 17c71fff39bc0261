//! API clients: what they may do, and their secrets, shown once.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::{Admin, Done, Fields, SecretPage, moment};
use crate::{
    app::App,
    auth::clients::{OVERLAP_HOURS, Wanted, changed, known, made, revoked, rotated},
    db::clients::{self, ApiClient},
    pages::visitor::{Visitor, see_other},
    problem::Problem,
    routes::address::at,
};

/// Each scope with the key of its words.
pub(crate) const SCOPES: &[(&str, &str)] = &[
    ("packages:write", "scope_packages_write"),
    ("packages:read", "scope_packages_read"),
    ("registrations:write", "scope_registrations_write"),
    ("registrations:read", "scope_registrations_read"),
    ("reports:read", "scope_reports_read"),
    ("xapi:write", "scope_xapi_write"),
    ("xapi:read", "scope_xapi_read"),
    ("xapi:read/mine", "scope_xapi_read_mine"),
    ("statements/write", "scope_statements_write"),
    ("statements/read", "scope_statements_read"),
    ("statements/read/mine", "scope_statements_read_mine"),
    ("state", "scope_state"),
    ("define", "scope_define"),
    ("profile", "scope_profile"),
    ("all/read", "scope_all_read"),
    ("all", "scope_all"),
    ("webhooks:write", "scope_webhooks_write"),
    ("admin", "scope_admin"),
];

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/admin/clients").get(list).post(create))
        .service(at("/admin/clients/new").get(new))
        .service(at("/admin/clients/{id}").get(one).post(change))
        .route("/admin/clients/{id}/rotate", web::post().to(rotate))
        .route("/admin/clients/{id}/revoke", web::post().to(revoke));
}

#[derive(Template)]
#[template(path = "admin/clients.html")]
struct ClientsPage<'a> {
    page: &'a Visitor,
    done: Option<&'static str>,
    clients: Vec<ApiClient>,
}

async fn list(app: web::Data<App>, admin: Admin, done: web::Query<Done>) -> HttpResponse {
    let page = async {
        let clients = clients::all(&mut *app.db.get().await?).await?;
        Ok(admin.show(&ClientsPage {
            page: &admin,
            done: done.key(),
            clients,
        }))
    };
    admin.answer(page.await)
}

#[derive(Default)]
struct Form {
    id: String,
    name: String,
    scopes: Vec<String>,
}

impl Form {
    fn of(fields: &Fields) -> Self {
        Self {
            id: fields.text("id").to_owned(),
            name: fields.text("name").to_owned(),
            scopes: fields.ticked(SCOPES.iter().map(|(scope, _)| *scope)),
        }
    }

    fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            name: self.name.clone(),
            scopes: self.scopes.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/client.html")]
struct ClientPage<'a> {
    page: &'a Visitor,
    done: Option<&'static str>,
    wrong: Option<&'static str>,
    form: Form,
    kept: Option<ApiClient>,
    /// Until when the secret before is good.
    overlap: Option<String>,
}

fn form_page(
    admin: &Admin,
    form: Form,
    kept: Option<ApiClient>,
    (done, wrong): (Option<&'static str>, Option<&'static str>),
) -> HttpResponse {
    let overlap = kept.as_ref().and_then(|kept| {
        kept.previous_hash()?;
        kept.previous_until.map(moment)
    });
    let page = ClientPage {
        page: admin,
        done,
        wrong,
        form,
        kept,
        overlap,
    };
    admin.form(wrong.is_some(), &page)
}

async fn new(admin: Admin) -> HttpResponse {
    form_page(&admin, Form::default(), None, (None, None))
}

async fn one(
    app: web::Data<App>,
    admin: Admin,
    id: web::Path<String>,
    done: web::Query<Done>,
) -> HttpResponse {
    let page = async {
        let found = clients::find(&mut *app.db.get().await?, &id).await?;
        let Some(kept) = found else {
            return Ok(admin.not_found());
        };
        let form = Form {
            id: kept.id.clone(),
            name: kept.name.clone(),
            scopes: kept.scopes.clone(),
        };
        Ok(form_page(&admin, form, Some(kept), (done.key(), None)))
    };
    admin.answer(page.await)
}

async fn create(app: web::Data<App>, admin: Admin, fields: web::Form<Fields>) -> HttpResponse {
    let form = Form::of(&fields);
    match made(&app, admin.actor(), &form.id, &form.wanted()).await {
        Ok(secret) => secret_page(&admin, &form.id, secret),
        Err(Problem::Validation { .. }) => {
            form_page(&admin, form, None, (None, Some("admin_client_wrong")))
        }
        Err(problem) => admin.failed(&problem),
    }
}

fn secret_page(admin: &Admin, id: &str, secret: String) -> HttpResponse {
    admin.show(&SecretPage {
        page: admin,
        title: "admin_client_made",
        text: "admin_secret_show",
        values: vec![("admin_client_id", id.to_owned()), ("admin_secret", secret)],
        back: address(id),
    })
}

fn address(id: &str) -> String {
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("/admin/clients/{}", id.replace('+', "%20"))
}

async fn change(
    app: web::Data<App>,
    admin: Admin,
    id: web::Path<String>,
    fields: web::Form<Fields>,
) -> HttpResponse {
    let form = Form::of(&fields);
    let page = async {
        match changed(&app, admin.actor(), &id, &form.wanted()).await {
            Ok(()) => Ok(see_other(&format!("{}?done=admin_saved", address(&id)))),
            Err(Problem::Validation { .. }) => {
                let kept = known(&app, &id).await?;
                let wrong = Some("admin_client_wrong");
                Ok(form_page(&admin, form, Some(kept), (None, wrong)))
            }
            Err(problem) => Err(problem),
        }
    };
    admin.answer(page.await)
}

async fn rotate(
    app: web::Data<App>,
    admin: Admin,
    id: web::Path<String>,
    fields: web::Form<Fields>,
) -> HttpResponse {
    let hours = fields.text("hours").parse().unwrap_or(OVERLAP_HOURS);
    let secret = rotated(&app, admin.actor(), &id, hours.clamp(0, 720)).await;
    admin.answer(secret.map(|secret| secret_page(&admin, &id, secret)))
}

async fn revoke(app: web::Data<App>, admin: Admin, id: web::Path<String>) -> HttpResponse {
    let done = revoked(&app, admin.actor(), &id).await;
    admin.answer(done.map(|()| see_other(&format!("{}?done=admin_saved", address(&id)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth;

    #[test]
    fn every_scope_can_be_ticked() {
        let known: Vec<_> = auth::Scope::all().map(auth::Scope::name).collect();
        let offered: Vec<_> = SCOPES.iter().map(|(scope, _)| *scope).collect();
        assert_eq!(offered, known);
    }
}
