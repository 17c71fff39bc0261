//! Client secrets verified lately. Argon2 takes tens of milliseconds on purpose; a program that asks
//! for a token, or sends Basic credentials, with each request should not.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Scope, password};
use crate::{
    app::App,
    audit::{self, Act, Actor},
    db::{self, clients::ApiClient},
    problem::{Problem, Result},
};

/// A revoked client is refused after this at the latest.
const KEPT: Duration = Duration::from_secs(30);
const CLIENTS: u64 = 10_000;

/// Secrets verified and clients looked up in the last half minute.
#[derive(Debug, Clone)]
pub struct Secrets {
    verified: Cache<(String, [u8; 32]), Arc<[Scope]>>,
    in_use: Cache<String, bool>,
}

impl Default for Secrets {
    fn default() -> Self {
        Self {
            verified: Cache::builder()
                .max_capacity(CLIENTS)
                .time_to_live(KEPT)
                .build(),
            in_use: Cache::builder()
                .max_capacity(CLIENTS)
                .time_to_live(KEPT)
                .build(),
        }
    }
}

impl Secrets {
    /// The scopes of a client, when the secret is its own.
    ///
    /// # Errors
    /// `InvalidClient` when it is not, `RateLimited` after too many failures.
    pub async fn verify(&self, app: &App, id: &str, secret: &SecretString) -> Result<Arc<[Scope]>> {
        if id.contains('\0') {
            // No database has such an id, or can be asked for it.
            return Err(Problem::InvalidClient);
        }
        let digest: [u8; 32] = Sha256::digest(secret.expose_secret()).into();
        let key = (id.to_owned(), digest);
        if let Some(scopes) = self.verified.get(&key).await {
            return Ok(scopes);
        }
        let name = format!("client {id}");
        app.limiter.check(&name)?;
        let client = db::clients::find(&mut *app.db.get().await?, id).await?;
        let client = client.filter(|client| client.revoked_at.is_none());
        let hash = client.as_ref().map(|client| client.secret_hash.as_str());
        let mut good = password::verify(secret, hash)
            .await
            .map_err(Problem::Internal)?;
        // For a while after a rotation the secret before is good too.
        if let (false, Some(previous)) = (good, client.as_ref().and_then(ApiClient::previous_hash))
        {
            good = password::verify(secret, Some(previous))
                .await
                .map_err(Problem::Internal)?;
        }
        let Some(client) = client.as_ref().filter(|_| good) else {
            app.limiter.failed(&name);
            if client.is_some() {
                let mut conn = app.db.get().await?;
                audit::note(&mut conn, Actor::Nobody, Act::ClientRefused, id, json!({})).await?;
            }
            return Err(Problem::InvalidClient);
        };
        app.limiter.succeeded(&name);
        let scopes: Arc<[Scope]> = client
            .scopes
            .iter()
            .filter_map(|name| Scope::named(name))
            .collect();
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
