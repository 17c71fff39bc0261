//! What every handler shares, and the two listeners.

use std::{fmt, io, net::TcpListener, ops::Deref, sync::Arc, time::Duration};

use actix_web::{HttpServer, dev::Server, middleware, web};
use chrono::{DateTime, Utc};

use crate::{
    auth::{Keys, Limiter, Secrets, oidc::Provider},
    blob::BlobStore,
    config::Config,
    content::Indexes,
    db::Pool,
    delivery::{Live, Writer},
    metrics::Metrics,
    own_statements::Unstated,
    routes,
    stock::Counted,
    webhooks::Sender,
    xapi,
};

/// How long requests under way may take when the server stops.
const SHUTDOWN_SECONDS: u64 = 10;

/// What both servers have in common. TCP_NODELAY: without it the last piece of an answer may wait
/// 40 ms. Signals are the business of [`crate::start`], which stops both and then Postgres.
macro_rules! tuned {
    ($server:expr) => {
        $server
            .tcp_nodelay(true)
            .disable_signals()
            .keep_alive(Duration::from_secs(75))
            .client_request_timeout(Duration::from_secs(30))
            .shutdown_timeout(SHUTDOWN_SECONDS)
    };
}

/// The state that handlers share; a clone is the same state.
#[derive(Debug, Clone)]
pub struct App(Arc<Shared>);

/// What [`App`] holds.
pub struct Shared {
    /// The settings.
    pub config: Config,
    /// Connections to the database.
    pub db: Pool,
    /// Keys that sign tokens and content paths.
    pub keys: Keys,
    /// Where archives lie.
    pub blobs: Arc<dyn BlobStore>,
    /// Client secrets and sessions verified lately.
    pub secrets: Secrets,
    /// Failed sign-ins, counted.
    pub limiter: Limiter,
    /// Directories of archives that are being read.
    pub indexes: Indexes,
    /// Sessions under way.
    pub live: Live,
    /// Saves the journal of sessions under way.
    pub writer: Writer,
    /// The identity provider, when there is one.
    pub oidc: Provider,
    /// When statements are stored.
    pub moments: xapi::Moments,
    /// Stores statements of many requests together.
    pub statements: xapi::Writer,
    /// Sessions that went on, of which nothing is stated yet.
    pub unstated: Unstated,
    /// Sends events to webhooks.
    pub webhooks: Sender,
    /// What was counted in the background.
    pub stock: Counted,
    /// When this server started.
    pub started_at: DateTime<Utc>,
    /// What `/metrics` shows.
    pub metrics: Metrics,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(config: Config, db: Pool, keys: Keys, blobs: Arc<dyn BlobStore>) -> Self {
        Self(Arc::new(Shared {
            webhooks: Sender::new(&config.webhooks),
            config,
            db,
            keys,
            blobs,
            secrets: Secrets::default(),
            limiter: Limiter::default(),
            indexes: Indexes::default(),
            live: Live::default(),
            writer: Writer::default(),
            unstated: Unstated::default(),
            oidc: Provider::default(),
            stock: Counted::default(),
            started_at: Utc::now(),
            moments: xapi::Moments::default(),
            statements: xapi::Writer::default(),
            metrics: Metrics::default(),
        }))
    }

    /// The server of the app's origin: API, pages, operations.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn serve(&self, listener: TcpListener) -> io::Result<Server> {
        let app = self.clone();
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(web::Data::new(app.clone()))
                .wrap(middleware::from_fn(routes::headers::app))
                .wrap(middleware::from_fn(crate::metrics::measure))
                .wrap(crate::logging::requests())
                .configure(routes::app)
        });
        tuned!(server).listen(listener).map(HttpServer::run)
    }

    /// The server of the player's origin: player, its API, content. No cookie is read here.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn serve_player(&self, listener: TcpListener) -> io::Result<Server> {
        let app = self.clone();
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(web::Data::new(app.clone()))
                .wrap(middleware::from_fn(routes::headers::player))
                .wrap(middleware::from_fn(crate::metrics::measure))
                .wrap(crate::logging::requests())
                .configure(routes::player)
        });
        tuned!(server).listen(listener).map(HttpServer::run)
    }
}
