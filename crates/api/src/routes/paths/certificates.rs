//! Attestati: given for a completed course, checked by whoever has the code.

use actix_web::{HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{enrolments::complete_of, text};
use crate::{
    app::App,
    audit::{self, Act},
    auth::{Caller, Scope},
    certificates::{self, Issuer, Printed, Said},
    db::paths::certificates::{Certificate, find, issue, revoke as take_back},
    problem::{Problem, Result},
    wire::time,
};

/// An attestato.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificateDocument {
    /// Cannot be guessed; who has it may see the certificate.
    pub(crate) code: String,
    /// As it was on the day of issue.
    #[serde(flatten)]
    pub(crate) said: Said,
    /// The person's data were erased since: `name` is empty, the file and the badge are gone.
    pub(crate) erased: bool,
    pub(crate) issued_at: String,
    /// When it was taken back; null while good.
    pub(crate) revoked_at: Option<String>,
    pub(crate) revoked_reason: Option<String>,
    /// The page where it is checked.
    pub(crate) verify_url: String,
    /// The PDF.
    pub(crate) file_url: String,
    /// The same as an Open Badge 3.0: a signed credential (VC-JWT).
    pub(crate) badge_url: String,
    /// The badge as an SVG with the credential in it.
    pub(crate) badge_image_url: String,
    #[serde(skip)]
    issued: DateTime<Utc>,
}

impl CertificateDocument {
    /// The day of issue in Italy, for people.
    pub(crate) fn issued_on(&self) -> String {
        let day = self.issued.with_timezone(&chrono_tz::Europe::Rome);
        day.format("%d/%m/%Y").to_string()
    }

    fn new(app: &App, certificate: Certificate) -> Result<Self> {
        let said: Said = serde_json::from_value(certificate.said).map_err(Problem::internal)?;
        let code = certificate.code;
        Ok(Self {
            erased: said.is_erased(),
            said,
            issued: certificate.issued_at,
            issued_at: time(certificate.issued_at),
            revoked_at: certificate.revoked_at.map(time),
            revoked_reason: certificate.revoked_reason,
            verify_url: verify_url(app, &code),
            file_url: format!("/api/v1/certificates/{code}/file"),
            badge_url: format!("/api/v1/certificates/{code}/badge"),
            badge_image_url: format!("/api/v1/certificates/{code}/badge.svg"),
            code,
        })
    }
}

fn verify_url(app: &App, code: &str) -> String {
    format!("{}/verifica/{code}", app.config.server.public_url)
}

/// The attestato of an enrolment: issued when the course is complete and it is asked for first.
#[utoipa::path(
    post, path = "/api/v1/enrolments/{id}/certificate", tag = "paths", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = CertificateDocument),
        (status = 404, description = "No such enrolment"),
        (status = 409, description = "The course is not complete yet: says what is missing"),
    ),
)]
pub(super) async fn of_enrolment(
    app: web::Data<App>,
    caller: Caller,
    request: actix_web::HttpRequest,
    id: web::Path<String>,
) -> Result<web::Json<CertificateDocument>> {
    let mut conn = app.db.get().await?;
    let language = crate::routes::registrations::language_of(&request);
    let issuer = Issuer::of(&app.config.issuer);
    let complete = complete_of(&mut conn, &caller, &id, issuer, language).await?;
    let said = serde_json::to_value(&complete.said).map_err(Problem::internal)?;
    let code = certificates::new_code();
    let certificate = issue(&mut conn, complete.enrolment_id, &code, &said).await?;
    Ok(web::Json(CertificateDocument::new(&app, certificate)?))
}

/// Check an attestato by its code. No sign-in: whoever has the code was given it.
#[utoipa::path(
    get, path = "/api/v1/certificates/{code}", tag = "paths", params(("code" = String, Path)),
    responses((status = 200, body = CertificateDocument), (status = 404, description = "No such certificate")),
)]
pub(super) async fn get(
    app: web::Data<App>,
    code: web::Path<String>,
) -> Result<web::Json<CertificateDocument>> {
    Ok(web::Json(document(&app, &code).await?))
}

/// The attestato as a PDF (PDF/UA-1, one page A4).
#[utoipa::path(
    get, path = "/api/v1/certificates/{code}/file", tag = "paths", params(("code" = String, Path)),
    responses(
        (status = 200, description = "application/pdf"),
        (status = 404, description = "No such certificate"),
        (status = 409, description = "It was taken back, or its person's data were erased"),
    ),
)]
pub(super) async fn file(app: web::Data<App>, code: web::Path<String>) -> Result<HttpResponse> {
    let certificate = known(&app, &code).await?;
    if certificate.revoked_at.is_some() {
        return Err(Problem::Conflict("this certificate was taken back".into()));
    }
    let said: Said = serde_json::from_value(certificate.said).map_err(Problem::internal)?;
    if said.is_erased() {
        let why =
            "the data of this certificate's person were erased; what it proves is on its page";
        return Err(Problem::Conflict(why.into()));
    }
    let printed = Printed {
        said,
        verify_url: verify_url(&app, &certificate.code),
        code: certificate.code,
        issued_at: certificate.issued_at,
        logo: app.config.issuer.logo.clone(),
    };
    let name = format!("attachment; filename=\"attestato-{}.pdf\"", printed.code);
    let drawn = web::block(move || certificates::page(&printed)).await;
    let pdf = drawn
        .map_err(Problem::internal)?
        .map_err(Problem::Internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(pdf))
}

/// Why an attestato is taken back.
#[derive(Deserialize, ToSchema)]
pub(super) struct RevokeBody {
    /// In words.
    reason: String,
}

/// Take an attestato back. Its page says so from now on.
#[utoipa::path(
    post, path = "/api/v1/certificates/{code}/revoke", tag = "paths", params(("code" = String, Path)),
    request_body = RevokeBody,
    responses((status = 200, body = CertificateDocument), (status = 404, description = "No such certificate")),
)]
pub(super) async fn revoke(
    app: web::Data<App>,
    caller: Caller,
    code: web::Path<String>,
    body: crate::wire::body::Body,
) -> Result<web::Json<CertificateDocument>> {
    caller.require(Scope::Admin)?;
    let body: RevokeBody = crate::wire::body::read(body)?;
    let reason = text("reason", &body.reason)?;
    let mut conn = app.db.get().await?;
    let taken = conn
        .transaction::<_, Problem, _>(async |conn| {
            let taken = take_back(conn, &code, &reason).await?;
            let taken = taken.ok_or_else(|| no_certificate(&code))?;
            audit::note(
                conn,
                &caller,
                Act::CertificateRevoked,
                &taken.code,
                json!({}),
            )
            .await?;
            Ok(taken)
        })
        .await?;
    Ok(web::Json(CertificateDocument::new(&app, taken)?))
}

/// The certificate with this code, as the API and its page say it.
pub(crate) async fn document(app: &App, code: &str) -> Result<CertificateDocument> {
    CertificateDocument::new(app, known(app, code).await?)
}

async fn known(app: &App, code: &str) -> Result<Certificate> {
    let found = find(&mut *app.db.get().await?, &code.to_uppercase()).await?;
    found.ok_or_else(|| no_certificate(code))
}

fn no_certificate(code: &str) -> Problem {
    Problem::NotFound(format!(
        "there is no certificate with the code {code}; check each letter"
    ))
}
