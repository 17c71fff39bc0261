//! What the player shows.

use percorso_package::Kind;
use serde::{Deserialize, Serialize};

use super::{Completion, Refusal, Success};

/// Everything the player draws, from the same processes run as a dry run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// What the session is doing.
    pub state: ViewState,
    /// The current activity, when content is delivered.
    pub current_activity: Option<String>,
    /// The controls, in a fixed order.
    pub controls: Vec<Control>,
    /// The table of contents from the root down; empty when there is nothing to choose from.
    pub contents: Vec<ContentsEntry>,
}

/// What the session is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewState {
    /// Content is delivered.
    Delivering,
    /// The session is open and nothing is delivered.
    Waiting,
    /// Ended, to be resumed.
    Suspended,
    /// Ended.
    Ended,
}

/// A control of the player.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// `continue`, `previous`, `exit`, `exitAll`, `abandon`, `abandonAll`, `suspendAll`.
    pub request: String,
    /// Not hidden by `hideLMSUI`.
    pub visible: bool,
    /// The request would be valid now.
    pub enabled: bool,
    /// Why it would not; [`super::Session::why_not`] says it in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

/// A line of the table of contents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContentsEntry {
    /// The activity's identifier.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Depth below the root, which is 0.
    pub depth: u32,
    /// Its kind.
    pub kind: Option<Kind>,
    /// It has content of its own.
    pub leaf: bool,
    /// It is the current activity.
    pub current: bool,
    /// A choice of it would be valid now.
    pub selectable: bool,
    /// Why it would not; [`super::Session::why_not`] says it in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Completion as tracked.
    pub completion: Completion,
    /// Success as tracked.
    pub success: Success,
}

/// What of the [`View`] is another than it was: what the player draws is kept up with this, so that a
/// refresh costs what has changed and not what there is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refresh {
    /// What the session is doing.
    pub state: ViewState,
    /// The current activity, when content is delivered.
    pub current_activity: Option<String>,
    /// The controls, in a fixed order.
    pub controls: Vec<Control>,
    /// The whole table of contents, when other activities are in it than before; else `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<Vec<ContentsEntry>>,
    /// The lines of the table of contents that are not as they were.
    pub changed: Vec<ChangedEntry>,
}

/// What may change in a line of the table of contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedEntry {
    /// Which line, counted from 0.
    pub place: usize,
    /// It is the current activity.
    pub current: bool,
    /// A choice of it would be valid now.
    pub selectable: bool,
    /// Why it would not; [`super::Session::why_not`] says it in words.
    pub refusal: Option<Refusal>,
    /// Completion as tracked.
    pub completion: Completion,
    /// Success as tracked.
    pub success: Success,
}

impl ChangedEntry {
    pub(super) fn new(place: usize, line: Line) -> Self {
        Self {
            place,
            current: line.current,
            selectable: line.refusal.is_none(),
            refusal: line.refusal,
            completion: line.completion,
            success: line.success,
        }
    }
}

/// What was shown last, for [`super::Session::refresh`]; nothing at first.
#[derive(Debug, Clone, Default)]
pub struct Shown(pub(super) Option<Vec<Line>>);

/// A line of the table of contents, as far as it may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// The activity's index in the outline.
    pub(super) index: usize,
    pub(super) current: bool,
    pub(super) refusal: Option<Refusal>,
    pub(super) completion: Completion,
    pub(super) success: Success,
}
