//! SB.2.1 to SB.2.3: where a flow through the tree stops.

use percorso_package::RuleAction;

use super::{Children, Direction, Look, SequencingException};
use crate::activity_tree::ActivityIdx;

/// A flow that led nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoFlow {
    /// It went off the end of the tree: the sequencing session is over.
    pub(super) end_session: bool,
    pub(super) exception: Option<SequencingException>,
}

impl From<SequencingException> for NoFlow {
    fn from(exception: SequencingException) -> Self {
        Self {
            end_session: false,
            exception: Some(exception),
        }
    }
}

impl Look<'_> {
    /// SB.2.3 Flow Subprocess: the activity to deliver, seeking from `activity`.
    pub(super) fn flow(
        self,
        activity: ActivityIdx,
        direction: Direction,
        children: Children,
    ) -> Result<ActivityIdx, NoFlow> {
        // 1–3
        let (candidate, went) = self.flow_tree_traversal(activity, direction, None, children)?;
        // 4. Into a forward-only cluster a backward flow comes from its front.
        let came = (direction == Direction::Backward && went == Direction::Forward)
            .then_some(Direction::Backward);
        let direction = if came.is_some() { went } else { direction };
        self.flow_activity_traversal(candidate, direction, came)
    }

    /// SB.2.2 Flow Activity Traversal Subprocess: goes on from a candidate until one can be
    /// delivered. The book's recursion is a loop here.
    fn flow_activity_traversal(
        self,
        candidate: ActivityIdx,
        direction: Direction,
        came: Option<Direction>,
    ) -> Result<ActivityIdx, NoFlow> {
        let (mut at, mut direction, mut came) = (candidate, direction, came);
        // Each activity is met at most twice: on the way, and when a cluster turns the way round.
        for _ in 0..=(self.tree.len() * 2) {
            // 1
            let parent = self.parent(at);
            if !parent.is_some_and(|parent| self.definition(parent).flow) {
                return Err(SequencingException::FlowNotAllowed.into());
            }
            // 2–3: skipped
            if self.pre_condition(at, RuleAction::Skip) {
                let (next, went) =
                    self.flow_tree_traversal(at, direction, came, Children::PassBy)?;
                at = next;
                if came == Some(Direction::Backward) && went == Direction::Backward {
                    (direction, came) = (Direction::Backward, None);
                }
                continue;
            }
            // 4
            if self.check_activity(at) {
                return Err(SequencingException::FlowActivityNotAvailable.into());
            }
            // 6
            if self.is_leaf(at) {
                return Ok(at);
            }
            // 5: into the cluster
            let (next, went) = self.flow_tree_traversal(at, direction, None, Children::Consider)?;
            at = next;
            came = None;
            if direction == Direction::Backward && went == Direction::Forward {
                (direction, came) = (Direction::Forward, Some(Direction::Backward));
            }
        }
        Err(SequencingException::FlowActivityNotAvailable.into())
    }

    /// SB.2.1 Flow Tree Traversal Subprocess: the next activity in the tree, and the way it was
    /// reached. What it ends of attempts when the tree is over is done by the caller.
    fn flow_tree_traversal(
        self,
        activity: ActivityIdx,
        direction: Direction,
        came: Option<Direction>,
        children: Children,
    ) -> Result<(ActivityIdx, Direction), NoFlow> {
        let (mut at, mut direction, mut children) = (activity, direction, children);
        // 1–2: from the far end of a forward-only cluster the way back leads out at its front
        let mut reversed = false;
        if came == Some(Direction::Backward)
            && self.sibling(at, Direction::Forward).is_none()
            && let Some(parent) = self.parent(at)
        {
            direction = Direction::Backward;
            at = self.available(parent).first().copied().unwrap_or(at);
            reversed = true;
        }
        loop {
            let enters = !self.is_leaf(at) && children == Children::Consider;
            if enters {
                // 3.3, 4.3
                let available = self.available(at);
                let turned = direction == Direction::Forward || self.definition(at).forward_only;
                let next = if turned {
                    available.first()
                } else {
                    available.last()
                };
                let went = if turned {
                    Direction::Forward
                } else {
                    Direction::Backward
                };
                return match next {
                    Some(next) => Ok((*next, went)),
                    None => Err(SequencingException::FlowTreeNoAvailableChildren.into()),
                };
            }
            // 3.1, 4.1
            let Some(parent) = self.parent(at) else {
                return Err(match direction {
                    Direction::Forward => NoFlow {
                        end_session: true,
                        exception: None,
                    },
                    Direction::Backward => SequencingException::FlowTreeNothingBeforeTheRoot.into(),
                });
            };
            // 4.2.1
            let backwards = direction == Direction::Backward && !reversed;
            if backwards && self.definition(parent).forward_only {
                return Err(SequencingException::FlowTreeForwardOnly.into());
            }
            // 3.2, 4.2
            if let Some(next) = self.sibling(at, direction) {
                return Ok((next, direction));
            }
            (at, children, reversed) = (parent, Children::PassBy, false);
        }
    }
}
