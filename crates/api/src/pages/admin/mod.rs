//! The administrators' pages: bodies, people, programs, webhooks, the audit log, settings, how the
//! service is. Forms work without a script; a form of another site's is refused where the person behind
//! the cookie is looked up.

mod audit;
pub(crate) mod bodies;
pub(crate) mod clients;
pub(crate) mod forwards;
mod health;
mod sentence;
mod settings;
mod statements;
pub(crate) mod users;
mod webhooks;

use std::{collections::HashMap, ops::Deref, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, dev::Payload, error::InternalError, http::StatusCode,
    web,
};
use askama::Template;
use serde::Deserialize;

pub(crate) use super::coordinator::format::moment;
use super::visitor::Visitor;
use crate::{
    audit::Actor,
    auth::{Person, Role},
    problem::Result,
};

/// Address, title and picture of each part.
pub(crate) const SECTIONS: &[(&str, &str, &str)] = &[
    ("/admin", "admin_health", "it-chart-line"),
    ("/admin/bodies", "admin_bodies", "it-pa"),
    ("/admin/users", "admin_users", "it-user"),
    ("/admin/clients", "admin_clients", "it-code-circle"),
    ("/admin/webhooks", "admin_webhooks", "it-share"),
    ("/admin/statements", "admin_statements", "it-comment"),
    ("/admin/forwards", "admin_forwards", "it-arrow-right-circle"),
    ("/admin/audit", "admin_audit", "it-list"),
    ("/admin/settings", "admin_settings", "it-settings"),
];

/// The same of pages that administrators share with others.
pub(crate) const SHARED: &[(&str, &str, &str)] = &[
    ("/coordinator", "admin_coordination", "it-files"),
    ("/author/paths", "a_paths", "it-list"),
    ("/", "packages", "it-box"),
];

/// Whether a page at `path` belongs to this part.
pub(crate) fn is_here(path: &str, section: &str) -> bool {
    let below = path.strip_prefix(section);
    below.is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && section != "/admin"))
}

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.configure(health::configure)
        .configure(bodies::configure)
        .configure(users::configure)
        .configure(clients::configure)
        .configure(webhooks::configure)
        .configure(statements::configure)
        .configure(forwards::configure)
        .configure(audit::configure)
        .configure(settings::configure);
}

/// An administrator who looks at a page. Others are sent to sign in, or told that it is not for them.
struct Admin {
    visitor: Visitor,
    person: Person,
}

impl Deref for Admin {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

impl FromRequest for Admin {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::from_request(request, payload);
        Box::pin(async move {
            let visitor = visitor.await?;
            let refused = match visitor.person.clone() {
                Some(person) if person.role == Role::Admin => {
                    return Ok(Self { visitor, person });
                }
                Some(_) => visitor.forbidden(),
                None => visitor.to_sign_in(),
            };
            Err(InternalError::from_response("not an administrator", refused).into())
        })
    }
}

impl Admin {
    fn actor(&self) -> Actor {
        (&self.person).into()
    }

    /// The page, or what went wrong.
    fn answer(&self, page: Result<HttpResponse>) -> HttpResponse {
        page.unwrap_or_else(|problem| self.failed(&problem))
    }

    /// A page; a form that says what is wrong with it has another status.
    fn form(&self, wrong: Option<&'static str>, page: &impl Template) -> HttpResponse {
        let status = match wrong {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        };
        self.respond(status, page)
    }
}

/// What was just done, as the address of the next page says it.
#[derive(Deserialize)]
struct Done {
    done: Option<String>,
}

impl Done {
    /// The key of the words for it; others say nothing.
    fn key(&self) -> Option<&'static str> {
        let done = self.done.as_deref()?;
        DONE.iter().find(|key| **key == done).copied()
    }
}

const DONE: &[&str] = &[
    "admin_saved",
    "admin_deleted",
    "admin_replayed",
    "admin_hook_tried_good",
    "admin_hook_tried_bad",
];

/// A form's fields by name; boxes that are ticked are there.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fields(HashMap<String, String>);

impl Fields {
    /// A field's text without space around it; empty when it is not there.
    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |text| text.trim())
    }

    /// The names among these that are there.
    fn ticked<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<String> {
        names
            .filter(|name| self.0.contains_key(*name))
            .map(ToOwned::to_owned)
            .collect()
    }
}

/// A secret that is shown once.
#[derive(Template)]
#[template(path = "admin/secret.html")]
struct SecretPage<'a> {
    page: &'a Visitor,
    title: &'static str,
    text: &'static str,
    values: Vec<(&'static str, String)>,
    back: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_belongs_to_one_part() {
        for (path, expected) in [
            ("/admin", "/admin"),
            ("/admin/users", "/admin/users"),
            ("/admin/users/1", "/admin/users"),
        ] {
            let found: Vec<_> = SECTIONS
                .iter()
                .filter(|(section, ..)| is_here(path, section))
                .map(|(section, ..)| *section)
                .collect();
            assert_eq!(found, [expected], "{path}");
        }
        assert!(!is_here("/admin/usersx", "/admin/users"));
    }
}
