//! SB.2.5 to SB.2.13: what a sequencing request delivers.

use super::choice::NoChoice;
use super::flow::NoFlow;
use super::{Children, Direction, Look, Sequencer, SequencingException, SequencingRequest};
use crate::activity_tree::ActivityIdx;

/// What a sequencing request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sequenced {
    /// To be delivered.
    Deliver(ActivityIdx),
    /// The sequencing session is over.
    EndSession,
    /// Nothing: the session waits for the learner.
    Nothing,
}

type Result<T> = std::result::Result<T, SequencingException>;

impl Sequencer<'_> {
    /// SB.2.12 Sequencing Request Process.
    pub(super) fn sequencing_request(&mut self, request: SequencingRequest) -> Result<Sequenced> {
        let look = self.look();
        let is_continue = request == SequencingRequest::Continue;
        let flowed = match request {
            SequencingRequest::Start => look.start(),
            SequencingRequest::ResumeAll => look.resume_all().map_err(NoFlow::from),
            SequencingRequest::Continue => look.continue_(),
            SequencingRequest::Previous => look.previous(),
            SequencingRequest::Retry => look.retry(),
            SequencingRequest::Jump(target) => look.jump(target).map_err(NoFlow::from),
            SequencingRequest::Exit => return look.exit(),
            SequencingRequest::Choice(target) => match look.choice(target) {
                Ok(delivered) => Ok(delivered),
                Err(NoChoice::Refused(exception)) => Err(exception.into()),
                Err(NoChoice::Dead(_)) => {
                    self.stay_at_the_chosen_cluster(target);
                    Err(SequencingException::ChoiceFlowNotPossible.into())
                }
            },
        };
        match flowed {
            Ok(delivered) => Ok(Sequenced::Deliver(delivered)),
            Err(NoFlow {
                end_session: true, ..
            }) => {
                self.end_at_the_last_activity();
                Ok(Sequenced::EndSession)
            }
            // DIFFERENCE: where nothing can be chosen either, a Continue that leads nowhere ends the
            // session, as in ADL's sample run-time: the learner could do nothing but leave.
            Err(_) if is_continue && !self.can_choose() => {
                self.end_at_the_last_activity();
                Ok(Sequenced::EndSession)
            }
            Err(NoFlow { exception, .. }) => {
                Err(exception.unwrap_or(SequencingException::FlowTreeLastActivity))
            }
        }
    }

    /// SB.2.9, 14: the learner is at the cluster now, with nothing delivered.
    fn stay_at_the_chosen_cluster(&mut self, target: ActivityIdx) {
        let Some(current) = self.state.current else {
            return;
        };
        let common = self.tree.common_ancestor(current, target);
        // 14.1–14.3
        self.terminate_descendent_attempts(common);
        self.end_attempt(common);
        self.state.current = Some(target);
    }

    /// SB.2.1, 3.1.1: the flow went off the tree.
    // DIFFERENCE: the book ends only what lies below the root; the root's own attempt is over with
    // the session as well, as in ADL's sample run-time, or nothing would be rolled up into it.
    fn end_at_the_last_activity(&mut self) {
        let root = self.tree.root();
        self.terminate_descendent_attempts(root);
        self.end_attempt(root);
        self.state.current = Some(root);
    }
}

impl Look<'_> {
    /// SB.2.5 Start Sequencing Request Process.
    fn start(self) -> std::result::Result<ActivityIdx, NoFlow> {
        // 1
        if self.state.current.is_some() {
            return Err(SequencingException::StartSessionAlreadyBegun.into());
        }
        // 2
        let root = self.tree.root();
        if self.is_leaf(root) {
            return Ok(root);
        }
        // 3
        self.flow(root, Direction::Forward, Children::Consider)
    }

    /// SB.2.6 Resume All Sequencing Request Process.
    fn resume_all(self) -> Result<ActivityIdx> {
        if self.state.current.is_some() {
            return Err(SequencingException::ResumeAllSessionAlreadyBegun);
        }
        self.state
            .suspended
            .ok_or(SequencingException::ResumeAllNothingSuspended)
    }

    /// SB.2.7 Continue Sequencing Request Process.
    fn continue_(self) -> std::result::Result<ActivityIdx, NoFlow> {
        // 1
        let current = self
            .state
            .current
            .ok_or(SequencingException::ContinueSessionNotBegun)?;
        // 2
        if self
            .parent(current)
            .is_some_and(|parent| !self.definition(parent).flow)
        {
            return Err(SequencingException::ContinueFlowNotAllowed.into());
        }
        // 3–5
        self.flow(current, Direction::Forward, Children::PassBy)
    }

    /// SB.2.8 Previous Sequencing Request Process.
    pub(super) fn previous(self) -> std::result::Result<ActivityIdx, NoFlow> {
        // 1
        let current = self
            .state
            .current
            .ok_or(SequencingException::PreviousSessionNotBegun)?;
        // 2
        if self
            .parent(current)
            .is_some_and(|parent| !self.definition(parent).flow)
        {
            return Err(SequencingException::PreviousFlowNotAllowed.into());
        }
        // 3–5
        self.flow(current, Direction::Backward, Children::PassBy)
    }

    /// SB.2.10 Retry Sequencing Request Process.
    fn retry(self) -> std::result::Result<ActivityIdx, NoFlow> {
        // 1
        let current = self
            .state
            .current
            .ok_or(SequencingException::RetrySessionNotBegun)?;
        // 2
        let tracking = self.tracking(current);
        if tracking.active || tracking.suspended {
            return Err(SequencingException::RetryActiveOrSuspended.into());
        }
        // 4
        if self.is_leaf(current) {
            return Ok(current);
        }
        // 3
        self.flow(current, Direction::Forward, Children::Consider)
            .map_err(|stopped| match stopped.end_session {
                true => stopped,
                false => SequencingException::RetryFlowNotPossible.into(),
            })
    }

    /// SB.2.11 Exit Sequencing Request Process.
    fn exit(self) -> Result<Sequenced> {
        let current = self
            .state
            .current
            .ok_or(SequencingException::ExitSessionNotBegun)?;
        if self.tracking(current).active {
            return Err(SequencingException::ExitNotTerminated);
        }
        Ok(match self.is_root(current) {
            true => Sequenced::EndSession,
            false => Sequenced::Nothing,
        })
    }

    /// SB.2.13 Jump Sequencing Request Process.
    fn jump(self, target: ActivityIdx) -> Result<ActivityIdx> {
        self.state
            .current
            .map(|_| target)
            .ok_or(SequencingException::JumpSessionNotBegun)
    }
}
