//! `POST /oauth/token`: OAuth 2.0 client credentials (RFC 6749, section 4.4).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::TimeDelta;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::address::at;
use crate::{
    app::App,
    auth::{Access, Audience, Peer, Scope, basic},
    problem::{OAuthError, Problem, Result},
};

/// These addresses in OpenAPI.
#[derive(OpenApi)]
#[openapi(paths(token))]
pub(crate) struct Api;

/// Registers the route.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/oauth/token").post(token));
}

/// What is asked for. Id and secret may come as HTTP Basic instead.
#[derive(Deserialize, ToSchema)]
struct TokenRequest {
    /// `client_credentials`.
    grant_type: Option<String>,
    /// The client's id.
    client_id: Option<String>,
    /// The client's secret.
    #[schema(value_type = Option<String>, format = Password)]
    client_secret: Option<SecretString>,
    /// Scopes, separated by spaces; all of the client's own when not given.
    scope: Option<String>,
}

/// A token.
#[derive(Serialize, ToSchema)]
struct TokenResponse {
    /// The token: a signed JWT.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Life, in seconds.
    expires_in: u32,
    /// Scopes it carries, separated by spaces.
    scope: String,
}

/// Gives an API client a token.
#[utoipa::path(post, path = "/oauth/token", tag = "authentication",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A token", body = TokenResponse),
        (status = 400, description = "Refused: `error` is RFC 6749's code"),
        (status = 401, description = "Id and secret do not belong together"),
        (status = 429, description = "Too many failures"),
    ))]
async fn token(
    app: web::Data<App>,
    request: HttpRequest,
    form: web::Form<TokenRequest>,
) -> Result<HttpResponse> {
    let form = form.into_inner();
    if form.grant_type.as_deref() != Some("client_credentials") {
        return Err(refused(&form));
    }
    let (id, secret) = credentials(&request, &form)?;
    let peer = Peer::of(&app, &request);
    let held = app.secrets.verify(&app, &peer, &id, &secret).await?;
    let scope = granted(&held, form.scope.as_deref())?;
    let seconds = app.config.auth.token_seconds;
    let access = Access {
        scope: scope.clone(),
    };
    let signed = app.keys.sign(
        Audience::Api,
        &id,
        TimeDelta::seconds(seconds.into()),
        access,
    );
    let answer = TokenResponse {
        access_token: signed.map_err(Problem::Internal)?.token,
        token_type: "Bearer",
        expires_in: seconds,
        scope,
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .json(answer))
}

fn refused(form: &TokenRequest) -> Problem {
    let (error, detail) = match form.grant_type {
        None => (
            OAuthError::InvalidRequest,
            "the field grant_type is missing; send client_credentials",
        ),
        Some(_) => (
            OAuthError::UnsupportedGrantType,
            "the only grant is client_credentials",
        ),
    };
    Problem::OAuth(error, detail.into())
}

fn credentials(request: &HttpRequest, form: &TokenRequest) -> Result<(String, SecretString)> {
    let header = request.headers().get(header::AUTHORIZATION);
    if let Some(value) = header.and_then(|value| value.to_str().ok()) {
        let pair = value
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
        return pair
            .and_then(|(_, pair)| basic(pair))
            .ok_or(Problem::InvalidClient);
    }
    match (&form.client_id, &form.client_secret) {
        (Some(id), Some(secret)) => Ok((id.clone(), secret.clone())),
        _ => Err(Problem::InvalidClient),
    }
}

/// The scopes asked for, which must be among those held; all those held when none is named.
fn granted(held: &Arc<[Scope]>, asked: Option<&str>) -> Result<String> {
    let names: Vec<&str> = asked.unwrap_or_default().split_whitespace().collect();
    let allowed = |name: &str| {
        Scope::named(name).is_some_and(|scope| held.iter().any(|held| held.covers(scope)))
    };
    if let Some(name) = names.iter().find(|name| !allowed(name)) {
        let detail = format!("the client does not hold the scope {name}");
        return Err(Problem::OAuth(OAuthError::InvalidScope, detail));
    }
    if names.is_empty() {
        return Ok(held
            .iter()
            .map(|scope| scope.name())
            .collect::<Vec<_>>()
            .join(" "));
    }
    Ok(names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(held: &[Scope], asked: Option<&str>) -> Option<String> {
        granted(&Arc::from(held), asked).ok()
    }

    #[test]
    fn scopes_asked_for_must_be_held() {
        let held = [Scope::PackagesRead, Scope::ReportsRead];
        assert_eq!(
            check(&held, None).as_deref(),
            Some("packages:read reports:read")
        );
        assert_eq!(
            check(&held, Some("reports:read")).as_deref(),
            Some("reports:read")
        );
        assert_eq!(check(&held, Some("packages:write")), None);
        assert_eq!(check(&held, Some("nonsense")), None);
        assert_eq!(
            check(&[Scope::XapiWrite], Some("statements/write state")).as_deref(),
            Some("statements/write state"),
            "a part of what is held"
        );
        assert_eq!(
            check(&[Scope::Admin], Some("packages:write")).as_deref(),
            Some("packages:write")
        );
    }
}
