//! The private Postgres: made once, restarted when killed, never shared.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use percorso_api::postgres::Postgres;
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str) -> Client {
    let begun = Instant::now();
    loop {
        match tokio_postgres::connect(url, NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                return client;
            }
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(30), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn process(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("postgres/cluster/postmaster.pid")).unwrap();
    text.lines().next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_its_data_through_a_kill_and_a_restart_and_is_not_shared() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let postgres = Postgres::start(folder.path(), None).await.unwrap();
    let client = connect(&postgres.url()).await;
    client
        .batch_execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
        .await
        .unwrap();

    let refusal = Postgres::start(folder.path(), None)
        .await
        .unwrap_err()
        .to_string();
    assert!(refusal.contains("in use by another server"), "{refusal}");

    let killed = process(folder.path());
    assert!(
        Command::new("kill")
            .args(["-9", &killed])
            .status()
            .unwrap()
            .success()
    );
    tokio::time::sleep(Duration::from_millis(200)).await;
    let client = connect(&postgres.url()).await;
    let row = client.query_one("SELECT id FROM kept", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 7);
    assert_ne!(process(folder.path()), killed);

    postgres.stop().await.unwrap();
    assert!(
        !folder
            .path()
            .join("postgres/cluster/postmaster.pid")
            .exists()
    );
    let begun = Instant::now();
    let postgres = Postgres::start(folder.path(), None).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10));
    let client = connect(&postgres.url()).await;
    assert_eq!(
        client
            .query("SELECT id FROM kept", &[])
            .await
            .unwrap()
            .len(),
        1
    );
    postgres.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn its_password_is_for_this_account_only() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let postgres = Postgres::start(folder.path(), None).await.unwrap();
    let mode = fs::metadata(folder.path().join("postgres.password"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    postgres.stop().await.unwrap();
}
