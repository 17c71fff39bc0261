//! Reading one setting at a time, with errors that name it.

use std::{borrow::Cow, ops::RangeInclusive, str::FromStr};

use secrecy::SecretString;

/// A setting that stops the start.
#[derive(Debug, thiserror::Error)]
#[error("the setting {name} {why}")]
pub struct ConfigError {
    name: Cow<'static, str>,
    why: String,
}

impl ConfigError {
    pub(super) fn new(name: impl Into<Cow<'static, str>>, why: String) -> Self {
        let name = name.into();
        Self { name, why }
    }
}

pub(super) struct Reader<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Reader<'_> {
    pub(super) fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&self, name: &str, default: &str) -> String {
        self.optional(name).unwrap_or_else(|| default.to_owned())
    }

    pub(super) fn secret(&self, name: &str) -> Option<SecretString> {
        self.optional(name).map(SecretString::from)
    }

    pub(super) fn number<T>(
        &self,
        name: &'static str,
        default: T,
        range: RangeInclusive<T>,
    ) -> Result<T, ConfigError>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let Some(text) = self.optional(name) else {
            return Ok(default);
        };
        let number = text
            .replace('_', "")
            .parse()
            .ok()
            .filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let (low, high) = range.into_inner();
            ConfigError::new(
                name,
                format!("is `{text}`; expected a number from {low} to {high}"),
            )
        })
    }

    pub(super) fn yes_or_no(&self, name: &'static str, default: bool) -> Result<bool, ConfigError> {
        match self.optional(name).as_deref() {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => Err(ConfigError::new(
                name,
                format!("is `{other}`; expected `true` or `false`"),
            )),
        }
    }

    /// Two settings that only make sense together.
    pub(super) fn pair(
        &self,
        first: &'static str,
        second: &'static str,
    ) -> Result<Option<(String, SecretString)>, ConfigError> {
        match (self.optional(first), self.secret(second)) {
            (Some(name), Some(secret)) => Ok(Some((name, secret))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(ConfigError::new(
                second,
                format!("is missing: it goes with {first}"),
            )),
            (None, Some(_)) => Err(ConfigError::new(
                first,
                format!("is missing: it goes with {second}"),
            )),
        }
    }
}
