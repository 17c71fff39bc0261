//! Open Badges of attestati, and the documents they refer to. None needs a sign-in: whoever checks a badge is
//! nobody we know.

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, http::header, web};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{courses, id_of};
use crate::{
    app::App,
    badges::{self, Course},
    certificates::hours,
    db::paths::{badges as store, courses::Course as Stored},
    problem::{Problem, Result},
};

/// A JSON-LD document, as Open Badges asks for them.
const LD: &str = "application/ld+json";

/// An answer that scripts of other sites may read.
fn open() -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    answer
}

/// An attestato as an Open Badge 3.0: the signed credential (VC-JWT, RS256), the same each time. With
/// `Accept: application/json` what it says, without the signature.
#[utoipa::path(
    get, path = "/api/v1/certificates/{code}/badge", tag = "paths", params(("code" = String, Path)),
    responses(
        (status = 200, description = "The credential, a compact JWS", body = String, content_type = "text/plain"),
        (status = 404, description = "No such certificate"),
        (status = 409, description = "It was taken back, or its person's data were erased"),
    ),
)]
pub(super) async fn of_certificate(
    app: web::Data<App>,
    request: HttpRequest,
    code: web::Path<String>,
) -> Result<HttpResponse> {
    let code = code.to_uppercase();
    let jws = badges::of_certificate(&app, &code).await?;
    let accept = request.headers().get(header::ACCEPT);
    let wants_json = accept.is_some_and(|accept| accept.as_bytes().starts_with(b"application/"));
    if wants_json {
        return Ok(open().content_type(LD).body(said(&jws)?.to_string()));
    }
    let name = format!("attachment; filename=\"open-badge-{code}.jwt\"");
    Ok(open()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(jws))
}

/// What a compact JWS says.
fn said(jws: &str) -> Result<Value> {
    let payload = jws.split('.').nth(1).unwrap_or_default();
    let payload = URL_SAFE_NO_PAD.decode(payload);
    let payload = payload.map_err(Problem::internal)?;
    serde_json::from_slice(&payload).map_err(Problem::internal)
}

/// The badge as a picture with the signed credential in it ("baked" SVG): for wallets and for people.
#[utoipa::path(
    get, path = "/api/v1/certificates/{code}/badge.svg", tag = "paths", params(("code" = String, Path)),
    responses(
        (status = 200, description = "image/svg+xml"),
        (status = 404, description = "No such certificate"),
        (status = 409, description = "It was taken back, or its person's data were erased"),
    ),
)]
pub(super) async fn picture(app: web::Data<App>, code: web::Path<String>) -> Result<HttpResponse> {
    let code = code.to_uppercase();
    let jws = badges::of_certificate(&app, &code).await?;
    let certificate = super::certificates::document(&app, &code).await?;
    let issuer = certificate.said.issuer.as_ref();
    let issuer = issuer.map(|issuer| issuer.name.as_str());
    let plain = badges::achievement(
        &certificate.said.course,
        issuer,
        &hours(certificate.said.minutes),
    );
    let name = format!("attachment; filename=\"open-badge-{code}.svg\"");
    Ok(open()
        .content_type("image/svg+xml")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(badges::baked(&plain, &jws)))
}

/// Who issues badges: an Open Badges `Profile`.
#[utoipa::path(
    get, path = "/api/v1/badges/issuer", tag = "paths",
    responses((status = 200, description = "The profile", body = Value, content_type = "application/ld+json")),
)]
pub(super) async fn issuer(app: web::Data<App>) -> HttpResponse {
    let document = badges::documents(&app).issuer();
    open().content_type(LD).body(document.to_string())
}

/// The issuer's logo.
#[utoipa::path(
    get, path = "/api/v1/badges/issuer/logo", tag = "paths",
    responses((status = 200, description = "image/png"), (status = 404, description = "The settings give none")),
)]
pub(super) async fn logo(app: web::Data<App>) -> Result<HttpResponse> {
    let logo = app.config.issuer.logo.as_deref();
    let logo = logo.ok_or_else(|| {
        Problem::NotFound("the issuer has no logo; PERCORSO_ISSUER_LOGO gives one".into())
    })?;
    Ok(open().content_type("image/png").body(logo.to_vec()))
}

