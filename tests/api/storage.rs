//! Archives in object storage: what comes out is what a directory gives. In memory always; on a real server
//! of the S3 protocol when `PERCORSO_TEST_S3_URL` names a bucket there (`s3://bucket/prefix`, with the `AWS_…`
//! variables that the server itself takes).

use std::{env, io::Read, ops::Range, path::Path, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use object_store::{ObjectStoreExt, memory::InMemory, path::Path as Key};
use percorso_api::blob::{BlobError, BlobInfo, BlobStore, BlobStream, ObjectStore};
use reqwest::{StatusCode, header, multipart};
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{TestApp, TestPlayer, packages::course};

/// More than one part of an upload.
const LARGE_BYTES: usize = 20 * 1024 * 1024 + 7;

#[tokio::test(flavor = "multi_thread")]
async fn a_course_lives_in_object_storage() {
    let bucket = Arc::new(InMemory::new());
    a_course_lives_in(Arc::new(ObjectStore::over(bucket, "percorso"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_course_lives_on_a_server_of_the_s3_protocol() {
    if let Some(store) = given_server("course") {
        a_course_lives_in(store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_archive_goes_up_in_parts_to_a_server_of_the_s3_protocol() {
    let Some(store) = given_server("large") else {
        return;
    };
    let content: Vec<u8> = (0..=250_u8).cycle().take(LARGE_BYTES).collect();
    let staged = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(staged.path(), &content).unwrap();
    let key = &archive_key('1');
    store.put(key, staged.path()).await.unwrap();
    assert_eq!(store.length(key).await.unwrap(), LARGE_BYTES as u64);
    // Over the border of two parts, the end, and all of it.
    let border = 8 * 1024 * 1024;
    for range in [
        border - 5..border + 5,
        LARGE_BYTES - 3..LARGE_BYTES,
        0..LARGE_BYTES,
    ] {
        let asked = range.start as u64..range.end as u64;
        let pieces = store.read(key, asked).await.unwrap();
        let read: Vec<bytes::Bytes> = pieces.try_collect().await.unwrap();
        assert!(read.concat() == content[range.clone()], "{range:?}");
    }
    let written_at = store.written_at(key).await.unwrap();
    assert!((chrono::Utc::now() - written_at).num_minutes().abs() < 5);
    store.delete(key).await.unwrap();
    store.delete(key).await.unwrap();
    assert!(matches!(
        store.length(key).await,
        Err(BlobError::NotFound(_))
    ));
    assert!(matches!(
        store.read(key, 0..1).await,
        Err(BlobError::NotFound(_))
    ));
    assert_eq!(store.list().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_that_does_not_answer_is_no_fault_of_the_server() {
    let options = [
        ("AWS_ENDPOINT", "http://127.0.0.1:1"),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let store = ObjectStore::open("s3://bucket", &options).unwrap();
    let app = TestApp::with_blobs(Arc::new(store)).await;
    let part = multipart::Part::bytes(course("Uno")).file_name("uno.zip");
    let form = multipart::Form::new().part("file", part);
    let upload = app.http.post(app.at("/api/v1/packages")).multipart(form);
    let answer = app.send(upload).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_keep_in_the_same_bucket_stays_and_stops_no_sweep() {
    let bucket = Arc::new(InMemory::new());
    let theirs = [
        "backup.zip".to_owned(),
        "2026.tar".to_owned(),
        "x/y.tar".to_owned(),
        format!("x/{}", archive_key('a')),
    ]
    .map(Key::from);
    for location in &theirs {
        bucket.put(location, "theirs".into()).await.unwrap();
    }
    let store = Arc::new(ObjectStore::over(Arc::clone(&bucket) as _, ""));
    let orphan = tempfile::NamedTempFile::new().unwrap();
    store.put(&archive_key('0'), orphan.path()).await.unwrap();
    let app = TestApp::with_blobs(Arc::clone(&store) as _).await;
    app.sweep(2).await;
    assert_eq!(store.list().await.unwrap(), []);
    for location in &theirs {
        bucket.head(location).await.unwrap();
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_swept_while_it_is_imported_is_put_again() {
    let bucket = Arc::new(InMemory::new());
    let store = || ObjectStore::over(Arc::clone(&bucket) as _, "percorso");
    let first = TestApp::with_blobs(Arc::new(store())).await;
    first.with_package(course("Uno")).await;
    first.stop().await;

    // To another database it is an orphan.
    let met = Arc::new(Met {
        store: store(),
        swept: Notify::new(),
        put: Notify::new(),
    });
    let app = TestApp::with_blobs(Arc::clone(&met) as _).await;
    let import = async {
        met.swept.notified().await;
        app.with_package(course("Uno")).await
    };
    let (package, ()) = tokio::join!(import, app.sweep(2));
    assert_eq!(store().list().await.unwrap().len(), 1);
    let id = app
        .with_registration(package["id"].as_str().unwrap(), "anna")
        .await;
    let player = TestPlayer::launch(&app, id["id"].as_str().unwrap()).await;
    let page = app.http.get(player.content("a.html")).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    app.stop().await;
}

/// A store whose sweep has looked at a blob, and removes it only when it was put.
#[derive(Debug)]
struct Met {
    store: ObjectStore,
    swept: Notify,
    put: Notify,
}

#[async_trait]
impl BlobStore for Met {
    async fn put(&self, key: &str, from: &Path) -> Result<(), BlobError> {
        self.store.put(key, from).await?;
        self.put.notify_one();
        Ok(())
    }

    async fn read(&self, key: &str, range: Range<u64>) -> Result<BlobStream, BlobError> {
        self.store.read(key, range).await
    }

    async fn length(&self, key: &str) -> Result<u64, BlobError> {
        self.store.length(key).await
    }

    async fn written_at(&self, key: &str) -> Result<DateTime<Utc>, BlobError> {
        let written_at = self.store.written_at(key).await;
        self.swept.notify_one();
        self.put.notified().await;
        written_at
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.store.delete(key).await
    }

    async fn list(&self) -> Result<Vec<BlobInfo>, BlobError> {
        self.store.list().await
    }
}

/// The key of an archive whose SHA-256 has only this digit.
fn archive_key(digit: char) -> String {
    format!("{}.zip", String::from(digit).repeat(64))
}

/// The bucket that the environment names, below a prefix of this run's own; none, and the test has nothing to say.
fn given_server(test: &str) -> Option<Arc<ObjectStore>> {
    let bucket = env::var("PERCORSO_TEST_S3_URL").ok()?;
    let options: Vec<_> = env::vars()
        .filter(|(name, _)| name.starts_with("AWS_"))
        .collect();
    let run = std::process::id();
    let url = format!("{}/{test}-{run}", bucket.trim_end_matches('/'));
    Some(Arc::new(ObjectStore::open(&url, &options).unwrap()))
}

async fn a_course_lives_in(store: Arc<ObjectStore>) {
    let app = TestApp::with_blobs(Arc::clone(&store) as _).await;
    let zip = course("Uno");
    let package = app.with_package(zip.clone()).await;
    assert_eq!(store.list().await.unwrap().len(), 1);
    let id = app
        .with_registration(package["id"].as_str().unwrap(), "anna")
        .await;
    let player = TestPlayer::launch(&app, id["id"].as_str().unwrap()).await;

    let page = player.content("a.html");
    let plain = app.http.get(&page).send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::OK);
    let plain = plain.text().await.unwrap();
    let packed = app.http.get(&page).header(header::ACCEPT_ENCODING, "gzip");
    let packed = packed.send().await.unwrap();
    assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
    let packed = packed.bytes().await.unwrap();
    let mut unpacked = String::new();
    let mut decoder = flate2::read::GzDecoder::new(packed.as_ref());
    decoder.read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);

    let part = app.http.get(player.content("media/clip.mp4"));
    let part = part
        .header(header::RANGE, "bytes=5-9")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.text().await.unwrap(), "56789");

    let file = format!("/api/v1/packages/{}/file", package["id"].as_str().unwrap());
    let file = app.get(&file).await;
    assert_eq!(file.status(), StatusCode::OK);
    let file = file.bytes().await.unwrap();
    let archive = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
    assert_eq!(archive.len(), 5);

    let orphan = tempfile::NamedTempFile::new().unwrap();
    let orphan_key = archive_key('0');
    store.put(&orphan_key, orphan.path()).await.unwrap();
    app.sweep(2).await;
    let left: Vec<String> = store
        .list()
        .await
        .unwrap()
        .into_iter()
        .map(|blob| blob.key)
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_ne!(left[0], orphan_key);
    let again = app.http.get(&page).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::OK);

    // The same file again is the same version: nothing more is stored.
    let again = app.with_package(zip).await;
    assert_eq!(again["version"], json!(1));
    let kept = store.list().await.unwrap();
    assert_eq!(kept.len(), 1);
    app.stop().await;
    store.delete(&kept[0].key).await.unwrap();
    assert_eq!(store.list().await.unwrap(), []);
}
