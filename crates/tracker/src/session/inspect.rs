//! Everything the engine knows, for an author who looks behind the course.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Session;
use super::guide::GuideState;
use crate::tracking::{ObjectiveProgress, SequencingState};

/// The state behind what a learner sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The running content's data model: values by element.
    pub values: BTreeMap<String, String>,
    /// The activities in the tree's order.
    pub activities: Vec<InspectedActivity>,
    /// Global objectives, by id.
    pub global_objectives: BTreeMap<String, InspectedObjective>,
    /// Shared data stores, by id.
    pub shared_data: BTreeMap<String, String>,
}

/// One activity's tracking information (SN 4.2); in SCORM 1.2, what content reported last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InspectedActivity {
    /// The manifest's identifier.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Depth below the root, which is 0.
    pub depth: u32,
    /// Activity is Active.
    pub active: bool,
    /// Activity is Suspended.
    pub suspended: bool,
    /// It is the current activity.
    pub current: bool,
    /// Attempts begun.
    pub attempts: u32,
    /// Attempt completion; unknown when absent.
    pub completed: Option<bool>,
    /// 0 to 1.
    pub progress_measure: Option<f64>,
    /// Its objectives, the primary one first.
    pub objectives: Vec<InspectedObjective>,
}

/// An objective's progress information.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InspectedObjective {
    /// Its id, when it has one.
    pub id: Option<String>,
    /// Satisfied; unknown when absent.
    pub satisfied: Option<bool>,
    /// Normalized measure, −1 to 1.
    pub measure: Option<f64>,
    /// Completed; unknown when absent.
    pub completed: Option<bool>,
}

impl Session {
    /// What is behind the view, for the author's preview.
    pub fn inspect(&self) -> Inspection {
        let tracked = &self.state.tracked;
        let global_objectives = match &tracked.guide {
            GuideState::Linear(_) => BTreeMap::new(),
            GuideState::Sequenced(state) => state
                .global_objectives
                .iter()
                .map(|(id, known)| (id.as_str().to_owned(), objective(None, known)))
                .collect(),
        };
        let indices = 0..self.course.outline.activities.len();
        Inspection {
            values: self.state.communication.values.all().clone(),
            activities: indices.map(|index| self.inspect_activity(index)).collect(),
            global_objectives,
            shared_data: tracked.shared_data.clone(),
        }
    }

    fn inspect_activity(&self, index: usize) -> InspectedActivity {
        let activity = &self.course.outline.activities[index];
        let seen = InspectedActivity {
            id: activity.id.clone(),
            title: activity.title.clone(),
            depth: activity.depth,
            ..InspectedActivity::default()
        };
        match &self.state.tracked.guide {
            GuideState::Sequenced(state) => self.sequenced(state, index, seen),
            GuideState::Linear(linear) => {
                let reached = self.reached(index);
                InspectedActivity {
                    current: linear.current.as_ref() == Some(&seen.id),
                    suspended: reached.suspended,
                    attempts: reached.attempts,
                    completed: match reached.completion {
                        super::Completion::NotAttempted => None,
                        known => known.is_completed(),
                    },
                    progress_measure: reached.progress_measure,
                    objectives: vec![InspectedObjective {
                        satisfied: reached.satisfied,
                        measure: reached.score.scaled,
                        ..InspectedObjective::default()
                    }],
                    ..seen
                }
            }
        }
    }

    fn sequenced(
        &self,
        state: &SequencingState,
        index: usize,
        seen: InspectedActivity,
    ) -> InspectedActivity {
        let tree = &self.course.tree;
        let Some(idx) = tree.at(index) else {
            return seen;
        };
        let tracking = state.of(idx);
        let described = tree.definition(idx).objectives.iter().enumerate();
        InspectedActivity {
            active: tracking.active,
            suspended: tracking.suspended,
            current: state.current() == Some(idx),
            attempts: tracking.attempts,
            completed: tracking.completed,
            progress_measure: tracking.progress_measure,
            objectives: described
                .map(|(position, described)| {
                    objective(described.id.clone(), &tracking.objective(position))
                })
                .collect(),
            ..seen
        }
    }
}

fn objective(id: Option<String>, known: &ObjectiveProgress) -> InspectedObjective {
    InspectedObjective {
        id,
        satisfied: known.satisfied,
        measure: known.measure,
        completed: known.completed,
    }
}
