//! A learner's attestati: to download, to have checked, and to be issued for a path that is complete.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use uuid::Uuid;

use crate::{
    app::App,
    audit::{self, Act},
    auth::{Person, web as sign_in},
    db::{
        paths::enrolments,
        reports::people::{self, OwnPath},
    },
    pages::{
        coordinator::{format::day_of, issue_of},
        visitor::{Visitor, see_other},
    },
    problem::{Problem, Result},
};

struct Line {
    id: Uuid,
    title: String,
    issued: Option<(String, String)>,
    revoked: Option<String>,
    /// Complete, and not issued yet.
    may_issue: bool,
}

#[derive(Template)]
#[template(path = "learner/certificates.html")]
struct CertificatesPage<'a> {
    page: &'a Visitor,
    lines: Vec<Line>,
}

pub(super) async fn page(app: web::Data<App>, visitor: Visitor) -> HttpResponse {
    let Some(person) = &visitor.person else {
        return visitor.to_sign_in();
    };
    let shown = async {
        let mut conn = app.db.get().await?;
        let paths = people::own_paths(&mut conn, &person.id.to_string()).await?;
        Ok(visitor.show(&CertificatesPage {
            page: &visitor,
            lines: paths.into_iter().map(Line::from).collect(),
        }))
    };
    shown
        .await
        .unwrap_or_else(|problem| visitor.failed(&problem))
}

impl From<OwnPath> for Line {
    fn from(path: OwnPath) -> Self {
        Self {
            id: path.enrolment_id,
            title: path.course_title,
            may_issue: path.code.is_none() && path.is_complete,
            revoked: path.revoked_at.map(day_of),
            issued: path.code.zip(path.issued_at.map(day_of)),
        }
    }
}

pub(super) async fn issue(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    enrolment: web::Path<Uuid>,
) -> HttpResponse {
    if sign_in::same_origin(&app, &request).is_err() {
        return visitor.forbidden();
    }
    let Some(person) = &visitor.person else {
        return visitor.to_sign_in();
    };
    match issued(&app, person, *enrolment).await {
        Ok(()) => see_other("/attestati"),
        Err(problem) => visitor.failed(&problem),
    }
}

async fn issued(app: &App, person: &Person, id: Uuid) -> Result<()> {
    let mut conn = app.db.get().await?;
    let found = enrolments::find(&mut conn, id).await?;
    let own = found.filter(|found| found.learner_key == person.id.to_string());
    let own = own.ok_or_else(|| Problem::NotFound(format!("there is no enrolment {id}")))?;
    issue_of(app, &mut conn, own).await?;
    audit::note(
        &mut conn,
        person,
        Act::CertificateIssued,
        id,
        serde_json::json!({}),
    )
    .await
}
