//! Objective and progress information as the processes see and set it: local, and through the maps
//! to global objectives (SN 3.10).

use percorso_package::Edition;

use super::{Look, Sequencer};
use crate::activity_tree::ActivityIdx;
use crate::sequencing_definition::{MapAccess, ObjectiveMap};
use crate::tracking::ObjectiveProgress;

/// The primary objective's index: it contributes to rollup.
pub(super) const PRIMARY: usize = 0;

impl Look<'_> {
    /// Objective Satisfied Status: by the measure where the objective says so, else through a read
    /// map, else local.
    pub(super) fn satisfied(self, idx: ActivityIdx, objective: usize) -> Option<bool> {
        let definition = self.definition(idx);
        let described = definition.objectives.get(objective)?;
        if !definition.tracked {
            return None;
        }
        if described.satisfied_by_measure {
            let waits = self.tracking(idx).active && !definition.measure_satisfaction_if_active;
            let measure = self.measure(idx, objective).filter(|_| !waits)?;
            return Some(measure >= described.min_measure);
        }
        self.read(idx, objective, |map| map.satisfied, |facts| facts.satisfied)
            .or_else(|| self.local(idx, objective)?.satisfied)
    }

    /// Objective Normalized Measure.
    pub(super) fn measure(self, idx: ActivityIdx, objective: usize) -> Option<f64> {
        if !self.definition(idx).tracked {
            return None;
        }
        self.read(idx, objective, |map| map.measure, |facts| facts.measure)
            .or_else(|| self.local(idx, objective)?.measure)
    }

    /// Attempt Completion Status.
    pub(super) fn completed(self, idx: ActivityIdx) -> Option<bool> {
        if !self.definition(idx).tracked {
            return None;
        }
        let tracking = self.tracking(idx);
        let local = || tracking.completed.filter(|_| !self.is_progress_stale(idx));
        if self.is_completed_by_measure(idx) {
            // SN 3.14: the amount decides, wherever it comes from; a status alone does not
            let needed = self.definition(idx).min_progress_measure;
            let amount = self.progress_measure(idx);
            return amount.map(|amount| amount >= needed).or_else(local);
        }
        self.read(idx, PRIMARY, |map| map.completion, |facts| facts.completed)
            .or_else(local)
    }

    /// Completion is decided by the completion amount, which the 4th edition introduced.
    pub(super) fn is_completed_by_measure(self, idx: ActivityIdx) -> bool {
        self.definition(idx).completed_by_measure && self.tree.edition == Edition::Fourth
    }

    /// Attempt Completion Amount.
    pub(super) fn progress_measure(self, idx: ActivityIdx) -> Option<f64> {
        if !self.definition(idx).tracked {
            return None;
        }
        let tracking = self.tracking(idx);
        self.read(
            idx,
            PRIMARY,
            |map| map.progress_measure,
            |facts| facts.progress_measure,
        )
        .or_else(|| {
            tracking
                .progress_measure
                .filter(|_| !self.is_progress_stale(idx))
        })
    }

    /// What a read map shows, when the global objective knows it.
    // DIFFERENCE: by its definition a read map is asked where the local objective is unknown; here the
    // global one is taken wherever it is known, as in ADL's sample run-time. Decision 0007.
    pub(super) fn read<T>(
        self,
        idx: ActivityIdx,
        objective: usize,
        passes: fn(&MapAccess) -> bool,
        fact: fn(&ObjectiveProgress) -> Option<T>,
    ) -> Option<T> {
        let described = self.definition(idx).objectives.get(objective)?;
        let maps = described.maps.iter().filter(|map| passes(&map.read));
        maps.filter_map(|map| self.state.global_objectives.get(&map.target))
            .find_map(fact)
    }

    fn local(self, idx: ActivityIdx, objective: usize) -> Option<ObjectiveProgress> {
        let tracking = self.tracking(idx);
        (!self.are_objectives_stale(idx)).then(|| tracking.objective(objective))
    }

    /// SN 3.2.5: only what was recorded in the parent's current attempt counts.
    fn are_objectives_stale(self, idx: ActivityIdx) -> bool {
        let parent = self.parent(idx);
        self.tracking(idx).stale_objectives
            && parent
                .is_some_and(|parent| self.definition(parent).use_current_attempt_objective_info)
    }

    /// SN 3.2.6: the same for progress.
    fn is_progress_stale(self, idx: ActivityIdx) -> bool {
        let parent = self.parent(idx);
        self.tracking(idx).stale_progress
            && parent
                .is_some_and(|parent| self.definition(parent).use_current_attempt_progress_info)
    }
}

