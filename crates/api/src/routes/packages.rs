//! `/api/v1/packages`: content packages in, listed, handed back, archived.

use actix_multipart::{Field, Multipart};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use diesel_async::AsyncConnection as _;
use futures_util::TryStreamExt;
use percorso_package::Finding;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::address::at;
use super::package_versions;
use crate::{
    app::App,
    audit::{self, Act, Actor},
    auth::{Caller, Scope},
    content::{self, Entry, Method},
    db::{
        self,
        packages::{Belongs, PackageVersion},
    },
    import::{
        ImportError, Importer,
        staging::{Staged, Stager},
    },
    problem::{Problem, Result},
    wire::package::PackageDocument,
};

/// Packages on a page of the list, unless asked otherwise.
const PAGE: i64 = 50;
/// Packages on a page of the list, at most.
const LARGEST_PAGE: i64 = 200;
/// A `package_id` field is a UUID; nothing longer is read.
const ID_FIELD_BYTES: usize = 64;

/// This file's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(upload, lint, list, get, versions, file, archive))]
pub(crate) struct Api;

/// Adds the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::scope("/api/v1/packages")
            .service(at("").post(upload).get(list))
            .service(at("/lint").post(lint))
            .service(at("/{id}").get(get).delete(archive))
            .service(at("/{id}/versions").get(versions))
            .service(at("/{id}/changes").get(package_versions::compare))
            .service(at("/{id}/current").put(package_versions::make_current))
            .configure(super::package_migrations::configure)
            .service(at("/{id}/preview").post(super::preview::preview))
            .service(at("/{id}/file").get(file)),
    );
}

/// The fields of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "says the form's shape in the API's description")]
struct UploadForm {
    /// The package: a zip.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// The package this is a new version of.
    package_id: Option<Uuid>,
}

/// Upload a package, or a new version of one.
#[utoipa::path(
    post, path = "/api/v1/packages", tag = "packages",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = PackageDocument, description = "Published; the same file again is the same package again"),
        (status = 404, description = "No package with this `package_id` on offer"),
        (status = 413, description = "Larger than this server takes"),
        (status = 422, description = "It cannot be delivered; `findings` says all that is wrong"),
    ),
)]
async fn upload(app: web::Data<App>, caller: Caller, form: Multipart) -> Result<HttpResponse> {
    caller.require(Scope::PackagesWrite)?;
    let importer = Importer::of(&app);
    let upload = receive(&importer, form).await?;
    let belongs = upload.package_id.map_or(Belongs::ByContent, Belongs::To);
    let version = importer
        .import(upload.file, belongs)
        .await
        .map_err(problem)?;
    note_upload(&app, (&caller).into(), &version).await?;
    Ok(HttpResponse::Created()
        .insert_header((
            header::LOCATION,
            format!("/api/v1/packages/{}", version.package_id),
        ))
        .json(PackageDocument::from(version)))
}

/// What linting found.
#[derive(Serialize, ToSchema)]
struct LintReport {
    /// Everything found; a finding without a `file` is about the archive as a whole.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<Finding>,
}

/// Say what is wrong with a package, and how to mend it; nothing is stored.
#[utoipa::path(
    post, path = "/api/v1/packages/lint", tag = "packages",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 200, body = LintReport)),
)]
async fn lint(
    app: web::Data<App>,
    caller: Caller,
    form: Multipart,
) -> Result<web::Json<LintReport>> {
    caller.require(Scope::PackagesWrite)?;
    let importer = Importer::of(&app);
    let upload = receive(&importer, form).await?;
    let findings = importer.lint(upload.file).await.map_err(problem)?;
    Ok(web::Json(LintReport { findings }))
}

