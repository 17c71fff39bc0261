//! Learning Object Metadata (IEEE 1484.12.1), the part that the product uses.

use serde::{Deserialize, Serialize};

/// The kind of a learning object, from LOM `educational/learningResourceType` with source
/// `https://percorso.example/vocab/tipo-oggetto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A video lesson.
    #[serde(rename = "videolezione")]
    Videolezione,
    /// A short video.
    #[serde(rename = "videopillola")]
    Videopillola,
    /// A case story of an administration.
    #[serde(rename = "buona pratica")]
    BuonaPratica,
}

/// A text with the language it is written in, each of at most 65,536 characters: longer ones are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LangString {
    /// BCP 47 tag, when the manifest says one.
    pub language: Option<String>,
    /// The text.
    pub text: String,
}

/// What LOM says about a package, an organization, an item or a resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// `general/title`.
    pub title: Option<LangString>,
    /// `general/description`.
    pub description: Option<LangString>,
    /// `general/language`, the language of the content.
    pub language: Option<String>,
    /// `general/keyword`.
    pub keywords: Vec<LangString>,
    /// `technical/duration` or `educational/typicalLearningTime`, ISO 8601.
    pub duration: Option<String>,
    /// The kind of learning object.
    pub kind: Option<Kind>,
}
