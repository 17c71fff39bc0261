//! What content's values mean in the common model: completion, success, score, time.
//!
//! [`STATUS_MAPPING`] is the one table that maps the status words of both standards; it is printed in
//! `docs/status-mapping.md`.

use percorso_package::Standard;

use super::data_model::{Values, duration};
use crate::session::{Completion, Score, Success};

/// A row: the standard, the status word(s) of content, and what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusRow {
    /// Whose words they are.
    pub standard: Standard,
    /// `cmi.completion_status`, or `cmi.core.lesson_status`.
    pub completion_word: &'static str,
    /// `cmi.success_status`; empty for SCORM 1.2, which has one word for both.
    pub success_word: &'static str,
    /// Completion in the common model.
    pub completion: Completion,
    /// Success in the common model.
    pub success: Success,
}

const fn scorm_12(word: &'static str, completion: Completion, success: Success) -> StatusRow {
    StatusRow {
        standard: Standard::Scorm12,
        completion_word: word,
        success_word: "",
        completion,
        success,
    }
}

const fn scorm_2004(
    words: (&'static str, &'static str),
    completion: Completion,
    success: Success,
) -> StatusRow {
    StatusRow {
        standard: Standard::Scorm2004,
        completion_word: words.0,
        success_word: words.1,
        completion,
        success,
    }
}

/// Every status that content can leave, and what it means.
///
/// SCORM 1.2 has one word for two facts. `passed` says both. `completed` says nothing of success.
/// `failed` says that it was not passed; the content "may or may not have been completed" (RTE 1.2
/// 3.4.4), so it stays open to be done again. `browsed` was looked through without credit.
pub const STATUS_MAPPING: &[StatusRow] = &[
    scorm_12("passed", Completion::Completed, Success::Passed),
    scorm_12("completed", Completion::Completed, Success::Unknown),
    scorm_12("failed", Completion::Incomplete, Success::Failed),
    scorm_12("incomplete", Completion::Incomplete, Success::Unknown),
    scorm_12("browsed", Completion::Incomplete, Success::Unknown),
    scorm_12("not attempted", Completion::NotAttempted, Success::Unknown),
    scorm_2004(
        ("completed", "passed"),
        Completion::Completed,
        Success::Passed,
    ),
    scorm_2004(
        ("completed", "failed"),
        Completion::Completed,
        Success::Failed,
    ),
    scorm_2004(
        ("completed", "unknown"),
        Completion::Completed,
        Success::Unknown,
    ),
    scorm_2004(
        ("incomplete", "passed"),
        Completion::Incomplete,
        Success::Passed,
    ),
    scorm_2004(
        ("incomplete", "failed"),
        Completion::Incomplete,
        Success::Failed,
    ),
    scorm_2004(
        ("incomplete", "unknown"),
        Completion::Incomplete,
        Success::Unknown,
    ),
    scorm_2004(
        ("not attempted", "passed"),
        Completion::NotAttempted,
        Success::Passed,
    ),
    scorm_2004(
        ("not attempted", "failed"),
        Completion::NotAttempted,
        Success::Failed,
    ),
    scorm_2004(
        ("not attempted", "unknown"),
        Completion::NotAttempted,
        Success::Unknown,
    ),
    scorm_2004(("unknown", "passed"), Completion::Unknown, Success::Passed),
    scorm_2004(("unknown", "failed"), Completion::Unknown, Success::Failed),
    scorm_2004(
        ("unknown", "unknown"),
        Completion::Unknown,
        Success::Unknown,
    ),
];

/// Looks a status up in [`STATUS_MAPPING`]; a word that is none of the standard's is unknown.
pub fn map_status(
    standard: Standard,
    completion_word: &str,
    success_word: &str,
) -> (Completion, Success) {
    let wanted = if standard == Standard::Scorm12 {
        ""
    } else {
        success_word
    };
    STATUS_MAPPING
        .iter()
        .find(|row| {
            row.standard == standard
                && row.completion_word == completion_word
                && row.success_word == wanted
        })
        .map_or((Completion::Unknown, Success::Unknown), |row| {
            (row.completion, row.success)
        })
}

