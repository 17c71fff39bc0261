//! SCORM 2004: sequencing decides. This turns its indices and facts into the session's words.

use super::guide::{Guided, Next, Outlook, describe};
use super::reached::Reached;
use super::{
    Asked, Became, Completion, Course, Decision, Lack, LearnerGlobals, NavigationRequest, Refusal,
    Success, Verdict,
};
use crate::activity_tree::ActivityIdx;
use crate::runtime::{ContentReport, ObjectiveSeed};
use crate::sequencing::{Look, Sequencer, SequencingOutcome};
use crate::tracking::{GlobalId, SequencingState};

/// What running content says at the moment, for a dry run.
type Live<'a> = Option<(&'a str, &'a ContentReport)>;

/// OP.1, and what follows from it for the frame.
pub(super) fn navigate(
    course: &Course,
    state: &mut SequencingState,
    request: &NavigationRequest,
) -> Guided {
    if only_leaves(state, request) {
        return leave(course, request);
    }
    let outcome = Sequencer::new(&course.tree, state).navigate(request);
    let id = |idx: ActivityIdx| course.tree.activity(idx).id.clone();
    let next = match outcome.delivered {
        Some(idx) => Next::Deliver {
            activity: id(idx),
            resumed: outcome.resumed,
        },
        None if outcome.ended => Next::End {
            suspended: outcome.suspended,
        },
        None if outcome.left => Next::Nothing,
        None => Next::Stays,
    };
    let decision = Decision {
        request: describe(request),
        delivered: outcome.delivered.map(id),
        exception: outcome
            .exception
            .map(|exception| exception.code().to_owned()),
        became: Some(became(&outcome)),
        overridden: outcome.overridden,
        waits_for: Vec::new(),
        explanation: String::new(),
    };
    Guided {
        next,
        decisions: vec![decision.explained(course)],
    }
}

fn became(outcome: &SequencingOutcome) -> Became {
    match outcome {
        SequencingOutcome {
            exception: Some(_), ..
        } if outcome.left => Became::Refused,
        SequencingOutcome {
            exception: Some(_), ..
        } => Became::Stayed,
        SequencingOutcome {
            delivered: Some(_), ..
        } if outcome.resumed => Became::Resumed,
        SequencingOutcome {
            delivered: Some(_), ..
        } => Became::Delivered,
        _ if outcome.suspended => Became::Suspended,
        _ if outcome.ended => Became::Ended,
        _ => Became::Waiting,
    }
}

/// Whether a request ends a session in which nothing was delivered yet, or nothing any more.
// DIFFERENCE: NB.2.1 refuses ExitAll and SuspendAll where no session has begun. The learner whose first
// start delivered nothing must be able to leave all the same: nothing is under way, and nothing changes.
fn only_leaves(state: &SequencingState, request: &NavigationRequest) -> bool {
    let leaves = matches!(
        request,
        NavigationRequest::ExitAll | NavigationRequest::SuspendAll
    );
    leaves && state.current().is_none()
}

fn leave(course: &Course, request: &NavigationRequest) -> Guided {
    let suspended = *request == NavigationRequest::SuspendAll;
    let decision = Decision {
        request: describe(request),
        delivered: None,
        exception: None,
        became: Some(if suspended {
            Became::Suspended
        } else {
            Became::Ended
        }),
        overridden: false,
        waits_for: Vec::new(),
        explanation: String::new(),
    };
    Guided {
        next: Next::End { suspended },
        decisions: vec![decision.explained(course)],
    }
}

/// A copy of the state, as it would be if the content said now what it says.
fn ahead(course: &Course, state: &SequencingState, live: Live<'_>) -> SequencingState {
    let mut copy = state.clone();
    if let Some((activity, report)) = live {
        transfer(course, &mut copy, activity, report);
    }
    copy
}

/// For each request whether it would lead somewhere, and why not.
pub(super) fn validity(
    course: &Course,
    state: &SequencingState,
    live: Live<'_>,
    requests: &[NavigationRequest],
) -> Vec<Verdict> {
    let mut copy = ahead(course, state, live);
    verdicts(&Sequencer::new(&course.tree, &mut copy), state, requests)
}

/// The same, and for every activity whether it could be chosen, by the same look ahead.
pub(super) fn outlook(
    course: &Course,
    state: &SequencingState,
    live: Live<'_>,
    requests: &[NavigationRequest],
) -> Outlook {
    let mut copy = ahead(course, state, live);
    let sequencer = Sequencer::new(&course.tree, &mut copy);
    Outlook {
        verdicts: verdicts(&sequencer, state, requests),
        choices: sequencer.choices(),
    }
}

