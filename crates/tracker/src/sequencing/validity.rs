//! What could be asked for now: the same processes as a dry run on a copy of the state.

use percorso_package::RuleAction;

use super::remembered::Remembered;
use super::{Look, Sequencer, SequencingException};
use crate::activity_tree::ActivityIdx;
use crate::session::{Choosable, NavigationRequest, Refusal};
use crate::tracking::SequencingState;

impl Sequencer<'_> {
    /// Whether a request would lead somewhere now.
    ///
    /// # Errors
    /// The exception that the request would come to.
    pub fn validate(&self, request: &NavigationRequest) -> Result<(), SequencingException> {
        self.look().navigation_request(request)?;
        let mut copy = self.state.clone();
        let mut dry = Sequencer::new(self.tree, &mut copy);
        dry.prepare_tree();
        // DIFFERENCE: what moves through the tree is looked at as things stand, the current attempt not
        // ended: what content will have reported by then, and what rules make of it, is not known yet.
        // Continue is offered wherever the cluster flows: to be refused further on is an answer too.
        // Both as in ADL's sample run-time and its test suite.
        match request {
            NavigationRequest::Continue => Ok(()),
            NavigationRequest::Previous => dry.look().would_go_back(),
            NavigationRequest::Choice(target) => {
                let target = self
                    .tree
                    .idx_of(target)
                    .ok_or(SequencingException::NavigationTargetDoesNotExist)?;
                dry.look().would_choose(target)
            }
            NavigationRequest::Jump(target) => {
                let target = self
                    .tree
                    .idx_of(target)
                    .ok_or(SequencingException::NavigationTargetDoesNotExist)?;
                dry.look().delivery_request(target)
            }
            _ => match dry.navigate(request).exception {
                None => Ok(()),
                Some(exception) => Err(exception),
            },
        }
    }

    /// For every activity whether it could be chosen now, on one copy of the state.
    pub(crate) fn choices(&self) -> Vec<Choosable> {
        let mut copy: SequencingState = self.state.clone();
        let mut dry = Sequencer::new(self.tree, &mut copy);
        dry.prepare_tree();
        let remembered = Remembered::nothing(self.tree);
        let look = Look {
            remembered: Some(&remembered),
            ..dry.look()
        };
        let choosable = |idx| {
            let unavailable = look.parent(idx).is_some() && look.position(idx).is_none();
            if unavailable || look.pre_condition(idx, RuleAction::HiddenFromChoice) {
                return Choosable::Hidden;
            }
            let verdict = look.choice_navigation(idx);
            match verdict.and_then(|()| look.would_choose(idx)) {
                Ok(()) => Choosable::Yes,
                Err(exception) => Choosable::No(Refusal::Sequencing(exception)),
            }
        };
        let mut choices: Vec<Choosable> = self.tree.indices().map(choosable).collect();
        // DIFFERENCE: the root leads where the activities below it lead. While content is there it is no
        // choice alone; without content it may be the only way on.
        let current = self.state.current;
        let delivering = current.is_some_and(|at| self.state.of(at).active);
        if delivering && choices[0] == Choosable::Yes && !choices[1..].contains(&Choosable::Yes) {
            choices[0] = Choosable::No(Refusal::Sequencing(
                SequencingException::NavigationChoiceNotAllowed,
            ));
        }
        choices
    }

    /// Something below the root could be chosen now.
    pub(super) fn can_choose(&self) -> bool {
        self.choices()[1..].contains(&Choosable::Yes)
    }
}

impl Look<'_> {
    /// SB.2.9 and DB.1.1, without delivering.
    fn would_choose(self, target: ActivityIdx) -> Result<(), SequencingException> {
        let delivered = self.choice(target).map_err(|refused| match refused {
            super::choice::NoChoice::Refused(exception) => exception,
            super::choice::NoChoice::Dead(_) => SequencingException::ChoiceFlowNotPossible,
        })?;
        if self.is_the_last_attempt(delivered) {
            return Err(SequencingException::DeliveryActivityNotAvailable);
        }
        self.delivery_request(delivered)
    }

    /// UP.1 of the current activity, whose attempt is over before another could begin: that much is
    /// known, whatever content reports.
    fn is_the_last_attempt(self, idx: ActivityIdx) -> bool {
        let (definition, tracking) = (self.definition(idx), self.tracking(idx));
        let under_way = tracking.active && !tracking.suspended && definition.tracked;
        let limit = definition.attempt_limit.filter(|_| under_way);
        self.state.current == Some(idx) && limit.is_some_and(|limit| tracking.attempts >= limit)
    }

    /// SB.2.8 and DB.1.1, without delivering.
    fn would_go_back(self) -> Result<(), SequencingException> {
        let delivered = self.previous().map_err(|stopped| {
            stopped
                .exception
                .unwrap_or(SequencingException::FlowTreeNothingBeforeTheRoot)
        })?;
        self.delivery_request(delivered)
    }
}
