//! Signing in through an OpenID Connect provider: any one that can be discovered, by authorization code
//! with PKCE, state and nonce. What the provider says of a person is read in `claims`; which account it
//! leads to is decided in `entry`.

mod claims;
mod entry;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite},
};
use chrono::TimeDelta;
use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest as Asked, HttpResponse as Answered,
    IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, Scope, TokenResponse as _,
    core::{CoreClient, CoreClientAuthMethod, CoreIdToken, CoreResponseType},
    http,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::{Audience, web};
use crate::{app::App, config::OidcConfig, problem::Problem};

/// What the provider said of itself is asked again after this.
const KNOWN: Duration = Duration::from_hours(1);
/// How long a person may take at the provider.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);
/// How long the provider may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The cookie of a sign-in under way, without TLS and with it: content on a sibling host cannot put its
/// own in place of the second.
const COOKIES: [&str; 2] = ["percorso_oidc", "__Host-percorso_oidc"];
/// Where the provider sends people back to.
pub(crate) const CALLBACK: &str = "/login/oidc/callback";

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why somebody could not come in. What it prints is for the log; people read [`Failure::key`]'s words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The provider does not answer, or not as one.
    #[error("the provider does not answer as one: {0}")]
    Unreachable(String),
    /// The sign-in was begun in another browser, or too long ago.
    #[error("it was begun in another browser, or too long ago")]
    Expired,
    /// The person said no, or the provider did.
    #[error("the provider said no: {0}")]
    Cancelled(String),
    /// What the provider sent is not good.
    #[error("what the provider sent is not good: {0}")]
    Refused(String),
    /// The provider gives no e-mail address.
    #[error("there is no e-mail address")]
    NoEmail,
    /// The provider does not say that it has verified the address.
    #[error("the e-mail address is not verified")]
    NotVerified,
    /// Nobody with these roles is let in.
    #[error("the claims give no role")]
    NoRole,
    /// The account is disabled.
    #[error("the account is disabled")]
    Disabled,
    /// Our fault.
    #[error("{}", .0.detail())]
    Ours(Problem),
}

impl Failure {
    /// The key of its words.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "oidc_unreachable",
            Self::Expired => "oidc_expired",
            Self::Cancelled(_) => "oidc_cancelled",
            Self::Refused(_) => "oidc_refused",
            Self::NoEmail => "oidc_no_email",
            Self::NotVerified => "oidc_not_verified",
            Self::NoRole => "oidc_no_role",
            Self::Disabled => "oidc_disabled",
            Self::Ours(_) => "server_error",
        }
    }
}

impl<E: Into<Problem>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

/// The provider, as it said of itself lately; a clone is the same one.
#[derive(Debug, Clone)]
pub struct Provider {
    http: reqwest::Client,
    known: Arc<Mutex<Option<Known>>>,
}

/// What it said, and when.
type Known = (Instant, Arc<ProviderMetadataWithLogout>);

impl Default for Provider {
    fn default() -> Self {
        // A redirect would lead where nobody has looked.
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self {
            http: http.expect("TLS needs no file of its own"),
            known: Arc::default(),
        }
    }
}

/// What a sign-in under way remembers, in a cookie that we have signed.
#[derive(Debug, Serialize, Deserialize)]
struct Pending {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
}

/// What the provider sends back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Somebody came in.
pub(crate) struct Entered {
    /// Signs the browser in.
    pub(crate) cookie: Cookie<'static>,
    /// Where they wanted to go.
    pub(crate) next: String,
}

impl Provider {
    async fn metadata(
        &self,
        config: &OidcConfig,
    ) -> Result<Arc<ProviderMetadataWithLogout>, Failure> {
        let mut known = self.known.lock().await;
        if let Some((at, metadata)) = &*known
            && at.elapsed() < KNOWN
        {
            return Ok(Arc::clone(metadata));
        }
        let issuer = IssuerUrl::new(config.issuer.clone());
        let issuer = issuer.map_err(|error| Failure::Unreachable(error.to_string()))?;
        let http = |request| ask(self.http.clone(), request);
        let found = ProviderMetadataWithLogout::discover_async(issuer, &http).await;
        let found = Arc::new(found.map_err(|error| Failure::Unreachable(in_words(&error)))?);
        *known = Some((Instant::now(), Arc::clone(&found)));
        Ok(found)
    }

