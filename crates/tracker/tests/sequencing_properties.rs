//! The book's invariants over random trees and random requests.

use percorso_package::Standard;
use percorso_tracker::activity_tree::{ActivityIdx, ActivityTree};
use percorso_tracker::sequencing::Sequencer;
use percorso_tracker::session::NavigationRequest;
use percorso_tracker::tracking::SequencingState;
use proptest::prelude::*;

mod support;

use support::{random, reproducible, seeds};

fn request(number: u8, target: usize) -> NavigationRequest {
    match number % 11 {
        0 => NavigationRequest::Start,
        1 => NavigationRequest::ResumeAll,
        2 | 3 => NavigationRequest::Continue,
        4 => NavigationRequest::Previous,
        5 | 6 => NavigationRequest::Choice(format!("a{target}")),
        7 => NavigationRequest::Jump(format!("a{target}")),
        8 => NavigationRequest::Exit,
        9 => NavigationRequest::SuspendAll,
        _ => NavigationRequest::AbandonAll,
    }
}

/// The activities that a flag is set of, read from the stored form.
fn flagged(state: &SequencingState, flag: &str) -> Vec<ActivityIdx> {
    let stored = serde_json::to_value(state).expect("a state can be written");
    let known = stored["activities"]["known"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let set = known.iter().filter(|(_, tracking)| tracking[flag] == true);
    set.map(|(index, _)| ActivityIdx(index.parse().expect("an index")))
        .collect()
}

fn is_under(tree: &ActivityTree, idx: ActivityIdx, above: ActivityIdx) -> bool {
    std::iter::successors(Some(idx), |at| tree.activity(*at).parent).any(|at| at == above)
}

proptest! {
    #![proptest_config(reproducible(2000))]

    #[test]
    fn the_books_invariants_hold(
        seeds in seeds(),
        chance in any::<u64>(),
        requests in prop::collection::vec((any::<u8>(), 0..random::MOST), 1..40),
    ) {
        let tree = ActivityTree::from_package(&random::course(&seeds, Standard::Scorm2004));
        let mut state = SequencingState::new(&tree, chance);
        for (number, target) in requests {
            let request = request(number, target);
            let outcome = Sequencer::new(&tree, &mut state).navigate(&request);
            // At most one active path: every active activity is on the way to the current one.
            for active in flagged(&state, "active") {
                let current = state.current().expect("nothing is active without a current activity");
                prop_assert!(is_under(&tree, current, active));
            }
            // The suspended activity and every ancestor of it are suspended.
            if let Some(suspended) = state.suspended() {
                let flagged = flagged(&state, "suspended");
                let mut at = Some(suspended);
                while let Some(idx) = at {
                    prop_assert!(flagged.contains(&idx));
                    at = tree.activity(idx).parent;
                }
            }
            if let Some(delivered) = outcome.delivered {
                prop_assert!(tree.activity(delivered).is_leaf());
                prop_assert_eq!(state.current(), Some(delivered));
            }
            let stored = serde_json::to_string(&state).expect("a state can be written");
            let read: SequencingState = serde_json::from_str(&stored).expect("what was written");
            prop_assert_eq!(&read, &state);
        }
    }
}
