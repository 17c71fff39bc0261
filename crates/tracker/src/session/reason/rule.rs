//! A rollup rule that is not met, in plain words: which parts, how many, and how many there are.

use percorso_package::{
    ChildActivitySet, ConditionCombination, RollupAction, RollupCondition, RuleConditionKind,
};
use serde::{Deserialize, Serialize};

use super::Language;

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

    /// As a sentence: what is needed, and how far it is.
    pub(super) fn sentence(&self, title: &str, language: Language) -> String {
        let say = |italian, english| language.choose(italian, english);
        let (one, several) = self.conditions(language);
        let of = self.counted;
        let now = self.so_far(language);
        let aim = match self.action {
            RollupAction::Completed => say(
                format!("Per completare “{title}”"),
                format!("To complete “{title}”"),
            ),
            RollupAction::Satisfied => say(
                format!("Per superare “{title}”"),
                format!("To pass “{title}”"),
            ),
            RollupAction::Incomplete | RollupAction::NotSatisfied => {
                return self.standing_against(title, language);
            }
        };
        match (self.set, self.needed()) {
            _ if of == 0 => say(
                format!("{aim} servono parti {several}, ma per ora nessuna conta."),
                format!("{aim} parts {several} are needed, but none counts so far."),
            ),
            (ChildActivitySet::All, _) if of > 1 => say(
                format!("{aim} servono tutte le {of} parti {several}: ora {now}."),
                format!("{aim} all {of} parts {several} are needed: now {now}."),
            ),
            (_, None) => say(
                format!("{aim} non deve esserci nessuna parte {one}: ora {now} su {of}."),
                format!("{aim} there must be no part {one}: now {now} of {of}."),
            ),
            (_, Some(0 | 1)) => say(
                format!("{aim} serve almeno una parte {one} su {of}: ora {now}."),
                format!("{aim} at least one part of {of} {one} is needed: now {now}."),
            ),
            (_, Some(needed)) => say(
                format!("{aim} servono almeno {needed} parti {several} su {of}: ora {now}."),
                format!("{aim} at least {needed} of {of} parts {several} are needed: now {now}."),
            ),
        }
    }

    /// Of a rule that holds now, and keeps the cluster from being completed or satisfied.
    fn standing_against(&self, title: &str, language: Language) -> String {
        let say = |italian, english| language.choose(italian, english);
        let (one, several) = self.conditions(language);
        let (of, now) = (self.counted, self.so_far(language));
        let not = match self.action {
            RollupAction::Incomplete => language.choose("completato", "completed"),
            _ => language.choose("superato", "passed"),
        };
        let parts = match (self.set, self.needed()) {
            (ChildActivitySet::All, _) => say(
                format!("tutte le parti risultano {several}"),
                format!("all its parts are {several}"),
            ),
            (_, None) => say(
                format!("nessuna parte risulta {one}"),
                format!("no part of it is {one}"),
            ),
            (_, Some(0 | 1)) => say(
                format!("almeno una parte risulta {one}"),
                format!("at least one part of it is {one}"),
            ),
            (_, Some(needed)) => say(
                format!("almeno {needed} parti risultano {several}"),
                format!("at least {needed} of its parts are {several}"),
            ),
        };
        say(
            format!("“{title}” non è {not} finché {parts}: ora {now} su {of}."),
            format!("“{title}” is not {not} as long as {parts}: now {now} of {of}."),
        )
    }

    /// How many children meet the conditions now.
    fn so_far(&self, language: Language) -> String {
        match self.met {
            0 => language.choose("nessuna", "none").to_owned(),
            1 => language.choose("una", "1").to_owned(),
            met => met.to_string(),
        }
    }

    /// The conditions joined, said of one part and of several.
    fn conditions(&self, language: Language) -> (String, String) {
        let between = match self.combination {
            ConditionCombination::All => language.choose(" e ", " and "),
            ConditionCombination::Any => language.choose(" o ", " or "),
        };
        let all: Vec<Words> = self.conditions.iter().map(|said| words(*said)).collect();
        let joined = |which: fn(&Words) -> &'static str| {
            all.iter().map(which).collect::<Vec<_>>().join(between)
        };
        match language {
            Language::Italian => (joined(|words| words.one), joined(|words| words.several)),
            Language::English => (joined(|words| words.english), joined(|words| words.english)),
        }
    }
}

/// What is said of one part in Italian, of several, and of either in English.
struct Words {
    one: &'static str,
    several: &'static str,
    english: &'static str,
}

fn words(condition: RollupCondition) -> Words {
    use RuleConditionKind::{
        ActivityProgressKnown, Always, AttemptLimitExceeded, Attempted, Completed, Never,
        ObjectiveMeasureGreaterThan, ObjectiveMeasureKnown, ObjectiveMeasureLessThan,
        ObjectiveStatusKnown, OutsideAvailableTimeRange, Satisfied, TimeLimitExceeded,
    };
    let agreeing = |one, several, english| Words {
        one,
        several,
        english,
    };
    let same = |italian, english| agreeing(italian, italian, english);
    match (condition.condition, condition.negated) {
        (Completed, false) => agreeing("completata", "completate", "completed"),
        (Completed, true) => agreeing("non completata", "non completate", "not completed"),
        (Satisfied, false) => agreeing("superata", "superate", "passed"),
        (Satisfied, true) => agreeing("non superata", "non superate", "not passed"),
        (Attempted, false) => agreeing("aperta", "aperte", "opened"),
        (Attempted, true) => agreeing("mai aperta", "mai aperte", "never opened"),
        (ObjectiveStatusKnown, false) => same("con un esito", "with a result"),
        (ObjectiveStatusKnown, true) => same("senza un esito", "without a result"),
        (ObjectiveMeasureKnown, false) => same("con un punteggio", "with a score"),
        (ObjectiveMeasureKnown, true) => same("senza un punteggio", "without a score"),
        (ObjectiveMeasureGreaterThan, false) | (ObjectiveMeasureLessThan, true) => {
            same("con un punteggio sopra lo zero", "with a score above zero")
        }
        (ObjectiveMeasureGreaterThan, true) | (ObjectiveMeasureLessThan, false) => {
            same("con un punteggio sotto lo zero", "with a score below zero")
        }
        (ActivityProgressKnown, false) => {
            same("di cui si sa se completate", "known to be completed or not")
        }
        (ActivityProgressKnown, true) => same(
            "di cui non si sa se completate",
            "not known to be completed or not",
        ),
        (AttemptLimitExceeded, false) => same("con i tentativi esauriti", "out of attempts"),
        (AttemptLimitExceeded, true) => same("con tentativi a disposizione", "with attempts left"),
        (TimeLimitExceeded, false) => same("oltre il tempo concesso", "past the time allowed"),
        (TimeLimitExceeded, true) => same("entro il tempo concesso", "within the time allowed"),
        (OutsideAvailableTimeRange, false) => {
            same("fuori dal periodo previsto", "outside the period set")
        }
        (OutsideAvailableTimeRange, true) => same("nel periodo previsto", "within the period set"),
        (Always, false) | (Never, true) => same("di qualsiasi genere", "of any kind"),
        (Never, false) | (Always, true) => {
            same("che non possono esserci", "of a kind that cannot be")
        }
    }
}
