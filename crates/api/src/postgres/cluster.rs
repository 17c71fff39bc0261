//! The cluster on disk and the process on it.

use std::{
    fs,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::process::{Child, Command};

use super::{
    account::{self, Account},
    tuning,
};

const USER: &str = "percorso";
const CLUSTER: &str = "cluster";
const DATABASE: &str = "percorso";
/// How long a start may take: a crash may have left much to recover.
const START: Duration = Duration::from_mins(2);
/// How long a stop may take before it is forced.
const STOP: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);
/// For clusters whose data directory Postgres' account cannot reach.
const ELSEWHERE: &str = "/var/lib/percorso";
/// Unix sockets' paths are at most about 107 bytes, the file's name included.
const LONGEST_SOCKET_FOLDER: usize = 85;

/// A cluster, made and not running.
#[derive(Debug)]
pub(super) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    socket: PathBuf,
    password: String,
    account: Option<Account>,
}

impl Cluster {
    /// Makes the cluster when it is not there, and ends what an earlier server left running on it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) async fn prepare(data_dir: &Path, programs: PathBuf) -> Result<Self> {
        let account = account::unprivileged()?;
        let home = home(data_dir, account);
        directory(&home, account, 0o700)?;
        let socket = socket_folder(&home);
        directory(&socket, account, 0o700)?;
        let password = password(&data_dir.join("postgres.password"))?;
        let folder = home.join(CLUSTER);
        let cluster = Self {
            programs,
            folder,
            socket,
            password,
            account,
        };
        if cluster.folder.join("PG_VERSION").exists() {
            cluster.fits()?;
            cluster.end_leftover().await?;
        } else {
            cluster.make(&home).await?;
        }
        Ok(cluster)
    }

    /// Starts Postgres. It is ready a little later: see [`Cluster::ready`].
    ///
    /// # Errors
    /// When the program cannot be run.
    pub(super) async fn start(&self) -> Result<Child> {
        // The shared memory of one that was killed may outlive it for a moment.
        self.end_leftover().await?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(&self.folder);
        let own = [
            "listen_addresses=".to_owned(),
            format!("unix_socket_directories={}", self.socket.display()),
            "unix_socket_permissions=0700".to_owned(),
            "max_connections=200".to_owned(),
            "logging_collector=off".to_owned(),
        ];
        for setting in own.iter().chain(&tuning::settings()) {
            command.args(["-c", setting]);
        }
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.log())?;
        command.stdout(log.try_clone()?).stderr(log);
        // Its own process group: a Ctrl-C in the terminal is for us, who then stop it in order.
        command.process_group(0);
        command.spawn().context("Postgres cannot be started")
    }

    /// Waits until it takes connections, makes the database, and answers where it is.
    ///
    /// # Errors
    /// When it does not get ready.
    pub(super) async fn ready(&self) -> Result<String> {
        let begun = Instant::now();
        let client = loop {
            match tokio_postgres::connect(&self.url("postgres"), tokio_postgres::NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    break client;
                }
                Err(error) if begun.elapsed() > START => {
                    return Err(error).with_context(|| {
                        format!(
                            "Postgres does not get ready; its log is {}",
                            self.log().display()
                        )
                    });
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        };
        let known = "SELECT 1 FROM pg_database WHERE datname = $1";
        if client.query(known, &[&DATABASE]).await?.is_empty() {
            client
                .batch_execute(&format!("CREATE DATABASE {DATABASE}"))
                .await?;
        }
        Ok(self.url(DATABASE))
    }

    /// Stops it (fast shutdown: sessions are ended, everything is written).
    ///
    /// # Errors
    /// When it does not stop.
    pub(super) async fn stop(&self, child: &mut Child) -> Result<()> {
        let Some(pid) = child.id().and_then(pid) else {
            return Ok(());
        };
        let _ = kill_process(pid, Signal::INT);
        if tokio::time::timeout(STOP, child.wait()).await.is_err() {
            tracing::warn!("Postgres does not stop; it is forced, and recovers at the next start");
            let _ = kill_process(pid, Signal::QUIT);
            tokio::time::timeout(STOP, child.wait())
                .await
                .context("Postgres does not stop")??;
        }
        Ok(())
    }

    async fn make(&self, home: &Path) -> Result<()> {
        tracing::info!(folder = %home.display(), "making a private Postgres, once");
        let unfinished = home.join("cluster.part");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        let secret = home.join("initdb.password");
        write_secret(&secret, &self.password)?;
        if let Some(account) = self.account {
            account.give(&secret)?;
        }
        let mut command = self.command("initdb");
        command
            .arg("--pgdata")
            .arg(&unfinished)
            .arg("--pwfile")
            .arg(&secret);
        command.args([
            "--username",
            USER,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
        ]);
        command.args(["--no-locale", "--no-instructions"]);
        let output = command.output().await.context("initdb cannot be run")?;
        fs::remove_file(&secret)?;
        if !output.status.success() {
            bail!(
                "initdb failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        fs::rename(unfinished, &self.folder).context("the new cluster cannot be put in its place")
    }

    /// Postgres' data is of one major version: programs of another cannot use it.
    fn fits(&self) -> Result<()> {
        let ours = fs::read_to_string(self.folder.join("PG_VERSION"))?;
        let output = std::process::Command::new(self.programs.join("postgres"))
            .arg("--version")
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let theirs = text
            .split_whitespace()
            .find_map(|word| word.split('.').next()?.parse::<u32>().ok());
        if theirs.map(|version| version.to_string()).as_deref() == Some(ours.trim()) {
            return Ok(());
        }
        bail!(
            "the data is Postgres {}'s, the programs in {} are another version's ({}); set PERCORSO_POSTGRES_BIN",
            ours.trim(),
            self.programs.display(),
            text.trim()
        )
    }

    /// Stops the Postgres that a killed server left running on the cluster. Whether the process in
    /// `postmaster.pid` is one is asked of the system: after a restart the number may be another's.
    async fn end_leftover(&self) -> Result<()> {
        let Some(pid) = self.leftover() else {
            return Ok(());
        };
        tracing::warn!("a Postgres of an earlier server still runs; stopping it");
        for signal in [Signal::INT, Signal::QUIT] {
            let _ = kill_process(pid, signal);
            let begun = Instant::now();
            while begun.elapsed() < STOP {
                if self.leftover().is_none() {
                    return Ok(());
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        bail!(
            "a Postgres of an earlier server (process {}) does not stop",
            pid.as_raw_nonzero()
        )
    }

    fn leftover(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.folder.join("postmaster.pid")).ok()?;
        let raw: i32 = text.lines().next()?.trim().parse().ok()?;
        let pid = Pid::from_raw(raw)?;
        test_kill_process(pid).ok()?;
        let command = fs::read(format!("/proc/{raw}/cmdline"));
        // Without /proc the lock file's word is taken.
        let is_postgres = command.is_ok_and(|line| {
            let line = String::from_utf8_lossy(&line);
            line.contains("postgres") && line.contains(&*self.folder.to_string_lossy())
        });
        (is_postgres || !Path::new("/proc/self").exists()).then_some(pid)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir("/").stdin(Stdio::null());
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG"))
        {
            command.env_remove(name);
        }
        if let Some(account) = self.account {
            account.run(&mut command);
        }
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.with_file_name("postgres.log")
    }

    fn url(&self, database: &str) -> String {
        url(&self.socket, &self.password, database)
    }
}

/// Where the Postgres of a data directory is while a server runs it.
///
/// # Errors
/// When this account may not read its password.
pub(super) fn running_url(data_dir: &Path) -> Result<String> {
    let path = data_dir.join("postgres.password");
    let password = fs::read_to_string(&path).with_context(|| {
        format!(
            "{} cannot be read; use the server's account",
            path.display()
        )
    })?;
    Ok(url(
        &socket_folder(&home(data_dir, account::unprivileged()?)),
        password.trim(),
        DATABASE,
    ))
}

fn url(socket: &Path, password: &str, database: &str) -> String {
    let bytes = socket.as_os_str().as_encoded_bytes();
    let socket: String = url::form_urlencoded::byte_serialize(bytes).collect();
    let socket = socket.replace('+', "%20");
    format!("postgres://{USER}:{password}@{socket}/{database}")
}

fn pid(raw: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(raw).ok()?)
}

/// Where the cluster lies: in the data directory; started as root below a folder that Postgres' account
/// may not enter (`/root`, say), in a folder of its own under [`ELSEWHERE`], named by the data directory.
/// A cluster that is there already stays where it is.
pub(super) fn home(data_dir: &Path, account: Option<Account>) -> PathBuf {
    let inside = data_dir.join("postgres");
    let Some(account) = account.filter(|_| !inside.join(CLUSTER).exists()) else {
        return inside;
    };
    let whole = fs::canonicalize(data_dir).unwrap_or_else(|_| data_dir.to_owned());
    let name = crc32fast::hash(whole.to_string_lossy().as_bytes());
    let elsewhere = Path::new(ELSEWHERE).join(format!("{name:08x}"));
    if account.reaches(&whole) && !elsewhere.join(CLUSTER).exists() {
        return inside;
    }
    elsewhere
}

/// In the data directory, or, when its path is too long for a socket, in the temporary one.
fn socket_folder(home: &Path) -> PathBuf {
    let folder = home.join("socket");
    if folder.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
        return folder;
    }
    let name = crc32fast::hash(home.to_string_lossy().as_bytes());
    std::env::temp_dir().join(format!("percorso-{name:08x}"))
}

fn directory(path: &Path, account: Option<Account>, mode: u32) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("{} cannot be made", path.display()))?;
    if let Some(account) = account {
        account.give(path)?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// Made once and kept where only this account reads it.
fn password(path: &Path) -> Result<String> {
    if let Ok(text) = fs::read_to_string(path)
        && !text.trim().is_empty()
    {
        return Ok(text.trim().to_owned());
    }
    let password = crate::auth::new_secret();
    write_secret(path, &password).context("Postgres' password cannot be kept")?;
    Ok(password)
}

fn write_secret(path: &Path, secret: &str) -> Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    Ok(())
}
