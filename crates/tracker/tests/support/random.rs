//! Random courses with everything that a manifest can say: control modes, rules of all kinds, rollup with
//! its controls, objectives with maps, selection and randomization, thresholds, shared data, time limits,
//! delivery controls, hidden controls; for SCORM 1.2 prerequisites and mastery scores.

use percorso_package::{
    ChildActivitySet, CompletionThreshold, ConditionCombination, ControlMode, DataMap,
    DeliveryControls, Edition, HideLmsUi, Item, LimitConditions, Objective, ObjectiveMap, Package,
    RandomizationControls, RequiredFor, RollupAction, RollupCondition, RollupConsiderations,
    RollupRule, RollupRules, RuleAction, RuleCondition, RuleConditionKind, ScormType,
    SelectionTiming, Sequencing, SequencingRule, Standard, TimeLimitAction,
};

use super::draw::Draw;
use super::packages::{launch, organization, package};

/// What a random course is made from: for each activity its depth and a number to draw from; the
/// organization's own number comes first.
pub type Seeds = (u64, Vec<(u8, u64)>);

/// The most activities of a random course.
pub const MOST: usize = 18;

/// The course made from seeds; its activities are `a0`, `a1`, …
pub fn course((own, activities): &Seeds, standard: Standard) -> Package {
    let mut items = Vec::new();
    for (number, (depth, seed)) in activities.iter().enumerate() {
        let mut place: &mut Vec<Item> = &mut items;
        for _ in 0..*depth {
            match place.len() {
                0 => break,
                last => place = &mut place[last - 1].items,
            }
        }
        place.push(item(number, &mut Draw::from(*seed)));
    }
    items.iter_mut().for_each(take_content_from_clusters);
    let mut draw = Draw::from(*own);
    let mut root = organization(sequencing(&mut draw), items);
    root.objectives_global_to_system = draw.said(2);
    root.shared_data_global_to_system = draw.said(2);
    root.completion_threshold = threshold(&mut draw);
    let mut made = package(standard, root);
    if standard == Standard::Scorm2004 {
        made.edition = Some(draw.of(&[
            Edition::Second,
            Edition::Third,
            Edition::Fourth,
            Edition::Fourth,
        ]));
    }
    made
}

/// The same without maps of clusters: a cluster that writes what its own children read feeds itself.
pub fn course_whose_leaves_map(seeds: &Seeds) -> Package {
    let mut made = course(seeds, Standard::Scorm2004);
    let organization = &mut made.organizations[0];
    organization.sequencing.iter_mut().for_each(unmap);
    organization.items.iter_mut().for_each(unmap_clusters);
    made
}

fn unmap_clusters(item: &mut Item) {
    if !item.items.is_empty() {
        item.sequencing.iter_mut().for_each(unmap);
    }
    item.items.iter_mut().for_each(unmap_clusters);
}

fn unmap(sequencing: &mut Sequencing) {
    let objectives = sequencing.objectives.iter_mut();
    objectives.for_each(|objective| objective.maps.clear());
}

fn take_content_from_clusters(item: &mut Item) {
    if !item.items.is_empty() {
        item.launch = None;
    }
    item.items.iter_mut().for_each(take_content_from_clusters);
}

fn item(number: usize, draw: &mut Draw) -> Item {
    let id = format!("a{number}");
    let mut content = launch(&id);
    if draw.one_in(7) {
        content.scorm_type = ScormType::Asset;
    }
    let before = draw.below(u32::try_from(number).expect("few activities") + 1);
    Item {
        title: format!("Activity {number}"),
        is_visible: draw.one_in(8).then_some(false),
        launch: Some(content),
        hide_lms_ui: draw.few(2, |draw| {
            draw.of(&[
                HideLmsUi::Continue,
                HideLmsUi::ExitAll,
                HideLmsUi::SuspendAll,
            ])
        }),
        prerequisites: draw.one_in(4).then(|| format!("a{before}")),
        mastery_score: draw.one_in(4).then(|| "60".to_owned()),
        max_time_allowed: draw.one_in(6).then(|| "00:00:08".to_owned()),
        time_limit_action: draw.one_in(3).then(|| {
            draw.of(&[
                TimeLimitAction::ExitMessage,
                TimeLimitAction::ExitNoMessage,
                TimeLimitAction::ContinueMessage,
                TimeLimitAction::ContinueNoMessage,
            ])
        }),
        completion_threshold: threshold(draw),
        data_maps: draw.few(2, |draw| DataMap {
            target_id: format!("store-{}", draw.below(2)),
            read_shared_data: !draw.one_in(3),
            write_shared_data: !draw.one_in(3),
        }),
        sequencing: Some(sequencing(draw)),
        identifier: id,
        ..Item::default()
    }
}

