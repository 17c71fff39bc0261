//! The sequencing definition of an activity (SN 3), every default of the standard filled in.

mod objectives;

pub(crate) use objectives::{MapAccess, ObjectiveDefinition, ObjectiveMap};
use percorso_package::{
    ChildActivitySet, CompletionThreshold, ConditionCombination, RequiredFor, RollupAction,
    RollupCondition, RuleAction, RuleConditionKind, SelectionTiming, Sequencing, SequencingRule,
};

/// How one activity is sequenced.
#[derive(Debug, Clone)]
pub(crate) struct SequencingDefinition {
    /// SN 3.2: control modes.
    pub(crate) choice: bool,
    pub(crate) choice_exit: bool,
    pub(crate) flow: bool,
    pub(crate) forward_only: bool,
    pub(crate) use_current_attempt_objective_info: bool,
    pub(crate) use_current_attempt_progress_info: bool,
    /// SN 3.3: constrain choice controls.
    pub(crate) constrain_choice: bool,
    pub(crate) prevent_activation: bool,
    /// SN 3.4: sequencing rules.
    pub(crate) pre_condition_rules: Vec<Rule>,
    pub(crate) exit_condition_rules: Vec<Rule>,
    pub(crate) post_condition_rules: Vec<Rule>,
    /// SN 3.5: limit conditions; durations are for content to keep to.
    pub(crate) attempt_limit: Option<u32>,
    /// SN 3.7: rollup rules.
    pub(crate) rollup_rules: Vec<RollupRule>,
    /// SN 3.8: rollup controls.
    pub(crate) rollup_objective_satisfied: bool,
    pub(crate) rollup_progress_completion: bool,
    pub(crate) objective_measure_weight: f64,
    /// SN 3.9: rollup consideration controls.
    pub(crate) required_for_satisfied: RequiredFor,
    pub(crate) required_for_not_satisfied: RequiredFor,
    pub(crate) required_for_completed: RequiredFor,
    pub(crate) required_for_incomplete: RequiredFor,
    pub(crate) measure_satisfaction_if_active: bool,
    /// SN 3.10: objectives, the primary at index 0.
    pub(crate) objectives: Vec<ObjectiveDefinition>,
    /// SN 3.11: selection and randomization controls (the latter SN 3.12).
    pub(crate) selection_timing: SelectionTiming,
    pub(crate) select_count: Option<usize>,
    pub(crate) randomization_timing: SelectionTiming,
    pub(crate) reorder_children: bool,
    /// SN 3.13: delivery controls.
    pub(crate) tracked: bool,
    pub(crate) completion_set_by_content: bool,
    pub(crate) objective_set_by_content: bool,
    /// SN 3.14: completion threshold.
    pub(crate) completed_by_measure: bool,
    pub(crate) min_progress_measure: f64,
    pub(crate) progress_weight: f64,
}

/// A pre-, exit or post-condition rule with its objective references resolved.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) combination: ConditionCombination,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) action: RuleAction,
}

/// A condition of a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Condition {
    pub(crate) kind: RuleConditionKind,
    pub(crate) negated: bool,
    /// Index of the objective; `None` when the reference leads nowhere.
    pub(crate) objective: Option<usize>,
    pub(crate) measure_threshold: f64,
}

/// A rollup rule.
#[derive(Debug, Clone)]
pub(crate) struct RollupRule {
    pub(crate) set: ChildActivitySet,
    pub(crate) minimum_count: u32,
    pub(crate) minimum_percent: f64,
    pub(crate) combination: ConditionCombination,
    pub(crate) conditions: Vec<RollupCondition>,
    pub(crate) action: RollupAction,
}

