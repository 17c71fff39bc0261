//! `imsss:sequencing` as the manifest has it, after its `IDRef` is merged with the collection.
//!
//! Everything optional stays optional here; the tracker's `sequencing_definition` knows the defaults.

use serde::{Deserialize, Serialize};

/// One activity's sequencing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sequencing {
    /// `controlMode`.
    pub control_mode: Option<ControlMode>,
    /// `sequencingRules/preConditionRule`, in order.
    pub pre_condition_rules: Vec<SequencingRule>,
    /// `sequencingRules/exitConditionRule`, in order.
    pub exit_condition_rules: Vec<SequencingRule>,
    /// `sequencingRules/postConditionRule`, in order.
    pub post_condition_rules: Vec<SequencingRule>,
    /// `limitConditions`.
    pub limit_conditions: Option<LimitConditions>,
    /// `rollupRules`.
    pub rollup_rules: Option<RollupRules>,
    /// `objectives`, the primary first when there is one, with `adlseq:objectives` merged in.
    pub objectives: Vec<Objective>,
    /// `randomizationControls`.
    pub randomization_controls: Option<RandomizationControls>,
    /// `deliveryControls`.
    pub delivery_controls: Option<DeliveryControls>,
    /// `adlseq:constrainedChoiceConsiderations/@preventActivation`.
    pub prevent_activation: Option<bool>,
    /// `adlseq:constrainedChoiceConsiderations/@constrainChoice`.
    pub constrain_choice: Option<bool>,
    /// `adlseq:rollupConsiderations`.
    pub rollup_considerations: Option<RollupConsiderations>,
}

/// `imsss:controlMode`; `None` is unsaid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlMode {
    /// `@choice`; default true.
    pub choice: Option<bool>,
    /// `@choiceExit`; default true.
    pub choice_exit: Option<bool>,
    /// `@flow`; default false.
    pub flow: Option<bool>,
    /// `@forwardOnly`; default false.
    pub forward_only: Option<bool>,
    /// `@useCurrentAttemptObjectiveInfo`; default true.
    pub use_current_attempt_objective_info: Option<bool>,
    /// `@useCurrentAttemptProgressInfo`; default true.
    pub use_current_attempt_progress_info: Option<bool>,
}

/// One pre-, exit or post-condition rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequencingRule {
    /// `ruleConditions/@conditionCombination`; default `All`.
    pub condition_combination: ConditionCombination,
    /// `ruleCondition`, in order.
    pub conditions: Vec<RuleCondition>,
    /// `ruleAction/@action`.
    pub action: RuleAction,
}

/// How conditions combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConditionCombination {
    /// Every condition.
    All,
    /// At least one.
    Any,
}

/// One condition of a sequencing rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleCondition {
    /// `@condition`.
    pub condition: RuleConditionKind,
    /// `@referencedObjective`; the primary objective when unsaid.
    pub referenced_objective: Option<String>,
    /// `@measureThreshold`, −1 to 1.
    pub measure_threshold: Option<f64>,
    /// `@operator` is `not`.
    pub negated: bool,
}

/// `ruleCondition/@condition` and `rollupCondition/@condition`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum RuleConditionKind {
    Satisfied,
    ObjectiveStatusKnown,
    ObjectiveMeasureKnown,
    ObjectiveMeasureGreaterThan,
    ObjectiveMeasureLessThan,
    Completed,
    ActivityProgressKnown,
    Attempted,
    AttemptLimitExceeded,
    TimeLimitExceeded,
    OutsideAvailableTimeRange,
    Always,
    /// Rollup conditions only.
    Never,
}

/// `ruleAction/@action`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum RuleAction {
    // Pre-condition.
    Skip,
    Disabled,
    HiddenFromChoice,
    StopForwardTraversal,
    // Post-condition.
    ExitParent,
    ExitAll,
    Retry,
    RetryAll,
    Continue,
    Previous,
    // Exit condition.
    Exit,
}

/// `imsss:limitConditions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitConditions {
    /// `@attemptLimit`.
    pub attempt_limit: Option<u32>,
    /// `@attemptAbsoluteDurationLimit`, ISO 8601 duration as authored.
    pub attempt_absolute_duration_limit: Option<String>,
    /// `@attemptExperiencedDurationLimit`.
    pub attempt_experienced_duration_limit: Option<String>,
    /// `@activityAbsoluteDurationLimit`.
    pub activity_absolute_duration_limit: Option<String>,
    /// `@activityExperiencedDurationLimit`.
    pub activity_experienced_duration_limit: Option<String>,
    /// `@beginTimeLimit`.
    pub begin_time_limit: Option<String>,
    /// `@endTimeLimit`.
    pub end_time_limit: Option<String>,
}

/// `imsss:rollupRules`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RollupRules {
    /// `@rollupObjectiveSatisfied`; default true.
    pub rollup_objective_satisfied: Option<bool>,
    /// `@rollupProgressCompletion`; default true.
    pub rollup_progress_completion: Option<bool>,
    /// `@objectiveMeasureWeight`, 0 to 1; default 1.0.
    pub objective_measure_weight: Option<f64>,
    /// `rollupRule`, in order.
    pub rules: Vec<RollupRule>,
}

