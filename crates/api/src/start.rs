//! From settings to a running server, and back to nothing when it is told to stop.

mod demo;
mod first;

use std::{net::TcpListener, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    app::App,
    auth::Keys,
    blob::{self, BlobConfig, BlobStore},
    cli::Serve,
    config::Config,
    db::{self, Pool},
    delivery, forwarding,
    import::Importer,
    own_statements,
    postgres::{self, Postgres},
    webhooks,
};

/// How often keys are looked at: another server, or `percorso rotate-keys`, may have made a new one.
const KEYS_EVERY: Duration = Duration::from_mins(5);
/// How often archives and uploads that nothing names are removed.
const SWEEP_EVERY: Duration = Duration::from_hours(24);

/// What was under way ended because the process was told to stop.
#[derive(Debug, thiserror::Error)]
#[error("stopped before it was done")]
struct Stopped;

/// SIGTERM and SIGINT. From its making on they end nothing by themselves, and are kept until somebody asks.
#[derive(Debug)]
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits until the process is told to stop.
    async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Does something, as long as the process is not told to stop: then it is dropped.
    async fn unless_told<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            done = work => done,
            () = self.told() => Err(Stopped.into()),
        }
    }
}

/// The database in use: the one that `DATABASE_URL` names, or a private one. A private one must not outlive
/// the process, so from its opening on a signal stops the work first, then the database.
#[derive(Debug)]
pub struct Database {
    url: String,
    private: Option<Postgres>,
    stop: Stop,
}

impl Database {
    /// Connects to nothing yet; starts the private Postgres when there is no `DATABASE_URL`.
    ///
    /// # Errors
    /// When the private one cannot start, or the process is told to stop before it has.
    pub async fn open(config: &Config) -> Result<Self> {
        let mut stop = Stop::listen()?;
        if let Some(url) = &config.database.url {
            return Ok(Self {
                url: url.expose_secret().to_owned(),
                private: None,
                stop,
            });
        }
        let programs = config.database.postgres_bin.as_deref();
        let start = Postgres::start(&config.data_dir, programs);
        let private = stop.unless_told(start).await?;
        Ok(Self {
            url: private.url(),
            private: Some(private),
            stop,
        })
    }

    /// For commands: as [`Database::ready`], but beside a running server its Postgres is used.
    ///
    /// # Errors
    /// When there is none and it does not start, or it cannot be migrated.
    pub async fn join(config: &Config) -> Result<Self> {
        match Self::running(config)? {
            Some(running) => Ok(running),
            None => Self::ready(config).await,
        }
    }

    /// As [`Database::open`], but beside a running server its Postgres is used; of whatever schema it is.
    ///
    /// # Errors
    /// When there is none and it does not start.
    pub async fn beside(config: &Config) -> Result<Self> {
        match Self::running(config)? {
            Some(running) => Ok(running),
            None => Self::open(config).await,
        }
    }

    /// The private Postgres of a server that runs on the data directory.
    fn running(config: &Config) -> Result<Option<Self>> {
        if config.database.url.is_some() || !postgres::is_running(&config.data_dir) {
            return Ok(None);
        }
        Ok(Some(Self {
            url: postgres::running_url(&config.data_dir)?,
            private: None,
            stop: Stop::listen()?,
        }))
    }

    /// As [`Database::open`], with the newest schema.
    ///
    /// # Errors
    /// When it does not start or cannot be migrated.
    pub async fn ready(config: &Config) -> Result<Self> {
        let database = Self::open(config).await?;
        match db::migrate(&database.url).await {
            Ok(_) => Ok(database),
            Err(error) => {
                database.close().await?;
                Err(error)
            }
        }
    }

    /// Where to connect.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A pool of connections to it.
    ///
    /// # Errors
    /// When the pool cannot be built.
    pub fn pool(&self, config: &Config) -> Result<Pool> {
        db::pool(&self.url, config.database.pool_size)
    }

