//! What a learner has reached in a course: the state that is kept between sessions.

use std::collections::{BTreeMap, BTreeSet};

use percorso_package::{AssignableUnit, MoveOn};
use serde::{Deserialize, Serialize};

use super::{Course, LaunchMode, Refusal, move_on};
use crate::session::Score;

/// A registration's state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Where the LMS's ids are made below; fixed when the registration begins (8.1.5.0-4).
    pub base: String,
    /// What is known of each AU, by the publisher's id.
    pub units: BTreeMap<String, Unit>,
    /// LMS ids of blocks and the course that were stated satisfied: never twice.
    pub satisfied: BTreeSet<String>,
}

/// What is known of one AU.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// `completed` was stated.
    pub completed: bool,
    /// `passed` was stated.
    pub passed: bool,
    /// `failed` was stated, and not `passed` since.
    pub failed: bool,
    /// The LMS waived it.
    pub waived: bool,
    /// Sessions that were initialized.
    pub sessions: u32,
    /// A session is open.
    pub open: bool,
    /// The latest score.
    pub score: Score,
    /// The latest progress, 0 to 1.
    pub progress: Option<f64>,
    /// What sessions claimed, in milliseconds.
    pub total_time_ms: u64,
}

impl Registration {
    /// A registration as it begins.
    pub fn new(base: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            ..Self::default()
        }
    }

    /// What is known of an AU.
    pub fn unit(&self, id: &str) -> Unit {
        self.units.get(id).cloned().unwrap_or_default()
    }

    /// The same, to be changed.
    pub(super) fn unit_mut(&mut self, id: &str) -> &mut Unit {
        self.units.entry(id.to_owned()).or_default()
    }

    /// Waives an AU: once (9.3.7.0-4).
    ///
    /// # Errors
    /// When it is waived already.
    pub fn waive(&mut self, id: &str) -> Result<(), Refusal> {
        let unit = self.unit_mut(id);
        if unit.waived {
            return Err(Refusal::new("9.3.7.0-4", "the AU is waived already"));
        }
        unit.waived = true;
        Ok(())
    }

    /// A session of an AU was left without its word: what it took counts, and it is open no more.
    pub fn left(&mut self, id: &str, mode: LaunchMode, duration_ms: u64) {
        let Some(unit) = self.units.get_mut(id) else {
            return;
        };
        unit.open = false;
        if mode == LaunchMode::Normal {
            unit.total_time_ms += duration_ms;
        }
    }

    /// Blocks and the course that are satisfied now and were not stated so yet: the inner ones first,
    /// the course last. They count as stated from here on.
    pub fn newly_satisfied(&mut self, course: &Course) -> Vec<usize> {
        let mut found = Vec::new();
        // Children stand after their parents.
        for index in (0..course.nodes.len()).rev() {
            let node = &course.nodes[index];
            if course.au(index).is_none()
                && !self.satisfied.contains(&node.lms_id)
                && self.is_satisfied(course, index)
            {
                self.satisfied.insert(node.lms_id.clone());
                found.push(index);
            }
        }
        found
    }

    /// Whether every AU at or below a part is met (9.3.9.0-1, 9.3.9.0-5).
    pub fn is_satisfied(&self, course: &Course, index: usize) -> bool {
        course.units_below(index).into_iter().all(|unit| {
            let move_on = course.au(unit).and_then(|au| au.move_on);
            self.is_met(&course.nodes[unit].id, move_on)
        })
    }

    /// Whether an AU was taken and has stated all that this registration takes of it: what is left is
    /// to look at it again.
    pub fn has_nothing_left(&self, au: &AssignableUnit) -> bool {
        let unit = self.unit(&au.id);
        let asks = au.move_on.unwrap_or_default();
        let judged = au.mastery_score.is_some()
            || matches!(asks, MoveOn::Passed | MoveOn::CompletedAndPassed)
            || unit.failed;
        let stated = unit.completed || unit.passed;
        stated && self.is_met(&au.id, au.move_on) && (!judged || unit.passed)
    }

    pub(super) fn is_met(&self, id: &str, move_on: Option<MoveOn>) -> bool {
        let nothing = Unit::default();
        let unit = self.units.get(id).unwrap_or(&nothing);
        move_on::is_met(move_on.unwrap_or_default(), unit)
    }
}
