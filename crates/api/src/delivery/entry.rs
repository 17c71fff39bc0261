//! A line of the journal as a page sends it: what the engine is told, or what a medium of the content did,
//! of which the engine knows nothing.

use percorso_tracker::session::Event;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Map, Value};

use super::media::{MEDIA, Media};

/// One numbered line. Numbers start at 1 in each session and have no gaps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Position in the session's journal, from 1.
    pub(crate) number: u64,
    /// The learner's clock, milliseconds since the Unix epoch (UTC).
    pub(crate) at_ms: i64,
    /// What happened.
    #[serde(flatten)]
    pub(crate) happened: Happened,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Happened {
    /// For the engine, in the page and here.
    Event(Event),
    /// For statements alone.
    Media(Media),
}

impl<'de> Deserialize<'de> for Happened {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Value::Object(Map::deserialize(deserializer)?);
        let happened = match fields["event"].as_str() {
            Some(MEDIA) => serde_json::from_value(fields).map(Self::Media),
            _ => serde_json::from_value(fields).map(Self::Event),
        };
        happened.map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_are_read_as_they_are_written() {
        for line in [
            json!({ "number": 1, "at_ms": 2, "event": "start" }),
            json!({ "number": 1, "at_ms": 2, "event": "call", "method": "Commit", "arguments": [""] }),
            json!({ "number": 1, "at_ms": 2, "event": "media", "medium": 3, "time": 1.5, "what": "played" }),
            json!({ "number": 1, "at_ms": 2, "event": "media", "medium": 3, "time": 7.0, "what": "seeked",
                "from": 1.5, "ms": 250 }),
        ] {
            let entry: Entry = serde_json::from_value(line.clone()).unwrap();
            assert_eq!(serde_json::to_value(&entry).unwrap(), line);
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for (event, why) in [
            (json!({ "event": "dance" }), "unknown variant `dance`"),
            (
                json!({ "event": "media", "medium": 1, "time": 0, "what": "sung" }),
                "unknown variant `sung`",
            ),
            (
                json!({ "event": "media", "what": "played" }),
                "missing field `medium`",
            ),
            (json!({}), "missing field `event`"),
        ] {
            let refused = serde_json::from_value::<Happened>(event.clone()).unwrap_err();
            assert!(refused.to_string().contains(why), "{event}: {refused}");
        }
    }
}
