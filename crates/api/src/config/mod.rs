//! The settings: read once at start from a lookup that is passed in, so that tests set no process
//! environment. A bad setting stops the start, naming the variable. `.env.example` explains them all.

mod issuer;
mod oidc;
mod read;
mod storage;

use std::{cell::RefCell, collections::BTreeMap, path::PathBuf};

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;
use url::Url;

pub use issuer::IssuerConfig;
pub use oidc::OidcConfig;
pub use read::ConfigError;
use read::Reader;

use crate::blob::BlobConfig;

/// Characters a password has at least.
pub(crate) const SHORTEST_PASSWORD: usize = 12;

/// Every setting.
#[derive(Debug, Clone)]
pub struct Config {
    /// `PERCORSO_DATA_DIR`: directory of everything that is kept; where a private Postgres lies elsewhere,
    /// `postgres.home` in it says so. Default `data`.
    pub data_dir: PathBuf,
    /// Listeners and public addresses.
    pub server: ServerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// Where archives lie.
    pub blobs: BlobConfig,
    /// What uploads may be.
    pub uploads: UploadLimits,
    /// Tokens, sessions and the first accounts.
    pub auth: AuthConfig,
    /// Sessions of cmi5 units.
    pub cmi5: Cmi5Config,
    /// How other programs are told what happens.
    pub webhooks: WebhookConfig,
    /// Signing in through an identity provider.
    pub oidc: Option<OidcConfig>,
    /// Who issues attestati and badges.
    pub issuer: IssuerConfig,
    /// How long things are kept.
    pub retention: RetentionConfig,
    /// `PERCORSO_OWN_STATEMENTS`: what learners do in SCORM content and at webinars is stated in the record
    /// store. Default `true`.
    pub own_statements: bool,
    /// `PERCORSO_FRAME_ANCESTORS`: who may put the player into a frame, as a CSP source list of ASCII letters.
    /// Default: the app's own origin.
    pub frame_ancestors: String,
    /// What is logged and how.
    pub log: LogConfig,
    /// What was set, for administrators to see; everything else is the default.
    pub given: Vec<Given>,
}

/// A setting that was set.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its name.
    pub name: String,
    value: SecretString,
}

impl Given {
    /// Its value, as it may be shown: not when it is a secret.
    pub fn shown(&self) -> String {
        const SECRETS: [&str; 6] = [
            "SECRET",
            "PASSWORD",
            "SESSION_TOKEN",
            "ACCESS_KEY",
            "DATABASE_URL",
            "ENTITLEMENT",
        ];
        match SECRETS.iter().any(|secret| self.name.contains(secret)) {
            true => "••••••".to_owned(),
            false => self.value.expose_secret().to_owned(),
        }
    }
}

/// Listeners and public addresses.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// `PERCORSO_LISTEN`: address and port of the app. Default `127.0.0.1:8080`.
    pub listen: String,
    /// `PERCORSO_PLAYER_LISTEN`: address and port of the player. Default `127.0.0.1:8081`.
    pub player_listen: String,
    /// `PERCORSO_PUBLIC_URL`: the app's origin as browsers see it. Default `http://localhost` with the
    /// port of `PERCORSO_LISTEN`.
    pub public_url: String,
    /// `PERCORSO_PLAYER_URL`: the player's origin as browsers see it; another origin than the app's.
    /// Default `http://127.0.0.1` with the port of `PERCORSO_PLAYER_LISTEN`.
    pub player_url: String,
    /// `PERCORSO_PROXIES`: reverse proxies before the server, each of which adds the address it sees to
    /// `X-Forwarded-For`. Default 0: the connection's own address is the caller's.
    pub proxies: usize,
}

/// The database.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `DATABASE_URL`: a Postgres to use. Default: none, a private one runs in the data directory.
    pub url: Option<SecretString>,
    /// `PERCORSO_POOL_SIZE`: connections kept at most. Default 16.
    pub pool_size: usize,
    /// `PERCORSO_POSTGRES_BIN`: directory of Postgres' programs for the private one. Default: looked for.
    pub postgres_bin: Option<PathBuf>,
}

