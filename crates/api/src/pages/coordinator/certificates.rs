//! The attestati of a body's people.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{
    finish,
    format::day_of,
    scope::{Asked, Scope},
};
use crate::{
    app::App,
    db::reports::people::{self, Attestato},
    pages::visitor::Visitor,
    problem::Result,
};

/// Attestati on a page.
const PAGE: i64 = 50;

/// Where the page goes on.
#[derive(Debug, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    before: String,
}

struct Line {
    link: String,
    issued_on: String,
    revoked_on: Option<String>,
    of: Attestato,
}

#[derive(Template)]
#[template(path = "coordinator/certificates.html")]
struct CertificatesPage<'a> {
    page: &'a Visitor,
    scope: &'a Scope,
    tab: &'static str,
    lines: Vec<Line>,
    next: Option<String>,
}

pub(super) async fn page(
    app: web::Data<App>,
    visitor: Visitor,
    asked: web::Query<Asked>,
    query: web::Query<Query>,
) -> HttpResponse {
    let page = shown(&app, &visitor, &asked, &query.before).await;
    finish(&visitor, page)
}

async fn shown(
    app: &web::Data<App>,
    visitor: &Visitor,
    asked: &Asked,
    before: &str,
) -> Result<HttpResponse> {
    let scope = Scope::of(app, visitor, asked).await?;
    let before = Some(before).filter(|code| !code.is_empty());
    let mut conn = app.db.get().await?;
    let mut found = people::certificates(&mut conn, &scope.bodies, before, PAGE + 1).await?;
    let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    let last = found.last().filter(|_| more).map(|one| one.code.clone());
    let line = |of: Attestato| Line {
        link: scope.link(&format!("/people/{}", of.learner_id)),
        issued_on: day_of(of.issued_at),
        revoked_on: of.revoked_at.map(day_of),
        of,
    };
    Ok(visitor.show(&CertificatesPage {
        page: visitor,
        tab: "c_certificates",
        lines: found.into_iter().map(line).collect(),
        next: last.map(|code| scope.link_with("/certificates", &[("before", &code)])),
        scope: &scope,
    }))
}
