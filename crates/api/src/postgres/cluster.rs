//! The cluster on disk and the process on it.

use std::{
    error::Error as _,
    fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use rustix::{
    fs::OFlags,
    process::{Pid, Signal, kill_process, test_kill_process},
};
use tokio::process::{Child, Command};
use tokio_postgres::error::SqlState;

use super::{
    account::{self, Account},
    lock::Lock,
    tuning,
};

const USER: &str = "percorso";
const CLUSTER: &str = "cluster";
const DATABASE: &str = "percorso";
/// What a whole cluster has.
const VERSION: &str = "PG_VERSION";
/// Of the data directory: the password.
const PASSWORD: &str = "postgres.password";
/// Of the data directory: where the home of the cluster is, when that is elsewhere.
const HOME: &str = "postgres.home";
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
    data_dir: PathBuf,
    home: PathBuf,
    folder: PathBuf,
    socket: PathBuf,
    password: String,
    account: Option<Account>,
    _lock: Option<Lock>,
}

impl Cluster {
    /// Makes the cluster in its [`home`] when it is not there, and ends what an earlier server left running on it.
    ///
    /// # Errors
    /// When it cannot be made, or its password is gone.
    pub(super) async fn prepare(data_dir: &Path, home: PathBuf, programs: PathBuf) -> Result<Self> {
        let account = account::unprivileged()?;
        directory(&home, account, 0o700)?;
        let lock = match home == inside(data_dir) {
            true => None,
            false => Some(Lock::take_home(&home)?),
        };
        let socket = socket_folder(&home);
        directory(&socket, account, 0o700)?;
        let password = password(data_dir, &home)?;
        let cluster = Self {
            programs,
            data_dir: data_dir.to_owned(),
            folder: home.join(CLUSTER),
            home,
            socket,
            password,
            account,
            _lock: lock,
        };
        if is_made(&cluster.home) {
            cluster.fits()?;
            cluster.end_leftover().await?;
        } else {
            cluster.make().await?;
        }
        Ok(cluster)
    }

    /// The folder that the cluster and its log lie in.
    pub(super) fn home(&self) -> &Path {
        &self.home
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

    /// Waits until it takes connections, makes the database, and answers where it is. Dropped before its end, it
    /// tells the process to stop.
    ///
    /// # Errors
    /// When it does not get ready.
    pub(super) async fn ready(&self, child: &mut Child) -> Result<String> {
        let mut starting = Starting {
            child,
            is_ready: false,
        };
        let begun = Instant::now();
        let client = loop {
            if let Some(status) = starting.child.try_wait()? {
                bail!(
                    "Postgres ended by itself ({status}); its log is {}",
                    self.log().display()
                );
            }
            match tokio_postgres::connect(&self.url("postgres"), tokio_postgres::NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    break client;
                }
                Err(error) if is_early(&error) && begun.elapsed() < START => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => {
                    let why = self.refusal(&error);
                    return Err(error).context(why);
                }
            }
        };
        let known = "SELECT 1 FROM pg_database WHERE datname = $1";
        if client.query(known, &[&DATABASE]).await?.is_empty() {
            client
                .batch_execute(&format!("CREATE DATABASE {DATABASE}"))
                .await?;
        }
        self.keep_traces()?;
        starting.is_ready = true;
        Ok(self.url(DATABASE))
    }

    fn refusal(&self, error: &tokio_postgres::Error) -> String {
        if error.code() == Some(&SqlState::INVALID_PASSWORD) {
            return format!(
                "{} is not the password of the Postgres in {}; put the right one there, or move that folder away to begin with an empty database",
                self.data_dir.join(PASSWORD).display(),
                self.home.display()
            );
        }
        format!(
            "Postgres does not get ready; its log is {}",
            self.log().display()
        )
    }

    /// Each of data directory and cluster must lead on alone: the one says where the other is, the other has a
    /// copy of the password.
    fn keep_traces(&self) -> Result<()> {
        let copy = copy_of_password(&self.home);
        if secret(&copy).as_ref() != Some(&self.password) {
            write_secret(&copy, &self.password)
                .context("the copy of Postgres' password cannot be kept")?;
        }
        let note = self.data_dir.join(HOME);
        if self.home != inside(&self.data_dir) && !note.exists() {
            fs::write(&note, format!("{}\n", self.home.display()))
                .with_context(|| format!("{} cannot be written", note.display()))?;
        }
        Ok(())
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

    async fn make(&self) -> Result<()> {
        tracing::info!(folder = %self.home.display(), "making a private Postgres, once");
        let unfinished = self.home.join("cluster.part");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        let secret = self.home.join("initdb.password");
        write_secret(&secret, &self.password)?;
        if let Some(account) = self.account {
            account.give(&secret)?;
        }
        let mut command = self.command("initdb");
        command.kill_on_drop(true);
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
        let ours = fs::read_to_string(self.folder.join(VERSION))?;
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

/// A process that is not ready yet: dropped before it is, it is told to stop.
struct Starting<'a> {
    child: &'a mut Child,
    is_ready: bool,
}

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id().and_then(pid)
            && !self.is_ready
        {
            let _ = kill_process(pid, Signal::INT);
        }
    }
}

