//! Sequencing and navigation by the book (SN 4th edition): one process, one function.
//!
//! Processes that only look are methods of [`Look`]; processes that change tracking are methods of
//! [`Sequencer`]. A dry run is the same processes on a copy of the state.

mod choice;
mod delivery;
mod exception;
mod flow;
mod lack;
mod navigation;
mod objectives;
mod overall;
#[cfg(test)]
mod properties;
mod remembered;
mod requests;
mod rollup;
mod selection;
mod termination;
mod transfer;
mod utility;
mod validity;

pub use exception::SequencingException;
pub use overall::SequencingOutcome;

use crate::activity_tree::{ActivityIdx, ActivityTree};
use crate::sequencing_definition::SequencingDefinition;
use crate::tracking::{ActivityTracking, SequencingState};
use remembered::Remembered;

/// The processes at work on one learner's state.
#[derive(Debug)]
pub struct Sequencer<'a> {
    tree: &'a ActivityTree,
    state: &'a mut SequencingState,
}

/// The processes that only look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    tree: &'a ActivityTree,
    state: &'a SequencingState,
    /// What was found out before, where the same state is looked at again and again.
    remembered: Option<&'a Remembered>,
}

/// Which way a traversal goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

/// Whether a traversal may enter the cluster it starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Children {
    Consider,
    PassBy,
}

/// What is to be sequenced next (SN 4.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SequencingRequest {
    Start,
    ResumeAll,
    Continue,
    Previous,
    Choice(ActivityIdx),
    Jump(ActivityIdx),
    Retry,
    Exit,
}

/// What is to be ended first (SN 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TerminationRequest {
    Exit,
    ExitAll,
    Abandon,
    AbandonAll,
    SuspendAll,
}

impl<'a> Sequencer<'a> {
    /// Takes up one learner's state; a state of another tree is begun anew.
    pub fn new(tree: &'a ActivityTree, state: &'a mut SequencingState) -> Self {
        if !state.fits(tree) {
            *state = SequencingState::new(tree, state.random);
        }
        Self { tree, state }
    }

    fn look(&self) -> Look<'_> {
        Look::new(self.tree, self.state)
    }

    fn definition(&self, idx: ActivityIdx) -> &'a SequencingDefinition {
        self.tree.definition(idx)
    }
}

impl<'a> Look<'a> {
    pub(crate) fn new(tree: &'a ActivityTree, state: &'a SequencingState) -> Self {
        Self {
            tree,
            state,
            remembered: None,
        }
    }

    fn definition(self, idx: ActivityIdx) -> &'a SequencingDefinition {
        self.tree.definition(idx)
    }

    fn tracking(self, idx: ActivityIdx) -> &'a ActivityTracking {
        self.state.of(idx)
    }

    fn parent(self, idx: ActivityIdx) -> Option<ActivityIdx> {
        self.tree.activity(idx).parent
    }

    fn is_leaf(self, idx: ActivityIdx) -> bool {
        self.tree.activity(idx).is_leaf()
    }

    fn is_root(self, idx: ActivityIdx) -> bool {
        idx == self.tree.root()
    }

    /// Available Children of a cluster.
    fn available(self, idx: ActivityIdx) -> &'a [ActivityIdx] {
        match &self.tracking(idx).available {
            Some(available) => available,
            None => &self.tree.activity(idx).children,
        }
    }

    /// Where an activity stands among its parent's available children.
    fn position(self, idx: ActivityIdx) -> Option<usize> {
        let activity = self.tree.activity(idx);
        match (&self.tracking(activity.parent?).available, self.remembered) {
            (None, _) => Some(activity.order as usize),
            (Some(_), Some(remembered)) => remembered.position(self.tree, self.state, idx),
            (Some(available), None) => available.iter().position(|child| *child == idx),
        }
    }

    fn sibling(self, idx: ActivityIdx, direction: Direction) -> Option<ActivityIdx> {
        let position = self.position(idx)?;
        let siblings = self.available(self.parent(idx)?);
        match direction {
            Direction::Forward => siblings.get(position + 1).copied(),
            Direction::Backward => position.checked_sub(1).map(|before| siblings[before]),
        }
    }

    /// Whether `later` comes after `earlier` in a forward preorder traversal of what is available.
    fn is_forward(self, earlier: ActivityIdx, later: ActivityIdx) -> bool {
        let common = self.tree.common_ancestor(earlier, later);
        let below = |idx| {
            self.tree
                .path_up(idx)
                .take_while(|at| *at != common)
                .last()
                .and_then(|branch| self.position(branch))
        };
        below(later) > below(earlier)
    }
}
