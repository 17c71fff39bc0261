//! What nothing names goes when it is a day old: archives, attachments, uploads that never ended.
//!
//! A blob that nothing names may be wanted again at the moment it is swept. So whoever names a blob and
//! whoever removes it hold its lock; who finds it gone puts it again.

use std::{collections::HashSet, io, path::Path, time::Duration};

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncConnection;

use super::{ImportError, Importer, ORPHAN_AGE, blocking};
use crate::{
    blob::{BlobError, BlobStore},
    db::{self, Connection},
    xapi::attachment::blob_key,
};

impl Importer {
    /// Removes archives that no version names, attachments that no statement has, and uploads that never
    /// ended, a day old or more; says how many.
    ///
    /// # Errors
    /// When a store fails; uploads are swept all the same.
    pub async fn sweep(&self, now: DateTime<Utc>) -> Result<usize, ImportError> {
        let staging = self.staging.clone();
        let uploads = blocking(move || sweep_staging(&staging)).await;
        let blobs = self.sweep_blobs(now - ORPHAN_AGE).await;
        Ok(uploads? + blobs?)
    }

    async fn sweep_blobs(&self, before: DateTime<Utc>) -> Result<usize, ImportError> {
        let blobs = self.blobs.list().await?;
        let mut conn = self.connection().await?;
        let mut named: HashSet<String> = db::packages::blob_keys(&mut conn)
            .await?
            .into_iter()
            .collect();
        db::lrs::forget_attachments(&mut conn, before).await?;
        let attachments = db::lrs::attachment_keys(&mut conn).await?;
        named.extend(attachments.iter().map(|sha2| blob_key(sha2)));
        let mut swept = 0;
        for blob in blobs {
            if blob.written_at < before
                && !named.contains(&blob.key)
                && self.remove(&mut conn, &blob.key, before).await?
            {
                swept += 1;
            }
        }
        Ok(swept)
    }

    /// Removes a blob unless it was put or named again since the sweep began: a store makes it young when it is
    /// put again. Says whether it did.
    async fn remove(
        &self,
        conn: &mut Connection,
        key: &str,
        before: DateTime<Utc>,
    ) -> Result<bool, ImportError> {
        conn.transaction(async |conn| {
            db::packages::lock_blob(conn, key).await?;
            let is_old = match self.blobs.written_at(key).await {
                Ok(written_at) => written_at < before,
                // Another server's sweep was faster.
                Err(BlobError::NotFound(_)) => false,
                Err(error) => return Err(error.into()),
            };
            let is_orphan = is_old && !is_named(conn, key).await?;
            if is_orphan {
                self.blobs.delete(key).await?;
            }
            Ok(is_orphan)
        })
        .await
    }
}

/// Puts a blob again that was put and is gone; its file is still there when it was an orphan then.
///
/// # Errors
/// When the store fails.
pub(crate) async fn put_if_gone(
    blobs: &dyn BlobStore,
    key: &str,
    from: &Path,
) -> Result<(), BlobError> {
    match blobs.length(key).await {
        Err(BlobError::NotFound(_)) => blobs.put(key, from).await,
        there => there.map(drop),
    }
}

/// Whether a version has its archive under the key, or an attachment its bytes.
async fn is_named(conn: &mut Connection, key: &str) -> QueryResult<bool> {
    match key.split_once('-') {
        None => db::packages::names_blob(conn, key).await,
        Some((sha2, _)) => {
            let known = db::lrs::attachment_sizes(conn, &[sha2.to_owned()]).await?;
            Ok(!known.is_empty())
        }
    }
}

fn sweep_staging(staging: &Path) -> Result<usize, ImportError> {
    let old = Duration::from_secs(ORPHAN_AGE.num_seconds().unsigned_abs());
    let mut swept = 0;
    // The first upload makes the directory.
    let files = match std::fs::read_dir(staging) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        files => files?,
    };
    for file in files {
        let file = file?;
        // An upload that ended meanwhile has taken its file away.
        let Ok(metadata) = file.metadata() else {
            continue;
        };
        let is_old = metadata.modified()?.elapsed().is_ok_and(|age| age > old);
        if !is_old || !metadata.is_file() {
            continue;
        }
        match std::fs::remove_file(file.path()) {
            Ok(()) => swept += 1,
            // Another server's sweep was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(swept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs::File, time::SystemTime};

    #[test]
    fn a_sweep_takes_old_uploads_only_and_needs_no_directory() {
        let folder = tempfile::tempdir().unwrap();
        let staging = folder.path().join("incoming");
        assert_eq!(sweep_staging(&staging).unwrap(), 0);
        std::fs::create_dir_all(&staging).unwrap();
        let old = File::create(staging.join("old")).unwrap();
        let days = Duration::from_hours(48);
        old.set_modified(SystemTime::now() - days).unwrap();
        File::create(staging.join("young")).unwrap();
        assert_eq!(sweep_staging(&staging).unwrap(), 1);
        assert!(staging.join("young").exists() && !staging.join("old").exists());
    }
}
