//! What a provider says of a person, and what that means here.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::Failure;
use crate::{auth::Role, config::OidcConfig};

/// A person as the provider knows them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mapped {
    /// Never given to another person of this provider.
    pub(super) subject: String,
    /// E-mail address.
    pub(super) email: Option<String>,
    /// The provider has verified the address, or is trusted with it.
    pub(super) is_verified: bool,
    /// Full name.
    pub(super) name: Option<String>,
    /// The role that the claims give; `None` leaves an account's own.
    pub(super) role: Option<Role>,
    /// Code of the body that the claims name.
    pub(super) body_code: Option<String>,
}

/// The claims of a JWT whose signature was verified.
pub(super) fn payload(token: &str) -> Option<Value> {
    let part = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Adds what the user-info endpoint said, when it speaks of the same person; the ID token's own claims
/// stay.
pub(super) fn add(said: &mut Value, more: Value) {
    let Value::Object(more) = more else {
        return;
    };
    if let (Some(known), true) = (
        said.as_object().cloned(),
        more.get("sub") == said.get("sub"),
    ) {
        let mut all = more;
        all.extend(known);
        *said = Value::Object(all);
    }
}

/// What the claims mean, by the settings.
///
/// # Errors
/// When nobody with these roles is let in, or there is no subject.
pub(super) fn mapped(config: &OidcConfig, claims: &Value) -> Result<Mapped, Failure> {
    let text = |name: &str| {
        let value = claims.get(name).and_then(Value::as_str).map(str::trim);
        value.filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    };
    let full = [text("given_name"), text("family_name")];
    let full = full.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let body = config.body_claim.as_ref();
    Ok(Mapped {
        subject: text("sub").ok_or_else(|| Failure::Refused("there is no subject".into()))?,
        email: text("email"),
        is_verified: config.trust_email || is_true(claims.get("email_verified")),
        name: text("name").or_else(|| Some(full).filter(|full| !full.is_empty())),
        role: role(config, claims)?,
        body_code: body.and_then(|path| values(claims, path).into_iter().next()),
    })
}

/// Some providers say it as text.
fn is_true(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value == &Value::Bool(true) || value == "true")
}

/// The greatest role among those that the claim's values mean.
fn role(config: &OidcConfig, claims: &Value) -> Result<Option<Role>, Failure> {
    const GREATNESS: [Role; 4] = [Role::Admin, Role::Coordinator, Role::Author, Role::Learner];
    let Some(path) = &config.role_claim else {
        return Ok(None);
    };
    let held = values(claims, path);
    let means = |role: &Role| {
        let mut pairs = config.roles.iter();
        pairs.any(|(value, meant)| meant == role && held.contains(value))
    };
    let found = GREATNESS.into_iter().find(means).or(config.default_role);
    found.map(Some).ok_or(Failure::NoRole)
}

/// The texts at a path such as `realm_access.roles`; a claim whose own name has dots is found first.
fn values(claims: &Value, path: &str) -> Vec<String> {
    let found = claims.get(path).or_else(|| {
        let mut steps = path.split('.');
        steps.try_fold(claims, |at, step| at.get(step))
    });
    match found {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|one| one.as_str().map(ToOwned::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;

    fn config(more: &[(&str, &str)]) -> OidcConfig {
        let lookup = |name: &str| {
            let given = [
                ("PERCORSO_OIDC_ISSUER", "https://id.example"),
                ("PERCORSO_OIDC_CLIENT_ID", "percorso"),
            ];
            let mut all = more.iter().chain(&given);
            all.find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Config::from_lookup(&lookup).unwrap().oidc.unwrap()
    }

    #[test]
    fn the_greatest_mapped_role_counts() {
        let config = config(&[
            ("PERCORSO_OIDC_ROLE_CLAIM", "realm_access.roles"),
            (
                "PERCORSO_OIDC_ROLES",
                "formazione-admin=admin, docenti=author",
            ),
            ("PERCORSO_OIDC_DEFAULT_ROLE", "none"),
        ]);
        let role = |roles: Value| {
            let claims = json!({ "sub": "1", "realm_access": { "roles": roles } });
            mapped(&config, &claims).map(|mapped| mapped.role)
        };
        assert_eq!(
            role(json!(["docenti", "formazione-admin"])).unwrap(),
            Some(Role::Admin)
        );
        assert_eq!(role(json!("docenti")).unwrap(), Some(Role::Author));
        assert!(matches!(role(json!(["altro"])), Err(Failure::NoRole)));
    }

    #[test]
    fn without_a_role_claim_roles_are_our_own_and_others_are_learners() {
        let claims = json!({ "sub": "1", "email": "a@b.example", "given_name": "Ada", "family_name": "Rossi" });
        let found = mapped(&config(&[]), &claims).unwrap();
        assert_eq!(
            (found.role, found.name.as_deref(), found.is_verified),
            (None, Some("Ada Rossi"), false)
        );
        let trusting = config(&[("PERCORSO_OIDC_TRUST_EMAIL", "true")]);
        assert!(mapped(&trusting, &claims).unwrap().is_verified);
        let text = json!({ "sub": "1", "email_verified": "true" });
        assert!(mapped(&config(&[]), &text).unwrap().is_verified);
    }

    #[test]
    fn user_info_of_somebody_else_is_not_believed() {
        let mut said = json!({ "sub": "1", "email": "own@b.example" });
        add(&mut said, json!({ "sub": "2", "name": "Other" }));
        assert_eq!(said.get("name"), None);
        add(
            &mut said,
            json!({ "sub": "1", "name": "Ada", "email": "other@b.example" }),
        );
        assert_eq!(
            (&said["name"], &said["email"]),
            (&json!("Ada"), &json!("own@b.example"))
        );
    }

    #[test]
    fn claims_are_found_by_their_whole_name_or_by_a_path() {
        let claims = json!({ "https://x.example/roles": ["a"], "b": { "c": "d" } });
        assert_eq!(values(&claims, "https://x.example/roles"), ["a"]);
        assert_eq!(values(&claims, "b.c"), ["d"]);
        assert!(values(&claims, "b.x").is_empty());
    }
}