/// Which page of the list.
#[derive(Deserialize, IntoParams)]
struct Page {
    /// How many, 1 to 200; 50 when unsaid.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of packages.
#[derive(Serialize, ToSchema)]
struct PackageList {
    /// Newest first.
    items: Vec<PackageDocument>,
    /// Asks for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Packages on offer, newest first.
#[utoipa::path(
    get, path = "/api/v1/packages", tag = "packages", params(Page),
    responses((status = 200, body = PackageList)),
)]
async fn list(
    app: web::Data<App>,
    caller: Caller,
    page: web::Query<Page>,
) -> Result<web::Json<PackageList>> {
    caller.require(Scope::PackagesRead)?;
    let limit = page.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let after = page.cursor.as_deref().map(read_cursor).transpose()?;
    let mut conn = app.db.get().await?;
    let mut found = db::packages::list(&mut conn, after, limit + 1).await?;
    let more = found.len() > usize::try_from(limit).expect("between 1 and 200");
    if more {
        found.pop();
    }
    let next_cursor = found
        .last()
        .filter(|_| more)
        .map(|last| cursor(last.package_id));
    Ok(web::Json(PackageList {
        items: documents(found),
        next_cursor,
    }))
}

/// A package in its current version.
#[utoipa::path(
    get, path = "/api/v1/packages/{id}", tag = "packages", params(("id" = Uuid, Path)),
    responses((status = 200, body = PackageDocument), (status = 404, description = "No such package")),
)]
async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<PackageDocument>> {
    caller.require(Scope::PackagesRead)?;
    Ok(web::Json(current(&app, &id).await?.into()))
}

/// Every version of a package, newest first.
#[utoipa::path(
    get, path = "/api/v1/packages/{id}/versions", tag = "packages", params(("id" = Uuid, Path)),
    responses((status = 200, body = PackageList), (status = 404, description = "No such package")),
)]
async fn versions(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<PackageList>> {
    caller.require(Scope::PackagesRead)?;
    let id = package_id(&id)?;
    let found = db::packages::versions(&mut *app.db.get().await?, id).await?;
    if found.is_empty() {
        return Err(no_package(id));
    }
    Ok(web::Json(PackageList {
        items: documents(found),
        next_cursor: None,
    }))
}

/// The archive of a package's current version; a bare cmi5.xml as such.
#[utoipa::path(
    get, path = "/api/v1/packages/{id}/file", tag = "packages", params(("id" = Uuid, Path)),
    responses(
        (status = 200, content_type = "application/zip", description = "The zip, audio and video in it stored"),
        (status = 404, description = "No such package"),
    ),
)]
async fn file(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    caller.require(Scope::PackagesRead)?;
    let version = current(&app, &id).await?;
    let is_bare = db::packages::is_bare(&mut *app.db.get().await?, version.id).await?;
    let size_bytes = app.blobs.length(&version.blob_key).await?;
    let archive = whole_archive(&version, is_bare, size_bytes);
    let mut response = content::respond(&request, &*app.blobs, &version.blob_key, &archive).await?;
    let extension = if is_bare { "xml" } else { "zip" };
    let name = format!(
        "attachment; filename=\"{}-{}.{extension}\"",
        version.package_id, version.version
    );
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&name).expect("ids and numbers are plain ASCII"),
    );
    Ok(response)
}

/// Archive a package: no new registrations; those there are, and their progress, stay.
#[utoipa::path(
    delete, path = "/api/v1/packages/{id}", tag = "packages", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Archived"), (status = 404, description = "No such package")),
)]
async fn archive(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    caller.require(Scope::PackagesWrite)?;
    let id = package_id(&id)?;
    match archived(&app, (&caller).into(), id).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(no_package(id)),
    }
}

/// Archives a package; answers whether there is one.
pub(crate) async fn archived(app: &App, actor: Actor, id: Uuid) -> Result<bool> {
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        let archived = db::packages::archive(conn, id).await?;
        if archived {
            audit::note(conn, actor, Act::PackageArchived, id, json!({})).await?;
        }
        Ok(archived)
    })
    .await
}

/// Notes who uploaded what.
pub(crate) async fn note_upload(app: &App, actor: Actor, version: &PackageVersion) -> Result<()> {
    let mut conn = app.db.get().await?;
    let details = json!({ "version": version.version });
    audit::note(
        &mut conn,
        actor,
        Act::PackageUploaded,
        version.package_id,
        details,
    )
    .await
}

