//! The data types of both data models: what a value must look like (RTE 4.1.1, 1.2 RTE 3.4).
//!
//! Lengths are smallest permitted maximums: a longer value is accepted up to [`Limit::most`], with a
//! remark, so that a course which relies on a roomier LMS keeps working.

use super::super::Fault;
use super::duration;
use super::languages::is_language;

/// The most characters kept of any value: 1 MiB of text, in both standards.
const MOST_CHARACTERS: usize = 1024 * 1024;

/// What a value of an element must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum DataType {
    /// `characterstring`, or CMIString.
    CharacterString {
        /// Smallest permitted maximum, in characters.
        spm: usize,
    },
    /// `localized_string_type`: an optional `{lang=…}` before the text.
    LocalizedString {
        /// Smallest permitted maximum of the text.
        spm: usize,
    },
    /// `language_type`, SPM 250; may be empty.
    Language,
    /// `long_identifier_type`, a URI; SPM 4000.
    LongIdentifier,
    /// CMIIdentifier: no white space, SPM 255.
    CmiIdentifier,
    /// `real(10,7)` in a range.
    Real {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
    },
    /// CMIDecimal; blank is allowed.
    CmiDecimal {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
    },
    /// CMISInteger in a range.
    CmiInteger {
        /// Least value.
        min: i32,
        /// Greatest value.
        max: i32,
    },
    /// One of these words.
    State(&'static [&'static str]),
    /// `state(correct, incorrect, unanticipated, neutral, real(10,7))`.
    Result(&'static [&'static str]),
    /// `timeinterval(second,10,2)`.
    TimeInterval,
    /// `time(second,10,0)`.
    Time,
    /// CMITimespan.
    CmiTimespan,
    /// CMITime.
    CmiTime,
    /// `correct_responses.n.pattern`: by the interaction's type.
    Pattern,
    /// `learner_response`: by the interaction's type.
    LearnerResponse,
    /// CMIFeedback: by the interaction's type.
    CmiFeedback,
    /// `adl.nav.request`.
    NavigationRequest,
}

/// A value is accepted; the remark says what is out of the ordinary.
pub(super) type Checked = Result<Option<String>, Fault>;

/// Whether `value` is of `data_type`. Types that depend on a sibling element are not checked here.
pub(super) fn check(data_type: DataType, value: &str) -> Checked {
    match data_type {
        DataType::CharacterString { spm } => length(value, spm),
        DataType::LocalizedString { spm } => {
            let (language, text) = split_language(value).ok_or(Fault::TypeMismatch)?;
            shaped(language.is_none_or(is_language_type))?;
            length(text, spm)
        }
        DataType::Language => {
            shaped(value.is_empty() || is_language_type(value))?;
            length(value, 250)
        }
        DataType::LongIdentifier => {
            shaped(is_long_identifier(value))?;
            length(value, 4000)
        }
        DataType::CmiIdentifier => {
            shaped(!value.is_empty() && !value.contains(char::is_whitespace))?;
            length(value, 255)
        }
        DataType::CmiDecimal { .. } if value.is_empty() => Ok(None),
        DataType::Real { min, max } | DataType::CmiDecimal { min, max } => {
            let number = parse_real(value).ok_or(Fault::TypeMismatch)?;
            in_range(number, min, max)
        }
        DataType::CmiInteger { min, max } => {
            let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
            shaped(duration::is_digits(digits, 1, 6))?;
            let number: i32 = value.parse().map_err(|_| Fault::TypeMismatch)?;
            in_range(f64::from(number), f64::from(min), f64::from(max))
        }
        DataType::State(words) => fits(words.contains(&value)),
        DataType::Result(words) => fits(words.contains(&value) || parse_real(value).is_some()),
        DataType::TimeInterval => fits(duration::parse_iso(value).is_some()),
        DataType::Time => fits(duration::is_timestamp(value)),
        DataType::CmiTimespan => fits(duration::parse_timespan(value).is_some()),
        DataType::CmiTime => fits(duration::is_cmi_time(value)),
        DataType::NavigationRequest => fits(is_navigation_request(value)),
        DataType::Pattern | DataType::LearnerResponse | DataType::CmiFeedback => {
            length(value, 4000)
        }
    }
}

fn shaped(good: bool) -> Result<(), Fault> {
    if good {
        Ok(())
    } else {
        Err(Fault::TypeMismatch)
    }
}

fn fits(good: bool) -> Checked {
    shaped(good).map(|()| None)
}

fn in_range(number: f64, min: f64, max: f64) -> Checked {
    if (min..=max).contains(&number) {
        Ok(None)
    } else {
        Err(Fault::OutOfRange)
    }
}

/// Accepts up to 1 MiB, with a remark beyond the smallest permitted maximum.
pub(super) fn length(value: &str, spm: usize) -> Checked {
    if value.len() > MOST_CHARACTERS {
        return Err(Fault::TooLong);
    }
    // Bytes are never fewer than characters: most values need no count.
    if value.len() <= spm {
        return Ok(None);
    }
    let characters = value.chars().count();
    Ok((characters > spm)
        .then(|| format!("{characters} characters are kept; other run-times may keep only {spm}")))
}

/// A `real(10,7)`: digits with an optional sign and point.
pub(super) fn parse_real(value: &str) -> Option<f64> {
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let shaped = !digits.is_empty()
        && whole.len() + fraction.len() > 0
        && whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit());
    if shaped { value.parse().ok() } else { None }
}

/// Splits `{lang=…}text`; `None` when a `{lang=` is not closed.
pub(super) fn split_language(value: &str) -> Option<(Option<&str>, &str)> {
    match value.strip_prefix("{lang=") {
        None => Some((None, value)),
        Some(rest) => rest
            .split_once('}')
            .map(|(language, text)| (Some(language), text)),
    }
}

