//! SCORM sessions as statements, by ADL's SCORM profile: from the journal's lines, one after the other,
//! with a memory of what was said.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use percorso_tracker::session::{Event, NavigationRequest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    interaction::{Interaction, duration_1_2},
    video::Videos,
    vocabulary::Course,
};
use crate::db::journal::Line;

/// What has been said of a registration, and what is under way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// The reset it is after.
    #[serde(default)]
    pub(super) reset_at: Option<DateTime<Utc>>,
    /// The activity delivered last.
    current: Option<String>,
    /// The SCO that is initialized.
    open: Option<Open>,
    activities: BTreeMap<String, Said>,
    course: Said,
    /// What was watched.
    #[serde(default)]
    pub(super) videos: Videos,
}

/// What was said of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Said {
    attempt: Option<Uuid>,
    /// The next one goes on with it.
    suspended: bool,
    completed: bool,
    success: Option<bool>,
    score: Option<Value>,
}

/// A communication session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Open {
    activity: String,
    /// Values that statements are made of, by element of 2004.
    values: BTreeMap<String, String>,
    /// Elements of interactions, by index.
    interactions: BTreeMap<u32, Interaction>,
}

/// What the course has reached, as its registration says it.
#[derive(Debug, Clone, Default)]
pub(crate) struct CourseReached {
    /// It is completed.
    pub(crate) completed: bool,
    /// Passed or failed, when it is known.
    pub(crate) success: Option<bool>,
    /// Its score, as a statement has it.
    pub(crate) score: Option<Value>,
}

/// Elements of SCORM 1.2 by those of 2004 with the same meaning; interactions apart.
const ELEMENTS_1_2: &[(&str, &str)] = &[
    ("cmi.core.lesson_status", "lesson_status"),
    ("cmi.core.score.raw", "cmi.score.raw"),
    ("cmi.core.score.min", "cmi.score.min"),
    ("cmi.core.score.max", "cmi.score.max"),
    ("cmi.core.exit", "cmi.exit"),
    ("cmi.core.session_time", "session_time_1_2"),
];

const ELEMENTS_2004: &[&str] = &[
    "cmi.completion_status",
    "cmi.success_status",
    "cmi.score.scaled",
    "cmi.score.raw",
    "cmi.score.min",
    "cmi.score.max",
    "cmi.exit",
    "cmi.session_time",
];

impl Told {
    /// Nothing yet, since a reset; but what was watched counts for the whole registration.
    pub(super) fn after(self, reset_at: Option<DateTime<Utc>>) -> Self {
        Self {
            reset_at,
            videos: self.videos,
            ..Self::default()
        }
    }

    /// The activity delivered last, and the attempt on it when there is one.
    pub(super) fn place(&self) -> Option<(&str, Option<Uuid>)> {
        let current = self.current.as_deref()?;
        let attempt = self.activities.get(current).and_then(|said| said.attempt);
        Some((current, attempt))
    }

    /// What a line of the journal says.
    pub(super) fn line(&mut self, course: &Course, line: &Line, out: &mut Vec<Value>) {
        let Ok(event) = serde_json::from_value::<Event>(line.event.clone()) else {
            return;
        };
        let outcome = line.outcome.as_ref().unwrap_or(&Value::Null);
        match &event {
            Event::Start { .. } | Event::ContentGone => self.close(course, line.at, false, out),
            Event::Close => {
                self.close(course, line.at, true, out);
                self.suspend_current();
            }
            Event::Navigate { request } => {
                let suspends = *request == NavigationRequest::SuspendAll;
                self.close(course, line.at, suspends, out);
                if suspends {
                    self.suspend_current();
                }
            }
            Event::Call { method, arguments } => {
                if outcome["answer"]["error"].as_u64().unwrap_or(0) == 0 {
                    self.call(course, line, method, arguments, out);
                }
            }
            Event::ContentNavigation => {}
        }
        let decisions = outcome["decisions"].as_array();
        for decision in decisions.into_iter().flatten() {
            if let Some(activity) = decision["delivered"].as_str() {
                self.current = Some(activity.to_owned());
            }
        }
    }

