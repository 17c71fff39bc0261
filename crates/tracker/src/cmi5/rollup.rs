//! What is reached, in the common model: from the AUs' statements up to the course.

use percorso_package::{AssignableUnit, MoveOn};

use super::{Course, Node, NodeKind, Registration, Unit};
use crate::session::{ActivityProgress, Completion, Progress, Reason, Score, Success};

impl Registration {
    /// What is reached, with the reasons why the course is not satisfied.
    pub fn progress(&self, course: &Course) -> Progress {
        let root = self.activity(course, 0);
        Progress {
            why_incomplete: self.reasons(course),
            root,
        }
    }

    fn activity(&self, course: &Course, index: usize) -> ActivityProgress {
        let node = &course.nodes[index];
        match &node.kind {
            NodeKind::Au(au) => self.au(node, au),
            NodeKind::Course | NodeKind::Block => self.group(course, index),
        }
    }

    fn au(&self, node: &Node, au: &AssignableUnit) -> ActivityProgress {
        let unit = self.unit(&node.id);
        let met = self.is_met(&node.id, au.move_on);
        ActivityProgress {
            id: node.id.clone(),
            title: node.name().to_owned(),
            kind: percorso_package::Kind::of_activity_type(au.activity_type.as_deref()),
            completion: completion(&unit, met),
            success: success(&unit),
            satisfied: Some(met),
            score: unit.score,
            progress_measure: if unit.completed || unit.waived {
                Some(1.0)
            } else {
                unit.progress
            },
            total_time_ms: unit.total_time_ms,
            attempts: unit.sessions,
            suspended: false,
            waived: unit.waived,
            children: Vec::new(),
        }
    }

    fn group(&self, course: &Course, index: usize) -> ActivityProgress {
        let node = &course.nodes[index];
        let children: Vec<ActivityProgress> = node
            .children
            .iter()
            .map(|child| self.activity(course, *child))
            .collect();
        let satisfied = self.is_satisfied(course, index);
        let units = course.units_below(index);
        let begun = units
            .iter()
            .any(|unit| self.unit(&course.nodes[*unit].id) != Unit::default());
        ActivityProgress {
            id: node.id.clone(),
            title: node.name().to_owned(),
            kind: None,
            completion: match (satisfied, begun) {
                (true, _) => Completion::Completed,
                (false, true) => Completion::Incomplete,
                (false, false) => Completion::NotAttempted,
            },
            success: self.group_success(course, &units),
            satisfied: Some(satisfied),
            score: self.group_score(course, &units),
            progress_measure: Some(mean(units.iter().map(|unit| self.share(course, *unit)))),
            total_time_ms: children.iter().map(|child| child.total_time_ms).sum(),
            attempts: u32::from(children.iter().any(|child| child.attempts > 0)),
            suspended: false,
            waived: !children.is_empty() && children.iter().all(|child| child.waived),
            children,
        }
    }

    /// How much of an AU is done, 0 to 1.
    fn share(&self, course: &Course, index: usize) -> f64 {
        let node = &course.nodes[index];
        let move_on = course.au(index).and_then(|au| au.move_on);
        let unit = self.unit(&node.id);
        if self.is_met(&node.id, move_on) || unit.completed {
            1.0
        } else {
            unit.progress.unwrap_or(0.0)
        }
    }

    /// Of the AUs that are judged: all passed, any failed, or not known yet.
    fn group_success(&self, course: &Course, units: &[usize]) -> Success {
        let judged: Vec<Success> = units
            .iter()
            .filter_map(|index| {
                let au = course.au(*index)?;
                let unit = self.unit(&au.id);
                let asks = matches!(
                    au.move_on,
                    Some(MoveOn::Passed | MoveOn::CompletedAndPassed)
                );
                let is_judged = asks || au.mastery_score.is_some() || unit.passed || unit.failed;
                is_judged.then(|| success(&unit))
            })
            .collect();
        if judged.contains(&Success::Failed) {
            Success::Failed
        } else if !judged.is_empty() && judged.iter().all(|found| *found == Success::Passed) {
            Success::Passed
        } else {
            Success::Unknown
        }
    }

    /// The only AU's score, else the mean of the scaled ones.
    fn group_score(&self, course: &Course, units: &[usize]) -> Score {
        let scores: Vec<Score> = units
            .iter()
            .map(|index| self.unit(&course.nodes[*index].id).score)
            .filter(|score| *score != Score::default())
            .collect();
        match scores.as_slice() {
            [only] => *only,
            [] => Score::default(),
            several => {
                let scaled: Vec<f64> = several.iter().filter_map(|score| score.scaled).collect();
                Score {
                    scaled: (!scaled.is_empty()).then(|| mean(scaled.into_iter())),
                    ..Score::default()
                }
            }
        }
    }

    fn reasons(&self, course: &Course) -> Vec<Reason> {
        course
            .units_below(0)
            .into_iter()
            .filter_map(|index| {
                let au = course.au(index)?;
                if self.is_met(&au.id, au.move_on) {
                    return None;
                }
                let title = course.nodes[index].name().to_owned();
                Some(self.reason(au, title))
            })
            .collect()
    }

    fn reason(&self, au: &AssignableUnit, title: String) -> Reason {
        let unit = self.unit(&au.id);
        let asks_completion = !matches!(au.move_on, Some(MoveOn::Passed));
        let activity = au.id.clone();
        if unit.sessions == 0 {
            Reason::NotAttempted { activity, title }
        } else if !unit.completed && asks_completion && !unit.failed {
            Reason::Incomplete {
                activity,
                title,
                progress_measure: unit.progress,
                required: None,
            }
        } else {
            Reason::NotPassed {
                activity,
                title,
                scaled: unit.score.scaled,
                required: au.mastery_score,
            }
        }
    }
}

/// An AU's completion: what it stated, or what met it in place of that.
fn completion(unit: &Unit, met: bool) -> Completion {
    if unit.completed || unit.waived || (met && unit.passed) {
        Completion::Completed
    } else if unit.sessions > 0 {
        Completion::Incomplete
    } else {
        Completion::NotAttempted
    }
}

fn success(unit: &Unit) -> Success {
    if unit.passed || unit.waived {
        Success::Passed
    } else if unit.failed {
        Success::Failed
    } else {
        Success::Unknown
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts to 2^52 units")]
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u64), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / count as f64 }
}
