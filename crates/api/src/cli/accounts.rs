//! `percorso client …`, `percorso user …`, `percorso rotate-keys`, `percorso rotate-badge-key`: who may ask, and
//! which keys sign.

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use diesel_async::AsyncConnection as _;
use secrecy::SecretString;
use serde_json::json;

use crate::{
    audit::{self, Act, Actor},
    auth::{self, Role, Scope},
    badges::NewKey,
    config::{Config, SHORTEST_PASSWORD},
    db::{self, accounts::GivenAccount},
    start::Database,
};

/// Who acts here.
const US: Actor = Actor::System("command line");

#[derive(Debug, Subcommand)]
pub(super) enum ClientCommand {
    /// Make a client and print its secret, once.
    Add(ClientAdd),
    /// List clients.
    List,
    /// Stop a client: its tokens are refused within half a minute.
    Revoke {
        /// The client's id.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct ClientAdd {
    /// The client's id.
    id: String,
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// What it may do, several with commas between them; all when not given.
    #[arg(long = "scope", value_delimiter = ',')]
    scopes: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make an account and print its password, or give one that exists a new password, which signs it out
    /// everywhere. What is not given of one that exists stays; one that is disabled is enabled.
    Add(UserAdd),
}

#[derive(Debug, Args)]
pub(super) struct UserAdd {
    /// Sign-in name.
    email: String,
    /// Full name; of a new account the sign-in name when it is not given.
    #[arg(long)]
    name: Option<String>,
    /// learner, author, coordinator or admin; of a new account learner when it is not given.
    #[arg(long)]
    role: Option<String>,
    /// The body the person belongs to.
    #[arg(long)]
    organization: Option<String>,
    /// Code of the body that a coordinator answers for.
    #[arg(long)]
    body: Option<String>,
    /// The password, 12 characters at least; one is made when it is not given.
    #[arg(long, env = "PERCORSO_USER_PASSWORD", hide_env_values = true)]
    password: Option<String>,
}

pub(super) async fn client(config: &Config, command: ClientCommand) -> Result<()> {
    let database = Database::join(config).await?;
    let work = async |conn: &mut db::Connection| match command {
        ClientCommand::Add(add) => add_client(conn, add).await,
        ClientCommand::List => list_clients(conn).await,
        ClientCommand::Revoke { id } => revoke_client(conn, &id).await,
    };
    database.with(config, work).await
}

async fn revoke_client(conn: &mut db::Connection, id: &str) -> Result<()> {
    if !db::clients::revoke(conn, id).await? {
        bail!("there is no client {id} in use");
    }
    audit::note(conn, US, Act::ClientRevoked, id, json!({})).await?;
    println!("{id} is revoked");
    Ok(())
}

async fn add_client(conn: &mut db::Connection, add: ClientAdd) -> Result<()> {
    ensure!(
        !add.id.is_empty() && !add.id.contains(':'),
        "`{}` cannot be a client's id: a colon ends the id in Basic credentials",
        add.id
    );
    if let Some(unknown) = add.scopes.iter().find(|name| Scope::named(name).is_none()) {
        let known: Vec<_> = Scope::all().map(Scope::name).collect();
        bail!(
            "there is no scope {unknown}; there are {}",
            known.join(", ")
        );
    }
    if db::clients::find(conn, &add.id)
        .await?
        .is_some_and(|client| client.revoked_at.is_none())
    {
        bail!("there is a client {} in use; revoke it first", add.id);
    }
    let scopes = match add.scopes.is_empty() {
        true => Scope::all().map(|scope| scope.name().to_owned()).collect(),
        false => add.scopes,
    };
    let secret = auth::new_secret();
    let hash = auth::hash(&SecretString::from(secret.as_str())).await?;
    let name = add.name.as_deref().unwrap_or(&add.id);
    db::clients::put(conn, &add.id, name, &hash, &scopes).await?;
    let details = json!({ "scopes": scopes });
    audit::note(conn, US, Act::ClientCreated, &add.id, details).await?;
    println!(
        "client_id      {}\nclient_secret  {secret}\nscopes         {}",
        add.id,
        scopes.join(" ")
    );
    Ok(())
}

async fn list_clients(conn: &mut db::Connection) -> Result<()> {
    for client in db::clients::all(conn).await? {
        let state = if client.revoked_at.is_some() {
            "revoked"
        } else {
            "in use"
        };
        println!(
            "{}\t{state}\t{}\t{}",
            client.id,
            client.name,
            client.scopes.join(" ")
        );
    }
    Ok(())
}

pub(super) async fn user(config: &Config, command: UserCommand) -> Result<()> {
    let UserCommand::Add(mut add) = command;
    if let Some(role) = &add.role {
        Role::named(role).with_context(|| {
            format!("there is no role {role}; there are learner, author, coordinator, admin")
        })?;
    }
    add.password = add.password.filter(|password| !password.is_empty());
    let length = add.password.as_ref().map(|given| given.chars().count());
    ensure!(
        length.is_none_or(|length| length >= SHORTEST_PASSWORD),
        "the password is too short; it needs {SHORTEST_PASSWORD} characters at least"
    );
    let database = Database::join(config).await?;
    let work = async |conn: &mut db::Connection| add_user(conn, add).await;
    database.with(config, work).await
}

async fn add_user(conn: &mut db::Connection, add: UserAdd) -> Result<()> {
    let made = add.password.is_none();
    let password = add.password.unwrap_or_else(auth::new_secret);
    let hash = auth::hash(&SecretString::from(password.as_str())).await?;
    let given = GivenAccount {
        email: &add.email,
        password_hash: &hash,
        name: add.name.as_deref(),
        role: add.role.as_deref(),
        organization: add.organization.as_deref(),
    };
    let body = match &add.body {
        Some(code) => {
            let found = db::paths::bodies::by_code(conn, code).await?;
            Some(found.with_context(|| format!("there is no body {code}"))?)
        }
        None => None,
    };
    let work = conn.transaction::<_, anyhow::Error, _>(async |conn| {
        let account = db::accounts::put(conn, &given).await?;
        if let Some(body) = &body {
            db::reports::scope::answer_for(conn, given.email, body.id).await?;
        }
        let details = json!({ "role": account.role });
        audit::note(conn, US, Act::AccountChanged, account.id, details).await?;
        if account.disabled_at.is_some() {
            db::admin::people::enable(conn, account.id, true).await?;
            audit::note(conn, US, Act::AccountEnabled, account.id, json!({})).await?;
        }
        Ok(account)
    });
    let account = work.await?;
    if account.disabled_at.is_some() {
        println!("{} was disabled, and is enabled again", account.email);
    }
    println!("{} may sign in as {}", account.email, account.role);
    if made {
        println!("password  {password}");
    }
    Ok(())
}

pub(super) async fn rotate_keys(config: &Config) -> Result<()> {
    let database = Database::join(config).await?;
    let work = async |conn: &mut db::Connection| {
        db::signing_keys::rotate(conn, &rand::random::<[u8; 32]>()).await?;
        audit::note(conn, US, Act::KeysRotated, "", json!({})).await?;
        anyhow::Ok(())
    };
    database.with(config, work).await?;
    println!("a new key signs; running servers take it up within five minutes");
    Ok(())
}

pub(super) async fn rotate_badge_key(config: &Config) -> Result<()> {
    let key = tokio::task::spawn_blocking(NewKey::make).await??;
    let database = Database::join(config).await?;
    let work = async |conn: &mut db::Connection| {
        db::paths::badges::rotate(conn, &key).await?;
        let details = json!({ "of": "badges" });
        audit::note(conn, US, Act::KeysRotated, key.id, details).await?;
        anyhow::Ok(())
    };
    database.with(config, work).await?;
    println!("a new key signs badges; what the others signed stays good");
    Ok(())
}