    /// What the whole course has reached since it was last said.
    pub(super) fn course(
        &mut self,
        course: &Course,
        at: DateTime<Utc>,
        reached: &CourseReached,
        out: &mut Vec<Value>,
    ) {
        let context = course.context(&[], &[]);
        let mut say = |verb: &str, result: Value| {
            let object = course.activity();
            out.push(course.statement(at, verb, &object, &result, &context));
        };
        if reached.completed && !self.course.completed {
            say("completed", json!({ "completion": true }));
        }
        if let Some(success) = reached
            .success
            .filter(|_| self.course.success != reached.success)
        {
            let verb = if success { "passed" } else { "failed" };
            say(
                verb,
                scored(json!({ "success": success }), reached.score.as_ref()),
            );
        }
        self.course.completed = reached.completed;
        self.course.success = reached.success;
    }

    fn suspend_current(&mut self) {
        if let Some(current) = &self.current {
            self.activities
                .entry(current.clone())
                .or_default()
                .suspended = true;
        }
    }

    fn call(
        &mut self,
        course: &Course,
        line: &Line,
        method: &str,
        arguments: &[String],
        out: &mut Vec<Value>,
    ) {
        match method.strip_prefix("LMS").unwrap_or(method) {
            "Initialize" => self.initialize(course, line.at, out),
            "Commit" => self.report(course, line.at, out),
            "Terminate" | "Finish" => self.close(course, line.at, false, out),
            "SetValue" => {
                if let (Some(open), [element, value, ..]) = (&mut self.open, arguments) {
                    open.set(element, value);
                }
            }
            _ => {}
        }
    }

    fn initialize(&mut self, course: &Course, at: DateTime<Utc>, out: &mut Vec<Value>) {
        let Some(activity) = self.current.clone() else {
            return;
        };
        let said = self.activities.entry(activity.clone()).or_default();
        let resumed = said.suspended && said.attempt.is_some();
        if !resumed {
            *said = Said {
                attempt: Some(Uuid::now_v7()),
                ..Said::default()
            };
        }
        said.suspended = false;
        let verb = if resumed { "resumed" } else { "initialized" };
        let attempt = said.attempt.unwrap_or_default();
        out.push(course.of_sco(at, verb, &activity, attempt, &Value::Null));
        self.open = Some(Open {
            activity,
            ..Open::default()
        });
    }

    /// Says what changed for the better, and what was answered.
    fn report(&mut self, course: &Course, at: DateTime<Utc>, out: &mut Vec<Value>) {
        let Some(open) = &mut self.open else { return };
        let said = self.activities.entry(open.activity.clone()).or_default();
        let attempt = said.attempt.unwrap_or_default();
        let sco = open.activity.clone();
        for interaction in open.interactions.values_mut() {
            if std::mem::take(&mut interaction.changed) {
                out.extend(interaction.statement(course, at, &sco, attempt));
            }
        }
        if open.completed() == Some(true) && !said.completed {
            said.completed = true;
            let result = json!({ "completion": true });
            out.push(course.of_sco(at, "completed", &sco, attempt, &result));
        }
        if open.success() == Some(true) && said.success != Some(true) {
            said.success = Some(true);
            said.score = open.score();
            let result = scored(json!({ "success": true }), said.score.as_ref());
            out.push(course.of_sco(at, "passed", &sco, attempt, &result));
        }
    }

    /// The communication session is over: says what it came to.
    fn close(&mut self, course: &Course, at: DateTime<Utc>, suspends: bool, out: &mut Vec<Value>) {
        self.report(course, at, out);
        let Some(open) = self.open.take() else { return };
        let said = self.activities.entry(open.activity.clone()).or_default();
        let attempt = said.attempt.unwrap_or_default();
        let score = open.score();
        if open.success() == Some(false) && said.success != Some(false) {
            said.success = Some(false);
            said.score.clone_from(&score);
            let result = scored(json!({ "success": false }), score.as_ref());
            out.push(course.of_sco(at, "failed", &open.activity, attempt, &result));
        }
        if score.is_some() && score != said.score {
            let result = scored(json!({}), score.as_ref());
            out.push(course.of_sco(at, "scored", &open.activity, attempt, &result));
            said.score = score;
        }
        said.suspended = suspends || open.get("cmi.exit") == Some("suspend");
        let verb = if said.suspended {
            "suspended"
        } else {
            "terminated"
        };
        let result = match open.session_time() {
            Some(duration) => json!({ "duration": duration }),
            None => Value::Null,
        };
        out.push(course.of_sco(at, verb, &open.activity, attempt, &result));
    }
}

