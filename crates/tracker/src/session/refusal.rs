//! Why a control, or an entry of the contents, leads nowhere now: a typed code, which costs a refresh
//! nothing, and is put into words only when somebody asks.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Language, NavigationRequest, Session, guide};
use crate::sequencing::SequencingException;

/// Why a navigation request would lead nowhere now. Its JSON is the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A process of the book refuses.
    Sequencing(SequencingException),
    /// SCORM 1.2: prerequisites do not hold.
    Prerequisites,
    /// SCORM 1.2: there is no content that way.
    NothingThere,
    /// The session is not open.
    NotOpen,
}

/// Whether a request would lead somewhere.
pub(crate) type Verdict = Result<(), Refusal>;

/// Whether an activity can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choosable {
    /// A choice of it would deliver something.
    Yes,
    /// It would be refused.
    No(Refusal),
    /// Hidden by a rule (not by the manifest's `isvisible`), with everything below it.
    Hidden,
}

impl Refusal {
    const PLAIN: &'static [Self] = &[Self::Prerequisites, Self::NothingThere, Self::NotOpen];

    /// The book's code, e.g. `SB.2.9-3`; else `prerequisites`, `nothing-there` or `not-open`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sequencing(exception) => exception.code(),
            Self::Prerequisites => "prerequisites",
            Self::NothingThere => "nothing-there",
            Self::NotOpen => "not-open",
        }
    }

    fn of_code(code: &str) -> Option<Self> {
        let exceptions = SequencingException::ALL.iter().copied();
        let mut all = exceptions
            .map(Self::Sequencing)
            .chain(Self::PLAIN.iter().copied());
        all.find(|refusal| refusal.code() == code)
    }

    /// In words, without the code; prerequisites are named by [`Session::why_not`].
    pub(super) fn words(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Sequencing(exception), _) => exception.words(language),
            (Self::Prerequisites, Language::Italian) => "i prerequisiti non sono soddisfatti",
            (Self::Prerequisites, Language::English) => "prerequisites do not hold",
            (Self::NothingThere, Language::Italian) => "da quella parte non c’è contenuto",
            (Self::NothingThere, Language::English) => "there is no content that way",
            (Self::NotOpen, Language::Italian) => "la sessione non è aperta",
            (Self::NotOpen, Language::English) => "the session is not open",
        }
    }
}

impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Refusal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let code = String::deserialize(from)?;
        Self::of_code(&code)
            .ok_or_else(|| serde::de::Error::custom(format!("{code} is no code of a refusal")))
    }
}

impl Session {
    /// Why a request would lead nowhere now, in Italian (`it`) or English (anything else); `None` when
    /// it would lead somewhere. By the dry run that [`Session::view`] is drawn by.
    pub fn why_not(&self, request: &NavigationRequest, language: &str) -> Option<String> {
        let language = Language::of(language);
        let refusal = self.verdict(request).err()?;
        let words = match refusal {
            Refusal::Prerequisites => {
                let waits_for = guide::waits_for(&self.course, &self.state.tracked, request);
                super::explanation::waits(&self.course, &waits_for, language)
            }
            refusal => refusal.words(language).to_owned(),
        };
        Some(match refusal {
            Refusal::Sequencing(exception) => format!("{}: {words}", exception.code()),
            _ => words,
        })
    }
}
