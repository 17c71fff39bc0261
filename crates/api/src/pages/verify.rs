//! The public page where an attestato is checked.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::visitor::Visitor;
use crate::{
    app::App,
    certificates::hours,
    routes::{
        address::at,
        paths::certificates::{self, CertificateDocument},
    },
};

/// The route, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/verifica/{code}").get(verify));
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage<'a> {
    page: &'a Visitor,
    certificate: CertificateDocument,
    hours: String,
    completed_on: String,
    issued_on: String,
}

async fn verify(app: web::Data<App>, visitor: Visitor, code: web::Path<String>) -> HttpResponse {
    match certificates::document(&app, &code).await {
        Ok(certificate) => visitor.show(&VerifyPage {
            page: &visitor,
            hours: hours(certificate.said.minutes),
            issued_on: certificate.issued_on(),
            completed_on: certificate.said.completed_on.format("%d/%m/%Y").to_string(),
            certificate,
        }),
        Err(problem) => visitor.failed(&problem),
    }
}
