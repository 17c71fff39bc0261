//! What a learner has reached. Why it is not everything is in `reason.rs`.

use percorso_package::Kind;
use serde::{Deserialize, Serialize};

use super::Reason;

/// Completion in the common model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum Completion {
    Completed,
    Incomplete,
    NotAttempted,
    #[default]
    Unknown,
}

impl Completion {
    /// Tracking's `completed`; what is not known there is called `unknown`.
    pub(crate) fn of(completed: Option<bool>, unknown: Self) -> Self {
        match completed {
            Some(true) => Self::Completed,
            Some(false) => Self::Incomplete,
            None => unknown,
        }
    }

    /// As tracking knows it.
    pub(crate) fn is_completed(self) -> Option<bool> {
        match self {
            Self::Completed => Some(true),
            Self::Incomplete | Self::NotAttempted => Some(false),
            Self::Unknown => None,
        }
    }

    /// Its word in the API, the database and the log: `completed`, `incomplete`, `not_attempted` or
    /// `unknown`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
            Self::NotAttempted => "not_attempted",
            Self::Unknown => "unknown",
        }
    }

    /// Its word in `cmi.completion_status`; `None` when there is nothing to say.
    pub(crate) fn cmi_word(self) -> Option<&'static str> {
        match self {
            Self::NotAttempted => Some("not attempted"),
            Self::Unknown => None,
            known => Some(known.word()),
        }
    }
}

/// Success in the common model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum Success {
    Passed,
    Failed,
    #[default]
    Unknown,
}

impl Success {
    /// Tracking's `satisfied`.
    pub(crate) fn of(satisfied: Option<bool>) -> Self {
        match satisfied {
            Some(true) => Self::Passed,
            Some(false) => Self::Failed,
            None => Self::Unknown,
        }
    }

    /// As tracking knows it.
    pub(crate) fn is_satisfied(self) -> Option<bool> {
        match self {
            Self::Passed => Some(true),
            Self::Failed => Some(false),
            Self::Unknown => None,
        }
    }

    /// Its word in the API, the database and the log: `passed`, `failed` or `unknown`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Its word in `cmi.success_status`; `None` when there is nothing to say.
    pub(crate) fn cmi_word(self) -> Option<&'static str> {
        match self {
            Self::Unknown => None,
            known => Some(known.word()),
        }
    }
}

/// A score: `scaled` −1..1 beside the authored values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// −1 to 1.
    pub scaled: Option<f64>,
    /// As authored.
    pub raw: Option<f64>,
    /// As authored.
    pub min: Option<f64>,
    /// As authored.
    pub max: Option<f64>,
}

/// A registration's progress: the root activity's, with the tree below it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The root activity and all below it.
    pub root: ActivityProgress,
    /// Why the root is not completed and passed; empty when it is.
    pub why_incomplete: Vec<Reason>,
}

/// One activity's progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivityProgress {
    /// The manifest's identifier.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: Option<Kind>,
    /// Completion.
    pub completion: Completion,
    /// Success.
    pub success: Success,
    /// The primary objective's satisfied status; `None` is unknown.
    pub satisfied: Option<bool>,
    /// Score.
    pub score: Score,
    /// 0 to 1.
    pub progress_measure: Option<f64>,
    /// Total of all sessions that content claimed, in milliseconds.
    pub total_time_ms: u64,
    /// Attempts begun.
    pub attempts: u32,
    /// Suspended, to be resumed.
    pub suspended: bool,
    /// Waived by an administrator.
    pub waived: bool,
    /// Children in the activity's order.
    pub children: Vec<ActivityProgress>,
}
