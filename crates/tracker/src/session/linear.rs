//! SCORM 1.2: the learner moves freely, in document order, where prerequisites let them.
//!
//! The standard has no sequencing and no attempts: every SCO keeps its data from launch to launch.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::guide::{Guided, Next, describe};
use super::outline::{Activity, Outline};
use super::prerequisites;
use super::reached::Reached;
use super::state::{Record, Tracked};
use super::{Completion, Decision, NavigationRequest, Success};

/// Where the learner is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Linear {
    /// The current activity.
    pub(super) current: Option<String>,
    /// Where a suspended session goes on.
    pub(super) suspended: Option<String>,
}

fn linear(tracked: &Tracked) -> Option<&Linear> {
    match &tracked.guide {
        super::guide::GuideState::Linear(linear) => Some(linear),
        super::guide::GuideState::Sequenced(_) => None,
    }
}

/// Processes a request; what is not valid leaves everything as it is.
pub(super) fn navigate(
    outline: &Outline,
    tracked: &mut Tracked,
    request: &NavigationRequest,
) -> Guided {
    let before = linear(tracked).cloned().unwrap_or_default();
    let (next, explanation) = decide(outline, tracked, &before, request);
    let after = match &next {
        Next::Stays => before,
        Next::Deliver { activity, .. } => Linear {
            current: Some(activity.clone()),
            suspended: None,
        },
        Next::Nothing => Linear {
            current: None,
            suspended: None,
        },
        Next::End { suspended: true } => Linear {
            current: None,
            suspended: before.current,
        },
        Next::End { suspended: false } => Linear::default(),
    };
    tracked.guide = super::guide::GuideState::Linear(after);
    let delivered = match &next {
        Next::Deliver { activity, .. } => Some(activity.clone()),
        _ => None,
    };
    let decision = Decision {
        request: describe(request),
        delivered,
        exception: None,
        explanation,
    };
    Guided {
        next,
        decisions: vec![decision],
    }
}

fn decide(
    outline: &Outline,
    tracked: &Tracked,
    before: &Linear,
    request: &NavigationRequest,
) -> (Next, String) {
    let leave = || match outline.only_leaf() {
        Some(_) => (
            Next::End { suspended: false },
            "the only content was left".to_owned(),
        ),
        None => (
            Next::Nothing,
            "the content was left; the contents are open".to_owned(),
        ),
    };
    match request {
        NavigationRequest::ExitAll | NavigationRequest::AbandonAll => (
            Next::End { suspended: false },
            "the session ends".to_owned(),
        ),
        NavigationRequest::SuspendAll => (
            Next::End { suspended: true },
            "the session is suspended".to_owned(),
        ),
        NavigationRequest::Exit | NavigationRequest::Abandon if before.current.is_some() => leave(),
        _ => match target(outline, tracked, before, request) {
            Some(activity) => {
                let resumed = tracked
                    .records
                    .get(&activity.id)
                    .is_some_and(|record| record.resumes);
                (
                    Next::Deliver {
                        activity: activity.id.clone(),
                        resumed,
                    },
                    format!("{} is delivered", activity.title),
                )
            }
            None => (
                Next::Stays,
                "there is nothing to deliver that prerequisites allow".to_owned(),
            ),
        },
    }
}

/// Whether a request would lead anywhere.
pub(super) fn is_valid(outline: &Outline, tracked: &Tracked, request: &NavigationRequest) -> bool {
    let Some(before) = linear(tracked) else {
        return false;
    };
    match request {
        NavigationRequest::ExitAll
        | NavigationRequest::SuspendAll
        | NavigationRequest::AbandonAll => true,
        NavigationRequest::Exit | NavigationRequest::Abandon => before.current.is_some(),
        _ => target(outline, tracked, before, request).is_some(),
    }
}

