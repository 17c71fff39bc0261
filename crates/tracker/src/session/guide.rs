//! Who decides what is delivered: sequencing in SCORM 2004, plain order in SCORM 1.2.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reached::Reached;
use super::state::Tracked;
use super::{
    Asked, Choosable, Course, Decision, Lack, LearnerGlobals, NavigationRequest, Verdict, linear,
    sequenced,
};
use crate::runtime::ContentReport;
use crate::tracking::SequencingState;
use percorso_package::Standard;

/// The guide's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GuideState {
    /// SCORM 1.2.
    Linear(linear::Linear),
    /// SCORM 2004.
    Sequenced(SequencingState),
}

/// What a navigation request led to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Guided {
    pub(super) next: Next,
    pub(super) decisions: Vec<Decision>,
}

/// What is in the frame next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Refused before anything ended: the current activity goes on.
    Stays,
    /// This activity's content.
    Deliver {
        /// Its identifier.
        activity: String,
        /// Its attempt goes on.
        resumed: bool,
    },
    /// Nothing, and the session stays open.
    Nothing,
    /// The session is over.
    End {
        /// To be resumed.
        suspended: bool,
    },
}

/// The state that a course's first session starts from.
pub(super) fn first_state(course: &Course, seed: u64) -> GuideState {
    match course.outline.standard {
        Standard::Scorm12 => GuideState::Linear(linear::Linear::default()),
        _ => GuideState::Sequenced(SequencingState::new(&course.tree, seed)),
    }
}

/// Processes a navigation request.
pub(super) fn navigate(
    course: &Course,
    tracked: &mut Tracked,
    request: &NavigationRequest,
) -> Guided {
    match &mut tracked.guide {
        GuideState::Linear(_) => linear::navigate(course, tracked, request),
        GuideState::Sequenced(state) => sequenced::navigate(course, state, request),
    }
}

/// What is valid now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outlook {
    /// For each request that was asked about, and why not.
    pub(super) verdicts: Vec<Verdict>,
    /// For each activity of the outline.
    pub(super) choices: Vec<Choosable>,
}

/// For each request whether it would be valid now, and why not; `live` is what the running content says at the
/// moment.
pub(super) fn validity(
    course: &Course,
    tracked: &Tracked,
    live: Option<(&str, &ContentReport)>,
    requests: &[NavigationRequest],
) -> Vec<Verdict> {
    match &tracked.guide {
        GuideState::Linear(_) => linear::verdicts(&course.outline, tracked, requests),
        GuideState::Sequenced(state) => sequenced::validity(course, state, live, requests),
    }
}

/// The same, and for each activity whether it can be chosen.
pub(super) fn outlook(
    course: &Course,
    tracked: &Tracked,
    live: Option<(&str, &ContentReport)>,
    requests: &[NavigationRequest],
) -> Outlook {
    match &tracked.guide {
        GuideState::Linear(_) => Outlook {
            verdicts: linear::verdicts(&course.outline, tracked, requests),
            choices: linear::choices(&course.outline, tracked),
        },
        GuideState::Sequenced(state) => sequenced::outlook(course, state, live, requests),
    }
}

/// Takes what content reports into tracking.
pub(super) fn transfer(
    course: &Course,
    tracked: &mut Tracked,
    activity: &str,
    report: &ContentReport,
) {
    match &mut tracked.guide {
        GuideState::Linear(_) => {}
        GuideState::Sequenced(state) => sequenced::transfer(course, state, activity, report),
    }
}

/// Counts an activity, and everything below it, as completed and passed.
pub(super) fn waive(course: &Course, tracked: &mut Tracked, activity: &str) {
    match &mut tracked.guide {
        GuideState::Linear(_) => linear::waive(&course.outline, &mut tracked.records, activity),
        GuideState::Sequenced(state) => sequenced::waive(course, state, activity),
    }
}

/// The activity's objectives as tracking knows them, for `cmi.objectives`.
pub(super) fn objectives(
    course: &Course,
    tracked: &Tracked,
    activity: &str,
) -> Vec<crate::runtime::ObjectiveSeed> {
    match &tracked.guide {
        GuideState::Linear(_) => Vec::new(),
        GuideState::Sequenced(state) => sequenced::objectives(course, state, activity),
    }
}

