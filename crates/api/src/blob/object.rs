//! Blobs in S3-compatible storage.

use std::{ops::Range, path::Path, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt};
use object_store::{
    GetOptions, ObjectStoreExt, PutPayload, WriteMultipart,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    path::Path as Key,
};
use tokio::io::AsyncReadExt;

use super::{BlobError, BlobInfo, BlobStore, BlobStream, is_own};

/// Archives above this go up in parts of this size.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// A blob put again within this time stays as it is: far less than the age at which one that nothing names
/// is swept.
const STAYS_FOR: TimeDelta = TimeDelta::hours(6);
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
            let key = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>();
            let key = key.map_err(|_| BlobError::UnknownOption(name.clone()))?;
            builder = builder.with_config(key, value);
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

    /// Whether the blob is there and young. An old one goes up again: that makes it young, so that no sweep
    /// takes it before the version that needs it is committed.
    async fn is_there(&self, key: &str, length: u64) -> Result<bool, BlobError> {
        match self.store.head(&self.location(key)).await {
            Ok(found) => Ok(found.size == length && Utc::now() - found.last_modified < STAYS_FOR),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(BlobError::Object(error)),
        }
    }
}

#[async_trait]
impl BlobStore for ObjectStore {
    async fn put(&self, key: &str, from: &Path) -> Result<(), BlobError> {
        let location = self.location(key);
        let mut file = tokio::fs::File::open(from).await?;
        let length = file.metadata().await?.len();
        if self.is_there(key, length).await? {
            return Ok(());
        }
        if length <= PART_BYTES as u64 {
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
        if let Err(error) = send(&mut upload, &mut file).await {
            // Parts of an upload that nobody finishes would lie in the bucket, unseen and paid for.
            if let Err(error) = upload.abort().await {
                tracing::warn!(blob = key, %error, "the parts of a failed upload may be left behind");
            }
            return Err(error);
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
        // Directly below the prefix: what lies deeper is not ours.
        let found = self.store.list_with_delimiter(Some(&self.prefix)).await;
        let objects = found.map_err(BlobError::Object)?.objects;
        let own = objects.into_iter().filter_map(|object| {
            let name = object.location.filename()?;
            is_own(name).then(|| BlobInfo {
                key: name.to_owned(),
                written_at: object.last_modified,
            })
        });
        Ok(own.collect())
    }
}

/// Sends a file, part by part.
async fn send(upload: &mut WriteMultipart, file: &mut tokio::fs::File) -> Result<(), BlobError> {
    let mut piece = vec![0; PART_BYTES];
    loop {
        let read = file.read(&mut piece).await?;
        if read == 0 {
            break;
        }
        let capacity = upload.wait_for_capacity(PARTS_AT_ONCE).await;
        capacity.map_err(BlobError::Object)?;
        upload.write(&piece[..read]);
    }
    upload.wait_for_capacity(0).await.map_err(BlobError::Object)
}

fn missing(error: object_store::Error, key: &str) -> BlobError {
    match error {
        object_store::Error::NotFound { .. } => BlobError::NotFound(key.to_owned()),
        other => BlobError::Object(other),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fmt,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use bytes::Bytes;
    use futures_util::stream::BoxStream;
    use object_store::{
        CopyOptions, Error, GetResult, ListResult, MultipartUpload, ObjectMeta,
        PutMultipartOptions, PutOptions, PutResult, Result as Stored, UploadPart, memory::InMemory,
    };

    use super::*;

    fn staged(content: &[u8]) -> tempfile::NamedTempFile {
        let staged = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(staged.path(), content).unwrap();
        staged
    }

    #[tokio::test]
    async fn an_archive_goes_up_in_parts_and_reads_back_by_range() {
        let store = ObjectStore::over(Arc::new(InMemory::new()), "percorso");
        let content = vec![7_u8; PART_BYTES * 2 + 11];
        let staged = staged(&content);
        let key = format!("{}.zip", "a".repeat(64));

        store.put(&key, staged.path()).await.unwrap();
        assert_eq!(store.length(&key).await.unwrap(), content.len() as u64);
        let read: Vec<Bytes> = store
            .read(&key, 5..25)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(read.concat(), [7; 20]);
        assert_eq!(store.list().await.unwrap()[0].key, key);
        store.delete(&key).await.unwrap();
        assert!(matches!(
            store.length(&key).await,
            Err(BlobError::NotFound(_))
        ));
    }

    #[tokio::test]
    async fn a_blob_that_is_there_already_stays() {
        let store = ObjectStore::over(Arc::new(InMemory::new()), "percorso");
        let staged = staged(b"archive");
        store.put("abcd.zip", staged.path()).await.unwrap();
        let written_at = store.written_at("abcd.zip").await.unwrap();
        store.put("abcd.zip", staged.path()).await.unwrap();
        assert_eq!(store.written_at("abcd.zip").await.unwrap(), written_at);
    }

    #[test]
    fn a_setting_that_storage_does_not_know_is_named() {
        let check = |name: &str| {
            let option = (name.to_owned(), "x".to_owned());
            ObjectStore::open("s3://bucket/prefix", &[option]).map_err(|error| error.to_string())
        };
        assert!(check("AWS_REGION").is_ok());
        assert!(check("AWS_REGOIN").unwrap_err().contains("AWS_REGOIN"));
    }

    #[tokio::test]
    async fn the_parts_of_a_failed_upload_are_given_up() {
        let failing = Arc::new(Failing::default());
        let store = ObjectStore::over(Arc::clone(&failing) as _, "percorso");
        let staged = staged(&vec![7_u8; PART_BYTES + 1]);
        let failed = store.put("abcd.zip", staged.path()).await;
        assert!(matches!(failed, Err(BlobError::Object(_))), "{failed:?}");
        assert_eq!(failing.aborted.load(Ordering::Relaxed), 1);
    }

    /// A store that takes no part of an upload.
    #[derive(Debug, Default)]
    struct Failing {
        empty: InMemory,
        aborted: Arc<AtomicUsize>,
    }

    #[derive(Debug)]
    struct FailingUpload(Arc<AtomicUsize>);

    fn no() -> Error {
        Error::Generic {
            store: "failing",
            source: "no".into(),
        }
    }

    impl fmt::Display for Failing {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("failing")
        }
    }

    #[async_trait]
    impl MultipartUpload for FailingUpload {
        fn put_part(&mut self, _: PutPayload) -> UploadPart {
            Box::pin(async { Err(no()) })
        }

        async fn complete(&mut self) -> Stored<PutResult> {
            Err(no())
        }

        async fn abort(&mut self) -> Stored<()> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    #[async_trait]
    impl object_store::ObjectStore for Failing {
        async fn put_opts(&self, _: &Key, _: PutPayload, _: PutOptions) -> Stored<PutResult> {
            Err(no())
        }

        async fn put_multipart_opts(
            &self,
            _: &Key,
            _: PutMultipartOptions,
        ) -> Stored<Box<dyn MultipartUpload>> {
            Ok(Box::new(FailingUpload(Arc::clone(&self.aborted))))
        }

        async fn get_opts(&self, location: &Key, options: GetOptions) -> Stored<GetResult> {
            self.empty.get_opts(location, options).await
        }

        fn delete_stream(
            &self,
            locations: BoxStream<'static, Stored<Key>>,
        ) -> BoxStream<'static, Stored<Key>> {
            self.empty.delete_stream(locations)
        }

        fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, Stored<ObjectMeta>> {
            self.empty.list(prefix)
        }

        async fn list_with_delimiter(&self, prefix: Option<&Key>) -> Stored<ListResult> {
            self.empty.list_with_delimiter(prefix).await
        }

        async fn copy_opts(&self, from: &Key, to: &Key, options: CopyOptions) -> Stored<()> {
            self.empty.copy_opts(from, to, options).await
        }
    }
}