/// What content says about itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContentReport {
    /// Completion; unknown when content says nothing.
    pub completion: Completion,
    /// Content set a completion status, be it `unknown`.
    pub said_completion: bool,
    /// Success; unknown when content says nothing.
    pub success: Success,
    /// Content set a success status, be it `unknown`.
    pub said_success: bool,
    /// Score; for SCORM 1.2 `scaled` is derived from the raw score.
    pub score: Score,
    /// 0 to 1.
    pub progress_measure: Option<f64>,
    /// Its objectives, those with an id.
    pub objectives: Vec<ObjectiveReport>,
    /// `cmi.exit`, as set.
    pub exit: String,
    /// Time that content claims for this session.
    pub session_time_ms: u64,
}

/// What content says about one objective.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectiveReport {
    /// Its id.
    pub id: String,
    /// Completion.
    pub completion: Completion,
    /// Success.
    pub success: Success,
    /// Score.
    pub score: Score,
    /// 0 to 1.
    pub progress_measure: Option<f64>,
}

impl ContentReport {
    /// Reads the report out of the data model.
    pub fn of(standard: Standard, values: &Values) -> Self {
        match standard {
            Standard::Scorm12 => Self::of_scorm_12(values),
            _ => Self::of_scorm_2004(values),
        }
    }

    fn of_scorm_2004(values: &Values) -> Self {
        let word = |element| {
            super::data_model::get(Standard::Scorm2004, values, element)
                .unwrap_or_else(|_| "unknown".to_owned())
        };
        let (completion, success) = map_status(
            Standard::Scorm2004,
            &word("cmi.completion_status"),
            &word("cmi.success_status"),
        );
        let objectives = (0..values.count("cmi.objectives")).filter_map(|n| {
            let record = format!("cmi.objectives.{n}");
            let id = values.get(&format!("{record}.id"))?.to_owned();
            let word = |element| {
                values
                    .get(&format!("{record}.{element}"))
                    .unwrap_or("unknown")
            };
            let (completion, success) = map_status(
                Standard::Scorm2004,
                word("completion_status"),
                word("success_status"),
            );
            Some(ObjectiveReport {
                id,
                completion,
                success,
                score: score(values, &record),
                progress_measure: values.real(&format!("{record}.progress_measure")),
            })
        });
        Self {
            completion,
            said_completion: values.get("cmi.completion_status").is_some(),
            success,
            said_success: values.get("cmi.success_status").is_some(),
            score: score(values, "cmi"),
            progress_measure: values.real("cmi.progress_measure"),
            objectives: objectives.collect(),
            exit: values.get("cmi.exit").unwrap_or_default().to_owned(),
            session_time_ms: values
                .get("cmi.session_time")
                .and_then(duration::parse_iso)
                .unwrap_or(0),
        }
    }

    fn of_scorm_12(values: &Values) -> Self {
        let status = values
            .get("cmi.core.lesson_status")
            .unwrap_or("not attempted");
        let (completion, success) = map_status(Standard::Scorm12, status, "");
        let said = values.get("cmi.core.lesson_status").is_some();
        Self {
            completion,
            said_completion: said,
            success,
            said_success: said,
            score: normalized(score(values, "cmi.core")),
            progress_measure: None,
            objectives: Vec::new(),
            exit: values.get("cmi.core.exit").unwrap_or_default().to_owned(),
            session_time_ms: values
                .get("cmi.core.session_time")
                .and_then(duration::parse_timespan)
                .unwrap_or(0),
        }
    }
}

fn score(values: &Values, record: &str) -> Score {
    let real = |part: &str| values.real(&format!("{record}.score.{part}"));
    Score {
        scaled: real("scaled"),
        raw: real("raw"),
        min: real("min"),
        max: real("max"),
    }
}

/// SCORM 1.2 scores are 0 to 100 (RTE 1.2 3.4.4), or between the bounds that content gives.
fn normalized(score: Score) -> Score {
    let min = score.min.unwrap_or(0.0);
    let max = score.max.filter(|max| *max > min).unwrap_or(100.0);
    let scaled = score
        .raw
        .map(|raw| ((raw - min) / (max - min)).clamp(-1.0, 1.0));
    Score { scaled, ..score }
}

