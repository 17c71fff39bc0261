//! Why a course is not complete, as facts and in words. Which of them hold is found in `why.rs`.

mod rule;

use serde::{Deserialize, Serialize};

pub use rule::UnmetRule;

/// One reason why the course is not complete; the pages and the API put it into words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Never opened.
    NotAttempted {
        /// The activity's identifier; empty in what was stored before reasons had it.
        #[serde(default)]
        activity: String,
        /// Its title.
        title: String,
    },
    /// Begun, not completed.
    Incomplete {
        /// The activity's identifier.
        #[serde(default)]
        activity: String,
        /// Its title.
        title: String,
        /// 0 to 1, when known.
        progress_measure: Option<f64>,
        /// 0 to 1, where the progress measure decides.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        required: Option<f64>,
    },
    /// Failed, or not satisfied yet.
    NotPassed {
        /// The activity's identifier.
        #[serde(default)]
        activity: String,
        /// Its title.
        title: String,
        /// The score reached.
        scaled: Option<f64>,
        /// The score asked for.
        required: Option<f64>,
    },
    /// A rollup rule of a cluster is not met.
    Rule {
        /// The cluster's identifier.
        #[serde(default)]
        activity: String,
        /// Its title.
        title: String,
        /// The rule that decides; `None` when no rule of the cluster can do it.
        #[serde(default)]
        unmet: Option<UnmetRule>,
    },
}

impl Reason {
    /// The identifier of the activity it is about.
    pub fn activity(&self) -> &str {
        match self {
            Self::NotAttempted { activity, .. }
            | Self::Incomplete { activity, .. }
            | Self::NotPassed { activity, .. }
            | Self::Rule { activity, .. } => activity,
        }
    }

    /// The reason as a sentence, in Italian (`it`) or English (anything else).
    pub fn sentence(&self, language: &str) -> String {
        let language = Language::of(language);
        let say = |italian, english| language.choose(italian, english);
        match self {
            Self::NotAttempted { title, .. } => say(
                format!("“{title}” non è stato ancora aperto."),
                format!("“{title}” has not been opened yet."),
            ),
            Self::Incomplete {
                title,
                progress_measure,
                required,
                ..
            } => {
                let done = progress_measure.map(|done| {
                    say(
                        format!("fatto {}", the_percent(done)),
                        format!("{} done", percent(done)),
                    )
                });
                let asked = required.map(|asked| {
                    say(
                        format!("richiesto {}", the_percent(asked)),
                        format!("{} is asked for", percent(asked)),
                    )
                });
                let figures = figures(done, asked);
                say(
                    format!("“{title}” è iniziato ma non completato{figures}."),
                    format!("“{title}” is begun but not completed{figures}."),
                )
            }
            Self::NotPassed {
                title,
                scaled,
                required,
                ..
            } => {
                let got = scaled.map(percent);
                let got =
                    got.map(|got| say(format!("punteggio {got}"), format!("the score is {got}")));
                let asked = required.map(percent).map(|asked| {
                    say(
                        format!("richiesto {asked}"),
                        format!("{asked} is asked for"),
                    )
                });
                let figures = figures(got, asked);
                say(
                    format!("“{title}” non è superato{figures}."),
                    format!("“{title}” is not passed{figures}."),
                )
            }
            Self::Rule {
                title,
                unmet: Some(rule),
                ..
            } => rule.sentence(title, language),
            Self::Rule { title, .. } => say(
                format!("“{title}” non ha ancora quanto chiede la sua regola."),
                format!("“{title}” does not have yet what its rule asks."),
            ),
        }
    }
}

/// A language that the engine speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Italian,
    English,
}

impl Language {
    /// By its tag; anything but Italian reads English.
    pub(crate) fn of(tag: &str) -> Self {
        match tag.get(..2) {
            Some(two) if two.eq_ignore_ascii_case("it") => Self::Italian,
            _ => Self::English,
        }
    }

    /// Of the same thing said in both, the one in this language.
    pub(crate) fn choose<T>(self, italian: T, english: T) -> T {
        match self {
            Self::Italian => italian,
            Self::English => english,
        }
    }
}

/// What there is and what is asked for, behind a colon.
fn figures(reached: Option<String>, asked: Option<String>) -> String {
    let known: Vec<String> = [reached, asked].into_iter().flatten().collect();
    match known.as_slice() {
        [] => String::new(),
        known => format!(": {}", known.join(", ")),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// With the Italian article, which goes by the number's sound.
fn the_percent(share: f64) -> String {
    let percent = percent(share);
    let article = match percent.trim_end_matches('%') {
        "0" => "lo ",
        "1" | "8" | "11" => "l’",
        number if number.len() == 2 && number.starts_with('8') => "l’",
        _ => "il ",
    };
    format!("{article}{percent}")
}

#[cfg(test)]
mod tests {
    use super::the_percent;

    #[test]
    fn the_article_goes_by_the_numbers_sound() {
        for (share, expected) in [
            (0.0, "lo 0%"),
            (0.01, "l’1%"),
            (0.08, "l’8%"),
            (0.11, "l’11%"),
            (0.18, "il 18%"),
            (0.8, "l’80%"),
            (0.888, "l’89%"),
            (1.0, "il 100%"),
        ] {
            assert_eq!(the_percent(share), expected);
        }
    }
}
