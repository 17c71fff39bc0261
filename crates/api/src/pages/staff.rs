//! What pages for people with certain roles have in common: who may look at them, how their forms are read and
//! answered, and what they say was just done.

use std::{collections::HashMap, marker::PhantomData, ops::Deref, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, dev::Payload, error::InternalError, http::StatusCode,
};
use askama::Template;
use serde::Deserialize;

use super::visitor::Visitor;
use crate::{
    audit::Actor,
    auth::{Person, Role},
    problem::Result,
};

/// Pages that belong together.
pub(super) trait Part {
    /// Whose they are.
    const ROLES: &'static [Role];
    /// Keys of the words for what may just have been done.
    const DONE: &'static [&'static str];
}

/// Somebody whose pages these are looks at one. Others are sent to sign in, or told that it is not for them.
pub(super) struct Staff<P> {
    visitor: Visitor,
    pub(super) person: Person,
    part: PhantomData<P>,
}

impl<P> Deref for Staff<P> {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

impl<P: Part + 'static> FromRequest for Staff<P> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::from_request(request, payload);
        Box::pin(async move {
            let visitor = visitor.await?;
            let refused = match visitor.person.clone() {
                Some(person) if P::ROLES.contains(&person.role) => {
                    return Ok(Self {
                        visitor,
                        person,
                        part: PhantomData,
                    });
                }
                Some(_) => visitor.forbidden(),
                None => visitor.to_sign_in(),
            };
            Err(InternalError::from_response("the page is for other roles", refused).into())
        })
    }
}

impl<P> Staff<P> {
    pub(super) fn actor(&self) -> Actor {
        (&self.person).into()
    }

    /// The page, or what went wrong.
    pub(super) fn answer(&self, page: Result<HttpResponse>) -> HttpResponse {
        page.unwrap_or_else(|problem| self.failed(&problem))
    }

    /// A page with a form; one that says what is wrong with it has another status.
    pub(super) fn form(&self, is_wrong: bool, page: &impl Template) -> HttpResponse {
        let status = match is_wrong {
            true => StatusCode::UNPROCESSABLE_ENTITY,
            false => StatusCode::OK,
        };
        self.respond(status, page)
    }
}

/// What was just done, as the address of the next page says it.
#[derive(Deserialize)]
#[serde(bound = "")]
pub(super) struct Done<P> {
    done: Option<String>,
    #[serde(skip)]
    part: PhantomData<P>,
}

impl<P: Part> Done<P> {
    /// As a page's own query has it.
    pub(super) fn of(done: Option<String>) -> Self {
        Self {
            done,
            part: PhantomData,
        }
    }

    /// The key of the words for it; others say nothing.
    pub(super) fn key(&self) -> Option<&'static str> {
        let done = self.done.as_deref()?;
        P::DONE.iter().find(|key| **key == done).copied()
    }
}

/// A form's fields by name; boxes that are ticked are there.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fields(HashMap<String, String>);

impl Fields {
    /// A field's text without space around it; empty when it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |text| text.trim())
    }

    /// A box is ticked.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names among these that are there.
    pub(super) fn ticked<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<String> {
        names
            .filter(|name| self.has(name))
            .map(ToOwned::to_owned)
            .collect()
    }
}