/// The content a request leads to.
fn target<'a>(
    outline: &'a Outline,
    tracked: &Tracked,
    before: &Linear,
    request: &NavigationRequest,
) -> Option<&'a Activity> {
    let open = |activity: &&Activity| is_open(outline, tracked, activity);
    let position = |id: &str| outline.leaves().position(|leaf| leaf.id == id);
    match request {
        NavigationRequest::ResumeAll => outline
            .activity(before.suspended.as_deref()?)
            .filter(|leaf| leaf.is_leaf()),
        NavigationRequest::Start => {
            let todo = |leaf: &&Activity| {
                tracked
                    .records
                    .get(&leaf.id)
                    .is_none_or(|record| record.completion != Completion::Completed)
            };
            outline
                .leaves()
                .filter(open)
                .find(todo)
                .or_else(|| outline.leaves().find(open))
        }
        NavigationRequest::Continue => {
            let here = position(before.current.as_deref()?)?;
            outline.leaves().skip(here + 1).find(open)
        }
        NavigationRequest::Previous => {
            let here = position(before.current.as_deref()?)?;
            let earlier: Vec<&Activity> = outline.leaves().take(here).collect();
            earlier.into_iter().rev().find(open)
        }
        NavigationRequest::Choice(id) | NavigationRequest::Jump(id) => {
            let chosen = outline.find(id)?;
            let inside = |leaf: &&Activity| is_within(outline, leaf, chosen);
            outline.leaves().filter(inside).find(open)
        }
        _ => None,
    }
}

/// Everything that a choice would lead to, by index.
pub(super) fn choices(outline: &Outline, tracked: &Tracked) -> HashSet<usize> {
    let mut found = HashSet::new();
    for leaf in outline
        .leaves()
        .filter(|leaf| is_open(outline, tracked, leaf))
    {
        let mut at = outline.find(&leaf.id);
        while let Some(index) = at.filter(|index| found.insert(*index)) {
            at = outline.activities[index].parent;
        }
    }
    found
}

/// What was reached: a leaf's own report; a cluster's by its children.
pub(super) fn reached(
    outline: &Outline,
    records: &BTreeMap<String, Record>,
    index: usize,
) -> Reached {
    let activity = &outline.activities[index];
    if activity.children.is_empty() {
        return Reached::of_record(records.get(&activity.id));
    }
    let below: Vec<Reached> = activity
        .children
        .iter()
        .map(|child| reached(outline, records, *child))
        .collect();
    Reached::of_children(&below)
}

/// Counts an activity's content as completed and passed, opened or not.
pub(super) fn waive(outline: &Outline, records: &mut BTreeMap<String, Record>, activity: &str) {
    let Some(waived) = outline.find(activity) else {
        return;
    };
    for leaf in outline
        .leaves()
        .filter(|leaf| is_within(outline, leaf, waived))
    {
        let record = records.entry(leaf.id.clone()).or_default();
        record.launches = record.launches.max(1);
        record.completion = Completion::Completed;
        record.success = Success::Passed;
        "passed".clone_into(&mut record.lesson_status);
    }
}

fn is_within(outline: &Outline, activity: &Activity, ancestor: usize) -> bool {
    let mut at = outline.find(&activity.id);
    while let Some(index) = at {
        if index == ancestor {
            return true;
        }
        at = outline.activities[index].parent;
    }
    false
}

/// Prerequisites of the activity and of everything it stands in hold.
fn is_open(outline: &Outline, tracked: &Tracked, activity: &Activity) -> bool {
    let status = |id: &str| {
        outline
            .find(id)
            .map(|index| status_word(outline, &tracked.records, index))
    };
    let mut at = outline.find(&activity.id);
    while let Some(index) = at {
        let activity = &outline.activities[index];
        let script = activity.item.prerequisites.as_deref().unwrap_or_default();
        if !prerequisites::hold(script, &status) {
            return false;
        }
        at = activity.parent;
    }
    true
}

/// `cmi.core.lesson_status` of a leaf; a cluster is completed when all below it is.
fn status_word(outline: &Outline, records: &BTreeMap<String, Record>, index: usize) -> String {
    let activity = &outline.activities[index];
    if activity.children.is_empty() {
        return match records.get(&activity.id) {
            Some(record) if !record.lesson_status.is_empty() => record.lesson_status.clone(),
            _ => "not attempted".to_owned(),
        };
    }
    let below: Vec<String> = activity
        .children
        .iter()
        .map(|child| status_word(outline, records, *child))
        .collect();
    let all = |words: &[&str]| below.iter().all(|word| words.contains(&word.as_str()));
    let word = if all(&["passed"]) {
        "passed"
    } else if all(&["passed", "completed"]) {
        "completed"
    } else if all(&["not attempted"]) {
        "not attempted"
    } else {
        "incomplete"
    };
    word.to_owned()
}
