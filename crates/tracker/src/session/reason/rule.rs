//! A rollup rule that is not met, in plain words: which parts, how many, and how many there are.

use percorso_package::{
    ChildActivitySet, ConditionCombination, RollupAction, RollupCondition, RuleConditionKind,
};
use serde::{Deserialize, Serialize};

/// The rollup rule that decides (SN 3.7), and how far its cluster is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnmetRule {
    /// Which of the children that count.
    pub set: ChildActivitySet,
    /// For `atLeastCount`.
    pub minimum_count: u32,
    /// For `atLeastPercent`, 0 to 1.
    pub minimum_percent: f64,
    /// Whether one or all of the conditions must hold of a child.
    pub combination: ConditionCombination,
    /// What must hold of a child.
    pub conditions: Vec<RollupCondition>,
    /// What it does to the cluster: `completed` and `satisfied` are still to be reached; `incomplete`
    /// and `notSatisfied` hold now, and no rule says the contrary.
    pub action: RollupAction,
    /// Children that count now.
    pub counted: u32,
    /// Of these, how many the conditions hold of (for `none`: how many they may hold of).
    pub met: u32,
}

impl UnmetRule {
    /// How many children must meet the conditions; `None` where none may.
    fn needed(&self) -> Option<u32> {
        match self.set {
            ChildActivitySet::All => Some(self.counted),
            ChildActivitySet::Any => Some(1),
            ChildActivitySet::None => None,
            ChildActivitySet::AtLeastCount => Some(self.minimum_count),
            ChildActivitySet::AtLeastPercent => {
                let share = self.minimum_percent * f64::from(self.counted) - 1e-9;
                (0..=self.counted).find(|count| f64::from(*count) >= share)
            }
        }
    }

    /// How many children are between now and the rule.
    pub(crate) fn missing(&self) -> u32 {
        match self.needed() {
            Some(needed) => needed.saturating_sub(self.met),
            None => self.met,
        }
    }

    pub(super) fn italian(&self, title: &str) -> String {
        let (one, several) = self.conditions(" e ", " o ", italian);
        let of = self.counted;
        let now = match self.met {
            0 => "nessuna".to_owned(),
            1 => "una".to_owned(),
            met => met.to_string(),
        };
        let aim = match self.action {
            RollupAction::Completed => format!("Per completare “{title}”"),
            RollupAction::Satisfied => format!("Per superare “{title}”"),
            RollupAction::Incomplete | RollupAction::NotSatisfied => {
                let not = match self.action {
                    RollupAction::Incomplete => "completato",
                    _ => "superato",
                };
                let parts = match (self.set, self.needed()) {
                    (ChildActivitySet::All, _) => format!("tutte le parti risultano {several}"),
                    (_, None) => format!("nessuna parte risulta {one}"),
                    (_, Some(0 | 1)) => format!("almeno una parte risulta {one}"),
                    (_, Some(needed)) => format!("almeno {needed} parti risultano {several}"),
                };
                return format!("“{title}” non è {not} finché {parts}: ora {now} su {of}.");
            }
        };
        match (self.set, self.needed()) {
            _ if of == 0 => format!("{aim} servono parti {several}, ma per ora nessuna conta."),
            (ChildActivitySet::All, _) if of > 1 => {
                format!("{aim} servono tutte le {of} parti {several}: ora {now}.")
            }
            (_, None) => format!("{aim} non deve esserci nessuna parte {one}: ora {now} su {of}."),
            (_, Some(0 | 1)) => {
                format!("{aim} serve almeno una parte {one} su {of}: ora {now}.")
            }
            (_, Some(needed)) => {
                format!("{aim} servono almeno {needed} parti {several} su {of}: ora {now}.")
            }
        }
    }

    pub(super) fn english(&self, title: &str) -> String {
        let (one, several) = self.conditions(" and ", " or ", english);
        let of = self.counted;
        let now = match self.met {
            0 => "none".to_owned(),
            met => met.to_string(),
        };
        let aim = match self.action {
            RollupAction::Completed => format!("To complete “{title}”"),
            RollupAction::Satisfied => format!("To pass “{title}”"),
            RollupAction::Incomplete | RollupAction::NotSatisfied => {
                let not = match self.action {
                    RollupAction::Incomplete => "completed",
                    _ => "passed",
                };
                let parts = match (self.set, self.needed()) {
                    (ChildActivitySet::All, _) => format!("all its parts are {several}"),
                    (_, None) => format!("no part of it is {one}"),
                    (_, Some(0 | 1)) => format!("at least one part of it is {one}"),
                    (_, Some(needed)) => format!("at least {needed} of its parts are {several}"),
                };
                return format!("“{title}” is not {not} as long as {parts}: now {now} of {of}.");
            }
        };
        match (self.set, self.needed()) {
            _ if of == 0 => format!("{aim} parts {several} are needed, but none counts so far."),
            (ChildActivitySet::All, _) if of > 1 => {
                format!("{aim} all {of} parts {several} are needed: now {now}.")
            }
            (_, None) => format!("{aim} there must be no part {one}: now {now} of {of}."),
            (_, Some(0 | 1)) => {
                format!("{aim} at least one part of {of} {one} is needed: now {now}.")
            }
            (_, Some(needed)) => {
                format!("{aim} at least {needed} of {of} parts {several} are needed: now {now}.")
            }
        }
    }

