//! SCORM 1.2: the learner moves freely, in document order, where prerequisites let them.
//!
//! The standard has no sequencing and no attempts: every SCO keeps its data from launch to launch.

use std::{cell::RefCell, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::guide::{Guided, Next, describe};
use super::outline::{Activity, Outline};
use super::prerequisites;
use super::reached::Reached;
use super::state::{Record, Tracked};
use super::{
    Asked, Became, Choosable, Completion, Course, Decision, Lack, NavigationRequest, Refusal,
    Success, Verdict,
};

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
    course: &Course,
    tracked: &mut Tracked,
    request: &NavigationRequest,
) -> Guided {
    let before = linear(tracked).cloned().unwrap_or_default();
    let next = decide(&course.outline, tracked, &before, request);
    let waits_for = match next {
        Next::Stays => waits_for(&course.outline, tracked, request),
        _ => Vec::new(),
    };
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
        became: Some(became(&next)),
        overridden: false,
        waits_for,
        explanation: String::new(),
    };
    Guided {
        next,
        decisions: vec![decision.explained(course)],
    }
}

fn became(next: &Next) -> Became {
    match next {
        Next::Stays => Became::Stayed,
        Next::Deliver { resumed: true, .. } => Became::Resumed,
        Next::Deliver { .. } => Became::Delivered,
        Next::Nothing => Became::Waiting,
        Next::End { suspended: true } => Became::Suspended,
        Next::End { suspended: false } => Became::Ended,
    }
}

fn decide(
    outline: &Outline,
    tracked: &Tracked,
    before: &Linear,
    request: &NavigationRequest,
) -> Next {
    match request {
        NavigationRequest::ExitAll | NavigationRequest::AbandonAll => {
            Next::End { suspended: false }
        }
        NavigationRequest::SuspendAll => Next::End { suspended: true },
        // The only content was left; else the contents are open.
        NavigationRequest::Exit | NavigationRequest::Abandon if before.current.is_some() => {
            match outline.only_leaf() {
                Some(_) => Next::End { suspended: false },
                None => Next::Nothing,
            }
        }
        _ => match target(outline, tracked, before, request) {
            Some(activity) => Next::Deliver {
                activity: activity.id.clone(),
                resumed: tracked
                    .records
                    .get(&activity.id)
                    .is_some_and(|record| record.resumes),
            },
            None => Next::Stays,
        },
    }
}

/// For each request whether it would lead anywhere, and why not.
pub(super) fn verdicts(
    outline: &Outline,
    tracked: &Tracked,
    requests: &[NavigationRequest],
) -> Vec<Verdict> {
    requests
        .iter()
        .map(|request| verdict(outline, tracked, request))
        .collect()
}

fn verdict(outline: &Outline, tracked: &Tracked, request: &NavigationRequest) -> Verdict {
    let before = linear(tracked).ok_or(Refusal::NotOpen)?;
    let leads = match request {
        NavigationRequest::ExitAll
        | NavigationRequest::SuspendAll
        | NavigationRequest::AbandonAll => true,
        NavigationRequest::Exit | NavigationRequest::Abandon => before.current.is_some(),
        _ => target(outline, tracked, before, request).is_some(),
    };
    match leads {
        true => Ok(()),
        false if waits_for(outline, tracked, request).is_empty() => Err(Refusal::NothingThere),
        false => Err(Refusal::Prerequisites),
    }
}

/// What the content that a request means waits for: the activities its prerequisites ask about, and
/// those of what it stands in.
pub(super) fn waits_for(
    outline: &Outline,
    tracked: &Tracked,
    request: &NavigationRequest,
) -> Vec<String> {
    let here = linear(tracked)
        .and_then(|linear| linear.current.as_deref())
        .and_then(|id| outline.leaves().position(|leaf| leaf.id == id));
    let meant: Vec<&Activity> = match request {
        NavigationRequest::Choice(id) | NavigationRequest::Jump(id) => {
            let chosen = outline.find(id);
            let inside =
                |leaf: &&Activity| chosen.is_some_and(|chosen| is_within(outline, leaf, chosen));
            outline.leaves().filter(inside).collect()
        }
        NavigationRequest::Start => outline.leaves().collect(),
        NavigationRequest::Continue => match here {
            Some(here) => outline.leaves().skip(here + 1).collect(),
            None => Vec::new(),
        },
        NavigationRequest::Previous => outline.leaves().take(here.unwrap_or(0)).collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for leaf in meant {
        for asked in unmet_prerequisites(outline, tracked, leaf) {
            if !found.contains(&asked) {
                found.push(asked);
            }
        }
    }
    found
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

/// For each activity whether a choice of it would lead to content.
pub(super) fn choices(outline: &Outline, tracked: &Tracked) -> Vec<Choosable> {
    let mut found = vec![Choosable::No(Refusal::NothingThere); outline.activities.len()];
    for leaf in outline.leaves() {
        let verdict = match is_open(outline, tracked, leaf) {
            true => Choosable::Yes,
            false => Choosable::No(Refusal::Prerequisites),
        };
        let mut at = outline.find(&leaf.id);
        while let Some(index) = at.filter(|index| found[*index] != Choosable::Yes) {
            found[index] = verdict;
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

/// What an activity lacks: content its own word, a cluster that of its children.
pub(super) fn lack(
    outline: &Outline,
    records: &BTreeMap<String, Record>,
    index: usize,
    asked: Asked,
) -> Lack {
    let activity = &outline.activities[index];
    if activity.children.is_empty() {
        return Lack::Word;
    }
    let comes_short = |child: &&usize| {
        let reached = reached(outline, records, **child);
        match asked {
            Asked::Completed => reached.completion != Completion::Completed,
            Asked::Satisfied => reached.success != Success::Passed,
        }
    };
    Lack::Children {
        children: activity
            .children
            .iter()
            .filter(comes_short)
            .copied()
            .collect(),
        asked,
        rule: None,
    }
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
    let status = |id: &str| status_of(outline, tracked, id);
    way_up(outline, activity).all(|at| prerequisites::hold(script(at), &status))
}

/// The activities that prerequisites which do not hold ask about, in the order of asking.
fn unmet_prerequisites(outline: &Outline, tracked: &Tracked, activity: &Activity) -> Vec<String> {
    let mut unmet = Vec::new();
    for at in way_up(outline, activity) {
        let asked = RefCell::new(Vec::new());
        let status = |id: &str| {
            asked.borrow_mut().push(id.to_owned());
            status_of(outline, tracked, id)
        };
        if !prerequisites::hold(script(at), &status) {
            unmet.extend(asked.into_inner());
        }
    }
    unmet
}

fn way_up<'a>(outline: &'a Outline, activity: &'a Activity) -> impl Iterator<Item = &'a Activity> {
    std::iter::successors(Some(activity), |at| {
        at.parent.map(|above| &outline.activities[above])
    })
}

fn script(activity: &Activity) -> &str {
    activity.item.prerequisites.as_deref().unwrap_or_default()
}

fn status_of(outline: &Outline, tracked: &Tracked, id: &str) -> Option<String> {
    outline
        .find(id)
        .map(|index| status_word(outline, &tracked.records, index))
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
