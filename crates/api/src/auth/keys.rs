//! Signing keys and the tokens they sign: JWTs with `kid`, `iss`, `aud` and `exp`, HS256 and nothing
//! else. The newest key signs; retired ones verify until what they signed has expired.
//!
//! Another server on the same database may have made a new key a moment ago: a token signed by a key that
//! is not known here makes this one read the keys again, once in a while.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::db::{self, Pool, signing_keys::SigningKey};

/// Retired keys go away after this: longer than any token or content path lives.
const KEPT: TimeDelta = TimeDelta::days(3);
/// Tokens by unknown keys make the keys be read again no oftener than this.
const READ_AGAIN: Duration = Duration::from_secs(2);

/// Whom a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The API: subject is the client id.
    Api,
    /// One start of the player: subject is the session id.
    Launch,
    /// A session under way: subject is the session id.
    Player,
    /// A sign-in through an identity provider, under way.
    SignIn,
}

impl Audience {
    fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Launch => "launch",
            Self::Player => "player",
            Self::SignIn => "sign-in",
        }
    }
}

/// What a token says: the registered claims and `extra`, which depends on the audience.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims<T> {
    /// The app's public address.
    pub iss: String,
    /// Name of the audience.
    pub aud: String,
    /// Subject.
    pub sub: String,
    /// Made at, seconds since 1970.
    pub iat: i64,
    /// Expires at, seconds since 1970.
    pub exp: i64,
    /// What else it says.
    #[serde(flatten)]
    pub extra: T,
}

/// A token just made.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The JWT.
    pub token: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// Damaged, of another issuer, for another audience, or signed by a key we do not have.
    #[error("the token is not one of ours for this address")]
    Invalid,
}

/// The keys in use.
#[derive(Debug)]
pub struct Keys {
    issuer: String,
    ring: RwLock<Arc<Ring>>,
    source: Source,
}

/// Where the keys come from, and when they were last read for an unknown one.
struct Source {
    pool: Pool,
    life: TimeDelta,
    read_at: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

struct Ring {
    signing: Key,
    verifying: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    id: String,
    secret: Arc<[u8]>,
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring")
            .field("signing", &self.signing.id)
            .finish_non_exhaustive()
    }
}

impl Ring {
    fn verifying(&self, id: &str) -> Option<&Key> {
        self.verifying.iter().find(|key| key.id == id)
    }
}

