//! The fetch URL: gives a session's token once (8.2).

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::Utc;
use percorso_tracker::cmi5::Session;
use sha2::{Digest, Sha256};

use super::{launch::is_stale, work::transaction};
use crate::{
    app::App,
    db,
    problem::{Problem, Result},
};

/// What a fetch comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// The token: what follows `Basic ` in the header.
    Token(String),
    /// Used before, or the session is over (error 1).
    Used,
    /// No session has this address (error 2).
    Unknown,
}

/// Uses a fetch URL.
///
/// # Errors
/// When the database fails (error 3).
pub(crate) async fn fetch(app: &App, key: &str) -> Result<Fetched> {
    let hash = Sha256::digest(key.as_bytes());
    transaction(app, async |conn| {
        let Some(found) = db::cmi5::by_fetch(conn, &hash).await? else {
            return Ok(Fetched::Unknown);
        };
        let session: Session = serde_json::from_value(found.state).map_err(Problem::internal)?;
        let is_over = found.ended_at.is_some() || session.is_over();
        let is_stale = is_stale(app, &session, Utc::now().timestamp_millis());
        if found.fetched_at.is_some() || is_over || is_stale {
            return Ok(Fetched::Used);
        }
        let secret = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let hash = Sha256::digest(secret.as_bytes());
        db::cmi5::fetched(conn, found.session_id, &hash).await?;
        let pair = format!("{}:{secret}", found.session_id);
        Ok(Fetched::Token(STANDARD.encode(pair)))
    })
    .await
}
