//! Golden cases: a course in a few lines, steps, and what each must lead to.
//!
//! The cases are data in `tests/cases/`; the same runner replays them natively and, through
//! `wasm::replay_golden`, in WebAssembly. A case:
//!
//! ```json
//! { "id": "continue-past-the-last-leaf-ends-the-session", "spec": ["SB.2.7"],
//!   "tree": { "id": "course", "flow": true, "children": ["a", "b"] },
//!   "steps": [ { "request": "start", "delivers": "a" },
//!              { "call": ["Initialize", ""], "returns": "true" },
//!              { "request": "continue", "delivers": "b" } ] }
//! ```
//!
//! A child is an identifier, or an object: `id`, `children`, the control modes (`choice`, `flow`,
//! `choice_exit`, `forward_only`), and any field of the manifest's item or of its `sequencing`, as
//! the package model writes them. A step does one thing (`request`, `call`, `relaunch`) or none, and
//! expects any of `delivers`, `returns`, `error`, `refused`, `ends`, `time_is_up`, `valid`, `progress`.

use std::sync::Arc;

use percorso_package::{
    Edition, Item, Launch, Metadata, Organization, Package, ScormType, Sequencing, Standard,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::session::{
    ActivityProgress, Begin, Course, Effect, Event, LaunchMode, Learner, LearnerGlobals,
    NavigationRequest, Outcome, Session, ViewState,
};

/// A golden case.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// A sentence, hyphenated.
    pub id: String,
    /// The processes or sections it shows.
    #[serde(default)]
    pub spec: Vec<String>,
    /// Where the expectation comes from, when it is not our reading of the text.
    #[serde(default)]
    pub provenance: String,
    /// `scorm_2004` unless said.
    #[serde(default = "scorm_2004")]
    standard: Standard,
    /// The 4th unless said; of SCORM 2004 only.
    #[serde(default = "fourth")]
    edition: Edition,
    tree: Value,
    steps: Vec<Value>,
}

fn scorm_2004() -> Standard {
    Standard::Scorm2004
}

fn fourth() -> Edition {
    Edition::Fourth
}

/// What a replay found.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The case.
    pub id: String,
    /// Each deviation with its step; empty when all is as expected.
    pub deviations: Vec<String>,
}

/// Replays a case given as JSON.
pub fn replay(case_json: &str) -> Report {
    let case: Case = match serde_json::from_str(case_json) {
        Ok(case) => case,
        Err(error) => {
            return Report {
                id: String::new(),
                deviations: vec![format!("not a case: {error}")],
            };
        }
    };
    let id = case.id.clone();
    let deviations = match course(&case) {
        Ok(course) => Replay::new(course).run(&case.steps),
        Err(error) => vec![format!("not a tree: {error}")],
    };
    Report { id, deviations }
}

struct Replay {
    course: Arc<Course>,
    session: Session,
    at_ms: i64,
    outcome: Outcome,
    deviations: Vec<String>,
}

impl Replay {
    fn new(course: Arc<Course>) -> Self {
        let (mode, globals) = (LaunchMode::Normal, LearnerGlobals::default());
        let session = Self::begin(&course, None, mode, globals, Vec::new());
        let outcome = Outcome::default();
        Self {
            course,
            session,
            at_ms: 1_700_000_000_000,
            outcome,
            deviations: Vec::new(),
        }
    }

    fn begin(
        course: &Arc<Course>,
        snapshot: Option<&[u8]>,
        mode: LaunchMode,
        globals: LearnerGlobals,
        waived: Vec<String>,
    ) -> Session {
        let learner = Learner {
            id: "learner-1".to_owned(),
            name: "Learner, One".to_owned(),
            language: String::new(),
        };
        Session::begin(
            Arc::clone(course),
            snapshot,
            Begin {
                learner,
                mode,
                globals,
                seed: 7,
                waived,
            },
        )
        .expect("a snapshot of this course, written a moment ago")
    }

    fn run(mut self, steps: &[Value]) -> Vec<String> {
        for (number, step) in steps.iter().enumerate() {
            self.outcome = Outcome::default();
            self.act(step);
            self.expect(number, step);
            // Whatever happened, the state must survive being written and read.
            let snapshot = self.session.snapshot();
            match Session::restore(Arc::clone(&self.course), &snapshot) {
                Ok(restored) if restored.snapshot() == snapshot => self.session = restored,
                _ => self
                    .deviations
                    .push(format!("step {number}: the snapshot does not round-trip")),
            }
        }
        self.deviations
    }