/// What uploads may be.
#[derive(Debug, Clone)]
pub struct UploadLimits {
    /// `PERCORSO_MAX_UPLOAD_BYTES`: largest file, in bytes. Default 4 GiB.
    pub upload_bytes: u64,
    /// `PERCORSO_MAX_ENTRIES`: most entries in an archive. Default 50,000.
    pub entries: u64,
    /// `PERCORSO_MAX_UNPACKED_BYTES`: largest sum of all entries, in bytes. Default 16 GiB.
    pub unpacked_bytes: u64,
    /// `PERCORSO_MAX_ENTRY_BYTES`: largest entry, in bytes. Default 4 GiB.
    pub entry_bytes: u64,
    /// `PERCORSO_MAX_RATIO`: most bytes an entry may unpack to from one, small ones aside. Default 250.
    pub ratio: u64,
    /// `PERCORSO_MAX_DIRECTORY_BYTES`: largest central directory of an archive, in bytes. Default 64 MiB.
    pub directory_bytes: u64,
}

/// Sessions of cmi5 units, which end by their own word or by ours.
#[derive(Debug, Clone)]
pub struct Cmi5Config {
    /// `PERCORSO_CMI5_START_MINUTES`: a launched unit begins within this time. Default 60.
    pub start: TimeDelta,
    /// `PERCORSO_CMI5_IDLE_MINUTES`: a session silent for longer is abandoned. Default 240.
    pub idle: TimeDelta,
    /// `PERCORSO_CMI5_ENTITLEMENT`: the `alternate` entitlement key agreed with content providers.
    pub entitlement: Option<String>,
}

/// How long things are kept.
#[derive(Debug, Clone, Copy)]
pub struct RetentionConfig {
    /// `PERCORSO_KEEP_JOURNAL_MONTHS`: months after a session's end in which its journal is kept; 0 for ever. Default 24.
    pub journal_months: u32,
    /// `PERCORSO_KEEP_PERSON_MONTHS`: months without anything done after which a learner is erased; 0 never. Default 0.
    pub person_months: u32,
}

/// How other programs are told what happens.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// `PERCORSO_WEBHOOK_PRIVATE`: receivers may have private addresses and plain http. Default `false`.
    pub private: bool,
    /// `PERCORSO_WEBHOOK_TRIES`: tries of a delivery before it is given up. Default 12, some three days.
    pub tries: u32,
    /// `PERCORSO_WEBHOOK_TIMEOUT_SECONDS`: how long a receiver may take. Default 15.
    pub timeout_seconds: u32,
    /// `PERCORSO_WEBHOOK_KEEP_DAYS`: how long events and their deliveries are kept. Default 30.
    pub keep_days: u32,
}

/// Tokens, sessions and the first accounts.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// `PERCORSO_TOKEN_SECONDS`: life of an access token, in seconds. Default 3600.
    pub token_seconds: u32,
    /// `PERCORSO_LAUNCH_LINK_SECONDS`: how long a launch link can be started, in seconds. Default 900.
    pub launch_link_seconds: u32,
    /// `PERCORSO_PLAYER_TOKEN_SECONDS`: life of a player page's token, in seconds; it is renewed while the
    /// learner works, and for a day after. Default 1800.
    pub player_token_seconds: u32,
    /// `PERCORSO_SIGN_IN_HOURS`: how long a browser stays signed in, in hours. Default 12.
    pub sign_in_hours: u32,
    /// `PERCORSO_KEY_DAYS`: a signing key is replaced after this many days. Default 90.
    pub key_days: u32,
    /// `PERCORSO_CLIENT_ID` and `PERCORSO_CLIENT_SECRET`: the first API client, all scopes.
    pub first_client: Option<FirstClient>,
    /// `PERCORSO_ADMIN_EMAIL` and `PERCORSO_ADMIN_PASSWORD`: the first administrator.
    pub first_admin: Option<FirstAdmin>,
}

/// The first API client.
#[derive(Debug, Clone)]
pub struct FirstClient {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: SecretString,
}

/// The first administrator.
#[derive(Debug, Clone)]
pub struct FirstAdmin {
    /// Sign-in name.
    pub email: String,
    /// Password, of 12 characters at least.
    pub password: SecretString,
}

/// What is logged and how.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// `PERCORSO_LOG`: what is logged, as `tracing` directives. Default `info`.
    pub filter: String,
    /// `PERCORSO_LOG_FORMAT`: `text` or `json`. Default `text`.
    pub format: LogFormat,
}

