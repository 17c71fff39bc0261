//! RB.1.1 to RB.1.5: what a cluster's status becomes by its children's.

use std::collections::BTreeSet;

use percorso_package::{
    ChildActivitySet, ConditionCombination, Edition, RequiredFor, RollupAction, RollupCondition,
    RuleAction, RuleConditionKind,
};

use super::objectives::PRIMARY;
use super::utility::combine;
use super::{Look, Sequencer};
use crate::activity_tree::ActivityIdx;
use crate::sequencing_definition::{Condition, RollupRule};
use crate::tracking::ObjectiveProgress;

impl Sequencer<'_> {
    /// RB.1.5 from every leaf: the tree itself is another one than the tracking was written for.
    pub(crate) fn roll_up_everything(&mut self) {
        for idx in self.tree.indices() {
            if self.tree.activity(idx).is_leaf() {
                self.overall_rollup(idx);
            }
        }
    }

    /// RB.1.5 Overall Rollup Process: from an activity up to the root, and from every activity that
    /// shares a global objective with what was changed on the way (SN 4.6).
    pub(super) fn overall_rollup(&mut self, idx: ActivityIdx) {
        let tree = self.tree;
        let mut clusters: BTreeSet<(std::cmp::Reverse<u32>, ActivityIdx)> = BTreeSet::new();
        let deep = |at: ActivityIdx| (std::cmp::Reverse(tree.activity(at).depth), at);
        for at in tree.path_up(idx) {
            clusters.insert(deep(at));
            for objective in &tree.definition(at).objectives {
                for map in &objective.maps {
                    for reader in tree.mapped_to(map.target.as_str()) {
                        clusters.extend(tree.path_up(*reader).skip(1).map(deep));
                    }
                }
            }
        }
        for (_, cluster) in clusters {
            if !tree.activity(cluster).is_leaf() && tree.definition(cluster).tracked {
                self.measure_rollup(cluster);
                self.completion_measure_rollup(cluster);
                self.objective_rollup(cluster);
                self.activity_progress_rollup(cluster);
            }
        }
    }

    /// RB.1.1 Measure Rollup Process, a: the weighted mean of the children's measures.
    fn measure_rollup(&mut self, idx: ActivityIdx) {
        let look = self.look();
        let children = look.available(idx).iter().map(|child| {
            let definition = look.definition(*child);
            let weight = definition.objective_measure_weight;
            (definition.tracked, weight, look.measure(*child, PRIMARY))
        });
        let facts = ObjectiveProgress {
            measure: weighted_mean(children),
            ..self.state.of(idx).objective(PRIMARY)
        };
        self.set_objective(idx, PRIMARY, facts);
    }

    /// RB.1.1 Measure Rollup Process, b: the weighted mean of the children's completion amounts.
    fn completion_measure_rollup(&mut self, idx: ActivityIdx) {
        // Progress measures roll up since the 4th edition.
        match self.tree.edition {
            Edition::Second | Edition::Third => return,
            Edition::Fourth => {}
        }
        let look = self.look();
        let children = look.available(idx).iter().map(|child| {
            let definition = look.definition(*child);
            (
                definition.tracked,
                definition.progress_weight,
                look.progress_measure(*child),
            )
        });
        let amount = weighted_mean(children);
        let completed = self.state.of(idx).completed;
        self.set_progress(idx, completed, amount);
    }

    /// RB.1.2 Objective Rollup Process: by measure (a) or by rules (b), the default ones included.
    fn objective_rollup(&mut self, idx: ActivityIdx) {
        let definition = self.definition(idx);
        // a: `set_objective` has compared the measure already
        if definition.objectives[PRIMARY].satisfied_by_measure {
            return;
        }
        // b
        let look = self.look();
        let satisfied = look.rolled_up(idx, RollupAction::Satisfied, RollupAction::NotSatisfied);
        if let Some(satisfied) = satisfied {
            let facts = ObjectiveProgress {
                satisfied: Some(satisfied),
                ..self.state.of(idx).objective(PRIMARY)
            };
            self.set_objective(idx, PRIMARY, facts);
        }
    }

    /// RB.1.3 Activity Progress Rollup Process: by measure (a) or by rules (b).
    fn activity_progress_rollup(&mut self, idx: ActivityIdx) {
        let definition = self.definition(idx);
        let amount = self.state.of(idx).progress_measure;
        // a
        if self.look().is_completed_by_measure(idx) {
            let completed = amount.map(|amount| amount >= definition.min_progress_measure);
            self.set_progress(idx, completed, amount);
            return;
        }
        // b
        let look = self.look();
        let completed = look.rolled_up(idx, RollupAction::Completed, RollupAction::Incomplete);
        if completed.is_some() {
            self.set_progress(idx, completed, amount);
        }
    }
}

fn weighted_mean(children: impl Iterator<Item = (bool, f64, Option<f64>)>) -> Option<f64> {
    let (mut total, mut counted, mut known) = (0.0, 0.0, false);
    for (_, weight, value) in children.filter(|(tracked, ..)| *tracked) {
        counted += weight;
        if let Some(value) = value {
            total += value * weight;
            known = true;
        }
    }
    (known && counted > 0.0).then(|| total / counted)
}

