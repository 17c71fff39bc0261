//! The private Postgres: found or downloaded, made in the data directory, run on a private socket
//! with a generated password, watched, and stopped with the server.
//!
//! Whoever holds `postgres.lock` owns the directory; the lock goes away with its process, however it
//! ends. A Postgres that an earlier server left running is stopped before ours starts, so there is
//! never more than one on the data.

mod account;
mod cluster;
mod lock;
mod programs;
mod tuning;

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{process::Child, sync::Notify, task::JoinHandle};

use cluster::Cluster;
use lock::Lock;

/// How long a crashed Postgres may take before the next try to start it.
const RESTART_PAUSE: Duration = Duration::from_millis(500);

/// A private Postgres that runs.
#[derive(Debug)]
pub struct Postgres {
    url: String,
    stop: Arc<Notify>,
    supervisor: JoinHandle<Result<()>>,
    _lock: Lock,
}

impl Postgres {
    /// Starts the Postgres of this data directory, and makes it first when it is not there. Whoever drops the
    /// start before its end leaves none running.
    ///
    /// # Errors
    /// When another server uses the directory, or the programs are missing or do not start.
    pub async fn start(data_dir: &Path, given: Option<&Path>) -> Result<Self> {
        std::fs::create_dir_all(data_dir)
            .with_context(|| format!("the data directory {} cannot be made", data_dir.display()))?;
        let lock = Lock::take(data_dir)?;
        let home = cluster::home(data_dir, account::unprivileged()?)?;
        make_way(&home)?;
        let programs = programs::find_or_download(given, &programs::folder_for(&home)).await?;
        let cluster = Cluster::prepare(data_dir, home, programs).await?;
        let mut child = cluster.start().await?;
        let url = match cluster.ready(&mut child).await {
            Ok(url) => url,
            Err(error) => {
                cluster.stop(&mut child).await?;
                return Err(error);
            }
        };
        tracing::info!(folder = %cluster.home().display(), "the private Postgres runs");
        let stop = Arc::new(Notify::new());
        let supervisor = tokio::spawn(supervise(cluster, child, Arc::clone(&stop)));
        Ok(Self {
            url,
            stop,
            supervisor,
            _lock: lock,
        })
    }

    /// Where to connect; carries the password.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Stops it: sessions are ended, everything is written.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(self) -> Result<()> {
        self.stop.notify_one();
        self.supervisor
            .await
            .context("the supervisor of Postgres stopped")?
    }
}

/// Where the programs are that a start uses; `None` when it would download them.
///
/// # Errors
/// When the given folder has none, or the cluster of the data directory is not where it was.
pub fn programs(data_dir: &Path, given: Option<&Path>) -> Result<Option<PathBuf>> {
    let home = cluster::home(data_dir, account::unprivileged()?)?;
    programs::there(given, &programs::folder_for(&home))
}

/// Makes the folder that a cluster's home lies in, for all to enter: home and programs belong to another account.
fn make_way(home: &Path) -> Result<()> {
    let Some(folder) = home.parent().filter(|folder| !folder.exists()) else {
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)))
        .with_context(|| format!("{} cannot be made", folder.display()))
}

/// Whether a server uses this data directory now.
pub fn is_running(data_dir: &Path) -> bool {
    Lock::is_held(data_dir)
}

/// Where the Postgres is that a running server keeps in this data directory.
///
/// # Errors
/// When this account may not read its password.
pub fn running_url(data_dir: &Path) -> Result<String> {
    cluster::running_url(data_dir)
}

/// Starts Postgres again whenever it ends by itself, until told to stop.
async fn supervise(cluster: Cluster, mut child: Child, stop: Arc<Notify>) -> Result<()> {
    loop {
        tokio::select! {
            () = stop.notified() => return cluster.stop(&mut child).await,
            status = child.wait() => tracing::error!(?status, "Postgres ended by itself; starting it again"),
        }
        child = loop {
            // What the ended one left (its sessions, its shared memory) needs a moment to go.
            tokio::select! {
                () = stop.notified() => return Ok(()),
                () = tokio::time::sleep(RESTART_PAUSE) => {}
            }
            match cluster.start().await {
                Ok(child) => break child,
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "Postgres does not start");
                }
            }
        };
    }
}
