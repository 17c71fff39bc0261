//! Passwords and client secrets: Argon2id, on a thread where it blocks nobody.
//!
//! It is dear on purpose, some 20 MB and tens of milliseconds each: no more run at once than there are
//! processors, a few wait, and whoever finds the queue full is told to come again.

use std::sync::{Arc, LazyLock};

use anyhow::{Context, anyhow};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::problem::{Problem, Result};

/// Those that wait, for each that runs: a second or two of waiting.
const WAITING: usize = 32;

static TURNS: LazyLock<Turns> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    Turns::new(processors, processors * WAITING)
});

/// Hashes a secret with a new salt.
///
/// # Errors
/// When there is no randomness; `RateLimited` when too many others wait.
pub async fn hash(secret: &SecretString) -> Result<String> {
    let secret = secret.clone();
    TURNS
        .run(move || {
            let hashed = Argon2::default().hash_password(secret.expose_secret().as_bytes());
            hashed
                .map(|hash| hash.to_string())
                .map_err(|error| anyhow!("hashing failed: {error}"))
        })
        .await
}

/// Whether the secret is the one that was hashed. Without a hash it takes as long and says no, so
/// that time does not tell which names exist.
///
/// # Errors
/// When the hash is not one of ours; `RateLimited` when too many others wait.
pub async fn verify(secret: &SecretString, hash: Option<&str>) -> Result<bool> {
    let Some(text) = hash.map(ToOwned::to_owned) else {
        self::hash(secret).await?;
        return Ok(false);
    };
    let secret = secret.clone();
    TURNS
        .run(move || {
            let hash = PasswordHash::new(&text).map_err(|error| anyhow!("not a hash: {error}"))?;
            let argon2 = Argon2::default();
            Ok(argon2
                .verify_password(secret.expose_secret().as_bytes(), &hash)
                .is_ok())
        })
        .await
}

/// So many at once, so many more in the queue.
struct Turns {
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Turns {
    fn new(running: usize, waiting: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(running)),
            places: Arc::new(Semaphore::new(running + waiting)),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T> {
        let full = |_| Problem::RateLimited {
            retry_after_seconds: 2,
        };
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(full)?;
        let turn = Arc::clone(&self.running).acquire_owned().await;
        let turn = turn.map_err(Problem::internal)?;
        // The work goes on when nobody waits for it any more: its turn ends with it, not with the request.
        let worked = spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        let worked = worked.await.context("hashing stopped");
        worked.flatten().map_err(Problem::Internal)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn the_right_secret_and_only_that_verifies() {
        let right = SecretString::from("correct horse");
        let hash = hash(&right).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify(&right, Some(&hash)).await.unwrap());
        assert!(
            !verify(&SecretString::from("wrong"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(!verify(&right, None).await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_runs_one_waits_and_the_next_is_told_to_come_again() {
        let turns = Arc::new(Turns::new(1, 1));
        let (go, gate) = mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let run = {
            let turns = Arc::clone(&turns);
            tokio::spawn(async move {
                let work = move || {
                    started.send(()).unwrap();
                    Ok(gate.recv()?)
                };
                turns.run(work).await
            })
        };
        has_started.await.unwrap();
        let waits = turns.run(|| Ok(()));
        tokio::pin!(waits);
        assert!(futures_util::poll!(&mut waits).is_pending());
        let refused = turns.run(|| Ok(())).await;
        assert!(matches!(refused, Err(Problem::RateLimited { .. })));
        go.send(()).unwrap();
        run.await.unwrap().unwrap();
        waits.await.unwrap();
    }
}
