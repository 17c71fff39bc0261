//! A cmi5 course structure: what a `cmi5.xml` says, in the standard's own terms.
//!
//! Ids are the publisher's, white space trimmed. Defaults (`moveOn`, `launchMethod`) stay unsaid here;
//! they are applied where they are used.

use serde::{Deserialize, Serialize};

use super::{Kind, LangString};

/// `courseStructure`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CourseStructure {
    /// `course/@id`.
    pub id: String,
    /// `course/title`, in every language it has.
    pub title: Vec<LangString>,
    /// `course/description`.
    pub description: Vec<LangString>,
    /// `objectives/objective`.
    pub objectives: Vec<CourseObjective>,
    /// Blocks and assignable units, in document order.
    pub children: Vec<CourseNode>,
}

/// An objective that blocks and assignable units refer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseObjective {
    /// `@id`.
    pub id: String,
    /// `title`.
    pub title: Vec<LangString>,
    /// `description`.
    pub description: Vec<LangString>,
}

/// A part of a course.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CourseNode {
    /// `block`.
    Block(Block),
    /// `au`.
    Au(AssignableUnit),
}

/// A group of assignable units and blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// `@id`.
    pub id: String,
    /// `title`.
    pub title: Vec<LangString>,
    /// `description`.
    pub description: Vec<LangString>,
    /// `objectives/objective/@idref`.
    pub objectives: Vec<String>,
    /// Its parts, in document order.
    pub children: Vec<CourseNode>,
}

/// An assignable unit (AU): what is launched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssignableUnit {
    /// `@id`.
    pub id: String,
    /// `title`.
    pub title: Vec<LangString>,
    /// `description`.
    pub description: Vec<LangString>,
    /// `objectives/objective/@idref`.
    pub objectives: Vec<String>,
    /// Where it lies: a path inside the archive, or an absolute URL without query and fragment.
    pub location: String,
    /// Whether `location` is a path inside the archive.
    pub is_packaged: bool,
    /// Query and fragment of its own URL, `?…#…` or empty.
    pub suffix: String,
    /// `@launchMethod`; default `AnyWindow`.
    pub launch_method: Option<LaunchMethod>,
    /// `@moveOn`; default `NotApplicable`.
    pub move_on: Option<MoveOn>,
    /// `@masteryScore`, 0 to 1.
    pub mastery_score: Option<f64>,
    /// `launchParameters`.
    pub launch_parameters: Option<String>,
    /// `entitlementKey`.
    pub entitlement_key: Option<String>,
    /// `@activityType`.
    pub activity_type: Option<String>,
}

/// `@launchMethod`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LaunchMethod {
    /// The LMS chooses the window.
    #[default]
    AnyWindow,
    /// A window of its own, or the current one redirected; never a frame.
    OwnWindow,
}

/// `@moveOn`: when an assignable unit counts as satisfied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum MoveOn {
    Passed,
    Completed,
    CompletedAndPassed,
    CompletedOrPassed,
    #[default]
    NotApplicable,
}

impl MoveOn {
    /// The standard's own word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "Passed",
            Self::Completed => "Completed",
            Self::CompletedAndPassed => "CompletedAndPassed",
            Self::CompletedOrPassed => "CompletedOrPassed",
            Self::NotApplicable => "NotApplicable",
        }
    }
}

impl CourseStructure {
    /// Every assignable unit, in document order.
    pub fn units(&self) -> Vec<&AssignableUnit> {
        let mut found = Vec::new();
        gather(&self.children, &mut found);
        found
    }

    /// The assignable unit with this id.
    pub fn unit(&self, id: &str) -> Option<&AssignableUnit> {
        self.units().into_iter().find(|au| au.id == id)
    }
}

fn gather<'a>(children: &'a [CourseNode], found: &mut Vec<&'a AssignableUnit>) {
    for child in children {
        match child {
            CourseNode::Au(au) => found.push(au),
            CourseNode::Block(block) => gather(&block.children, found),
        }
    }
}

/// Activity types that name one of our kinds of learning object.
const KINDS: &[(&str, Kind)] = &[
    (
        "https://percorso.example/vocab/tipo-oggetto/videolezione",
        Kind::Videolezione,
    ),
    (
        "https://percorso.example/vocab/tipo-oggetto/videopillola",
        Kind::Videopillola,
    ),
    (
        "https://percorso.example/vocab/tipo-oggetto/buona-pratica",
        Kind::BuonaPratica,
    ),
];

impl Kind {
    /// The kind that an `activityType` names.
    pub fn of_activity_type(iri: Option<&str>) -> Option<Self> {
        let found = KINDS.iter().find(|(known, _)| Some(*known) == iri);
        found.map(|(_, kind)| *kind)
    }
}
