//! CMIFeedback of SCORM 1.2: what learners answer (`student_response`) and what would have been right
//! (`correct_responses.n.pattern`), by the interaction's type (RTE 1.2 3.4.4).

use super::super::Fault;
use super::data_type::{Checked, length, parse_real};

/// The most characters of a text that the standard asks a run-time to keep.
const TEXT: usize = 255;
/// The same of a value whose interaction has no type.
const UNTYPED: usize = 4000;

/// Which of the two a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feedback {
    /// What the learner answered.
    Response,
    /// What would have been right.
    Pattern,
}

/// How a value stands to the form of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As the book has it.
    Book,
    /// Another way of saying it: what the book has instead.
    Free(&'static str),
    /// It cannot be an answer of this type.
    Wrong,
}

/// Checks a value by its interaction's type.
// DIFFERENCE: the book wants single characters in choices, sequences and pairs, and `t`, `f`, `0` or `1`.
// Content writes whole words and leaves answers empty, and run-times have taken them: they are taken here
// with a remark. What can be no answer of the type is refused.
pub(super) fn check(feedback: Feedback, interaction_type: Option<&str>, value: &str) -> Checked {
    let Some(interaction_type) = interaction_type else {
        return length(value, UNTYPED);
    };
    match form(feedback, interaction_type, value) {
        Form::Wrong => Err(Fault::TypeMismatch),
        Form::Book => length(value, TEXT),
        Form::Free(book) => Ok(length(value, TEXT)?.or_else(|| {
            Some(format!(
                "kept as it is; in SCORM 1.2 an answer of type {interaction_type} is {book}"
            ))
        })),
    }
}

fn form(feedback: Feedback, interaction_type: &str, value: &str) -> Form {
    match interaction_type {
        "true-false" => true_or_false(value),
        "choice" => list(value, "single characters 0-9 and a-z, separated by commas"),
        "sequencing" => list(
            value,
            "single characters 0-9 and a-z in their order, separated by commas",
        ),
        "matching" => pairs(value),
        "numeric" => number(feedback, value),
        "likert" if !value.is_empty() && !is_character(value) => {
            Form::Free("a single character, or nothing")
        }
        // `fill-in` and `performance` are free text; a likert scale has no wrong answer.
        _ => Form::Book,
    }
}

fn true_or_false(value: &str) -> Form {
    const BOOK: &str = "0, 1, t or f";
    match value.trim().to_ascii_lowercase().as_str() {
        _ if matches!(value, "0" | "1" | "t" | "f") => Form::Book,
        "" | "0" | "1" | "t" | "f" | "true" | "false" => Form::Free(BOOK),
        _ => Form::Wrong,
    }
}

/// Characters separated by commas, all of them in braces where each must be chosen.
fn list(value: &str, book: &'static str) -> Form {
    match without_braces(value) {
        None => Form::Wrong,
        Some(inner) if inner.split(',').all(is_character) => Form::Book,
        Some(_) => Form::Free(book),
    }
}

/// `1.c,2.b`: pairs of characters, all of them in braces where each must be there.
fn pairs(value: &str) -> Form {
    const BOOK: &str = "pairs of single characters as in 1.c,2.b";
    let Some(inner) = without_braces(value) else {
        return Form::Wrong;
    };
    let is_pair = |pair: &str| {
        pair.split_once('.')
            .is_some_and(|(source, target)| is_character(source) && is_character(target))
    };
    if inner.split(',').all(is_pair) {
        return Form::Book;
    }
    let has_pair = inner.contains(['.', '-', ':', '=', '>', '/', '|', '_', ' ']);
    if inner.is_empty() || has_pair {
        Form::Free(BOOK)
    } else {
        Form::Wrong
    }
}