impl Keys {
    /// Loads the keys; makes the first, and a new one when the newest is older than `life`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(pool: &Pool, issuer: &str, life: TimeDelta) -> Result<Self> {
        let ring = ring(pool, life).await?;
        Ok(Self {
            issuer: issuer.to_owned(),
            ring: RwLock::new(Arc::new(ring)),
            source: Source {
                pool: pool.clone(),
                life,
                read_at: Mutex::default(),
            },
        })
    }

    /// Loads the keys again: another server may have made a new one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reload(&self) -> Result<()> {
        let ring = ring(&self.source.pool, self.source.life).await?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        Ok(())
    }

    /// Signs a token for `subject`, good for `life`.
    ///
    /// # Errors
    /// When `extra` cannot be written as JSON.
    pub fn sign<T: Serialize>(
        &self,
        audience: Audience,
        subject: &str,
        life: TimeDelta,
        extra: T,
    ) -> Result<Signed> {
        let now = Utc::now();
        let expires_at = now + life;
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: audience.name().to_owned(),
            sub: subject.to_owned(),
            iat: now.timestamp(),
            exp: expires_at.timestamp(),
            extra,
        };
        let ring = self.ring();
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(ring.signing.id.clone());
        let key = EncodingKey::from_secret(&ring.signing.secret);
        let token = jsonwebtoken::encode(&header, &claims, &key).context("signing a token")?;
        Ok(Signed { token, expires_at })
    }

    /// Checks signature, algorithm, issuer, audience and expiry.
    ///
    /// # Errors
    /// When any of these is wrong.
    pub async fn verify<T: DeserializeOwned>(
        &self,
        audience: Audience,
        token: &str,
    ) -> std::result::Result<Claims<T>, TokenError> {
        self.verify_stale(audience, token, TimeDelta::zero()).await
    }

    /// As [`Keys::verify`], but good for `grace` after its expiry too.
    ///
    /// # Errors
    /// When anything is wrong.
    pub async fn verify_stale<T: DeserializeOwned>(
        &self,
        audience: Audience,
        token: &str,
        grace: TimeDelta,
    ) -> std::result::Result<Claims<T>, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        let id = header.kid.ok_or(TokenError::Invalid)?;
        let mut ring = self.ring();
        if ring.verifying(&id).is_none() && id.parse::<Uuid>().is_ok() {
            ring = self.read_again().await;
        }
        let key = ring.verifying(&id).ok_or(TokenError::Invalid)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[audience.name()]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.leeway = u64::try_from(grace.num_seconds()).unwrap_or(0);
        let key = DecodingKey::from_secret(&key.secret);
        match jsonwebtoken::decode(token, &key, &validation) {
            Ok(data) => Ok(data.claims),
            Err(error) if is_expiry(&error) => Err(TokenError::Expired),
            Err(_) => Err(TokenError::Invalid),
        }
    }

    /// The secret that signs now.
    pub fn signing_secret(&self) -> Arc<[u8]> {
        Arc::clone(&self.ring().signing.secret)
    }

    /// What the secrets that verify make of something signed without a key's name, the newest first. When
    /// none of them knows it, a key made elsewhere may.
    pub async fn find<T>(&self, known: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        let by = |ring: &Ring| ring.verifying.iter().find_map(|key| known(&key.secret));
        match by(&self.ring()) {
            Some(found) => Some(found),
            None => by(&*self.read_again().await),
        }
    }

    /// The keys as they stand in the database, or as they stood a moment ago.
    async fn read_again(&self) -> Arc<Ring> {
        let mut read_at = self.source.read_at.lock().await;
        if read_at.is_none_or(|at| at.elapsed() > READ_AGAIN) {
            if let Err(error) = self.reload().await {
                let error = format!("{error:#}");
                tracing::warn!(error, "signing keys could not be read again");
            }
            *read_at = Some(Instant::now());
        }
        drop(read_at);
        self.ring()
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn is_expiry(error: &jsonwebtoken::errors::Error) -> bool {
    matches!(
        error.kind(),
        jsonwebtoken::errors::ErrorKind::ExpiredSignature
    )
}

async fn ring(pool: &Pool, life: TimeDelta) -> Result<Ring> {
    let mut conn = pool.get().await?;
    let mut stored = db::signing_keys::all(&mut conn).await?;
    let oldest_good = Utc::now() - life;
    if !stored
        .iter()
        .any(|key| key.retired_at.is_none() && key.created_at > oldest_good)
    {
        db::signing_keys::rotate(&mut conn, &rand::random::<[u8; 32]>()).await?;
        db::signing_keys::forget(&mut conn, KEPT).await?;
        stored = db::signing_keys::all(&mut conn).await?;
    }
    let signing = stored.iter().find(|key| key.retired_at.is_none());
    let signing = key(signing.context("no signing key")?);
    // Stored ones are removed at the next rotation only; until then they must not verify either.
    let long_ago = Utc::now() - KEPT;
    let in_use = |key: &&SigningKey| key.retired_at.is_none_or(|retired| retired > long_ago);
    Ok(Ring {
        signing,
        verifying: stored.iter().filter(in_use).map(key).collect(),
    })
}

fn key(stored: &SigningKey) -> Key {
    let id: Uuid = stored.id;
    Key {
        id: id.to_string(),
        secret: stored.secret.clone().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Extra {
        scope: String,
    }

    fn keys(issuer: &str, id: &str) -> Keys {
        let key = Key {
            id: id.to_owned(),
            secret: Arc::from([7_u8; 32]),
        };
        let ring = Ring {
            signing: key.clone(),
            verifying: vec![key],
        };
        Keys {
            issuer: issuer.to_owned(),
            ring: RwLock::new(Arc::new(ring)),
            source: Source {
                pool: db::pool("postgres://127.0.0.1:1/none", 1).unwrap(),
                life: TimeDelta::days(1),
                read_at: Mutex::default(),
            },
        }
    }

    fn signed(keys: &Keys, life_seconds: i64) -> String {
        let extra = Extra {
            scope: "admin".into(),
        };
        keys.sign(Audience::Api, "hr", TimeDelta::seconds(life_seconds), extra)
            .unwrap()
            .token
    }

    async fn refused(keys: &Keys, audience: Audience, token: &str) -> TokenError {
        keys.verify::<Extra>(audience, token).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_token_is_good_for_its_issuer_audience_and_time_only() {
        let ours = keys("http://a", "1");
        let token = signed(&ours, 60);
        let claims = ours.verify::<Extra>(Audience::Api, &token).await.unwrap();
        assert_eq!(
            (claims.sub.as_str(), claims.extra.scope.as_str()),
            ("hr", "admin")
        );
        let wrong = [
            refused(&ours, Audience::Player, &token).await,
            refused(&keys("http://b", "1"), Audience::Api, &token).await,
            refused(&keys("http://a", "2"), Audience::Api, &token).await,
            refused(&ours, Audience::Api, "a.b.c").await,
        ];
        assert_eq!(wrong, [TokenError::Invalid; 4]);
    }

    #[tokio::test]
    async fn an_expired_token_is_good_within_the_grace_only() {
        let ours = keys("http://a", "1");
        let token = signed(&ours, -60);
        assert_eq!(
            refused(&ours, Audience::Api, &token).await,
            TokenError::Expired
        );
        let day = TimeDelta::hours(24);
        let stale = ours.verify_stale::<Extra>(Audience::Api, &token, day).await;
        assert!(stale.is_ok());
    }

    #[tokio::test]
    async fn no_algorithm_is_no_signature() {
        let ours = keys("http://a", "1");
        let token = signed(&ours, 60);
        let mut parts = token.split('.');
        let (_, body) = (parts.next(), parts.next().unwrap());
        let unsigned = format!("eyJhbGciOiJub25lIiwia2lkIjoiMSJ9.{body}.");
        assert_eq!(
            refused(&ours, Audience::Api, &unsigned).await,
            TokenError::Invalid
        );
    }
}
