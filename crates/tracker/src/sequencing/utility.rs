//! UP.1 to UP.5: what the other processes share.

use percorso_package::{ConditionCombination, RuleAction, RuleConditionKind};

use super::objectives::PRIMARY;
use super::{Look, Sequencer};
use crate::activity_tree::ActivityIdx;
use crate::sequencing_definition::{Condition, Rule};
use crate::tracking::ObjectiveProgress;

impl Look<'_> {
    /// UP.1 Limit Conditions Check Process: the activity has used up its attempts.
    ///
    /// The 4th edition leaves durations and time ranges optional; the attempt's duration is given
    /// to content, which keeps to it by `cmi.time_limit_action`.
    pub(super) fn limit_conditions_check(self, idx: ActivityIdx) -> bool {
        let definition = self.definition(idx);
        let tracking = self.tracking(idx);
        // 1: nothing is counted of what is not tracked
        // 2: only a new attempt can exceed a limit
        if !definition.tracked || tracking.active || tracking.suspended {
            return false;
        }
        // 3
        definition
            .attempt_limit
            .is_some_and(|limit| tracking.attempts >= limit)
    }

    /// UP.2 Sequencing Rules Check Process: the action of the first rule that fires, among the
    /// actions asked about.
    pub(super) fn sequencing_rules_check(
        self,
        idx: ActivityIdx,
        rules: &[Rule],
        asked: impl Fn(RuleAction) -> bool,
    ) -> Option<RuleAction> {
        rules
            .iter()
            .filter(|rule| asked(rule.action))
            .find(|rule| self.sequencing_rule_check(idx, rule) == Some(true))
            .map(|rule| rule.action)
    }

    /// UP.2.1 Sequencing Rule Check Subprocess: unknown is neither true nor false.
    fn sequencing_rule_check(self, idx: ActivityIdx, rule: &Rule) -> Option<bool> {
        let values = rule.conditions.iter().map(|condition| {
            let value = self.condition(idx, *condition);
            if condition.negated {
                value.map(|value| !value)
            } else {
                value
            }
        });
        combine(rule.combination, values)
    }

    /// One condition's value for an activity (SN 3.4.2).
    pub(super) fn condition(self, idx: ActivityIdx, condition: Condition) -> Option<bool> {
        let objective = condition.objective;
        let measure = || self.measure(idx, objective?);
        match condition.kind {
            RuleConditionKind::Satisfied => self.satisfied(idx, objective?),
            RuleConditionKind::ObjectiveStatusKnown => {
                Some(self.satisfied(idx, objective?).is_some())
            }
            RuleConditionKind::ObjectiveMeasureKnown => Some(measure().is_some()),
            RuleConditionKind::ObjectiveMeasureGreaterThan => {
                Some(measure()? > condition.measure_threshold)
            }
            RuleConditionKind::ObjectiveMeasureLessThan => {
                Some(measure()? < condition.measure_threshold)
            }
            RuleConditionKind::Completed => self.completed(idx),
            RuleConditionKind::ActivityProgressKnown => Some(self.completed(idx).is_some()),
            RuleConditionKind::Attempted => Some(self.tracking(idx).attempts > 0),
            RuleConditionKind::AttemptLimitExceeded => {
                let limit = self.definition(idx).attempt_limit;
                Some(limit.is_some_and(|limit| self.tracking(idx).attempts >= limit))
            }
            RuleConditionKind::Always => Some(true),
            // Time is not limited here (see UP.1).
            RuleConditionKind::TimeLimitExceeded
            | RuleConditionKind::OutsideAvailableTimeRange
            | RuleConditionKind::Never => Some(false),
        }
    }

    /// A pre-condition rule with this action holds.
    pub(super) fn pre_condition(self, idx: ActivityIdx, action: RuleAction) -> bool {
        let rules = &self.definition(idx).pre_condition_rules;
        if rules.is_empty() {
            return false;
        }
        let check = || {
            self.sequencing_rules_check(idx, rules, |asked| asked == action)
                .is_some()
        };
        match self.remembered {
            Some(remembered) => remembered.pre_condition(idx, action, check),
            None => check(),
        }
    }

    /// UP.5 Check Activity Process: the activity is not available for delivery.
    pub(super) fn check_activity(self, idx: ActivityIdx) -> bool {
        // 1–2
        self.pre_condition(idx, RuleAction::Disabled)
            // 3–4
            || self.limit_conditions_check(idx)
    }
}

