//! A database for each test. `cargo xtask test` gives a Postgres for the whole run
//! (`PERCORSO_TEST_DATABASE_URL`); without it each test program starts its own.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use percorso_api::{db, postgres::Postgres};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

const LOCK: i64 = 0x7465_6d70_6c61_7465;

static ADMIN: OnceCell<String> = OnceCell::const_new();
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// Where the Postgres of this run is.
async fn admin_url() -> &'static str {
    ADMIN
        .get_or_init(async || match std::env::var("PERCORSO_TEST_DATABASE_URL") {
            Ok(url) => url,
            Err(_) => own_postgres().await,
        })
        .await
}

/// A new database with the newest schema; answers where it is.
pub(crate) async fn new_database() -> String {
    let admin = admin_url().await;
    let template = TEMPLATE.get_or_init(async || template(admin).await).await;
    let name = format!("test_{}", Uuid::now_v7().simple());
    let client = connect(admin).await;
    client
        .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
        .await
        .unwrap();
    with_database(admin, &name)
}

/// Runs SQL on a database.
pub(super) async fn execute(url: &str, sql: &str) {
    connect(url).await.batch_execute(sql).await.unwrap();
}

/// The template of these migrations; the first who needs it makes it.
async fn template(admin: &str) -> String {
    let name = format!("template_{:08x}", fingerprint());
    let client = connect(admin).await;
    client
        .batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))
        .await
        .unwrap();
    let known = "SELECT 1 FROM pg_database WHERE datname = $1";
    if client.query(known, &[&name]).await.unwrap().is_empty() {
        let part = format!("part_{}", Uuid::now_v7().simple());
        client
            .batch_execute(&format!("CREATE DATABASE {part}"))
            .await
            .unwrap();
        db::migrate(&with_database(admin, &part)).await.unwrap();
        rename(&client, &part, &name).await;
    }
    client
        .batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))
        .await
        .unwrap();
    name
}

/// The connection that migrated may need a moment to go.
async fn rename(client: &Client, from: &str, to: &str) {
    let mut last = None;
    for _ in 0..100 {
        match client
            .batch_execute(&format!("ALTER DATABASE {from} RENAME TO {to}"))
            .await
        {
            Ok(()) => return,
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the template cannot be renamed: {last:?}");
}

/// Another fingerprint for other migrations.
fn fingerprint() -> u32 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("up.sql"))
        .collect();
    files.sort();
    let texts: Vec<_> = files
        .iter()
        .map(|file| fs::read(file).unwrap_or_default())
        .collect();
    crc32fast::hash(&texts.concat())
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn with_database(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

/// A Postgres of this process's own. A small watcher waits for the end of our pipe, which the end of
/// our process is, however it ends; then it stops Postgres and clears up.
async fn own_postgres() -> String {
    let folder = tempfile::Builder::new()
        .prefix("percorso-tests-")
        .tempdir()
        .unwrap()
        .keep();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    // On a thread that outlives each test's own runtime.
    let started = folder.clone();
    let (send, receive) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async move {
            let postgres = Postgres::start(&started, None).await.unwrap();
            send.send(postgres.url()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    let url = receive.await.unwrap();
    let pid = fs::read_to_string(folder.join("postgres/cluster/postmaster.pid")).unwrap();
    let script = "cat; kill -INT \"$1\"; sleep 2; rm -rf \"$2\"";
    let watcher = Command::new("sh")
        .args(["-c", script, "sh", pid.lines().next().unwrap()])
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::mem::forget(watcher);
    url
}
