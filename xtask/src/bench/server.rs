//! The programs that are measured, started on free ports and stopped afterwards.

use std::{
    fs::{self, File},
    io::Write,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::http::Connection;
use crate::{postgres::free_port, shell};

/// The administrator's address and password.
pub(super) const ADMIN: (&str, &str) = ("admin@bench.example", "bench-password-1");
const CLIENT: &str = "bench";
const SECRET: &str = "bench-secret-of-one-run";

/// A process that ends with us.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it and waits until its port answers.
    pub(crate) fn spawn(command: &mut Command, port: u16) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .context("starting a program")?;
        let mut process = Self(child);
        let end = Instant::now() + Duration::from_mins(1);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = process.0.try_wait()? {
                bail!("a program stopped by itself: {status}");
            }
            ensure!(
                Instant::now() < end,
                "a program does not listen on its port"
            );
            #[expect(clippy::disallowed_methods, reason = "nothing else runs here")]
            thread::sleep(Duration::from_millis(50));
        }
        Ok(process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = shell::command("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Percorso itself, with a client's token.
pub(super) struct Percorso {
    _process: Process,
    /// Port of the app's origin.
    pub(super) port: u16,
    /// Port of the player's origin.
    pub(super) player_port: u16,
    /// A token with every right.
    pub(super) token: String,
}

/// A session that a learner has begun.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) token: String,
    pub(super) next_number: u64,
    pub(super) content_base: String,
}

impl Percorso {
    /// On a database of somebody else's.
    pub(super) fn start(folder: &Path, database: &str) -> Result<Self> {
        Self::start_on(folder, Some(database))
    }

    /// On its own private Postgres, as it runs by default.
    pub(super) fn start_whole(folder: &Path) -> Result<(Self, Database)> {
        let percorso = Self::start_on(folder, None)?;
        Ok((percorso, Database::of(&folder.join("data"))?))
    }

    fn start_on(folder: &Path, database: Option<&str>) -> Result<Self> {
        let (port, player_port) = (free_port()?, free_port()?);
        let log = File::create(folder.join("percorso.log"))?;
        let process = Process::spawn(
            shell::command(shell::target().join("release/percorso"))
                .arg("serve")
                .env_remove("DATABASE_URL")
                .envs(database.map(|url| ("DATABASE_URL", url)))
                .env("PERCORSO_DATA_DIR", folder.join("data"))
                .env("PERCORSO_LISTEN", format!("127.0.0.1:{port}"))
                .env("PERCORSO_PLAYER_LISTEN", format!("127.0.0.1:{player_port}"))
                .env("PERCORSO_PUBLIC_URL", format!("http://localhost:{port}"))
                .env(
                    "PERCORSO_PLAYER_URL",
                    format!("http://127.0.0.1:{player_port}"),
                )
                .env("PERCORSO_ADMIN_EMAIL", ADMIN.0)
                .env("PERCORSO_ADMIN_PASSWORD", ADMIN.1)
                .env("PERCORSO_CLIENT_ID", CLIENT)
                .env("PERCORSO_CLIENT_SECRET", SECRET)
                .stdout(log.try_clone()?)
                .stderr(log),
            port,
        )?;
        let form =
            format!("grant_type=client_credentials&client_id={CLIENT}&client_secret={SECRET}");
        let head =
            "POST /oauth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        let answer = json_of(Connection::open(port)?.send(head, form.as_bytes())?)?;
        let token = text(&answer, "access_token")?;
        Ok(Self {
            _process: process,
            port,
            player_port,
            token,
        })
    }

    /// Uploads a file; answers the package's id.
    pub(super) fn upload(&self, archive: &Path) -> Result<String> {
        let file = fs::read(archive)?;
        let mut body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.zip\"\r\nContent-Type: application/zip\r\n\r\n".to_vec();
        body.extend(file);
        body.extend(b"\r\n--b--\r\n");
        let head = format!(
            "{}Content-Type: multipart/form-data; boundary=b\r\n",
            self.head("/api/v1/packages")
        );
        text(
            &json_of(Connection::open(self.port)?.send(&head, &body)?)?,
            "id",
        )
    }

    /// Registers a new learner, launches, and starts as the player would.
    pub(super) fn start_session(&self, package: &str) -> Result<Session> {
        static LEARNERS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let learner = LEARNERS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let body = json!({ "package_id": package, "learner": { "id": format!("bench-{learner}"), "name": "Bench" } });
        let registration = text(&self.post("/api/v1/registrations", &body)?, "id")?;
        let launch = self.post(
            &format!("/api/v1/registrations/{registration}/launch"),
            &json!({}),
        )?;
        let url = text(&launch, "url")?;
        let launch_token = url.rsplit('/').next().unwrap_or_default();
        let head = format!(
            "POST /play/api/start HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer {launch_token}\r\n"
        );
        let boot = json_of(Connection::open(self.player_port)?.send(&head, b"{}")?)?;
        Ok(Session {
            id: text(&boot, "session_id")?,
            token: text(&boot, "token")?,
            next_number: boot["next_number"].as_u64().unwrap_or(1),
            content_base: text(&boot, "content_base")?,
        })
    }

    /// A POST of JSON with the client's token.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let head = format!("{}Content-Type: application/json\r\n", self.head(path));
        json_of(Connection::open(self.port)?.send(&head, body.to_string().as_bytes())?)
    }

    fn head(&self, path: &str) -> String {
        format!(
            "POST {path} HTTP/1.1\r\nAuthorization: Bearer {}\r\nX-Experience-API-Version: 1.0.3\r\n",
            self.token
        )
    }
}

