//! A server for each test: its own database, cloned from a migrated template; both listeners on free
//! ports; its own data directory. Helpers go through public routes.

#![allow(
    dead_code,
    reason = "a helper may wait for the capability that needs it"
)]

mod database;
pub(crate) mod packages;
mod player;

use std::{net::TcpListener, sync::Arc};

use actix_web::dev::ServerHandle;
use percorso_api::{app::App, auth::Audience, blob::BlobStore, config::Config, db, start};
use reqwest::{RequestBuilder, Response, StatusCode, multipart};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use database::new_database;
pub(crate) use player::{TestPlayer, snapshot};

/// The client that every test server knows.
pub(crate) const CLIENT: &str = "tests";
/// Its secret.
pub(crate) const SECRET: &str = "tests-secret-1";
/// The administrator that every test server knows.
pub(crate) const ADMIN: &str = "admin@tests.example";
/// Their password.
pub(crate) const PASSWORD: &str = "tests-password-1";

/// A running server.
pub(crate) struct TestApp {
    /// The app's origin.
    pub(crate) url: String,
    /// The player's origin.
    pub(crate) player_url: String,
    /// For requests without credentials.
    pub(crate) http: reqwest::Client,
    /// Where its database is.
    pub(crate) database: String,
    token: String,
    server: App,
    handles: [ServerHandle; 2],
    data: TempDir,
}

impl TestApp {
    /// Starts a server that knows [`CLIENT`] and [`ADMIN`].
    pub(crate) async fn start() -> Self {
        Self::on(new_database().await, None, &[], None).await
    }

    /// As [`TestApp::start`], with these settings besides.
    pub(crate) async fn with_settings(settings: &[(&str, &str)]) -> Self {
        Self::on(new_database().await, None, settings, None).await
    }

    /// As [`TestApp::start`], with archives in this store.
    pub(crate) async fn with_blobs(blobs: Arc<dyn BlobStore>) -> Self {
        Self::on(new_database().await, None, &[], Some(blobs)).await
    }

    /// Another server on the same database and for the same addresses, as when two processes share
    /// the load.
    pub(crate) async fn beside(&self) -> Self {
        let known_as = Some([self.url.clone(), self.player_url.clone()]);
        Self::on(self.database.clone(), known_as, &[], None).await
    }