    /// What was known is asked again next time: the provider may have changed its keys.
    async fn forget(&self) {
        *self.known.lock().await = None;
    }
}

/// A request as the library makes it, sent by our own client.
async fn ask(http: reqwest::Client, request: Asked) -> Result<Answered, reqwest::Error> {
    let response = http.execute(request.try_into()?).await?;
    let mut answer = http::Response::new(Vec::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    *answer.body_mut() = response.bytes().await?.to_vec();
    Ok(answer)
}

fn client(
    app: &App,
    config: &OidcConfig,
    metadata: &ProviderMetadataWithLogout,
) -> Result<Client, Failure> {
    let secret = config.client_secret.as_ref();
    let secret = secret.map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
    let id = ClientId::new(config.client_id.clone());
    let back = RedirectUrl::new(format!("{}{CALLBACK}", app.config.server.public_url));
    let back = back.map_err(Problem::internal)?;
    let client = CoreClient::from_provider_metadata(metadata.clone(), id, secret);
    Ok(client
        .set_redirect_uri(back)
        .set_auth_type(auth_type(metadata)))
}

/// HTTP Basic, unless the provider takes the secret only in the form.
fn auth_type(metadata: &ProviderMetadataWithLogout) -> AuthType {
    let takes = |method| {
        let methods = metadata.token_endpoint_auth_methods_supported();
        methods.is_some_and(|methods| methods.contains(&method))
    };
    let only_post = takes(CoreClientAuthMethod::ClientSecretPost)
        && !takes(CoreClientAuthMethod::ClientSecretBasic);
    match only_post {
        true => AuthType::RequestBody,
        false => AuthType::BasicAuth,
    }
}

/// Begins a sign-in: where the browser goes, and the cookie it takes along.
///
/// # Errors
/// When the provider does not answer.
pub(crate) async fn begin(
    app: &App,
    config: &OidcConfig,
    next: &str,
) -> Result<(Url, Cookie<'static>), Failure> {
    let metadata = app.oidc.metadata(config).await?;
    let client = client(app, config, &metadata)?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
    let mut request = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .set_pkce_challenge(challenge);
    for scope in config
        .scopes
        .split_whitespace()
        .filter(|scope| *scope != "openid")
    {
        request = request.add_scope(Scope::new(scope.to_owned()));
    }
    let (url, state, nonce) = request.url();
    let pending = Pending {
        state: state.secret().clone(),
        nonce: nonce.secret().clone(),
        verifier: verifier.secret().clone(),
        next: next.to_owned(),
    };
    let signed = app.keys.sign(Audience::SignIn, "oidc", PATIENCE, pending);
    let token = signed.map_err(Problem::Internal)?.token;
    Ok((url, pending_cookie(app, token)))
}

fn cookie_name(app: &App) -> &'static str {
    COOKIES[usize::from(app.config.server.is_secure())]
}

fn pending_cookie(app: &App, value: String) -> Cookie<'static> {
    let seconds = if value.is_empty() {
        0
    } else {
        PATIENCE.num_seconds()
    };
    Cookie::build(cookie_name(app), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.config.server.is_secure())
        .max_age(actix_web::cookie::time::Duration::seconds(seconds))
        .finish()
}

/// Forgets a sign-in under way: send this cookie with whatever is answered.
pub(crate) fn over(app: &App) -> Cookie<'static> {
    pending_cookie(app, String::new())
}