/// What a form brought.
pub(crate) struct Upload {
    /// The file.
    pub(crate) file: Staged,
    /// The package it is a new version of.
    pub(crate) package_id: Option<Uuid>,
}

/// Reads the form as it comes: the file goes to disk, nothing is held.
pub(crate) async fn receive(importer: &Importer, mut form: Multipart) -> Result<Upload> {
    let (mut file, mut package_id) = (None, None);
    while let Some(field) = form.try_next().await.map_err(bad_form)? {
        match field.name() {
            Some("file") => file = Some(receive_file(importer, field).await?),
            Some("package_id") => package_id = receive_id(field).await?,
            _ => drain(field).await?,
        }
    }
    let file = file.ok_or_else(|| {
        Problem::BadRequest("the form has no field `file`: send the zip in it".into())
    })?;
    Ok(Upload { file, package_id })
}

async fn receive_file(importer: &Importer, mut field: Field) -> Result<Staged> {
    let limit = importer.upload_bytes;
    let mut stager = Stager::begin(importer.staging.clone());
    let mut received = 0;
    while let Some(piece) = field.try_next().await.map_err(bad_form)? {
        received += piece.len() as u64;
        if received > limit {
            return Err(Problem::TooLarge(format!(
                "this server takes files up to {limit} bytes"
            )));
        }
        stager.write(piece).await.map_err(Problem::internal)?;
    }
    stager.finish().await.map_err(Problem::internal)
}

async fn receive_id(mut field: Field) -> Result<Option<Uuid>> {
    let text = match field.bytes(ID_FIELD_BYTES).await {
        Ok(text) => text.map_err(bad_form)?,
        Err(_) => return Err(Problem::BadRequest("`package_id` is not a UUID".into())),
    };
    match std::str::from_utf8(&text).unwrap_or("?").trim() {
        "" => Ok(None),
        text => Ok(Some(package_id(text)?)),
    }
}

async fn drain(mut field: Field) -> Result<()> {
    while field.try_next().await.map_err(bad_form)?.is_some() {}
    Ok(())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "`map_err(bad_form)` hands the error over"
)]
fn bad_form(error: actix_multipart::MultipartError) -> Problem {
    Problem::BadRequest(format!("the body is no complete multipart form: {error}"))
}

/// Why an import failed, as the API says it.
pub(crate) fn problem(error: ImportError) -> Problem {
    match error {
        ImportError::Rejected(findings, _) => Problem::package_rejected(&findings),
        ImportError::NoSuchPackage(id) => no_package(id),
        ImportError::Blob(error) => error.into(),
        other => Problem::internal(other),
    }
}

async fn current(app: &App, id: &str) -> Result<PackageVersion> {
    let id = package_id(id)?;
    let found = db::packages::current(&mut *app.db.get().await?, id).await?;
    found.ok_or_else(|| no_package(id))
}

/// The archive (or bare course structure) as one stored entry of itself.
fn whole_archive(version: &PackageVersion, is_bare: bool, size_bytes: u64) -> Entry {
    let first = version.sha256.first_chunk().copied().unwrap_or_default();
    Entry {
        path: if is_bare { "cmi5.xml" } else { "package.zip" }.to_owned(),
        method: Method::Stored,
        data_offset: 0,
        compressed_bytes: size_bytes,
        size_bytes,
        crc32: u32::from_be_bytes(first),
    }
}

fn documents(versions: Vec<PackageVersion>) -> Vec<PackageDocument> {
    versions.into_iter().map(PackageDocument::from).collect()
}

/// Whatever is no UUID names no package.
fn package_id(text: &str) -> Result<Uuid> {
    text.parse()
        .map_err(|_| Problem::PackageNotFound(text.to_owned()))
}

fn no_package(id: Uuid) -> Problem {
    Problem::PackageNotFound(id.to_string())
}

fn cursor(after: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(after.as_bytes())
}

fn read_cursor(cursor: &str) -> Result<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default();
    Uuid::from_slice(&bytes)
        .map_err(|_| Problem::BadRequest("`cursor` is not a `next_cursor` of ours".into()))
}
