//! The organization as a flat list in document order: titles, kinds, launches, manifest facts.
//!
//! What may be delivered when is the guide's business; this is only what there is.

use std::collections::HashMap;

use percorso_package::{CompletionThreshold, Item, Kind, Package, Sequencing, Standard};

use crate::runtime::duration;

/// An organization's activities. Index 0 is the root.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) standard: Standard,
    pub(super) activities: Vec<Activity>,
    /// Shared data stores belong to the learner, not only to this course.
    pub(super) shares_data: bool,
    by_id: HashMap<String, usize>,
}

/// One activity of the outline.
#[derive(Debug)]
pub(super) struct Activity {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) depth: u32,
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
    /// The manifest's item, its children left out; the root has a made-up one.
    pub(super) item: Item,
}

impl Outline {
    pub(super) fn new(package: &Package) -> Self {
        let organization = package.organization();
        let root = Item {
            identifier: organization.identifier.clone(),
            title: package.title().to_owned(),
            completion_threshold: organization.completion_threshold,
            metadata: organization.metadata.clone(),
            sequencing: organization.sequencing.clone(),
            ..Item::default()
        };
        let mut outline = Self {
            standard: package.standard,
            activities: Vec::new(),
            shares_data: organization.shared_data_global_to_system.unwrap_or(true),
            by_id: HashMap::new(),
        };
        let root = outline.push(root, None, 0);
        outline.push_all(&organization.items, root, 1);
        outline
    }

    fn push(&mut self, item: Item, parent: Option<usize>, depth: u32) -> usize {
        let index = self.activities.len();
        let (id, title) = (item.identifier.clone(), item.title.clone());
        self.by_id.entry(id.clone()).or_insert(index);
        self.activities.push(Activity {
            id,
            title,
            depth,
            parent,
            children: Vec::new(),
            item,
        });
        if let Some(parent) = parent {
            self.activities[parent].children.push(index);
        }
        index
    }

    fn push_all(&mut self, items: &[Item], parent: usize, depth: u32) {
        for item in items {
            let alone = Item {
                items: Vec::new(),
                ..item.clone()
            };
            let index = self.push(alone, Some(parent), depth);
            self.push_all(&item.items, index, depth + 1);
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(super) fn activity(&self, id: &str) -> Option<&Activity> {
        self.find(id).map(|index| &self.activities[index])
    }

    pub(super) fn root(&self) -> &Activity {
        &self.activities[0]
    }

    /// Leaves in document order.
    pub(super) fn leaves(&self) -> impl Iterator<Item = &Activity> {
        self.activities.iter().filter(|activity| activity.is_leaf())
    }

    /// The only content of a course that has nothing else.
    pub(super) fn only_leaf(&self) -> Option<&Activity> {
        match self.activities.as_slice() {
            [_, leaf] if leaf.is_leaf() => Some(leaf),
            _ => None,
        }
    }

    /// A single item under default control modes: it starts by itself and needs no contents.
    pub(super) fn is_single_by_default(&self) -> bool {
        let modes = self
            .root()
            .sequencing()
            .and_then(|sequencing| sequencing.control_mode);
        let by_default = modes.is_none_or(|modes| {
            modes.choice.unwrap_or(true)
                && modes.choice_exit.unwrap_or(true)
                && !modes.flow.unwrap_or(false)
                && !modes.forward_only.unwrap_or(false)
        });
        self.only_leaf().is_some() && by_default
    }
}

impl Activity {
    pub(super) fn is_leaf(&self) -> bool {
        self.children.is_empty() && self.item.launch.is_some()
    }

    pub(super) fn is_visible(&self) -> bool {
        self.item.is_visible.unwrap_or(true)
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        self.item.kind()
    }

    fn sequencing(&self) -> Option<&Sequencing> {
        self.item.sequencing.as_ref()
    }

    /// `cmi.completion_threshold` (RTE 4.2.5): only where completion is decided by measure.
    pub(super) fn completion_threshold(&self) -> Option<f64> {
        match self.item.completion_threshold {
            Some(CompletionThreshold {
                completed_by_measure: true,
                min_progress_measure,
                ..
            }) => Some(min_progress_measure.unwrap_or(1.0)),
            _ => None,
        }
    }

    /// `cmi.scaled_passing_score` (RTE 4.2.19): the primary objective's, when satisfied by measure.
    pub(super) fn scaled_passing_score(&self) -> Option<f64> {
        let primary = self
            .sequencing()?
            .objectives
            .iter()
            .find(|objective| objective.primary)?;
        primary
            .satisfied_by_measure
            .unwrap_or(false)
            .then(|| primary.min_normalized_measure.unwrap_or(1.0))
    }

    /// The longest an attempt may take, by either standard's element.
    pub(super) fn max_time_ms(&self) -> Option<u64> {
        let scorm_12 = self
            .item
            .max_time_allowed
            .as_deref()
            .and_then(duration::parse_timespan);
        let limits = self
            .sequencing()
            .and_then(|sequencing| sequencing.limit_conditions.as_ref());
        let scorm_2004 = limits
            .and_then(|limits| limits.attempt_absolute_duration_limit.as_deref())
            .and_then(duration::parse_iso);
        scorm_12.or(scorm_2004)
    }
}
