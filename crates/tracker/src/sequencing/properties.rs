//! What must hold whatever content reports: over random trees, rules, objectives and reports.

use percorso_package::{
    ControlMode, Edition, Item, Launch, Metadata, Objective, ObjectiveMap, Organization, Package,
    RandomizationControls, RollupRules, ScormType, SelectionTiming, Sequencing, Standard,
};
use proptest::{prelude::*, test_runner::RngSeed};

use super::Sequencer;
use crate::activity_tree::{ActivityIdx, ActivityTree};
use crate::runtime::ContentReport;
use crate::session::{Completion, NavigationRequest, Score, Success};
use crate::tracking::SequencingState;

fn sequencing(bits: u32) -> Sequencing {
    let bit = |n: u32| bits >> n & 1 == 1;
    let map = ObjectiveMap {
        target_objective_id: format!("global-{}", bits >> 4 & 1),
        read_satisfied_status: Some(bit(5)),
        write_satisfied_status: Some(bit(6)),
        write_normalized_measure: Some(bit(7)),
        write_completion_status: Some(bit(8)),
        ..ObjectiveMap::default()
    };
    Sequencing {
        control_mode: Some(ControlMode {
            flow: Some(true),
            ..ControlMode::default()
        }),
        objectives: vec![Objective {
            primary: true,
            objective_id: Some("primary".to_owned()),
            satisfied_by_measure: Some(bit(0)),
            min_normalized_measure: Some(0.5),
            maps: if bit(1) { vec![map] } else { Vec::new() },
        }],
        rollup_rules: bit(2).then(|| RollupRules {
            objective_measure_weight: Some(f64::from(bits >> 9 & 3) / 4.0),
            rollup_objective_satisfied: Some(bit(11)),
            ..RollupRules::default()
        }),
        randomization_controls: bit(3).then(|| RandomizationControls {
            selection_timing: Some(SelectionTiming::OnEachNewAttempt),
            select_count: Some(bits >> 12 & 3),
            ..RandomizationControls::default()
        }),
        ..Sequencing::default()
    }
}

fn tree(clusters: &[(u32, Vec<u32>)]) -> ActivityTree {
    let mut number = 0;
    let mut item = |bits: u32| {
        number += 1;
        Item {
            identifier: format!("a{number}"),
            launch: Some(Launch {
                resource: "r".to_owned(),
                scorm_type: ScormType::Sco,
                path: "a.html".to_owned(),
                suffix: String::new(),
            }),
            sequencing: Some(sequencing(bits)),
            ..Item::default()
        }
    };
    let items = clusters.iter().map(|(bits, leaves)| {
        // A cluster that writes what its own children read feeds itself: only leaves map here.
        let cluster = item(*bits & !0b10);
        Item {
            items: leaves.iter().map(|bits| item(*bits)).collect(),
            ..cluster
        }
    });
    ActivityTree::from_package(&Package {
        standard: Standard::Scorm2004,
        edition: Some(Edition::Fourth),
        identifier: "package".to_owned(),
        manifest_version: None,
        root: String::new(),
        metadata: Metadata::default(),
        organizations: vec![Organization {
            identifier: "course".to_owned(),
            title: "Course".to_owned(),
            objectives_global_to_system: None,
            shared_data_global_to_system: None,
            completion_threshold: None,
            metadata: Metadata::default(),
            sequencing: Some(sequencing(0)),
            items: items.collect(),
        }],
        default_organization: 0,
        resources: Vec::new(),
        course_structure: None,
    })
}

fn report() -> impl Strategy<Value = ContentReport> {
    let completion = prop::sample::select(vec![
        Completion::Completed,
        Completion::Incomplete,
        Completion::Unknown,
    ]);
    let success = prop::sample::select(vec![Success::Passed, Success::Failed, Success::Unknown]);
    let exit = prop::sample::select(vec!["", "suspend", "normal"]);
    let measure = || prop::option::of((0_u8..=4).prop_map(|quarters| f64::from(quarters) / 4.0));
    (completion, success, measure(), measure(), exit).prop_map(
        |(completion, success, scaled, progress_measure, exit)| ContentReport {
            completion,
            success,
            score: Score {
                scaled,
                ..Score::default()
            },
            progress_measure,
            exit: exit.to_owned(),
            ..ContentReport::default()
        },
    )
}

fn request() -> impl Strategy<Value = NavigationRequest> {
    prop_oneof![
        3 => Just(NavigationRequest::Continue),
        1 => Just(NavigationRequest::Previous),
        1 => Just(NavigationRequest::Start),
        1 => Just(NavigationRequest::ResumeAll),
        1 => Just(NavigationRequest::SuspendAll),
        1 => Just(NavigationRequest::ExitAll),
        3 => (1..20).prop_map(|number: i32| NavigationRequest::Choice(format!("a{number}"))),
    ]
}

/// The same cases on every machine; `PROPTEST_RNG_SEED=…` asks for others.
fn reproducible(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig {
        cases,
        ..ProptestConfig::default()
    };
    if matches!(config.rng_seed, RngSeed::Random) {
        config.rng_seed = RngSeed::Fixed(2004);
    }
    config
}

proptest! {
    #![proptest_config(reproducible(3000))]

    /// RB.1.5 a second time changes nothing, a dry run never does, and what is delivered was valid.
    #[test]
    fn rollup_is_idempotent_whatever_content_reports(
        clusters in prop::collection::vec((any::<u32>(), prop::collection::vec(any::<u32>(), 0..5)), 1..5),
        steps in prop::collection::vec((report(), request()), 1..20),
    ) {
        let tree = tree(&clusters);
        let mut state = SequencingState::new(&tree, 7);
        Sequencer::new(&tree, &mut state).navigate(&NavigationRequest::Start);
        for (report, request) in steps {
            let current = state.current().filter(|at| tree.activity(*at).is_leaf());
            let mut sequencer = Sequencer::new(&tree, &mut state);
            if let Some(current) = current {
                sequencer.transfer(current, &report);
            }
            sequencer.navigate(&request);
            let leaves: Vec<ActivityIdx> = tree.indices().filter(|at| tree.activity(*at).is_leaf()).collect();
            for leaf in leaves {
                let mut sequencer = Sequencer::new(&tree, &mut state);
                sequencer.overall_rollup(leaf);
                let once = state.clone();
                Sequencer::new(&tree, &mut state).overall_rollup(leaf);
                prop_assert_eq!(&state, &once);
            }
            let before = state.clone();
            let valid = Sequencer::new(&tree, &mut state).validate(&NavigationRequest::Previous).is_ok();
            prop_assert_eq!(&state, &before, "a dry run leaves no trace");
            let outcome = Sequencer::new(&tree, &mut state.clone()).navigate(&NavigationRequest::Previous);
            prop_assert_eq!(valid, outcome.exception.is_none());
        }
    }
}
