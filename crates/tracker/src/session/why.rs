//! Finds the [`Reason`]s why a course is not complete: down from the root, by the rule that decides at
//! each cluster, to the content that has not said it yet.

use super::outline::Activity;
use super::reached::{Reached, is_achieved};
use super::{Completion, Reason, Session, Success, UnmetRule, guide};

/// What is asked of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Completed,
    Satisfied,
}

/// What an activity lacks; children are indices of the outline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Lack {
    /// It is content, and has not said it.
    Word,
    /// The progress measure, or the score, decides and is too low.
    Measure,
    /// Each of these children must come to it too.
    Children {
        children: Vec<usize>,
        asked: Asked,
        /// The rule that says so; SCORM 1.2 has none.
        rule: Option<UnmetRule>,
    },
    /// Another rule decides.
    Rule(UnmetRule),
    /// There is no rule that could.
    NoRule,
}

impl Session {
    /// Why the root is not completed and passed; empty when it is.
    pub(super) fn why_incomplete(&self) -> Vec<Reason> {
        let root = self.lasting_reached(0);
        let mut reasons = Vec::new();
        if is_achieved(&root) {
            return reasons;
        }
        if root.completion != Completion::Completed {
            self.explain(0, Asked::Completed, &mut reasons);
        }
        self.explain_failures(0, &mut reasons);
        reasons
    }

    fn explain(&self, index: usize, asked: Asked, reasons: &mut Vec<Reason>) {
        let activity = &self.course.outline.activities[index];
        let reached = self.lasting_reached(index);
        match guide::lack(&self.course, self.lasting(), index, asked) {
            Lack::Word => note(reasons, word(activity, &reached, asked)),
            Lack::Measure => note(reasons, measure(activity, &reached, asked)),
            Lack::Children {
                children,
                asked,
                rule,
            } => {
                let before = reasons.len();
                for child in children {
                    self.explain(child, asked, reasons);
                }
                if reasons.len() == before {
                    note(reasons, by_rule(activity, rule));
                }
            }
            Lack::Rule(rule) => note(reasons, by_rule(activity, Some(rule))),
            Lack::NoRule => note(reasons, by_rule(activity, None)),
        }
    }

    /// What was failed, wherever that counts: it stands in the way even where nothing else is missing.
    fn explain_failures(&self, index: usize, reasons: &mut Vec<Reason>) {
        let activity = &self.course.outline.activities[index];
        let reached = self.lasting_reached(index);
        let failed = reached.success == Success::Failed;
        match guide::lack(&self.course, self.lasting(), index, Asked::Satisfied) {
            Lack::Children { children, rule, .. } => {
                for child in children {
                    self.explain_failures(child, reasons);
                }
                if failed && reasons.is_empty() {
                    note(reasons, by_rule(activity, rule));
                }
            }
            Lack::Rule(rule) if failed => note(reasons, by_rule(activity, Some(rule))),
            _ if failed => note(reasons, not_passed(activity, &reached)),
            _ => {}
        }
    }
}

/// Each reason once.
fn note(reasons: &mut Vec<Reason>, reason: Reason) {
    if !reasons.contains(&reason) {
        reasons.push(reason);
    }
}

fn word(activity: &Activity, reached: &Reached, asked: Asked) -> Reason {
    if reached.success == Success::Failed {
        not_passed(activity, reached)
    } else if reached.completion == Completion::NotAttempted {
        Reason::NotAttempted {
            activity: activity.id.clone(),
            title: activity.title.clone(),
        }
    } else {
        measure(activity, reached, asked)
    }
}

fn measure(activity: &Activity, reached: &Reached, asked: Asked) -> Reason {
    match asked {
        Asked::Satisfied => not_passed(activity, reached),
        Asked::Completed => Reason::Incomplete {
            activity: activity.id.clone(),
            title: activity.title.clone(),
            progress_measure: reached.progress_measure,
            required: activity.completion_threshold(),
        },
    }
}

fn not_passed(activity: &Activity, reached: &Reached) -> Reason {
    Reason::NotPassed {
        activity: activity.id.clone(),
        title: activity.title.clone(),
        scaled: reached.score.scaled,
        required: required_score(activity),
    }
}

fn by_rule(activity: &Activity, unmet: Option<UnmetRule>) -> Reason {
    Reason::Rule {
        activity: activity.id.clone(),
        title: activity.title.clone(),
        unmet,
    }
}

/// The scaled score asked for, by either standard's element.
fn required_score(activity: &Activity) -> Option<f64> {
    let mastery = activity
        .item
        .mastery_score
        .as_deref()
        .and_then(|text| text.trim().parse().ok());
    activity
        .scaled_passing_score()
        .or(mastery.map(|mastery: f64| mastery / 100.0))
}
