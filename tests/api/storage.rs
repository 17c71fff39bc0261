//! Archives in object storage: what comes out is what a directory gives.

use std::{io::Read, sync::Arc};

use percorso_api::blob::{BlobStore, ObjectStore};
use reqwest::{StatusCode, header};
use serde_json::json;

use crate::support::{TestApp, TestPlayer, packages::course};

#[tokio::test(flavor = "multi_thread")]
async fn a_course_lives_in_object_storage() {
    let bucket = Arc::new(object_store::memory::InMemory::new());
    let store = Arc::new(ObjectStore::over(bucket, "percorso"));
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
    store.put("orphan.zip", orphan.path()).await.unwrap();
    app.sweep(2).await;
    let left: Vec<String> = store
        .list()
        .await
        .unwrap()
        .into_iter()
        .map(|blob| blob.key)
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_ne!(left[0], "orphan.zip");
    let again = app.http.get(&page).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::OK);

    // The same file again is the same version: nothing more is stored.
    let again = app.with_package(zip).await;
    assert_eq!(again["version"], json!(1));
    assert_eq!(store.list().await.unwrap().len(), 1);
    app.stop().await;
}
