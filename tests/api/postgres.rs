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
    let copy = fs::metadata(folder.path().join("postgres/password")).unwrap();
    assert_eq!(copy.permissions().mode() & 0o777, 0o600);
    postgres.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_at_once_and_a_lost_one_comes_back_from_its_copy() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let password = folder.path().join("postgres.password");
    let pid = folder.path().join("postgres/cluster/postmaster.pid");
    let postgres = Postgres::start(folder.path(), None).await.unwrap();
    let url = postgres.url();
    postgres.stop().await.unwrap();

    fs::write(&password, "another").unwrap();
    let begun = Instant::now();
    let refusal = Postgres::start(folder.path(), None).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(30));
    let refusal = format!("{refusal:#}");
    assert!(refusal.contains("postgres.password"), "{refusal}");
    assert!(!pid.exists(), "what was started is stopped");

    fs::remove_file(&password).unwrap();
    let postgres = Postgres::start(folder.path(), None).await.unwrap();
    assert_eq!(postgres.url(), url);
    assert!(password.exists());
    postgres.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_told_to_stop_leaves_none_running() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let pid = folder.path().join("postgres/cluster/postmaster.pid");
    let mut command = Command::new(env!("CARGO_BIN_EXE_percorso"))
        .arg("migrate")
        .env_remove("DATABASE_URL")
        .env("PERCORSO_DATA_DIR", folder.path())
        .spawn()
        .unwrap();
    until(|| pid.exists()).await;
    let told = Command::new("kill")
        .args(["-TERM", &command.id().to_string()])
        .status();
    assert!(told.unwrap().success());
    command.wait().unwrap();
    until(|| !pid.exists()).await;
}

async fn until(done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
