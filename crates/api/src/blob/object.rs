//! Blobs in S3-compatible storage.

use std::{ops::Range, path::Path, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt};
use object_store::{
    GetOptions, ObjectStoreExt, PutPayload, WriteMultipart, aws::AmazonS3Builder, path::Path as Key,
};
use tokio::io::AsyncReadExt;

use super::{BlobError, BlobInfo, BlobStore, BlobStream};

/// Archives above this go up in parts of this size.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Parts on their way at one time.
const PARTS_AT_ONCE: usize = 4;

/// Blobs in a bucket.
#[derive(Debug)]
pub struct ObjectStore {
    store: Arc<dyn object_store::ObjectStore>,
    prefix: Key,
}

impl ObjectStore {
    /// Opens `s3://bucket/prefix` with `AWS_…` settings given as (name, value).
    ///
    /// # Errors
    /// When the address or a setting is not valid.
    pub fn open(url: &str, options: &[(String, String)]) -> Result<Self, BlobError> {
        let mut builder = AmazonS3Builder::new().with_url(url);
        for (name, value) in options {
            if let Ok(key) = name.to_ascii_lowercase().parse() {
                builder = builder.with_config(key, value);
            }
        }
        let store = builder.build().map_err(BlobError::Object)?;
        let prefix = url.splitn(4, '/').nth(3).unwrap_or_default();
        Ok(Self::over(Arc::new(store), prefix))
    }

    /// Blobs in any object store, below `prefix`.
    pub fn over(store: Arc<dyn object_store::ObjectStore>, prefix: &str) -> Self {
        Self {
            store,
            prefix: Key::from(prefix),
        }
    }

    fn location(&self, key: &str) -> Key {
        self.prefix.clone().join(key)
    }
}

#[async_trait]
impl BlobStore for ObjectStore {
    async fn put(&self, key: &str, from: &Path) -> Result<(), BlobError> {
        let location = self.location(key);
        let mut file = tokio::fs::File::open(from).await?;
        if file.metadata().await?.len() <= PART_BYTES as u64 {
            let mut whole = Vec::new();
            file.read_to_end(&mut whole).await?;
            self.store
                .put(&location, PutPayload::from(whole))
                .await
                .map_err(BlobError::Object)?;
            return Ok(());
        }
        let upload = self
            .store
            .put_multipart(&location)
            .await
            .map_err(BlobError::Object)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        let mut piece = vec![0; PART_BYTES];
        loop {
            let read = file.read(&mut piece).await?;
            if read == 0 {
                break;
            }
            upload
                .wait_for_capacity(PARTS_AT_ONCE)
                .await
                .map_err(BlobError::Object)?;
            upload.write(&piece[..read]);
        }
        upload.finish().await.map_err(BlobError::Object)?;
        Ok(())
    }

    async fn read(&self, key: &str, range: Range<u64>) -> Result<BlobStream, BlobError> {
        if range.is_empty() {
            return Ok(futures_util::stream::empty().boxed());
        }
        let options = GetOptions::new().with_range(Some(range));
        let found = self.store.get_opts(&self.location(key), options).await;
        let found = found.map_err(|error| missing(error, key))?;
        Ok(found.into_stream().map_err(BlobError::Object).boxed())
    }

    async fn length(&self, key: &str) -> Result<u64, BlobError> {
        let found = self.store.head(&self.location(key)).await;
        Ok(found.map_err(|error| missing(error, key))?.size)
    }

    async fn written_at(&self, key: &str) -> Result<DateTime<Utc>, BlobError> {
        let found = self.store.head(&self.location(key)).await;
        Ok(found.map_err(|error| missing(error, key))?.last_modified)
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match self.store.delete(&self.location(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(BlobError::Object(error)),
        }
    }

    async fn list(&self) -> Result<Vec<BlobInfo>, BlobError> {
        let found = self
            .store
            .list(Some(&self.prefix))
            .map_ok(|object| BlobInfo {
                key: object.location.filename().unwrap_or_default().to_owned(),
                written_at: object.last_modified,
            });
        found.try_collect().await.map_err(BlobError::Object)
    }
}

fn missing(error: object_store::Error, key: &str) -> BlobError {
    match error {
        object_store::Error::NotFound { .. } => BlobError::NotFound(key.to_owned()),
        other => BlobError::Object(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[tokio::test]
    async fn an_archive_goes_up_in_parts_and_reads_back_by_range() {
        let store = ObjectStore::over(Arc::new(object_store::memory::InMemory::new()), "percorso");
        let staged = tempfile::NamedTempFile::new().unwrap();
        let content = vec![7_u8; PART_BYTES * 2 + 11];
        std::fs::write(staged.path(), &content).unwrap();

        store.put("abcd.zip", staged.path()).await.unwrap();
        assert_eq!(
            store.length("abcd.zip").await.unwrap(),
            content.len() as u64
        );
        let read: Vec<Bytes> = store
            .read("abcd.zip", 5..25)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(read.concat(), [7; 20]);
        assert_eq!(store.list().await.unwrap()[0].key, "abcd.zip");
        store.delete("abcd.zip").await.unwrap();
        assert!(matches!(
            store.length("abcd.zip").await,
            Err(BlobError::NotFound(_))
        ));
    }
}