/// Every key that ever signed a badge (JWK Set).
#[utoipa::path(
    get, path = "/api/v1/badges/keys", tag = "paths",
    responses((status = 200, description = "The keys", body = Value, content_type = "application/jwk-set+json")),
)]
pub(super) async fn keys(app: web::Data<App>) -> Result<HttpResponse> {
    let mut conn = app.db.get().await?;
    badges::signing_key(&mut conn).await?;
    let keys = store::public_keys(&mut conn).await?;
    let app = app.config.server.public_url.as_str();
    let keys: Vec<Value> = keys.iter().map(|key| key.jwk(app)).collect();
    Ok(open()
        .content_type("application/jwk-set+json")
        .body(json!({ "keys": keys }).to_string()))
}

/// A key by the last part of the `kid` of what it signed (JWK).
#[utoipa::path(
    get, path = "/api/v1/badges/keys/{id}", tag = "paths", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The key", body = Value, content_type = "application/jwk+json"),
        (status = 404, description = "No such key"),
    ),
)]
pub(super) async fn key(app: web::Data<App>, id: web::Path<String>) -> Result<HttpResponse> {
    let found = badges::public_key(&mut *app.db.get().await?, id_of("key", &id)?).await?;
    let found = found.ok_or_else(|| Problem::NotFound(format!("there is no key {id}")))?;
    let jwk = found.jwk(&app.config.server.public_url);
    Ok(open()
        .content_type("application/jwk+json")
        .body(jwk.to_string()))
}

async fn course(app: &App, id: &str) -> Result<Course> {
    let mut conn = app.db.get().await?;
    let stored: Stored = courses::known(&mut conn, id).await?;
    let parts = store::parts(&mut conn, stored.id).await?;
    Ok(Course {
        id: stored.id,
        code: stored.code,
        title: stored.title,
        description: stored.description,
        language: stored.language,
        parts,
    })
}

/// A course as an Open Badges `Achievement`: what it is and what it asks for.
#[utoipa::path(
    get, path = "/api/v1/badges/achievements/{id}", tag = "paths", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The achievement", body = Value, content_type = "application/ld+json"),
        (status = 404, description = "No such course"),
    ),
)]
pub(super) async fn achievement(
    app: web::Data<App>,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    let course = course(&app, &id).await?;
    let document = badges::documents(&app).course(&course);
    Ok(open().content_type(LD).body(document.to_string()))
}

/// The picture of a course's badge, with no credential in it.
#[utoipa::path(
    get, path = "/api/v1/badges/achievements/{id}/image", tag = "paths", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "image/svg+xml"), (status = 404, description = "No such course")),
)]
pub(super) async fn image(app: web::Data<App>, id: web::Path<String>) -> Result<HttpResponse> {
    let course = course(&app, &id).await?;
    let minutes = course.parts.iter().filter_map(|part| part.minutes);
    let minutes: i64 = minutes.map(i64::from).sum();
    let issuer = app.config.issuer.name.as_deref();
    let picture = badges::achievement(&course.title, issuer, &hours(minutes));
    Ok(open().content_type("image/svg+xml").body(picture))
}

/// A status list: which badges of it were taken back (Bitstring Status List, a signed credential).
#[utoipa::path(
    get, path = "/api/v1/badges/status/{list}", tag = "paths", params(("list" = i32, Path)),
    responses(
        (status = 200, description = "The list, a compact JWS", body = String, content_type = "application/vc+jwt"),
        (status = 404, description = "No such list"),
    ),
)]
pub(super) async fn status(app: web::Data<App>, list: web::Path<String>) -> Result<HttpResponse> {
    let missing = |_| Problem::NotFound(format!("there is no status list {list}"));
    let number = list.parse::<i32>().map_err(missing)?;
    let jws = badges::status_list(&app, number).await?;
    Ok(open()
        .content_type("application/vc+jwt")
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .body(jws))
}
