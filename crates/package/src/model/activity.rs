//! Organizations, items and resources: what can be delivered, and where it lies.

use serde::{Deserialize, Serialize};

use super::{Kind, Metadata, Sequencing};

/// An organization: the root activity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Organization {
    /// `@identifier`.
    pub identifier: String,
    /// `title`.
    pub title: String,
    /// `adlseq:objectivesGlobalToSystem`; default `true` (4th edition), so `None` is unsaid.
    pub objectives_global_to_system: Option<bool>,
    /// `adlcp:sharedDataGlobalToSystem`; default `true`.
    pub shared_data_global_to_system: Option<bool>,
    /// `adlcp:completionThreshold`.
    pub completion_threshold: Option<CompletionThreshold>,
    /// Its metadata.
    pub metadata: Metadata,
    /// `imsss:sequencing`, its `IDRef` already merged.
    pub sequencing: Option<Sequencing>,
    /// The items, in document order.
    pub items: Vec<Item>,
}

/// An item: a cluster when it has items, content when it has a launch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// `@identifier`.
    pub identifier: String,
    /// `title`.
    pub title: String,
    /// `@isvisible`; default `true`.
    pub is_visible: Option<bool>,
    /// The content to launch, for a leaf.
    pub launch: Option<Launch>,
    /// `adlnav:hideLMSUI`, in document order.
    pub hide_lms_ui: Vec<HideLmsUi>,
    /// `adlcp:prerequisites` (SCORM 1.2), an AICC script.
    pub prerequisites: Option<String>,
    /// `adlcp:masteryscore` (SCORM 1.2), 0 to 100.
    pub mastery_score: Option<String>,
    /// `adlcp:maxtimeallowed` (SCORM 1.2), a CMITimespan as authored.
    pub max_time_allowed: Option<String>,
    /// `adlcp:timelimitaction` / `adlcp:timeLimitAction`.
    pub time_limit_action: Option<TimeLimitAction>,
    /// `adlcp:datafromlms` / `adlcp:dataFromLMS`.
    pub data_from_lms: Option<String>,
    /// `adlcp:completionThreshold`.
    pub completion_threshold: Option<CompletionThreshold>,
    /// `adlcp:data/adlcp:map`: shared data stores this activity may reach.
    pub data_maps: Vec<DataMap>,
    /// Its metadata (the item's, completed by its resource's).
    pub metadata: Metadata,
    /// `imsss:sequencing`, its `IDRef` already merged.
    pub sequencing: Option<Sequencing>,
    /// Child items, in document order.
    pub items: Vec<Item>,
}

impl Item {
    /// The kind of learning object, when its metadata says one.
    pub fn kind(&self) -> Option<Kind> {
        self.metadata.kind
    }
}

/// What to put in the content frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// `resource/@identifier`.
    pub resource: String,
    /// SCO (talks to the API) or asset.
    pub scorm_type: ScormType,
    /// Path inside the archive, `xml:base` and package root resolved, decoded, `/`-separated; or an
    /// absolute `http(s)` URL when the resource lies outside the package.
    pub path: String,
    /// Query and fragment to append, `?…#…` or empty: the resource's own joined with the item's
    /// `parameters` by the rules of CAM 3.4.1 (`?` becomes `&` when there is one already).
    pub suffix: String,
}

/// `adlcp:scormType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScormType {
    /// Communicates with the run-time.
    Sco,
    /// Does not.
    Asset,
}

/// A resource of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// `@identifier`.
    pub identifier: String,
    /// `@href`, resolved like [`Launch::path`].
    pub href: Option<String>,
    /// `@adlcp:scormType`.
    pub scorm_type: ScormType,
    /// Files it lists, resolved.
    pub files: Vec<String>,
    /// Identifiers of resources it depends on.
    pub dependencies: Vec<String>,
}

/// `adlcp:timeLimitAction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeLimitAction {
    /// `exit,message`.
    ExitMessage,
    /// `exit,no message`.
    ExitNoMessage,
    /// `continue,message`.
    ContinueMessage,
    /// `continue,no message`.
    ContinueNoMessage,
}

/// `adlcp:completionThreshold` (4th edition: attributes; earlier: the text is `minProgressMeasure`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CompletionThreshold {
    /// `@completedByMeasure`; default `false`. An earlier edition's bare threshold reads as `true`
    /// only for `cmi.completion_threshold`, not for rollup.
    pub completed_by_measure: bool,
    /// `@minProgressMeasure`, 0 to 1; `None` when unsaid (default 1.0).
    pub min_progress_measure: Option<f64>,
    /// `@progressWeight`, 0 to 1; default 1.0.
    pub progress_weight: Option<f64>,
}

/// `adlcp:map`: access to a shared data store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataMap {
    /// `@targetID`.
    pub target_id: String,
    /// `@readSharedData`; default `true`.
    pub read_shared_data: bool,
    /// `@writeSharedData`; default `true`.
    pub write_shared_data: bool,
}

/// `adlnav:hideLMSUI`: a control the player must not offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HideLmsUi {
    /// `continue`.
    Continue,
    /// `previous`.
    Previous,
    /// `exit`.
    Exit,
    /// `exitAll`.
    ExitAll,
    /// `abandon`.
    Abandon,
    /// `abandonAll`.
    AbandonAll,
    /// `suspendAll`.
    SuspendAll,
}
