//! The agent profile document `cmi5LearnerPreferences` (section 11).

use serde_json::Value;

use super::{Refusal, require};

/// Whether an AU may write this document: a JSON object with both preferences.
///
/// # Errors
/// When it is not one.
pub fn check(content_type: &str, body: &[u8]) -> Result<(), Refusal> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    require(
        media_type.eq_ignore_ascii_case("application/json"),
        "11.0.0.0-5",
        "cmi5LearnerPreferences is written as application/json",
    )?;
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    require(
        document.is_object(),
        "11.0.0.0-5",
        "cmi5LearnerPreferences is a JSON object",
    )?;
    let languages = document["languagePreference"].as_str();
    let languages = languages.ok_or_else(|| {
        Refusal::new(
            "11.0.0.0-5",
            "languagePreference is missing or not a string",
        )
    })?;
    require(
        document["audioPreference"].is_string(),
        "11.0.0.0-5",
        "audioPreference is missing or not a string",
    )?;
    require(
        languages.split(',').map(str::trim).all(is_language_tag),
        "11.1.0.0-1",
        "languagePreference is no comma-separated list of language tags",
    )
}

/// RFC 5646's shape: a language of 2 to 8 letters (or `x`, `i`), then subtags of up to 8.
fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let is_language = language.bytes().all(|b| b.is_ascii_alphabetic())
        && ((2..=8).contains(&language.len())
            || matches!(language, "x" | "X" | "i" | "I") && !rest.is_empty());
    is_language
        && rest.iter().all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_preferences_are_there_and_languages_are_tags() {
        let json = "application/json; charset=utf-8";
        let check =
            |body: &str| check(json, body.as_bytes()).map_err(|refusal| refusal.requirement);
        let with = |languages: &str| {
            check(&format!(
                r#"{{"languagePreference":"{languages}","audioPreference":"on"}}"#
            ))
        };
        for good in [
            "it",
            "en-US,fr-FR,fr-BE",
            "it, sr-Latn-RS",
            "x-comune",
            "es-419",
        ] {
            assert_eq!(with(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "not comma separated",
            "en,,it",
            "en_US",
            "1t",
            "it-toolongpart1",
        ] {
            assert_eq!(with(bad), Err("11.1.0.0-1"), "{bad}");
        }
        for bad in [
            "testo",
            "[]",
            r#"{"languagePreference":"it"}"#,
            r#"{"audioPreference":"on"}"#,
            r#"{"languagePreference":1,"audioPreference":"on"}"#,
        ] {
            assert_eq!(check(bad), Err("11.0.0.0-5"), "{bad}");
        }
        let plain = super::check("text/plain", b"{}").unwrap_err();
        assert_eq!(plain.requirement, "11.0.0.0-5");
    }
}