    async fn on(
        database: String,
        known_as: Option<[String; 2]>,
        more: &[(&str, &str)],
        blobs: Option<Arc<dyn BlobStore>>,
    ) -> Self {
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [url, player_url] =
            [0, 1].map(|index: usize| format!("http://{}", listeners[index].local_addr().unwrap()));
        let [public_url, public_player_url] =
            known_as.unwrap_or_else(|| [url.clone(), player_url.clone()]);
        let data = tempfile::tempdir().unwrap();
        let settings = [
            ("DATABASE_URL", database.as_str()),
            ("PERCORSO_DATA_DIR", data.path().to_str().unwrap()),
            ("PERCORSO_PUBLIC_URL", &public_url),
            ("PERCORSO_PLAYER_URL", &public_player_url),
            ("PERCORSO_POOL_SIZE", "4"),
            ("PERCORSO_CLIENT_ID", CLIENT),
            ("PERCORSO_CLIENT_SECRET", SECRET),
            ("PERCORSO_ADMIN_EMAIL", ADMIN),
            ("PERCORSO_ADMIN_PASSWORD", PASSWORD),
        ];
        let lookup = |name: &str| {
            more.iter()
                .chain(&settings)
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let config = Config::from_lookup(&lookup).unwrap();
        let pool = db::pool(&database, config.database.pool_size).unwrap();
        let app = match blobs {
            Some(blobs) => start::app_on(config, pool, blobs).await,
            None => start::app(config, pool).await,
        };
        let app = app.unwrap();
        start::first_accounts(&app).await.unwrap();
        let [listener, player_listener] = listeners;
        let (server, player) = (
            app.serve(listener).unwrap(),
            app.serve_player(player_listener).unwrap(),
        );
        let handles = [server.handle(), player.handle()];
        tokio::spawn(server);
        tokio::spawn(player);
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let mut this = Self {
            url,
            player_url,
            http,
            database,
            token: String::new(),
            server: app,
            handles,
            data,
        };
        this.token = this.token_of(CLIENT, SECRET).await;
        this
    }

    /// A token of a client.
    pub(crate) async fn token_of(&self, id: &str, secret: &str) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
        ];
        let answer = self
            .http
            .post(self.at("/oauth/token"))
            .form(&form)
            .send()
            .await
            .unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// An address of the app's origin.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// A GET with the client's token.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(self.http.get(self.at(path))).await
    }

    /// A POST of JSON with the client's token.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(self.http.post(self.at(path)).json(body)).await
    }

    /// Sends a request with the client's token.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Response {
        request.bearer_auth(&self.token).send().await.unwrap()
    }

    /// Uploads a zip; answers the package.
    pub(crate) async fn with_package(&self, zip: Vec<u8>) -> Value {
        let part = multipart::Part::bytes(zip).file_name("package.zip");
        let form = multipart::Form::new().part("file", part);
        let request = self.http.post(self.at("/api/v1/packages")).multipart(form);
        expect(self.send(request).await, StatusCode::CREATED).await
    }

    /// Uploads a zip as the next version of a package; answers its number.
    pub(crate) async fn with_version(&self, package_id: &str, zip: Vec<u8>) -> i64 {
        let part = multipart::Part::bytes(zip).file_name("package.zip");
        let form = multipart::Form::new()
            .part("file", part)
            .text("package_id", package_id.to_owned());
        let request = self.http.post(self.at("/api/v1/packages")).multipart(form);
        let package = expect(self.send(request).await, StatusCode::CREATED).await;
        package["version"].as_i64().unwrap()
    }

    /// Registers a learner for a package; answers the registration.
    pub(crate) async fn with_registration(&self, package_id: &str, learner: &str) -> Value {
        let body = json!({ "package_id": package_id, "learner": { "id": learner, "name": "Bianchi, Anna" } });
        expect(
            self.post("/api/v1/registrations", &body).await,
            StatusCode::CREATED,
        )
        .await
    }

    /// A course that is registered for; answers both ids.
    pub(crate) async fn with_course(&self, title: &str, learner: &str) -> (String, String) {
        let package = self.with_package(packages::course(title)).await;
        let package_id = package["id"].as_str().unwrap().to_owned();
        let registration = self.with_registration(&package_id, learner).await;
        (package_id, registration["id"].as_str().unwrap().to_owned())
    }

    /// Launches a registration; answers the link's token.
    pub(crate) async fn launch(&self, registration_id: &str, body: &Value) -> String {
        let path = format!("/api/v1/registrations/{registration_id}/launch");
        let launch = expect(self.post(&path, body).await, StatusCode::OK).await;
        let url = launch["url"].as_str().unwrap();
        let link = url.strip_prefix(&format!("{}/play/", self.player_url));
        link.unwrap().to_owned()
    }

    /// As [`TestApp::launch`], at a server beside `first`, whose addresses it has.
    pub(crate) async fn launch_at(&self, first: &Self, registration_id: &str) -> String {
        let path = format!("/api/v1/registrations/{registration_id}/launch");
        let launch = expect(self.post(&path, &json!({})).await, StatusCode::OK).await;
        let url = launch["url"].as_str().unwrap();
        let link = url.strip_prefix(&format!("{}/play/", first.player_url));
        link.unwrap().to_owned()
    }

    /// What the player's page asks, with its token.
    pub(crate) async fn play(&self, what: &str, token: &str, body: &Value) -> Response {
        let url = format!("{}/play/api/{what}", self.player_url);
        let request = self.http.post(url).bearer_auth(token).json(body);
        request.send().await.unwrap()
    }

    /// A token of ours as it was signed some time ago: `life` minutes long from now, or over already.
    pub(crate) fn signed(&self, audience: Audience, boot: &Value, life: i64) -> String {
        let life = chrono::TimeDelta::minutes(life);
        let of = json!({ "registration": boot["registration_id"] });
        let session = boot["session_id"].as_str().unwrap();
        self.server
            .keys
            .sign(audience, session, life, of)
            .unwrap()
            .token
    }

    /// A registration as it stands.
    pub(crate) async fn registration(&self, id: &str) -> Value {
        let path = format!("/api/v1/registrations/{id}");
        expect(self.get(&path).await, StatusCode::OK).await
    }

    /// Forgets what is only kept in memory, as a restart does.
    pub(crate) fn restart(&self) {
        self.server.live.forget_all();
    }

    /// Lets the server look after forgotten cmi5 sessions, as if it were so many minutes later.
    pub(crate) async fn minutes_later(&self, minutes: i64) -> usize {
        let moment = chrono::Utc::now() + chrono::TimeDelta::minutes(minutes);
        percorso_api::cmi5::abandon_forgotten(&self.server, moment)
            .await
            .unwrap()
    }

    /// Lets the server bring up to date what is kept in the background; answers how many attestati were issued.
    pub(crate) async fn keep_up(&self) -> usize {
        percorso_api::reports::round(&self.server).await.unwrap()
    }

    /// What `percorso replay` says of a registration, and whether all was as recorded.
    pub(crate) fn replay(&self, id: &str) -> (bool, Value) {
        let output = self.command(&["replay", id, "--json"]);
        let report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        (output.status.success(), report)
    }

    /// Sweeps away what nobody needs, as if it were so many days later.
    pub(crate) async fn sweep(&self, days: i64) {
        let moment = chrono::Utc::now() + chrono::TimeDelta::days(days);
        start::sweep_at(&self.server, moment).await;
    }

    /// Names of the blobs that the server holds.
    pub(crate) fn blobs(&self) -> Vec<String> {
        let names = |folder: std::path::PathBuf| {
            let entries = std::fs::read_dir(folder).unwrap();
            entries
                .map(|entry| entry.unwrap().path())
                .collect::<Vec<_>>()
        };
        let folders = names(self.data.path().join("blobs")).into_iter();
        let files = folders.filter(|folder| folder.is_dir()).flat_map(names);
        files
            .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    }

    /// Counts what the health page shows of the store, as the server does every quarter of an hour.
    pub(crate) async fn count_stock(&self) {
        percorso_api::stock::count(&self.server).await.unwrap();
    }

    /// Loses every blob, as a disk may.
    pub(crate) fn lose_blobs(&self) {
        std::fs::remove_dir_all(self.data.path().join("blobs")).unwrap();
        std::fs::create_dir(self.data.path().join("blobs")).unwrap();
    }

    /// Spoils what no public route can: the database, by SQL.
    pub(crate) async fn spoil(&self, sql: &str) {
        database::execute(&self.database, sql).await;
    }

    /// Lets the server state what there is to state.
    pub(crate) async fn state_all(&self) {
        percorso_api::own_statements::catch_up(&self.server)
            .await
            .unwrap();
    }

    /// Sends statements on to other stores, as if it were so many minutes later; answers how many turns that took.
    pub(crate) async fn send_on(&self, minutes: i64) -> usize {
        let moment = chrono::Utc::now() + chrono::TimeDelta::minutes(minutes);
        percorso_api::forwarding::forward_due(&self.server, moment)
            .await
            .unwrap()
    }

    /// Sends to webhooks what is due, as if it were so many minutes later; answers how many tries that took.
    pub(crate) async fn tell(&self, minutes: i64) -> usize {
        let moment = chrono::Utc::now() + chrono::TimeDelta::minutes(minutes);
        percorso_api::webhooks::deliver_due(&self.server, moment)
            .await
            .unwrap()
    }

    /// Runs a command of the program beside the server.
    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Output {
        std::process::Command::new(env!("CARGO_BIN_EXE_percorso"))
            .args(arguments)
            .env("DATABASE_URL", &self.database)
            .env("PERCORSO_DATA_DIR", self.data.path())
            .output()
            .unwrap()
    }

    /// Signs a person in; answers the cookie.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> String {
        let form = [("email", email), ("password", password)];
        let request = self.http.post(self.at("/login")).form(&form);
        let answer = request.send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Stops both servers.
    pub(crate) async fn stop(&self) {
        for handle in &self.handles {
            handle.stop(false).await;
        }
    }
}

/// The answer's JSON, when its status is the one expected.
pub(crate) async fn expect(response: Response, status: StatusCode) -> Value {
    let (found, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(found, status, "{text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
