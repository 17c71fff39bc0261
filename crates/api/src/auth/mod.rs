//! Who may ask: API clients by bearer token (OAuth 2.0 client credentials), people by a session
//! cookie. Which right a handler needs shows in its first line: `caller.require(Scope::…)?`.

mod caller;
pub(crate) mod clients;
mod keys;
mod limiter;
pub mod oidc;
mod password;
mod peer;
mod scope;
mod secrets;
pub mod web;

pub(crate) use caller::basic;
pub(crate) use caller::caller_by;
pub use caller::{Caller, Person, Role};
pub use keys::{Audience, Claims, Keys, Signed, TokenError};
pub use limiter::Limiter;
pub use password::{hash, verify};
pub use peer::Peer;
pub use scope::Scope;
pub use secrets::Secrets;

/// What an access token says besides the registered claims.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Access {
    /// Scopes, separated by spaces.
    pub scope: String,
}

/// A secret nobody can guess: 32 random bytes, base64url.
pub fn new_secret() -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}
