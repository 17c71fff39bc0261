//! API clients made, changed, rotated and revoked: what the API and the pages both do.

use chrono::{TimeDelta, Utc};
use diesel_async::AsyncConnection as _;
use secrecy::SecretString;
use serde_json::json;

use super::Scope;
use crate::{
    app::App,
    audit::{self, Act, Actor},
    db::clients::{self as db, ApiClient},
    problem::{Problem, Result},
};

/// The old secret is good for so long after a rotation, in hours, unless asked otherwise.
pub(crate) const OVERLAP_HOURS: i64 = 24;
/// At most for so long.
const LONGEST_OVERLAP_HOURS: i64 = 24 * 30;

/// What a client is called and may do.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// What people call it.
    pub(crate) name: String,
    /// Scopes a token may carry.
    pub(crate) scopes: Vec<String>,
}

/// Makes a client; answers its secret.
///
/// # Errors
/// When the id is taken, or a value is not accepted.
pub(crate) async fn made(app: &App, actor: Actor, id: &str, wanted: &Wanted) -> Result<String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if !(3..=64).contains(&id.len()) || !id.chars().all(plain) || id == "new" {
        return Err(Problem::validation(format!(
            "`id` is {id:?}; expected 3 to 64 letters, digits, `.`, `_` or `-`"
        )));
    }
    check(wanted)?;
    let mut conn = app.db.get().await?;
    if db::find(&mut conn, id).await?.is_some() {
        return Err(Problem::validation(format!(
            "there is a client `{id}` already; choose another id, or rotate its secret"
        )));
    }
    let (secret, hash) = new_secret().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        db::put(conn, id, &wanted.name, &hash, &wanted.scopes).await?;
        let details = json!({ "scopes": wanted.scopes });
        audit::note(conn, actor, Act::ClientCreated, id, details).await
    })
    .await?;
    Ok(secret)
}

/// Changes a client's name and scopes.
///
/// # Errors
/// When there is none, or a value is not accepted.
pub(crate) async fn changed(app: &App, actor: Actor, id: &str, wanted: &Wanted) -> Result<()> {
    check(wanted)?;
    let kept = known(app, id).await?;
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        db::change(conn, id, &wanted.name, &wanted.scopes).await?;
        let details = json!({ "scopes": wanted.scopes, "scopes_before": kept.scopes });
        audit::note(conn, actor, Act::ClientChanged, id, details).await
    })
    .await
}

/// Gives a client a new secret, and takes it back into use; answers the secret.
///
/// # Errors
/// When there is none, or the overlap is not accepted.
pub(crate) async fn rotated(
    app: &App,
    actor: Actor,
    id: &str,
    overlap_hours: i64,
) -> Result<String> {
    if !(0..=LONGEST_OVERLAP_HOURS).contains(&overlap_hours) {
        return Err(Problem::validation(format!(
            "`overlap_hours` is {overlap_hours}; expected 0 to {LONGEST_OVERLAP_HOURS}"
        )));
    }
    let (secret, hash) = new_secret().await?;
    let until = Utc::now() + TimeDelta::hours(overlap_hours);
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        if !db::rotate(conn, id, &hash, until).await? {
            return Err(none(id));
        }
        let details = json!({ "overlap_hours": overlap_hours });
        audit::note(conn, actor, Act::ClientRotated, id, details).await
    })
    .await?;
    Ok(secret)
}

/// Revokes a client; one that is revoked stays so.
///
/// # Errors
/// When there is none.
pub(crate) async fn revoked(app: &App, actor: Actor, id: &str) -> Result<()> {
    known(app, id).await?;
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        if db::revoke(conn, id).await? {
            audit::note(conn, actor, Act::ClientRevoked, id, json!({})).await?;
        }
        Ok(())
    })
    .await
}

/// The client with this id, revoked or not.
///
/// # Errors
/// When there is none.
pub(crate) async fn known(app: &App, id: &str) -> Result<ApiClient> {
    let found = db::find(&mut *app.db.get().await?, id).await?;
    found.ok_or_else(|| none(id))
}

fn none(id: &str) -> Problem {
    Problem::NotFound(format!(
        "there is no client {id:?}; GET /api/v1/clients lists those there are"
    ))
}

fn check(wanted: &Wanted) -> Result<()> {
    if !(1..=200).contains(&wanted.name.chars().count()) || wanted.name.contains('\0') {
        return Err(Problem::validation(
            "`name` has a NUL, or is not 1 to 200 characters long",
        ));
    }
    if wanted.scopes.is_empty() {
        return Err(Problem::validation(
            "`scopes` names none: choose one at least",
        ));
    }
    let unknown = |scope: &&String| Scope::named(scope).is_none();
    if let Some(unknown) = wanted.scopes.iter().find(unknown) {
        let known: Vec<_> = Scope::all().map(Scope::name).collect();
        return Err(Problem::validation(format!(
            "there is no scope `{unknown}`; there are {}",
            known.join(", ")
        )));
    }
    Ok(())
}

async fn new_secret() -> Result<(String, String)> {
    let secret = super::new_secret();
    let hash = super::hash(&SecretString::from(secret.as_str())).await?;
    Ok((secret, hash))
}
