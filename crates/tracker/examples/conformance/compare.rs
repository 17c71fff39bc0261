//! Whether an answer is the one expected: by text first, then by the element's own type, as the suite
//! compares.

use percorso_tracker::runtime::parse_duration;

use crate::case::Call;

/// What content got: the string and the error code afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) value: String,
    pub(crate) error: String,
}

/// What is wrong with an answer, if anything is.
pub(crate) fn judge(call: &Call, got: &Got, learner_id: &str) -> Option<String> {
    let expected = &call.expect;
    if expected.any {
        return None;
    }
    let element = call.element.as_deref().unwrap_or_default();
    let wrong_value = |wanted: &str| {
        Some(format!(
            "{} {element} returned {:?}, expected {wanted:?} (error {})",
            call.method, got.value, got.error
        ))
    };
    let wrong_error = (got.error != expected.error).then(|| {
        format!(
            "{} {element}: error {}, expected {} (returned {:?})",
            call.method, got.error, expected.error, got.value
        )
    });
    let is_right = match call.method.as_str() {
        "GetDiagnostic" => got.value.len() < 255,
        "GetErrorString" => match expected.value.as_str() {
            "less255" => got.value.len() < 255,
            "emptyCS" => got.value.is_empty(),
            text => got.value == text,
        },
        // What names are, and what comes of a choice or a jump, the cases leave open.
        "GetValue" if element.contains("learner_name") => true,
        "GetValue" if element.contains("request_valid") => {
            let is_answer = matches!(got.value.as_str(), "true" | "false" | "unknown");
            if is_answer && (element.contains("choice") || element.contains("jump")) {
                return None;
            }
            is_answer
        }
        "GetValue" if is_comment_of_the_lms(element) => {
            // The collection itself is no element.
            let may = matches!(got.error.as_str(), "0" | "301" | "122")
                || (element == "cmi.comments_from_lms" && got.error == "401");
            return (!may).then(|| format!("GetValue {element}: error {}", got.error));
        }
        "GetValue" => {
            let wanted = match (expected.value.as_str(), &call.lookup) {
                ("@learner.id", _) => learner_id,
                ("", Some(lookup)) if element.rsplit('.').next() == Some("id") => &lookup.id,
                (value, _) => value,
            };
            let is_empty = wanted.is_empty() && without_language(&got.value).is_empty();
            let kind = call.interaction_type.as_deref();
            is_empty || is_same(element, wanted, &got.value, kind)
        }
        _ => got.value == expected.value,
    };
    match is_right {
        true => wrong_error,
        false => wrong_value(&expected.value),
    }
}

fn is_comment_of_the_lms(element: &str) -> bool {
    element.contains("comments_from_lms") && !element.contains("_children")
}

/// Whether two values are the same by the element's type.
fn is_same(element: &str, expected: &str, actual: &str, interaction: Option<&str>) -> bool {
    if expected == actual {
        return true;
    }
    let last = element.rsplit('.').next().unwrap_or_default();
    let ends = |names: &[&str]| names.contains(&last);
    if ends(&["_children"]) {
        let sorted = |text: &str| {
            let mut names: Vec<String> =
                text.split(',').map(|name| name.trim().to_owned()).collect();
            names.sort();
            names
        };
        return sorted(expected) == sorted(actual);
    }
    if ends(&["session_time", "total_time", "max_time_allowed", "latency"]) {
        let length = parse_duration(expected);
        return length.is_some() && length == parse_duration(actual);
    }
    if ends(&["comment", "description", "learner_name"]) {
        return without_language(expected) == without_language(actual);
    }
    if ends(&["learner_response", "pattern"]) {
        let ordered = matches!(interaction, Some("choice" | "matching"));
        return Response::of(expected, ordered) == Response::of(actual, ordered);
    }
    if ends(&["timestamp"]) {
        let day = |text: &str| text.trim_end_matches(".0").to_owned();
        return day(expected) == day(actual);
    }
    match (expected.parse::<f64>(), actual.parse::<f64>()) {
        (Ok(one), Ok(other)) => (one - other).abs() < f64::EPSILON,
        _ => false,
    }
}

fn without_language(text: &str) -> &str {
    match text
        .strip_prefix("{lang=")
        .and_then(|rest| rest.split_once('}'))
    {
        Some((_, rest)) => rest,
        None => text,
    }
}

/// A learner's response, or a pattern for it, taken apart.
#[derive(Debug, PartialEq)]
struct Response {
    order_matters: bool,
    case_matters: bool,
    parts: Vec<Vec<String>>,
}

impl Response {
    /// A choice's and a match's parts are a set in any case.
    fn of(text: &str, is_set: bool) -> Self {
        let mut rest = text;
        let (mut order_matters, mut case_matters) = (true, false);
        while let Some((head, tail)) = rest
            .strip_prefix('{')
            .and_then(|inside| inside.split_once('}'))
        {
            match head.split_once('=') {
                Some(("order_matters", value)) => order_matters = value == "true",
                Some(("case_matters", value)) => case_matters = value == "true",
                Some(("lang", _)) => {}
                _ => break,
            }
            rest = tail;
        }
        let part = |text: &str| {
            text.split("[.]")
                .flat_map(|piece| piece.split("[:]"))
                .map(|piece| {
                    let plain = without_language(piece);
                    plain
                        .parse::<f64>()
                        .map_or_else(|_| plain.to_owned(), |number| number.to_string())
                })
                .collect()
        };
        let mut parts: Vec<Vec<String>> = rest.split("[,]").map(part).collect();
        if is_set || !order_matters {
            parts.sort();
        }
        Self {
            order_matters,
            case_matters,
            parts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn values_are_compared_by_their_type() {
        let same = |element, one, other| is_same(element, one, other, None);
        assert!(same("cmi.score.scaled", "0.5", "0.50"));
        assert!(!same("cmi.score.scaled", "0.5", "0.6"));
        assert!(same("cmi.total_time", "PT1H", "PT60M"));
        assert!(same("cmi._children", "a,b", "b, a"));
        assert!(same(
            "cmi.comments_from_learner.0.comment",
            "{lang=en}x",
            "x"
        ));
        let patterns = "cmi.interactions.0.correct_responses.0.pattern";
        assert!(is_same(patterns, "a[,]b", "b[,]a", Some("choice")));
        assert!(!is_same(patterns, "a[,]b", "b[,]a", Some("sequencing")));
        assert!(!same("cmi.location", "a", "b"));
    }
}
