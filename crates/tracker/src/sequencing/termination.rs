//! TB.2.1 to TB.2.3: how attempts end, and what exit and post-condition rules make of it.

use percorso_package::RuleAction;

use super::{Sequencer, SequencingException, SequencingRequest, TerminationRequest};
use crate::activity_tree::ActivityIdx;

/// What post-condition rules ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct PostCondition {
    exits: Option<Exits>,
    sequencing: Option<SequencingRequest>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exits {
    Parent,
    All,
}

impl Sequencer<'_> {
    /// TB.2.3 Termination Request Process: the sequencing request that takes the place of the one
    /// asked for, if any.
    pub(super) fn termination_request(
        &mut self,
        request: TerminationRequest,
    ) -> Result<Option<SequencingRequest>, SequencingException> {
        // 1
        let current = self
            .state
            .current
            .ok_or(SequencingException::TerminationSessionNotBegun)?;
        let active = self.state.of(current).active;
        // 2
        let ends_one = matches!(
            request,
            TerminationRequest::Exit | TerminationRequest::Abandon
        );
        if ends_one && !active {
            return Err(SequencingException::TerminationAlreadyTerminated);
        }
        match request {
            // 3
            TerminationRequest::Exit => self.exit(current),
            // 4
            TerminationRequest::ExitAll => {
                self.exit_all();
                Ok(Some(SequencingRequest::Exit))
            }
            // 5
            TerminationRequest::SuspendAll => self.suspend_all(current),
            // 6
            TerminationRequest::Abandon => {
                self.state.of_mut(current).active = false;
                Ok(None)
            }
            // 7
            TerminationRequest::AbandonAll => {
                for at in self.path_to_root(current) {
                    self.state.of_mut(at).active = false;
                }
                self.state.current = Some(self.tree.root());
                Ok(Some(SequencingRequest::Exit))
            }
        }
    }

    fn path_to_root(&self, idx: ActivityIdx) -> Vec<ActivityIdx> {
        self.tree.path_up(idx).collect()
    }

    /// TB.2.3, 3.
    fn exit(
        &mut self,
        current: ActivityIdx,
    ) -> Result<Option<SequencingRequest>, SequencingException> {
        // 3.1–3.2
        self.end_attempt(current);
        self.exit_action_rules();
        // 3.3: once for each level that is left
        loop {
            let current = self
                .state
                .current
                .ok_or(SequencingException::TerminationSessionNotBegun)?;
            let post = self.post_condition_rules(current);
            match post.exits {
                // 3.3.3
                Some(Exits::All) => {
                    self.exit_all();
                    return Ok(Some(post.sequencing.unwrap_or(SequencingRequest::Exit)));
                }
                // 3.3.4
                Some(Exits::Parent) => {
                    let parent = self.tree.activity(current).parent;
                    let parent = parent.ok_or(SequencingException::TerminationRootHasNoParent)?;
                    self.state.current = Some(parent);
                    self.end_attempt(parent);
                }
                // 3.3.5
                None => {
                    let leaves_root = current == self.tree.root()
                        && post.sequencing != Some(SequencingRequest::Retry);
                    return Ok(if leaves_root {
                        Some(SequencingRequest::Exit)
                    } else {
                        post.sequencing
                    });
                }
            }
        }
    }

    /// TB.2.3, 4.
    fn exit_all(&mut self) {
        let root = self.tree.root();
        if let Some(current) = self.state.current.filter(|at| self.state.of(*at).active) {
            self.end_attempt(current);
        }
        self.terminate_descendent_attempts(root);
        self.end_attempt(root);
        self.state.current = Some(root);
    }

    /// TB.2.3, 5.
    fn suspend_all(
        &mut self,
        current: ActivityIdx,
    ) -> Result<Option<SequencingRequest>, SequencingException> {
        let tracking = self.state.of(current);
        let suspended = if tracking.active || tracking.suspended {
            // 5.1
            self.overall_rollup(current);
            current
        } else {
            // 5.2
            self.tree
                .activity(current)
                .parent
                .ok_or(SequencingException::TerminationInactiveRootNotSuspended)?
        };
        self.state.suspended = Some(suspended);
        // 5.3–5.5
        for at in self.path_to_root(suspended) {
            let tracking = self.state.of_mut(at);
            tracking.active = false;
            tracking.suspended = true;
        }
        // 5.6–5.7
        self.state.current = Some(self.tree.root());
        Ok(Some(SequencingRequest::Exit))
    }

    /// TB.2.1 Sequencing Exit Action Rules Subprocess.
    fn exit_action_rules(&mut self) {
        let Some(current) = self.state.current else {
            return;
        };
        // 1–3: from the root down to the current activity's parent
        let look = self.look();
        let mut path: Vec<ActivityIdx> = self.tree.path_up(current).skip(1).collect();
        path.reverse();
        let target = path.into_iter().find(|at| {
            let rules = &look.definition(*at).exit_condition_rules;
            look.sequencing_rules_check(*at, rules, |action| action == RuleAction::Exit)
                .is_some()
        });
        // 4
        if let Some(target) = target {
            self.terminate_descendent_attempts(target);
            self.end_attempt(target);
            self.state.current = Some(target);
        }
    }

    /// TB.2.2 Sequencing Post Condition Rules Subprocess.
    fn post_condition_rules(&self, current: ActivityIdx) -> PostCondition {
        // 1
        if self.state.of(current).suspended {
            return PostCondition::default();
        }
        // 2
        let rules = &self.definition(current).post_condition_rules;
        let action = self.look().sequencing_rules_check(current, rules, |_| true);
        // 3
        let post = |exits, sequencing| PostCondition { exits, sequencing };
        match action {
            Some(RuleAction::Retry) => post(None, Some(SequencingRequest::Retry)),
            Some(RuleAction::Continue) => post(None, Some(SequencingRequest::Continue)),
            Some(RuleAction::Previous) => post(None, Some(SequencingRequest::Previous)),
            Some(RuleAction::ExitParent) => post(Some(Exits::Parent), None),
            Some(RuleAction::ExitAll) => post(Some(Exits::All), None),
            Some(RuleAction::RetryAll) => post(Some(Exits::All), Some(SequencingRequest::Retry)),
            _ => PostCondition::default(),
        }
    }
}
