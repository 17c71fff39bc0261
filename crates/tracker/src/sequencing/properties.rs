//! What must hold whatever content reports: over random trees, rules, objectives and reports.

use proptest::prelude::*;

use super::Sequencer;
use crate::activity_tree::{ActivityIdx, ActivityTree};
use crate::runtime::ContentReport;
use crate::session::{Choosable, Completion, NavigationRequest, Refusal, Score, Success};
use crate::tracking::SequencingState;

#[path = "../../tests/support/mod.rs"]
mod support;

use support::{random, reproducible, seeds};

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
        3 => (0..random::MOST).prop_map(|number| NavigationRequest::Choice(format!("a{number}"))),
    ]
}

proptest! {
    #![proptest_config(reproducible(1000))]

    /// RB.1.5 a second time changes nothing, and a dry run never does.
    #[test]
    fn rollup_is_idempotent_whatever_content_reports(
        seeds in seeds(),
        chance in any::<u64>(),
        steps in prop::collection::vec((report(), request()), 1..20),
    ) {
        let tree = ActivityTree::from_package(&random::course_whose_leaves_map(&seeds));
        let mut state = SequencingState::new(&tree, chance);
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
            let sequencer = Sequencer::new(&tree, &mut state);
            let _ = sequencer.validate(&NavigationRequest::Previous);
            // The choices of a refresh remember what they found on the way; a choice alone asks anew.
            let choices = sequencer.choices();
            for (idx, choice) in tree.indices().zip(choices).skip(1) {
                let alone = sequencer.validate(&NavigationRequest::Choice(tree.activity(idx).id.clone()));
                match choice {
                    Choosable::Hidden => prop_assert!(alone.is_err()),
                    Choosable::Yes => prop_assert_eq!(alone, Ok(())),
                    Choosable::No(refusal) => {
                        prop_assert_eq!(alone.map_err(Refusal::Sequencing), Err(refusal));
                    }
                }
            }
            prop_assert_eq!(&state, &before, "a dry run leaves no trace");
        }
    }
}
