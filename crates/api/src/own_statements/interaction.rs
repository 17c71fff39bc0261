//! Interactions of SCORM content as statements: what was asked, what was answered.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::vocabulary::{self as v, Course};

/// An interaction of a communication session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Interaction {
    values: BTreeMap<String, String>,
    /// Something was set since it was last said.
    pub(super) changed: bool,
}

impl Interaction {
    fn get(&self, names: [&str; 2]) -> Option<&str> {
        names
            .iter()
            .find_map(|name| self.values.get(*name))
            .map(String::as_str)
    }

    /// A value of it was set.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
        self.changed = true;
    }

    /// Its statement, once there is a response.
    pub(super) fn statement(
        &self,
        course: &Course,
        at: DateTime<Utc>,
        sco: &str,
        attempt: Uuid,
    ) -> Option<Value> {
        let id = self.get(["id", "id"])?;
        let response = self.get(["learner_response", "student_response"])?;
        let is_1_2 = self.values.contains_key("student_response");
        let kind = self.get(["type", "type"]).unwrap_or("other");
        let said = |text: &str| match (is_1_2, kind) {
            (true, "choice" | "sequencing") => text
                .trim_matches(['{', '}'])
                .split(',')
                .map(str::trim)
                .collect::<Vec<_>>()
                .join("[,]"),
            (true, "true-false") => match text {
                "t" | "1" => "true".to_owned(),
                "f" | "0" => "false".to_owned(),
                other => other.to_owned(),
            },
            _ => text.to_owned(),
        };
        let patterns: Vec<String> = self
            .values
            .iter()
            .filter(|(name, _)| {
                name.starts_with("correct_responses.") && name.ends_with(".pattern")
            })
            .map(|(_, pattern)| said(pattern))
            .collect();
        let mut definition = json!({
            "type": v::INTERACTION,
            "interactionType": kind,
        });
        if !patterns.is_empty() {
            definition["correctResponsesPattern"] = patterns.into();
        }
        if let Some(description) = self.get(["description", "description"]) {
            definition["description"] = course.text(description);
        }
        let mut result = json!({ "response": said(response) });
        match self.get(["result", "result"]) {
            Some("correct") => result["success"] = true.into(),
            Some("incorrect" | "wrong") => result["success"] = false.into(),
            _ => {}
        }
        let latency = self.get(["latency", "latency"]);
        let latency = latency.and_then(|latency| match latency.starts_with('P') {
            true => Some(latency.to_owned()),
            false => duration_1_2(latency),
        });
        if let Some(latency) = latency {
            result["duration"] = latency.into();
        }
        let object = json!({
            "objectType": "Activity",
            "id": format!("{}/interactions/{}", course.sco_iri(sco), v::in_path(id)),
            "definition": definition,
        });
        let context = course.context(&[course.sco(sco)], &[course.attempt(sco, attempt)]);
        Some(course.statement(at, "responded", &object, &result, &context))
    }
}

/// `HHHH:MM:SS.SS` as ISO 8601 has it.
pub(super) fn duration_1_2(text: &str) -> Option<String> {
    let mut parts = text.splitn(3, ':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let _: f64 = seconds.parse().ok()?;
    let seconds = seconds.trim_start_matches('0');
    let seconds = match seconds {
        "" => "0".to_owned(),
        text if text.starts_with('.') => format!("0{text}"),
        text => text.to_owned(),
    };
    Some(format!("PT{hours}H{minutes}M{seconds}S"))
}
