//! A bounded load on loopback: imports, content out of the zip beside nginx, and journal batches
//! beside a bare handler (`crates/api/examples/bare.rs`) on the same Postgres, the learning record store
//! beside pgbench, and the player's navigation in Chromium. It shows orders of magnitude and regressions; clients and server share the machine.

mod http;
mod lrs;
mod pages;
mod server;
mod zip;

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::json;

use crate::shell;
use http::Connection;
pub(crate) use server::Process;
use server::{Database, Nginx, Percorso};

const PAGE: &str = "index.html";
const VIDEO: &str = "video.mp4";
const PAGE_BYTES: usize = 20 * 1024;
const STATE_BYTES: usize = 4 * 1024;

#[derive(Args)]
pub(crate) struct Options {
    /// Seconds for each measurement
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Connections at once
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// One part alone
    #[arg(long)]
    only: Option<Part>,
    /// Statements in the learning record store before it is asked
    #[arg(long, default_value_t = 1_000_000)]
    statements: usize,
    /// Instead: the pages, with invented people
    #[arg(long)]
    pages: bool,
    /// Measure what is built already
    #[arg(long)]
    built: bool,
    /// Registrations that the invented people have
    #[arg(long, default_value_t = 100_000)]
    registrations: u32,
}

/// What can be measured alone.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Imports, content and journal
    Delivery,
    /// The learning record store
    Lrs,
    /// The player's navigation on 1,000 activities: natively, in WebAssembly, in the page
    Navigation,
}

/// Builds with optimisations, measures and prints a table.
///
/// # Errors
/// When something does not build, start or answer as it should.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.built {
        shell::run(shell::cargo().args([
            "build",
            "--release",
            "--package",
            "percorso-api",
            "--bin",
            "percorso",
            "--example",
            "bare",
        ]))?;
    }
    let folder = std::env::temp_dir().join(format!("percorso-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let result = match options {
        Options { pages: true, .. } => pages::measure(&folder, options.registrations),
        Options {
            only: Some(Part::Navigation),
            ..
        } => navigation(),
        _ => measure(options, &folder),
    };
    let _ = fs::remove_dir_all(&folder);
    result
}

fn measure(options: &Options, folder: &Path) -> Result<()> {
    let (percorso, postgres) = Percorso::start_whole(folder)?;
    println!(
        "\n{:<44} {:>12} {:>10} {:>10}",
        "", "per second", "median", "99 %"
    );
    if options.only.is_none_or(|part| part == Part::Delivery) {
        let package = imports(&percorso, folder)?;
        content(options, folder, &percorso, &package)?;
        journal(options, &percorso, &package)?;
        bare(options, &postgres)?;
    }
    if options.only.is_none_or(|part| part == Part::Lrs) {
        lrs::measure(options, folder, &percorso, &postgres)?;
    }
    if options.only.is_none() {
        navigation()?;
    }
    Ok(())
}

