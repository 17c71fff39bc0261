//! `/api/v1/uploads`: files that come in pieces and go on after an interruption, by the tus protocol
//! 1.0 (core, checksum, creation, creation with upload, expiration, termination).

use std::time::SystemTime;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{Method, StatusCode, header},
    middleware::DefaultHeaders,
    web,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::task::spawn_blocking;
use utoipa::OpenApi;
use uuid::Uuid;

use super::address::at;
use super::packages;
use crate::{
    app::App,
    auth::{Caller, Scope},
    db::packages::Belongs,
    import::{
        Importer,
        resumable::{Checksum, Upload, UploadError, Uploads},
        staging::Staged,
    },
    problem::{Problem, Result},
    wire::package::PackageDocument,
};

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "checksum,creation,creation-with-upload,expiration,termination";
const PIECE: &str = "application/offset+octet-stream";

/// This file's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(options, create, head, patch, terminate, publish))]
pub(crate) struct Api;

/// Adds the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    let headers = DefaultHeaders::new()
        .add(("Tus-Resumable", VERSION))
        .add(("Tus-Version", VERSION))
        .add((header::CACHE_CONTROL, "no-store"));
    cfg.service(
        web::scope("/api/v1/uploads")
            .wrap(headers)
            .service(at("").on(Method::OPTIONS, options).post(create))
            .service(at("/{id}/package").post(publish))
            .service(
                at("/{id}")
                    .on(Method::OPTIONS, options)
                    .on(Method::HEAD, head)
                    .on(Method::PATCH, patch)
                    .delete(terminate),
            ),
    );
}

/// What this server knows of tus.
#[utoipa::path(
    options, path = "/api/v1/uploads", tag = "uploads",
    responses((status = 204, description = "`Tus-Version`, `Tus-Extension` and `Tus-Max-Size` say it")),
)]
async fn options(app: web::Data<App>) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header(("Tus-Extension", EXTENSIONS))
        .insert_header(("Tus-Checksum-Algorithm", "sha1,sha256"))
        .insert_header(("Tus-Max-Size", app.config.uploads.upload_bytes.to_string()))
        .finish()
}

