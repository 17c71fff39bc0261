//! What keeps RB.1.2 and RB.1.3 from satisfying or completing an activity: the rule that decides, and
//! the children it still waits for. Looks with the same subprocesses that roll up.

use std::borrow::Cow;

use percorso_package::{ChildActivitySet, RollupAction, RuleConditionKind};

use super::Look;
use super::objectives::PRIMARY;
use super::rollup::default_rule;
use crate::activity_tree::ActivityIdx;
use crate::sequencing_definition::RollupRule;
use crate::session::{Asked, Lack, UnmetRule};

impl<'a> Look<'a> {
    /// The rules that decide between two actions: the cluster's own, else the default ones.
    pub(super) fn rollup_rules(
        self,
        idx: ActivityIdx,
        yes: RollupAction,
        no: RollupAction,
    ) -> Cow<'a, [RollupRule]> {
        let rules = &self.definition(idx).rollup_rules;
        let decides = |rule: &RollupRule| rule.action == yes || rule.action == no;
        if rules.iter().any(decides) {
            return Cow::Borrowed(rules);
        }
        let edition = self.tree.edition;
        Cow::Owned(vec![default_rule(no, edition), default_rule(yes, edition)])
    }

    /// What an activity lacks of being completed or satisfied.
    pub(crate) fn lack(self, idx: ActivityIdx, asked: Asked) -> Lack {
        if self.is_leaf(idx) {
            return Lack::Word;
        }
        let (by_measure, yes, no) = match asked {
            Asked::Completed => (
                self.is_completed_by_measure(idx),
                RollupAction::Completed,
                RollupAction::Incomplete,
            ),
            Asked::Satisfied => (
                self.definition(idx).objectives[PRIMARY].satisfied_by_measure,
                RollupAction::Satisfied,
                RollupAction::NotSatisfied,
            ),
        };
        if by_measure {
            return Lack::Measure;
        }
        let rules = self.rollup_rules(idx, yes, no);
        let standing = |rule: &&RollupRule| self.unmet(idx, rule).missing();
        let positive = rules.iter().filter(|rule| rule.action == yes);
        // Any of them would do: the one that is nearest.
        let Some(rule) = positive.min_by_key(standing) else {
            let against = rules.iter().find(|rule| rule.action == no);
            return against.map_or(Lack::NoRule, |rule| Lack::Rule(self.unmet(idx, rule)));
        };
        let unmet = self.unmet(idx, rule);
        match each_child_is_asked(rule) {
            Some(asked) if unmet.counted > 0 => Lack::Children {
                children: self
                    .counted(idx, rule)
                    .filter(|child| self.evaluate_rollup_conditions(*child, rule) != Some(true))
                    .map(ActivityIdx::usize)
                    .collect(),
                asked,
                rule: Some(unmet),
            },
            _ => Lack::Rule(unmet),
        }
    }

    fn counted(self, idx: ActivityIdx, rule: &RollupRule) -> impl Iterator<Item = ActivityIdx> {
        self.available(idx).iter().copied().filter(move |child| {
            self.definition(*child).tracked && self.check_child(*child, rule.action)
        })
    }

    fn unmet(self, idx: ActivityIdx, rule: &RollupRule) -> UnmetRule {
        let (mut counted, mut met) = (0, 0);
        for child in self.counted(idx, rule) {
            counted += 1;
            let holds = self.evaluate_rollup_conditions(child, rule);
            met += u32::from(match rule.set {
                ChildActivitySet::None => holds != Some(false),
                _ => holds == Some(true),
            });
        }
        UnmetRule {
            set: rule.set,
            minimum_count: rule.minimum_count,
            minimum_percent: rule.minimum_percent,
            combination: rule.combination,
            conditions: rule.conditions.clone(),
            action: rule.action,
            counted,
            met,
        }
    }
}

/// The rule asks one thing of every child, which the child can be asked in turn.
fn each_child_is_asked(rule: &RollupRule) -> Option<Asked> {
    let [condition] = rule.conditions.as_slice() else {
        return None;
    };
    match (rule.set, condition.negated, condition.condition) {
        (ChildActivitySet::All, false, RuleConditionKind::Completed) => Some(Asked::Completed),
        (ChildActivitySet::All, false, RuleConditionKind::Satisfied) => Some(Asked::Satisfied),
        _ => None,
    }
}