/// One rollup rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RollupRule {
    /// `@childActivitySet`; default `All`.
    pub child_activity_set: ChildActivitySet,
    /// `@minimumCount`; default 0.
    pub minimum_count: u32,
    /// `@minimumPercent`, 0 to 1; default 0.
    pub minimum_percent: f64,
    /// `rollupConditions/@conditionCombination`; default `Any`.
    pub condition_combination: ConditionCombination,
    /// Conditions with their `not`.
    pub conditions: Vec<RollupCondition>,
    /// `rollupAction/@action`.
    pub action: RollupAction,
}

/// One condition of a rollup rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollupCondition {
    /// `@condition`.
    pub condition: RuleConditionKind,
    /// `@operator` is `not`.
    pub negated: bool,
}

/// `rollupRule/@childActivitySet`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum ChildActivitySet {
    All,
    Any,
    None,
    AtLeastCount,
    AtLeastPercent,
}

/// `rollupAction/@action`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum RollupAction {
    Satisfied,
    NotSatisfied,
    Completed,
    Incomplete,
}

/// A local objective with its maps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// `primaryObjective`: contributes to rollup.
    pub primary: bool,
    /// `@objectiveID`; a primary objective may have none.
    pub objective_id: Option<String>,
    /// `@satisfiedByMeasure`; default false.
    pub satisfied_by_measure: Option<bool>,
    /// `minNormalizedMeasure`, −1 to 1; default 1.0.
    pub min_normalized_measure: Option<f64>,
    /// `mapInfo`, in order, each with the `adlseq:mapInfo` of the same target merged in.
    pub maps: Vec<ObjectiveMap>,
}

/// `mapInfo`: a local objective's link to a global one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveMap {
    /// `@targetObjectiveID`.
    pub target_objective_id: String,
    /// `@readSatisfiedStatus`; default true.
    pub read_satisfied_status: Option<bool>,
    /// `@readNormalizedMeasure`; default true.
    pub read_normalized_measure: Option<bool>,
    /// `@writeSatisfiedStatus`; default false.
    pub write_satisfied_status: Option<bool>,
    /// `@writeNormalizedMeasure`; default false.
    pub write_normalized_measure: Option<bool>,
    /// `adlseq:@readRawScore`; default true.
    pub read_raw_score: Option<bool>,
    /// `adlseq:@readMinScore`; default true.
    pub read_min_score: Option<bool>,
    /// `adlseq:@readMaxScore`; default true.
    pub read_max_score: Option<bool>,
    /// `adlseq:@readCompletionStatus`; default true.
    pub read_completion_status: Option<bool>,
    /// `adlseq:@readProgressMeasure`; default true.
    pub read_progress_measure: Option<bool>,
    /// `adlseq:@writeRawScore`; default false.
    pub write_raw_score: Option<bool>,
    /// `adlseq:@writeMinScore`; default false.
    pub write_min_score: Option<bool>,
    /// `adlseq:@writeMaxScore`; default false.
    pub write_max_score: Option<bool>,
    /// `adlseq:@writeCompletionStatus`; default false.
    pub write_completion_status: Option<bool>,
    /// `adlseq:@writeProgressMeasure`; default false.
    pub write_progress_measure: Option<bool>,
}

/// `imsss:randomizationControls`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RandomizationControls {
    /// `@randomizationTiming`; default `never`.
    pub randomization_timing: Option<SelectionTiming>,
    /// `@selectCount`.
    pub select_count: Option<u32>,
    /// `@reorderChildren`; default false.
    pub reorder_children: Option<bool>,
    /// `@selectionTiming`; default `never`.
    pub selection_timing: Option<SelectionTiming>,
}

/// `@randomizationTiming`, `@selectionTiming`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum SelectionTiming {
    Never,
    Once,
    OnEachNewAttempt,
}

/// `imsss:deliveryControls`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryControls {
    /// `@tracked`; default true.
    pub tracked: Option<bool>,
    /// `@completionSetByContent`; default false.
    pub completion_set_by_content: Option<bool>,
    /// `@objectiveSetByContent`; default false.
    pub objective_set_by_content: Option<bool>,
}

/// `adlseq:rollupConsiderations`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollupConsiderations {
    /// `@requiredForSatisfied`; default `always`.
    pub required_for_satisfied: Option<RequiredFor>,
    /// `@requiredForNotSatisfied`; default `always`.
    pub required_for_not_satisfied: Option<RequiredFor>,
    /// `@requiredForCompleted`; default `always`.
    pub required_for_completed: Option<RequiredFor>,
    /// `@requiredForIncomplete`; default `always`.
    pub required_for_incomplete: Option<RequiredFor>,
    /// `@measureSatisfactionIfActive`; default true.
    pub measure_satisfaction_if_active: Option<bool>,
}

/// When a child counts in its parent's rollup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum RequiredFor {
    Always,
    IfNotSuspended,
    IfAttempted,
    IfNotSkipped,
}
