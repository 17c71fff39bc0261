//! NB.2.1: whether a navigation request makes sense where the learner is.

use percorso_package::Edition;

use super::{Look, SequencingException, SequencingRequest, TerminationRequest};
use crate::activity_tree::ActivityIdx;
use crate::session::NavigationRequest;

/// What a valid navigation request asks for: first an end, then a sequencing request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Navigation {
    pub(super) termination: Option<TerminationRequest>,
    pub(super) sequencing: SequencingRequest,
}

type Result<T> = std::result::Result<T, SequencingException>;

impl Look<'_> {
    /// NB.2.1 Navigation Request Process.
    pub(super) fn navigation_request(self, request: &NavigationRequest) -> Result<Navigation> {
        let current = self.state.current;
        let begun = || current.ok_or(SequencingException::NavigationSessionNotBegun);
        let only = |sequencing| Navigation {
            termination: None,
            sequencing,
        };
        let ends = |termination| Navigation {
            termination: Some(termination),
            sequencing: SequencingRequest::Exit,
        };
        match request {
            // 1
            NavigationRequest::Start => match current {
                None => Ok(only(SequencingRequest::Start)),
                Some(_) => Err(SequencingException::NavigationSessionAlreadyBegun),
            },
            // 2
            NavigationRequest::ResumeAll => match (current, self.state.suspended) {
                (Some(_), _) => Err(SequencingException::NavigationSessionAlreadyBegun),
                (None, None) => Err(SequencingException::NavigationNothingSuspended),
                (None, Some(_)) => Ok(only(SequencingRequest::ResumeAll)),
            },
            // 3
            NavigationRequest::Continue => {
                let parent = self
                    .parent(begun()?)
                    .ok_or(SequencingException::NavigationFlowNotAllowed)?;
                match self.definition(parent).flow {
                    true => Ok(self.leaving(SequencingRequest::Continue)),
                    false => Err(SequencingException::NavigationFlowNotAllowed),
                }
            }
            // 4
            NavigationRequest::Previous => {
                let parent = self
                    .parent(begun()?)
                    .ok_or(SequencingException::NavigationNothingBeforeTheRoot)?;
                let cluster = self.definition(parent);
                match cluster.flow && !cluster.forward_only {
                    true => Ok(self.leaving(SequencingRequest::Previous)),
                    false => Err(SequencingException::NavigationFlowBackwardNotAllowed),
                }
            }
            // 7
            NavigationRequest::Choice(target) => {
                let target = self
                    .tree
                    .idx_of(target)
                    .ok_or(SequencingException::NavigationTargetDoesNotExist)?;
                self.choice_navigation(target)?;
                Ok(self.leaving(SequencingRequest::Choice(target)))
            }
            // 8: jump came with the 3rd edition's successor
            NavigationRequest::Jump(_) if self.tree.edition < Edition::Fourth => {
                Err(SequencingException::NavigationRequestNotSupported)
            }
            NavigationRequest::Jump(target) => {
                begun()?;
                let target = self
                    .tree
                    .idx_of(target)
                    .ok_or(SequencingException::NavigationTargetDoesNotExist)?;
                let available = self.is_root(target) || self.position(target).is_some();
                match available {
                    true => Ok(self.leaving(SequencingRequest::Jump(target))),
                    false => Err(SequencingException::NavigationTargetDoesNotExist),
                }
            }
            // 9, 11
            NavigationRequest::Exit | NavigationRequest::Abandon => {
                if !self.tracking(begun()?).active {
                    return Err(SequencingException::NavigationAlreadyTerminated);
                }
                Ok(ends(match request {
                    NavigationRequest::Exit => TerminationRequest::Exit,
                    _ => TerminationRequest::Abandon,
                }))
            }
            // 10, 12, 13
            NavigationRequest::ExitAll => begun().map(|_| ends(TerminationRequest::ExitAll)),
            NavigationRequest::AbandonAll => begun().map(|_| ends(TerminationRequest::AbandonAll)),
            NavigationRequest::SuspendAll => begun().map(|_| ends(TerminationRequest::SuspendAll)),
        }
    }

    /// The current activity exits first, when it is still active.
    fn leaving(self, sequencing: SequencingRequest) -> Navigation {
        let active = self
            .state
            .current
            .is_some_and(|at| self.tracking(at).active);
        Navigation {
            termination: active.then_some(TerminationRequest::Exit),
            sequencing,
        }
    }

    /// NB.2.1, 7: the choice's own conditions.
    pub(super) fn choice_navigation(self, target: ActivityIdx) -> Result<()> {
        // 7.1.1
        let parent = self.parent(target);
        if parent.is_some_and(|parent| !self.definition(parent).choice) {
            return Err(SequencingException::NavigationChoiceNotAllowed);
        }
        // 7.1.1.1
        let Some(current) = self.state.current else {
            return Ok(());
        };
        // 7.1.1.2: clusters on the way out. A cluster that is itself the target is left as well.
        if self.parent(current) != parent {
            let common = self.tree.common_ancestor(current, target);
            let out = self.tree.path_up(current).take_while(|at| *at != common);
            let mut way = out.chain((common == target).then_some(target));
            if way.any(|at| self.tracking(at).active && !self.definition(at).choice_exit) {
                return Err(SequencingException::NavigationChoiceExitNotAllowed);
            }
        }
        // 7.1.1.3: the current activity itself
        if self.tracking(current).active && !self.definition(current).choice_exit {
            return Err(SequencingException::NavigationChoiceExitNotAllowed);
        }
        Ok(())
    }
}
