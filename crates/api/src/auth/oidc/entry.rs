//! Which account a person of the provider's comes in with: the one they came in with before, else the one
//! with their address when the provider has verified it, else a new one.

use diesel_async::AsyncConnection as _;
use serde_json::json;
use uuid::Uuid;

use super::{Failure, claims::Mapped};
use crate::{
    app::App,
    audit::{self, Act, Actor},
    auth::Role,
    config::OidcConfig,
    db::{
        Connection,
        admin::{
            identities::{self, Linked},
            people::{self, Given},
        },
        paths::bodies,
    },
};

const US: Actor = Actor::System("sign-in");

/// The account of a person, with the role and body that the claims give.
///
/// # Errors
/// When there is none for them.
pub(super) async fn account(
    app: &App,
    config: &OidcConfig,
    issuer: &str,
    mapped: &Mapped,
) -> Result<Uuid, Failure> {
    let mut conn = app.db.get().await?;
    let entered = conn
        .transaction::<_, Failure, _>(async |conn| enter(conn, config, issuer, mapped).await)
        .await;
    if let Err(Failure::Disabled) = &entered
        && let Some(linked) = identities::find(&mut conn, issuer, &mapped.subject).await?
    {
        let details = json!({ "by": "provider", "why": "disabled" });
        let act = Act::SignInFailed;
        audit::note(&mut conn, Actor::Nobody, act, linked.account_id, details).await?;
    }
    entered
}

async fn enter(
    conn: &mut Connection,
    config: &OidcConfig,
    issuer: &str,
    mapped: &Mapped,
) -> Result<Uuid, Failure> {
    let linked = match identities::find(conn, issuer, &mapped.subject).await? {
        Some(linked) => linked,
        None => link(conn, config, issuer, mapped).await?,
    };
    if linked.is_disabled {
        return Err(Failure::Disabled);
    }
    identities::seen(conn, issuer, &mapped.subject).await?;
    let role = mapped.role.map(Role::name);
    let body_id = body(conn, mapped).await?;
    if identities::take_over(conn, linked.account_id, role, body_id).await? {
        let details = json!({ "by": "provider", "role": role, "body_id": body_id });
        audit::note(conn, US, Act::AccountChanged, linked.account_id, details).await?;
    }
    Ok(linked.account_id)
}

async fn link(
    conn: &mut Connection,
    config: &OidcConfig,
    issuer: &str,
    mapped: &Mapped,
) -> Result<Linked, Failure> {
    let email = mapped.email.as_deref().ok_or(Failure::NoEmail)?;
    // Whoever may choose their address at the provider would otherwise choose an account here.
    if !mapped.is_verified {
        return Err(Failure::NotVerified);
    }
    let linked = match identities::by_email(conn, email).await? {
        Some(linked) => linked,
        None => made(conn, config, email, mapped).await?,
    };
    if !linked.is_disabled {
        identities::link(conn, issuer, &mapped.subject, linked.account_id).await?;
        let details = json!({ "issuer": issuer });
        audit::note(conn, US, Act::AccountLinked, linked.account_id, details).await?;
    }
    Ok(linked)
}

async fn made(
    conn: &mut Connection,
    config: &OidcConfig,
    email: &str,
    mapped: &Mapped,
) -> Result<Linked, Failure> {
    let role = mapped.role.or(config.default_role).ok_or(Failure::NoRole)?;
    let id = Uuid::now_v7();
    let given = Given {
        email,
        name: mapped.name.as_deref().unwrap_or(email),
        role: role.name(),
        language: "it",
        body_id: body(conn, mapped).await?,
    };
    people::insert(conn, id, &given).await?;
    let details = json!({ "by": "provider", "role": role.name() });
    audit::note(conn, US, Act::AccountCreated, id, details).await?;
    Ok(Linked {
        account_id: id,
        is_disabled: false,
    })
}

async fn body(conn: &mut Connection, mapped: &Mapped) -> Result<Option<Uuid>, Failure> {
    let Some(code) = &mapped.body_code else {
        return Ok(None);
    };
    Ok(bodies::by_code(conn, code).await?.map(|body| body.id))
}