    /// Does something with a connection, and closes the database whatever came of it: a private Postgres
    /// must not outlive a command that failed or was stopped.
    ///
    /// # Errors
    /// When it does not answer, the work fails or is stopped, or the database does not close.
    pub async fn with<T>(
        mut self,
        config: &Config,
        work: impl AsyncFnOnce(&mut db::Connection) -> Result<T>,
    ) -> Result<T> {
        let pool = self.pool(config);
        let done = async {
            let pool = pool?;
            let mut conn = pool.get().await?;
            work(&mut conn).await
        };
        let done = Box::pin(self.stop.unless_told(done)).await;
        self.close_after(done).await
    }

    /// As [`Database::with`], with the app that the settings make.
    ///
    /// # Errors
    /// When the app cannot be put together, the work fails or is stopped, or the database does not close.
    pub async fn with_app<T>(
        mut self,
        config: Config,
        work: impl AsyncFnOnce(&App) -> Result<T>,
    ) -> Result<T> {
        let pool = self.pool(&config);
        let done = async {
            let app = app(config, pool?).await?;
            work(&app).await
        };
        let done = Box::pin(self.stop.unless_told(done)).await;
        self.close_after(done).await
    }

    async fn close_after<T>(self, done: Result<T>) -> Result<T> {
        let closed = self.close().await;
        let value = done?;
        closed?;
        Ok(value)
    }

    /// Stops the private Postgres, cleanly.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn close(self) -> Result<()> {
        match self.private {
            Some(private) => private.stop().await,
            None => Ok(()),
        }
    }
}

/// Runs the server until it is told to stop (SIGTERM or SIGINT).
///
/// # Errors
/// When it cannot start.
pub async fn serve(config: Config, options: &Serve) -> Result<()> {
    let mut database = match Database::ready(&config).await {
        Err(error) if error.is::<Stopped>() => return Ok(()),
        ready => ready?,
    };
    let result = serve_on(&mut database, config, options).await;
    database.close().await?;
    result
}

async fn serve_on(database: &mut Database, mut config: Config, options: &Serve) -> Result<()> {
    let listener = bind("PERCORSO_LISTEN", &config.server.listen)?;
    let player_listener = bind("PERCORSO_PLAYER_LISTEN", &config.server.player_listen)?;
    let pool = database.pool(&config)?;
    if options.demo {
        demo::issuer(&mut config.issuer);
    }
    let app = app(config, pool).await?;
    first_accounts(&app).await?;
    let demo = if options.demo {
        Some(demo::accounts(&app).await?)
    } else {
        None
    };
    if let Some(directory) = &options.import {
        first::import(&app, directory).await?;
    }
    if demo.is_some() {
        demo::enrol(&app).await?;
    }
    let server = app.serve(listener)?;
    let player = app.serve_player(player_listener)?;
    let handles = [server.handle(), player.handle()];
    let watching = tokio::spawn(watch_keys(app.clone()));
    let sweeping = tokio::spawn(sweep(app.clone()));
    let watching_units = tokio::spawn(crate::cmi5::watch(app.clone()));
    let telling = tokio::spawn(webhooks::work(app.clone()));
    let sending_on = tokio::spawn(forwarding::work(app.clone()));
    let stating = tokio::spawn(own_statements::work(app.clone()));
    let counting = tokio::spawn(crate::stock::watch(app.clone()));
    let keeping_up = tokio::spawn(crate::reports::keep_up(app.clone()));
    greet(&app, demo.as_ref());
    let servers = async { tokio::try_join!(server, player).map(drop) };
    tokio::pin!(servers);
    let stopped = tokio::select! {
        result = &mut servers => result,
        () = database.stop.told() => {
            tracing::info!("stopping");
            // A server hears the stop only while it is polled: both at once.
            let stops = handles.iter().map(|handle| handle.stop(true));
            tokio::join!(futures_util::future::join_all(stops), &mut servers).1
        }
    };
    watching.abort();
    sweeping.abort();
    watching_units.abort();
    telling.abort();
    sending_on.abort();
    stating.abort();
    counting.abort();
    keeping_up.abort();
    stopped.context("the server failed")
}

