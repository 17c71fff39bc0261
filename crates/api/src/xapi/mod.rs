//! xAPI: what a statement must be, and what it is found by. HTTP is in [`crate::routes`], the tables
//! in [`crate::db`].

pub(crate) mod agent;
mod check;
mod prepare;

pub(crate) use check::check;
pub(crate) use prepare::{equality, prepare};

/// Whether text is an absolute IRI.
pub(crate) fn is_iri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    !rest.is_empty()
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        && !text.chars().any(char::is_whitespace)
}
