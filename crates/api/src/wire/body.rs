//! JSON bodies: read whole, refused in words that name the place.

use actix_web::{http::StatusCode, web};
use serde::de::DeserializeOwned;

use crate::problem::{Problem, Result};

/// A body as it came, or why it did not.
pub(crate) type Body = std::result::Result<web::Bytes, actix_web::Error>;

/// Reads a JSON body; an empty one as `{}`.
///
/// # Errors
/// When it is too large, no JSON, or not of the expected form.
pub(crate) fn read<T: DeserializeOwned>(body: Body) -> Result<T> {
    let body = body.map_err(|error| match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::TooLarge("the body is larger than this address takes; send it in parts".into())
        }
        _ => Problem::BadRequest(format!("the body did not come whole: {error}")),
    })?;
    parse(&body)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let body = if body.iter().all(u8::is_ascii_whitespace) {
        b"{}".as_slice()
    } else {
        body
    };
    match serde_json::from_slice(body) {
        Ok(value) => Ok(value),
        Err(error) if error.is_data() => Err(Problem::validation(format!(
            "the body is not of the expected form: {error}"
        ))),
        Err(error) => match serde_json::from_str(&with_whole_characters(body)) {
            Ok(value) => Ok(value),
            Err(_) => Err(Problem::BadRequest(format!(
                "the body is not JSON: {error}"
            ))),
        },
    }
}

/// Content cuts strings where it likes, also inside a surrogate pair; the half that is left is no
/// character and becomes U+FFFD, as it does on its way into the engine.
fn with_whole_characters(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut whole = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('\\') {
        whole.push_str(&rest[..at]);
        rest = &rest[at..];
        let escape = match (surrogate(rest), rest.get(6..).and_then(surrogate)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => &rest[..12],
            (Some(_), _) => {
                whole.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            (None, _) => {
                &rest[..rest
                    .char_indices()
                    .nth(2)
                    .map_or(rest.len(), |(end, _)| end)]
            }
        };
        whole.push_str(escape);
        rest = &rest[escape.len()..];
    }
    whole.push_str(rest);
    whole
}

/// The surrogate that an escape at the beginning of `text` writes.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16)
        .ok()
        .filter(|unit| (0xD800..=0xDFFF).contains(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_character_becomes_a_replacement() {
        let check = |body: &str, expected: &str| {
            assert_eq!(
                parse::<String>(body.as_bytes()).unwrap(),
                expected,
                "{body}"
            );
        };
        check(r#""a\ud83d""#, "a\u{fffd}");
        check(r#""\ude00b\ud83d\ude00""#, "\u{fffd}b\u{1f600}");
        check(r#""\\ud83d\ud83d\n""#, "\\ud83d\u{fffd}\n");
    }

    #[test]
    fn what_is_no_json_and_what_is_of_another_form_differ() {
        assert!(matches!(
            parse::<Vec<u8>>(b"[1,"),
            Err(Problem::BadRequest(_))
        ));
        assert!(matches!(
            parse::<Vec<u8>>(b"[-1]"),
            Err(Problem::Validation { .. })
        ));
    }
}