impl SequencingDefinition {
    /// Resolves what the manifest says.
    pub(crate) fn new(
        sequencing: Option<&Sequencing>,
        threshold: Option<CompletionThreshold>,
    ) -> Self {
        let unsaid = Sequencing::default();
        let said = sequencing.unwrap_or(&unsaid);
        let modes = said.control_mode.unwrap_or_default();
        let delivery = said.delivery_controls.unwrap_or_default();
        let considerations = said.rollup_considerations.unwrap_or_default();
        let random = said.randomization_controls.clone().unwrap_or_default();
        let rollup = said.rollup_rules.clone().unwrap_or_default();
        let objectives = ObjectiveDefinition::all(&said.objectives);
        let rules = |rules: &[SequencingRule]| -> Vec<Rule> {
            rules
                .iter()
                .map(|rule| Rule::new(rule, &objectives))
                .collect()
        };
        Self {
            choice: modes.choice.unwrap_or(true),
            choice_exit: modes.choice_exit.unwrap_or(true),
            flow: modes.flow.unwrap_or(false),
            forward_only: modes.forward_only.unwrap_or(false),
            use_current_attempt_objective_info: modes
                .use_current_attempt_objective_info
                .unwrap_or(true),
            use_current_attempt_progress_info: modes
                .use_current_attempt_progress_info
                .unwrap_or(true),
            constrain_choice: said.constrain_choice.unwrap_or(false),
            prevent_activation: said.prevent_activation.unwrap_or(false),
            pre_condition_rules: rules(&said.pre_condition_rules),
            exit_condition_rules: rules(&said.exit_condition_rules),
            post_condition_rules: rules(&said.post_condition_rules),
            attempt_limit: said
                .limit_conditions
                .as_ref()
                .and_then(|limits| limits.attempt_limit),
            rollup_objective_satisfied: rollup.rollup_objective_satisfied.unwrap_or(true),
            rollup_progress_completion: rollup.rollup_progress_completion.unwrap_or(true),
            objective_measure_weight: rollup.objective_measure_weight.unwrap_or(1.0),
            rollup_rules: rollup.rules.into_iter().map(RollupRule::from).collect(),
            required_for_satisfied: always(considerations.required_for_satisfied),
            required_for_not_satisfied: always(considerations.required_for_not_satisfied),
            required_for_completed: always(considerations.required_for_completed),
            required_for_incomplete: always(considerations.required_for_incomplete),
            measure_satisfaction_if_active: considerations
                .measure_satisfaction_if_active
                .unwrap_or(true),
            objectives,
            selection_timing: random.selection_timing.unwrap_or(SelectionTiming::Never),
            select_count: random.select_count.map(|count| count as usize),
            randomization_timing: random
                .randomization_timing
                .unwrap_or(SelectionTiming::Never),
            reorder_children: random.reorder_children.unwrap_or(false),
            tracked: delivery.tracked.unwrap_or(true),
            completion_set_by_content: delivery.completion_set_by_content.unwrap_or(false),
            objective_set_by_content: delivery.objective_set_by_content.unwrap_or(false),
            completed_by_measure: threshold.is_some_and(|said| said.completed_by_measure),
            min_progress_measure: threshold
                .and_then(|said| said.min_progress_measure)
                .unwrap_or(1.0),
            progress_weight: threshold
                .and_then(|said| said.progress_weight)
                .unwrap_or(1.0),
        }
    }
}

fn always(required: Option<RequiredFor>) -> RequiredFor {
    required.unwrap_or(RequiredFor::Always)
}

impl Rule {
    fn new(rule: &SequencingRule, objectives: &[ObjectiveDefinition]) -> Self {
        let conditions = rule.conditions.iter().map(|condition| Condition {
            kind: condition.condition,
            negated: condition.negated,
            objective: match condition.referenced_objective.as_deref() {
                None | Some("") => Some(0),
                Some(id) => objectives.iter().position(|objective| {
                    objective.id.as_deref().is_some_and(|own| same_id(own, id))
                }),
            },
            measure_threshold: condition.measure_threshold.unwrap_or(0.0),
        });
        Self {
            combination: rule.condition_combination,
            conditions: conditions.collect(),
            action: rule.action,
        }
    }
}

/// `xs:anyURI` identifiers are the same however white space and escapes are written.
// DIFFERENCE: the book compares identifiers as they are; schema processors differ in what white
// space they leave of an `xs:anyURI`, and so do content and manifests of one package.
pub(crate) fn same_id(one: &str, other: &str) -> bool {
    one == other || plain_id(one) == plain_id(other)
}

fn plain_id(id: &str) -> String {
    let spaced = id.replace("%20", " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl From<percorso_package::RollupRule> for RollupRule {
    fn from(rule: percorso_package::RollupRule) -> Self {
        Self {
            set: rule.child_activity_set,
            minimum_count: rule.minimum_count,
            minimum_percent: rule.minimum_percent,
            combination: rule.condition_combination,
            conditions: rule.conditions,
            action: rule.action,
        }
    }
}
