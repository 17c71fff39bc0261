//! Videos and recordings of SCORM content as statements, by the xAPI Video Profile 1.0.3: from the lines
//! that the player's `media-watch.js` writes, with a memory of what was watched in the registration.
//!
//! A session of a medium begins when it first plays and ends when it is gone. The published profile names
//! its extension for captions in two ways (`cc-subtitle-enabled` is defined, `cc-enabled` is what its templates
//! ask for): both are said. Its three templates for `interacted` share verb and type, so that a validator holds
//! each such statement against all three: each has what all of them ask for.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    segments::{Segments, thousandths},
    vocabulary::{self as v, Course},
};
use crate::{
    db::journal::Line,
    delivery::{MEDIA, Media, Settings, What},
};

/// The profile, as its statements name it.
const VIDEO: &str = "https://w3id.org/xapi/video";
/// Its version that they keep to.
const VERSION: &str = "https://w3id.org/xapi/video/v1.0.3";
/// Type of what is watched.
const KIND: &str = "https://w3id.org/xapi/video/activity-type/video";
/// Beginning of the profile's own verbs.
const VIDEO_VERBS: &str = "https://w3id.org/xapi/video/verbs/";
/// Tells runs of the profile's pattern apart in one registration (xAPI Profiles).
const SUBREGISTRATION: &str = "https://w3id.org/xapi/profiles/extensions/subregistration";
/// Of a medium, this much watched is all of it: players and learners are not exact to the last second.
const THRESHOLD: f64 = 0.95;
/// Media of a registration that are stated.
const MOST_MEDIA: usize = 200;
/// Media open at a time.
const MOST_OPEN: usize = 20;

/// What was watched in a registration, and what is open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Videos {
    /// By the page's number.
    open: BTreeMap<u32, Open>,
    /// By activity and address.
    watched: BTreeMap<String, Watched>,
}

/// What was watched of a medium, in all sessions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Watched {
    segments: Segments,
    ms: u64,
    completed: bool,
}

/// A session of a medium.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Open {
    /// Id of the `initialized`.
    session: Uuid,
    sco: String,
    attempt: Option<Uuid>,
    address: String,
    title: String,
    length: f64,
    /// When it was last heard of.
    at: DateTime<Utc>,
    /// Where it began to play; `None` while it does not.
    from: Option<f64>,
    /// Where it was last.
    time: f64,
}

impl Videos {
    /// What a line of the journal says of media; `place` is the activity delivered and the attempt on it.
    pub(super) fn line(
        &mut self,
        course: &Course,
        place: Option<(&str, Option<Uuid>)>,
        line: &Line,
        out: &mut Vec<Value>,
    ) {
        match line.event["event"].as_str() {
            Some(MEDIA) => {
                if let Ok(media) = serde_json::from_value(line.event.clone()) {
                    self.media(course, place, line.at, media, out);
                }
            }
            // Content is gone, whatever it was doing, and told nothing more: it ended where it was last.
            Some("start" | "content_gone" | "navigate" | "close") => {
                for (_, open) in std::mem::take(&mut self.open) {
                    let at = open.at;
                    self.close(course, open, at, out);
                }
            }
            _ => {}
        }
    }

