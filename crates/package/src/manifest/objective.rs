//! `imsss:objectives`, and the maps that `adlseq:objectives` adds to them.

use std::collections::HashMap;

use roxmltree::Node;

use super::Reader;
use crate::{
    Code, Objective, ObjectiveMap,
    xml::{attribute, child, children, is, normalized, text},
};

impl<'a, 'i: 'a> Reader<'a, 'i> {
    /// The objectives of one activity, the primary first.
    pub(super) fn objectives(
        &mut self,
        ims: Option<Node<'a, 'i>>,
        adl: Option<Node<'a, 'i>>,
    ) -> Vec<Objective> {
        let mut objectives: Vec<Objective> = Vec::new();
        // Where in `objectives` each identifier is.
        let mut places: HashMap<String, usize> = HashMap::new();
        let nodes = ims.into_iter().flat_map(|node| node.children());
        for node in nodes.filter(|node| is(*node, "primaryObjective") || is(*node, "objective")) {
            let Some(objective) = self.objective(node) else {
                return objectives;
            };
            if let Some(id) = &objective.objective_id {
                if places.contains_key(id) {
                    let message =
                        format!("another objective is called `{id}`; this one is not used");
                    self.report(Code::ObjectiveDuplicate, node, message);
                    continue;
                }
                places.insert(id.clone(), objectives.len());
            }
            objectives.push(objective);
        }
        let nodes = adl.into_iter().flat_map(|node| children(node, "objective"));
        self.add_adl_maps(nodes, &places, &mut objectives);
        objectives.sort_by_key(|objective| !objective.primary);
        objectives
    }

    fn objective(&mut self, node: Node<'a, 'i>) -> Option<Objective> {
        let primary = is(node, "primaryObjective");
        let objective_id = objective_id(node);
        self.keep_part(node, objective_id.as_ref().map_or(0, String::len))?;
        let maps = self.maps(node);
        if objective_id.is_none() && (!primary || !maps.is_empty()) {
            self.report(
                Code::ObjectiveIdMissing,
                node,
                "the objective has no objectiveID",
            );
        }
        Some(Objective {
            primary,
            objective_id,
            satisfied_by_measure: self.boolean(node, "satisfiedByMeasure"),
            min_normalized_measure: child(node, "minNormalizedMeasure").and_then(|measure| {
                let value = text(measure);
                if value.is_empty() {
                    return None;
                }
                self.number_of(measure, "minNormalizedMeasure", &value, (-1.0, 1.0))
            }),
            maps,
        })
    }

    fn maps(&mut self, node: Node<'a, 'i>) -> Vec<ObjectiveMap> {
        children(node, "mapInfo")
            .filter_map(|map| self.map(map))
            .collect()
    }

    fn map(&mut self, node: Node) -> Option<ObjectiveMap> {
        let target = attribute(node, "targetObjectiveID")
            .map(normalized)
            .unwrap_or_default();
        self.keep_part(node, target.len())?;
        if target.is_empty() {
            self.report(
                Code::MapTargetMissing,
                node,
                "the map has no targetObjectiveID",
            );
            return None;
        }
        Some(ObjectiveMap {
            target_objective_id: target,
            read_satisfied_status: self.boolean(node, "readSatisfiedStatus"),
            read_normalized_measure: self.boolean(node, "readNormalizedMeasure"),
            write_satisfied_status: self.boolean(node, "writeSatisfiedStatus"),
            write_normalized_measure: self.boolean(node, "writeNormalizedMeasure"),
            read_raw_score: self.boolean(node, "readRawScore"),
            read_min_score: self.boolean(node, "readMinScore"),
            read_max_score: self.boolean(node, "readMaxScore"),
            read_completion_status: self.boolean(node, "readCompletionStatus"),
            read_progress_measure: self.boolean(node, "readProgressMeasure"),
            write_raw_score: self.boolean(node, "writeRawScore"),
            write_min_score: self.boolean(node, "writeMinScore"),
            write_max_score: self.boolean(node, "writeMaxScore"),
            write_completion_status: self.boolean(node, "writeCompletionStatus"),
            write_progress_measure: self.boolean(node, "writeProgressMeasure"),
        })
    }

    /// Merges each `adlseq:objective` into the objective of its identifier, map by map.
    fn add_adl_maps(
        &mut self,
        nodes: impl Iterator<Item = Node<'a, 'i>>,
        places: &HashMap<String, usize>,
        objectives: &mut [Objective],
    ) {
        // Where in an objective's maps each target is.
        let mut targets: HashMap<(usize, String), usize> = HashMap::new();
        for (place, objective) in objectives.iter().enumerate() {
            for (at, map) in objective.maps.iter().enumerate() {
                targets
                    .entry((place, map.target_objective_id.clone()))
                    .or_insert(at);
            }
        }
        for node in nodes {
            let Some(id) = objective_id(node) else {
                self.report(
                    Code::ObjectiveIdMissing,
                    node,
                    "the objective has no objectiveID",
                );
                continue;
            };
            let Some(&place) = places.get(&id) else {
                let message = format!("the activity has no objective `{id}` to extend");
                self.report(Code::ObjectiveUnknown, node, message);
                continue;
            };
            let maps = &mut objectives[place].maps;
            for map in self.maps(node) {
                let key = (place, map.target_objective_id.clone());
                let at = *targets.entry(key).or_insert(maps.len());
                match maps.get_mut(at) {
                    Some(existing) => *existing = extended(existing, &map),
                    // Without `imsss:mapInfo` to this target, status and measure are not mapped at all.
                    None => maps.push(ObjectiveMap {
                        read_satisfied_status: Some(false),
                        read_normalized_measure: Some(false),
                        ..map
                    }),
                }
            }
        }
    }
}

fn objective_id(node: Node) -> Option<String> {
    attribute(node, "objectiveID")
        .map(normalized)
        .filter(|id| !id.is_empty())
}

/// An IMS map with ADL's further attributes.
fn extended(ims: &ObjectiveMap, adl: &ObjectiveMap) -> ObjectiveMap {
    ObjectiveMap {
        target_objective_id: ims.target_objective_id.clone(),
        read_satisfied_status: ims.read_satisfied_status,
        read_normalized_measure: ims.read_normalized_measure,
        write_satisfied_status: ims.write_satisfied_status,
        write_normalized_measure: ims.write_normalized_measure,
        ..adl.clone()
    }
}
