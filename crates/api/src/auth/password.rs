//! Passwords and client secrets: Argon2id, on a thread where it blocks nobody.

use anyhow::{Context, Result, anyhow};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::spawn_blocking;

/// Hashes a secret with a new salt.
///
/// # Errors
/// When there is no randomness.
pub async fn hash(secret: &SecretString) -> Result<String> {
    let secret = secret.clone();
    spawn_blocking(move || {
        let hashed = Argon2::default().hash_password(secret.expose_secret().as_bytes());
        hashed
            .map(|hash| hash.to_string())
            .map_err(|error| anyhow!("hashing failed: {error}"))
    })
    .await
    .context("hashing stopped")?
}

/// Whether the secret is the one that was hashed. Without a hash it takes as long and says no, so
/// that time does not tell which names exist.
///
/// # Errors
/// When the hash is not one of ours.
pub async fn verify(secret: &SecretString, hash: Option<&str>) -> Result<bool> {
    let Some(text) = hash.map(ToOwned::to_owned) else {
        self::hash(secret).await?;
        return Ok(false);
    };
    let secret = secret.clone();
    spawn_blocking(move || {
        let hash = PasswordHash::new(&text).map_err(|error| anyhow!("not a hash: {error}"))?;
        let argon2 = Argon2::default();
        Ok(argon2
            .verify_password(secret.expose_secret().as_bytes(), &hash)
            .is_ok())
    })
    .await
    .context("verifying stopped")?
}

#[cfg(test)]
mod tests {
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
}