/// The rules of `cmi.core.lesson_status` at the end of a session (RTE 1.2 3.4.4): content that said
/// nothing has completed; with credit and a mastery score, the raw score decides.
// DIFFERENCE: content that suspends itself as incomplete is not failed for the score so far.
pub(crate) fn settle_lesson_status(values: &mut Values) {
    let mode = values
        .get("cmi.core.lesson_mode")
        .unwrap_or("normal")
        .to_owned();
    let credit = values.get("cmi.core.credit").unwrap_or("credit") == "credit";
    if values
        .get("cmi.core.lesson_status")
        .is_none_or(|status| status == "not attempted")
    {
        let said_nothing = if mode == "browse" {
            "browsed"
        } else {
            "completed"
        };
        values.set("cmi.core.lesson_status", said_nothing);
    }
    let mastery = values.real("cmi.student_data.mastery_score");
    let (true, Some(mastery), Some(raw)) = (credit, mastery, values.real("cmi.core.score.raw"))
    else {
        return;
    };
    let halfway = values.get("cmi.core.exit") == Some("suspend")
        && values.get("cmi.core.lesson_status") == Some("incomplete");
    if mode == "normal" && !halfway {
        let decided = if raw >= mastery { "passed" } else { "failed" };
        values.set("cmi.core.lesson_status", decided);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_mapping_is_what_content_gets() {
        for row in STATUS_MAPPING {
            let mut values = Values::default();
            if row.standard == Standard::Scorm12 {
                values.set("cmi.core.lesson_status", row.completion_word);
            } else {
                values.set("cmi.completion_status", row.completion_word);
                values.set("cmi.success_status", row.success_word);
            }
            let report = ContentReport::of(row.standard, &values);
            assert_eq!(
                (report.completion, report.success),
                (row.completion, row.success),
                "{row:?}"
            );
        }
    }

    #[test]
    fn the_end_of_a_scorm_12_session_settles_its_status() {
        for (status, raw, mastery, mode, exit, expected) in [
            ("", "", "", "normal", "", "completed"),
            ("", "", "", "browse", "", "browsed"),
            ("not attempted", "90", "80", "normal", "", "passed"),
            ("completed", "79", "80", "normal", "", "failed"),
            ("completed", "80", "80", "normal", "", "passed"),
            ("failed", "85", "80", "normal", "", "passed"),
            ("completed", "50", "", "normal", "", "completed"),
            ("incomplete", "50", "80", "normal", "suspend", "incomplete"),
            ("incomplete", "50", "80", "normal", "", "failed"),
            ("completed", "50", "80", "review", "", "completed"),
        ] {
            let mut values = Values::default();
            let credit = if mode == "normal" {
                "credit"
            } else {
                "no-credit"
            };
            for (element, value) in [
                ("cmi.core.lesson_status", status),
                ("cmi.core.score.raw", raw),
                ("cmi.student_data.mastery_score", mastery),
                ("cmi.core.lesson_mode", mode),
                ("cmi.core.credit", credit),
                ("cmi.core.exit", exit),
            ] {
                if !value.is_empty() {
                    values.set(element, value);
                }
            }
            settle_lesson_status(&mut values);
            let case = format!("{status} {raw} {mastery} {mode} {exit}");
            assert_eq!(
                values.get("cmi.core.lesson_status"),
                Some(expected),
                "{case}"
            );
        }
    }

    #[test]
    fn a_scorm_12_score_is_scaled_between_its_bounds() {
        for (raw, min, max, scaled) in [
            (85.0, None, None, 0.85),
            (15.0, Some(0.0), Some(20.0), 0.75),
            (5.0, None, Some(0.0), 0.05),
        ] {
            let score = Score {
                scaled: None,
                raw: Some(raw),
                min,
                max,
            };
            assert_eq!(normalized(score).scaled, Some(scaled));
        }
    }
}
