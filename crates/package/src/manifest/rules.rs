//! `imsss:sequencingRules` and `imsss:rollupRules`.

use std::collections::HashSet;

use roxmltree::Node;

use super::{Reader, value::Words};
use crate::{
    ChildActivitySet, Code, ConditionCombination, RollupAction, RollupCondition, RollupRule,
    RollupRules, RuleAction, RuleCondition, RuleConditionKind, SequencingRule,
    xml::{attribute, child, children, normalized},
};

const COMBINATIONS: &Words<ConditionCombination> = &[
    ("all", ConditionCombination::All),
    ("any", ConditionCombination::Any),
];

const OPERATORS: &Words<bool> = &[("not", true), ("noOp", false)];

const RULE_CONDITIONS: &Words<RuleConditionKind> = &[
    ("satisfied", RuleConditionKind::Satisfied),
    (
        "objectiveStatusKnown",
        RuleConditionKind::ObjectiveStatusKnown,
    ),
    (
        "objectiveMeasureKnown",
        RuleConditionKind::ObjectiveMeasureKnown,
    ),
    (
        "objectiveMeasureGreaterThan",
        RuleConditionKind::ObjectiveMeasureGreaterThan,
    ),
    (
        "objectiveMeasureLessThan",
        RuleConditionKind::ObjectiveMeasureLessThan,
    ),
    ("completed", RuleConditionKind::Completed),
    (
        "activityProgressKnown",
        RuleConditionKind::ActivityProgressKnown,
    ),
    ("attempted", RuleConditionKind::Attempted),
    (
        "attemptLimitExceeded",
        RuleConditionKind::AttemptLimitExceeded,
    ),
    ("timeLimitExceeded", RuleConditionKind::TimeLimitExceeded),
    (
        "outsideAvailableTimeRange",
        RuleConditionKind::OutsideAvailableTimeRange,
    ),
    ("always", RuleConditionKind::Always),
];

const ROLLUP_CONDITIONS: &Words<RuleConditionKind> = &[
    ("satisfied", RuleConditionKind::Satisfied),
    (
        "objectiveStatusKnown",
        RuleConditionKind::ObjectiveStatusKnown,
    ),
    (
        "objectiveMeasureKnown",
        RuleConditionKind::ObjectiveMeasureKnown,
    ),
    ("completed", RuleConditionKind::Completed),
    (
        "activityProgressKnown",
        RuleConditionKind::ActivityProgressKnown,
    ),
    ("attempted", RuleConditionKind::Attempted),
    (
        "attemptLimitExceeded",
        RuleConditionKind::AttemptLimitExceeded,
    ),
    ("timeLimitExceeded", RuleConditionKind::TimeLimitExceeded),
    (
        "outsideAvailableTimeRange",
        RuleConditionKind::OutsideAvailableTimeRange,
    ),
    ("never", RuleConditionKind::Never),
];

const PRE_CONDITION_ACTIONS: &Words<RuleAction> = &[
    ("skip", RuleAction::Skip),
    ("disabled", RuleAction::Disabled),
    ("hiddenFromChoice", RuleAction::HiddenFromChoice),
    ("stopForwardTraversal", RuleAction::StopForwardTraversal),
];

const POST_CONDITION_ACTIONS: &Words<RuleAction> = &[
    ("exitParent", RuleAction::ExitParent),
    ("exitAll", RuleAction::ExitAll),
    ("retry", RuleAction::Retry),
    ("retryAll", RuleAction::RetryAll),
    ("continue", RuleAction::Continue),
    ("previous", RuleAction::Previous),
];

const EXIT_ACTIONS: &Words<RuleAction> = &[("exit", RuleAction::Exit)];

const CHILD_SETS: &Words<ChildActivitySet> = &[
    ("all", ChildActivitySet::All),
    ("any", ChildActivitySet::Any),
    ("none", ChildActivitySet::None),
    ("atLeastCount", ChildActivitySet::AtLeastCount),
    ("atLeastPercent", ChildActivitySet::AtLeastPercent),
];

const ROLLUP_ACTIONS: &Words<RollupAction> = &[
    ("satisfied", RollupAction::Satisfied),
    ("notSatisfied", RollupAction::NotSatisfied),
    ("completed", RollupAction::Completed),
    ("incomplete", RollupAction::Incomplete),
];

fn actions_of(rule: &str) -> &'static Words<RuleAction> {
    match rule {
        "preConditionRule" => PRE_CONDITION_ACTIONS,
        "postConditionRule" => POST_CONDITION_ACTIONS,
        _ => EXIT_ACTIONS,
    }
}