fn threshold(draw: &mut Draw) -> Option<CompletionThreshold> {
    draw.one_in(4).then(|| CompletionThreshold {
        completed_by_measure: draw.one_in(2),
        min_progress_measure: Some(draw.quarters()),
        progress_weight: Some(draw.quarters()),
    })
}

fn sequencing(draw: &mut Draw) -> Sequencing {
    Sequencing {
        control_mode: Some(ControlMode {
            choice: Some(!draw.one_in(6)),
            choice_exit: Some(!draw.one_in(8)),
            flow: Some(!draw.one_in(5)),
            forward_only: Some(draw.one_in(8)),
            use_current_attempt_objective_info: draw.said(3),
            use_current_attempt_progress_info: draw.said(3),
        }),
        pre_condition_rules: rules(
            draw,
            &[
                RuleAction::Skip,
                RuleAction::Disabled,
                RuleAction::HiddenFromChoice,
                RuleAction::StopForwardTraversal,
            ],
        ),
        exit_condition_rules: rules(draw, &[RuleAction::Exit]),
        post_condition_rules: rules(
            draw,
            &[
                RuleAction::Retry,
                RuleAction::RetryAll,
                RuleAction::ExitParent,
                RuleAction::ExitAll,
                RuleAction::Continue,
                RuleAction::Previous,
            ],
        ),
        limit_conditions: draw.one_in(6).then(|| LimitConditions {
            attempt_limit: draw.one_in(2).then(|| draw.below(3) + 1),
            attempt_absolute_duration_limit: draw.one_in(2).then(|| "PT8S".to_owned()),
            ..LimitConditions::default()
        }),
        rollup_rules: draw.one_in(2).then(|| rollup_rules(draw)),
        objectives: objectives(draw),
        randomization_controls: draw.one_in(5).then(|| RandomizationControls {
            randomization_timing: Some(timing(draw)),
            select_count: draw.one_in(2).then(|| draw.below(4)),
            reorder_children: draw.said(1),
            selection_timing: Some(timing(draw)),
        }),
        delivery_controls: draw.one_in(4).then(|| DeliveryControls {
            tracked: draw.one_in(3).then_some(false),
            completion_set_by_content: draw.said(2),
            objective_set_by_content: draw.said(2),
        }),
        prevent_activation: draw.one_in(8).then_some(true),
        constrain_choice: draw.one_in(8).then_some(true),
        rollup_considerations: draw.one_in(4).then(|| RollupConsiderations {
            required_for_satisfied: Some(required(draw)),
            required_for_not_satisfied: Some(required(draw)),
            required_for_completed: Some(required(draw)),
            required_for_incomplete: Some(required(draw)),
            measure_satisfaction_if_active: draw.said(2),
        }),
    }
}

fn timing(draw: &mut Draw) -> SelectionTiming {
    draw.of(&[
        SelectionTiming::Never,
        SelectionTiming::Once,
        SelectionTiming::OnEachNewAttempt,
    ])
}

fn required(draw: &mut Draw) -> RequiredFor {
    draw.of(&[
        RequiredFor::Always,
        RequiredFor::IfNotSuspended,
        RequiredFor::IfAttempted,
        RequiredFor::IfNotSkipped,
    ])
}

