//! Who calls: an API client by its token, or a person by their cookie.

use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretString;
use uuid::Uuid;

use super::{Access, Audience, Peer, Scope, web as browser};
use crate::{
    app::App,
    db::accounts::Account,
    problem::{Problem, Result},
};

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Takes courses.
    Learner,
    /// Uploads packages.
    Author,
    /// Registers learners and sees reports.
    Coordinator,
    /// Everything.
    Admin,
}

const ROLES: &[(Role, &str, &[Scope])] = &[
    (Role::Learner, "learner", &[]),
    (
        Role::Author,
        "author",
        &[Scope::PackagesWrite, Scope::PackagesRead],
    ),
    (
        Role::Coordinator,
        "coordinator",
        // Their people only, and no click traces: that is for their pages, not for the API's wide scopes.
        &[Scope::PackagesRead],
    ),
    (Role::Admin, "admin", &[Scope::Admin]),
];

impl Role {
    /// The role with this name.
    pub fn named(name: &str) -> Option<Self> {
        ROLES
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(role, ..)| *role)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        ROLES
            .iter()
            .find(|(role, ..)| *role == self)
            .map_or("", |(_, name, _)| name)
    }

    /// What it may do through the API.
    pub fn scopes(self) -> &'static [Scope] {
        ROLES
            .iter()
            .find(|(role, ..)| *role == self)
            .map_or(&[], |(.., scopes)| scopes)
    }
}

/// A person who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account; also the learner id.
    pub id: Uuid,
    /// Sign-in name.
    pub email: String,
    /// Full name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The body they belong to.
    pub organization: Option<String>,
    /// Language of the pages: it or en.
    pub language: String,
}

impl From<Account> for Person {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            email: account.email,
            name: account.name,
            role: Role::named(&account.role).unwrap_or(Role::Learner),
            organization: account.organization,
            language: account.language,
        }
    }
}

/// Whoever makes a request to the API.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The client id, or the account's id: for logs and `created_by`.
    pub name: String,
    /// The person, when it is one.
    pub person: Option<Person>,
    scopes: Vec<Scope>,
}

impl Caller {
    /// Whether the caller has this right.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|held| held.covers(scope))
    }

    /// Goes on only with this right.
    ///
    /// # Errors
    /// `Forbidden`, naming the scope.
    pub fn require(&self, scope: Scope) -> Result<()> {
        self.require_any(&[scope])
    }

    /// Goes on only with one of these rights.
    ///
    /// # Errors
    /// `Forbidden`, naming the scopes.
    pub fn require_any(&self, scopes: &[Scope]) -> Result<()> {
        if scopes.iter().any(|scope| self.may(*scope)) {
            return Ok(());
        }
        let names: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
        let names = names.join(" or ");
        Err(Problem::Forbidden(format!(
            "this needs the scope {names}; ask for it at /oauth/token, or ask an administrator to give it to the client"
        )))
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { caller(&request).await })
    }
}

impl FromRequest for Person {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let person = browser::person(state(&request)?, &request).await?;
            person.ok_or_else(|| {
                Problem::Unauthorized("nobody is signed in; sign in and try again".into())
            })
        })
    }
}

async fn caller(request: &HttpRequest) -> Result<Caller> {
    let app = state(request)?;
    match request.headers().get(header::AUTHORIZATION) {
        Some(authorization) => caller_by(app, &Peer::of(app, request), authorization).await,
        None => signed_in(app, request).await,
    }
}

/// Who a header `Authorization` says is asking.
///
/// # Errors
/// When it is not good.
pub(crate) async fn caller_by(
    app: &App,
    peer: &Peer,
    authorization: &header::HeaderValue,
) -> Result<Caller> {
    let authorization = authorization.to_str().unwrap_or_default();
    match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            by_token(app, token.trim()).await
        }
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            by_basic(app, peer, pair).await
        }
        _ => Err(Problem::Unauthorized(
            "the header Authorization must be `Bearer <token>`".into(),
        )),
    }
}

async fn by_token(app: &App, token: &str) -> Result<Caller> {
    let claims = app
        .keys
        .verify::<Access>(Audience::Api, token)
        .await
        .map_err(|error| {
            Problem::Unauthorized(format!("{error}; get a new one from POST /oauth/token"))
        })?;
    if !app.secrets.is_in_use(app, &claims.sub).await? {
        return Err(Problem::Unauthorized(
            "the token's client was revoked".into(),
        ));
    }
    let scopes = claims
        .extra
        .scope
        .split(' ')
        .filter_map(Scope::named)
        .collect();
    Ok(Caller {
        name: claims.sub,
        person: None,
        scopes,
    })
}

async fn by_basic(app: &App, peer: &Peer, pair: &str) -> Result<Caller> {
    let (id, secret) = basic(pair).ok_or_else(|| {
        Problem::Unauthorized(
            "Basic credentials must be base64 of `client_id:client_secret`".into(),
        )
    })?;
    let scopes = app.secrets.verify(app, peer, &id, &secret).await?;
    Ok(Caller {
        name: id,
        person: None,
        scopes: scopes.to_vec(),
    })
}

/// Client id and secret of a Basic header's value.
pub(crate) fn basic(pair: &str) -> Option<(String, SecretString)> {
    let text = String::from_utf8(STANDARD.decode(pair.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), SecretString::from(secret)))
}

async fn signed_in(app: &App, request: &HttpRequest) -> Result<Caller> {
    let person = browser::person(app, request).await?;
    let person = person.ok_or_else(|| {
        Problem::Unauthorized(
            "send `Authorization: Bearer <token>` with a token from POST /oauth/token".into(),
        )
    })?;
    let scopes = person.role.scopes().to_vec();
    Ok(Caller {
        name: person.id.to_string(),
        person: Some(person),
        scopes,
    })
}

fn state(request: &HttpRequest) -> Result<&App> {
    let data = request.app_data::<web::Data<App>>();
    data.map(actix_web::web::Data::get_ref)
        .ok_or_else(|| Problem::internal(anyhow::anyhow!("no state in the app")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(scopes: &[Scope]) -> Caller {
        Caller {
            name: "x".into(),
            person: None,
            scopes: scopes.to_vec(),
        }
    }

    #[test]
    fn admin_may_everything_and_others_what_they_hold() {
        assert!(
            caller(&[Scope::Admin])
                .require(Scope::PackagesWrite)
                .is_ok()
        );
        assert!(
            caller(&[Scope::PackagesRead])
                .require(Scope::PackagesRead)
                .is_ok()
        );
        assert!(
            caller(&[Scope::PackagesRead])
                .require(Scope::PackagesWrite)
                .is_err()
        );
        assert!(
            caller(Role::Learner.scopes())
                .require(Scope::PackagesRead)
                .is_err()
        );
    }

    #[test]
    fn every_role_has_a_name_that_leads_back() {
        for (role, name, _) in ROLES {
            assert_eq!((Role::named(name), role.name()), (Some(*role), *name));
        }
    }
}
