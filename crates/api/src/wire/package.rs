//! A package version, as the API says it.

use percorso_package::{Edition, Item, Kind, Organization, ScormType, Standard};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::time;
use crate::db::packages::PackageVersion;

/// A package, in one of its versions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PackageDocument {
    /// The package, through all its versions.
    pub(crate) id: Uuid,
    /// From 1.
    version: i32,
    /// The standard it is written to.
    #[schema(value_type = String, example = "scorm_2004")]
    standard: Standard,
    /// Edition, for SCORM 2004.
    #[schema(value_type = Option<String>, example = "4th Edition")]
    edition: Option<Edition>,
    /// Title for people.
    title: String,
    /// BCP 47 tag of the content, when the manifest says one.
    language: Option<String>,
    /// Size of the file as uploaded.
    size_bytes: i64,
    /// SHA-256 of the file as uploaded, in hexadecimal.
    sha256: String,
    /// What can be taken, as a tree.
    activities: Vec<ActivityDocument>,
    /// What reading it found; no errors among it.
    #[schema(value_type = Vec<Object>)]
    findings: serde_json::Value,
    /// When this version was published.
    created_at: String,
    /// When the package was archived; null while it is on offer.
    archived_at: Option<String>,
}

/// An activity of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ActivityDocument {
    /// The manifest's identifier.
    id: String,
    /// Its title.
    title: String,
    /// What it is in its standard.
    r#type: ActivityType,
    /// The kind of learning object, when the manifest says one.
    #[schema(value_type = Option<String>, example = "videolezione")]
    kind: Option<Kind>,
    /// Child activities, in order.
    #[schema(no_recursion)]
    children: Vec<ActivityDocument>,
}

/// What an activity is in its standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActivityType {
    /// The root of a SCORM package.
    Organization,
    /// An activity of activities.
    Cluster,
    /// Content that talks to the run-time.
    Sco,
    /// Content that does not.
    Asset,
    /// The root of a cmi5 package.
    Course,
    /// A group of assignable units (cmi5).
    Block,
    /// An assignable unit: content that talks to the LRS (cmi5).
    Au,
}

impl From<PackageVersion> for PackageDocument {
    fn from(version: PackageVersion) -> Self {
        Self {
            id: version.package_id,
            version: version.version,
            standard: version.manifest.standard,
            edition: version.manifest.edition,
            activities: vec![organization(
                version.manifest.organization(),
                version.manifest.standard,
            )],
            title: version.title,
            language: version.language,
            size_bytes: version.size_bytes,
            sha256: hexadecimal(&version.upload_sha256),
            findings: version.findings,
            created_at: time(version.created_at),
            archived_at: version.archived_at.map(time),
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

fn organization(organization: &Organization, standard: Standard) -> ActivityDocument {
    ActivityDocument {
        id: organization.identifier.clone(),
        title: organization.title.clone(),
        r#type: match standard {
            Standard::Cmi5 => ActivityType::Course,
            Standard::Scorm12 | Standard::Scorm2004 => ActivityType::Organization,
        },
        kind: organization.metadata.kind,
        children: activities(&organization.items, standard),
    }
}

fn activities(items: &[Item], standard: Standard) -> Vec<ActivityDocument> {
    items.iter().map(|item| activity(item, standard)).collect()
}

fn activity(item: &Item, standard: Standard) -> ActivityDocument {
    ActivityDocument {
        id: item.identifier.clone(),
        title: item.title.clone(),
        r#type: activity_type(item, standard),
        kind: item.kind(),
        children: activities(&item.items, standard),
    }
}

fn activity_type(item: &Item, standard: Standard) -> ActivityType {
    match &item.launch {
        Some(_) if standard == Standard::Cmi5 => ActivityType::Au,
        None if standard == Standard::Cmi5 => ActivityType::Block,
        Some(launch) if item.items.is_empty() => match launch.scorm_type {
            ScormType::Sco => ActivityType::Sco,
            ScormType::Asset => ActivityType::Asset,
        },
        _ => ActivityType::Cluster,
    }
}