    fn act(&mut self, step: &Value) {
        self.at_ms += step["after_ms"].as_i64().unwrap_or(1000);
        if step["relaunch"] != Value::Null {
            let mode = serde_json::from_value(step["relaunch"].clone()).unwrap_or_default();
            let (snapshot, globals) = (self.session.snapshot(), self.session.globals());
            let waived = serde_json::from_value(step["waived"].clone()).unwrap_or_default();
            self.session = Self::begin(&self.course, Some(&snapshot), mode, globals, waived);
            self.apply(&Event::Start { activity: None });
        }
        if let Some(request) = step.get("request") {
            if request == "start" {
                self.apply(&Event::Start { activity: None });
            } else if let Ok(request) = serde_json::from_value::<NavigationRequest>(request.clone())
            {
                self.apply(&Event::ContentGone);
                self.apply(&Event::Navigate { request });
            } else {
                self.deviations.push(format!("{request} is no request"));
            }
        }
        if let Some([method, arguments @ ..]) = step["call"].as_array().map(Vec::as_slice) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            self.apply(&Event::Call {
                method: text(method),
                arguments: arguments.iter().map(text).collect(),
            });
            if self.outcome.effects.contains(&Effect::TakeUp) {
                self.apply(&Event::ContentNavigation);
            }
        }
    }

    fn apply(&mut self, event: &Event) {
        let outcome = self.session.apply(self.at_ms, event);
        self.outcome.answer = outcome.answer.or(self.outcome.answer.take());
        self.outcome.effects.extend(outcome.effects);
        self.outcome.decisions.extend(outcome.decisions);
    }

    fn expect(&mut self, number: usize, step: &Value) {
        let view = self.session.view();
        let answer = self.outcome.answer.clone();
        let exception = self
            .outcome
            .decisions
            .iter()
            .rev()
            .find_map(|decision| decision.exception.clone());
        let ended = match view.state {
            ViewState::Suspended => json!("suspended"),
            ViewState::Ended => json!(true),
            _ => json!(false),
        };
        let found = [
            ("delivers", json!(view.current_activity)),
            (
                "returns",
                json!(answer.as_ref().map(|answer| answer.result.clone())),
            ),
            ("error", json!(answer.as_ref().map(|answer| answer.error))),
            ("refused", json!(exception)),
            ("ends", ended),
            (
                "time_is_up",
                json!(self.outcome.effects.contains(&Effect::TimeIsUp)),
            ),
        ];
        for (what, found) in found {
            if let Some(expected) = step.get(what).filter(|expected| **expected != found) {
                self.deviations.push(format!(
                    "step {number}: {what} {found}, expected {expected}"
                ));
            }
        }
        for (request, expected) in step["valid"].as_object().into_iter().flatten() {
            let valid = match request.split_once(' ') {
                Some((_, target)) => view
                    .contents
                    .iter()
                    .any(|entry| entry.id == target && entry.selectable),
                None => view
                    .controls
                    .iter()
                    .any(|one| one.request == *request && one.enabled),
            };
            if json!(valid) != *expected {
                self.deviations
                    .push(format!("step {number}: {request} valid: {valid}"));
            }
        }
        let progress = self.session.progress();
        for (id, expected) in step["progress"].as_object().into_iter().flatten() {
            let found = find(&progress.root, id).map_or(Value::Null, |found| json!(found));
            for (field, expected) in expected.as_object().into_iter().flatten() {
                if !same(&found[field], expected) {
                    let found = &found[field];
                    self.deviations.push(format!(
                        "step {number}: {field} of {id} is {found}, expected {expected}"
                    ));
                }
            }
        }
    }
}

/// Equal, `80` and `80.0` being one number: JavaScript writes the first for the second.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

fn find<'a>(progress: &'a ActivityProgress, id: &str) -> Option<&'a ActivityProgress> {
    if progress.id == id {
        return Some(progress);
    }
    progress.children.iter().find_map(|child| find(child, id))
}

