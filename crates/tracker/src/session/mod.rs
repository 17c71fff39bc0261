//! One learner's session in one course: the face that the server, the player and tests share.
//!
//! A [`Session`] takes [`Entry`]s one by one and answers each with an [`Outcome`]. The page and the
//! server feed the same entries to the same code, so they come to the same state; the server's is
//! the truth.

mod journal;
mod progress;
mod view;

use std::sync::Arc;

use percorso_package::Package;
use serde::{Deserialize, Serialize};

pub use journal::*;
pub use progress::*;
pub use view::*;

/// A package, ready to be delivered: the activity tree with its sequencing definition. Immutable,
/// shared by all sessions of the package version.
#[derive(Debug)]
pub struct Course {}

impl Course {
    /// Builds the activity tree of the package's default organization.
    pub fn new(_package: &Package) -> Self {
        todo!()
    }
}

/// Who learns, as content may know them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learner {
    /// `cmi.learner_id` / `cmi.core.student_id`, unchanged.
    pub id: String,
    /// `cmi.learner_name` / `cmi.core.student_name`, unchanged.
    pub name: String,
    /// `cmi.learner_preference.language`; empty when not known.
    pub language: String,
}

/// `cmi.mode` of a launch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaunchMode {
    /// For credit.
    #[default]
    Normal,
    /// Looked through without credit.
    Browse,
    /// Looked at again after completion.
    Review,
}

/// What a new session starts from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begin {
    /// Who learns.
    pub learner: Learner,
    /// For credit or not.
    pub mode: LaunchMode,
    /// Global objectives and shared data that belong to the learner across packages.
    pub globals: LearnerGlobals,
    /// Seed of selection and randomization, from the server.
    pub seed: u64,
}

/// Global objectives and shared data stores of one learner, across registrations and packages.
/// Keys are the target ids; values are opaque JSON owned by the tracker.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LearnerGlobals {
    /// Global objectives with system scope, by id.
    pub objectives: std::collections::BTreeMap<String, serde_json::Value>,
    /// Shared data stores with system scope, by id.
    pub shared_data: std::collections::BTreeMap<String, String>,
}

/// A session under way.
#[derive(Debug, Clone)]
pub struct Session {}

impl Session {
    /// Opens a new session on a registration: `snapshot` is what the last one left, `None` for the
    /// first. A snapshot whose last session never ended (the tab died) is first treated as
    /// suspended, so nothing the learner did is lost. Delivers nothing yet: the first entry,
    /// [`Event::Start`], does.
    ///
    /// # Errors
    /// When the snapshot is of an unknown version or of another course.
    pub fn begin(
        _course: Arc<Course>,
        _snapshot: Option<&[u8]>,
        _begin: Begin,
    ) -> Result<Self, SnapshotError> {
        todo!()
    }

    /// Takes up a session in the middle: what [`Session::snapshot`] wrote, exactly as it was.
    ///
    /// # Errors
    /// When the snapshot is of an unknown version or of another course.
    pub fn restore(_course: Arc<Course>, _snapshot: &[u8]) -> Result<Self, SnapshotError> {
        todo!()
    }

    /// The whole state, versioned. [`Session::restore`] and [`Session::begin`] read it.
    pub fn snapshot(&self) -> Vec<u8> {
        todo!()
    }

    /// Applies one entry. Never panics and always ends, whatever the entry says.
    pub fn apply(&mut self, _at_ms: i64, _event: &Event) -> Outcome {
        todo!()
    }

    /// What the player shows now: buttons, contents, state.
    pub fn view(&self) -> View {
        todo!()
    }

    /// What the learner has reached, for the API and the pages.
    pub fn progress(&self) -> Progress {
        todo!()
    }

    /// The learner's system-scoped globals as they are now.
    pub fn globals(&self) -> LearnerGlobals {
        todo!()
    }
}

/// Why a snapshot cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Written by a newer program, or damaged.
    #[error("snapshot version {found} is not one this program reads (it reads up to {newest})")]
    Version {
        /// The version found.
        found: u32,
        /// The newest readable version.
        newest: u32,
    },
    /// Not JSON of the expected form.
    #[error("snapshot cannot be read")]
    Malformed(#[source] serde_json::Error),
}
