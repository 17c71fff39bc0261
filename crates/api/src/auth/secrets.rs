//! Client secrets verified lately. Argon2 takes tens of milliseconds on purpose; a program that asks
//! for a token, or sends Basic credentials, with each request should not.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Peer, Scope, password};
use crate::{
    app::App,
    audit::{self, Act, Actor},
    db::{self, clients::ApiClient},
    problem::{Problem, Result},
};

/// A revoked client is refused after this at the latest.
const KEPT: Duration = Duration::from_secs(30);
/// A secret that was proved needs no proof for so long, while the client has the same.
const PROVED: Duration = Duration::from_hours(1);
const CLIENTS: u64 = 10_000;

/// A client's id and the digest of a secret.
type Pair = (String, [u8; 32]);

/// Secrets verified and clients looked up in the last half minute, and secrets proved in the last hour.
#[derive(Debug, Clone)]
pub struct Secrets {
    verified: Cache<Pair, Arc<[Scope]>>,
    /// The stored hash that the secret was found to belong to.
    proved: Cache<Pair, String>,
    in_use: Cache<String, bool>,
}

impl Default for Secrets {
    fn default() -> Self {
        Self {
            verified: Cache::builder()
                .max_capacity(CLIENTS)
                .time_to_live(KEPT)
                .build(),
            proved: Cache::builder()
                .max_capacity(CLIENTS)
                .time_to_live(PROVED)
                .build(),
            in_use: Cache::builder()
                .max_capacity(CLIENTS)
                .time_to_live(KEPT)
                .build(),
        }
    }
}

impl Secrets {
    /// The scopes of a client, when the secret is its own. One that proved right lately passes whatever else
    /// fails under its id: nobody shuts a client out that is at work.
    ///
    /// # Errors
    /// `InvalidClient` when it is not, `RateLimited` after too many failures.
    pub async fn verify(
        &self,
        app: &App,
        peer: &Peer,
        id: &str,
        secret: &SecretString,
    ) -> Result<Arc<[Scope]>> {
        if id.contains('\0') {
            // No database has such an id, or can be asked for it.
            return Err(Problem::InvalidClient);
        }
        let digest: [u8; 32] = Sha256::digest(secret.expose_secret()).into();
        let key = (id.to_owned(), digest);
        if let Some(scopes) = self.verified.get(&key).await {
            return Ok(scopes);
        }
        let proved = self.proved.get(&key).await;
        let name = format!("client {id}");
        if proved.is_none() {
            app.limiter.check(&name, peer)?;
        }
        let client = db::clients::find(&mut *app.db.get().await?, id).await?;
        let client = client.filter(|client| client.revoked_at.is_none());
        let belongs = match (&client, proved) {
            (Some(client), Some(hash)) if hashes(client).any(|known| known == hash) => Some(hash),
            // The secret was rotated since, or the client revoked: the proof is none any more.
            (_, Some(_)) => {
                self.proved.invalidate(&key).await;
                app.limiter.check(&name, peer)?;
                belonging(client.as_ref(), secret).await?
            }
            (_, None) => belonging(client.as_ref(), secret).await?,
        };
        let Some((client, hash)) = client.as_ref().zip(belongs) else {
            app.limiter.failed(&name, peer);
            if client.is_some() {
                let mut conn = app.db.get().await?;
                audit::note(&mut conn, Actor::Nobody, Act::ClientRefused, id, json!({})).await?;
            }
            return Err(Problem::InvalidClient);
        };
        app.limiter.succeeded(&name, peer);
        let scopes: Arc<[Scope]> = client
            .scopes
            .iter()
            .filter_map(|name| Scope::named(name))
            .collect();
        self.proved.insert(key.clone(), hash).await;
        self.verified.insert(key, Arc::clone(&scopes)).await;
        Ok(scopes)
    }

    /// Whether the client of a token is still in use.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_in_use(&self, app: &App, id: &str) -> Result<bool> {
        if let Some(in_use) = self.in_use.get(id).await {
            return Ok(in_use);
        }
        let client = db::clients::find(&mut *app.db.get().await?, id).await?;
        let in_use = client.is_some_and(|client| client.revoked_at.is_none());
        self.in_use.insert(id.to_owned(), in_use).await;
        Ok(in_use)
    }
}

/// The hashes of a client's secret: for a while after a rotation the one before is good too.
fn hashes(client: &ApiClient) -> impl Iterator<Item = &str> {
    std::iter::once(client.secret_hash.as_str()).chain(client.previous_hash())
}

/// The hash that the secret belongs to. It takes as long when there is no such client.
async fn belonging(client: Option<&ApiClient>, secret: &SecretString) -> Result<Option<String>> {
    let Some(client) = client else {
        password::verify(secret, None).await?;
        return Ok(None);
    };
    for hash in hashes(client) {
        if password::verify(secret, Some(hash)).await? {
            return Ok(Some(hash.to_owned()));
        }
    }
    Ok(None)
}
