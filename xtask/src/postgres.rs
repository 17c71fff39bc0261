//! A Postgres of our own for tests and measuring: a new cluster in a temporary folder, gone afterwards. (The
//! server's private Postgres is elsewhere, in the api crate; here only the programs are shared.)

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::shell;

/// The account Debian's package makes; Postgres refuses to run as root.
const UNPRIVILEGED: &str = "postgres";

/// Whether a commit waits for the disk.
#[derive(Clone, Copy)]
pub(crate) enum Commits {
    /// As in real use.
    Durable,
    /// As fast as tests like it.
    Volatile,
}

/// A running cluster.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// Makes a cluster below `folder` and starts it.
    ///
    /// # Errors
    /// When the programs are missing or do not start.
    pub(crate) fn start(folder: &Path, commits: Commits) -> Result<Self> {
        let postgres = Self {
            programs: programs().context("PostgreSQL's server programs are missing")?,
            folder: folder.join("postgres"),
            port: free_port()?,
        };
        fs::create_dir_all(&postgres.folder)?;
        if is_root() {
            shell::run(
                shell::command("chown")
                    .arg(UNPRIVILEGED)
                    .arg(&postgres.folder),
            )?;
        }
        let data = postgres.folder.join("data");
        let mut initdb = postgres.program("initdb");
        initdb
            .args([
                "--auth=trust",
                "--username=percorso",
                "--encoding=UTF8",
                "--pgdata",
            ])
            .arg(&data);
        shell::run(initdb.stdout(std::process::Stdio::null()))?;
        let fsync = match commits {
            Commits::Durable => "on",
            Commits::Volatile => "off",
        };
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories='' -c max_connections=300 -c fsync={fsync}",
            postgres.port
        );
        let mut start = postgres.program("pg_ctl");
        start
            .args(["start", "--wait", "--silent", "--log"])
            .arg(postgres.folder.join("log"));
        start
            .arg("--pgdata")
            .arg(&data)
            .arg("--options")
            .arg(options);
        shell::run(start.stdout(std::process::Stdio::null()))?;
        Ok(postgres)
    }

    /// Where to connect.
    pub(crate) fn url(&self) -> String {
        format!("postgres://percorso@127.0.0.1:{}/postgres", self.port)
    }

    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut runuser = shell::command("runuser");
            runuser.args(["-u", UNPRIVILEGED, "--"]).arg(path);
            runuser
        } else {
            shell::command(path)
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--mode=immediate", "--silent", "--pgdata"])
            .arg(self.folder.join("data"));
        let _ = stop.status();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where the server programs are: by `pg_config`, on the path, or in Debian's places (newest first).
pub(crate) fn programs() -> Option<PathBuf> {
    let configured = shell::output(shell::command("pg_config").arg("--bindir")).map(PathBuf::from);
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    configured
        .into_iter()
        .chain(std::env::split_paths(&path))
        .chain(versions.into_iter().rev())
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn is_root() -> bool {
    shell::output(shell::command("id").arg("-u")).as_deref() == Some("0")
}
