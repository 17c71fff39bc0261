//! The tracking model (SN 4.2): objective, activity and attempt progress information, and where the
//! learner is in the tree.
//!
//! "Status known" and "value" of the book are one `Option`: `None` is unknown.

mod global_id;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::activity_tree::{ActivityIdx, ActivityTree};
pub(crate) use global_id::GlobalId;

/// What is known of global objectives.
pub(crate) type GlobalObjectives = BTreeMap<GlobalId, ObjectiveProgress>;

/// All that sequencing knows about one learner in one course.
///
/// A copy shares with its original whatever neither of them has changed since: a dry run costs what it
/// touches, however large the tree is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SequencingState {
    /// By activity; what is still as at the beginning is not written.
    #[serde(with = "sparse")]
    pub(crate) activities: Vec<Arc<ActivityTracking>>,
    /// Current Activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<ActivityIdx>,
    /// Suspended Activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) suspended: Option<ActivityIdx>,
    /// Global objectives of either scope, by target id.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) global_objectives: Arc<GlobalObjectives>,
    /// State of the generator behind selection and randomization.
    pub(crate) random: u64,
    /// Selection and randomization were applied once to the whole tree.
    #[serde(default)]
    pub(crate) prepared: bool,
}

/// One activity's tracking information (SN 4.2).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ActivityTracking {
    /// Activity is Active.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) active: bool,
    /// Activity is Suspended.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) suspended: bool,
    /// Activity Attempt Count.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) attempts: u32,
    /// Attempt Completion Status.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) completed: Option<bool>,
    /// Attempt Completion Amount.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) progress_measure: Option<f64>,
    /// Content said something of its completion, be it `unknown`: that is not silence.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) completion_said: bool,
    /// The same for its success.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) success_said: bool,
    /// Objective Progress Information in the definition's order; empty while nothing is known.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) objectives: Vec<ObjectiveProgress>,
    /// Objective information is of an earlier attempt on the parent.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) stale_objectives: bool,
    /// Progress information is of an earlier attempt on the parent.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) stale_progress: bool,
    /// Available Children, where they differ from the children as defined.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) available: Option<Vec<ActivityIdx>>,
}

/// Objective progress information, local or global (SN 4.2, with the 4th edition's additions).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ObjectiveProgress {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) satisfied: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) measure: Option<f64>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) raw: Option<f64>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) min: Option<f64>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) max: Option<f64>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) completed: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) progress_measure: Option<f64>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl SequencingState {
    /// The state that a learner's first session starts from.
    pub fn new(tree: &ActivityTree, seed: u64) -> Self {
        Self {
            activities: vec![Arc::default(); tree.len()],
            random: seed,
            ..Self::default()
        }
    }

    /// The current activity, active or not.
    pub fn current(&self) -> Option<ActivityIdx> {
        self.current
    }

    /// The activity that a suspended session goes on with.
    pub fn suspended(&self) -> Option<ActivityIdx> {
        self.suspended
    }

    /// Whether this state can be of that tree.
    pub fn fits(&self, tree: &ActivityTree) -> bool {
        self.activities.len() == tree.len()
    }

    pub(crate) fn of(&self, idx: ActivityIdx) -> &ActivityTracking {
        &self.activities[idx.usize()]
    }

    pub(crate) fn of_mut(&mut self, idx: ActivityIdx) -> &mut ActivityTracking {
        Arc::make_mut(&mut self.activities[idx.usize()])
    }

    /// The global objectives, to be written to.
    pub(crate) fn globals_mut(&mut self) -> &mut GlobalObjectives {
        Arc::make_mut(&mut self.global_objectives)
    }
}

impl ActivityTracking {
    pub(crate) fn objective(&self, objective: usize) -> ObjectiveProgress {
        self.objectives.get(objective).copied().unwrap_or_default()
    }

    pub(crate) fn objective_mut(&mut self, objective: usize) -> &mut ObjectiveProgress {
        if self.objectives.len() <= objective {
            self.objectives
                .resize(objective + 1, ObjectiveProgress::default());
        }
        &mut self.objectives[objective]
    }
}

/// Writes only activities that something is known of.
mod sparse {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::ActivityTracking;

    #[derive(Deserialize)]
    struct Read {
        count: u32,
        known: BTreeMap<u32, ActivityTracking>,
    }

    #[derive(Serialize)]
    struct Written<'a> {
        count: usize,
        known: BTreeMap<usize, &'a ActivityTracking>,
    }

    pub(super) fn serialize<S: Serializer>(
        activities: &[Arc<ActivityTracking>],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let untouched = ActivityTracking::default();
        let known = activities
            .iter()
            .map(AsRef::as_ref)
            .enumerate()
            .filter(|(_, activity)| **activity != untouched)
            .collect();
        let count = activities.len();
        Written { count, known }.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Arc<ActivityTracking>>, D::Error> {
        let read = Read::deserialize(from)?;
        if read.count > 10_000_000 {
            return Err(serde::de::Error::custom(
                "more activities than a course has",
            ));
        }
        let mut activities = vec![Arc::default(); read.count as usize];
        for (position, tracking) in read.known {
            match activities.get_mut(position as usize) {
                Some(place) => *place = Arc::new(tracking),
                None => return Err(serde::de::Error::custom("an activity outside the tree")),
            }
        }
        Ok(activities)
    }
}
