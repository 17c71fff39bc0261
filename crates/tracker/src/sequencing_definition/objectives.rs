//! Objective descriptions (SN 3.10) and their maps to global objectives.

use percorso_package::Objective;

use crate::tracking::GlobalId;

/// A local objective.
#[derive(Debug, Clone, Default)]
pub(crate) struct ObjectiveDefinition {
    pub(crate) id: Option<String>,
    pub(crate) satisfied_by_measure: bool,
    pub(crate) min_measure: f64,
    pub(crate) maps: Vec<ObjectiveMap>,
}

/// A map to a global objective.
#[derive(Debug, Clone)]
pub(crate) struct ObjectiveMap {
    pub(crate) target: GlobalId,
    pub(crate) read: MapAccess,
    pub(crate) write: MapAccess,
}

/// Which facts pass through a map.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MapAccess {
    pub(crate) satisfied: bool,
    pub(crate) measure: bool,
    pub(crate) raw: bool,
    pub(crate) min: bool,
    pub(crate) max: bool,
    pub(crate) completion: bool,
    pub(crate) progress_measure: bool,
}

impl ObjectiveDefinition {
    /// The primary first; when the manifest names none, there is one without an id.
    pub(super) fn all(said: &[Objective]) -> Vec<Self> {
        let primary = said.iter().find(|objective| objective.primary);
        let others = said.iter().filter(|objective| !objective.primary);
        let primary = primary.map_or_else(
            || Self {
                min_measure: 1.0,
                ..Self::default()
            },
            Self::new,
        );
        std::iter::once(primary)
            .chain(others.map(Self::new))
            .collect()
    }

    fn new(said: &Objective) -> Self {
        Self {
            id: said.objective_id.clone().filter(|id| !id.is_empty()),
            satisfied_by_measure: said.satisfied_by_measure.unwrap_or(false),
            min_measure: said.min_normalized_measure.unwrap_or(1.0),
            maps: said.maps.iter().map(ObjectiveMap::new).collect(),
        }
    }
}

impl ObjectiveMap {
    fn new(said: &percorso_package::ObjectiveMap) -> Self {
        Self {
            target: GlobalId::from(super::plain_id(&said.target_objective_id).as_str()),
            read: MapAccess {
                satisfied: said.read_satisfied_status.unwrap_or(true),
                measure: said.read_normalized_measure.unwrap_or(true),
                raw: said.read_raw_score.unwrap_or(true),
                min: said.read_min_score.unwrap_or(true),
                max: said.read_max_score.unwrap_or(true),
                completion: said.read_completion_status.unwrap_or(true),
                progress_measure: said.read_progress_measure.unwrap_or(true),
            },
            write: MapAccess {
                satisfied: said.write_satisfied_status.unwrap_or(false),
                measure: said.write_normalized_measure.unwrap_or(false),
                raw: said.write_raw_score.unwrap_or(false),
                min: said.write_min_score.unwrap_or(false),
                max: said.write_max_score.unwrap_or(false),
                completion: said.write_completion_status.unwrap_or(false),
                progress_measure: said.write_progress_measure.unwrap_or(false),
            },
        }
    }
}
