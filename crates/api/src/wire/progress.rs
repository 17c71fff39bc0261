//! Registrations and what is reached in them, as the API says it.

use percorso_package::Kind;
use percorso_tracker::session::{ActivityProgress, Completion, Progress, Reason, Score, Success};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{duration, time};
use crate::db::{learners::Learner, registrations::Full};

/// A registration with its progress.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationDocument {
    /// Also the xAPI `registration`.
    pub(crate) id: Uuid,
    pub(crate) package_id: Uuid,
    pub(crate) package_version: i32,
    pub(crate) learner: LearnerDocument,
    /// completed, incomplete, not_attempted or unknown.
    pub(crate) completion: String,
    /// passed, failed or unknown.
    pub(crate) success: String,
    pub(crate) score: ScoreDocument,
    /// 0 to 1.
    pub(crate) progress_measure: Option<f64>,
    /// Time that content claimed, ISO 8601.
    pub(crate) total_time: String,
    pub(crate) attempts: i32,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) started_at: Option<String>,
    pub(crate) last_accessed_at: Option<String>,
    pub(crate) completed_at: Option<String>,
    /// The root activity and all below it.
    pub(crate) activities: ActivityProgressDocument,
    /// Sentences in the language of `Accept-Language`: it or en.
    pub(crate) why_incomplete: Vec<String>,
}

/// A learner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LearnerDocument {
    /// The client's own key.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<AccountDocument>,
}

/// The namespace of a learner's key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountDocument {
    pub(crate) home_page: String,
}

/// A score.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScoreDocument {
    /// −1 to 1.
    pub(crate) scaled: Option<f64>,
    pub(crate) raw: Option<f64>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
}

/// An activity's progress.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityProgressDocument {
    /// The manifest's identifier.
    pub(crate) id: String,
    pub(crate) title: String,
    #[schema(value_type = Option<String>, example = "videolezione")]
    pub(crate) kind: Option<Kind>,
    #[schema(value_type = String)]
    pub(crate) completion: Completion,
    #[schema(value_type = String)]
    pub(crate) success: Success,
    /// The primary objective's; null is unknown.
    pub(crate) satisfied: Option<bool>,
    pub(crate) score: ScoreDocument,
    pub(crate) progress_measure: Option<f64>,
    /// ISO 8601.
    pub(crate) total_time: String,
    pub(crate) attempts: u32,
    pub(crate) suspended: bool,
    pub(crate) waived: bool,
    #[schema(no_recursion)]
    pub(crate) children: Vec<ActivityProgressDocument>,
}

impl RegistrationDocument {
    /// Puts a registration into words of `language`; `untouched` is the progress before any session,
    /// `waived` the identifiers of waived activities.
    pub(crate) fn new(full: Full, untouched: &Progress, waived: &[String], language: &str) -> Self {
        let (row, learner, package_version) = full;
        let stored = row
            .progress
            .and_then(|value| serde_json::from_value(value).ok());
        let mut progress: Progress = stored.unwrap_or_else(|| untouched.clone());
        let mut all_waived = Vec::new();
        mark_waived(&mut progress.root, waived, Above::Asked, &mut all_waived);
        Self {
            id: row.id,
            package_id: row.package_id,
            package_version,
            learner: learner.into(),
            completion: row.completion,
            success: row.success,
            score: ScoreDocument {
                scaled: row.score_scaled,
                raw: row.score_raw,
                min: row.score_min,
                max: row.score_max,
            },
            progress_measure: row.progress_measure,
            total_time: duration(u64::try_from(row.total_time_ms).unwrap_or_default()),
            attempts: row.attempts,
            created_at: time(row.created_at),
            updated_at: time(row.updated_at),
            started_at: row.started_at.map(time),
            last_accessed_at: row.last_accessed_at.map(time),
            completed_at: row.completed_at.map(time),
            why_incomplete: why_incomplete(&progress.why_incomplete, &all_waived, language),
            activities: progress.root.into(),
        }
    }
}

/// Whether what an activity stands in is asked of the learner.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Above {
    Asked,
    Waived,
}

/// Marks waived activities and all below them, and lists their identifiers.
fn mark_waived(
    activity: &mut ActivityProgress,
    waived: &[String],
    above: Above,
    all_waived: &mut Vec<String>,
) {
    let own = match above {
        Above::Asked if !waived.contains(&activity.id) => Above::Asked,
        _ => Above::Waived,
    };
    if own == Above::Waived {
        activity.waived = true;
        all_waived.push(activity.id.clone());
    }
    for child in &mut activity.children {
        mark_waived(child, waived, own, all_waived);
    }
}

/// Reasons as sentences; a waived activity is no reason.
fn why_incomplete(reasons: &[Reason], waived: &[String], language: &str) -> Vec<String> {
    let stands = |reason: &&Reason| !waived.iter().any(|id| id == reason.activity());
    reasons
        .iter()
        .filter(stands)
        .map(|reason| reason.sentence(language))
        .collect()
}

impl From<Learner> for LearnerDocument {
    fn from(learner: Learner) -> Self {
        let home_page = Some(learner.home_page).filter(|page| !page.is_empty());
        Self {
            id: learner.key,
            name: learner.name,
            email: learner.email,
            organization: learner.organization,
            language: learner.language,
            account: home_page.map(|home_page| AccountDocument { home_page }),
        }
    }
}

impl From<Score> for ScoreDocument {
    fn from(score: Score) -> Self {
        Self {
            scaled: score.scaled,
            raw: score.raw,
            min: score.min,
            max: score.max,
        }
    }
}

impl From<ActivityProgress> for ActivityProgressDocument {
    fn from(activity: ActivityProgress) -> Self {
        Self {
            id: activity.id,
            title: activity.title,
            kind: activity.kind,
            completion: activity.completion,
            success: activity.success,
            satisfied: activity.satisfied,
            score: activity.score.into(),
            progress_measure: activity.progress_measure,
            total_time: duration(activity.total_time_ms),
            attempts: activity.attempts,
            suspended: activity.suspended,
            waived: activity.waived,
            children: activity.children.into_iter().map(Self::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_activities_of_one_title_only_the_waived_one_is_no_reason() {
        let reason = |activity: &str| Reason::NotAttempted {
            activity: activity.to_owned(),
            title: "Prova".to_owned(),
        };
        let (both, waived) = ([reason("a"), reason("b")], ["b".to_owned()]);
        let said = why_incomplete(&both, &waived, "it");
        assert_eq!(said, ["“Prova” non è stato ancora aperto."]);
    }

    #[test]
    fn what_was_stored_before_reasons_named_their_activity_is_still_read() {
        let stored = r#"[{"reason":"not_attempted","title":"Prova"},
            {"reason":"rule","title":"Modulo","rule":"all: completed → completed"}]"#;
        let reasons: Vec<Reason> = serde_json::from_str(stored).unwrap();
        let said = why_incomplete(&reasons, &[], "en");
        assert_eq!(said[1], "“Modulo” does not have yet what its rule asks.");
    }
}
