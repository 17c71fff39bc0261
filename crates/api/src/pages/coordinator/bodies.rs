//! Which body to look at.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{
    finish,
    scope::{Asked, Scope},
};
use crate::{
    app::App,
    db::{paths::bodies::Body, reports::scope},
    pages::visitor::Visitor,
    problem::Result,
};

/// Bodies shown at a time: the search finds the others.
const SHOWN: i64 = 60;

#[derive(Template)]
#[template(path = "coordinator/bodies.html")]
struct BodiesPage<'a> {
    page: &'a Visitor,
    scope: &'a Scope,
    tab: &'static str,
    search: &'a str,
    bodies: Vec<Body>,
    more: bool,
    /// The visitor may look at everybody.
    all: bool,
}

/// What is searched for.
#[derive(Debug, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    q: String,
}

pub(super) async fn page(
    app: web::Data<App>,
    visitor: Visitor,
    asked: web::Query<Asked>,
    query: web::Query<Query>,
) -> HttpResponse {
    let page = shown(&app, &visitor, &asked, &query.q).await;
    finish(&visitor, page)
}

async fn shown(
    app: &web::Data<App>,
    visitor: &Visitor,
    asked: &Asked,
    search: &str,
) -> Result<HttpResponse> {
    let scope = Scope::of(app, visitor, asked).await?;
    let mut conn = app.db.get().await?;
    let mut bodies = scope::search(&mut conn, &scope.within, search, SHOWN + 1).await?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let more = bodies.len() > shown;
    bodies.truncate(shown);
    Ok(visitor.show(&BodiesPage {
        page: visitor,
        scope: &scope,
        tab: "c_choose_body",
        search,
        bodies,
        more,
        all: scope.within.is_none(),
    }))
}
