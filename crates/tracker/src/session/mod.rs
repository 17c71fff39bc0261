//! One learner's session in one course: the face that the server, the player and tests share.
//!
//! A [`Session`] takes [`Entry`]s one by one and answers each with an [`Outcome`]. The page and the
//! server feed the same entries to the same code, so they come to the same state; the server's is
//! the truth.

mod carried;
mod delivery;
mod explanation;
mod guide;
mod inspect;
mod journal;
mod linear;
mod outline;
mod prerequisites;
mod progress;
mod reached;
mod reason;
mod refusal;
mod sequenced;
mod shown;
mod state;
mod view;
mod why;

use std::sync::Arc;

use percorso_package::{Package, Standard};
use serde::{Deserialize, Serialize};

use crate::activity_tree::ActivityTree;
use crate::runtime::{Around, Communication, Happening, Phase, split_target};
use crate::snapshot;
pub use carried::*;
pub use inspect::*;
pub use journal::*;
pub use progress::*;
pub(crate) use reason::Language;
pub use reason::{Reason, UnmetRule};
pub use refusal::Refusal;
pub(crate) use refusal::{Choosable, Verdict};
pub(crate) use state::State;
use state::{Standing, Tracked};
pub use view::*;
pub(crate) use why::{Asked, Lack};

/// A package, ready to be delivered: the activity tree with its sequencing definition. Immutable,
/// shared by all sessions of the package version.
#[derive(Debug)]
pub struct Course {
    outline: outline::Outline,
    tree: ActivityTree,
}

impl Course {
    /// Builds the activity tree of the package's default organization.
    pub fn new(package: &Package) -> Self {
        Self {
            outline: outline::Outline::new(package),
            tree: ActivityTree::from_package(package),
        }
    }
}

/// Who learns, as content may know them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learner {
    /// `cmi.learner_id` / `cmi.core.student_id`, unchanged.
    pub id: String,
    /// `cmi.learner_name` / `cmi.core.student_name`, unchanged.
    pub name: String,
    /// `cmi.learner_preference.language`; empty when not known.
    pub language: String,
}

/// `cmi.mode` of a launch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaunchMode {
    /// For credit.
    #[default]
    Normal,
    /// Looked through without credit.
    Browse,
    /// Looked at again after completion.
    Review,
}

/// What a new session starts from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begin {
    /// Who learns.
    pub learner: Learner,
    /// For credit or not.
    pub mode: LaunchMode,
    /// Global objectives and shared data that belong to the learner across packages.
    pub globals: LearnerGlobals,
    /// Seed of selection and randomization, from the server.
    pub seed: u64,
    /// Activities that an administrator has waived for the learner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<String>,
}

/// Global objectives and shared data stores of one learner, across registrations and packages.
/// Keys are the target ids; values are opaque JSON owned by the tracker.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LearnerGlobals {
    /// Global objectives with system scope, by id.
    pub objectives: std::collections::BTreeMap<String, serde_json::Value>,
    /// Shared data stores with system scope, by id.
    pub shared_data: std::collections::BTreeMap<String, String>,
}

impl LearnerGlobals {
    /// Takes over what a session leaves to the learner; what it does not speak of stays.
    pub fn take(&mut self, left: Self) {
        self.objectives.extend(left.objectives);
        self.shared_data.extend(left.shared_data);
    }
}

/// A session under way.
#[derive(Debug, Clone)]
pub struct Session {
    course: Arc<Course>,
    state: State,
}

impl Session {
    /// Opens a new session on a registration: `snapshot` is what the last one left, `None` for the
    /// first. A snapshot whose last session never ended (the tab died) is first treated as
    /// suspended, so nothing the learner did is lost. Delivers nothing yet: the first entry,
    /// [`Event::Start`], does.
    ///
    /// # Errors
    /// When the snapshot is of an unknown version or of another course.
    pub fn begin(
        course: Arc<Course>,
        snapshot: Option<&[u8]>,
        begin: Begin,
    ) -> Result<Self, SnapshotError> {
        let tracked = match snapshot {
            Some(snapshot) => {
                let mut last = Self::restore(Arc::clone(&course), snapshot)?;
                last.apply(last.state.at_ms, &Event::Close);
                last.state
                    .set_aside
                    .take()
                    .map_or(last.state.tracked, |kept| *kept)
            }
            None => Tracked {
                guide: guide::first_state(&course, begin.seed),
                records: std::collections::BTreeMap::new(),
                achieved: Vec::new(),
                shared_data: std::collections::BTreeMap::new(),
            },
        };
        let mut state = State {
            organization: course.outline.root().id.clone(),
            learner: begin.learner,
            mode: begin.mode,
            seed: begin.seed,
            standing: Standing::Fresh,
            tracked,
            set_aside: None,
            delivered: None,
            communication: Communication::absent(course.outline.standard),
            asked: None,
            at_ms: 0,
        };
        guide::adopt_globals(&course, &mut state.tracked, &begin.globals);
        for activity in &begin.waived {
            guide::waive(&course, &mut state.tracked, activity);
        }
        if begin.mode != LaunchMode::Normal {
            state.set_aside = Some(Box::new(state.tracked.clone()));
        }
        Ok(Self { course, state })
    }

