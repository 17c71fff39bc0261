//! What a look at an unchanging state need find out only once: the many choices of a refresh ask the same
//! rules of the same activities. No process is written a second time for it; each only remembers its answer.

use std::cell::{Cell, OnceCell};

use percorso_package::RuleAction;

use crate::activity_tree::{ActivityIdx, ActivityTree};
use crate::tracking::SequencingState;

/// Answers, by activity. Good for as long as the state stays as it is.
#[derive(Debug)]
pub(super) struct Remembered {
    /// Two bits for each action of a pre-condition rule: whether it was asked, and the answer.
    pre_conditions: Vec<Cell<u8>>,
    /// Where each activity stands among its parent's available children.
    positions: OnceCell<Vec<Option<usize>>>,
    /// SB.2.9, 8: where the first sibling from the current activity on stops forward traversal.
    first_stop: OnceCell<Option<usize>>,
}

impl Remembered {
    pub(super) fn nothing(tree: &ActivityTree) -> Self {
        Self {
            pre_conditions: vec![Cell::new(0); tree.len()],
            positions: OnceCell::new(),
            first_stop: OnceCell::new(),
        }
    }

    /// Whether a pre-condition rule with this action holds: as `find` finds it the first time.
    pub(super) fn pre_condition(
        &self,
        idx: ActivityIdx,
        action: RuleAction,
        find: impl FnOnce() -> bool,
    ) -> bool {
        let asked: u8 = match action {
            RuleAction::Skip => 0b01,
            RuleAction::Disabled => 0b01 << 2,
            RuleAction::HiddenFromChoice => 0b01 << 4,
            RuleAction::StopForwardTraversal => 0b01 << 6,
            // Actions of other rules are asked of nothing twice.
            _ => return find(),
        };
        let holds = asked << 1;
        let known = &self.pre_conditions[idx.usize()];
        if known.get() & asked == 0 {
            let found = if find() { asked | holds } else { asked };
            known.set(known.get() | found);
        }
        known.get() & holds != 0
    }

    /// Where an activity stands among its parent's available children.
    pub(super) fn position(
        &self,
        tree: &ActivityTree,
        state: &SequencingState,
        idx: ActivityIdx,
    ) -> Option<usize> {
        let positions = self.positions.get_or_init(|| {
            let mut positions = vec![None; tree.len()];
            for cluster in tree.indices() {
                let children = &tree.activity(cluster).children;
                let available = state.of(cluster).available.as_ref().unwrap_or(children);
                for (position, child) in available.iter().enumerate() {
                    positions[child.usize()] = Some(position);
                }
            }
            positions
        });
        positions[idx.usize()]
    }

    /// SB.2.9, 8: the first sibling that stops forward traversal, as `find` finds it the first time.
    pub(super) fn first_stop(&self, find: impl FnOnce() -> Option<usize>) -> Option<usize> {
        *self.first_stop.get_or_init(find)
    }
}