/// Form of the log's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Reads the process environment.
    ///
    /// # Errors
    /// When a setting is bad; the message names the variable.
    pub fn from_env() -> Result<Self, ConfigError> {
        let config = Self::from_lookup(&|name| std::env::var(name).ok())?;
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        storage::refuse_unknown(&config.blobs, names)?;
        Ok(config)
    }

    /// Reads settings by name. An empty value is the same as none.
    ///
    /// # Errors
    /// When a setting is bad; the message names the variable.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let given = RefCell::new(BTreeMap::new());
        let noted = |name: &str| {
            let value = lookup(name).filter(|value| !value.is_empty());
            if let Some(value) = &value {
                let secret = SecretString::from(value.as_str());
                given.borrow_mut().insert(name.to_owned(), secret);
            }
            value
        };
        let read = Reader(&noted);
        let data_dir = std::path::absolute(read.text("PERCORSO_DATA_DIR", "data"))
            .map_err(|error| ConfigError::new("PERCORSO_DATA_DIR", error.to_string()))?;
        let server = server(&read)?;
        Ok(Self {
            blobs: storage::read(&read, &data_dir),
            frame_ancestors: frame_ancestors(&read, &server.public_url)?,
            database: DatabaseConfig {
                url: read.secret("DATABASE_URL"),
                pool_size: read.number("PERCORSO_POOL_SIZE", 16, 1..=1000)?,
                postgres_bin: read.optional("PERCORSO_POSTGRES_BIN").map(PathBuf::from),
            },
            uploads: uploads(&read)?,
            cmi5: cmi5(&read)?,
            webhooks: webhooks(&read)?,
            own_statements: read.yes_or_no("PERCORSO_OWN_STATEMENTS", true)?,
            oidc: oidc::read(&read)?,
            issuer: issuer::read(&read)?,
            retention: retention(&read)?,
            auth: auth(&read)?,
            log: log(&read)?,
            server,
            data_dir,
            given: given
                .take()
                .into_iter()
                .map(|(name, value)| Given { name, value })
                .collect(),
        })
    }
}

impl AuthConfig {
    /// How long a launch link can be started.
    pub fn launch_life(&self) -> TimeDelta {
        TimeDelta::seconds(self.launch_link_seconds.into())
    }

    /// How long a player page's token is good.
    pub fn player_life(&self) -> TimeDelta {
        TimeDelta::seconds(self.player_token_seconds.into())
    }
}

