//! Sessions and their logs, as the API says them.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{duration, time};
use crate::{
    db::{journal::Line, sessions::Session},
    delivery::MEDIA,
};

/// A session: a launch, and the opening of the player that came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionDocument {
    pub(crate) id: Uuid,
    pub(crate) registration_id: Uuid,
    /// normal, browse or review.
    pub(crate) launch_mode: String,
    /// Where the launch asked to begin.
    pub(crate) activity_id: Option<String>,
    /// launched, live, or how it ended: ended, suspended, superseded, abandoned, reset or moved.
    pub(crate) state: String,
    pub(crate) created_at: String,
    pub(crate) started_at: Option<String>,
    pub(crate) ended_at: Option<String>,
    /// Journal entries saved.
    pub(crate) entries: i64,
    /// Time that content claimed, ISO 8601.
    pub(crate) claimed_time: String,
    /// Time from start to the last sign of life, ISO 8601.
    pub(crate) wall_time: String,
    /// Time the page was visible and in use, ISO 8601.
    pub(crate) active_time: String,
}

/// A line of a session's log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogDocument {
    /// From 1.
    pub(crate) number: i64,
    /// By the learner's clock.
    pub(crate) time: String,
    /// By the server's clock.
    pub(crate) received_at: String,
    /// start, call, navigate, content_navigation, content_gone, close or media.
    pub(crate) event: String,
    /// The API's method, for a call.
    pub(crate) method: Option<String>,
    /// Its arguments, for a call.
    pub(crate) arguments: Option<Value>,
    /// What was asked for: the request of `navigate`, the activity of `start`.
    pub(crate) request: Option<Value>,
    /// What content got back, for a call.
    pub(crate) result: Option<String>,
    /// The standard's error code, for a call; 0 is none.
    pub(crate) error_code: Option<u64>,
    /// Our explanation of the error.
    pub(crate) diagnostic: Option<String>,
    /// What a video or recording did, for media.
    pub(crate) media: Option<Value>,
    /// What sequencing decided because of it.
    #[schema(value_type = Vec<Object>)]
    pub(crate) decisions: Value,
}

impl From<Session> for SessionDocument {
    fn from(session: Session) -> Self {
        let ms = |ms: i64| duration(u64::try_from(ms).unwrap_or_default());
        let state = match (&session.end_reason, session.started_at) {
            (Some(reason), _) => reason.clone(),
            (None, Some(_)) => "live".to_owned(),
            (None, None) => "launched".to_owned(),
        };
        Self {
            id: session.id,
            registration_id: session.registration_id,
            launch_mode: session.launch_mode,
            activity_id: session.activity_id,
            state,
            created_at: time(session.created_at),
            started_at: session.started_at.map(time),
            ended_at: session.ended_at.map(time),
            entries: session.last_number,
            claimed_time: ms(session.claimed_ms),
            wall_time: ms(session.wall_ms),
            active_time: ms(session.active_ms),
        }
    }
}

impl From<Line> for LogDocument {
    fn from(line: Line) -> Self {
        let outcome = line.outcome.unwrap_or_default();
        let event = line.event["event"].as_str().unwrap_or_default().to_owned();
        let is_call = event == "call";
        let answer = &outcome["answer"];
        let given = |value: &Value| (!value.is_null()).then(|| value.clone());
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            number: line.number,
            time: time(line.at),
            received_at: time(line.received_at),
            method: text(&line.event["method"]),
            arguments: given(&line.event["arguments"]),
            request: given(&line.event["request"]).or_else(|| given(&line.event["activity"])),
            // A plain "true" is not kept with the entry.
            result: is_call.then(|| text(&answer["result"]).unwrap_or_else(|| "true".to_owned())),
            error_code: is_call.then(|| answer["error"].as_u64().unwrap_or(0)),
            diagnostic: text(&answer["diagnostic"]).filter(|diagnostic| !diagnostic.is_empty()),
            media: (event == MEDIA).then(|| media(&line.event)),
            decisions: given(&outcome["decisions"]).unwrap_or_else(|| Value::Array(Vec::new())),
            event,
        }
    }
}

/// What a line about a medium says beside that it is one.
fn media(event: &Value) -> Value {
    let mut said = event.clone();
    if let Some(fields) = said.as_object_mut() {
        fields.remove("event");
    }
    said
}