/// The current activity, delivered or not.
pub(super) fn current(course: &Course, tracked: &Tracked) -> Option<String> {
    match &tracked.guide {
        GuideState::Linear(linear) => linear.current.clone(),
        GuideState::Sequenced(state) => state
            .current()
            .map(|idx| course.tree.activity(idx).id.clone()),
    }
}

/// There is something to resume.
pub(super) fn is_suspended(tracked: &Tracked) -> bool {
    match &tracked.guide {
        GuideState::Linear(linear) => linear.suspended.is_some(),
        GuideState::Sequenced(state) => state.suspended().is_some(),
    }
}

/// The activities whose status a request's prerequisites wait for (SCORM 1.2).
pub(super) fn waits_for(
    course: &Course,
    tracked: &Tracked,
    request: &NavigationRequest,
) -> Vec<String> {
    match &tracked.guide {
        GuideState::Linear(_) => linear::waits_for(&course.outline, tracked, request),
        GuideState::Sequenced(_) => Vec::new(),
    }
}

/// What was reached in an activity, by the guide's tracking.
pub(super) fn reached(course: &Course, tracked: &Tracked, index: usize) -> Reached {
    match &tracked.guide {
        GuideState::Linear(_) => linear::reached(&course.outline, &tracked.records, index),
        GuideState::Sequenced(state) => sequenced::reached(course, state, index),
    }
}

/// What an activity lacks of being completed or satisfied.
pub(super) fn lack(course: &Course, tracked: &Tracked, index: usize, asked: Asked) -> Lack {
    match &tracked.guide {
        GuideState::Linear(_) => linear::lack(&course.outline, &tracked.records, index, asked),
        GuideState::Sequenced(state) => sequenced::lack(course, state, index, asked),
    }
}

/// A new attempt on the course begins: what was global to the last one only is forgotten, before
/// sequencing looks for the way in.
pub(super) fn forget_the_last_attempt(course: &Course, tracked: &mut Tracked) {
    if let GuideState::Sequenced(state) = &mut tracked.guide {
        sequenced::forget_the_last_attempt(course, state);
    }
}

/// Takes over what the learner brings along from other courses.
pub(super) fn adopt_globals(course: &Course, tracked: &mut Tracked, globals: &LearnerGlobals) {
    if let GuideState::Sequenced(state) = &mut tracked.guide {
        sequenced::adopt(course, state, globals);
    }
    if course.outline.shares_data {
        let shared = globals.shared_data.iter();
        tracked
            .shared_data
            .extend(shared.map(|(id, store)| (id.clone(), store.clone())));
    }
}

/// What the learner takes along to other courses.
pub(super) fn globals(course: &Course, tracked: &Tracked) -> LearnerGlobals {
    let objectives = match &tracked.guide {
        GuideState::Linear(_) => BTreeMap::new(),
        GuideState::Sequenced(state) => sequenced::globals(course, state),
    };
    let shared_data = if course.outline.shares_data {
        tracked.shared_data.clone()
    } else {
        BTreeMap::new()
    };
    LearnerGlobals {
        objectives,
        shared_data,
    }
}

/// The request in the words of the log.
pub(super) fn describe(request: &NavigationRequest) -> String {
    match request {
        NavigationRequest::Choice(target) => format!("choice {target}"),
        NavigationRequest::Jump(target) => format!("jump {target}"),
        plain => word(plain).to_owned(),
    }
}

/// A request's word in the standard.
pub(super) fn word(request: &NavigationRequest) -> &'static str {
    match request {
        NavigationRequest::Start => "start",
        NavigationRequest::ResumeAll => "resumeAll",
        NavigationRequest::Continue => "continue",
        NavigationRequest::Previous => "previous",
        NavigationRequest::Choice(_) => "choice",
        NavigationRequest::Jump(_) => "jump",
        NavigationRequest::Exit => "exit",
        NavigationRequest::ExitAll => "exitAll",
        NavigationRequest::Abandon => "abandon",
        NavigationRequest::AbandonAll => "abandonAll",
        NavigationRequest::SuspendAll => "suspendAll",
    }
}