/// Builds the course a case describes.
fn course(case: &Case) -> Result<Arc<Course>, serde_json::Error> {
    let root = item(&case.tree)?;
    let organization = Organization {
        identifier: root.identifier.clone(),
        title: root.title,
        objectives_global_to_system: case.tree["objectives_global_to_system"].as_bool(),
        shared_data_global_to_system: case.tree["shared_data_global_to_system"].as_bool(),
        completion_threshold: root.completion_threshold,
        metadata: Metadata::default(),
        sequencing: root.sequencing,
        items: root.items,
    };
    let package = Package {
        standard: case.standard,
        edition: (case.standard == Standard::Scorm2004).then_some(case.edition),
        identifier: case.id.clone(),
        manifest_version: None,
        root: String::new(),
        metadata: Metadata::default(),
        organizations: vec![organization],
        default_organization: 0,
        resources: Vec::new(),
        course_structure: None,
    };
    Ok(Arc::new(Course::new(&package)))
}

fn item(node: &Value) -> Result<Item, serde_json::Error> {
    let id = node
        .as_str()
        .or_else(|| node["id"].as_str())
        .unwrap_or("course");
    let children = node["children"].as_array().cloned().unwrap_or_default();
    let mut whole = serde_json::to_value(Item::default())?;
    let mut sequencing = serde_json::to_value(Sequencing::default())?;
    let mut modes = json!({});
    for mode in [
        "choice",
        "choice_exit",
        "flow",
        "forward_only",
        "use_current_attempt_objective_info",
        "use_current_attempt_progress_info",
    ] {
        modes[mode] = node[mode].clone();
    }
    sequencing["control_mode"] = modes;
    for (field, value) in node.as_object().into_iter().flatten() {
        if let Some(place) = sequencing.get_mut(field) {
            *place = completed(field, value);
        } else if let Some(place) = whole.get_mut(field).filter(|_| field != "sequencing") {
            *place = value.clone();
        }
    }
    let mut item: Item = serde_json::from_value(whole)?;
    id.clone_into(&mut item.identifier);
    id.clone_into(&mut item.title);
    item.sequencing = Some(serde_json::from_value(sequencing)?);
    item.items = children.iter().map(self::item).collect::<Result<_, _>>()?;
    if children.is_empty() {
        let scorm_type = if node["asset"] == true {
            ScormType::Asset
        } else {
            ScormType::Sco
        };
        item.launch = Some(Launch {
            resource: format!("resource-{id}"),
            scorm_type,
            path: format!("{id}.html"),
            suffix: String::new(),
        });
    }
    Ok(item)
}

/// Fills in what a case leaves out of the lists of rules and objectives.
fn completed(field: &str, value: &Value) -> Value {
    let filled = |base: Value, value: &Value| {
        let mut base = base;
        for (name, value) in value.as_object().into_iter().flatten() {
            base[name] = value.clone();
        }
        base
    };
    let condition = |value: &Value| {
        let base =
            json!({ "referenced_objective": null, "measure_threshold": null, "negated": false });
        match value {
            Value::String(word) => filled(base, &json!({ "condition": word })),
            _ => filled(base, value),
        }
    };
    let map_each = |value: &Value, each: &dyn Fn(&Value) -> Value| {
        Value::Array(value.as_array().into_iter().flatten().map(each).collect())
    };
    let rule = |value: &Value, combination: &str| {
        let mut rule = filled(json!({ "condition_combination": combination }), value);
        rule["conditions"] = map_each(&value["conditions"], &condition);
        rule
    };
    match field {
        "pre_condition_rules" | "exit_condition_rules" | "post_condition_rules" => {
            map_each(value, &|value| rule(value, "all"))
        }
        "rollup_rules" => {
            let base = json!({ "rollup_objective_satisfied": null, "rollup_progress_completion": null,
                "objective_measure_weight": null, "rules": [] });
            let mut rules = filled(base, value);
            rules["rules"] = map_each(&value["rules"], &|value| {
                let base = json!({ "child_activity_set": "all", "minimum_count": 0, "minimum_percent": 0.0 });
                filled(base, &rule(value, "any"))
            });
            rules
        }
        "objectives" => map_each(value, &|value| {
            let base = json!({ "primary": false, "objective_id": null, "satisfied_by_measure": null,
                "min_normalized_measure": null, "maps": [] });
            filled(base, value)
        }),
        "limit_conditions" => {
            let base = serde_json::to_value(percorso_package::LimitConditions::default());
            filled(base.unwrap_or_default(), value)
        }
        _ => value.clone(),
    }
}
