//! Bytes of attachments in the blob store.

use actix_web::web::Bytes;
use diesel_async::AsyncConnection;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::task::spawn_blocking;

use super::multipart::Part;
use crate::{
    app::App,
    blob::{BlobError, BlobStream},
    db::{self, lrs::NewAttachment},
    import::{orphans, staging::Staged},
    problem::{Problem, Result},
    xapi::attachment::{Described, blob_key},
};

/// Stores bytes, then notes that they are here.
pub(super) async fn keep(app: &App, parts: &[Part]) -> Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    let mut staged = Vec::with_capacity(parts.len());
    for part in parts {
        let (bytes, incoming) = (part.bytes.clone(), app.config.blobs.incoming());
        let file = spawn_blocking(move || Staged::of(&bytes, &incoming)).await;
        let file = file
            .map_err(Problem::internal)?
            .map_err(Problem::internal)?;
        let key = blob_key(&part.sha2);
        app.blobs.put(&key, file.path()).await?;
        staged.push((key, file));
    }
    // Locked in one order everywhere, so that no two requests wait for each other.
    staged.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let new = |part: &Part| NewAttachment {
        sha2: part.sha2.clone(),
        content_type: part.content_type.clone(),
        size_bytes: i64::try_from(part.bytes.len()).unwrap_or(i64::MAX),
    };
    let new: Vec<_> = parts.iter().map(new).collect();
    let mut conn = app.db.get().await?;
    let conn: &mut db::Connection = &mut conn;
    conn.transaction(async |conn| {
        for (key, file) in &staged {
            db::packages::lock_blob(conn, key).await?;
            orphans::put_if_gone(&*app.blobs, key, file.path()).await?;
        }
        Ok(db::lrs::add_attachments(conn, &new).await?)
    })
    .await
}

/// An attachment whose bytes are here.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// SHA-2 in small hexadecimal digits.
    pub(crate) sha2: String,
    /// Media type as the statement says it.
    pub(crate) content_type: String,
    /// Length.
    pub(crate) size_bytes: u64,
}

impl Kept {
    /// Its bytes, in pieces.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn read(&self, app: &App) -> std::result::Result<BlobStream, BlobError> {
        if self.size_bytes == 0 {
            return Ok(stream::empty().boxed());
        }
        let key = blob_key(&self.sha2);
        app.blobs.read(&key, 0..self.size_bytes).await
    }
}

/// Those of the attachments that are here, each sum once.
pub(crate) async fn kept(app: &App, described: Vec<Described>) -> Result<Vec<Kept>> {
    let sums: Vec<String> = described.iter().map(|one| one.sha2.clone()).collect();
    let mut sizes = db::lrs::attachment_sizes(&mut *app.db.get().await?, &sums).await?;
    let known = |one: Described| {
        let size = sizes.remove(&one.sha2)?;
        Some(Kept {
            sha2: one.sha2,
            content_type: one.content_type,
            size_bytes: u64::try_from(size).unwrap_or_default(),
        })
    };
    Ok(described.into_iter().filter_map(known).collect())
}

/// Attachments with their bytes, for what is sent at once.
pub(crate) async fn fetch(app: &App, described: Vec<Described>) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for kept in kept(app, described).await? {
        let pieces = kept.read(app).await.map_err(Problem::internal)?;
        let pieces: Vec<Bytes> = pieces.try_collect().await.map_err(Problem::internal)?;
        parts.push(Part {
            sha2: kept.sha2,
            content_type: kept.content_type,
            bytes: pieces.concat().into(),
        });
    }
    Ok(parts)
}
