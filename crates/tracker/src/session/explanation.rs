//! A decision in words: English for the log, either language for the author's preview.

use super::{Became, Course, Decision, Language, Session};
use crate::sequencing::SequencingException;

impl Session {
    /// A decision of this session as a sentence, in Italian (`it`) or English (anything else).
    pub fn sentence(&self, decision: &Decision, language: &str) -> String {
        match decision.became {
            Some(_) => sentence(&self.course, decision, Language::of(language)),
            // Recorded before decisions said what became of them.
            None => decision.explanation.clone(),
        }
    }
}

impl Decision {
    /// The decision with its explanation in the log's English.
    pub(super) fn explained(mut self, course: &Course) -> Self {
        self.explanation = sentence(course, &self, Language::English);
        self
    }
}

/// What a choice in SCORM 1.2 waits for.
pub(super) fn waits(course: &Course, waits_for: &[String], language: Language) -> String {
    let titles: Vec<String> = waits_for
        .iter()
        .map(|id| format!("“{}”", title(course, id)))
        .collect();
    let wanting = super::Refusal::Prerequisites.words(language);
    match titles.as_slice() {
        [] => wanting.to_owned(),
        titles => format!("{wanting}: {}", titles.join(", ")),
    }
}

fn title<'a>(course: &'a Course, id: &'a str) -> &'a str {
    course
        .outline
        .activity(id)
        .map_or(id, |activity| activity.title.as_str())
}

fn sentence(course: &Course, decision: &Decision, language: Language) -> String {
    let said = |italian: &str, english: &str| match language {
        Language::Italian => italian.to_owned(),
        Language::English => english.to_owned(),
    };
    let instead = match decision.overridden {
        true => said(
            "; una regola di post-condizione ha chiesto altro",
            "; a post-condition rule asked for something else",
        ),
        false => String::new(),
    };
    let request = &decision.request;
    let delivered = decision
        .delivered
        .as_deref()
        .map_or("", |id| title(course, id));
    let done = match decision.became {
        Some(Became::Delivered) => said(
            &format!("“{delivered}” viene aperta"),
            &format!("{delivered} is delivered"),
        ),
        Some(Became::Resumed) => said(
            &format!("“{delivered}” prosegue da dove era"),
            &format!("{delivered} goes on"),
        ),
        Some(Became::Suspended) => said("la sessione è sospesa", "the session is suspended"),
        Some(Became::Ended) => said("la sessione finisce", "the session ends"),
        Some(Became::Waiting) => said(
            "non viene aperto nulla: si sceglie dall’indice",
            "nothing is delivered",
        ),
        Some(Became::Stayed | Became::Refused) | None => {
            let why = why(course, decision, language);
            let stays = match decision.became {
                Some(Became::Stayed) => said(
                    "; l’attività corrente prosegue",
                    "; the current activity goes on",
                ),
                _ => String::new(),
            };
            said(
                &format!("{request} è rifiutata: {why}{stays}"),
                &format!("{request} is refused: {why}{stays}"),
            )
        }
    };
    done + &instead
}

fn why(course: &Course, decision: &Decision, language: Language) -> String {
    let code = decision.exception.as_deref();
    let exception = SequencingException::ALL
        .iter()
        .find(|exception| code == Some(exception.code()));
    match exception {
        Some(exception) => format!("{}: {}", exception.code(), exception.words(language)),
        None if decision.waits_for.is_empty() => {
            super::Refusal::NothingThere.words(language).to_owned()
        }
        None => waits(course, &decision.waits_for, language),
    }
}