/// Whether Postgres may still get ready: nothing listens yet, or what listens says that it is starting.
fn is_early(error: &tokio_postgres::Error) -> bool {
    let unconnected = error
        .source()
        .is_some_and(|cause| cause.downcast_ref::<io::Error>().is_some());
    unconnected || error.is_closed() || error.code() == Some(&SqlState::CANNOT_CONNECT_NOW)
}

/// Where the Postgres of a data directory is while a server runs it.
///
/// # Errors
/// When this account may not read its password.
pub(super) fn running_url(data_dir: &Path) -> Result<String> {
    let path = data_dir.join(PASSWORD);
    let password = fs::read_to_string(&path).with_context(|| {
        format!(
            "{} cannot be read; use the server's account",
            path.display()
        )
    })?;
    let home = home(data_dir, account::unprivileged()?)?;
    Ok(url(&socket_folder(&home), password.trim(), DATABASE))
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
/// A cluster that is there already stays where it is, also when the data directory was moved since.
///
/// # Errors
/// When it is no longer where it was.
pub(super) fn home(data_dir: &Path, account: Option<Account>) -> Result<PathBuf> {
    if let Some(noted) = noted_home(&data_dir.join(HOME))? {
        return Ok(noted);
    }
    let inside = inside(data_dir);
    let Some(account) = account.filter(|_| !inside.join(CLUSTER).exists()) else {
        return Ok(inside);
    };
    let whole = fs::canonicalize(data_dir).unwrap_or_else(|_| data_dir.to_owned());
    let name = crc32fast::hash(whole.to_string_lossy().as_bytes());
    let elsewhere = Path::new(ELSEWHERE).join(format!("{name:08x}"));
    if account.reaches(&whole) && !elsewhere.join(CLUSTER).exists() {
        return Ok(inside);
    }
    Ok(elsewhere)
}

fn inside(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres")
}

fn noted_home(note: &Path) -> Result<Option<PathBuf>> {
    let text = match fs::read_to_string(note) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", note.display()));
        }
    };
    let home = PathBuf::from(text.trim());
    ensure!(
        is_made(&home),
        "{} says that Postgres' data is in {}, and it is not there, or this account may not enter that folder; bring it back, or remove the file to begin with an empty database",
        note.display(),
        home.display()
    );
    Ok(Some(home))
}

/// Whether there is a cluster in a home.
fn is_made(home: &Path) -> bool {
    home.join(CLUSTER).join(VERSION).exists()
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

/// Made with the cluster and kept where only this account reads it: in the data directory, and a copy in the
/// home, from which it comes back.
fn password(data_dir: &Path, home: &Path) -> Result<String> {
    let path = data_dir.join(PASSWORD);
    if let Some(password) = secret(&path) {
        return Ok(password);
    }
    let copy = copy_of_password(home);
    let password = match secret(&copy) {
        Some(password) => password,
        None if is_made(home) => bail!(
            "the password of the Postgres in {} is gone: it is neither in {} nor in {}; put it back, or move that folder away to begin with an empty database",
            home.display(),
            path.display(),
            copy.display()
        ),
        None => crate::auth::new_secret(),
    };
    write_secret(&path, &password).context("Postgres' password cannot be kept")?;
    Ok(password)
}

fn copy_of_password(home: &Path) -> PathBuf {
    home.join("password")
}

fn secret(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Follows no link: a home belongs to another account, which could lay one.
fn write_secret(path: &Path, secret: &str) -> Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A home with a cluster, as far as it is looked at here.
    fn made(home: &Path) {
        fs::create_dir_all(home.join(CLUSTER)).unwrap();
        fs::write(home.join(CLUSTER).join(VERSION), "17\n").unwrap();
    }

    #[test]
    fn a_moved_data_directory_finds_its_cluster_and_says_when_it_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (data, elsewhere) = (folder.path().join("data"), folder.path().join("elsewhere"));
        fs::create_dir(&data).unwrap();
        made(&elsewhere);
        assert_eq!(home(&data, None).unwrap(), data.join("postgres"));
        fs::write(data.join(HOME), format!("{}\n", elsewhere.display())).unwrap();
        assert_eq!(home(&data, None).unwrap(), elsewhere);
        let moved = folder.path().join("moved");
        fs::rename(&data, &moved).unwrap();
        assert_eq!(home(&moved, None).unwrap(), elsewhere);

        fs::remove_dir_all(&elsewhere).unwrap();
        let refusal = home(&moved, None).unwrap_err().to_string();
        assert!(
            refusal.contains(&*elsewhere.to_string_lossy()) && refusal.contains(HOME),
            "{refusal}"
        );
    }

    #[test]
    fn a_password_comes_back_from_its_copy_and_none_is_made_for_a_cluster_that_has_one() {
        let folder = tempfile::tempdir().unwrap();
        let (data, home) = (folder.path().join("data"), folder.path().join("home"));
        fs::create_dir(&data).unwrap();
        fs::create_dir(&home).unwrap();
        let first = password(&data, &home).unwrap();
        assert_eq!(password(&data, &home).unwrap(), first);

        made(&home);
        fs::remove_file(data.join(PASSWORD)).unwrap();
        let refusal = password(&data, &home).unwrap_err().to_string();
        assert!(refusal.contains("is gone"), "{refusal}");
        assert!(!data.join(PASSWORD).exists());

        write_secret(&copy_of_password(&home), &first).unwrap();
        assert_eq!(password(&data, &home).unwrap(), first);
        assert_eq!(secret(&data.join(PASSWORD)), Some(first));
    }
}