/// `language_type` (RTE 4.1.1.3): an ISO 639 code, `i` or `x`, then subtags of 1 to 8 characters.
pub(super) fn is_language_type(value: &str) -> bool {
    let mut parts = value.split('-');
    let primary = parts.next().unwrap_or_default();
    let subtags: Vec<&str> = parts.collect();
    let registered = matches!(primary, "i" | "x" | "I" | "X") && !subtags.is_empty();
    (registered || is_language(primary))
        && subtags.iter().all(|tag| {
            (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// `long_identifier_type`: a URI without white space; a `urn:` needs a namespace and a name.
pub(super) fn is_long_identifier(value: &str) -> bool {
    if value.is_empty() || value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return false;
    }
    if value
        .get(..4)
        .is_none_or(|scheme| !scheme.eq_ignore_ascii_case("urn:"))
    {
        return true;
    }
    value[4..]
        .split_once(':')
        .is_some_and(|(namespace, name)| !namespace.is_empty() && !name.is_empty())
}

/// `short_identifier_type`: a URI of SPM 250, without the brackets and braces of delimiters.
pub(super) fn is_short_identifier(value: &str) -> bool {
    is_long_identifier(value) && !value.contains(['[', ']', '{', '}'])
}

/// The words of `adl.nav.request` (SN 5.6.2), `{target=…}` where one is needed.
fn is_navigation_request(value: &str) -> bool {
    const PLAIN: &[&str] = &[
        "continue",
        "previous",
        "exit",
        "exitAll",
        "abandon",
        "abandonAll",
        "suspendAll",
        "_none_",
    ];
    PLAIN.contains(&value) || split_target(value).is_some()
}

/// Splits `{target=activity}choice` into the activity and `choice` or `jump`.
pub(crate) fn split_target(value: &str) -> Option<(&str, &str)> {
    let (target, request) = value.strip_prefix("{target=")?.rsplit_once('}')?;
    (!target.is_empty() && matches!(request, "choice" | "jump")).then_some((target, request))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_all(data_type: DataType, good: &[&str], bad: &[(&str, Fault)]) {
        for value in good {
            assert!(
                check(data_type, value).is_ok(),
                "{data_type:?} takes {value:?}"
            );
        }
        for (value, fault) in bad {
            assert_eq!(
                check(data_type, value),
                Err(*fault),
                "{data_type:?} refuses {value:?}"
            );
        }
    }

    #[test]
    fn values_are_of_their_type() {
        use Fault::{OutOfRange, TypeMismatch};
        check_all(
            DataType::Real {
                min: -1.0,
                max: 1.0,
            },
            &["0", "1", "-1.0", "0.5", ".5", "1.", "+0.3", "0.000000001"],
            &[
                ("1.1", OutOfRange),
                ("-2", OutOfRange),
                ("", TypeMismatch),
                (".", TypeMismatch),
                ("1e3", TypeMismatch),
                ("1,5", TypeMismatch),
                ("NaN", TypeMismatch),
                (" 1", TypeMismatch),
            ],
        );
        check_all(
            DataType::CmiDecimal {
                min: 0.0,
                max: 100.0,
            },
            &["", "0", "85.5", "100"],
            &[
                ("101", OutOfRange),
                ("-1", OutOfRange),
                ("abc", TypeMismatch),
            ],
        );
        check_all(
            DataType::CmiInteger { min: -1, max: 100 },
            &["-1", "0", "100"],
            &[
                ("101", OutOfRange),
                ("1.5", TypeMismatch),
                ("", TypeMismatch),
            ],
        );
        check_all(
            DataType::LocalizedString { spm: 250 },
            &[
                "",
                "plain",
                "{lang=it}ciao",
                "{lang=en-US}",
                "{not a language}",
            ],
            &[
                ("{lang=}", TypeMismatch),
                ("{lang=sp}z", TypeMismatch),
                ("{lang=it", TypeMismatch),
            ],
        );
        check_all(
            DataType::Language,
            &[
                "",
                "it",
                "en-GB-oed",
                "i-klingon",
                "x-mine",
                "sgn-BE-fr",
                "cel-gaulish",
                "eng",
            ],
            &[
                ("frl", TypeMismatch),
                ("i", TypeMismatch),
                ("it-", TypeMismatch),
            ],
        );
        check_all(
            DataType::LongIdentifier,
            &["INT1", "urn:adl:objective", "http://example.com/a%20b"],
            &[
                ("", TypeMismatch),
                ("urn:", TypeMismatch),
                ("urn:a b", TypeMismatch),
            ],
        );
        check_all(
            DataType::NavigationRequest,
            &["continue", "_none_", "{target=a.b}choice", "{target=a}jump"],
            &[
                ("choice", TypeMismatch),
                ("{target=}jump", TypeMismatch),
                ("", TypeMismatch),
            ],
        );
        check_all(
            DataType::Result(&["correct"]),
            &["correct", "-0.5"],
            &[("right", TypeMismatch)],
        );
        check_all(
            DataType::CmiIdentifier,
            &["obj_1"],
            &[("obj 1", TypeMismatch)],
        );
    }

    #[test]
    fn more_than_the_spm_is_kept_with_a_remark() {
        let data_type = DataType::CharacterString { spm: 4 };
        assert_eq!(check(data_type, "four"), Ok(None));
        assert_eq!(check(data_type, "àèìò"), Ok(None));
        assert!(check(data_type, "fives").unwrap().is_some());
        assert_eq!(
            check(data_type, &"x".repeat(1024 * 1024 + 1)),
            Err(Fault::TooLong)
        );
    }
}
