//! What a learner has stated, taken along to another version of the course.
//!
//! A unit is known by its publisher's id; a version that renames it says so in a map.

use super::{Course, Registration};
use crate::session::ActivityMap;

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CarriedRegistration {
    /// The registration in the new version.
    pub registration: Registration,
    /// Units that something is known of and that came along, by their old ids.
    pub kept: Vec<String>,
    /// Units that something is known of and that have no counterpart.
    pub lost: Vec<String>,
}

impl Registration {
    /// The same registration in another version of the course. What was stated satisfied is never
    /// stated again; what became satisfied by the change, [`Registration::newly_satisfied`] tells.
    pub fn carried(&self, to: &Course, map: &ActivityMap) -> CarriedRegistration {
        let mut registration = Self {
            base: self.base.clone(),
            satisfied: self.satisfied.clone(),
            ..Self::default()
        };
        let (mut kept, mut lost) = (Vec::new(), Vec::new());
        for (id, unit) in &self.units {
            let there = map.get(id).filter(|new| {
                let index = to.find(new);
                index.is_some_and(|index| to.au(index).is_some())
            });
            match there {
                Some(new) => {
                    registration.units.insert(new.clone(), unit.clone());
                    kept.push(id.clone());
                }
                None => lost.push(id.clone()),
            }
        }
        CarriedRegistration {
            registration,
            kept,
            lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use percorso_package::{CourseNode, CourseStructure, MoveOn};

    use super::*;
    use crate::cmi5::{Unit, tests::au};

    /// A course of these units, each to be completed.
    fn course(units: &[&str]) -> Course {
        let unit = |id: &&str| CourseNode::Au(au(id, MoveOn::Completed, None));
        let structure = CourseStructure {
            id: "urn:course".to_owned(),
            title: Vec::new(),
            description: Vec::new(),
            objectives: Vec::new(),
            children: units.iter().map(unit).collect(),
        };
        Course::new(&structure, "http://lms")
    }

    fn completed() -> Unit {
        Unit {
            completed: true,
            sessions: 2,
            ..Unit::default()
        }
    }

    #[test]
    fn units_go_by_the_map_and_what_was_stated_satisfied_stays_stated() {
        let mut known = Registration::new("http://lms");
        known.units.insert("urn:au:a".into(), completed());
        known.units.insert("urn:au:gone".into(), completed());
        assert_eq!(known.newly_satisfied(&course(&["a", "gone"])), [0]);

        let map = ActivityMap::from([("urn:au:a".into(), "urn:au:b".into())]);
        let to = course(&["b"]);
        let mut carried = known.carried(&to, &map);
        assert_eq!(carried.registration.unit("urn:au:b"), completed());
        assert_eq!(carried.kept, ["urn:au:a"]);
        assert_eq!(carried.lost, ["urn:au:gone"]);
        assert!(carried.registration.newly_satisfied(&to).is_empty());
    }

    #[test]
    fn a_course_without_the_unit_that_was_missing_is_satisfied_by_the_change() {
        let mut known = Registration::new("http://lms");
        known.units.insert("urn:au:a".into(), completed());
        assert!(known.newly_satisfied(&course(&["a", "b"])).is_empty());
        let map = ActivityMap::from([("urn:au:a".into(), "urn:au:a".into())]);
        let to = course(&["a"]);
        let mut carried = known.carried(&to, &map).registration;
        assert_eq!(carried.newly_satisfied(&to), [0]);
    }
}
