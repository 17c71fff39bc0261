//! What a content package says, typed: the one form that every edition is read into.
//!
//! Values are as the manifest has them, after white space is normalised; an absent element is
//! `None`, so that defaults stay where the standards put them (in the tracker).

mod activity;
#[cfg(feature = "cmi5")]
mod cmi5;
mod metadata;
mod sequencing;

pub use activity::*;
#[cfg(feature = "cmi5")]
pub use cmi5::*;
pub use metadata::*;
pub use sequencing::*;

use serde::{Deserialize, Serialize};

/// The standard a package is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Standard {
    /// SCORM 1.2 (ADL, 2001).
    #[serde(rename = "scorm_1_2")]
    Scorm12,
    /// SCORM 2004, any edition.
    #[serde(rename = "scorm_2004")]
    Scorm2004,
    /// cmi5 (AICC/ADL, Quartz).
    #[serde(rename = "cmi5")]
    Cmi5,
}

/// The edition of SCORM 2004.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Edition {
    /// 2nd Edition (2004), `CAM 1.3`.
    #[serde(rename = "2nd Edition")]
    Second,
    /// 3rd Edition (2006).
    #[serde(rename = "3rd Edition")]
    Third,
    /// 4th Edition (2009).
    #[serde(rename = "4th Edition")]
    Fourth,
}

/// One content package, whatever standard it came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Package {
    /// The standard it is written to.
    pub standard: Standard,
    /// The edition, for SCORM 2004 only.
    pub edition: Option<Edition>,
    /// `manifest/@identifier`.
    pub identifier: String,
    /// `manifest/@version`, as authored.
    pub manifest_version: Option<String>,
    /// Folder inside the archive that holds the manifest: `""`, or a path ending in `/`.
    pub root: String,
    /// Metadata of the package as a whole.
    pub metadata: Metadata,
    /// Every organization, in document order. Never empty.
    pub organizations: Vec<Organization>,
    /// Index of the default organization in `organizations`.
    pub default_organization: usize,
    /// Every resource, in document order.
    pub resources: Vec<Resource>,
    /// The course structure, for cmi5 only; `organizations` has the same tree in the common form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course_structure: Option<CourseStructure>,
}

/// A course structure, passed over: the player's engine has no use for it.
#[cfg(not(feature = "cmi5"))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CourseStructure {}

impl Package {
    /// The organization that is delivered.
    pub fn organization(&self) -> &Organization {
        &self.organizations[self.default_organization]
    }

    /// What a person calls this package: the organization's title, else the metadata's, else the identifier.
    pub fn title(&self) -> &str {
        let organization = self.organization();
        [
            Some(organization.title.as_str()),
            self.metadata.title.as_ref().map(|t| t.text.as_str()),
        ]
        .into_iter()
        .flatten()
        .find(|title| !title.is_empty())
        .unwrap_or(&self.identifier)
    }
}