impl Sequencer<'_> {
    /// Sets an objective's local information, and through the write maps the global one. A fact
    /// that becomes unknown is forgotten globally only by who knew it.
    pub(super) fn set_objective(
        &mut self,
        idx: ActivityIdx,
        objective: usize,
        mut facts: ObjectiveProgress,
    ) {
        let definition = self.definition(idx);
        let Some(described) = definition.objectives.get(objective) else {
            return;
        };
        if !definition.tracked {
            return;
        }
        if described.satisfied_by_measure {
            let waits = self.state.of(idx).active && !definition.measure_satisfaction_if_active;
            let measure = facts.measure.filter(|_| !waits);
            facts.satisfied = measure.map(|measure| measure >= described.min_measure);
        }
        let before = self.state.of(idx).objective(objective);
        self.state.of_mut(idx).stale_objectives = false;
        if before != facts {
            *self.state.of_mut(idx).objective_mut(objective) = facts;
        }
        for map in &described.maps {
            self.write(
                map,
                before,
                facts,
                |may| may.satisfied,
                |of| &mut of.satisfied,
            );
            self.write(map, before, facts, |may| may.measure, |of| &mut of.measure);
            self.write(map, before, facts, |may| may.raw, |of| &mut of.raw);
            self.write(map, before, facts, |may| may.min, |of| &mut of.min);
            self.write(map, before, facts, |may| may.max, |of| &mut of.max);
            if objective != PRIMARY {
                self.write_progress(map, before, facts);
            }
        }
    }

    /// Sets an objective's satisfied status outright, past `satisfied_by_measure`.
    pub(super) fn satisfy(&mut self, idx: ActivityIdx, objective: usize) {
        let definition = self.definition(idx);
        let Some(described) = definition.objectives.get(objective) else {
            return;
        };
        let before = self.state.of(idx).objective(objective);
        let tracking = self.state.of_mut(idx);
        tracking.stale_objectives = false;
        tracking.objective_mut(objective).satisfied = Some(true);
        let facts = tracking.objective(objective);
        for map in &described.maps {
            self.write(
                map,
                before,
                facts,
                |may| may.satisfied,
                |of| &mut of.satisfied,
            );
        }
    }

    /// Sets attempt progress information, which the primary objective's maps share.
    pub(super) fn set_progress(
        &mut self,
        idx: ActivityIdx,
        completed: Option<bool>,
        progress_measure: Option<f64>,
    ) {
        let definition = self.definition(idx);
        if !definition.tracked {
            return;
        }
        let tracking = self.state.of_mut(idx);
        let progress = |completed, progress_measure| ObjectiveProgress {
            completed,
            progress_measure,
            ..ObjectiveProgress::default()
        };
        let before = progress(tracking.completed, tracking.progress_measure);
        tracking.completed = completed;
        tracking.progress_measure = progress_measure;
        tracking.stale_progress = false;
        let facts = progress(completed, progress_measure);
        for map in &definition.objectives[PRIMARY].maps {
            self.write_progress(map, before, facts);
        }
    }

    fn write_progress(
        &mut self,
        map: &ObjectiveMap,
        before: ObjectiveProgress,
        facts: ObjectiveProgress,
    ) {
        self.write(
            map,
            before,
            facts,
            |may| may.completion,
            |of| &mut of.completed,
        );
        self.write(
            map,
            before,
            facts,
            |may| may.progress_measure,
            |of| &mut of.progress_measure,
        );
    }

    /// Writes one fact to the global objective, where the map lets it pass.
    fn write<T: Copy>(
        &mut self,
        map: &ObjectiveMap,
        mut before: ObjectiveProgress,
        mut facts: ObjectiveProgress,
        passes: fn(&MapAccess) -> bool,
        place: fn(&mut ObjectiveProgress) -> &mut Option<T>,
    ) {
        let now = *place(&mut facts);
        if !passes(&map.write) || (place(&mut before).is_none() && now.is_none()) {
            return;
        }
        let globals = self.state.globals_mut();
        match globals.get_mut(&map.target) {
            Some(global) => *place(global) = now,
            None => *place(globals.entry(map.target.clone()).or_default()) = now,
        }
    }
}