fn combination(draw: &mut Draw) -> ConditionCombination {
    draw.of(&[ConditionCombination::All, ConditionCombination::Any])
}

const CONDITIONS: &[RuleConditionKind] = &[
    RuleConditionKind::Satisfied,
    RuleConditionKind::ObjectiveStatusKnown,
    RuleConditionKind::ObjectiveMeasureKnown,
    RuleConditionKind::ObjectiveMeasureGreaterThan,
    RuleConditionKind::ObjectiveMeasureLessThan,
    RuleConditionKind::Completed,
    RuleConditionKind::ActivityProgressKnown,
    RuleConditionKind::Attempted,
    RuleConditionKind::AttemptLimitExceeded,
    RuleConditionKind::TimeLimitExceeded,
    RuleConditionKind::OutsideAvailableTimeRange,
    RuleConditionKind::Always,
    RuleConditionKind::Never,
];

fn rules(draw: &mut Draw, actions: &[RuleAction]) -> Vec<SequencingRule> {
    draw.few(1, |draw| SequencingRule {
        condition_combination: combination(draw),
        conditions: (0..=draw.below(2))
            .map(|_| RuleCondition {
                condition: draw.of(CONDITIONS),
                referenced_objective: draw
                    .one_in(3)
                    .then(|| draw.of(&["p", "o", "nowhere"]).to_owned()),
                measure_threshold: draw.one_in(2).then(|| draw.quarters()),
                negated: draw.one_in(3),
            })
            .collect(),
        action: draw.of(actions),
    })
}

fn rollup_rules(draw: &mut Draw) -> RollupRules {
    RollupRules {
        rollup_objective_satisfied: draw.said(3),
        rollup_progress_completion: draw.said(3),
        objective_measure_weight: draw.one_in(2).then(|| draw.quarters()),
        rules: draw.few(3, |draw| RollupRule {
            child_activity_set: draw.of(&[
                ChildActivitySet::All,
                ChildActivitySet::Any,
                ChildActivitySet::None,
                ChildActivitySet::AtLeastCount,
                ChildActivitySet::AtLeastPercent,
            ]),
            minimum_count: draw.below(4),
            minimum_percent: draw.quarters(),
            condition_combination: combination(draw),
            conditions: (0..=draw.below(2))
                .map(|_| RollupCondition {
                    condition: draw.of(CONDITIONS),
                    negated: draw.one_in(3),
                })
                .collect(),
            action: draw.of(&[
                RollupAction::Satisfied,
                RollupAction::NotSatisfied,
                RollupAction::Completed,
                RollupAction::Incomplete,
            ]),
        }),
    }
}

fn objectives(draw: &mut Draw) -> Vec<Objective> {
    let mut made = Vec::new();
    if draw.one_in(2) {
        made.push(objective(draw, "p", Role::Primary));
    }
    if draw.one_in(4) {
        made.push(objective(draw, "o", Role::Secondary));
    }
    made
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Primary,
    Secondary,
}

fn objective(draw: &mut Draw, id: &str, role: Role) -> Objective {
    Objective {
        primary: role == Role::Primary,
        objective_id: Some(id.to_owned()),
        satisfied_by_measure: draw.said(2),
        min_normalized_measure: draw.one_in(2).then(|| draw.quarters()),
        maps: draw.few(2, |draw| ObjectiveMap {
            target_objective_id: format!("global-{}", draw.below(3)),
            read_satisfied_status: draw.said(2),
            read_normalized_measure: draw.said(2),
            write_satisfied_status: draw.said(1),
            write_normalized_measure: draw.said(1),
            read_raw_score: draw.said(2),
            read_min_score: draw.said(2),
            read_max_score: draw.said(2),
            read_completion_status: draw.said(2),
            read_progress_measure: draw.said(2),
            write_raw_score: draw.said(1),
            write_min_score: draw.said(1),
            write_max_score: draw.said(1),
            write_completion_status: draw.said(1),
            write_progress_measure: draw.said(1),
        }),
    }
}