    /// The conditions joined, said of one part and of several.
    fn conditions(
        &self,
        and: &str,
        or: &str,
        words: fn(RollupCondition) -> Words,
    ) -> (String, String) {
        let between = match self.combination {
            ConditionCombination::All => and,
            ConditionCombination::Any => or,
        };
        let all: Vec<Words> = self.conditions.iter().copied().map(words).collect();
        let joined = |which: fn(&Words) -> &'static str| {
            all.iter().map(which).collect::<Vec<_>>().join(between)
        };
        (joined(|words| words.0), joined(|words| words.1))
    }
}

/// What is said of one part, and of several.
type Words = (&'static str, &'static str);

fn italian(condition: RollupCondition) -> Words {
    use RuleConditionKind::{
        ActivityProgressKnown, Always, AttemptLimitExceeded, Attempted, Completed, Never,
        ObjectiveMeasureGreaterThan, ObjectiveMeasureKnown, ObjectiveMeasureLessThan,
        ObjectiveStatusKnown, OutsideAvailableTimeRange, Satisfied, TimeLimitExceeded,
    };
    let same = |words| (words, words);
    match (condition.condition, condition.negated) {
        (Completed, false) => ("completata", "completate"),
        (Completed, true) => ("non completata", "non completate"),
        (Satisfied, false) => ("superata", "superate"),
        (Satisfied, true) => ("non superata", "non superate"),
        (Attempted, false) => ("aperta", "aperte"),
        (Attempted, true) => ("mai aperta", "mai aperte"),
        (ObjectiveStatusKnown, false) => same("con un esito"),
        (ObjectiveStatusKnown, true) => same("senza un esito"),
        (ObjectiveMeasureKnown, false) => same("con un punteggio"),
        (ObjectiveMeasureKnown, true) => same("senza un punteggio"),
        (ObjectiveMeasureGreaterThan, false) | (ObjectiveMeasureLessThan, true) => {
            same("con un punteggio sopra lo zero")
        }
        (ObjectiveMeasureGreaterThan, true) | (ObjectiveMeasureLessThan, false) => {
            same("con un punteggio sotto lo zero")
        }
        (ActivityProgressKnown, false) => same("di cui si sa se completate"),
        (ActivityProgressKnown, true) => same("di cui non si sa se completate"),
        (AttemptLimitExceeded, false) => same("con i tentativi esauriti"),
        (AttemptLimitExceeded, true) => same("con tentativi a disposizione"),
        (TimeLimitExceeded, false) => same("oltre il tempo concesso"),
        (TimeLimitExceeded, true) => same("entro il tempo concesso"),
        (OutsideAvailableTimeRange, false) => same("fuori dal periodo previsto"),
        (OutsideAvailableTimeRange, true) => same("nel periodo previsto"),
        (Always, false) | (Never, true) => same("di qualsiasi genere"),
        (Never, false) | (Always, true) => same("che non possono esserci"),
    }
}

fn english(condition: RollupCondition) -> Words {
    use RuleConditionKind::{
        ActivityProgressKnown, Always, AttemptLimitExceeded, Attempted, Completed, Never,
        ObjectiveMeasureGreaterThan, ObjectiveMeasureKnown, ObjectiveMeasureLessThan,
        ObjectiveStatusKnown, OutsideAvailableTimeRange, Satisfied, TimeLimitExceeded,
    };
    let words = match (condition.condition, condition.negated) {
        (Completed, false) => "completed",
        (Completed, true) => "not completed",
        (Satisfied, false) => "passed",
        (Satisfied, true) => "not passed",
        (Attempted, false) => "opened",
        (Attempted, true) => "never opened",
        (ObjectiveStatusKnown, false) => "with a result",
        (ObjectiveStatusKnown, true) => "without a result",
        (ObjectiveMeasureKnown, false) => "with a score",
        (ObjectiveMeasureKnown, true) => "without a score",
        (ObjectiveMeasureGreaterThan, false) | (ObjectiveMeasureLessThan, true) => {
            "with a score above zero"
        }
        (ObjectiveMeasureGreaterThan, true) | (ObjectiveMeasureLessThan, false) => {
            "with a score below zero"
        }
        (ActivityProgressKnown, false) => "known to be completed or not",
        (ActivityProgressKnown, true) => "not known to be completed or not",
        (AttemptLimitExceeded, false) => "out of attempts",
        (AttemptLimitExceeded, true) => "with attempts left",
        (TimeLimitExceeded, false) => "past the time allowed",
        (TimeLimitExceeded, true) => "within the time allowed",
        (OutsideAvailableTimeRange, false) => "outside the period set",
        (OutsideAvailableTimeRange, true) => "within the period set",
        (Always, false) | (Never, true) => "of any kind",
        (Never, false) | (Always, true) => "of a kind that cannot be",
    };
    (words, words)
}
