//! DB.1.1 and DB.2: the last look before delivery, and what delivery begins.

use super::{Look, Sequencer, SequencingException};
use crate::activity_tree::ActivityIdx;

impl Look<'_> {
    /// DB.1.1 Delivery Request Process.
    pub(super) fn delivery_request(self, idx: ActivityIdx) -> Result<(), SequencingException> {
        // 1
        if !self.is_leaf(idx) {
            return Err(SequencingException::DeliveryOfACluster);
        }
        // 2–4
        match self.tree.path_up(idx).any(|at| self.check_activity(at)) {
            true => Err(SequencingException::DeliveryActivityNotAvailable),
            false => Ok(()),
        }
    }
}

impl Sequencer<'_> {
    /// DB.2 Content Delivery Environment Process: whether a suspended attempt goes on.
    pub(super) fn content_delivery_environment(
        &mut self,
        idx: ActivityIdx,
    ) -> Result<bool, SequencingException> {
        // 1
        if self
            .state
            .current
            .is_some_and(|current| self.state.of(current).active)
        {
            return Err(SequencingException::ContentDeliveryStillActive);
        }
        // 2
        if self.state.suspended != Some(idx) {
            self.clear_suspended_activity(idx);
        }
        // 3
        self.terminate_descendent_attempts(idx);
        let resumed = self.state.of(idx).suspended;
        // 4–5: attempts begin from the root down
        let mut path: Vec<ActivityIdx> = self.tree.path_up(idx).collect();
        path.reverse();
        for at in path {
            self.begin_attempt(at);
        }
        // 6
        self.state.current = Some(idx);
        self.state.suspended = None;
        Ok(resumed)
    }

    /// DB.2, 5.1: a suspended attempt goes on, else a new one begins.
    fn begin_attempt(&mut self, idx: ActivityIdx) {
        let definition = self.definition(idx);
        let tracking = self.state.of_mut(idx);
        if tracking.active {
            return;
        }
        tracking.active = true;
        if !definition.tracked {
            return;
        }
        if tracking.suspended {
            tracking.suspended = false;
            return;
        }
        // 5.1.1.2: what was known belongs to the attempt before
        tracking.attempts += 1;
        tracking.completed = None;
        tracking.progress_measure = None;
        tracking.completion_said = false;
        tracking.success_said = false;
        tracking.objectives.clear();
        tracking.stale_objectives = false;
        tracking.stale_progress = false;
        if definition.use_current_attempt_objective_info {
            self.age(idx, |of| &mut of.stale_objectives);
        }
        if definition.use_current_attempt_progress_info {
            self.age(idx, |of| &mut of.stale_progress);
        }
        let again = self.state.of(idx).attempts > 1;
        if idx == self.tree.root() && again && !self.tree.objectives_global_to_system {
            // SN 3.10: global to the attempt on the root only
            self.state.global_objectives = std::sync::Arc::default();
        }
    }

    /// Everything below was recorded before the new attempt.
    fn age(
        &mut self,
        idx: ActivityIdx,
        mark: fn(&mut crate::tracking::ActivityTracking) -> &mut bool,
    ) {
        let tree = self.tree;
        let mut below: Vec<ActivityIdx> = tree.activity(idx).children.clone();
        while let Some(at) = below.pop() {
            let tracking = self.state.of(at);
            if tracking.attempts > 0 || !tracking.objectives.is_empty() {
                *mark(self.state.of_mut(at)) = true;
            }
            below.extend(&tree.activity(at).children);
        }
    }

    /// DB.2.1 Clear Suspended Activity Subprocess.
    fn clear_suspended_activity(&mut self, idx: ActivityIdx) {
        // 1
        let Some(suspended) = self.state.suspended.take() else {
            return;
        };
        // 1.1–1.3: from the suspended activity up to what both have in common
        let common = self.tree.common_ancestor(idx, suspended);
        let path: Vec<ActivityIdx> = self
            .tree
            .path_up(suspended)
            .take_while(|at| *at != common)
            .collect();
        for at in path {
            let look = self.look();
            let still = look
                .available(at)
                .iter()
                .any(|child| look.tracking(*child).suspended);
            self.state.of_mut(at).suspended = still;
        }
    }
}