impl Look<'_> {
    /// RB.1.2.b and RB.1.3.b: the negative rules first, so that the positive ones prevail.
    fn rolled_up(self, idx: ActivityIdx, yes: RollupAction, no: RollupAction) -> Option<bool> {
        let rules = &self.rollup_rules(idx, yes, no);
        if self.rollup_rule_check(idx, rules, yes) {
            Some(true)
        } else if self.rollup_rule_check(idx, rules, no) {
            Some(false)
        } else {
            None
        }
    }

    /// RB.1.4 Rollup Rule Check Subprocess: some rule with this action fires.
    fn rollup_rule_check(
        self,
        idx: ActivityIdx,
        rules: &[RollupRule],
        action: RollupAction,
    ) -> bool {
        rules
            .iter()
            .filter(|rule| rule.action == action)
            .any(|rule| self.rollup_rule_fires(idx, rule))
    }

    fn rollup_rule_fires(self, idx: ActivityIdx, rule: &RollupRule) -> bool {
        let (mut yes, mut no, mut unknown) = (0_u32, 0_u32, 0_u32);
        for child in self.available(idx) {
            // 3.2.1–3.2.2
            if !self.definition(*child).tracked || !self.check_child(*child, rule.action) {
                continue;
            }
            match self.evaluate_rollup_conditions(*child, rule) {
                Some(true) => yes += 1,
                Some(false) => no += 1,
                None => unknown += 1,
            }
        }
        let all = yes + no + unknown;
        match rule.set {
            ChildActivitySet::All => yes == all,
            ChildActivitySet::Any => yes > 0,
            ChildActivitySet::None => no == all,
            ChildActivitySet::AtLeastCount => all > 0 && yes >= rule.minimum_count,
            ChildActivitySet::AtLeastPercent => {
                all > 0 && f64::from(yes) >= rule.minimum_percent * f64::from(all) - 1e-9
            }
        }
    }

    /// RB.1.4.1 Evaluate Rollup Conditions Subprocess.
    pub(super) fn evaluate_rollup_conditions(
        self,
        child: ActivityIdx,
        rule: &RollupRule,
    ) -> Option<bool> {
        let values = rule.conditions.iter().map(|condition| {
            let value = self.condition(
                child,
                Condition {
                    kind: condition.condition,
                    negated: condition.negated,
                    objective: Some(PRIMARY),
                    measure_threshold: 0.0,
                },
            );
            if condition.negated {
                value.map(|value| !value)
            } else {
                value
            }
        });
        combine(rule.combination, values)
    }

    /// RB.1.4.2 Check Child for Rollup Subprocess.
    pub(super) fn check_child(self, child: ActivityIdx, action: RollupAction) -> bool {
        let definition = self.definition(child);
        // 2–3
        let (contributes, required) = match action {
            RollupAction::Satisfied => (
                definition.rollup_objective_satisfied,
                definition.required_for_satisfied,
            ),
            RollupAction::NotSatisfied => (
                definition.rollup_objective_satisfied,
                definition.required_for_not_satisfied,
            ),
            RollupAction::Completed => (
                definition.rollup_progress_completion,
                definition.required_for_completed,
            ),
            RollupAction::Incomplete => (
                definition.rollup_progress_completion,
                definition.required_for_incomplete,
            ),
        };
        let tracking = self.tracking(child);
        contributes
            && match required {
                RequiredFor::Always => true,
                // DIFFERENCE: the text leaves out what was never attempted as well, which "if attempted"
                // is for; ADL's sample run-time counts it.
                RequiredFor::IfNotSuspended => tracking.attempts == 0 || !tracking.suspended,
                RequiredFor::IfAttempted => tracking.attempts > 0,
                RequiredFor::IfNotSkipped => !self.pre_condition(child, RuleAction::Skip),
            }
    }
}

/// SN 4.6: the rules of a cluster that defines none.
pub(super) fn default_rule(action: RollupAction, edition: Edition) -> RollupRule {
    let is = |condition| RollupCondition {
        condition,
        negated: false,
    };
    let is_not = |condition| RollupCondition {
        condition,
        negated: true,
    };
    let attempted = RuleConditionKind::Attempted;
    let conditions = match (action, edition) {
        (RollupAction::Satisfied, _) => vec![is(RuleConditionKind::Satisfied)],
        (RollupAction::Completed, _) => vec![is(RuleConditionKind::Completed)],
        // "If all (attempted or not satisfied), Then not satisfied", and the same for incomplete:
        // ADL, SCORM 2004 3rd Edition Sequencing Essentials Content Example 1.1, "Default Rules".
        (RollupAction::NotSatisfied, Edition::Third) => {
            vec![is(attempted), is_not(RuleConditionKind::Satisfied)]
        }
        (RollupAction::Incomplete, Edition::Third) => {
            vec![is(attempted), is_not(RuleConditionKind::Completed)]
        }
        (RollupAction::NotSatisfied, Edition::Second | Edition::Fourth) => {
            vec![is(RuleConditionKind::ObjectiveStatusKnown)]
        }
        (RollupAction::Incomplete, Edition::Second | Edition::Fourth) => {
            vec![is(RuleConditionKind::ActivityProgressKnown)]
        }
    };
    RollupRule {
        set: ChildActivitySet::All,
        minimum_count: 0,
        minimum_percent: 0.0,
        combination: ConditionCombination::Any,
        conditions,
        action,
    }
}