/// Begin an upload; `Upload-Metadata` may name a `filename` and the `package_id` it is a new version of.
#[utoipa::path(
    post, path = "/api/v1/uploads", tag = "uploads",
    params(
        ("Tus-Resumable" = String, Header), ("Upload-Length" = u64, Header, description = "Bytes in all"),
        ("Upload-Metadata" = Option<String>, Header, description = "Pairs of a key and base64"),
    ),
    responses(
        (status = 201, description = "`Location` takes the pieces; it is kept for a day after the last one"),
        (status = 412, description = "Another version of tus"),
        (status = 413, description = "Larger than this server takes"),
    ),
)]
async fn create(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse> {
    caller.require(Scope::PackagesWrite)?;
    speaks_tus(&request)?;
    let limit = app.config.uploads.upload_bytes;
    let length = number(&request, "Upload-Length")?;
    if length > limit {
        return Err(Problem::TooLarge(format!(
            "this server takes files up to {limit} bytes"
        )));
    }
    let metadata = text(&request, "Upload-Metadata").unwrap_or_default();
    package_id(metadata)?;
    let uploads = uploads(&app);
    let (owner, metadata) = (caller.name, metadata.to_owned());
    let keep = uploads.clone();
    let mut upload = blocking(move || keep.create(&owner, length, &metadata)).await?;
    if text(&request, "Content-Type") == Some(PIECE) {
        let sum = checksum(&request)?;
        upload = match uploads.append(&upload, 0, body, sum).await {
            Err(UploadError::Checksum) => return Ok(mismatch()),
            appended => appended.map_err(problem)?,
        };
    }
    let mut answer = standing(StatusCode::CREATED, &upload);
    answer.insert_header((header::LOCATION, format!("/api/v1/uploads/{}", upload.id)));
    Ok(answer.finish())
}

/// Where an upload stands: `Upload-Offset` of `Upload-Length`.
#[utoipa::path(
    head, path = "/api/v1/uploads/{id}", tag = "uploads",
    params(("id" = Uuid, Path), ("Tus-Resumable" = String, Header)),
    responses((status = 200), (status = 404, description = "No such upload, or not any more")),
)]
async fn head(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Result<HttpResponse> {
    let (_, upload) = find(&app, &caller, &request, *id).await?;
    let mut answer = standing(StatusCode::OK, &upload);
    answer.insert_header(("Upload-Length", upload.length.to_string()));
    if !upload.metadata.is_empty() {
        answer.insert_header(("Upload-Metadata", upload.metadata));
    }
    Ok(answer.finish())
}

/// Send the next piece, from `Upload-Offset` on.
#[utoipa::path(
    patch, path = "/api/v1/uploads/{id}", tag = "uploads",
    params(("id" = Uuid, Path), ("Tus-Resumable" = String, Header), ("Upload-Offset" = u64, Header),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256`, a space, and the piece's sum in base64")),
    request_body(content_type = "application/offset+octet-stream", content = Vec<u8>),
    responses(
        (status = 204, description = "`Upload-Offset` says where it stands now"),
        (status = 404, description = "No such upload, or not any more"),
        (status = 409, description = "It stands elsewhere, or another request is writing it: ask with HEAD"),
        (status = 460, description = "The piece does not have its checksum; nothing of it was kept"),
        (status = 415, description = "The type must be application/offset+octet-stream"),
    ),
)]
async fn patch(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<Uuid>,
    body: web::Payload,
) -> Result<HttpResponse> {
    let (uploads, upload) = find(&app, &caller, &request, *id).await?;
    if text(&request, "Content-Type") != Some(PIECE) {
        return Err(Problem::UnsupportedMediaType(format!(
            "send pieces as `Content-Type: {PIECE}`"
        )));
    }
    let offset = number(&request, "Upload-Offset")?;
    let sum = checksum(&request)?;
    let upload = match uploads.append(&upload, offset, body, sum).await {
        Err(UploadError::Checksum) => return Ok(mismatch()),
        appended => appended.map_err(problem)?,
    };
    Ok(standing(StatusCode::NO_CONTENT, &upload).finish())
}

/// Give an upload up.
#[utoipa::path(
    delete, path = "/api/v1/uploads/{id}", tag = "uploads",
    params(("id" = Uuid, Path), ("Tus-Resumable" = String, Header)),
    responses((status = 204), (status = 404, description = "No such upload, or not any more")),
)]
async fn terminate(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Result<HttpResponse> {
    let (uploads, upload) = find(&app, &caller, &request, *id).await?;
    blocking(move || uploads.remove(&upload)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Publish a whole upload as a package, or as a new version of the one that its metadata named. The
/// upload ends with it, whatever the answer.
#[utoipa::path(
    post, path = "/api/v1/uploads/{id}/package", tag = "uploads", params(("id" = Uuid, Path)),
    responses(
        (status = 201, body = PackageDocument, description = "Published"),
        (status = 404, description = "No such upload, or no package with its `package_id` on offer"),
        (status = 409, description = "Something is missing at its end"),
        (status = 422, description = "It cannot be delivered; `findings` says all that is wrong"),
    ),
)]
async fn publish(app: web::Data<App>, caller: Caller, id: web::Path<Uuid>) -> Result<HttpResponse> {
    caller.require(Scope::PackagesWrite)?;
    let (file, belongs) = taken(&app, &caller.name, *id).await?;
    let version = Importer::of(&app)
        .import(file, belongs)
        .await
        .map_err(packages::problem)?;
    packages::note_upload(&app, (&caller).into(), &version).await?;
    let location = format!("/api/v1/packages/{}", version.package_id);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(PackageDocument::from(version)))
}

/// A whole upload as a file to import, and where it belongs.
///
/// # Errors
/// When there is none of this owner, or something is missing at its end.
pub(crate) async fn taken(app: &App, owner: &str, id: Uuid) -> Result<(Staged, Belongs)> {
    let (uploads, owner) = (uploads(app), owner.to_owned());
    let (file, metadata) = blocking(move || {
        let upload = uploads.find(id, &owner)?;
        Ok((uploads.take(&upload)?, upload.metadata))
    })
    .await?;
    let belongs = package_id(&metadata)?.map_or(Belongs::ByContent, Belongs::To);
    Ok((file, belongs))
}

async fn find(
    app: &App,
    caller: &Caller,
    request: &HttpRequest,
    id: Uuid,
) -> Result<(Uploads, Upload)> {
    caller.require(Scope::PackagesWrite)?;
    speaks_tus(request)?;
    let (uploads, owner) = (uploads(app), caller.name.clone());
    let keep = uploads.clone();
    let upload = blocking(move || keep.find(id, &owner)).await?;
    Ok((uploads, upload))
}

fn uploads(app: &App) -> Uploads {
    Uploads::of(Importer::of(app).staging)
}

fn standing(status: StatusCode, upload: &Upload) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header(("Upload-Offset", upload.at.to_string()))
        .insert_header(("Upload-Expires", http_date(upload.expires_at)));
    answer
}

fn http_date(time: SystemTime) -> String {
    header::HttpDate::from(time).to_string()
}

fn speaks_tus(request: &HttpRequest) -> Result<()> {
    if text(request, "Tus-Resumable") == Some(VERSION) {
        return Ok(());
    }
    Err(Problem::PreconditionFailed(format!(
        "send `Tus-Resumable: {VERSION}`, the version of tus that is spoken here"
    )))
}

fn text<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn number(request: &HttpRequest, name: &str) -> Result<u64> {
    text(request, name)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem::BadRequest(format!("the header {name} must be a number of bytes")))
}

/// 460 Checksum Mismatch, a status of tus's own.
fn mismatch() -> HttpResponse {
    let status = StatusCode::from_u16(460).unwrap_or(StatusCode::CONFLICT);
    let mut document = Problem::Conflict(
        "the piece does not have its checksum, and nothing of it was kept; send it again".into(),
    )
    .document();
    document["status"] = status.as_u16().into();
    HttpResponse::build(status)
        .content_type("application/problem+json")
        .body(document.to_string())
}

/// The `Upload-Checksum` of a piece.
fn checksum(request: &HttpRequest) -> Result<Option<Checksum>> {
    let Some(text) = text(request, "Upload-Checksum") else {
        return Ok(None);
    };
    let sum = text.split_once(' ').and_then(|(algorithm, sum)| {
        let sum = STANDARD.decode(sum.trim()).ok()?;
        match (algorithm, sum.len()) {
            ("sha1", 20) => Some(Checksum::Sha1(sum)),
            ("sha256", 32) => Some(Checksum::Sha256(sum)),
            _ => None,
        }
    });
    sum.map(Some).ok_or_else(|| {
        Problem::BadRequest(
            "Upload-Checksum is `sha1` or `sha256`, a space and the sum in base64".into(),
        )
    })
}

/// The `package_id` of an `Upload-Metadata` header: pairs of a key and base64, separated by commas.
fn package_id(metadata: &str) -> Result<Option<Uuid>> {
    let pairs = metadata
        .split(',')
        .filter_map(|pair| pair.trim().split_once(' '));
    let mut ids = pairs.filter(|(key, _)| *key == "package_id");
    let Some((_, value)) = ids.next() else {
        return Ok(None);
    };
    STANDARD
        .decode(value.trim())
        .ok()
        .and_then(|bytes| Uuid::try_parse_ascii(&bytes).ok())
        .map(Some)
        .ok_or_else(|| Problem::BadRequest("`package_id` in Upload-Metadata is no UUID".into()))
}

fn problem(error: UploadError) -> Problem {
    match error {
        UploadError::Missing => Problem::NotFound(
            "there is no such upload, or not any more; begin again with POST /api/v1/uploads"
                .into(),
        ),
        UploadError::Offset(_)
        | UploadError::Busy
        | UploadError::Checksum
        | UploadError::Unfinished { .. } => Problem::Conflict(format!(
            "{error}; ask with HEAD where it stands and go on there"
        )),
        UploadError::TooLong(_) => Problem::TooLarge(error.to_string()),
        // Mostly the sender who went away; who is still there sends again.
        UploadError::Io(error) => {
            tracing::warn!(error = %error, "a piece of an upload was cut off");
            Problem::Unavailable(
                "the piece was cut off; ask with HEAD where the upload stands and go on there"
                    .into(),
            )
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::result::Result<T, UploadError> + Send + 'static,
) -> Result<T> {
    spawn_blocking(work)
        .await
        .map_err(Problem::internal)?
        .map_err(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_is_found_in_the_metadata() {
        let id = Uuid::from_u128(7);
        let encoded = STANDARD.encode(id.to_string());
        let with = format!("filename Yy56aXA=,package_id {encoded}");
        assert_eq!(package_id(&with).unwrap(), Some(id));
        assert_eq!(
            package_id("is_confidential,filename Yy56aXA=").unwrap(),
            None
        );
        assert!(package_id("package_id bm9uZQ==").is_err());
    }
}
