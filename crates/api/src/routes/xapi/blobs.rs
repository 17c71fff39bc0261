//! Bytes of attachments in the blob store.

use std::io::Write;

use actix_web::web::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use tokio::task::spawn_blocking;

use super::multipart::Part;
use crate::{
    app::App,
    db::{self, lrs::NewAttachment},
    problem::{Problem, Result},
    xapi::attachment::blob_key,
};

/// Stores bytes, then notes that they are here.
pub(super) async fn keep(app: &App, parts: &[Part]) -> Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    let mut new = Vec::with_capacity(parts.len());
    for part in parts {
        let bytes = part.bytes.clone();
        let file = spawn_blocking(move || -> std::io::Result<_> {
            let mut file = tempfile::NamedTempFile::new()?;
            file.write_all(&bytes)?;
            Ok(file)
        });
        let file = file
            .await
            .map_err(Problem::internal)?
            .map_err(Problem::internal)?;
        let key = blob_key(&part.sha2);
        app.blobs
            .put(&key, file.path())
            .await
            .map_err(Problem::internal)?;
        new.push(NewAttachment {
            sha2: part.sha2.clone(),
            content_type: part.content_type.clone(),
            size_bytes: i64::try_from(part.bytes.len()).unwrap_or(i64::MAX),
        });
    }
    db::lrs::add_attachments(&mut *app.db.get().await?, &new).await?;
    Ok(())
}

/// Those of the attachments that are here.
pub(crate) async fn fetch(app: &App, sums: &[String]) -> Result<Vec<Part>> {
    let types = db::lrs::attachment_types(&mut *app.db.get().await?, sums).await?;
    let mut parts = Vec::new();
    for sha2 in sums {
        let Some((content_type, size)) = types.get(sha2) else {
            continue;
        };
        let size = u64::try_from(*size).unwrap_or_default();
        let mut bytes = BytesMut::new();
        if size > 0 {
            let stream = app
                .blobs
                .read(&blob_key(sha2), 0..size)
                .await
                .map_err(Problem::internal)?;
            let pieces: Vec<Bytes> = stream.try_collect().await.map_err(Problem::internal)?;
            for piece in &pieces {
                bytes.extend_from_slice(piece);
            }
        }
        parts.push(Part {
            sha2: sha2.clone(),
            content_type: content_type.clone(),
            bytes: bytes.freeze(),
        });
    }
    Ok(parts)
}
