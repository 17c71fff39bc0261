//! Accounts for trying it out. Their secrets are made once and kept in the data directory.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use secrecy::SecretString;
use uuid::Uuid;

use super::first;
use crate::{
    app::App,
    auth::{self, Role},
    config::IssuerConfig,
    db::{self, learners::NewLearner},
};

const CLIENT: &str = "demo";

const COORDINATOR: &str = "coordinator@demo.example";

const PEOPLE: &[(&str, &str, Role)] = &[
    ("learner@demo.example", "Anna Bianchi", Role::Learner),
    ("author@demo.example", "Bruno Ferri", Role::Author),
    (COORDINATOR, "Carla Neri", Role::Coordinator),
    ("admin@demo.example", "Dario Conti", Role::Admin),
];

/// How to sign in: secrets by client id or e-mail.
pub(super) struct Demo(BTreeMap<String, String>);

/// An invented association issues the demo's attestati, unless the settings name somebody.
pub(super) fn issuer(issuer: &mut IssuerConfig) {
    if issuer.name.is_none() {
        issuer.name = Some("Associazione Formare i Comuni (esempio)".to_owned());
        issuer.tax_code = Some("00000000000".to_owned());
        issuer.url = Some("https://associazione.example".to_owned());
    }
}

/// Makes the accounts, or finds them as they are.
///
/// # Errors
/// When the database fails or the secrets cannot be kept.
pub(super) async fn accounts(app: &App) -> Result<Demo> {
    let demo = Demo(secrets(&app.config.data_dir.join("demo-accounts.json"))?);
    let secret = |name: &str| SecretString::from(demo.secret(name));
    first::client(app, CLIENT, &secret(CLIENT)).await?;
    for (email, name, role) in PEOPLE {
        first::account(app, email, name, *role, &secret(email)).await?;
    }
    Ok(demo)
}

/// Marks the database as one for trying out, gives the demo's coordinator the first body that is within no
/// other, and enrols the demo's learner in every course there is, for a Comune.
///
/// # Errors
/// When the database fails.
pub(super) async fn enrol(app: &App) -> Result<()> {
    let mut conn = app.db.get().await?;
    let Some(account) = db::accounts::by_email(&mut conn, PEOPLE[0].0).await? else {
        return Ok(());
    };
    let bodies = db::paths::bodies::all(&mut conn).await?;
    db::reports::demo::mark(&mut conn).await?;
    if let Some(top) = bodies.iter().find(|body| body.parent_id.is_none()) {
        db::reports::scope::answer_for(&mut conn, COORDINATOR, top.id).await?;
    }
    let body = bodies.iter().find(|body| body.kind == "comune");
    let learner = NewLearner {
        id: Uuid::now_v7(),
        home_page: String::new(),
        key: account.id.to_string(),
        name: account.name,
        email: Some(account.email),
        organization: body.map(|body| body.name.clone()),
        language: Some(account.language),
    };
    let courses = db::paths::courses::all(&mut conn).await?;
    for course in courses
        .iter()
        .filter(|course| course.state == db::paths::courses::PUBLISHED)
    {
        let learner_id = db::learners::upsert(&mut conn, &learner).await?;
        let body_id = body.map(|body| body.id);
        db::paths::enrolments::enrol(&mut conn, course.id, learner_id, body_id, None).await?;
    }
    Ok(())
}

impl Demo {
    fn secret(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

fn secrets(path: &PathBuf) -> Result<BTreeMap<String, String>> {
    if let Ok(text) = fs::read(path) {
        return serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged", path.display()));
    }
    let names = PEOPLE.iter().map(|(email, ..)| *email).chain([CLIENT]);
    let made: BTreeMap<_, _> = names
        .map(|name| (name.to_owned(), auth::new_secret()[..16].to_owned()))
        .collect();
    write(path, &serde_json::to_vec_pretty(&made)?)
        .context("the demo accounts' secrets cannot be kept")?;
    Ok(made)
}

/// Readable for this account only.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

impl fmt::Display for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nDemo accounts (e-mail, password):")?;
        for (email, _, role) in PEOPLE {
            writeln!(
                f,
                "  {:<12} {email:<26} {}",
                role.name(),
                self.secret(email)
            )?;
        }
        writeln!(
            f,
            "  API client   client_id {CLIENT}, client_secret {}",
            self.secret(CLIENT)
        )
    }
}
