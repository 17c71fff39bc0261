//! A case as its JSON has it: steps of what must be delivered, the calls of its content with the
//! answers expected, and what the learner does then.

use serde::Deserialize;

/// One case of the suite.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) group: String,
    /// Cases with the same key are the same learner's, one after the other.
    pub(crate) learner_key: String,
    pub(crate) learner: String,
    pub(crate) packages: Vec<String>,
    /// What the learner does before the first step.
    pub(crate) start: Vec<Action>,
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End,
}

/// One delivery and what happens in it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Step {
    pub(crate) act: String,
    pub(crate) visit: u32,
    pub(crate) file: Option<String>,
    pub(crate) ui: Vec<Look>,
    pub(crate) commands: Vec<Call>,
    pub(crate) terminate: Terminate,
    /// What content asks for while it is being unloaded.
    pub(crate) on_unload_request: Option<String>,
    pub(crate) actions: Vec<Action>,
}

/// When content terminates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Terminate {
    None,
    AfterCommands,
    OnUnload,
}

/// What the navigation must offer.
#[derive(Debug, Deserialize)]
pub(crate) struct Look {
    pub(crate) check: String,
    pub(crate) title: Option<String>,
    pub(crate) expected: String,
}

/// A call of the API.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) element: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) param: Option<String>,
    pub(crate) lookup: Option<Lookup>,
    pub(crate) interaction_type: Option<String>,
    pub(crate) expect: Expected,
}

/// The index in `element` is that of the record with this id.
#[derive(Debug, Deserialize)]
pub(crate) struct Lookup {
    #[serde(rename = "in")]
    pub(crate) collection: String,
    pub(crate) id: String,
}

/// What a call must answer.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Expected {
    #[serde(default)]
    pub(crate) value: String,
    #[serde(default)]
    pub(crate) error: String,
    #[serde(default)]
    pub(crate) any: bool,
    #[serde(default)]
    pub(crate) ids: Vec<String>,
}

/// What the learner does.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Action {
    pub(crate) op: String,
    pub(crate) title: Option<String>,
    pub(crate) package: Option<String>,
    #[serde(default)]
    pub(crate) root: bool,
    #[serde(default)]
    pub(crate) if_not_delivered: bool,
}

/// How the case must end.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct End {
    pub(crate) must_be_ended: bool,
}