/// A decimal; a pattern may also be a range of two.
fn number(feedback: Feedback, value: &str) -> Form {
    const BOOK: &str = "a number with an optional decimal point";
    let is_number = |text: &str| parse_real(text.trim()).is_some();
    if parse_real(value).is_some() {
        return Form::Book;
    }
    // Italian, as most of Europe, writes the decimal point as a comma.
    let with_point = value.replacen(',', ".", 1);
    let is_range = || {
        let ends = value.split_once("[:]").or_else(|| value.split_once(':'));
        ends.is_some_and(|(low, high)| {
            [low, high]
                .iter()
                .all(|end| end.is_empty() || is_number(end))
                && !(low.is_empty() && high.is_empty())
        })
    };
    if value.trim().is_empty()
        || is_number(&with_point)
        || (feedback == Feedback::Pattern && is_range())
    {
        Form::Free(BOOK)
    } else {
        Form::Wrong
    }
}

/// What stands in braces, or the whole where there are none; `None` when one of the two is missing.
fn without_braces(value: &str) -> Option<&str> {
    match (value.strip_prefix('{'), value.ends_with('}')) {
        (Some(rest), true) => rest.strip_suffix('}'),
        (None, false) => Some(value),
        _ => None,
    }
}

fn is_character(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9' | b'a'..=b'z'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a value: taken, taken with a remark, refused.
    fn taken(feedback: Feedback, interaction_type: &str, value: &str) -> &'static str {
        match check(feedback, Some(interaction_type), value) {
            Ok(None) => "taken",
            Ok(Some(_)) => "remark",
            Err(_) => "refused",
        }
    }

    #[test]
    fn responses_follow_their_interactions_type() {
        for (interaction_type, value, expected) in [
            ("true-false", "t", "taken"),
            ("true-false", "0", "taken"),
            ("true-false", "true", "remark"),
            ("true-false", "False", "remark"),
            ("true-false", "", "remark"),
            ("true-false", "maybe", "refused"),
            ("true-false", "2", "refused"),
            ("choice", "a", "taken"),
            ("choice", "a,c,4", "taken"),
            ("choice", "{a,c}", "taken"),
            ("choice", "Rome, the capital", "remark"),
            ("choice", "A", "remark"),
            ("choice", "a[,]b", "remark"),
            ("choice", "", "remark"),
            ("choice", "{a,b", "refused"),
            ("choice", "a,b}", "refused"),
            ("sequencing", "c,a,b", "taken"),
            ("sequencing", "first,second", "remark"),
            ("sequencing", "{c,a", "refused"),
            ("matching", "1.c,2.b", "taken"),
            ("matching", "{1.c,2.b}", "taken"),
            ("matching", "Rome.Italy,Paris.France", "remark"),
            ("matching", "1-c", "remark"),
            ("matching", "", "remark"),
            ("matching", "abc", "refused"),
            ("numeric", "-3.5", "taken"),
            ("numeric", "3,5", "remark"),
            ("numeric", " 4 ", "remark"),
            ("numeric", "", "remark"),
            ("numeric", "four", "refused"),
            ("numeric", "3:5", "refused"),
            ("likert", "", "taken"),
            ("likert", "b", "taken"),
            ("likert", "I agree", "remark"),
            ("fill-in", "Whatever they say, {or not", "taken"),
            ("performance", "turn left", "taken"),
        ] {
            let found = taken(Feedback::Response, interaction_type, value);
            assert_eq!(found, expected, "{interaction_type} {value:?}");
        }
    }

    #[test]
    fn a_pattern_of_a_number_may_be_a_range() {
        for (value, expected) in [
            ("3", "taken"),
            ("3:5", "remark"),
            ("3[:]5", "remark"),
            (":5", "remark"),
            (":", "refused"),
            ("a:b", "refused"),
        ] {
            let found = taken(Feedback::Pattern, "numeric", value);
            assert_eq!(found, expected, "{value:?}");
        }
    }

    #[test]
    fn long_texts_are_kept_with_a_remark_and_untyped_ones_have_no_form() {
        let long = "x".repeat(256);
        assert_eq!(taken(Feedback::Response, "fill-in", &long), "remark");
        assert_eq!(check(Feedback::Response, None, "{anything"), Ok(None));
    }
}