fn scored(mut result: Value, score: Option<&Value>) -> Value {
    if let Some(score) = score {
        result["score"] = score.clone();
    }
    result
}

impl Open {
    fn set(&mut self, element: &str, value: &str) {
        if let Some(rest) = element.strip_prefix("cmi.interactions.") {
            let Some((index, name)) = rest.split_once('.') else {
                return;
            };
            if let Ok(index) = index.parse() {
                let interaction = self.interactions.entry(index).or_default();
                interaction.set(name, value);
            }
            return;
        }
        let known = ELEMENTS_1_2.iter().find(|(old, _)| *old == element);
        let known = known.map(|(_, name)| *name);
        let known = known.or_else(|| ELEMENTS_2004.iter().find(|name| **name == element).copied());
        if let Some(name) = known {
            self.values.insert(name.to_owned(), value.to_owned());
        }
    }

    fn get(&self, element: &str) -> Option<&str> {
        self.values.get(element).map(String::as_str)
    }

    fn completed(&self) -> Option<bool> {
        match (self.get("cmi.completion_status"), self.get("lesson_status")) {
            (Some("completed"), _) | (_, Some("completed" | "passed")) => Some(true),
            (Some("incomplete"), _) | (_, Some("incomplete")) => Some(false),
            _ => None,
        }
    }

    fn success(&self) -> Option<bool> {
        match (self.get("cmi.success_status"), self.get("lesson_status")) {
            (Some("passed"), _) | (_, Some("passed")) => Some(true),
            (Some("failed"), _) | (_, Some("failed")) => Some(false),
            _ => None,
        }
    }

    /// A hundredth of the raw score is the scaled one in SCORM 1.2, as the profile has it.
    fn score(&self) -> Option<Value> {
        let number = |element| self.get(element)?.trim().parse::<f64>().ok();
        let (raw, min, max) = (
            number("cmi.score.raw"),
            number("cmi.score.min"),
            number("cmi.score.max"),
        );
        let is_1_2 = self.get("lesson_status").is_some();
        let hundredth = raw.filter(|_| is_1_2).map(|raw| raw / 100.0);
        let scaled = number("cmi.score.scaled").or(hundredth);
        let mut score = Map::new();
        let mut put = |name: &str, value: Option<f64>| {
            if let Some(value) = value {
                score.insert(name.to_owned(), value.into());
            }
        };
        put(
            "scaled",
            scaled.filter(|scaled| (-1.0..=1.0).contains(scaled)),
        );
        let fits = |raw: f64| min.is_none_or(|min| min <= raw) && max.is_none_or(|max| raw <= max);
        let ordered = min.zip(max).is_none_or(|(min, max)| min < max);
        if raw.is_none_or(fits) && ordered {
            put("raw", raw);
            put("min", min);
            put("max", max);
        }
        (!score.is_empty()).then(|| score.into())
    }