/// Puts the app together on a database that is ready.
///
/// # Errors
/// When keys or archives cannot be opened.
pub async fn app(config: Config, pool: Pool) -> Result<App> {
    let blobs = archives(&config.blobs)?;
    app_on(config, pool, blobs).await
}

/// Opens the store of archives.
///
/// # Errors
/// When it cannot be opened: names the setting and the place.
pub(crate) fn archives(config: &BlobConfig) -> Result<Arc<dyn BlobStore>> {
    blob::open(config).with_context(|| match &config.url {
        Some(url) => format!("archives cannot be kept in {url}; see PERCORSO_BLOB_URL"),
        None => format!(
            "archives cannot be kept in {}; set PERCORSO_BLOB_DIR to a directory that can be written",
            config.directory.display()
        ),
    })
}

/// As [`app`], with archives in this store.
///
/// # Errors
/// When keys cannot be read.
pub async fn app_on(config: Config, pool: Pool, blobs: Arc<dyn BlobStore>) -> Result<App> {
    let keys = Keys::load(&pool, &config.server.public_url, key_life(&config)).await?;
    Ok(App::new(config, pool, keys, blobs))
}

/// Makes the first client and the first administrator that the settings ask for.
///
/// # Errors
/// When the database fails.
pub async fn first_accounts(app: &App) -> Result<()> {
    first::accounts(app).await
}

/// Imports every package in a directory, and the path beside them.
///
/// # Errors
/// When the directory cannot be read or the database fails.
pub(crate) async fn import(app: &App, directory: &std::path::Path) -> Result<()> {
    first::import(app, directory).await
}

fn key_life(config: &Config) -> TimeDelta {
    TimeDelta::days(config.auth.key_days.into())
}

async fn watch_keys(app: App) {
    loop {
        tokio::time::sleep(KEYS_EVERY).await;
        if let Err(error) = app.keys.reload().await {
            tracing::warn!(
                error = format!("{error:#}"),
                "signing keys could not be read again"
            );
        }
    }
}

/// At the start and daily: what a crash left behind goes.
async fn sweep(app: App) {
    loop {
        sweep_at(&app, Utc::now()).await;
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

/// Sweeps once, as at a moment. What fails is in the log; the rest is done all the same.
pub async fn sweep_at(app: &App, now: DateTime<Utc>) {
    if let Err(problem) = delivery::sweep_previews(app, now).await {
        tracing::warn!(
            error = format!("{problem:?}"),
            "previews could not be swept"
        );
    }
    if let Err(problem) = crate::gdpr::apply(app, now).await {
        let error = format!("{problem:?}");
        tracing::warn!(error, "what was kept long enough could not be removed");
    }
    if let Err(problem) = webhooks::sweep(app).await {
        let error = format!("{problem:?}");
        tracing::warn!(error, "old events could not be swept");
    }
    match Importer::of(app).sweep(now).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed archives and uploads that nothing names"),
        Err(error) => {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(error, "archives could not be swept");
        }
    }
}

fn bind(setting: &str, address: &str) -> Result<TcpListener> {
    TcpListener::bind(address).with_context(|| {
        format!("{address} cannot be listened on; stop what listens there or change {setting}")
    })
}

fn greet(app: &App, demo: Option<&demo::Demo>) {
    let server = &app.config.server;
    tracing::info!(app = server.public_url, player = server.player_url, "ready");
    println!(
        "\nPercorso is ready at {}\n  API       {0}/api/docs\n  player    {} (launch links open it)",
        server.public_url, server.player_url
    );
    if let Some(demo) = demo {
        println!("{demo}");
    }
}
