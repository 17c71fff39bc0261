//! `imsss:sequencing`, with the collection's definition that `IDRef` names.
//!
//! An element of the local definition takes the place of the collection's element of that name
//! (CAM 5.1); what the local one does not have comes from the collection.

use std::collections::HashSet;

use roxmltree::Node;

use super::{Reader, value::Words};
use crate::{
    Code, ControlMode, DeliveryControls, LimitConditions, RandomizationControls, RequiredFor,
    RollupConsiderations, SelectionTiming, Sequencing,
    xml::{attribute, child, children, is_adlseq, normalized},
};

const TIMINGS: &Words<SelectionTiming> = &[
    ("never", SelectionTiming::Never),
    ("once", SelectionTiming::Once),
    ("onEachNewAttempt", SelectionTiming::OnEachNewAttempt),
];

const REQUIRED_FOR: &Words<RequiredFor> = &[
    ("always", RequiredFor::Always),
    ("ifNotSuspended", RequiredFor::IfNotSuspended),
    ("ifAttempted", RequiredFor::IfAttempted),
    ("ifNotSkipped", RequiredFor::IfNotSkipped),
];

/// A definition and the one it builds on: an element is the local one's, else the collection's.
#[derive(Clone, Copy)]
struct Merged<'a, 'i> {
    local: Node<'a, 'i>,
    collection: Option<Node<'a, 'i>>,
}

impl<'a, 'i: 'a> Merged<'a, 'i> {
    fn child(self, name: &'static str) -> Option<Node<'a, 'i>> {
        child(self.local, name).or_else(|| child(self.collection?, name))
    }

    /// IMS's `objectives` and ADL's are two elements with one local name.
    fn objectives(self, adl: bool) -> Option<Node<'a, 'i>> {
        let of = |node| children(node, "objectives").find(|found| is_adlseq(*found) == adl);
        of(self.local).or_else(|| of(self.collection?))
    }
}

impl<'a, 'i: 'a> Reader<'a, 'i> {
    /// The `sequencing` of an item or organization.
    pub(super) fn sequencing_of(&mut self, node: Node<'a, 'i>) -> Option<Sequencing> {
        let local = child(node, "sequencing")?;
        let id_ref = attribute(local, "IDRef")
            .map(normalized)
            .filter(|id| !id.is_empty());
        let collection = id_ref
            .as_ref()
            .and_then(|id| self.collection.get(id).copied());
        if let (Some(id), None) = (&id_ref, collection) {
            let message = format!("the sequencing collection has no definition `{id}`");
            self.report(Code::SequencingIdrefDangling, local, message);
        }
        // The definition is read anew for each activity.
        self.keep(local, collection.map_or(0, |node| node.range().len()))?;
        Some(self.sequencing(Merged { local, collection }))
    }

    fn sequencing(&mut self, merged: Merged<'a, 'i>) -> Sequencing {
        let objectives = self.objectives(merged.objectives(false), merged.objectives(true));
        let ids: HashSet<&str> = objectives
            .iter()
            .filter_map(|objective| objective.objective_id.as_deref())
            .collect();
        let rules = merged.child("sequencingRules");
        let considerations = merged.child("constrainedChoiceConsiderations");
        Sequencing {
            control_mode: merged
                .child("controlMode")
                .map(|node| self.control_mode(node)),
            pre_condition_rules: self.sequencing_rules(rules, "preConditionRule", &ids),
            exit_condition_rules: self.sequencing_rules(rules, "exitConditionRule", &ids),
            post_condition_rules: self.sequencing_rules(rules, "postConditionRule", &ids),
            limit_conditions: merged
                .child("limitConditions")
                .map(|node| self.limits_of(node)),
            rollup_rules: merged
                .child("rollupRules")
                .map(|node| self.rollup_rules(node)),
            randomization_controls: merged
                .child("randomizationControls")
                .map(|node| self.randomization_controls(node)),
            delivery_controls: merged
                .child("deliveryControls")
                .map(|node| DeliveryControls {
                    tracked: self.boolean(node, "tracked"),
                    completion_set_by_content: self.boolean(node, "completionSetByContent"),
                    objective_set_by_content: self.boolean(node, "objectiveSetByContent"),
                }),
            prevent_activation: considerations
                .and_then(|node| self.boolean(node, "preventActivation")),
            constrain_choice: considerations.and_then(|node| self.boolean(node, "constrainChoice")),
            rollup_considerations: merged
                .child("rollupConsiderations")
                .map(|node| self.rollup_considerations(node)),
            objectives,
        }
    }

    fn control_mode(&mut self, node: Node) -> ControlMode {
        ControlMode {
            choice: self.boolean(node, "choice"),
            choice_exit: self.boolean(node, "choiceExit"),
            flow: self.boolean(node, "flow"),
            forward_only: self.boolean(node, "forwardOnly"),
            use_current_attempt_objective_info: self
                .boolean(node, "useCurrentAttemptObjectiveInfo"),
            use_current_attempt_progress_info: self.boolean(node, "useCurrentAttemptProgressInfo"),
        }
    }

    fn limits_of(&mut self, node: Node) -> LimitConditions {
        LimitConditions {
            attempt_limit: self.number(node, "attemptLimit", (0, u32::MAX)),
            attempt_absolute_duration_limit: self.duration(node, "attemptAbsoluteDurationLimit"),
            attempt_experienced_duration_limit: self
                .duration(node, "attemptExperiencedDurationLimit"),
            activity_absolute_duration_limit: self.duration(node, "activityAbsoluteDurationLimit"),
            activity_experienced_duration_limit: self
                .duration(node, "activityExperiencedDurationLimit"),
            begin_time_limit: self.date_time(node, "beginTimeLimit"),
            end_time_limit: self.date_time(node, "endTimeLimit"),
        }
    }

    fn randomization_controls(&mut self, node: Node) -> RandomizationControls {
        RandomizationControls {
            randomization_timing: self.word(node, "randomizationTiming", TIMINGS),
            select_count: self.number(node, "selectCount", (0, u32::MAX)),
            reorder_children: self.boolean(node, "reorderChildren"),
            selection_timing: self.word(node, "selectionTiming", TIMINGS),
        }
    }

    fn rollup_considerations(&mut self, node: Node) -> RollupConsiderations {
        RollupConsiderations {
            required_for_satisfied: self.word(node, "requiredForSatisfied", REQUIRED_FOR),
            required_for_not_satisfied: self.word(node, "requiredForNotSatisfied", REQUIRED_FOR),
            required_for_completed: self.word(node, "requiredForCompleted", REQUIRED_FOR),
            required_for_incomplete: self.word(node, "requiredForIncomplete", REQUIRED_FOR),
            measure_satisfaction_if_active: self.boolean(node, "measureSatisfactionIfActive"),
        }
    }
}
