//! SCORM 2004: the sequencing of the book, as the session sees it.

use std::collections::BTreeMap;

use super::guide::{Choices, Guided, Next, describe};
use super::reached::Reached;
use super::{Completion, Decision, NavigationRequest, Success};
use crate::activity_tree::{ActivityIdx, ActivityTree};
use crate::runtime::{ContentReport, ObjectiveSeed};
use crate::sequencing::{Look, Sequencer, SequencingOutcome};
use crate::tracking::SequencingState;

type Live<'a> = Option<(&'a str, &'a ContentReport)>;

/// Processes a navigation request.
pub(super) fn navigate(
    tree: &ActivityTree,
    state: &mut SequencingState,
    request: &NavigationRequest,
) -> Guided {
    let outcome = Sequencer::new(tree, state).navigate(request);
    let id = |idx: ActivityIdx| tree.activity(idx).id.clone();
    let next = match outcome {
        SequencingOutcome {
            delivered: Some(idx),
            resumed,
            ..
        } => Next::Deliver {
            activity: id(idx),
            resumed,
        },
        SequencingOutcome {
            ended: true,
            suspended,
            ..
        } => Next::End { suspended },
        SequencingOutcome { left: false, .. } => Next::Stays,
        _ => Next::Nothing,
    };
    let decision = Decision {
        request: describe(request),
        delivered: outcome.delivered.map(id),
        exception: outcome
            .exception
            .map(|exception| exception.code().to_owned()),
        explanation: explain(&next, &outcome, request),
    };
    Guided {
        next,
        decisions: vec![decision],
    }
}

fn explain(next: &Next, outcome: &SequencingOutcome, request: &NavigationRequest) -> String {
    let came_to = match (next, outcome.exception) {
        (_, Some(exception)) => format!("{} is refused: {exception}", describe(request)),
        (Next::Deliver { activity, .. }, _) => format!("{activity} is delivered"),
        (Next::End { suspended: true }, _) => "the session is suspended".to_owned(),
        (Next::End { .. }, _) => "the session ends".to_owned(),
        _ => "the session waits for the learner".to_owned(),
    };
    if outcome.overridden {
        format!("{came_to}; an exit or post-condition rule decided")
    } else {
        came_to
    }
}

/// Whether a request would be valid now.
pub(super) fn is_valid(
    tree: &ActivityTree,
    state: &SequencingState,
    live: Live,
    request: &NavigationRequest,
) -> bool {
    let mut copy = with_live(tree, state, live);
    Sequencer::new(tree, &mut copy).validate(request).is_ok()
}

/// The state as it would be if content committed now.
fn with_live(tree: &ActivityTree, state: &SequencingState, live: Live) -> SequencingState {
    let mut copy = state.clone();
    if let Some((activity, report)) = live {
        transfer(tree, &mut copy, activity, report);
    }
    copy
}

/// Takes what content reports into tracking.
pub(super) fn transfer(
    tree: &ActivityTree,
    state: &mut SequencingState,
    activity: &str,
    report: &ContentReport,
) {
    if let Some(idx) = tree.idx_of(activity) {
        Sequencer::new(tree, state).transfer(idx, report);
    }
}

/// What `cmi.objectives` begins with.
pub(super) fn objectives(
    tree: &ActivityTree,
    state: &SequencingState,
    activity: &str,
) -> Vec<ObjectiveSeed> {
    let known = tree
        .idx_of(activity)
        .map(|idx| Look::new(tree, state).objectives_for_content(idx));
    let seeds = known
        .unwrap_or_default()
        .into_iter()
        .map(|objective| ObjectiveSeed {
            id: objective.id,
            success: success(objective.known.satisfied),
            completion: match objective.known.completed {
                Some(true) => Completion::Completed,
                Some(false) => Completion::Incomplete,
                None => Completion::Unknown,
            },
            score: objective.known.score,
            progress_measure: objective.known.progress_measure,
        });
    seeds.collect()
}

fn success(satisfied: Option<bool>) -> Success {
    match satisfied {
        Some(true) => Success::Passed,
        Some(false) => Success::Failed,
        None => Success::Unknown,
    }
}

/// The contents' choices.
pub(super) fn choices(tree: &ActivityTree, state: &SequencingState, live: Live) -> Choices {
    let mut copy = with_live(tree, state, live);
    let found = Sequencer::new(tree, &mut copy).choices();
    Choices {
        valid: found.valid,
        hidden: found.hidden,
    }
}

/// What was reached in an activity.
pub(super) fn reached(tree: &ActivityTree, state: &SequencingState, index: usize) -> Reached {
    let Some(idx) = tree.indices().nth(index) else {
        return Reached::default();
    };
    let look = Look::new(tree, state);
    let known = look.known_of_activity(idx);
    let attempts = look.attempts(idx);
    let completion = match known.completed {
        Some(true) => Completion::Completed,
        _ if attempts == 0 => Completion::NotAttempted,
        _ => Completion::Incomplete,
    };
    Reached {
        completion,
        success: success(known.satisfied),
        satisfied: known.satisfied,
        score: known.score,
        progress_measure: known.progress_measure,
        attempts,
        suspended: look.is_suspended(idx),
    }
}

/// Takes over the learner's global objectives that this course knows (SN 3.10.3).
pub(super) fn adopt(
    tree: &ActivityTree,
    state: &mut SequencingState,
    globals: &BTreeMap<String, serde_json::Value>,
) {
    if !tree.objectives_global_to_system {
        return;
    }
    for (target, value) in globals {
        let known = serde_json::from_value(value.clone());
        if let (false, Ok(known)) = (tree.mapped_to(target).is_empty(), known) {
            state.global_objectives.insert(target.clone(), known);
        }
    }
}

/// The global objectives that belong to the learner.
pub(super) fn globals(
    tree: &ActivityTree,
    state: &SequencingState,
) -> BTreeMap<String, serde_json::Value> {
    if !tree.objectives_global_to_system {
        return BTreeMap::new();
    }
    let written = state
        .global_objectives
        .iter()
        .filter_map(|(target, known)| Some((target.clone(), serde_json::to_value(known).ok()?)));
    written.collect()
}
