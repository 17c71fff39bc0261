//! A learner's work taken along from one version of a course to another.
//!
//! A snapshot is of its own course: activities are known by their index or identifier there. Here it
//! becomes one of another version, given which activity is which. What has no counterpart stays
//! behind, and what a cluster has come to is worked out anew from what came along. No process of the
//! book: it is ours, between two sessions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::guide::GuideState;
use super::linear::Linear;
use super::state::{State, Tracked};
use super::{Course, Event, Session};
use crate::activity_tree::{ActivityIdx, ActivityTree};
use crate::runtime::Communication;
use crate::sequencing::Sequencer;
use crate::sequencing_definition::{ObjectiveDefinition, SequencingDefinition};
use crate::tracking::{ActivityTracking, ObjectiveProgress, SequencingState};

/// Which activity of the old version is which of the new one, by identifier. The roots belong
/// together without being named.
pub type ActivityMap = BTreeMap<String, String>;

/// Why work cannot be taken along.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CarryError {
    /// What content said means something else in the other standard.
    #[error("the two versions are of different standards; expected the same")]
    Standard,
    /// The map names an activity that the old version does not have.
    #[error("`{0}` is no activity of the old version")]
    UnknownOld(String),
    /// The map names an activity that the new version does not have.
    #[error("`{0}` is no activity of the new version")]
    UnknownNew(String),
    /// Content to content, cluster to cluster.
    #[error("`{old}` and `{new}` are not both content or both clusters")]
    Kinds {
        /// In the old version.
        old: String,
        /// In the new version.
        new: String,
    },
    /// Two activities became one.
    #[error("`{0}` is named twice; expected one old activity for each new one")]
    Twice(String),
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The session in the new version: between two sessions, nothing delivered.
    pub session: Session,
    /// Content that something was known of and that came along, by its old identifier.
    pub kept: Vec<String>,
    /// Content that something was known of and that has no counterpart.
    pub lost: Vec<String>,
}

/// Whether a map leads from one course to another.
///
/// # Errors
/// When it names what is not there, mixes content and clusters, makes two into one, or the standards
/// differ.
pub fn check_map(from: &Course, to: &Course, map: &ActivityMap) -> Result<(), CarryError> {
    if from.outline.standard != to.outline.standard {
        return Err(CarryError::Standard);
    }
    let mut taken = BTreeSet::new();
    for (old, new) in map {
        let before = from.outline.activity(old);
        let before = before.ok_or_else(|| CarryError::UnknownOld(old.clone()))?;
        let after = to.outline.activity(new);
        let after = after.ok_or_else(|| CarryError::UnknownNew(new.clone()))?;
        let is_root = |depth: u32| depth == 0;
        if before.is_leaf() != after.is_leaf() || is_root(before.depth) != is_root(after.depth) {
            return Err(CarryError::Kinds {
                old: old.clone(),
                new: new.clone(),
            });
        }
        if !taken.insert(new) {
            return Err(CarryError::Twice(new.clone()));
        }
    }
    Ok(())
}

impl Session {
    /// The same learner's work in another version of the course. A session under way is suspended
    /// first, as at the next launch.
    ///
    /// # Errors
    /// As [`check_map`].
    pub fn carried(&self, to: &Arc<Course>, map: &ActivityMap) -> Result<Carried, CarryError> {
        check_map(&self.course, to, map)?;
        let mut last = self.clone();
        last.apply(last.state.at_ms, &Event::Close);
        let state = last.state;
        let before = state.set_aside.map_or(state.tracked, |kept| *kept);
        let way = Way {
            from: &self.course,
            to,
            map,
        };
        let worked: Vec<String> = way.worked(&before);
        let (along, behind) = worked.into_iter().partition(|id| map.contains_key(id));
        let state = State {
            organization: to.outline.root().id.clone(),
            tracked: way.tracked(before),
            set_aside: None,
            delivered: None,
            communication: Communication::absent(to.outline.standard),
            asked: None,
            ..state
        };
        let session = Self {
            course: Arc::clone(to),
            state,
        };
        Ok(Carried {
            session,
            kept: along,
            lost: behind,
        })
    }
}

/// From here to there.
struct Way<'a> {
    from: &'a Course,
    to: &'a Course,
    map: &'a ActivityMap,
}

