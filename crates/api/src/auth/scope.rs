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
    /// Write statements and documents, and define activities.
    XapiWrite,
    /// Read everything in the record store.
    XapiRead,
    /// Read one's own statements.
    XapiReadMine,
    /// Of xAPI: write statements.
    StatementsWrite,
    /// Of xAPI: read all statements.
    StatementsRead,
    /// Of xAPI: read statements whose authority one is.
    StatementsReadMine,
    /// Of xAPI: read and write state documents.
    State,
    /// Of xAPI: define activities by what statements say of them.
    Define,
    /// Of xAPI: read and write profile documents.
    Profile,
    /// Of xAPI: read everything in the record store.
    AllRead,
    /// Of xAPI: everything in the record store.
    All,
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
    (Scope::StatementsWrite, "statements/write"),
    (Scope::StatementsRead, "statements/read"),
    (Scope::StatementsReadMine, "statements/read/mine"),
    (Scope::State, "state"),
    (Scope::Define, "define"),
    (Scope::Profile, "profile"),
    (Scope::AllRead, "all/read"),
    (Scope::All, "all"),
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

    /// Whether who holds this one may do what `other` stands for.
    pub fn covers(self, other: Self) -> bool {
        self == other || self == Self::Admin || self.parts().iter().any(|part| part.covers(other))
    }

    /// What it is made of: those of the record store are made of the standard's own.
    fn parts(self) -> &'static [Self] {
        match self {
            Self::All => &[Self::XapiWrite, Self::XapiRead],
            Self::XapiWrite => &[
                Self::StatementsWrite,
                Self::State,
                Self::Define,
                Self::Profile,
            ],
            Self::XapiRead => &[Self::AllRead],
            Self::AllRead => &[Self::StatementsRead],
            Self::StatementsRead | Self::XapiReadMine => &[Self::StatementsReadMine],
            _ => &[],
        }
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

    #[test]
    fn a_scope_covers_itself_and_what_it_is_made_of() {
        for scope in Scope::all() {
            assert!(scope.covers(scope) && Scope::Admin.covers(scope));
            assert!(scope == Scope::Admin || !scope.covers(Scope::Admin));
        }
        for (scope, other, covers) in [
            (Scope::All, Scope::StatementsReadMine, true),
            (Scope::XapiWrite, Scope::State, true),
            (Scope::XapiWrite, Scope::StatementsRead, false),
            (Scope::XapiRead, Scope::StatementsRead, true),
            (Scope::AllRead, Scope::State, false),
            (Scope::StatementsWrite, Scope::Define, false),
            (Scope::All, Scope::PackagesRead, false),
        ] {
            assert_eq!(scope.covers(other), covers, "{scope} {other}");
        }
    }
}
