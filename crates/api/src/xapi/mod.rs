//! xAPI: what a statement must be, what it is found by, and how it is given out. HTTP is in
//! [`crate::routes`], the tables in [`crate::db`].

pub(crate) mod agent;
pub(crate) mod attachment;
mod check;
mod comparison;
mod definition;
pub(crate) mod format;
mod found;
mod moments;
mod prepare;
mod signature;
mod writer;

pub(crate) use check::{check, check_actor, moment as timestamp};
pub(crate) use comparison::same;
pub(crate) use definition::merge as merge_definitions;
pub(crate) use found::{Found, Kind, key};
pub use moments::Moments;
pub(crate) use moments::{Moment, place_after};
pub(crate) use prepare::{Authority, prepare};
pub(crate) use signature::check as check_signature;
pub use writer::Writer;

/// The verb that takes a statement back.
pub(crate) const VOIDED: &str = "http://adlnet.gov/expapi/verbs/voided";

/// Versions of the standard whose rules differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// 1.0.x.
    V1,
    /// 2.0.x, IEEE 9274.1.1.
    V2,
}

impl Version {
    /// By a version's text.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let is = |base: &str| {
            let rest = text.strip_prefix(base);
            rest.is_some_and(|rest| {
                rest.is_empty()
                    || rest
                        .strip_prefix('.')
                        .is_some_and(|patch| patch.parse::<u32>().is_ok())
            })
        };
        if is("1.0") {
            Some(Self::V1)
        } else if is("2.0") {
            Some(Self::V2)
        } else {
            None
        }
    }

    /// The newest of its kind, which answers say.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::V1 => "1.0.3",
            Self::V2 => "2.0.0",
        }
    }

    /// What a statement that says none gets.
    fn of_statements(self) -> &'static str {
        match self {
            Self::V1 => "1.0.0",
            Self::V2 => "2.0.0",
        }
    }
}

/// Whether text is an absolute IRI (RFC 3987), in any script.
pub(crate) fn is_iri(text: &str) -> bool {
    percorso_package::check_iri(text).is_ok()
}
