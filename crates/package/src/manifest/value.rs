//! Values of attributes and elements: booleans, numbers, times, words of a vocabulary.
//!
//! Each reader returns `None` for what is absent and for what cannot be understood; the latter with
//! a finding.

use std::{fmt::Display, str::FromStr};

use roxmltree::Node;

use super::Reader;
use crate::{
    Code,
    xml::{attribute, normalized},
};

/// The words of a vocabulary with what they mean.
pub(super) type Words<T> = [(&'static str, T)];

const BOOLEANS: &Words<bool> = &[("true", true), ("false", false), ("1", true), ("0", false)];

impl Reader<'_, '_> {
    /// A word of a vocabulary.
    pub(super) fn word<T: Copy>(&mut self, node: Node, name: &str, words: &Words<T>) -> Option<T> {
        let value = normalized(attribute(node, name)?);
        self.word_of(node, name, &value, words)
    }

    /// The same for a value that is not an attribute's.
    pub(super) fn word_of<T: Copy>(
        &mut self,
        node: Node,
        name: &str,
        value: &str,
        words: &Words<T>,
    ) -> Option<T> {
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == value) {
            return Some(*meaning);
        }
        if let Some((word, meaning)) = words
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(value))
        {
            let message = format!("{name} is {value:?}, the standard writes {word:?}");
            self.report(Code::VocabularyCase, node, message);
            return Some(*meaning);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("{name} is {value:?}; it can be {}", known.join(", "));
        self.report(Code::VocabularyUnknown, node, message);
        None
    }

    /// A boolean.
    pub(super) fn boolean(&mut self, node: Node, name: &str) -> Option<bool> {
        self.word(node, name, BOOLEANS)
    }

    /// A number within `least` and `most`.
    pub(super) fn number<T: FromStr + PartialOrd + Display + Copy>(
        &mut self,
        node: Node,
        name: &str,
        (least, most): (T, T),
    ) -> Option<T> {
        let value = normalized(attribute(node, name)?);
        self.number_of(node, name, &value, (least, most))
    }

    /// The same for a value that is not an attribute's.
    pub(super) fn number_of<T: FromStr + PartialOrd + Display + Copy>(
        &mut self,
        node: Node,
        name: &str,
        value: &str,
        (least, most): (T, T),
    ) -> Option<T> {
        let parsed = value.parse::<T>().ok();
        // NaN compares with nothing.
        let parsed = parsed.filter(|number| number.partial_cmp(&least).is_some());
        let Some(number) = parsed else {
            self.report(
                Code::NumberInvalid,
                node,
                format!("{name} is {value:?}, not a number"),
            );
            return None;
        };
        if number >= least && number <= most {
            return Some(number);
        }
        let message = format!("{name} is {value}; it must be from {least} to {most}");
        self.report(Code::NumberOutOfRange, node, message);
        Some(if number < least { least } else { most })
    }

    /// An ISO 8601 duration, as authored.
    pub(super) fn duration(&mut self, node: Node, name: &str) -> Option<String> {
        let value = normalized(attribute(node, name)?);
        if is_duration(&value) {
            return Some(value);
        }
        self.report(
            Code::DurationInvalid,
            node,
            format!("{name} is {value:?}, not a duration"),
        );
        None
    }

    /// A date and time, as authored.
    pub(super) fn date_time(&mut self, node: Node, name: &str) -> Option<String> {
        let value = normalized(attribute(node, name)?);
        let (digits, rest): (String, String) = value.chars().partition(char::is_ascii_digit);
        let plausible = digits.len() >= 4 && rest.chars().all(|c| "-:.TZ+".contains(c));
        if !plausible {
            let message = format!("{name} is {value:?}, not a date and time");
            self.report(Code::DateTimeInvalid, node, message);
        }
        plausible.then_some(value)
    }
}

/// `P[nY][nM][nD][T[nH][nM][n[.n]S]]` with at least one part, or weeks.
pub(super) fn is_duration(value: &str) -> bool {
    let Some(rest) = value.strip_prefix('P') else {
        return false;
    };
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return false,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    !rest.is_empty() && has_parts(date, "YMWD") && has_parts(time, "HMS")
}

fn has_parts(mut text: &str, designators: &str) -> bool {
    let mut allowed = designators;
    while !text.is_empty() {
        let digits = text.len()
            - text
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
                .len();
        let Some(designator) = text[digits..].chars().next().filter(|_| digits > 0) else {
            return false;
        };
        let Some(at) = allowed.find(designator) else {
            return false;
        };
        if text[..digits].parse::<f64>().is_err() {
            return false;
        }
        allowed = &allowed[at + 1..];
        text = &text[digits + designator.len_utf8()..];
    }
    true
}

/// SCORM 1.2's CMITimespan: `HHHH:MM:SS[.SS]`.
pub(super) fn is_timespan(value: &str) -> bool {
    let parts: Vec<&str> = value.split(':').collect();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [hours, minutes, seconds] => {
            let (whole, hundredths) = seconds.split_once('.').unwrap_or((seconds, "0"));
            hours.len() <= 4
                && [*hours, *minutes, whole, hundredths]
                    .into_iter()
                    .all(digits)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_from_other_text() {
        for good in [
            "PT1S",
            "P1DT2H3M4.5S",
            "P5Y6M4DT12H30M58.55S",
            "P3W",
            "PT0S",
            "P1M",
        ] {
            assert!(is_duration(good), "{good}");
        }
        for bad in [
            "", "P", "PT", "1H", "PT1", "PT1X", "P1S", "PT1M1H", "PTS", "00:30:00",
        ] {
            assert!(!is_duration(bad), "{bad}");
        }
        assert!(is_timespan("0000:30:00") && is_timespan("01:02:03.45"));
        assert!(!is_timespan("PT30M") && !is_timespan("30:00") && !is_timespan("1:x:3"));
    }
}