impl Way<'_> {
    /// Content that something is known of, in the old order.
    fn worked(&self, before: &Tracked) -> Vec<String> {
        let leaves = self.from.outline.leaves().map(|leaf| leaf.id.clone());
        let tracked = |id: &String| match &before.guide {
            GuideState::Linear(_) => false,
            GuideState::Sequenced(state) => {
                let idx = self.from.tree.idx_of(id);
                idx.is_some_and(|idx| *state.of(idx) != ActivityTracking::default())
            }
        };
        leaves
            .filter(|id| before.records.contains_key(id) || tracked(id))
            .collect()
    }

    fn tracked(&self, before: Tracked) -> Tracked {
        let records = before.records.into_iter();
        let records = records.filter_map(|(id, record)| Some((self.map.get(&id)?.clone(), record)));
        let mut achieved = Vec::new();
        if !before.achieved.is_empty() {
            let origin = self.origins();
            let new = 0..self.to.outline.activities.len();
            let earlier = new.map(|new| origin.get(&new).and_then(|old| before.achieved.get(*old)));
            achieved = earlier
                .map(|known| known.copied().unwrap_or_default())
                .collect();
        }
        Tracked {
            guide: match before.guide {
                GuideState::Linear(linear) => GuideState::Linear(self.linear(linear)),
                GuideState::Sequenced(state) => GuideState::Sequenced(self.sequenced(&state)),
            },
            records: records.collect(),
            achieved,
            shared_data: before.shared_data,
        }
    }

    fn linear(&self, before: Linear) -> Linear {
        let there = |id: Option<String>| id.and_then(|id| self.map.get(&id).cloned());
        Linear {
            current: there(before.current),
            suspended: there(before.suspended),
        }
    }

    fn sequenced(&self, before: &SequencingState) -> SequencingState {
        let origin = self.origins();
        let destination: HashMap<usize, usize> =
            origin.iter().map(|(new, old)| (*old, *new)).collect();
        let there = |old: ActivityIdx| destination.get(&old.usize()).copied().and_then(idx);
        let mut after = SequencingState {
            global_objectives: before.global_objectives.clone(),
            prepared: before.prepared,
            ..SequencingState::new(&self.to.tree, before.random)
        };
        for (new, old) in &origin {
            let (Some(new), Some(old)) = (idx(*new), idx(*old)) else {
                continue;
            };
            let known = before.of(old);
            *after.of_mut(new) = ActivityTracking {
                objectives: objectives(
                    self.from.tree.definition(old),
                    self.to.tree.definition(new),
                    &known.objectives,
                ),
                available: known.available.as_ref().map(|available| {
                    let kept = available.iter().filter_map(|child| there(*child));
                    let children = &self.to.tree.activity(new).children;
                    let fresh = |child: &&ActivityIdx| !origin.contains_key(&child.usize());
                    let mut kept: Vec<ActivityIdx> =
                        kept.filter(|child| children.contains(child)).collect();
                    kept.extend(children.iter().filter(fresh));
                    kept
                }),
                ..known.clone()
            };
        }
        after.suspended = before
            .suspended()
            .and_then(|at| there(at).or_else(|| self.nearest(at).and_then(there)));
        after.current = before
            .current()
            .map(|at| there(at).unwrap_or_else(|| self.to.tree.root()));
        self.work_out_clusters(&destination, &mut after);
        after
    }

    /// The index in the old version of each activity that has one there.
    fn origins(&self) -> HashMap<usize, usize> {
        let named = self.map.iter().filter_map(|(old, new)| {
            Some((self.to.outline.find(new)?, self.from.outline.find(old)?))
        });
        named.chain([(0, 0)]).collect()
    }

    /// Where a learner goes on whose place is gone: the next content in the old order that came along,
    /// else the last one before.
    fn nearest(&self, at: ActivityIdx) -> Option<ActivityIdx> {
        let tree = &self.from.tree;
        let came_along = |leaf: &ActivityIdx| {
            let activity = tree.activity(*leaf);
            activity.is_leaf() && self.map.contains_key(&activity.id)
        };
        let leaves: Vec<ActivityIdx> = tree.indices().filter(came_along).collect();
        let next = leaves.iter().find(|leaf| **leaf > at);
        next.or_else(|| leaves.iter().rfind(|leaf| **leaf < at))
            .copied()
    }

    /// A cluster that gained or lost a child has not come to what it had come to: it is asked again,
    /// with everything above it.
    fn work_out_clusters(&self, destination: &HashMap<usize, usize>, state: &mut SequencingState) {
        let (from, to) = (&self.from.tree, &self.to.tree);
        let mut changed = BTreeSet::new();
        for (old, new) in destination {
            let (Some(old), Some(new)) = (idx(*old), idx(*new)) else {
                continue;
            };
            if children_there(from, old, destination) != to.activity(new).children {
                changed.extend(to.path_up(new));
            }
        }
        for cluster in changed {
            if to.activity(cluster).is_leaf() {
                continue;
            }
            let tracking = state.of_mut(cluster);
            tracking.completed = None;
            tracking.progress_measure = None;
            if let Some(primary) = tracking.objectives.first_mut() {
                *primary = ObjectiveProgress::default();
            }
        }
        Sequencer::new(to, state).roll_up_everything();
    }
}

/// The children of a cluster where they are in the new version; a lost one counts as the root, which
/// is nobody's child.
fn children_there(
    from: &ActivityTree,
    cluster: ActivityIdx,
    destination: &HashMap<usize, usize>,
) -> Vec<ActivityIdx> {
    let children = from.activity(cluster).children.iter();
    children
        .map(|child| {
            let there = destination.get(&child.usize()).copied();
            there.and_then(idx).unwrap_or_default()
        })
        .collect()
}

/// Objective progress in the new definition's order: the primary one's stays with the primary one, the
/// others' go by their ids.
fn objectives(
    from: &SequencingDefinition,
    to: &SequencingDefinition,
    known: &[ObjectiveProgress],
) -> Vec<ObjectiveProgress> {
    if known.is_empty() {
        return Vec::new();
    }
    let old = |position: usize| {
        if position == 0 {
            return Some(0);
        }
        let id = to.objectives[position].id.as_ref()?;
        let is_same = |known: &ObjectiveDefinition| known.id.as_ref() == Some(id);
        from.objectives.iter().position(is_same)
    };
    let positions = 0..to.objectives.len();
    positions
        .map(|position| old(position).and_then(|old| known.get(old)).copied())
        .map(Option::unwrap_or_default)
        .collect()
}

fn idx(position: usize) -> Option<ActivityIdx> {
    u32::try_from(position).ok().map(ActivityIdx)
}
