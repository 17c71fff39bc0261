//! Settings of the sign-in through an OpenID Connect provider.

use secrecy::SecretString;
use url::Url;

use super::read::{ConfigError, Reader};
use crate::auth::Role;

/// Signing in through an OpenID Connect provider.
#[derive(Debug, Clone)]
pub struct OidcConfig {
    /// `PERCORSO_OIDC_ISSUER`: the provider's issuer; its discovery document lies below it.
    pub issuer: String,
    /// `PERCORSO_OIDC_CLIENT_ID`: by which it knows us.
    pub client_id: String,
    /// `PERCORSO_OIDC_CLIENT_SECRET`: none for a public client.
    pub client_secret: Option<SecretString>,
    /// `PERCORSO_OIDC_NAME`: the provider's name on the button. Default: the issuer's host.
    pub name: String,
    /// `PERCORSO_OIDC_SCOPES`: what is asked for. Default `openid email profile`.
    pub scopes: String,
    /// `PERCORSO_OIDC_ROLE_CLAIM`: the claim whose values give roles, a path with dots.
    pub role_claim: Option<String>,
    /// `PERCORSO_OIDC_ROLES`: which value gives which role, `value=role, …`.
    pub roles: Vec<(String, Role)>,
    /// `PERCORSO_OIDC_DEFAULT_ROLE`: the role of everybody else; `None` (`none`) lets nobody else in.
    /// Default `learner`.
    pub default_role: Option<Role>,
    /// `PERCORSO_OIDC_BODY_CLAIM`: the claim with the code of the person's body.
    pub body_claim: Option<String>,
    /// `PERCORSO_OIDC_TRUST_EMAIL`: addresses count as verified without the provider's saying so.
    /// Default `false`.
    pub trust_email: bool,
}

impl OidcConfig {
    /// The provider's origin.
    pub fn origin(&self) -> String {
        let url = Url::parse(&self.issuer);
        url.map(|url| url.origin().ascii_serialization())
            .unwrap_or_default()
    }
}

pub(super) fn read(read: &Reader<'_>) -> Result<Option<OidcConfig>, ConfigError> {
    let Some(issuer) = read.optional("PERCORSO_OIDC_ISSUER") else {
        return Ok(None);
    };
    let url = Url::parse(&issuer);
    let host = url.ok().and_then(|url| {
        let is_web = matches!(url.scheme(), "http" | "https");
        url.host_str().filter(|_| is_web).map(ToOwned::to_owned)
    });
    let host = host.ok_or_else(|| {
        let why = format!("is `{issuer}`; expected an https address");
        ConfigError::new("PERCORSO_OIDC_ISSUER", why)
    })?;
    let client_id = read.optional("PERCORSO_OIDC_CLIENT_ID").ok_or_else(|| {
        let why = "is missing: it goes with PERCORSO_OIDC_ISSUER".to_owned();
        ConfigError::new("PERCORSO_OIDC_CLIENT_ID", why)
    })?;
    Ok(Some(OidcConfig {
        client_id,
        client_secret: read.secret("PERCORSO_OIDC_CLIENT_SECRET"),
        name: read.text("PERCORSO_OIDC_NAME", &host),
        scopes: read.text("PERCORSO_OIDC_SCOPES", "openid email profile"),
        role_claim: read.optional("PERCORSO_OIDC_ROLE_CLAIM"),
        roles: roles(&read.text("PERCORSO_OIDC_ROLES", ""))?,
        default_role: default_role(&read.text("PERCORSO_OIDC_DEFAULT_ROLE", "learner"))?,
        body_claim: read.optional("PERCORSO_OIDC_BODY_CLAIM"),
        trust_email: read.yes_or_no("PERCORSO_OIDC_TRUST_EMAIL", false)?,
        issuer,
    }))
}

fn roles(text: &str) -> Result<Vec<(String, Role)>, ConfigError> {
    let pairs = text
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty());
    let read = |pair: &str| {
        let (value, role) = pair.rsplit_once('=')?;
        Some((value.trim().to_owned(), Role::named(role.trim())?))
    };
    pairs
        .map(|pair| {
            read(pair).ok_or_else(|| {
                let why = format!(
                    "has `{pair}`; expected value=role, with learner, author, coordinator or admin"
                );
                ConfigError::new("PERCORSO_OIDC_ROLES", why)
            })
        })
        .collect()
}

fn default_role(text: &str) -> Result<Option<Role>, ConfigError> {
    if text == "none" {
        return Ok(None);
    }
    let role = Role::named(text).ok_or_else(|| {
        let why = format!("is `{text}`; expected learner, author, coordinator, admin or none");
        ConfigError::new("PERCORSO_OIDC_DEFAULT_ROLE", why)
    })?;
    Ok(Some(role))
}