/// The private Postgres of a server that runs.
pub(super) struct Database {
    pub(super) socket: PathBuf,
    pub(super) password: String,
}

impl Database {
    /// The user, and the name of the database.
    pub(super) const NAME: &str = "percorso";

    fn of(data: &Path) -> Result<Self> {
        let password = fs::read_to_string(data.join("postgres.password"))?;
        Ok(Self {
            socket: data.join("postgres/socket"),
            password: password.trim().to_owned(),
        })
    }

    /// Where to connect.
    pub(super) fn url(&self) -> String {
        let socket = self.socket.to_string_lossy().replace('/', "%2F");
        format!("postgres://{0}:{1}@{socket}/{0}", Self::NAME, self.password)
    }
}

/// nginx with one file, as one would set it up.
pub(super) struct Nginx {
    _process: Process,
    pub(super) port: u16,
}

impl Nginx {
    /// `None` when nginx is not installed.
    pub(super) fn start(folder: &Path, name: &str, file: &[u8]) -> Result<Option<Self>> {
        if !shell::has("nginx") {
            return Ok(None);
        }
        let port = free_port()?;
        let root = folder.join("nginx");
        fs::create_dir_all(&root)?;
        fs::write(root.join(name), file)?;
        let path = root.display();
        let configuration = format!(
            "daemon off; worker_processes auto; pid {path}/pid; error_log {path}/error.log;\nevents {{ worker_connections 1024; }}\n\
             http {{ access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000;\n\
             server {{ listen 127.0.0.1:{port}; root {path}; }} }}\n"
        );
        let conf = root.join("nginx.conf");
        File::create(&conf)?.write_all(configuration.as_bytes())?;
        let mut command = shell::command("nginx");
        command
            .arg("-p")
            .arg(&root)
            .arg("-c")
            .arg(&conf)
            .args(["-g", "user root;"])
            .stderr(Stdio::null());
        Ok(Some(Self {
            _process: Process::spawn(&mut command, port)?,
            port,
        }))
    }
}

fn json_of((status, body): (u16, &[u8])) -> Result<Value> {
    ensure!(
        (200..300).contains(&status),
        "answered {status}: {}",
        String::from_utf8_lossy(body)
    );
    Ok(serde_json::from_slice(body)?)
}

fn text(value: &Value, field: &str) -> Result<String> {
    Ok(value[field]
        .as_str()
        .with_context(|| format!("no {field} in the answer"))?
        .to_owned())
}
