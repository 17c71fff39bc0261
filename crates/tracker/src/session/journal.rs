//! What drives a session, and what comes back.

use serde::{Deserialize, Serialize};

/// One numbered line of the journal. Numbers start at 1 in each session and have no gaps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Position in the session's journal, from 1.
    pub number: u64,
    /// The learner's clock, milliseconds since the Unix epoch (UTC).
    pub at_ms: i64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Something that happened in the player. Only what changes state, or failed, is journalled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The player is ready: resume what is suspended, else start; with `activity`, go there
    /// (a choice after the start). First entry of every session. Once more in an open session, it
    /// says that the page was loaded again: the content comes back where it was.
    Start {
        /// Identifier to begin at, when the launch named one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        activity: Option<String>,
    },
    /// Content called the API.
    Call {
        /// `Initialize`, `LMSSetValue`, … by the name the content used: it also says which standard.
        method: String,
        /// The arguments, as strings.
        arguments: Vec<String>,
    },
    /// The learner used a control of the player. The content is already unloaded; a navigation
    /// request that content set meanwhile is dropped.
    Navigate {
        /// The request.
        request: NavigationRequest,
    },
    /// The player takes up the request content left with its Terminate ([`Effect::TakeUp`]).
    ContentNavigation,
    /// The content frame went away without a Terminate: what was set so far is kept, the
    /// communication session ends.
    ContentGone,
    /// The session ends from outside: another one took over, the learner left, or it timed out.
    /// Whatever is under way is suspended.
    Close,
}

/// A navigation request (SN 4th ed., table NB.2.1), as the learner's controls make it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum NavigationRequest {
    Start,
    ResumeAll,
    Continue,
    Previous,
    Choice(String),
    Jump(String),
    Exit,
    ExitAll,
    Abandon,
    AbandonAll,
    SuspendAll,
}

/// What one entry led to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The API's answer, for a call.
    pub answer: Option<Answer>,
    /// What the player must do, in order.
    pub effects: Vec<Effect>,
    /// What sequencing decided and why, for the log and the author's preview.
    pub decisions: Vec<Decision>,
}

/// What an API call returns to content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The returned string.
    pub result: String,
    /// The standard's error code; 0 is no error.
    pub error: u16,
    /// Our explanation, for `GetDiagnostic` and the log; empty when there is none.
    pub diagnostic: String,
    /// Whether the call belongs in the journal (it changed something or failed).
    pub journalled: bool,
}

/// What the player must do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Put this content into the frame.
    Deliver {
        /// The activity's identifier.
        activity: String,
        /// As [`percorso_package::Launch::path`].
        path: String,
        /// As [`percorso_package::Launch::suffix`].
        suffix: String,
    },
    /// Take the content out of the frame; the session stays open.
    Withdraw,
    /// Content asked to navigate: unload it, then send [`Event::ContentNavigation`].
    TakeUp,
    /// The sequencing session has ended.
    End {
        /// It can be resumed.
        suspended: bool,
    },
    /// Buttons, contents or states may look different now: ask for the [`super::View`] again.
    Refresh,
    /// Tell the learner that the time allowed is over (`time_limit_action` with message).
    TimeIsUp,
}

/// One decision of sequencing: a request, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The request, e.g. `continue`, `choice activity_3`, `post-condition retry`.
    pub request: String,
    /// The activity delivered, if any.
    pub delivered: Option<String>,
    /// The book's exception code when it was refused, e.g. `SB.2.9-5`.
    pub exception: Option<String>,
    /// What became of the request; absent in what was recorded before decisions said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub became: Option<Became>,
    /// A post-condition rule asked for something else than the request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overridden: bool,
    /// Activities whose status the prerequisites of a refused SCORM 1.2 request wait for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
    /// In English: what was asked and why it was refused, or what was done.
    /// [`super::Session::sentence`] says it in Italian too.
    pub explanation: String,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// An activity is delivered.
    Delivered,
    /// An activity's suspended attempt goes on.
    Resumed,
    /// The session is suspended.
    Suspended,
    /// The session is over.
    Ended,
    /// Nothing is delivered, and the session stays open.
    Waiting,
    /// It was refused before anything ended: the current activity goes on.
    Stayed,
    /// It was refused after the current activity had ended.
    Refused,
}
