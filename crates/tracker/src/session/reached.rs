//! Draws the [`Progress`]: what was reached. Why it is not everything is found in `why.rs`.

use serde::{Deserialize, Serialize};

use super::guide;
use super::outline::Activity;
use super::state::Record;
use super::{ActivityProgress, Completion, Progress, Score, Session, Success};
use crate::runtime::Phase;

/// What was reached in one activity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Reached {
    pub(super) completion: Completion,
    pub(super) success: Success,
    pub(super) satisfied: Option<bool>,
    pub(super) score: Score,
    pub(super) progress_measure: Option<f64>,
    pub(super) attempts: u32,
    pub(super) suspended: bool,
}

impl Reached {
    /// A leaf's, by what its content reported last.
    pub(super) fn of_record(record: Option<&Record>) -> Self {
        let Some(record) = record.filter(|record| record.launches > 0) else {
            return Self {
                completion: Completion::NotAttempted,
                ..Self::default()
            };
        };
        let begun = match record.completion {
            Completion::NotAttempted | Completion::Unknown => Completion::Incomplete,
            known => known,
        };
        Self {
            completion: begun,
            success: record.success,
            satisfied: record.success.is_satisfied(),
            score: record.score,
            progress_measure: record.progress_measure,
            attempts: record.attempts,
            suspended: record.resumes,
        }
    }

    /// A cluster's, by default rules: completed when all is, failed when anything is, passed when
    /// something is and nothing is missing. The scaled score is the mean of those there are.
    pub(super) fn of_children(children: &[Self]) -> Self {
        if let [only] = children {
            return *only;
        }
        let all = |completion| children.iter().all(|child| child.completion == completion);
        let completion = if children.is_empty() || all(Completion::NotAttempted) {
            Completion::NotAttempted
        } else if all(Completion::Completed) {
            Completion::Completed
        } else {
            Completion::Incomplete
        };
        let any = |success| children.iter().any(|child| child.success == success);
        let success = if any(Success::Failed) {
            Success::Failed
        } else if any(Success::Passed) && completion == Completion::Completed {
            Success::Passed
        } else {
            Success::Unknown
        };
        let scaled: Vec<f64> = children
            .iter()
            .filter_map(|child| child.score.scaled)
            .collect();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a course has fewer than 2^52 activities"
        )]
        let mean = (!scaled.is_empty()).then(|| scaled.iter().sum::<f64>() / scaled.len() as f64);
        Self {
            completion,
            success,
            satisfied: success.is_satisfied(),
            score: Score {
                scaled: mean,
                ..Score::default()
            },
            progress_measure: None,
            attempts: u32::from(children.iter().any(|child| child.attempts > 0)),
            suspended: children.iter().any(|child| child.suspended),
        }
    }
}

impl Session {
    /// What the learner has reached, for the API and the pages.
    pub fn progress(&self) -> Progress {
        Progress {
            root: self.activity_progress(0),
            why_incomplete: self.why_incomplete(),
        }
    }

    /// The same, with these activities counted as completed and passed whatever content says of them,
    /// and what follows from it for the clusters above.
    pub fn progress_waiving(&self, waived: &[String]) -> Progress {
        if waived.is_empty() {
            return self.progress();
        }
        let mut copy = self.clone();
        let state = &mut copy.state;
        let lasting = state.set_aside.as_deref_mut();
        let lasting = lasting.unwrap_or(&mut state.tracked);
        for activity in waived {
            guide::waive(&copy.course, lasting, activity);
        }
        copy.progress()
    }

    /// What is shown of an activity in the contents.
    pub(super) fn reached(&self, index: usize) -> Reached {
        guide::reached(&self.course, &self.state.tracked, index)
    }

    /// Before a new attempt on the course begins: what the last one came to is kept, when it was
    /// completed and not failed.
    pub(super) fn remember_what_was_achieved(&mut self) {
        if !is_achieved(&self.reached(0)) {
            return;
        }
        let activities = 0..self.course.outline.activities.len();
        self.state.tracked.achieved = activities.map(|index| self.reached(index)).collect();
    }

    /// What was reached for good: in this attempt, or in an earlier one as long as this one is not
    /// completed.
    pub(super) fn lasting_reached(&self, index: usize) -> Reached {
        let lasting = self.lasting();
        let now = guide::reached(&self.course, lasting, index);
        match lasting.achieved.get(index) {
            Some(earlier) if !is_achieved(&guide::reached(&self.course, lasting, 0)) => Reached {
                attempts: now.attempts,
                suspended: now.suspended,
                ..*earlier
            },
            _ => now,
        }
    }

    fn activity_progress(&self, index: usize) -> ActivityProgress {
        let activity = &self.course.outline.activities[index];
        let children: Vec<ActivityProgress> = activity
            .children
            .iter()
            .map(|child| self.activity_progress(*child))
            .collect();
        let reached = self.lasting_reached(index);
        let total_time_ms = match children.as_slice() {
            [] => self.total_time_ms(activity),
            below => below.iter().map(|child| child.total_time_ms).sum(),
        };
        let score = match children.as_slice() {
            // What the only content says is what the course says, raw score included.
            [only] => merged(reached.score, only.score),
            _ => reached.score,
        };
        ActivityProgress {
            id: activity.id.clone(),
            title: activity.title.clone(),
            kind: activity.kind(),
            completion: reached.completion,
            success: reached.success,
            satisfied: reached.satisfied,
            score,
            progress_measure: reached.progress_measure,
            total_time_ms,
            attempts: reached.attempts,
            suspended: reached.suspended,
            waived: false,
            children,
        }
    }

    /// The totals of ended sessions, and what running content claims so far.
    fn total_time_ms(&self, activity: &Activity) -> u64 {
        let total = self
            .lasting()
            .records
            .get(&activity.id)
            .map_or(0, |record| record.total_time_ms);
        let running = self.state.communication.phase == Phase::Running
            && self.state.set_aside.is_none()
            && self
                .state
                .delivered
                .as_ref()
                .is_some_and(|here| here.activity == activity.id);
        total
            + if running {
                self.report().session_time_ms
            } else {
                0
            }
    }
}

pub(super) fn is_achieved(root: &Reached) -> bool {
    root.completion == Completion::Completed && root.success != Success::Failed
}

fn merged(own: Score, below: Score) -> Score {
    Score {
        scaled: own.scaled.or(below.scaled),
        raw: own.raw.or(below.raw),
        min: own.min.or(below.min),
        max: own.max.or(below.max),
    }
}
