//! OP.1: from a navigation request to what is delivered.

use super::requests::Sequenced;
use super::{Sequencer, SequencingException};
use crate::activity_tree::ActivityIdx;
use crate::session::NavigationRequest;

/// What a navigation request led to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SequencingOutcome {
    /// The activity to launch.
    pub delivered: Option<ActivityIdx>,
    /// Its suspended attempt goes on.
    pub resumed: bool,
    /// The current activity was left; when not, it goes on as if nothing had been asked.
    pub left: bool,
    /// The sequencing session is over.
    pub ended: bool,
    /// It can be resumed.
    pub suspended: bool,
    /// A post-condition rule asked for something else than the learner.
    pub overridden: bool,
    /// Why nothing was delivered, when a process refused.
    pub exception: Option<SequencingException>,
}

impl Sequencer<'_> {
    /// OP.1 Overall Sequencing Process, one turn of its loop.
    pub fn navigate(&mut self, request: &NavigationRequest) -> SequencingOutcome {
        let mut outcome = SequencingOutcome::default();
        if let Err(exception) = self.overall(request, &mut outcome) {
            outcome.exception = Some(exception);
        }
        outcome
    }

    fn overall(
        &mut self,
        request: &NavigationRequest,
        outcome: &mut SequencingOutcome,
    ) -> Result<(), SequencingException> {
        self.prepare_tree();
        // 1.1
        let navigation = self.look().navigation_request(request)?;
        let mut sequencing = navigation.sequencing;
        // 1.3
        outcome.left = true;
        if let Some(termination) = navigation.termination {
            let instead = self.termination_request(termination)?;
            outcome.overridden = instead.is_some_and(|instead| instead != sequencing);
            sequencing = instead.unwrap_or(sequencing);
        }
        // 1.4
        match self.sequencing_request(sequencing)? {
            Sequenced::EndSession => {
                outcome.ended = true;
                outcome.suspended = self.state.suspended.is_some();
                self.end_session();
                Ok(())
            }
            Sequenced::Nothing => Ok(()),
            Sequenced::Deliver(idx) => {
                // 1.5
                self.look().delivery_request(idx)?;
                // 1.6
                outcome.resumed = self.content_delivery_environment(idx)?;
                outcome.delivered = Some(idx);
                Ok(())
            }
        }
    }

    /// The sequencing session is over: there is no current activity until the next one begins.
    fn end_session(&mut self) {
        if let Some(current) = self.state.current.take() {
            let path: Vec<ActivityIdx> = self.tree.path_up(current).collect();
            for at in path {
                self.state.of_mut(at).active = false;
            }
        }
    }
}
