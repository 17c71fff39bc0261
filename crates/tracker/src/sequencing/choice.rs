//! SB.2.4 and SB.2.9: what a choice may lead to.

use percorso_package::RuleAction;

use super::flow::NoFlow;
use super::{Children, Direction, Look, SequencingException};
use crate::activity_tree::ActivityIdx;

/// A choice that cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoChoice {
    /// Refused.
    Refused(SequencingException),
    /// The cluster was reached, but nothing in it can be delivered (SB.2.9, 14).
    Dead(NoFlow),
}

impl From<SequencingException> for NoChoice {
    fn from(exception: SequencingException) -> Self {
        Self::Refused(exception)
    }
}

impl Look<'_> {
    /// SB.2.9 Choice Sequencing Request Process: the activity to deliver. What step 14 ends is done
    /// by the caller.
    pub(super) fn choice(self, target: ActivityIdx) -> Result<ActivityIdx, NoChoice> {
        // 2–3
        for at in self.tree.path_up(target) {
            if !self.is_root(at) && self.position(at).is_none() {
                return Err(SequencingException::ChoiceTargetNotAvailable.into());
            }
            if self.pre_condition(at, RuleAction::HiddenFromChoice) {
                return Err(SequencingException::ChoiceTargetHidden.into());
            }
        }
        // 4
        if self
            .parent(target)
            .is_some_and(|parent| !self.definition(parent).choice)
        {
            return Err(SequencingException::ChoiceNotAllowed.into());
        }
        // 5–11
        self.choice_way(target)?;
        // 12
        if self.is_leaf(target) {
            return Ok(target);
        }
        // 13–15
        self.flow(target, Direction::Forward, Children::Consider)
            .map_err(NoChoice::Dead)
    }

    /// SB.2.9, 5–11: the way from the current activity to the target is open.
    fn choice_way(self, target: ActivityIdx) -> Result<(), SequencingException> {
        let root = self.tree.root();
        let current = self.state.current;
        let from = current.unwrap_or(root);
        let common = current.map_or(root, |current| self.tree.common_ancestor(current, target));
        // 7
        if from == target {
            return Ok(());
        }
        // 8
        if current.is_some() && self.parent(from) == self.parent(target) {
            return self.choice_among_siblings(from, target);
        }
        // 9
        if from == common {
            return self.choice_downwards(common, target, true);
        }
        // 10
        if target == common {
            return self.choice_upwards(from, common);
        }
        // 11
        self.choice_upwards(from, common)?;
        self.constrained_choice(from, common, target)?;
        self.choice_downwards(common, target, self.is_forward(from, target))
    }

    /// SB.2.9, 8: every sibling on the way lets the choice pass.
    fn choice_among_siblings(
        self,
        from: ActivityIdx,
        target: ActivityIdx,
    ) -> Result<(), SequencingException> {
        let (Some(start), Some(end)) = (self.position(from), self.position(target)) else {
            return Err(SequencingException::ChoiceNothingToConsider);
        };
        let parent = self
            .parent(from)
            .ok_or(SequencingException::ChoiceNothingToConsider)?;
        if start > end {
            return self.choice_activity_traversal(from, Direction::Backward);
        }
        // From one current activity, the same sibling stops every choice that is behind it.
        let siblings = &self.available(parent)[start..];
        let stop = |on_the_way: &[ActivityIdx]| {
            let passes = |at| self.choice_activity_traversal(at, Direction::Forward);
            on_the_way.iter().position(|at| passes(*at).is_err())
        };
        let first = match self.remembered {
            Some(remembered) => remembered.first_stop(|| stop(siblings)),
            None => stop(&siblings[..end - start]),
        };
        match first.filter(|stop| start + stop < end) {
            Some(stop) => self.choice_activity_traversal(siblings[stop], Direction::Forward),
            None => Ok(()),
        }
    }

    /// SB.2.9, 9.3 and 11.8–9: from the common ancestor down to the target, which is excluded.
    fn choice_downwards(
        self,
        common: ActivityIdx,
        target: ActivityIdx,
        forward: bool,
    ) -> Result<(), SequencingException> {
        for at in self.tree.path_up(target).skip(1) {
            if forward {
                self.choice_activity_traversal(at, Direction::Forward)?;
            }
            if at == common {
                break;
            }
            if !self.tracking(at).active && self.definition(at).prevent_activation {
                return Err(SequencingException::ChoiceActivationPrevented);
            }
        }
        Ok(())
    }

    /// SB.2.9, 10.3 and 11.4.1: clusters on the way up let go. The current activity itself was
    /// asked by NB.2.1.
    fn choice_upwards(
        self,
        from: ActivityIdx,
        common: ActivityIdx,
    ) -> Result<(), SequencingException> {
        let mut way = self.tree.path_up(from).take_while(|at| *at != common);
        match way.all(|at| self.definition(at).choice_exit) {
            true => Ok(()),
            false => Err(SequencingException::ChoiceExitNotAllowed),
        }
    }

    /// SB.2.9, 11.4.2–11.5: the innermost constraining cluster on the way up lets choice only into
    /// itself and what is next to it.
    fn constrained_choice(
        self,
        from: ActivityIdx,
        common: ActivityIdx,
        target: ActivityIdx,
    ) -> Result<(), SequencingException> {
        // DIFFERENCE: a leaf's own constrainChoice is passed over: it has nothing to constrain choice
        // to.
        let way = self.tree.path_up(from).take_while(|at| *at != common);
        let mut way = way.filter(|at| !self.is_leaf(*at));
        let Some(constrained) = way.find(|at| self.definition(*at).constrain_choice) else {
            return Ok(());
        };
        let direction = if self.is_forward(constrained, target) {
            Direction::Forward
        } else {
            Direction::Backward
        };
        let consider = self.choice_flow(constrained, direction);
        let within = |cluster| self.tree.path_up(target).any(|at| at == cluster);
        if within(consider) || target == constrained {
            Ok(())
        } else {
            Err(SequencingException::ChoiceConstrained)
        }
    }

    /// SB.2.9.1 Choice Flow Subprocess: the neighbour, or the activity itself where there is none.
    fn choice_flow(self, activity: ActivityIdx, direction: Direction) -> ActivityIdx {
        self.choice_flow_tree_traversal(activity, direction)
            .unwrap_or(activity)
    }

    /// SB.2.9.2 Choice Flow Tree Traversal Subprocess.
    fn choice_flow_tree_traversal(
        self,
        activity: ActivityIdx,
        direction: Direction,
    ) -> Option<ActivityIdx> {
        self.tree
            .path_up(activity)
            .find_map(|at| self.sibling(at, direction))
    }

    /// SB.2.4 Choice Activity Traversal Subprocess.
    fn choice_activity_traversal(
        self,
        activity: ActivityIdx,
        direction: Direction,
    ) -> Result<(), SequencingException> {
        match direction {
            // 1
            Direction::Forward => {
                if self.pre_condition(activity, RuleAction::StopForwardTraversal) {
                    return Err(SequencingException::ChoiceTraversalStopped);
                }
            }
            // 2
            Direction::Backward => {
                let parent = self
                    .parent(activity)
                    .ok_or(SequencingException::ChoiceTraversalNothingBeforeTheRoot)?;
                if self.definition(parent).forward_only {
                    return Err(SequencingException::ChoiceTraversalForwardOnly);
                }
            }
        }
        // 3
        Ok(())
    }
}