    /// Takes up a session in the middle: what [`Session::snapshot`] wrote, exactly as it was.
    ///
    /// # Errors
    /// When the snapshot is of an unknown version or of another course.
    pub fn restore(course: Arc<Course>, snapshot: &[u8]) -> Result<Self, SnapshotError> {
        let state = snapshot::read(snapshot)?;
        let expected = &course.outline.root().id;
        if state.organization != *expected {
            let found = state.organization;
            return Err(SnapshotError::Course {
                expected: expected.clone(),
                found,
            });
        }
        Ok(Self { course, state })
    }

    /// The whole state, versioned. [`Session::restore`] and [`Session::begin`] read it.
    pub fn snapshot(&self) -> Vec<u8> {
        snapshot::write(&self.state)
    }

    /// Applies one entry. Never panics and always ends, whatever the entry says.
    pub fn apply(&mut self, at_ms: i64, event: &Event) -> Outcome {
        let mut outcome = Outcome::default();
        match event {
            Event::Start { activity } => self.start(at_ms, activity.as_deref(), &mut outcome),
            Event::Call { method, arguments } => {
                self.call(method, arguments, &mut outcome);
                // What is not journalled must change nothing: the other end never hears of it.
                if outcome
                    .answer
                    .as_ref()
                    .is_some_and(|answer| !answer.journalled)
                {
                    return outcome;
                }
                self.watch_the_clock(at_ms, &mut outcome);
            }
            Event::Navigate { request } if self.state.standing == Standing::Open => {
                self.go(at_ms, request, &mut outcome);
            }
            Event::ContentNavigation if self.state.standing == Standing::Open => {
                if let Some(request) = self.state.asked.take() {
                    self.go(at_ms, &request, &mut outcome);
                }
            }
            Event::ContentGone => {
                self.content_gone();
                outcome.effects.push(Effect::Refresh);
            }
            Event::Close if self.state.standing == Standing::Open => {
                self.close(at_ms, &mut outcome);
            }
            Event::Navigate { .. } | Event::ContentNavigation | Event::Close => {}
        }
        self.state.at_ms = at_ms;
        outcome
    }

    /// Resumes what is suspended, else starts; then goes where the launch wanted to.
    fn start(&mut self, at_ms: i64, activity: Option<&str>, outcome: &mut Outcome) {
        match self.state.standing {
            Standing::Fresh => {}
            Standing::Open => return self.reload(at_ms, outcome),
            Standing::Suspended | Standing::Ended => return,
        }
        self.state.standing = Standing::Open;
        let suspended = guide::is_suspended(&self.state.tracked);
        let request = if suspended {
            NavigationRequest::ResumeAll
        } else {
            NavigationRequest::Start
        };
        if !suspended {
            self.remember_what_was_achieved();
            guide::forget_the_last_attempt(&self.course, &mut self.state.tracked);
        }
        if !suspended && !self.course.outline.shares_data {
            // RTE 4.3.1: such stores live as long as the attempt on the root.
            self.state.tracked.shared_data.clear();
        }
        let wanted = activity.map(|id| NavigationRequest::Choice(id.to_owned()));
        self.go(at_ms, &request, outcome);
        let single = self
            .course
            .outline
            .only_leaf()
            .filter(|_| self.state.delivered.is_none());
        let wanted =
            wanted.or_else(|| single.map(|leaf| NavigationRequest::Choice(leaf.id.clone())));
        let elsewhere = |wanted: &NavigationRequest| match (wanted, &self.state.delivered) {
            (NavigationRequest::Choice(id), Some(delivered)) => *id != delivered.activity,
            _ => true,
        };
        let Some(wanted) = wanted.filter(elsewhere) else {
            return;
        };
        if self.state.standing == Standing::Open && self.is_valid(&wanted) {
            outcome.effects.clear();
            self.go(at_ms, &wanted, outcome);
        }
    }

    fn call(&mut self, method: &str, arguments: &[String], outcome: &mut Outcome) {
        if let ("Initialize" | "LMSInitialize", Some(standard)) =
            (method, Communication::standard_of(method))
        {
            self.speak(standard);
        }
        // Only `adl.nav.request_valid` looks at sequencing while content is talking.
        let asks_validity = matches!(method, "GetValue")
            && arguments
                .first()
                .is_some_and(|name| name.starts_with("adl.nav.request_valid"));
        let report = asks_validity.then(|| self.report());
        let mut communication = std::mem::take(&mut self.state.communication);
        let is_valid = |request: &NavigationRequest| {
            self.validity_with(report.as_ref(), std::slice::from_ref(request)) == [Ok(())]
        };
        let around = Around {
            is_valid: &is_valid,
            room_bytes: &|| self.state.room_bytes(),
        };
        let live = communication.call(method, arguments, &around);
        self.state.communication = communication;
        match live.happening {
            Happening::Nothing => {}
            Happening::Initialized => outcome.effects.push(Effect::Refresh),
            Happening::Set => {
                if arguments.first().is_some_and(|element| is_telling(element)) {
                    outcome.effects.push(Effect::Refresh);
                }
            }
            Happening::Committed => {
                self.keep();
                outcome.effects.push(Effect::Refresh);
            }
            Happening::Terminated => {
                self.settle_request();
                if !matches!(
                    self.state.asked,
                    Some(NavigationRequest::Abandon | NavigationRequest::AbandonAll)
                ) {
                    self.terminated();
                }
                if self.state.asked.is_some() {
                    outcome.effects.push(Effect::TakeUp);
                }
                outcome.effects.push(Effect::Refresh);
            }
        }
        outcome.answer = Some(live.answer);
    }

