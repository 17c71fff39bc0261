//! What could be asked for now: the same processes as a dry run on a copy of the state.

use percorso_package::RuleAction;

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
        // DIFFERENCE: Continue is offered wherever the cluster flows, as in ADL's sample run-time and
        // its test suite: to be refused further on is an answer too, and where it leads depends on
        // what content reports when it is left.
        if *request == NavigationRequest::Continue {
            return Ok(());
        }
        let mut copy = self.state.clone();
        let mut dry = Sequencer::new(self.tree, &mut copy);
        dry.prepare_tree();
        if let NavigationRequest::Choice(target) = request {
            let target = self.tree.idx_of(target).ok_or(SequencingException::Nb11)?;
            dry.leave_current();
            return dry.look().would_choose(target);
        }
        match dry.navigate(request).exception {
            None => Ok(()),
            Some(exception) => Err(exception),
        }
    }

    /// For every activity whether it could be chosen now, on one copy of the state.
    pub(crate) fn choices(&self) -> Vec<Choosable> {
        let mut copy: SequencingState = self.state.clone();
        let before = self.look();
        let mut dry = Sequencer::new(self.tree, &mut copy);
        dry.prepare_tree();
        dry.leave_current();
        let look = dry.look();
        // A choice among siblings asks every sibling on the way: each is asked once for all choices.
        let stops: Vec<bool> = self
            .tree
            .indices()
            .map(|idx| look.stops_forward(idx))
            .collect();
        let look = Look {
            stops: Some(&stops),
            ..look
        };
        let choosable = |idx| {
            let unavailable = look.parent(idx).is_some() && look.position(idx).is_none();
            if unavailable || look.pre_condition(idx, RuleAction::HiddenFromChoice) {
                return Choosable::Hidden;
            }
            let verdict = before.choice_navigation(idx);
            match verdict.and_then(|()| look.would_choose(idx)) {
                Ok(()) => Choosable::Yes,
                Err(exception) => Choosable::No(Refusal::Sequencing(exception)),
            }
        };
        self.tree.indices().map(choosable).collect()
    }

    /// What a choice ends first: the attempt on the current activity.
    fn leave_current(&mut self) {
        let current = self.state.current;
        if let Some(current) = current.filter(|at| self.state.of(*at).active) {
            self.end_attempt(current);
        }
    }
}

impl Look<'_> {
    /// SB.2.4, 1: a pre-condition rule stops forward traversal at the activity.
    pub(super) fn stops_forward(self, idx: ActivityIdx) -> bool {
        match self.stops {
            Some(stops) => stops[idx.usize()],
            None => self.pre_condition(idx, RuleAction::StopForwardTraversal),
        }
    }

    /// SB.2.9 and DB.1.1, without delivering.
    fn would_choose(self, target: ActivityIdx) -> Result<(), SequencingException> {
        let delivered = self.choice(target).map_err(|refused| match refused {
            super::choice::NoChoice::Refused(exception) => exception,
            super::choice::NoChoice::Dead(_) => SequencingException::Sb29x9,
        })?;
        self.delivery_request(delivered)
    }
}
