//! What learners answer and what would have been right: `learner_response` and
//! `correct_responses.n.pattern`, by the interaction's type (RTE 4.2.9.1, 4.2.9.2).

use std::collections::BTreeSet;

use super::super::Fault;
use super::data_type::{
    is_language_type, is_long_identifier, is_short_identifier, length, parse_real, split_language,
};

/// The types of interaction of SCORM 2004.
pub(super) const TYPES: &[&str] = &[
    "true-false",
    "choice",
    "fill-in",
    "long-fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
    "other",
];

/// How many patterns a type may have (`None`: as many as wanted), and whether each must differ.
pub(super) fn pattern_rules(interaction_type: &str) -> (Option<usize>, bool) {
    match interaction_type {
        "true-false" | "numeric" | "likert" | "other" => (Some(1), false),
        "choice" | "sequencing" => (None, true),
        _ => (None, false),
    }
}

/// Whether two patterns say the same: as sets for a choice, as they stand otherwise.
pub(super) fn same_pattern(interaction_type: &str, one: &str, other: &str) -> bool {
    if interaction_type != "choice" {
        return one == other;
    }
    let sorted = |pattern: &str| {
        let mut members: Vec<String> = pattern.split("[,]").map(str::to_owned).collect();
        members.sort();
        members
    };
    sorted(one) == sorted(other)
}

/// Checks a `correct_responses.n.pattern`.
pub(super) fn check_pattern(interaction_type: &str, value: &str) -> Result<Option<String>, Fault> {
    let good = match interaction_type {
        "true-false" => is_true_or_false(value),
        "choice" => is_choice(value),
        "fill-in" => {
            without_delimiters(value, &["case_matters", "order_matters"]).is_some_and(is_fill_in)
        }
        "long-fill-in" => without_delimiters(value, &["case_matters"]).is_some_and(is_localized),
        "likert" => is_short_identifier(value),
        "matching" => is_matching(value),
        "performance" => without_delimiters(value, &["order_matters"])
            .is_some_and(|steps| is_performance(steps, Answers::MayBeRanges)),
        "sequencing" => value.split("[,]").all(is_short_identifier),
        "numeric" => is_numeric_range(value),
        _ => true,
    };
    accept(good, interaction_type, value)
}

/// Checks a `learner_response`. A response may be empty where the learner may leave things out.
pub(super) fn check_response(interaction_type: &str, value: &str) -> Result<Option<String>, Fault> {
    let good = match interaction_type {
        "true-false" => is_true_or_false(value),
        "choice" => is_choice(value),
        "fill-in" => is_fill_in(value),
        "long-fill-in" => is_localized(value),
        "likert" => is_short_identifier(value),
        "matching" => value.is_empty() || is_matching(value),
        "performance" => value.is_empty() || is_performance(value, Answers::AreGiven),
        "sequencing" => value.is_empty() || value.split("[,]").all(is_short_identifier),
        "numeric" => parse_real(value).is_some(),
        _ => true,
    };
    accept(good, interaction_type, value)
}

fn accept(good: bool, interaction_type: &str, value: &str) -> Result<Option<String>, Fault> {
    if !good {
        return Err(Fault::TypeMismatch);
    }
    let spm = match interaction_type {
        "choice" | "sequencing" => 36 * 250,
        "fill-in" => 10 * 250,
        "matching" => 36 * 500,
        "performance" => 125 * 500,
        _ => 4000,
    };
    length(value, spm)
}

fn is_true_or_false(value: &str) -> bool {
    matches!(value, "true" | "false")
}

/// A set of identifiers, which may be empty; in a set nothing is there twice.
fn is_choice(value: &str) -> bool {
    let mut seen = BTreeSet::new();
    value.is_empty()
        || value
            .split("[,]")
            .all(|member| is_short_identifier(member) && seen.insert(member))
}

fn is_localized(value: &str) -> bool {
    split_language(value).is_some_and(|(language, _)| language.is_none_or(is_language_type))
}

fn is_fill_in(value: &str) -> bool {
    value.split("[,]").all(is_localized)
}

fn is_matching(value: &str) -> bool {
    value.split("[,]").all(|pair| {
        pair.split_once("[.]").is_some_and(|(source, target)| {
            is_short_identifier(source) && is_short_identifier(target)
        })
    })
}

/// What a step's answer may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    /// In a pattern: a numeric range too.
    MayBeRanges,
    /// In a learner's response: what was answered.
    AreGiven,
}