    /// What content asked for with its Terminate.
    fn settle_request(&mut self) {
        let values = &self.state.communication.values;
        let asked = match self.state.communication.standard {
            Standard::Scorm12 => None,
            _ => values.get("adl.nav.request").and_then(parse_request),
        };
        let exit = self.report().exit;
        if self.leaves_for_good(&exit) {
            self.state.asked = Some(NavigationRequest::ExitAll);
        } else if asked.is_some() {
            self.state.asked = asked;
        }
    }

    /// The session ends from outside: whatever is under way is suspended.
    fn close(&mut self, at_ms: i64, outcome: &mut Outcome) {
        self.go(at_ms, &NavigationRequest::SuspendAll, outcome);
        if self.state.standing == Standing::Open {
            // Nothing was under way that could be suspended.
            self.state.standing = Standing::Suspended;
            self.state.delivered = None;
            self.state.communication = Communication::absent(self.course.outline.standard);
            outcome.effects = vec![Effect::End { suspended: true }, Effect::Refresh];
        }
    }

    /// Whether a request would be valid now.
    fn is_valid(&self, request: &NavigationRequest) -> bool {
        self.verdict(request).is_ok()
    }

    /// Whether a request would be valid now, and why not: by a dry run with what running content says.
    fn verdict(&self, request: &NavigationRequest) -> Verdict {
        let report = self.running_report();
        let verdicts = self.validity_with(report.as_ref(), std::slice::from_ref(request));
        verdicts.first().copied().unwrap_or(Err(Refusal::NotOpen))
    }

    fn validity_with(
        &self,
        report: Option<&crate::runtime::ContentReport>,
        requests: &[NavigationRequest],
    ) -> Vec<Verdict> {
        if self.state.standing != Standing::Open {
            return vec![Err(Refusal::NotOpen); requests.len()];
        }
        let live = self.delivered_activity().zip(report);
        guide::validity(&self.course, &self.state.tracked, live, requests)
    }

    /// What content says at the moment, while it runs.
    fn running_report(&self) -> Option<crate::runtime::ContentReport> {
        (self.state.communication.phase == Phase::Running).then(|| self.report())
    }

    /// The activity whose content is in the frame.
    fn delivered_activity(&self) -> Option<&str> {
        let delivered = self.state.delivered.as_ref()?;
        Some(&delivered.activity)
    }

    /// The learner's system-scoped globals as they are now.
    pub fn globals(&self) -> LearnerGlobals {
        guide::globals(&self.course, self.lasting())
    }

    /// What lasts beyond the session: without credit, what was before it.
    fn lasting(&self) -> &Tracked {
        self.state
            .set_aside
            .as_deref()
            .unwrap_or(&self.state.tracked)
    }
}

/// Setting this element may change what is valid or shown.
fn is_telling(element: &str) -> bool {
    // How content says it exits decides too: what is suspended begins no new attempt.
    const TELLING: &[&str] = &["status", "score", "measure", "cmi.objectives", "exit"];
    TELLING.iter().any(|part| element.contains(part))
}

/// `adl.nav.request` as a request; `None` for `_none_`.
fn parse_request(text: &str) -> Option<NavigationRequest> {
    match text {
        "continue" => Some(NavigationRequest::Continue),
        "previous" => Some(NavigationRequest::Previous),
        "exit" => Some(NavigationRequest::Exit),
        "exitAll" => Some(NavigationRequest::ExitAll),
        "abandon" => Some(NavigationRequest::Abandon),
        "abandonAll" => Some(NavigationRequest::AbandonAll),
        "suspendAll" => Some(NavigationRequest::SuspendAll),
        _ => match split_target(text)? {
            (target, "choice") => Some(NavigationRequest::Choice(target.to_owned())),
            (target, _) => Some(NavigationRequest::Jump(target.to_owned())),
        },
    }
}

/// Why a snapshot cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Written by a newer program, or damaged.
    #[error("snapshot version {found} is not one this program reads (it reads up to {newest})")]
    Version {
        /// The version found.
        found: u32,
        /// The newest readable version.
        newest: u32,
    },
    /// Of another course.
    #[error("snapshot is of the course {found}, not of {expected}")]
    Course {
        /// The organization that was expected.
        expected: String,
        /// The organization found.
        found: String,
    },
    /// Not JSON of the expected form.
    #[error("snapshot cannot be read")]
    Malformed(#[source] serde_json::Error),
}