    fn media(
        &mut self,
        course: &Course,
        place: Option<(&str, Option<Uuid>)>,
        at: DateTime<Utc>,
        media: Media,
        out: &mut Vec<Value>,
    ) {
        if let What::Opened {
            address,
            title,
            length,
            settings,
        } = media.what
        {
            if let Some(before) = self.open.remove(&media.medium) {
                let at = before.at;
                self.close(course, before, at, out);
            }
            let Some((sco, attempt)) = place else { return };
            let open = Open {
                session: Uuid::new_v4(),
                sco: sco.to_owned(),
                attempt,
                address,
                title,
                length: thousandths(length),
                at: at - TimeDelta::milliseconds(1),
                from: None,
                time: thousandths(media.time),
            };
            self.open(course, media.medium, open, (at, &settings), out);
            return;
        }
        let Some(mut open) = self.open.remove(&media.medium) else {
            return;
        };
        let Some(watched) = self.watched.get_mut(&open.key()) else {
            return;
        };
        let time = thousandths(media.time.min(open.length));
        match media.what {
            What::Played if open.from.is_none() => {
                (open.from, open.time) = (Some(time), time);
                let result = json!({ "extensions": { ext("time"): time } });
                out.push(open.statement(course, at, "played", &result, &json!({})));
            }
            What::Opened { .. } | What::Played => {}
            What::Reached { ms } => {
                watched.ms += ms;
                (open.time, open.at) = (time, open.at.max(at));
            }
            What::Paused { ms } => {
                watched.ms += ms;
                open.pause(course, watched, (at, time), out);
            }
            What::Seeked { from, ms } => {
                watched.ms += ms;
                let from = thousandths(from.min(open.length));
                if let Some(began) = open.from {
                    watched.segments.add(began, from);
                    open.from = Some(time);
                }
                open.time = time;
                let mut result = watched.result(open.length);
                result["extensions"][ext("time-from")] = from.into();
                result["extensions"][ext("time-to")] = time.into();
                out.push(open.statement(course, at, "seeked", &result, &json!({})));
                open.complete(course, watched, at, out);
            }
            What::Changed { settings } => {
                open.time = time;
                let result = json!({ "extensions": { ext("time"): time } });
                let shown = shown(&settings, Language::Always);
                out.push(open.statement(course, at, "interacted", &result, &shown));
            }
            What::Closed { ms } => {
                watched.ms += ms;
                open.time = time;
                self.close(course, open, at, out);
                return;
            }
        }
        self.open.insert(media.medium, open);
    }

    /// Begins a session, as far as there is room.
    fn open(
        &mut self,
        course: &Course,
        medium: u32,
        mut open: Open,
        (at, settings): (DateTime<Utc>, &Settings),
        out: &mut Vec<Value>,
    ) {
        let key = open.key();
        let is_known = self.watched.contains_key(&key);
        if self.open.len() >= MOST_OPEN || !is_known && self.watched.len() >= MOST_MEDIA {
            return;
        }
        self.watched.entry(key).or_default();
        let shown = with(shown(settings, Language::WhenShown), threshold());
        let mut initialized = open.statement(course, at, "initialized", &Value::Null, &shown);
        initialized["id"] = open.session.to_string().into();
        out.push(initialized);
        self.open.insert(medium, open);
    }

    /// Ends a session where it is: it pauses first when it plays.
    fn close(&mut self, course: &Course, mut open: Open, at: DateTime<Utc>, out: &mut Vec<Value>) {
        let Some(watched) = self.watched.get_mut(&open.key()) else {
            return;
        };
        if open.from.is_some() {
            let time = open.time;
            open.pause(course, watched, (at, time), out);
        }
        let mut result = watched.result(open.length);
        result["extensions"][ext("time")] = open.time.into();
        out.push(open.statement(course, at, "terminated", &result, &threshold()));
    }
}

impl Watched {
    /// How much of it was watched, and which parts.
    fn result(&self, length: f64) -> Value {
        json!({ "extensions": {
            ext("progress"): thousandths(self.segments.share(length)),
            ext("played-segments"): self.segments.text(),
        } })
    }
}

impl Open {
    fn key(&self) -> String {
        format!("{} {}", self.sco, self.address)
    }

    /// It stops; that may be what completes it. One that does not play says nothing.
    fn pause(
        &mut self,
        course: &Course,
        watched: &mut Watched,
        (at, time): (DateTime<Utc>, f64),
        out: &mut Vec<Value>,
    ) {
        self.time = time;
        let Some(from) = self.from.take() else { return };
        watched.segments.add(from, time);
        let mut result = watched.result(self.length);
        result["extensions"][ext("time")] = time.into();
        out.push(self.statement(course, at, "paused", &result, &threshold()));
        self.complete(course, watched, at, out);
    }

