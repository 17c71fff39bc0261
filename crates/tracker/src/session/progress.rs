//! What a learner has reached.

use percorso_package::Kind;
use serde::{Deserialize, Serialize};

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

/// One reason why the course is not complete; the pages and the API put it into words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Never opened.
    NotAttempted {
        /// Its title.
        title: String,
    },
    /// Begun, not completed.
    Incomplete {
        /// Its title.
        title: String,
        /// 0 to 1, when known.
        progress_measure: Option<f64>,
    },
    /// Failed, or not satisfied yet.
    NotPassed {
        /// Its title.
        title: String,
        /// The score reached.
        scaled: Option<f64>,
        /// The score asked for.
        required: Option<f64>,
    },
    /// A rollup rule is not met.
    Rule {
        /// The cluster's title.
        title: String,
        /// The rule, as a condition in the standard's words.
        rule: String,
    },
}

impl Reason {
    /// The reason as a sentence, in Italian (`it`) or English (anything else).
    pub fn sentence(&self, language: &str) -> String {
        let italian = language.starts_with("it");
        let percent = |share: f64| format!("{:.0}%", share * 100.0);
        match self {
            Self::NotAttempted { title } if italian => {
                format!("“{title}” non è stato ancora aperto.")
            }
            Self::NotAttempted { title } => format!("“{title}” has not been opened yet."),
            Self::Incomplete {
                title,
                progress_measure,
            } => {
                let so_far = progress_measure.map(percent);
                match (italian, so_far) {
                    (true, Some(share)) => {
                        format!("“{title}” è iniziato ma non completato: fatto il {share}.")
                    }
                    (true, None) => format!("“{title}” è iniziato ma non completato."),
                    (false, Some(share)) => {
                        format!("“{title}” is begun but not completed: {share} done.")
                    }
                    (false, None) => format!("“{title}” is begun but not completed."),
                }
            }
            Self::NotPassed {
                title,
                scaled,
                required,
            } => {
                let figures = match (italian, scaled.map(percent), required.map(percent)) {
                    (true, Some(got), Some(asked)) => {
                        format!(": punteggio {got}, richiesto {asked}")
                    }
                    (false, Some(got), Some(asked)) => {
                        format!(": the score is {got}, {asked} is asked for")
                    }
                    (true, Some(got), None) => format!(": punteggio {got}"),
                    (false, Some(got), None) => format!(": the score is {got}"),
                    (true, None, Some(asked)) => format!(": richiesto {asked}"),
                    (false, None, Some(asked)) => format!(": {asked} is asked for"),
                    (_, None, None) => String::new(),
                };
                if italian {
                    format!("“{title}” non è superato{figures}.")
                } else {
                    format!("“{title}” is not passed{figures}.")
                }
            }
            Self::Rule { title, rule } if italian => {
                format!("“{title}” non soddisfa ancora la sua regola ({rule}).")
            }
            Self::Rule { title, rule } => {
                format!("“{title}” does not meet its rule yet ({rule}).")
            }
        }
    }
}
