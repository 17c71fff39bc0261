//! The pages on which authors and administrators make paths: what a path is made of, and its webinars. Forms
//! work without a script; a form of another site's is refused where the person behind the cookie is looked up.

mod events;
mod form;
mod paths;
mod steps;

use std::{ops::Deref, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, dev::Payload, error::InternalError, http::StatusCode,
    web,
};
use askama::Template;
use serde::Deserialize;

use super::visitor::Visitor;
use crate::{
    audit::Actor,
    auth::{Person, Role},
    problem::Result,
};

pub(crate) use form::Wrong;
pub(crate) use paths::{LANGUAGES, RULES};

/// Address and title of each part.
pub(crate) const TABS: &[(&str, &str)] = &[
    ("/", "a_packages"),
    ("/author/paths", "a_paths"),
    ("/author/events", "a_events"),
];

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.configure(paths::configure)
        .configure(steps::configure)
        .configure(events::configure);
}

/// Whether a page at `path` belongs to this part.
pub(crate) fn is_here(path: &str, part: &str) -> bool {
    if part == "/" {
        return path == "/" || path.starts_with("/packages");
    }
    let below = path.strip_prefix(part);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Somebody who may make paths looks at a page. Others are sent to sign in, or told that it is not for them.
struct Author {
    visitor: Visitor,
    person: Person,
}

impl Deref for Author {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

impl FromRequest for Author {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::from_request(request, payload);
        Box::pin(async move {
            let visitor = visitor.await?;
            let refused = match visitor.person.clone() {
                Some(person) if matches!(person.role, Role::Author | Role::Admin) => {
                    return Ok(Self { visitor, person });
                }
                Some(_) => visitor.forbidden(),
                None => visitor.to_sign_in(),
            };
            Err(InternalError::from_response("not an author", refused).into())
        })
    }
}

impl Author {
    fn actor(&self) -> Actor {
        (&self.person).into()
    }

    /// The page, or what went wrong.
    fn answer(&self, page: Result<HttpResponse>) -> HttpResponse {
        page.unwrap_or_else(|problem| self.failed(&problem))
    }

    /// A page; a form that says what is wrong with it has another status.
    fn form(&self, wrong: &Wrong, page: &impl Template) -> HttpResponse {
        let status = if wrong.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
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
    "a_saved",
    "a_made",
    "a_added",
    "a_moved",
    "a_removed",
    "a_is_published",
    "a_is_archived",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_belongs_to_one_part() {
        for (path, expected) in [
            ("/", "/"),
            ("/packages/1", "/"),
            ("/author/paths/1", "/author/paths"),
            ("/author/events", "/author/events"),
        ] {
            let found: Vec<_> = TABS
                .iter()
                .filter(|(part, _)| is_here(path, part))
                .collect();
            assert_eq!(found.len(), 1, "{path}");
            assert_eq!(found[0].0, expected);
        }
    }
}
