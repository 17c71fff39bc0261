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
//! expects any of what `expect.rs` lists.
//!
//! One learner may have several registrations: `registrations` names more, each a tree of its own or
//! `"tree"` for the case's, and a step `"relaunch": "normal", "of": "elsewhere"` goes there, with the
//! global objectives and shared data that the learner takes along.

mod expect;
mod tree;

use std::{collections::BTreeMap, sync::Arc};

use percorso_package::{Edition, Standard};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::session::{
    Begin, Course, Effect, Event, LaunchMode, Learner, LearnerGlobals, NavigationRequest, Outcome,
    Session,
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
    /// The learner's other registrations.
    #[serde(default)]
    registrations: BTreeMap<String, Value>,
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
    let deviations = match Replay::new(&case) {
        Ok(replay) => replay.run(&case.steps),
        Err(error) => vec![format!("not a tree: {error}")],
    };
    Report { id, deviations }
}

/// A learner's run through one course.
struct Registration {
    course: Arc<Course>,
    snapshot: Option<Vec<u8>>,
}

struct Replay {
    registrations: BTreeMap<String, Registration>,
    /// The registration that the session is of.
    current: String,
    session: Session,
    /// What the learner takes along from registration to registration.
    globals: LearnerGlobals,
    at_ms: i64,
    outcome: Outcome,
    deviations: Vec<String>,
}

/// The registration that a case begins in.
const FIRST: &str = "tree";

impl Replay {
    fn new(case: &Case) -> Result<Self, serde_json::Error> {
        let course = tree::course(case, &case.tree)?;
        let mut registrations = BTreeMap::new();
        for (name, tree) in &case.registrations {
            let course = match tree.as_str() {
                Some(FIRST) => Arc::clone(&course),
                _ => tree::course(case, tree)?,
            };
            let snapshot = None;
            registrations.insert(name.clone(), Registration { course, snapshot });
        }
        let (mode, globals) = (LaunchMode::Normal, LearnerGlobals::default());
        let session = begin(&course, None, mode, globals, Vec::new());
        let snapshot = None;
        registrations.insert(FIRST.to_owned(), Registration { course, snapshot });
        Ok(Self {
            registrations,
            current: FIRST.to_owned(),
            session,
            globals: LearnerGlobals::default(),
            at_ms: 1_700_000_000_000,
            outcome: Outcome::default(),
            deviations: Vec::new(),
        })
    }

    fn run(mut self, steps: &[Value]) -> Vec<String> {
        for (number, step) in steps.iter().enumerate() {
            self.outcome = Outcome::default();
            self.act(step);
            self.expect(number, step);
            // Whatever happened, the state must survive being written and read.
            let snapshot = self.session.snapshot();
            let course = Arc::clone(&self.registrations[&self.current].course);
            match Session::restore(course, &snapshot) {
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
            self.relaunch(step);
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

    /// The next session of the registration, or of another one of the learner's.
    fn relaunch(&mut self, step: &Value) {
        let mode = serde_json::from_value(step["relaunch"].clone()).unwrap_or_default();
        let waived = serde_json::from_value(step["waived"].clone()).unwrap_or_default();
        let snapshot = self.session.snapshot();
        self.globals.take(self.session.globals());
        if let Some(left) = self.registrations.get_mut(&self.current) {
            left.snapshot = Some(snapshot);
        }
        if let Some(other) = step["of"].as_str() {
            other.clone_into(&mut self.current);
        }
        let Some(entered) = self.registrations.get(&self.current) else {
            self.deviations
                .push(format!("{} is no registration", self.current));
            return;
        };
        let snapshot = entered.snapshot.as_deref();
        self.session = begin(
            &entered.course,
            snapshot,
            mode,
            self.globals.clone(),
            waived,
        );
        self.apply(&Event::Start { activity: None });
    }

    fn apply(&mut self, event: &Event) {
        let outcome = self.session.apply(self.at_ms, event);
        self.outcome.answer = outcome.answer.or(self.outcome.answer.take());
        self.outcome.effects.extend(outcome.effects);
        self.outcome.decisions.extend(outcome.decisions);
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
    let begin = Begin {
        learner,
        mode,
        globals,
        seed: 7,
        waived,
    };
    Session::begin(Arc::clone(course), snapshot, begin)
        .expect("a snapshot of this course, written a moment ago")
}
