//! Between run-time data and tracking (RTE 4.2.2.1, 4.2.17, SN 4.2): what content reports, and
//! what it finds.

use super::objectives::PRIMARY;
use super::{Look, Sequencer};
use crate::activity_tree::ActivityIdx;
use crate::runtime::{ContentReport, ObjectiveReport};
use crate::session::{Completion, Score, Success};
use crate::tracking::ObjectiveProgress;

/// An objective as content finds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KnownObjective {
    pub(crate) id: String,
    pub(crate) known: KnownProgress,
}

/// What is known of an objective or of an activity.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct KnownProgress {
    pub(crate) satisfied: Option<bool>,
    pub(crate) completed: Option<bool>,
    pub(crate) score: Score,
    pub(crate) progress_measure: Option<f64>,
}

impl Sequencer<'_> {
    /// Takes what content says into the activity's tracking, then rolls up.
    pub(crate) fn transfer(&mut self, idx: ActivityIdx, report: &ContentReport) {
        let definition = self.definition(idx);
        if !self.tree.activity(idx).is_leaf() || !definition.tracked {
            return;
        }
        let primary_id = definition.objectives[PRIMARY].id.as_deref();
        let named = report
            .objectives
            .iter()
            .find(|said| Some(said.id.as_str()) == primary_id);
        let tracking = self.state.of_mut(idx);
        tracking.suspended = report.exit == "suspend";
        tracking.completion_said = report.said_completion
            || named.is_some_and(|said| said.completion != Completion::Unknown);
        tracking.success_said =
            report.said_success || named.is_some_and(|said| said.success != Success::Unknown);
        let facts = primary_facts(report, named);
        self.set_objective(idx, PRIMARY, facts);
        let amount = report.progress_measure.or_else(|| named?.progress_measure);
        let completed = if self.look().is_completed_by_measure(idx) {
            amount.map(|amount| amount >= definition.min_progress_measure)
        } else {
            report
                .completion
                .is_completed()
                .or_else(|| named?.completion.is_completed())
        };
        self.set_progress(idx, completed, amount);
        for (position, described) in definition.objectives.iter().enumerate().skip(1) {
            let said = report
                .objectives
                .iter()
                .find(|said| Some(said.id.as_str()) == described.id.as_deref());
            if let Some(said) = said {
                self.set_objective(idx, position, facts_of(said));
            }
        }
        self.overall_rollup(idx);
    }
}

impl Sequencer<'_> {
    /// Counts a leaf as completed and satisfied, whatever content says of it, then rolls up. Not in
    /// the book: an administrator's word in the learner's favour.
    pub(crate) fn waive(&mut self, idx: ActivityIdx) {
        if !self.tree.activity(idx).is_leaf() || !self.definition(idx).tracked {
            return;
        }
        self.satisfy(idx, PRIMARY);
        let amount = self.state.of(idx).progress_measure;
        self.set_progress(idx, Some(true), amount);
        self.overall_rollup(idx);
    }
}

fn primary_facts(report: &ContentReport, named: Option<&ObjectiveReport>) -> ObjectiveProgress {
    let named = named.map(facts_of).unwrap_or_default();
    ObjectiveProgress {
        satisfied: report.success.is_satisfied().or(named.satisfied),
        measure: report.score.scaled.or(named.measure),
        raw: report.score.raw.or(named.raw),
        min: report.score.min.or(named.min),
        max: report.score.max.or(named.max),
        completed: None,
        progress_measure: None,
    }
}

fn facts_of(said: &ObjectiveReport) -> ObjectiveProgress {
    ObjectiveProgress {
        satisfied: said.success.is_satisfied(),
        measure: said.score.scaled,
        raw: said.score.raw,
        min: said.score.min,
        max: said.score.max,
        completed: said.completion.is_completed(),
        progress_measure: said.progress_measure,
    }
}

impl Look<'_> {
    /// The objectives with an id, as `cmi.objectives` begins (RTE 4.2.17).
    pub(crate) fn objectives_for_content(self, idx: ActivityIdx) -> Vec<KnownObjective> {
        let described = self.definition(idx).objectives.iter().enumerate();
        described
            .filter_map(|(position, described)| {
                Some(KnownObjective {
                    id: described.id.clone()?,
                    known: self.known(idx, position),
                })
            })
            .collect()
    }

    /// What tracking knows of an activity.
    pub(crate) fn known_of_activity(self, idx: ActivityIdx) -> KnownProgress {
        self.known(idx, PRIMARY)
    }

    fn known(self, idx: ActivityIdx, objective: usize) -> KnownProgress {
        let local = self.tracking(idx).objective(objective);
        let score = Score {
            scaled: self.measure(idx, objective),
            raw: self
                .read(idx, objective, |map| map.raw, |facts| facts.raw)
                .or(local.raw),
            min: self
                .read(idx, objective, |map| map.min, |facts| facts.min)
                .or(local.min),
            max: self
                .read(idx, objective, |map| map.max, |facts| facts.max)
                .or(local.max),
        };
        let (completed, progress_measure) = if objective == PRIMARY {
            (self.completed(idx), self.progress_measure(idx))
        } else {
            (
                self.read(
                    idx,
                    objective,
                    |map| map.completion,
                    |facts| facts.completed,
                )
                .or(local.completed),
                self.read(
                    idx,
                    objective,
                    |map| map.progress_measure,
                    |facts| facts.progress_measure,
                )
                .or(local.progress_measure),
            )
        };
        KnownProgress {
            satisfied: self.satisfied(idx, objective),
            completed,
            score,
            progress_measure,
        }
    }

    /// Attempts begun on an activity.
    pub(crate) fn attempts(self, idx: ActivityIdx) -> u32 {
        self.tracking(idx).attempts
    }

    /// Whether an activity's attempt waits to be resumed.
    pub(crate) fn is_suspended(self, idx: ActivityIdx) -> bool {
        self.tracking(idx).suspended
    }
}
