//! `cargo xtask conformance`: a folder of conformance cases, replayed on the engine alone and in the real
//! player in Chromium. The cases are somebody else's; none of them lies in this repository.
//!
//! The folder has `cases/*.json` and `packages/*.zip`; for the browser also `run.mjs`, which drives a
//! server by `PERCORSO_URL`, `PERCORSO_CLIENT_ID` and `PERCORSO_CLIENT_SECRET`.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process,
};

use anyhow::{Result, ensure};
use clap::Args;

use crate::{
    bench::Process,
    postgres::{Commits, Postgres, free_port},
    shell,
};

const CLIENT: &str = "conformance";
const SECRET: &str = "conformance-secret-of-one-run";

#[derive(Args)]
pub(crate) struct Options {
    /// The folder with the cases
    folder: PathBuf,
    /// Only on the engine alone
    #[arg(long, conflicts_with = "browser")]
    native: bool,
    /// Only in the player in Chromium
    #[arg(long)]
    browser: bool,
    /// Passed on to the folder's `run.mjs`, e.g. `--group CM,RU`
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Replays the cases.
///
/// # Errors
/// When the folder has none, something is missing, or a case deviates.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = env::current_dir()?.join(&options.folder);
    ensure!(
        folder.join("cases").is_dir() && folder.join("packages").is_dir(),
        "{}: has no folders cases/ and packages/",
        folder.display()
    );
    if !options.browser {
        native(&folder)?;
    }
    if !options.native {
        browser(&folder, &options.rest)?;
    }
    Ok(())
}

fn native(folder: &Path) -> Result<()> {
    let mut example = shell::cargo();
    example.args([
        "run",
        "--quiet",
        "--package",
        "percorso-tracker",
        "--example",
    ]);
    shell::run(example.args(["conformance", "--"]).arg(folder))
}

/// On a copy, so that nothing is installed into the folder, against a server that lives as long as this.
fn browser(folder: &Path, rest: &[String]) -> Result<()> {
    ensure!(
        folder.join("run.mjs").is_file(),
        "{}: has no run.mjs, which the browser needs; --native does without",
        folder.display()
    );
    let here = env::temp_dir().join(format!("percorso-conformance-{}", process::id()));
    let copy = here.join("suite");
    copy_suite(folder, &copy)?;
    let result = in_browser(&here, &copy, rest);
    let _ = fs::remove_dir_all(&here);
    result
}

fn in_browser(here: &Path, suite: &Path, rest: &[String]) -> Result<()> {
    shell::run(
        shell::command("npm")
            .args([
                "install",
                "--no-save",
                "--no-package-lock",
                "--no-audit",
                "--no-fund",
            ])
            .current_dir(suite),
    )?;
    shell::run(&mut shell::build_server())?;
    let postgres = Postgres::start(here, Commits::Volatile)?;
    let (port, player_port) = (free_port()?, free_port()?);
    let log = File::create(here.join("percorso.log"))?;
    let url = format!("http://localhost:{port}");
    let server = Process::spawn(
        shell::command(shell::target().join("debug/percorso"))
            .arg("serve")
            .env("DATABASE_URL", postgres.url())
            .env("PERCORSO_DATA_DIR", here.join("data"))
            .env("PERCORSO_LISTEN", format!("127.0.0.1:{port}"))
            .env("PERCORSO_PLAYER_LISTEN", format!("127.0.0.1:{player_port}"))
            .env("PERCORSO_PUBLIC_URL", &url)
            .env(
                "PERCORSO_PLAYER_URL",
                format!("http://127.0.0.1:{player_port}"),
            )
            .env("PERCORSO_CLIENT_ID", CLIENT)
            .env("PERCORSO_CLIENT_SECRET", SECRET)
            .stdout(log.try_clone()?)
            .stderr(log),
        port,
    )?;
    let result = shell::run(
        shell::command("node")
            .args(["run.mjs", "--adapter", "percorso"])
            .args(rest)
            .env("PERCORSO_URL", &url)
            .env("PERCORSO_CLIENT_ID", CLIENT)
            .env("PERCORSO_CLIENT_SECRET", SECRET)
            .current_dir(suite),
    );
    drop(server);
    drop(postgres);
    result
}

fn copy_suite(from: &Path, to: &Path) -> Result<()> {
    for file in shell::files(from)? {
        let name = file.strip_prefix(from)?;
        if name
            .components()
            .any(|part| part.as_os_str() == "node_modules")
        {
            continue;
        }
        let place = to.join(name);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&file, place)?;
    }
    Ok(())
}