    /// Says that all of it was watched, once in a registration.
    fn complete(
        &mut self,
        course: &Course,
        watched: &mut Watched,
        at: DateTime<Utc>,
        out: &mut Vec<Value>,
    ) {
        if watched.completed || watched.segments.share(self.length) < THRESHOLD {
            return;
        }
        watched.completed = true;
        let mut result = watched.result(self.length);
        result["extensions"][ext("time")] = self.time.into();
        result["completion"] = true.into();
        let (seconds, ms) = (watched.ms / 1000, watched.ms % 1000);
        result["duration"] = format!("PT{seconds}.{:02}S", ms / 10).into();
        out.push(self.statement(course, at, "completed", &result, &threshold()));
    }

    /// A statement of this session, later than the one before it.
    fn statement(
        &mut self,
        course: &Course,
        at: DateTime<Utc>,
        verb: &str,
        result: &Value,
        extensions: &Value,
    ) -> Value {
        self.at = at.max(self.at + TimeDelta::milliseconds(1));
        let sco = course.sco_iri(&self.sco);
        let iri = format!("{sco}/media/{}", step(&self.address));
        let object = course.activity_of(&iri, &self.title, KIND);
        let attempt = self
            .attempt
            .map(|attempt| course.attempt(&self.sco, attempt));
        let grouping: Vec<Value> = attempt.into_iter().chain([course.activity()]).collect();
        let profile = |id: &str| json!({ "id": id, "definition": { "type": v::PROFILE } });
        let own = json!({
            ext("session-id"): self.session,
            ext("length"): self.length,
            SUBREGISTRATION: [{ "profile": VIDEO, "subregistration": self.session }],
        });
        let context = json!({
            "registration": course.registration,
            "platform": "Percorso",
            "contextActivities": {
                "category": [profile(VIDEO), profile(VERSION)],
                "parent": [course.sco(&self.sco)],
                "grouping": grouping,
            },
            "extensions": with(own, extensions.clone()),
        });
        let vocabulary = match verb {
            "played" | "paused" | "seeked" => VIDEO_VERBS,
            _ => v::VERBS,
        };
        let verb = (&*format!("{vocabulary}{verb}"), verb);
        v::statement_of(self.at, &course.actor, verb, &object, result, &context)
    }
}

/// An extension of the profile.
fn ext(name: &str) -> String {
    format!("{VIDEO}/extensions/{name}")
}

fn threshold() -> Value {
    json!({ ext("completion-threshold"): THRESHOLD })
}

/// Both objects in one.
fn with(mut one: Value, other: Value) -> Value {
    if let (Some(one), Value::Object(other)) = (one.as_object_mut(), other) {
        one.extend(other);
    }
    one
}

/// When the language of captions is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    /// When captions are shown.
    WhenShown,
    /// Always, as the templates of `interacted` ask: empty where none are shown, as in the profile's own
    /// examples.
    Always,
}

/// How a medium is shown.
fn shown(settings: &Settings, language: Language) -> Value {
    let size = |[width, height]: [u32; 2]| format!("{width}x{height}");
    let mut all = Map::new();
    let mut put = |name: &str, value: Value| {
        all.insert(ext(name), value);
    };
    put("volume", thousandths(settings.volume).into());
    put("speed", format!("{}x", thousandths(settings.speed)).into());
    put("cc-enabled", settings.captions.is_some().into());
    put("cc-subtitle-enabled", settings.captions.is_some().into());
    if language == Language::Always || settings.captions.is_some() {
        put(
            "cc-subtitle-lang",
            settings.captions.clone().unwrap_or_default().into(),
        );
    }
    put("full-screen", settings.full_screen.into());
    put("screen-size", size(settings.screen).into());
    put("video-playback-size", size(settings.size).into());
    if settings.quality > 0 {
        put("quality", settings.quality.into());
    }
    all.into()
}

/// An address as the end of an IRI: a path keeps its steps, anything else is one step.
fn step(address: &str) -> String {
    if address.contains("://") {
        return v::in_path(address);
    }
    let steps = address.split('/').map(v::in_path);
    steps.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests;
