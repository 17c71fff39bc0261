//! Content, straight out of the archives: who may read which version, where each file lies in it,
//! and the HTTP answer. The routes are in [`crate::routes`], the archives in [`crate::blob`].

mod encoding;
mod headers;
mod index;
mod media_type;
mod range;
mod respond;
mod signature;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;
use futures_util::TryStreamExt;
use moka::future::Cache;
use uuid::Uuid;

use crate::{app::App, db, problem::Result};

pub(crate) use headers::protect;
pub(crate) use index::{Entry, Index, Method};
pub(crate) use media_type::is_seekable;
pub(crate) use respond::respond;

/// Directories kept in memory: about 200 bytes an entry.
const INDEXES: u64 = 256;

/// Directories of the versions that are being read.
#[derive(Debug, Clone)]
pub struct Indexes(Cache<Uuid, Arc<Index>>);

impl Default for Indexes {
    fn default() -> Self {
        Self(Cache::new(INDEXES))
    }
}

/// `/content/{signed}/`: where the content of a version is read from, for a day and a half.
pub(crate) fn signed_base(app: &App, version_id: Uuid) -> String {
    let segment = signature::sign(version_id, Utc::now(), &app.keys.signing_secret());
    format!("/content/{segment}/")
}

/// Answers a request for `/content/{signed}/{path}`; `None` when that names nothing that may be read.
///
/// # Errors
/// When the database or the blob store fails.
pub(crate) async fn serve(app: &App, request: &HttpRequest) -> Result<Option<HttpResponse>> {
    let Some((segment, path)) = split(request.uri().path()) else {
        return Ok(None);
    };
    let Some(version_id) = verified(app, segment).await else {
        return Ok(None);
    };
    let Some(index) = index_of(app, version_id).await? else {
        return Ok(None);
    };
    let Some(entry) = index.find(path) else {
        return Ok(None);
    };
    let response = respond(request, &*app.blobs, &index.blob_key, entry).await;
    Ok(Some(response?))
}

/// The text of a file of a version; `None` when it is not there or longer than `limit_bytes`.
///
/// # Errors
/// When the database or the blob store fails.
pub(crate) async fn text(
    app: &App,
    version_id: Uuid,
    path: &str,
    limit_bytes: u64,
) -> Result<Option<String>> {
    let Some(index) = index_of(app, version_id).await? else {
        return Ok(None);
    };
    let Some(entry) = index
        .find(path)
        .filter(|entry| entry.size_bytes <= limit_bytes)
    else {
        return Ok(None);
    };
    let range = entry.data_offset..entry.data_offset + entry.compressed_bytes;
    let raw = app.blobs.read(&index.blob_key, range).await?;
    let mut pieces = match entry.method {
        Method::Stored => raw,
        Method::Deflated => encoding::inflated(raw),
    };
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.try_next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn split(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/content/")?.split_once('/')
}

async fn verified(app: &App, segment: &str) -> Option<Uuid> {
    let now = Utc::now();
    let by = |secret: &[u8]| signature::verify(segment, now, [secret]);
    app.keys.find(by).await
}

async fn index_of(app: &App, version_id: Uuid) -> Result<Option<Arc<Index>>> {
    if let Some(index) = app.indexes.0.get(&version_id).await {
        return Ok(Some(index));
    }
    let mut conn = app.db.get().await?;
    let directory = db::packages::directory(&mut conn, version_id).await?;
    let Some((blob_key, entries)) = directory else {
        return Ok(None);
    };
    let index = Arc::new(Index::new(blob_key, entries));
    app.indexes.0.insert(version_id, Arc::clone(&index)).await;
    Ok(Some(index))
}