fn verdicts(
    sequencer: &Sequencer<'_>,
    state: &SequencingState,
    requests: &[NavigationRequest],
) -> Vec<Verdict> {
    let verdict = |request| match only_leaves(state, request) {
        true => Ok(()),
        false => sequencer.validate(request).map_err(Refusal::Sequencing),
    };
    requests.iter().map(verdict).collect()
}

/// Takes what content reports into tracking.
pub(super) fn transfer(
    course: &Course,
    state: &mut SequencingState,
    activity: &str,
    report: &ContentReport,
) {
    if let Some(idx) = course.tree.idx_of(activity) {
        Sequencer::new(&course.tree, state).transfer(idx, report);
    }
}

/// Counts an activity's content as completed and satisfied.
pub(super) fn waive(course: &Course, state: &mut SequencingState, activity: &str) {
    let Some(idx) = course.tree.idx_of(activity) else {
        return;
    };
    let leaves = course.tree.leaves_below(idx);
    let mut sequencer = Sequencer::new(&course.tree, state);
    for leaf in leaves {
        sequencer.waive(leaf);
    }
}

/// `cmi.objectives` as it begins (RTE 4.2.17).
pub(super) fn objectives(
    course: &Course,
    state: &SequencingState,
    activity: &str,
) -> Vec<ObjectiveSeed> {
    let Some(idx) = course.tree.idx_of(activity) else {
        return Vec::new();
    };
    let known = Look::new(&course.tree, state).objectives_for_content(idx);
    known
        .into_iter()
        .map(|objective| ObjectiveSeed {
            id: objective.id,
            success: Success::of(objective.known.satisfied),
            completion: Completion::of(objective.known.completed, Completion::Unknown),
            score: objective.known.score,
            progress_measure: objective.known.progress_measure,
        })
        .collect()
}

/// What tracking knows of an activity.
pub(super) fn reached(course: &Course, state: &SequencingState, index: usize) -> Reached {
    let Some(idx) = course.tree.at(index) else {
        return Reached::default();
    };
    let look = Look::new(&course.tree, state);
    let known = look.known_of_activity(idx);
    let attempts = look.attempts(idx);
    let unknown = if attempts == 0 {
        Completion::NotAttempted
    } else {
        Completion::Incomplete
    };
    Reached {
        completion: Completion::of(known.completed, unknown),
        success: Success::of(known.satisfied),
        satisfied: known.satisfied,
        score: known.score,
        progress_measure: known.progress_measure,
        attempts,
        suspended: look.is_suspended(idx),
    }
}

/// What an activity lacks of being completed or satisfied.
pub(super) fn lack(course: &Course, state: &SequencingState, index: usize, asked: Asked) -> Lack {
    match course.tree.at(index) {
        Some(idx) => Look::new(&course.tree, state).lack(idx, asked),
        None => Lack::NoRule,
    }
}

/// SN 3.10: without `objectivesGlobalToSystem`, global objectives are those of one attempt on the root;
/// an attempt in which something is suspended goes on.
pub(super) fn forget_the_last_attempt(course: &Course, state: &mut SequencingState) {
    let root = course.tree.root();
    let look = Look::new(&course.tree, state);
    let is_over = look.attempts(root) > 0 && !look.is_suspended(root);
    if is_over && !course.tree.objectives_global_to_system {
        state.global_objectives = std::sync::Arc::default();
    }
}

/// Takes over global objectives that the learner brings along from other courses.
pub(super) fn adopt(course: &Course, state: &mut SequencingState, globals: &LearnerGlobals) {
    if !course.tree.objectives_global_to_system {
        return;
    }
    for (id, value) in &globals.objectives {
        if let Ok(objective) = serde_json::from_value(value.clone()) {
            state
                .globals_mut()
                .insert(GlobalId::from(id.as_str()), objective);
        }
    }
}

/// The global objectives that the learner takes along.
pub(super) fn globals(
    course: &Course,
    state: &SequencingState,
) -> std::collections::BTreeMap<String, serde_json::Value> {
    if !course.tree.objectives_global_to_system {
        return std::collections::BTreeMap::new();
    }
    let known = state.global_objectives.iter();
    known
        .filter_map(|(id, known)| Some((id.as_str().to_owned(), serde_json::to_value(known).ok()?)))
        .collect()
}
