//! The replay of a cmi5 registration: its statements are judged and taken again, in the order in which
//! they came, beside launches, waivers and sessions that were abandoned.

use std::collections::HashMap;

use anyhow::{Context, Result};
use percorso_package::Package;
use percorso_tracker::{
    cmi5::{Course, Registration, Session},
    session::ActivityMap,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Compared, Report};
use crate::db::{
    self, Connection,
    moves::Step,
    replay::{Attained, Happened, What},
};

/// Whether a unit read its learner's preferences is not in the journal: it is believed unless the
/// record says that it had not.
const PREFERENCES: &str = "11.0.0.0-3";

/// Runs all that happened again.
///
/// # Errors
/// When what is stored cannot be read, or the database fails.
pub(super) async fn replay(
    conn: &mut Connection,
    registration: Uuid,
    package: &Package,
    attained: Attained,
    moves: Vec<Step>,
) -> Result<Report> {
    let mut report = Report::default();
    let (state, _) = db::cmi5::state(conn, registration)
        .await?
        .context("the registration is gone")?;
    let Some(state) = state else {
        return Ok(report);
    };
    let known: Registration =
        serde_json::from_slice(&state).context("the registration's state cannot be read")?;
    let structure = package.course_structure.as_ref();
    let structure = structure.context("the package has no course structure")?;
    let mut again = Again {
        course: Course::new(structure, &known.base),
        of: Registration::new(known.base),
        sessions: HashMap::new(),
        left: Vec::new(),
    };
    again.of.newly_satisfied(&again.course);
    for Happened { at, what } in db::replay::of_cmi5(conn, registration, moves).await? {
        match what {
            What::Waived(unit) => again.waive(&unit),
            What::Moved(step) => {
                let package = super::package(conn, step.to_version_id).await?;
                again.moved(&package, &super::map(&step)?)?;
            }
            What::MovedBack => again.moved_back(),
            What::Line(session_id, line) => {
                report.entries += 1;
                let recorded = telling(line.outcome.as_ref());
                let replayed =
                    again.happens(session_id, at.timestamp_millis(), &line.event, &recorded)?;
                report.note(session_id, line, recorded, replayed);
            }
        }
    }
    report.sessions = again.sessions.len();
    report.attained = Some(Compared {
        recorded: attained,
        replayed: Attained::from(&again.of.progress(&again.course)),
    });
    Ok(report)
}

struct Again {
    course: Course,
    of: Registration,
    sessions: HashMap<Uuid, Session>,
    /// What there was before each move that still stands.
    left: Vec<(Course, Registration)>,
}

impl Again {
    fn waive(&mut self, unit: &str) {
        // What is waived already stays waived.
        let _ = self.of.waive(unit);
        self.of.newly_satisfied(&self.course);
    }

    fn moved(&mut self, to: &Package, map: &ActivityMap) -> Result<()> {
        let structure = to.course_structure.as_ref();
        let structure = structure.context("the new version has no course structure")?;
        let course = Course::new(structure, &self.of.base);
        let mut of = self.of.carried(&course, map).registration;
        of.newly_satisfied(&course);
        let course = std::mem::replace(&mut self.course, course);
        self.left
            .push((course, std::mem::replace(&mut self.of, of)));
        Ok(())
    }

    /// What was stated satisfied meanwhile stays stated.
    fn moved_back(&mut self) {
        if let Some((course, mut of)) = self.left.pop() {
            of.satisfied.append(&mut self.of.satisfied);
            (self.course, self.of) = (course, of);
        }
    }

    fn happens(&mut self, id: Uuid, at_ms: i64, event: &Value, recorded: &Value) -> Result<Value> {
        match event["event"].as_str() {
            Some("launched") => {
                let session = serde_json::from_value(event["session"].clone());
                let session = session.with_context(|| format!("the launch of session {id}"))?;
                self.sessions.insert(id, session);
                Ok(telling(None))
            }
            Some("abandoned") => {
                let session = self.session(id)?;
                if let Some(duration_ms) = session.abandon(at_ms) {
                    let (au, mode) = (session.au.clone(), session.mode);
                    self.of.left(&au, mode, duration_ms);
                }
                Ok(telling(None))
            }
            _ => self.state(id, at_ms, &event["statement"], recorded),
        }
    }

    fn state(
        &mut self,
        id: Uuid,
        at_ms: i64,
        statement: &Value,
        recorded: &Value,
    ) -> Result<Value> {
        let mut session = self.session(id)?.clone();
        session.preferences_read = recorded["requirement"] != PREFERENCES;
        let satisfied = match session.judge(&self.of, statement) {
            Ok(stated) => session.take(&mut self.of, &self.course, statement, stated, at_ms),
            Err(refusal) => return Ok(refused(refusal.requirement)),
        };
        self.sessions.insert(id, session);
        let ids = satisfied.iter().map(|index| &self.course.nodes[*index].id);
        Ok(json!({ "result": "kept", "satisfied": ids.collect::<Vec<_>>() }))
    }

    fn session(&mut self, id: Uuid) -> Result<&mut Session> {
        let session = self.sessions.get_mut(&id);
        session.with_context(|| format!("session {id} was never launched"))
    }
}

fn refused(requirement: &str) -> Value {
    json!({ "result": "refused", "requirement": requirement })
}

/// The part of a recorded outcome that must stay as it was.
fn telling(outcome: Option<&Value>) -> Value {
    let outcome = outcome.unwrap_or(&Value::Null);
    if outcome["answer"]["result"] == "refused" {
        let diagnostic = outcome["answer"]["diagnostic"].as_str().unwrap_or_default();
        let requirement = diagnostic.split(':').next().unwrap_or_default();
        return refused(requirement.trim_matches('"'));
    }
    let decisions = outcome["decisions"].as_array();
    let satisfied = decisions.into_iter().flatten();
    let satisfied: Vec<&Value> = satisfied.map(|decision| &decision["satisfied"]).collect();
    json!({ "result": "kept", "satisfied": satisfied })
}