/// Combines conditions, where unknown stays unknown unless the others decide.
pub(super) fn combine(
    combination: ConditionCombination,
    values: impl Iterator<Item = Option<bool>>,
) -> Option<bool> {
    let decides = combination == ConditionCombination::Any;
    let mut result = None;
    let mut unknown = false;
    for value in values {
        match value {
            Some(value) if value == decides => return Some(decides),
            Some(_) => result = Some(!decides),
            None => unknown = true,
        }
    }
    result.filter(|_| !unknown)
}

impl Sequencer<'_> {
    /// UP.3 Terminate Descendent Attempts Process: ends what lies between the current activity and
    /// what it has in common with `idx`.
    pub(super) fn terminate_descendent_attempts(&mut self, idx: ActivityIdx) {
        let Some(current) = self.state.current else {
            return;
        };
        // 1–2: the path excludes both ends
        let common = self.tree.common_ancestor(current, idx);
        let path: Vec<ActivityIdx> = self
            .tree
            .path_up(current)
            .take_while(|at| *at != common)
            .skip(1)
            .collect();
        // 3
        for at in path {
            self.end_attempt(at);
        }
    }

    /// UP.4 End Attempt Process.
    pub(super) fn end_attempt(&mut self, idx: ActivityIdx) {
        if self.tree.activity(idx).is_leaf() {
            // 1
            self.complete_what_content_left_open(idx);
            self.state.of_mut(idx).active = false;
            self.settle_by_measure(idx);
        } else {
            // 2: a cluster is suspended while any of its children is
            let look = self.look();
            let suspended = look
                .available(idx)
                .iter()
                .any(|child| look.tracking(*child).suspended);
            let tracking = self.state.of_mut(idx);
            tracking.suspended = suspended;
            // 3
            tracking.active = false;
            if !suspended {
                self.prepare_for_new_attempt(idx);
                // Past its end there is nothing to resume in it (the DIFFERENCE at SB.2.1).
                self.state.suspended = self.state.suspended.filter(|at| *at != idx);
            }
        }
        // 4
        self.overall_rollup(idx);
    }

    /// UP.4, 1.1: what content says nothing about was done and passed.
    fn complete_what_content_left_open(&mut self, idx: ActivityIdx) {
        let definition = self.definition(idx);
        let look = self.look();
        let tracking = look.tracking(idx);
        if !definition.tracked || tracking.suspended {
            return;
        }
        let (said_completion, said_success) = (tracking.completion_said, tracking.success_said);
        let completed = look.completed(idx);
        let satisfied = look.satisfied(idx, PRIMARY);
        // 1.1.1.1
        if !definition.completion_set_by_content && completed.is_none() && !said_completion {
            let amount = tracking.progress_measure;
            self.set_progress(idx, Some(true), amount);
        }
        // 1.1.1.2
        let by_measure = definition.objectives[PRIMARY].satisfied_by_measure;
        if !definition.objective_set_by_content
            && satisfied.is_none()
            && !said_success
            && !by_measure
        {
            let facts = ObjectiveProgress {
                satisfied: Some(true),
                ..self.state.of(idx).objective(PRIMARY)
            };
            self.set_objective(idx, PRIMARY, facts);
        }
    }

    /// Satisfaction by measure that had to wait for the attempt's end (measureSatisfactionIfActive).
    pub(super) fn settle_by_measure(&mut self, idx: ActivityIdx) {
        let definition = self.definition(idx);
        if definition.measure_satisfaction_if_active {
            return;
        }
        for objective in 0..definition.objectives.len() {
            let facts = self.state.of(idx).objective(objective);
            if facts.measure.is_some() {
                self.set_objective(idx, objective, facts);
            }
        }
    }
}