/// A request natively; whole steps on the committed engine; the refresh in Chromium, which must keep its goal.
fn navigation() -> Result<()> {
    shell::run(shell::cargo().args([
        "bench",
        "--package",
        "percorso-tracker",
        "--bench",
        "navigation",
    ]))?;
    shell::run(shell::command("node").arg("tests/wasm/bench.mjs"))?;
    let browser = shell::root().join("tests/browser");
    shell::run(
        shell::command("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&browser),
    )?;
    shell::run(
        shell::command("node")
            .args(["bench/navigation.mjs", "--goal", "5"])
            .env("PERCORSO_BIN", shell::target().join("release/percorso"))
            .current_dir(&browser),
    )
}

/// Many small files, one big video; answers the id of a small package for what follows.
fn imports(percorso: &Percorso, folder: &Path) -> Result<String> {
    let small = package(folder, "small", &[(PAGE.into(), page())])?;
    let id = percorso.upload(&small)?;
    let mut files = vec![(PAGE.to_owned(), page())];
    files.extend((0..2000).map(|index| (format!("files/{index}.bin"), zip::noise(50 * 1024))));
    for (what, files) in [
        ("import, 2,000 entries, 100 MB", files),
        (
            "import, a video of 300 MB",
            vec![(PAGE.into(), page()), (VIDEO.into(), zip::noise(300 << 20))],
        ),
    ] {
        let archive = package(folder, "import", &files)?;
        let begun = Instant::now();
        percorso.upload(&archive)?;
        println!(
            "{what:<44} {:>12} {:>7} ms  (upload included)",
            "",
            begun.elapsed().as_millis()
        );
    }
    Ok(id)
}

fn content(options: &Options, folder: &Path, percorso: &Percorso, package: &str) -> Result<()> {
    let base = percorso.start_session(package)?.content_base;
    let path = format!("{base}{PAGE}");
    row(
        "content out of the zip, 20 KiB",
        &load(options, percorso.player_port, |_| {
            let head = format!("GET {path} HTTP/1.1\r\n");
            move |connection: &mut Connection| expect(connection.send(&head, b"")?.0, 200)
        })?,
    );
    let Some(nginx) = Nginx::start(folder, PAGE, &page())? else {
        println!(
            "{:<44} (nginx is not installed)",
            "the same file from nginx"
        );
        return Ok(());
    };
    row(
        "the same file from nginx",
        &load(options, nginx.port, |_| {
            let head = format!("GET /{PAGE} HTTP/1.1\r\n");
            move |connection: &mut Connection| expect(connection.send(&head, b"")?.0, 200)
        })?,
    );
    Ok(())
}

/// Each client is a learner: begins a session, then sends batches of three calls.
fn journal(options: &Options, percorso: &Percorso, package: &str) -> Result<()> {
    let mut sessions = Vec::new();
    for _ in 0..options.clients {
        sessions.push(percorso.start_session(package)?);
    }
    row(
        "journal batches (3 calls, 4 KiB state)",
        &load(options, percorso.player_port, |client| {
            let session = sessions[client].clone();
            let head = format!(
                "POST /play/api/journal HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer {}\r\n",
                session.token
            );
            let mut number = session.next_number;
            move |connection: &mut Connection| {
                let body = batch(&session.id, &mut number);
                let (status, answer) = connection.send(&head, body.as_bytes())?;
                ensure!(
                    status == 200,
                    "journal: {status} {}",
                    String::from_utf8_lossy(answer)
                );
                Ok(())
            }
        })?,
    );
    Ok(())
}

fn bare(options: &Options, postgres: &Database) -> Result<()> {
    let port = crate::postgres::free_port()?;
    let program = shell::target().join("release/examples/bare");
    let _bare = Process::spawn(
        shell::command(program)
            .env("DATABASE_URL", postgres.url())
            .arg(port.to_string()),
        port,
    )?;
    row(
        "a bare handler, one upsert and insert",
        &load(options, port, |client| {
            let body =
                json!({ "state": "x".repeat(STATE_BYTES), "event": "e".repeat(300) }).to_string();
            let head =
                format!("POST /commit/{client} HTTP/1.1\r\nContent-Type: application/json\r\n");
            move |connection: &mut Connection| {
                expect(connection.send(&head, body.as_bytes())?.0, 200)
            }
        })?,
    );
    Ok(())
}

fn batch(session: &str, number: &mut u64) -> String {
    let mut entries = Vec::new();
    if *number == 1 {
        entries.push(json!({ "event": "start" }));
        entries.push(call("Initialize", &[""]));
    }
    entries.push(call(
        "SetValue",
        &["cmi.location", &format!("page-{number}")],
    ));
    entries.push(call(
        "SetValue",
        &["cmi.suspend_data", &"x".repeat(STATE_BYTES)],
    ));
    entries.push(call("Commit", &[""]));
    for entry in &mut entries {
        entry["number"] = json!(*number);
        entry["at_ms"] = json!(now_ms());
        *number += 1;
    }
    json!({ "session_id": session, "entries": entries, "active_ms": 1000, "wall_ms": 1000 })
        .to_string()
}

fn call(method: &str, arguments: &[&str]) -> serde_json::Value {
    json!({ "event": "call", "method": method, "arguments": arguments })
}

/// Keeps the connections asked for busy for a while; answers how long each request took.
fn load<F, R>(options: &Options, port: u16, client: F) -> Result<Measured>
where
    F: Fn(usize) -> R,
    R: FnMut(&mut Connection) -> Result<()> + Send,
{
    load_by(options.clients, options, port, client)
}

/// The same with another number of connections.
fn load_by<F, R>(clients: usize, options: &Options, port: u16, client: F) -> Result<Measured>
where
    F: Fn(usize) -> R,
    R: FnMut(&mut Connection) -> Result<()> + Send,
{
    // What they send is made before the clock starts.
    let requests: Vec<R> = (0..clients).map(client).collect();
    let begun = Instant::now();
    let end = begun + Duration::from_secs(options.seconds);
    let mut latencies = thread::scope(|scope| {
        let clients: Vec<_> = requests
            .into_iter()
            .map(|mut request| {
                scope.spawn(move || -> Result<Vec<Duration>> {
                    let mut connection = Connection::open(port)?;
                    let mut latencies = Vec::new();
                    while Instant::now() < end {
                        let sent = Instant::now();
                        request(&mut connection)?;
                        latencies.push(sent.elapsed());
                    }
                    Ok(latencies)
                })
            })
            .collect();
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.join().expect("a client does not panic")?);
        }
        anyhow::Ok(all)
    })?;
    latencies.sort();
    let at = |hundredths: usize| {
        let place = latencies.len() * hundredths / 100;
        latencies
            .get(place)
            .copied()
            .context("no request was answered")
    };
    Ok(Measured {
        count: latencies.len(),
        took: begun.elapsed(),
        median: at(50)?,
        slowest: at(99)?,
    })
}

/// What a load came to.
struct Measured {
    count: usize,
    took: Duration,
    median: Duration,
    /// All but one of a hundred were quicker.
    slowest: Duration,
}

fn row(what: &str, measured: &Measured) {
    rows(what, measured, 1);
}

/// A row for requests of which each does `each` things.
fn rows(what: &str, measured: &Measured, each: usize) {
    let per_second = (measured.count * each) as u128 * 1000 / measured.took.as_millis().max(1);
    println!(
        "{what:<44} {per_second:>12} {:>7} µs {:>7} µs",
        measured.median.as_micros(),
        measured.slowest.as_micros()
    );
}

fn expect(status: u16, wanted: u16) -> Result<()> {
    ensure!(status == wanted, "answered {status}, expected {wanted}");
    Ok(())
}

fn page() -> Vec<u8> {
    let mut page = b"<!doctype html><title>x</title><body>".to_vec();
    page.resize(PAGE_BYTES, b'x');
    page
}

/// A one-SCO SCORM 2004 package of these files.
fn package(folder: &Path, name: &str, files: &[(String, Vec<u8>)]) -> Result<PathBuf> {
    let manifest = include_bytes!("imsmanifest.xml").to_vec();
    let mut entries = vec![("imsmanifest.xml".to_owned(), manifest)];
    entries.extend_from_slice(files);
    let path = folder.join(format!("{name}.zip"));
    zip::write(&path, &entries)?;
    Ok(path)
}

/// The server takes no entries from a clock that is far from its own.
fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