    fn session_time(&self) -> Option<String> {
        let new = self.get("cmi.session_time").map(str::to_owned);
        new.or_else(|| duration_1_2(self.get("session_time_1_2")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> Course {
        Course::for_tests(&[("intro", "Introduzione")])
    }

    fn line(number: i64, event: Value, outcome: Value) -> Line {
        let at = DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(number);
        Line {
            number,
            at,
            received_at: at,
            event,
            outcome: Some(outcome),
        }
    }

    fn call(method: &str, arguments: &[&str]) -> Value {
        serde_json::to_value(Event::Call {
            method: method.to_owned(),
            arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
        })
        .unwrap()
    }

    /// Verbs and results of what these events lead to.
    fn said(told: &mut Told, events: Vec<Value>) -> Vec<(String, Value)> {
        let mut out = Vec::new();
        let start = serde_json::to_value(Event::Start { activity: None }).unwrap();
        let delivered = json!({ "decisions": [{ "delivered": "intro" }] });
        told.line(&course(), &line(1, start, delivered), &mut out);
        for (number, event) in (2..).zip(events) {
            told.line(&course(), &line(number, event, Value::Null), &mut out);
        }
        for statement in &out {
            crate::xapi::check(statement, crate::xapi::Version::V1).unwrap();
        }
        let verb = |statement: &Value| {
            let id = statement["verb"]["id"].as_str().unwrap();
            id.rsplit('/').next().unwrap().to_owned()
        };
        out.iter()
            .map(|statement| (verb(statement), statement["result"].clone()))
            .collect()
    }

    fn verbs(said: &[(String, Value)]) -> Vec<&str> {
        said.iter().map(|(verb, _)| verb.as_str()).collect()
    }

    #[test]
    fn an_attempt_goes_on_after_it_was_suspended_and_ends_with_its_results() {
        let mut told = Told::default();
        let first = said(
            &mut told,
            vec![
                call("Initialize", &[""]),
                call("SetValue", &["cmi.completion_status", "incomplete"]),
                call("SetValue", &["cmi.exit", "suspend"]),
                call("SetValue", &["cmi.session_time", "PT10S"]),
                call("Terminate", &[""]),
            ],
        );
        assert_eq!(verbs(&first), ["initialized", "suspended"]);
        assert_eq!(first[1].1, json!({ "duration": "PT10S" }));
        let told_so_far = serde_json::to_value(&told).unwrap();
        let mut told: Told = serde_json::from_value(told_so_far).unwrap();
        let second = said(
            &mut told,
            vec![
                call("Initialize", &[""]),
                call("SetValue", &["cmi.score.scaled", "0.5"]),
                call("SetValue", &["cmi.success_status", "failed"]),
                call("Commit", &[""]),
                call("SetValue", &["cmi.score.scaled", "0.9"]),
                call("SetValue", &["cmi.success_status", "passed"]),
                call("SetValue", &["cmi.completion_status", "completed"]),
                call("Commit", &[""]),
                call("Commit", &[""]),
                call("Terminate", &[""]),
            ],
        );
        assert_eq!(
            verbs(&second),
            ["resumed", "completed", "passed", "terminated"]
        );
        assert_eq!(
            second[2].1,
            json!({ "success": true, "score": { "scaled": 0.9 } })
        );
    }

    #[test]
    fn scorm_1_2_says_the_same_in_its_words() {
        let all = said(
            &mut Told::default(),
            vec![
                call("LMSInitialize", &[""]),
                call("LMSSetValue", &["cmi.interactions.0.id", "domanda 1"]),
                call("LMSSetValue", &["cmi.interactions.0.type", "choice"]),
                call(
                    "LMSSetValue",
                    &["cmi.interactions.0.student_response", "a,c"],
                ),
                call("LMSSetValue", &["cmi.interactions.0.result", "wrong"]),
                call("LMSSetValue", &["cmi.interactions.0.latency", "00:00:07.5"]),
                call("LMSCommit", &[""]),
                call("LMSSetValue", &["cmi.core.score.raw", "40"]),
                call("LMSSetValue", &["cmi.core.lesson_status", "failed"]),
                call("LMSSetValue", &["cmi.core.session_time", "00:01:05"]),
                call("LMSFinish", &[""]),
            ],
        );
        assert_eq!(
            verbs(&all),
            ["initialized", "responded", "failed", "terminated"]
        );
        assert_eq!(
            all[1].1,
            json!({ "response": "a[,]c", "success": false, "duration": "PT0H0M7.5S" })
        );
        assert_eq!(
            all[2].1,
            json!({ "success": false, "score": { "scaled": 0.4, "raw": 40.0 } })
        );
        assert_eq!(all[3].1, json!({ "duration": "PT0H1M5S" }));
    }

    #[test]
    fn a_tab_that_died_is_suspended_and_refused_calls_say_nothing() {
        let mut told = Told::default();
        let close = serde_json::to_value(Event::Close).unwrap();
        let first = said(&mut told, vec![call("Initialize", &[""]), close]);
        assert_eq!(verbs(&first), ["initialized", "suspended"]);
        let mut out = Vec::new();
        let refused = json!({ "answer": { "error": 103 } });
        told.line(
            &course(),
            &line(9, call("Initialize", &[""]), refused),
            &mut out,
        );
        assert_eq!(out, Vec::<Value>::new());
    }
}
