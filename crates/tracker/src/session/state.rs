//! The whole state of a session, as the snapshot keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::guide::GuideState;
use super::reached::Reached;
use super::{Completion, LaunchMode, Learner, NavigationRequest, Score, Success};
use crate::runtime::{Communication, Values};

/// Everything that changes in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Identifier of the organization, so that a snapshot meets its own course.
    pub(super) organization: String,
    pub(super) learner: Learner,
    pub(super) mode: LaunchMode,
    pub(super) seed: u64,
    pub(super) standing: Standing,
    /// What the learner has reached.
    pub(super) tracked: Tracked,
    /// What it was before a session without credit, which changes nothing for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) set_aside: Option<Box<Tracked>>,
    /// The content in the frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) delivered: Option<Delivered>,
    pub(super) communication: Communication,
    /// What content asked for with its Terminate, not taken up yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) asked: Option<NavigationRequest>,
    /// The last entry's time, for a session that ends without one.
    pub(super) at_ms: i64,
}

/// What content may have kept, of all activities of a registration together, in bytes.
const ROOM_BYTES: usize = 16 << 20;

impl State {
    /// What the values of the content in the frame may come to, in bytes: the other activities' values and
    /// shared data have the rest. What this activity has kept is replaced by them.
    pub(super) fn room_bytes(&self) -> usize {
        let here = self.delivered.as_ref().map(|found| found.activity.as_str());
        let others = self.tracked.records.iter();
        let others: usize = others
            .filter(|(id, _)| Some(id.as_str()) != here)
            .filter_map(|(_, record)| Some(record.kept.as_ref()?.bytes()))
            .sum();
        let shared = self.tracked.shared_data.iter();
        let shared: usize = shared.map(|(id, store)| id.len() + store.len()).sum();
        ROOM_BYTES.saturating_sub(others + shared)
    }
}

/// What the learner has reached: it outlives the session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tracked {
    pub(super) guide: GuideState,
    /// By activity.
    #[serde(default)]
    pub(super) records: BTreeMap<String, Record>,
    /// What an earlier attempt on the course came to, when it was completed: a later attempt that is
    /// only begun takes nothing away. By index; empty before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) achieved: Vec<Reached>,
    /// Shared data stores, by target id.
    #[serde(default)]
    pub(super) shared_data: BTreeMap<String, String>,
}

/// Where the session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    /// Opened; no Start yet.
    Fresh,
    /// Under way.
    Open,
    /// Ended, to be resumed.
    Suspended,
    /// Ended.
    Ended,
}

/// The content in the frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Delivered {
    pub(super) activity: String,
    /// Its attempt went on when it was delivered.
    pub(super) resumed: bool,
    /// When it was delivered.
    pub(super) at_ms: i64,
    /// Claimed session time that is in the total already.
    pub(super) counted_ms: u64,
    /// The learner was told that the time allowed is over.
    pub(super) time_is_up: bool,
}

/// One content activity's run-time data from session to session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Values kept for the next launch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kept: Option<Values>,
    /// The next launch resumes.
    #[serde(default)]
    pub(super) resumes: bool,
    /// Launches so far.
    #[serde(default)]
    pub(super) launches: u32,
    /// Attempts begun.
    #[serde(default)]
    pub(super) attempts: u32,
    /// `cmi.total_time` of the attempt.
    #[serde(default)]
    pub(super) attempt_time_ms: u64,
    /// The same over all attempts.
    #[serde(default)]
    pub(super) total_time_ms: u64,
    /// What content reported last.
    #[serde(default)]
    pub(super) completion: Completion,
    /// What content reported last.
    #[serde(default)]
    pub(super) success: Success,
    /// What content reported last.
    #[serde(default)]
    pub(super) score: Score,
    /// What content reported last.
    #[serde(default)]
    pub(super) progress_measure: Option<f64>,
    /// `cmi.core.lesson_status`, for prerequisites; empty before any.
    #[serde(default)]
    pub(super) lesson_status: String,
}
