//! What a start makes when the settings ask for it: the first client, the first administrator. Done
//! again at each start without harm.

use std::path::Path;

use anyhow::Result;
use diesel_async::AsyncConnection as _;
use secrecy::SecretString;

use crate::{
    app::App,
    auth::{self, Role, Scope},
    cli,
    db::{self, accounts::GivenAccount},
    import::Importer,
    paths,
};

/// The first API client and the first administrator, from the settings.
///
/// # Errors
/// When the database fails.
pub(super) async fn accounts(app: &App) -> Result<()> {
    if let Some(first) = &app.config.auth.first_client {
        client(app, &first.id, &first.secret).await?;
    }
    if let Some(first) = &app.config.auth.first_admin {
        account(
            app,
            &first.email,
            "Amministratore",
            Role::Admin,
            &first.password,
        )
        .await?;
    }
    Ok(())
}

/// A client with all scopes; one that has this secret already stays as it is.
pub(super) async fn client(app: &App, id: &str, secret: &SecretString) -> Result<()> {
    let mut conn = app.db.get().await?;
    let known = db::clients::find(&mut conn, id).await?;
    let known = known.filter(|client| client.revoked_at.is_none());
    if let Some(client) = &known
        && auth::verify(secret, Some(&client.secret_hash)).await?
    {
        return Ok(());
    }
    let scopes: Vec<_> = Scope::all().map(|scope| scope.name().to_owned()).collect();
    db::clients::put(&mut conn, id, id, &auth::hash(secret).await?, &scopes).await?;
    Ok(())
}

/// An account; one that has this password and role already stays as it is, and so does a disabled one.
pub(super) async fn account(
    app: &App,
    email: &str,
    name: &str,
    role: Role,
    password: &SecretString,
) -> Result<()> {
    let mut conn = app.db.get().await?;
    let known = db::accounts::find(&mut conn, email).await?;
    if let Some(account) = &known {
        if account.disabled_at.is_some() {
            tracing::warn!(
                account.id = %account.id,
                "an account that this start asks for is disabled, and stays so; `percorso user add` or /admin/users enable it"
            );
            return Ok(());
        }
        if account.role == role.name()
            && auth::verify(password, account.password_hash.as_deref()).await?
        {
            return Ok(());
        }
    }
    let hash = auth::hash(password).await?;
    let given = GivenAccount {
        email,
        password_hash: &hash,
        name: known.is_none().then_some(name),
        role: Some(role.name()),
        organization: None,
    };
    conn.transaction(async |conn| db::accounts::put(conn, &given).await)
        .await?;
    Ok(())
}

/// Imports every package in a directory; one that cannot be delivered is said and passed over.
pub(super) async fn import(app: &App, directory: &Path) -> Result<()> {
    let imported = cli::import::import_all(&Importer::of(app), directory).await?;
    tracing::info!(packages = imported.len(), "packages are there");
    paths::file::import(app, directory).await
}