impl<'a, 'i: 'a> Reader<'a, 'i> {
    /// The rules of one kind, without those that cannot have an effect; `objectives` are the identifiers
    /// that they may refer to.
    pub(super) fn sequencing_rules(
        &mut self,
        rules: Option<Node<'a, 'i>>,
        kind: &'static str,
        objectives: &HashSet<&str>,
    ) -> Vec<SequencingRule> {
        rules
            .into_iter()
            .flat_map(|rules| children(rules, kind))
            .filter_map(|rule| self.sequencing_rule(rule, actions_of(kind), objectives))
            .collect()
    }

    fn sequencing_rule(
        &mut self,
        rule: Node<'a, 'i>,
        actions: &Words<RuleAction>,
        objectives: &HashSet<&str>,
    ) -> Option<SequencingRule> {
        self.keep_part(rule, 0)?;
        let group = child(rule, "ruleConditions");
        let condition_combination = group
            .and_then(|group| self.word(group, "conditionCombination", COMBINATIONS))
            .unwrap_or(ConditionCombination::All);
        let conditions: Vec<RuleCondition> = group
            .into_iter()
            .flat_map(|group| children(group, "ruleCondition"))
            .filter_map(|condition| self.rule_condition(condition, objectives))
            .collect();
        let action =
            child(rule, "ruleAction").and_then(|action| self.word(action, "action", actions));
        self.complete(rule, &conditions, action.as_ref())?;
        Some(SequencingRule {
            condition_combination,
            conditions,
            action: action?,
        })
    }

    fn rule_condition(&mut self, node: Node, objectives: &HashSet<&str>) -> Option<RuleCondition> {
        let referenced = attribute(node, "referencedObjective")
            .map(normalized)
            .filter(|id| !id.is_empty());
        self.keep_part(node, referenced.as_ref().map_or(0, String::len))?;
        if let Some(id) = referenced
            .as_ref()
            .filter(|id| !objectives.contains(id.as_str()))
        {
            let message = format!("the activity has no objective `{id}`");
            self.report(Code::ObjectiveUnknown, node, message);
        }
        Some(RuleCondition {
            condition: self.word(node, "condition", RULE_CONDITIONS)?,
            referenced_objective: referenced,
            measure_threshold: self.number(node, "measureThreshold", (-1.0, 1.0)),
            negated: self.word(node, "operator", OPERATORS).unwrap_or(false),
        })
    }

    pub(super) fn rollup_rules(&mut self, node: Node<'a, 'i>) -> RollupRules {
        RollupRules {
            rollup_objective_satisfied: self.boolean(node, "rollupObjectiveSatisfied"),
            rollup_progress_completion: self.boolean(node, "rollupProgressCompletion"),
            objective_measure_weight: self.number(node, "objectiveMeasureWeight", (0.0, 1.0)),
            rules: children(node, "rollupRule")
                .filter_map(|rule| self.rollup_rule(rule))
                .collect(),
        }
    }

    fn rollup_rule(&mut self, rule: Node<'a, 'i>) -> Option<RollupRule> {
        self.keep_part(rule, 0)?;
        let group = child(rule, "rollupConditions");
        let condition_combination = group
            .and_then(|group| self.word(group, "conditionCombination", COMBINATIONS))
            .unwrap_or(ConditionCombination::Any);
        let conditions: Vec<RollupCondition> = group
            .into_iter()
            .flat_map(|group| children(group, "rollupCondition"))
            .filter_map(|condition| {
                self.keep_part(condition, 0)?;
                Some(RollupCondition {
                    condition: self.word(condition, "condition", ROLLUP_CONDITIONS)?,
                    negated: self.word(condition, "operator", OPERATORS).unwrap_or(false),
                })
            })
            .collect();
        let action = child(rule, "rollupAction")
            .and_then(|action| self.word(action, "action", ROLLUP_ACTIONS));
        self.complete(rule, &conditions, action.as_ref())?;
        Some(RollupRule {
            child_activity_set: self
                .word(rule, "childActivitySet", CHILD_SETS)
                .unwrap_or(ChildActivitySet::All),
            minimum_count: self
                .number(rule, "minimumCount", (0, u32::MAX))
                .unwrap_or(0),
            minimum_percent: self
                .number(rule, "minimumPercent", (0.0, 1.0))
                .unwrap_or(0.0),
            condition_combination,
            conditions,
            action: action?,
        })
    }

    /// Reports a rule that lacks conditions or an action.
    fn complete<C, A>(&mut self, rule: Node, conditions: &[C], action: Option<&A>) -> Option<()> {
        let lacks = match (conditions.is_empty(), action.is_none()) {
            (false, false) => return Some(()),
            (true, false) => "no condition",
            (false, true) => "no action",
            (true, true) => "neither condition nor action",
        };
        let name = rule.tag_name().name();
        self.report(
            Code::RuleIncomplete,
            rule,
            format!("the {name} has {lacks} that counts"),
        );
        None
    }
}
