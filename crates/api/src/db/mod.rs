//! The database: pool and migrations. Queries live beside, a file per table or question.

pub mod accounts;
pub(crate) mod admin;
pub mod clients;
pub(crate) mod cmi5;
pub(crate) mod courses;
pub(crate) mod gdpr;
pub(crate) mod history;
pub(crate) mod journal;
pub(crate) mod learners;
pub(crate) mod lrs;
pub(crate) mod moves;
pub(crate) mod own_statements;
pub mod packages;
pub(crate) mod paths;
pub(crate) mod registrations;
pub(crate) mod replay;
pub(crate) mod reports;
pub mod schema;
pub(crate) mod sessions;
pub mod signing_keys;
pub(crate) mod versions;
pub(crate) mod webhooks;

use std::{num::NonZero, ops::Deref, time::Duration};

use anyhow::{Context, Result, anyhow};
use diesel::{
    Connection as _, ConnectionError, ConnectionResult, connection::SimpleConnection as _,
};
use diesel_async::{
    AsyncPgConnection,
    async_connection_wrapper::AsyncConnectionWrapper,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

type Connections = deadpool::Pool<AsyncPgConnection>;

/// Connections to the database: `app.db.get().await?`.
#[derive(Clone)]
pub struct Pool {
    connections: Connections,
    walks: Connections,
}

impl Pool {
    /// Connections for pages of statements. They are twice as many as processors: more pages at once would
    /// only get into each other's way, and so all wait about as long. And they plan a query once, whatever it
    /// asks for: planning it costs more than reading its page.
    pub(crate) fn walks(&self) -> &Connections {
        &self.walks
    }
}

impl Deref for Pool {
    type Target = Connections;

    fn deref(&self) -> &Connections {
        &self.connections
    }
}

/// One connection; a pooled one derefs to it.
pub type Connection = AsyncPgConnection;

/// Why there is no connection.
pub type PoolError = deadpool::PoolError;

/// Every migration, in order.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// How long a request waits for a connection before it is told to come again.
const WAIT: Duration = Duration::from_secs(10);

/// Lets one program migrate at a time; any number no other program uses.
const MIGRATION_LOCK: i64 = 0x7065_7263_6f72_736f;

/// Makes the pool; connects when first asked.
///
/// # Errors
/// When the pool cannot be built.
pub fn pool(url: &str, size: usize) -> Result<Pool> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut walks = ManagerConfig::default();
    walks.custom_setup = Box::new(|url| Box::pin(connect_to_walk(url)));
    Ok(Pool {
        connections: connections(url, size, ManagerConfig::default())?,
        walks: connections(url, 2 * processors, walks)?,
    })
}

fn connections(
    url: &str,
    size: usize,
    mut config: ManagerConfig<AsyncPgConnection>,
) -> Result<Connections> {
    config.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    Connections::builder(manager)
        .max_size(size)
        .runtime(::deadpool::Runtime::Tokio1)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(WAIT))
        .recycle_timeout(Some(WAIT))
        .build()
        .context("the pool of connections")
}

async fn connect_to_walk(url: &str) -> ConnectionResult<AsyncPgConnection> {
    use diesel_async::{AsyncConnection as _, SimpleAsyncConnection as _};
    let mut connection = AsyncPgConnection::establish(url).await?;
    let set = connection.batch_execute("SET plan_cache_mode = force_generic_plan");
    set.await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

/// Brings the database to the newest schema; answers how many migrations ran. Two programs that
/// start at the same time wait for each other.
///
/// # Errors
/// When the database does not answer or a migration fails.
pub async fn migrate(url: &str) -> Result<usize> {
    in_migration(url, |connection| {
        let ran = connection.run_pending_migrations(MIGRATIONS);
        ran.map(|ran| ran.len()).map_err(|error| anyhow!(error))
    })
    .await
}

/// Undoes every migration: for the test of the way back.
///
/// # Errors
/// When the database does not answer or a migration fails.
pub async fn revert(url: &str) -> Result<usize> {
    in_migration(url, |connection| {
        let undone = connection.revert_all_migrations(MIGRATIONS);
        undone
            .map(|undone| undone.len())
            .map_err(|error| anyhow!(error))
    })
    .await
}

/// How many migrations have not run yet.
///
/// # Errors
/// When the database does not answer.
pub async fn pending(url: &str) -> Result<usize> {
    in_migration(url, |connection| {
        let pending = connection.pending_migrations(MIGRATIONS);
        pending
            .map(|pending| pending.len())
            .map_err(|error| anyhow!(error))
    })
    .await
}

/// Where the database is, without the password.
fn place(url: &str) -> String {
    let Ok(url) = url::Url::parse(url) else {
        return "the address given".to_owned();
    };
    let host = url.host_str().unwrap_or("localhost");
    let host = percent_encoding::percent_decode_str(host).decode_utf8_lossy();
    format!("{host}:{}", url.port().unwrap_or(5432))
}

/// Diesel's migrations are synchronous: they run on a thread of their own, under the lock.
async fn in_migration<T: Send + 'static>(
    url: &str,
    work: impl FnOnce(&mut AsyncConnectionWrapper<AsyncPgConnection>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let url = url.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut connection = AsyncConnectionWrapper::<AsyncPgConnection>::establish(&url)
            .with_context(|| format!("no connection to the database at {}; see that it runs, and that DATABASE_URL is right", place(&url)))?;
        connection.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
        let result = work(&mut connection);
        connection.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))?;
        result
    })
    .await
    .context("the migration stopped")?
}
