//! Rights of API clients and roles.

use std::fmt;

/// A right, as tokens carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Upload and archive packages.
    PackagesWrite,
    /// See packages.
    PackagesRead,
    /// Make, launch and change registrations.
    RegistrationsWrite,
    /// See registrations.
    RegistrationsRead,
    /// See reports.
    ReportsRead,
    /// Write statements.
    XapiWrite,
    /// Read all statements.
    XapiRead,
    /// Read one's own statements.
    XapiReadMine,
    /// Make and watch webhooks.
    WebhooksWrite,
    /// Everything.
    Admin,
}

const TABLE: &[(Scope, &str)] = &[
    (Scope::PackagesWrite, "packages:write"),
    (Scope::PackagesRead, "packages:read"),
    (Scope::RegistrationsWrite, "registrations:write"),
    (Scope::RegistrationsRead, "registrations:read"),
    (Scope::ReportsRead, "reports:read"),
    (Scope::XapiWrite, "xapi:write"),
    (Scope::XapiRead, "xapi:read"),
    (Scope::XapiReadMine, "xapi:read/mine"),
    (Scope::WebhooksWrite, "webhooks:write"),
    (Scope::Admin, "admin"),
];

impl Scope {
    /// All scopes.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(scope, _)| *scope)
    }

    /// The scope with this name.
    pub fn named(name: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(scope, _)| *scope)
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        TABLE
            .iter()
            .find(|(scope, _)| *scope == self)
            .map_or("", |(_, name)| name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_has_a_name_that_leads_back() {
        for scope in Scope::all() {
            assert_eq!(Scope::named(scope.name()), Some(scope));
        }
        assert_eq!(Scope::named("packages:burn"), None);
    }
}