impl ServerConfig {
    /// Whether the app stands behind TLS: cookies are `Secure` then.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

fn server(read: &Reader<'_>) -> Result<ServerConfig, ConfigError> {
    let (listen, port) = listener(read, "PERCORSO_LISTEN", "127.0.0.1:8080")?;
    let (player_listen, player_port) = listener(read, "PERCORSO_PLAYER_LISTEN", "127.0.0.1:8081")?;
    let here = format!("http://localhost:{port}");
    let player_here = format!("http://127.0.0.1:{player_port}");
    let server = ServerConfig {
        public_url: origin(read, "PERCORSO_PUBLIC_URL", &here)?,
        player_url: origin(read, "PERCORSO_PLAYER_URL", &player_here)?,
        proxies: read.number("PERCORSO_PROXIES", 0, 0..=10)?,
        listen,
        player_listen,
    };
    if server.public_url == server.player_url {
        let why = "is the app's own origin; uploaded content needs another one".to_owned();
        return Err(ConfigError::new("PERCORSO_PLAYER_URL", why));
    }
    Ok(server)
}

/// Host and port to listen on, and the port by itself.
fn listener(
    read: &Reader<'_>,
    name: &'static str,
    default: &str,
) -> Result<(String, u16), ConfigError> {
    let text = read.text(name, default);
    let port = text
        .rsplit_once(':')
        .filter(|(host, _)| !host.is_empty())
        .and_then(|(_, port)| port.parse().ok());
    let Some(port) = port else {
        let why = format!("is `{text}`; expected host:port, such as {default}");
        return Err(ConfigError::new(name, why));
    };
    Ok((text, port))
}

/// They stand in a header: what cannot is refused here, else the header would be left out.
fn frame_ancestors(read: &Reader<'_>, default: &str) -> Result<String, ConfigError> {
    const NAME: &str = "PERCORSO_FRAME_ANCESTORS";
    let text = read.text(NAME, default);
    let is_plain = |c: char| c.is_ascii_graphic() || c == ' ';
    if !text.chars().all(is_plain) || text.contains([',', ';']) {
        let why = format!(
            "is `{text}`; expected addresses of ASCII letters, separated by spaces (hosts as xn--…)"
        );
        return Err(ConfigError::new(NAME, why));
    }
    Ok(text)
}

/// Scheme, host and port only: both origins stand at the top of their host.
fn origin(read: &Reader<'_>, name: &'static str, default: &str) -> Result<String, ConfigError> {
    let text = read.text(name, default);
    let url = Url::parse(&text).map_err(|error| ConfigError::new(name, error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.path() != "/" || url.query().is_some() {
        let why = "is no origin: expected http(s)://host[:port] without a path".to_owned();
        return Err(ConfigError::new(name, why));
    }
    Ok(url.origin().ascii_serialization())
}

fn uploads(read: &Reader<'_>) -> Result<UploadLimits, ConfigError> {
    const GIB: u64 = 1 << 30;
    let any = 1..=u64::MAX;
    Ok(UploadLimits {
        upload_bytes: read.number("PERCORSO_MAX_UPLOAD_BYTES", 4 * GIB, any.clone())?,
        entries: read.number("PERCORSO_MAX_ENTRIES", 50_000, any.clone())?,
        unpacked_bytes: read.number("PERCORSO_MAX_UNPACKED_BYTES", 16 * GIB, any.clone())?,
        entry_bytes: read.number("PERCORSO_MAX_ENTRY_BYTES", 4 * GIB, any.clone())?,
        ratio: read.number("PERCORSO_MAX_RATIO", 250, any.clone())?,
        directory_bytes: read.number("PERCORSO_MAX_DIRECTORY_BYTES", 64 << 20, any)?,
    })
}

fn cmi5(read: &Reader<'_>) -> Result<Cmi5Config, ConfigError> {
    let minutes = |name, default| {
        read.number(name, default, 1..=10_080)
            .map(TimeDelta::minutes)
    };
    Ok(Cmi5Config {
        start: minutes("PERCORSO_CMI5_START_MINUTES", 60)?,
        idle: minutes("PERCORSO_CMI5_IDLE_MINUTES", 240)?,
        entitlement: read.optional("PERCORSO_CMI5_ENTITLEMENT"),
    })
}

fn retention(read: &Reader<'_>) -> Result<RetentionConfig, ConfigError> {
    Ok(RetentionConfig {
        journal_months: read.number("PERCORSO_KEEP_JOURNAL_MONTHS", 24, 0..=1200)?,
        person_months: read.number("PERCORSO_KEEP_PERSON_MONTHS", 0, 0..=1200)?,
    })
}

fn webhooks(read: &Reader<'_>) -> Result<WebhookConfig, ConfigError> {
    Ok(WebhookConfig {
        private: read.yes_or_no("PERCORSO_WEBHOOK_PRIVATE", false)?,
        tries: read.number("PERCORSO_WEBHOOK_TRIES", 12, 1..=100)?,
        timeout_seconds: read.number("PERCORSO_WEBHOOK_TIMEOUT_SECONDS", 15, 1..=120)?,
        keep_days: read.number("PERCORSO_WEBHOOK_KEEP_DAYS", 30, 1..=3650)?,
    })
}

fn auth(read: &Reader<'_>) -> Result<AuthConfig, ConfigError> {
    let client = read.pair("PERCORSO_CLIENT_ID", "PERCORSO_CLIENT_SECRET")?;
    if let Some((id, _)) = &client
        && id.contains(':')
    {
        let why = format!("is `{id}`; a colon ends the id in Basic credentials");
        return Err(ConfigError::new("PERCORSO_CLIENT_ID", why));
    }
    let admin = read.pair("PERCORSO_ADMIN_EMAIL", "PERCORSO_ADMIN_PASSWORD")?;
    if let Some((_, password)) = &admin
        && password.expose_secret().chars().count() < SHORTEST_PASSWORD
    {
        let why = format!("is too short; it needs {SHORTEST_PASSWORD} characters at least");
        return Err(ConfigError::new("PERCORSO_ADMIN_PASSWORD", why));
    }
    Ok(AuthConfig {
        token_seconds: read.number("PERCORSO_TOKEN_SECONDS", 3600, 60..=86_400)?,
        launch_link_seconds: read.number("PERCORSO_LAUNCH_LINK_SECONDS", 900, 1..=86_400)?,
        player_token_seconds: read.number("PERCORSO_PLAYER_TOKEN_SECONDS", 1800, 2..=86_400)?,
        sign_in_hours: read.number("PERCORSO_SIGN_IN_HOURS", 12, 1..=720)?,
        key_days: read.number("PERCORSO_KEY_DAYS", 90, 1..=3650)?,
        first_client: client.map(|(id, secret)| FirstClient { id, secret }),
        first_admin: admin.map(|(email, password)| FirstAdmin { email, password }),
    })
}

fn log(read: &Reader<'_>) -> Result<LogConfig, ConfigError> {
    let format = match read.text("PERCORSO_LOG_FORMAT", "text").as_str() {
        "text" => LogFormat::Text,
        "json" => LogFormat::Json,
        other => {
            let why = format!("is `{other}`; expected `text` or `json`");
            return Err(ConfigError::new("PERCORSO_LOG_FORMAT", why));
        }
    };
    let filter = read.text("PERCORSO_LOG", "info");
    if let Err(error) = EnvFilter::try_new(&filter) {
        let why = format!("is `{filter}`: {error}");
        return Err(ConfigError::new("PERCORSO_LOG", why));
    }
    Ok(LogConfig { filter, format })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(settings: &[(&str, &str)]) -> Result<Config, String> {
        let lookup = |name: &str| {
            settings
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Config::from_lookup(&lookup).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_set_is_the_default_with_two_origins() {
        let config = check(&[]).unwrap();
        assert_eq!(config.server.public_url, "http://localhost:8080");
        assert_eq!(config.server.player_url, "http://127.0.0.1:8081");
        assert!(config.database.url.is_none() && !config.server.is_secure());
    }

    #[test]
    fn an_empty_setting_is_none() {
        assert!(
            check(&[("DATABASE_URL", "")])
                .unwrap()
                .database
                .url
                .is_none()
        );
    }

    #[test]
    fn a_bad_setting_is_named() {
        for (name, value) in [
            ("PERCORSO_POOL_SIZE", "many"),
            ("PERCORSO_PUBLIC_URL", "ftp://x"),
            ("PERCORSO_PUBLIC_URL", "http://host/path"),
            ("PERCORSO_PLAYER_URL", "http://localhost:8080/"),
            ("PERCORSO_LISTEN", "localhost"),
            ("PERCORSO_LISTEN", "8190"),
            ("PERCORSO_LISTEN", ":8190"),
            ("PERCORSO_PLAYER_LISTEN", "127.0.0.1:port"),
            ("PERCORSO_FRAME_ANCESTORS", "https://è.example"),
            (
                "PERCORSO_FRAME_ANCESTORS",
                "https://a.example, https://b.example",
            ),
            ("PERCORSO_LOG", "percorso_api=loud"),
            ("PERCORSO_LOG_FORMAT", "xml"),
            ("PERCORSO_ADMIN_EMAIL", "a@b.example"),
            ("PERCORSO_ISSUER_TAX_CODE", "80 012"),
            ("PERCORSO_ISSUER_URL", "ente.example"),
            ("PERCORSO_ISSUER_URL", "https://ente.example"),
            ("PERCORSO_ISSUER_LOGO", "/nowhere/logo.png"),
        ] {
            let error = check(&[(name, value)]).unwrap_err();
            assert!(
                error.contains(name) || error.contains("PERCORSO_ADMIN_PASSWORD"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_pair_is_held_to_its_rules() {
        let admin = |password: &str| {
            check(&[
                ("PERCORSO_ADMIN_EMAIL", "a@b.example"),
                ("PERCORSO_ADMIN_PASSWORD", password),
            ])
        };
        let error = admin("elevensigns").unwrap_err();
        assert!(error.contains("PERCORSO_ADMIN_PASSWORD"), "{error}");
        assert!(!error.contains("elevensigns"), "{error}");
        assert!(admin("twelve-signs").is_ok());

        let client = [
            ("PERCORSO_CLIENT_ID", "a:b"),
            ("PERCORSO_CLIENT_SECRET", "s"),
        ];
        let error = check(&client).unwrap_err();
        assert!(error.contains("PERCORSO_CLIENT_ID"), "{error}");
    }
}
