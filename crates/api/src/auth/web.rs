//! People in a browser: signing in and out, and who is signed in. The pages are elsewhere.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
    http::{Method, header},
};
use chrono::{TimeDelta, Utc};
use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Peer, Person, new_secret, password};
use crate::{
    app::App,
    audit::{self, Act, Actor},
    db::accounts::{self, Account},
    problem::{Problem, Result},
};

/// Name of the session cookie without TLS.
const COOKIE: &str = "percorso_session";
/// Its name with TLS: a browser takes a cookie of this prefix from this very host only, so that content on
/// a sibling host cannot put its own in its place.
const HOST_COOKIE: &str = "__Host-percorso_session";

fn cookie_name(app: &App) -> &'static str {
    if app.config.server.is_secure() {
        HOST_COOKIE
    } else {
        COOKIE
    }
}

/// Checks e-mail and password and signs the browser in: send the cookie with the answer.
///
/// # Errors
/// `SignInFailed` when they do not belong together, `RateLimited` after too many failures.
pub async fn sign_in(
    app: &App,
    peer: &Peer,
    email: &str,
    password: &SecretString,
) -> Result<Cookie<'static>> {
    let name = format!("account {}", email.to_lowercase());
    app.limiter.check(&name, peer)?;
    let account = accounts::by_email(&mut *app.db.get().await?, email).await?;
    let hash = account
        .as_ref()
        .and_then(|account| account.password_hash.as_deref());
    let good = password::verify(password, hash).await?;
    let Some(account) = account.as_ref().filter(|_| good) else {
        app.limiter.failed(&name, peer);
        note_failure(app, account.as_ref()).await?;
        return Err(Problem::SignInFailed);
    };
    app.limiter.succeeded(&name, peer);
    open(app, account.id, None).await
}

/// Signs the browser in: send the cookie with the answer. `id_token` is the identity provider's, for the
/// sign-out there.
///
/// # Errors
/// When the database fails.
pub(super) async fn open(
    app: &App,
    account_id: Uuid,
    id_token: Option<&str>,
) -> Result<Cookie<'static>> {
    let token = new_secret();
    let hours = app.config.auth.sign_in_hours;
    let expires_at = Utc::now() + TimeDelta::hours(hours.into());
    let mut conn = app.db.get().await?;
    let hash = digest(&token);
    accounts::open_session(&mut conn, &hash, account_id, expires_at, id_token).await?;
    Ok(cookie(app, token, Duration::hours(hours.into())))
}

/// Notes a failed sign-in to an account there is; whatever else is typed is nobody's business.
async fn note_failure(app: &App, account: Option<&Account>) -> Result<()> {
    let Some(account) = account else {
        return Ok(());
    };
    let mut conn = app.db.get().await?;
    let details = json!({ "by": "password" });
    audit::note(
        &mut conn,
        Actor::Nobody,
        Act::SignInFailed,
        account.id,
        details,
    )
    .await
}

/// Signs the browser out: send the cookie, which removes itself, with the answer. Answers the ID token
/// too, when the person came through an identity provider.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(
    app: &App,
    request: &HttpRequest,
) -> Result<(Cookie<'static>, Option<String>)> {
    let mut id_token = None;
    if let Some(cookie) = request.cookie(cookie_name(app)) {
        let mut conn = app.db.get().await?;
        let hash = digest(cookie.value());
        id_token = accounts::id_token(&mut conn, &hash).await?;
        accounts::close_session(&mut conn, &hash).await?;
    }
    Ok((cookie(app, String::new(), Duration::ZERO), id_token))
}

/// Who is signed in with this browser, if anybody.
///
/// # Errors
/// `Forbidden` when another site made the browser send this, or the database fails.
pub async fn person(app: &App, request: &HttpRequest) -> Result<Option<Person>> {
    let Some(cookie) = request.cookie(cookie_name(app)) else {
        return Ok(None);
    };
    same_origin(app, request)?;
    let mut conn = app.db.get().await?;
    let account = accounts::by_session(&mut conn, &digest(cookie.value())).await?;
    Ok(account.map(Person::from))
}

/// Refuses a request that changes something and was made by another site's page. `SameSite=Lax`
/// keeps the cookie from most of them; browsers name the page's origin with all of them.
///
/// # Errors
/// `Forbidden` when the origin is not ours.
pub fn same_origin(app: &App, request: &HttpRequest) -> Result<()> {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) {
        return Ok(());
    }
    let text = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let ours = match text(header::ORIGIN.as_str()) {
        Some(origin) => is_ours(
            origin,
            &app.config.server.public_url,
            text(header::HOST.as_str()),
        ),
        None => matches!(text("sec-fetch-site"), None | Some("same-origin" | "none")),
    };
    if ours {
        return Ok(());
    }
    Err(Problem::Forbidden(
        "this request was made by a page of another site".into(),
    ))
}

fn is_ours(origin: &str, public_url: &str, host: Option<&str>) -> bool {
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    origin == public_url || (authority.is_some() && authority == host)
}

/// What is stored instead of a token.
pub(crate) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn cookie(app: &App, value: String, life: Duration) -> Cookie<'static> {
    Cookie::build(cookie_name(app), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.config.server.is_secure())
        .max_age(life)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_change_things() {
        let ours = |origin| is_ours(origin, "https://learn.example", Some("localhost:8080"));
        assert!(ours("https://learn.example") && ours("http://localhost:8080"));
        assert!(!ours("http://127.0.0.1:8081") && !ours("null") && !ours("https://evil.example"));
    }
}
