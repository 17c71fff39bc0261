//! The activity tree: an index arena in document order, with each activity's sequencing definition.
//!
//! What changes while a learner moves through it is in [`crate::tracking`]; titles, launches and the
//! rest of the manifest's facts are the session's outline, which has the same indices.

use std::collections::HashMap;

use percorso_package::{CompletionThreshold, Edition, Item, Package, Sequencing};
use serde::{Deserialize, Serialize};

use crate::sequencing_definition::SequencingDefinition;

/// Index of an activity: its position in document order, the root being 0.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ActivityIdx(pub u32);

impl ActivityIdx {
    /// As an index of a list.
    pub fn usize(self) -> usize {
        self.0 as usize
    }
}

/// An organization as a tree of activities. Immutable.
#[derive(Debug, Clone)]
pub struct ActivityTree {
    pub(crate) edition: Edition,
    /// Global objectives belong to the learner across courses.
    pub(crate) objectives_global_to_system: bool,
    activities: Vec<Activity>,
    by_id: HashMap<String, ActivityIdx>,
    /// Activities that read a global objective, by its id.
    readers: HashMap<String, Vec<ActivityIdx>>,
}

/// One activity.
#[derive(Debug, Clone)]
pub struct Activity {
    /// `@identifier`.
    pub id: String,
    /// Its cluster; `None` for the root.
    pub parent: Option<ActivityIdx>,
    /// Its children as defined, in document order.
    pub children: Vec<ActivityIdx>,
    /// Depth below the root, which is 0.
    pub depth: u32,
    /// Position among its siblings as defined.
    pub(crate) order: u32,
    /// How it is sequenced.
    pub(crate) definition: SequencingDefinition,
}

impl Activity {
    /// It has no children: content, or nothing at all.
    pub fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }
}

impl ActivityTree {
    /// Builds the tree of the package's default organization.
    pub fn from_package(package: &Package) -> Self {
        let organization = package.organization();
        let mut tree = Self {
            edition: package.edition.unwrap_or(Edition::Fourth),
            objectives_global_to_system: organization.objectives_global_to_system.unwrap_or(true),
            activities: Vec::new(),
            by_id: HashMap::new(),
            readers: HashMap::new(),
        };
        let root = tree.push(
            &organization.identifier,
            organization.sequencing.as_ref(),
            organization.completion_threshold,
            None,
        );
        tree.push_items(&organization.items, root);
        tree.note_readers();
        tree
    }

    fn push_items(&mut self, items: &[Item], parent: ActivityIdx) {
        for item in items {
            let idx = self.push(
                &item.identifier,
                item.sequencing.as_ref(),
                item.completion_threshold,
                Some(parent),
            );
            self.push_items(&item.items, idx);
        }
    }

    fn push(
        &mut self,
        id: &str,
        sequencing: Option<&Sequencing>,
        threshold: Option<CompletionThreshold>,
        parent: Option<ActivityIdx>,
    ) -> ActivityIdx {
        let idx = ActivityIdx(
            u32::try_from(self.activities.len()).expect("a manifest has fewer than 2^32 items"),
        );
        let (depth, order) = parent.map_or((0, 0), |parent| {
            let above = &mut self.activities[parent.usize()];
            above.children.push(idx);
            (above.depth + 1, above.children.len() - 1)
        });
        self.activities.push(Activity {
            id: id.to_owned(),
            parent,
            children: Vec::new(),
            depth,
            order: u32::try_from(order).expect("a manifest has fewer than 2^32 items"),
            definition: SequencingDefinition::new(sequencing, threshold),
        });
        self.by_id.entry(id.to_owned()).or_insert(idx);
        idx
    }

    fn note_readers(&mut self) {
        for (position, activity) in (0..).zip(&self.activities) {
            for map in activity.definition.objectives.iter().flat_map(|o| &o.maps) {
                let readers = self
                    .readers
                    .entry(map.target.as_str().to_owned())
                    .or_default();
                if readers.last() != Some(&ActivityIdx(position)) {
                    readers.push(ActivityIdx(position));
                }
            }
        }
    }

    /// The root activity.
    pub fn root(&self) -> ActivityIdx {
        ActivityIdx(0)
    }

    /// How many activities there are.
    pub fn len(&self) -> usize {
        self.activities.len()
    }

    /// Never: there is always a root.
    pub fn is_empty(&self) -> bool {
        self.activities.is_empty()
    }

    /// Every activity in document order.
    pub fn indices(&self) -> impl Iterator<Item = ActivityIdx> + use<> {
        (0..u32::try_from(self.activities.len()).expect("built with fewer than 2^32"))
            .map(ActivityIdx)
    }

    /// The activity at this place of the document order.
    pub(crate) fn at(&self, place: usize) -> Option<ActivityIdx> {
        let idx = ActivityIdx(u32::try_from(place).ok()?);
        (place < self.len()).then_some(idx)
    }

    /// The activity with this identifier.
    pub fn idx_of(&self, id: &str) -> Option<ActivityIdx> {
        self.by_id.get(id).copied()
    }

    /// The activity at an index of this tree.
    pub fn activity(&self, idx: ActivityIdx) -> &Activity {
        &self.activities[idx.usize()]
    }

    /// The leaves of a cluster, in order; a leaf is its own.
    pub(crate) fn leaves_below(&self, idx: ActivityIdx) -> Vec<ActivityIdx> {
        let inside = |leaf: &ActivityIdx| self.path_up(*leaf).any(|above| above == idx);
        let leaves = self.indices().filter(|at| self.activity(*at).is_leaf());
        leaves.filter(inside).collect()
    }

    pub(crate) fn definition(&self, idx: ActivityIdx) -> &SequencingDefinition {
        &self.activity(idx).definition
    }

    /// Activities with a map to this global objective.
    pub(crate) fn mapped_to(&self, target: &str) -> &[ActivityIdx] {
        self.readers.get(target).map_or(&[], Vec::as_slice)
    }

    /// The activity and its ancestors, up to and including the root.
    pub(crate) fn path_up(&self, idx: ActivityIdx) -> impl Iterator<Item = ActivityIdx> + '_ {
        std::iter::successors(Some(idx), |at| self.activity(*at).parent)
    }

    /// The nearest activity that contains both, either of them included.
    pub(crate) fn common_ancestor(&self, one: ActivityIdx, other: ActivityIdx) -> ActivityIdx {
        let (mut one, mut other) = (one, other);
        while one != other {
            let deeper = if self.activity(one).depth >= self.activity(other).depth {
                &mut one
            } else {
                &mut other
            };
            *deeper = self
                .activity(*deeper)
                .parent
                .expect("two different activities of one tree meet at the root at the latest");
        }
        one
    }
}