/// Ends a sign-in: the person is known and the browser signed in.
///
/// # Errors
/// Says why not.
pub(crate) async fn finish(
    app: &App,
    config: &OidcConfig,
    request: &HttpRequest,
    answer: Answer,
) -> Result<Entered, Failure> {
    let cookie = request.cookie(cookie_name(app)).ok_or(Failure::Expired)?;
    let pending = app
        .keys
        .verify::<Pending>(Audience::SignIn, cookie.value())
        .await;
    let pending = pending.map_err(|_| Failure::Expired)?.extra;
    if answer.state.as_deref() != Some(&pending.state) {
        return Err(Failure::Expired);
    }
    if let Some(error) = answer.error {
        let why = answer.error_description.unwrap_or_default();
        return Err(Failure::Cancelled(format!("{error}: {why}")));
    }
    let metadata = app.oidc.metadata(config).await?;
    // RFC 9207: an answer that another provider gave is not mixed up with this one's.
    let issuer = metadata.issuer().as_str();
    if answer.iss.is_some_and(|named| named != issuer) {
        return Err(Failure::Refused("the answer names another issuer".into()));
    }
    let code = answer
        .code
        .ok_or_else(|| Failure::Refused("there is no code".into()))?;
    let (id_token, claims) = exchange(app, config, &metadata, code, &pending).await?;
    let mapped = claims::mapped(config, &claims)?;
    let account_id = entry::account(app, config, issuer, &mapped).await?;
    let cookie = web::open(app, account_id, Some(&id_token)).await?;
    Ok(Entered {
        cookie,
        next: pending.next,
    })
}

/// The code for an ID token, which is verified, and all that the provider says of the person.
async fn exchange(
    app: &App,
    config: &OidcConfig,
    metadata: &ProviderMetadataWithLogout,
    code: String,
    pending: &Pending,
) -> Result<(String, Value), Failure> {
    let client = client(app, config, metadata)?;
    let http = |request| ask(app.oidc.http.clone(), request);
    let verifier = PkceCodeVerifier::new(pending.verifier.clone());
    let tokens = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|error| Failure::Unreachable(in_words(&error)))?
        .set_pkce_verifier(verifier)
        .request_async(&http)
        .await
        .map_err(|error| Failure::Refused(in_words(&error)))?;
    let id_token: &CoreIdToken = tokens
        .id_token()
        .ok_or_else(|| Failure::Refused("there is no ID token".into()))?;
    let nonce = Nonce::new(pending.nonce.clone());
    if let Err(error) = id_token.claims(&client.id_token_verifier(), &nonce) {
        app.oidc.forget().await;
        return Err(Failure::Refused(in_words(&error)));
    }
    let text = id_token.to_string();
    let mut said = claims::payload(&text)
        .ok_or_else(|| Failure::Refused("the ID token cannot be read".into()))?;
    if let Some(endpoint) = metadata.userinfo_endpoint() {
        let access = tokens.access_token().secret();
        let more = userinfo(&app.oidc.http, endpoint.as_str(), access).await;
        claims::add(&mut said, more);
    }
    Ok((text, said))
}

/// What the provider says at its user-info endpoint; nothing when it does not answer with JSON.
async fn userinfo(http: &reqwest::Client, endpoint: &str, access: &str) -> Value {
    let asked = async {
        let request = http.get(endpoint).bearer_auth(access);
        let answer = request.send().await?.error_for_status()?;
        answer.bytes().await
    };
    match asked.await {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(error) => {
            let error = error.without_url().to_string();
            tracing::warn!(error, "the identity provider gave no user info");
            Value::Null
        }
    }
}

/// Where a browser is signed out at the provider too, when it came through it and the provider has such
/// an address.
pub(crate) async fn sign_out_url(app: &App, id_token: &str) -> Option<Url> {
    let config = app.config.oidc.as_ref()?;
    let metadata = app.oidc.metadata(config).await.ok()?;
    let end = metadata
        .additional_metadata()
        .end_session_endpoint
        .clone()?;
    let back = format!("{}/login", app.config.server.public_url);
    let id_token: CoreIdToken = id_token.parse().ok()?;
    let request = LogoutRequest::from(end)
        .set_id_token_hint(&id_token)
        .set_client_id(ClientId::new(config.client_id.clone()))
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(back).ok()?);
    Some(request.http_get_url())
}

/// An error with its causes.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        words = format!("{words}: {next}");
        cause = next.source();
    }
    words
}