/// Records of a step name and an answer, of which one may be missing.
fn is_performance(value: &str, answers: Answers) -> bool {
    value
        .split("[,]")
        .all(|record| match record.split_once("[.]") {
            None => false,
            Some((name, answer)) => {
                let named = name.is_empty() || is_short_identifier(name);
                let answered = answer.is_empty()
                    || is_step_answer(answer)
                    || (answers == Answers::MayBeRanges && is_numeric_range(answer));
                named && answered && !(name.is_empty() && answer.is_empty())
            }
        })
}

fn is_step_answer(answer: &str) -> bool {
    is_long_identifier(&answer.replace(' ', "_")) && !answer.contains(['[', ']', '{', '}'])
}

/// `min[:]max`, either end open, or one number.
fn is_numeric_range(value: &str) -> bool {
    let Some((min, max)) = value.split_once("[:]") else {
        return parse_real(value).is_some();
    };
    match (min, max) {
        ("", "") => true,
        ("", end) | (end, "") => parse_real(end).is_some(),
        (min, max) => match (parse_real(min), parse_real(max)) {
            (Some(min), Some(max)) => min <= max,
            _ => false,
        },
    }
}

/// Takes `{name=true|false}` delimiters off the front, each once; `None` when one says neither.
fn without_delimiters<'a>(value: &'a str, names: &[&str]) -> Option<&'a str> {
    let mut rest = value;
    let mut seen: Vec<&str> = Vec::new();
    loop {
        let next = names.iter().find_map(|name| {
            let after = rest
                .strip_prefix('{')?
                .strip_prefix(name)?
                .strip_prefix('=')?;
            (!seen.contains(name)).then_some((*name, after))
        });
        let Some((name, after)) = next else {
            return Some(rest);
        };
        let (word, text) = after.split_once('}')?;
        if !is_true_or_false(word) {
            return None;
        }
        seen.push(name);
        rest = text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_follow_their_interactions_type() {
        for (interaction_type, pattern, good) in [
            ("true-false", "true", true),
            ("true-false", "", false),
            ("choice", "", true),
            ("choice", "a[,]b", true),
            ("choice", "[,]", false),
            ("choice", "a[,]b[,]a", false),
            ("choice", "{}{[]}", false),
            ("fill-in", "", true),
            ("fill-in", "{lang=eng}a[,]{lang=it}b", true),
            ("fill-in", "{lang=frl}a", false),
            ("fill-in", "{order_matters=true}{case_matters=false}a", true),
            ("fill-in", "{case_matters=maybe}a", false),
            ("fill-in", "{lang=eng}{case_matters=maybe}a", true),
            ("long-fill-in", "{case_matters=true}{lang=en-US}z", true),
            ("long-fill-in", "{case_matters=invalid}z", false),
            ("likert", "agree", true),
            ("likert", "a[.]b", false),
            ("matching", "1[.]a[,]2[.]b", true),
            ("matching", "z", false),
            ("matching", "a[.]", false),
            ("performance", "{order_matters=false}a[.]b[,]c[.]", true),
            ("performance", "[.]", false),
            ("performance", "a[.]b[,]c", false),
            ("performance", "a[.]3[:]4", true),
            ("sequencing", "a[,]b", true),
            ("sequencing", "[,]", false),
            ("numeric", "3[:]10", true),
            ("numeric", "[:]10", true),
            ("numeric", "300[:]1.5", false),
            ("numeric", "100,000.00", false),
            ("other", "{}{[]}", true),
        ] {
            let checked = check_pattern(interaction_type, pattern);
            assert_eq!(checked.is_ok(), good, "{interaction_type} {pattern:?}");
        }
    }

    #[test]
    fn responses_follow_their_interactions_type() {
        for (interaction_type, response, good) in [
            ("true-false", "t", false),
            ("choice", "a[,]b", true),
            ("fill-in", "{}{[]}", true),
            ("long-fill-in", "{lang=en}", true),
            ("matching", "a[.]b", true),
            ("matching", "[,]a[.]b", false),
            ("performance", "[.]answered", true),
            ("sequencing", "", true),
            ("numeric", "-0.23100", true),
            ("numeric", "-400[:]-500.00", false),
            ("other", "anything", true),
        ] {
            let checked = check_response(interaction_type, response);
            assert_eq!(checked.is_ok(), good, "{interaction_type} {response:?}");
        }
    }

    #[test]
    fn a_choice_is_a_set() {
        assert!(same_pattern("choice", "a[,]b", "b[,]a"));
        assert!(!same_pattern("sequencing", "a[,]b", "b[,]a"));
    }
}
