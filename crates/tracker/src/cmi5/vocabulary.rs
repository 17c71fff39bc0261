//! The IRIs that cmi5 defines.

/// A verb of cmi5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum Verb {
    Launched,
    Initialized,
    Completed,
    Passed,
    Failed,
    Abandoned,
    Waived,
    Terminated,
    Satisfied,
}

const VERBS: &[(Verb, &str, &str)] = &[
    (
        Verb::Launched,
        "launched",
        "http://adlnet.gov/expapi/verbs/launched",
    ),
    (
        Verb::Initialized,
        "initialized",
        "http://adlnet.gov/expapi/verbs/initialized",
    ),
    (
        Verb::Completed,
        "completed",
        "http://adlnet.gov/expapi/verbs/completed",
    ),
    (
        Verb::Passed,
        "passed",
        "http://adlnet.gov/expapi/verbs/passed",
    ),
    (
        Verb::Failed,
        "failed",
        "http://adlnet.gov/expapi/verbs/failed",
    ),
    (
        Verb::Abandoned,
        "abandoned",
        "https://w3id.org/xapi/adl/verbs/abandoned",
    ),
    (
        Verb::Waived,
        "waived",
        "https://w3id.org/xapi/adl/verbs/waived",
    ),
    (
        Verb::Terminated,
        "terminated",
        "http://adlnet.gov/expapi/verbs/terminated",
    ),
    (
        Verb::Satisfied,
        "satisfied",
        "https://w3id.org/xapi/adl/verbs/satisfied",
    ),
];

impl Verb {
    /// The verb with this IRI.
    pub fn of(id: &str) -> Option<Self> {
        VERBS.iter().find(|row| row.2 == id).map(|row| row.0)
    }

    /// Its IRI.
    pub fn id(self) -> &'static str {
        VERBS
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.2)
    }

    /// Its word.
    pub fn name(self) -> &'static str {
        VERBS
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.1)
    }
}

/// The verb that voids a statement: never an AU's (6.3.0.0-1).
pub const VOIDED: &str = "http://adlnet.gov/expapi/verbs/voided";

/// Category of cmi5 defined statements.
pub const CATEGORY_CMI5: &str = "https://w3id.org/xapi/cmi5/context/categories/cmi5";
/// Category of statements that bear on moveOn.
pub const CATEGORY_MOVE_ON: &str = "https://w3id.org/xapi/cmi5/context/categories/moveon";

/// Context extension: the session.
pub const SESSION_ID: &str = "https://w3id.org/xapi/cmi5/context/extensions/sessionid";
/// Context extension: the mastery score.
pub const MASTERY_SCORE: &str = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore";
/// Context extension: the launch mode.
pub const LAUNCH_MODE: &str = "https://w3id.org/xapi/cmi5/context/extensions/launchmode";
/// Context extension: where the AU was launched.
pub const LAUNCH_URL: &str = "https://w3id.org/xapi/cmi5/context/extensions/launchurl";
/// Context extension: `moveOn`.
pub const MOVE_ON: &str = "https://w3id.org/xapi/cmi5/context/extensions/moveon";
/// Context extension: the launch parameters.
pub const LAUNCH_PARAMETERS: &str =
    "https://w3id.org/xapi/cmi5/context/extensions/launchparameters";

/// Result extension: why an AU was waived.
pub const REASON: &str = "https://w3id.org/xapi/cmi5/result/extensions/reason";
/// Result extension: progress as a percentage.
pub const PROGRESS: &str = "https://w3id.org/xapi/cmi5/result/extensions/progress";

/// Type of a block's activity.
pub const BLOCK_TYPE: &str = "https://w3id.org/xapi/cmi5/activitytype/block";
/// Type of a course's activity.
pub const COURSE_TYPE: &str = "https://w3id.org/xapi/cmi5/activitytype/course";

/// The state document that the LMS writes before each launch.
pub const LAUNCH_DATA: &str = "LMS.LaunchData";
/// The agent profile document with the learner's preferences.
pub const LEARNER_PREFERENCES: &str = "cmi5LearnerPreferences";
