//! SCORM 2004: sequencing decides. This turns its indices and facts into the session's words.

use super::guide::{Choices, Guided, Next, describe};
use super::reached::Reached;
use super::{Completion, Course, Decision, LearnerGlobals, NavigationRequest, Success};
use crate::activity_tree::ActivityIdx;
use crate::runtime::{ContentReport, ObjectiveSeed};
use crate::sequencing::{Look, Sequencer, SequencingOutcome};
use crate::tracking::SequencingState;

/// What running content says at the moment, for a dry run.
type Live<'a> = Option<(&'a str, &'a ContentReport)>;

/// OP.1, and what follows from it for the frame.
pub(super) fn navigate(
    course: &Course,
    state: &mut SequencingState,
    request: &NavigationRequest,
) -> Guided {
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
        explanation: explain(course, request, &outcome),
    };
    Guided {
        next,
        decisions: vec![decision],
    }
}

fn explain(course: &Course, request: &NavigationRequest, outcome: &SequencingOutcome) -> String {
    let instead = if outcome.overridden {
        "; a post-condition rule asked for something else"
    } else {
        ""
    };
    if let Some(exception) = outcome.exception {
        let left = if outcome.left {
            ""
        } else {
            "; the current activity goes on"
        };
        return format!(
            "{} is refused: {exception}{left}{instead}",
            describe(request)
        );
    }
    let done = match outcome.delivered {
        Some(idx) => {
            let how = if outcome.resumed {
                "goes on"
            } else {
                "is delivered"
            };
            format!("{} {how}", course.outline.activities[idx.usize()].title)
        }
        None if outcome.suspended => "the session is suspended".to_owned(),
        None if outcome.ended => "the session ends".to_owned(),
        None => "nothing is delivered".to_owned(),
    };
    done + instead
}

/// A copy of the state, as it would be if the content said now what it says.
fn ahead(course: &Course, state: &SequencingState, live: Live<'_>) -> SequencingState {
    let mut copy = state.clone();
    if let Some((activity, report)) = live {
        transfer(course, &mut copy, activity, report);
    }
    copy
}

/// For each request whether it would lead somewhere.
pub(super) fn validity(
    course: &Course,
    state: &SequencingState,
    live: Live<'_>,
    requests: &[&NavigationRequest],
) -> Vec<bool> {
    let mut copy = ahead(course, state, live);
    let sequencer = Sequencer::new(&course.tree, &mut copy);
    requests
        .iter()
        .map(|request| sequencer.validate(request).is_ok())
        .collect()
}

/// What the contents may offer.
pub(super) fn choices(course: &Course, state: &SequencingState, live: Live<'_>) -> Choices {
    let mut copy = ahead(course, state, live);
    let choices = Sequencer::new(&course.tree, &mut copy).choices();
    Choices {
        valid: choices.valid,
        hidden: choices.hidden,
    }
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
            success: success(objective.known.satisfied),
            completion: completion(objective.known.completed, Completion::Unknown),
            score: objective.known.score,
            progress_measure: objective.known.progress_measure,
        })
        .collect()
}

/// What tracking knows of an activity.
pub(super) fn reached(course: &Course, state: &SequencingState, index: usize) -> Reached {
    let Some(idx) = course.tree.indices().nth(index) else {
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
        completion: completion(known.completed, unknown),
        success: success(known.satisfied),
        satisfied: known.satisfied,
        score: known.score,
        progress_measure: known.progress_measure,
        attempts,
        suspended: look.is_suspended(idx),
    }
}

fn success(satisfied: Option<bool>) -> Success {
    match satisfied {
        Some(true) => Success::Passed,
        Some(false) => Success::Failed,
        None => Success::Unknown,
    }
}

fn completion(completed: Option<bool>, unknown: Completion) -> Completion {
    match completed {
        Some(true) => Completion::Completed,
        Some(false) => Completion::Incomplete,
        None => unknown,
    }
}

/// Takes over global objectives that the learner brings along from other courses.
pub(super) fn adopt(course: &Course, state: &mut SequencingState, globals: &LearnerGlobals) {
    if !course.tree.objectives_global_to_system {
        return;
    }
    for (id, value) in &globals.objectives {
        if let Ok(objective) = serde_json::from_value(value.clone()) {
            state.global_objectives.insert(id.clone(), objective);
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
        .filter_map(|(id, known)| Some((id.clone(), serde_json::to_value(known).ok()?)))
        .collect()
}
