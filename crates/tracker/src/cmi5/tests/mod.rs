//! A small course and a session in it, for the tests of the rules and of what is reached.

mod reach;
mod rules;

use std::collections::BTreeSet;

use percorso_package::{
    AssignableUnit, Block, CourseNode, CourseStructure, LangString, LaunchMethod, MoveOn,
};
use serde_json::{Value, json};

use super::{
    Actor, Course, LaunchMode, Registration, Session,
    vocabulary::{self as v, Verb},
};

const BASE: &str = "https://lms.example/cmi5/p";
const REGISTRATION: &str = "5f7e6b3c-0000-4000-8000-000000000001";
const SESSION: &str = "5f7e6b3c-0000-4000-8000-000000000002";

fn texts(text: &str) -> Vec<LangString> {
    vec![LangString {
        language: Some("it".into()),
        text: text.into(),
    }]
}

pub(super) fn au(id: &str, move_on: MoveOn, mastery_score: Option<f64>) -> AssignableUnit {
    AssignableUnit {
        id: format!("urn:au:{id}"),
        title: texts(&format!("Unità {id}")),
        description: texts("Una unità."),
        objectives: Vec::new(),
        location: "a b/index.html".into(),
        is_packaged: true,
        suffix: "?x=1#inizio".into(),
        launch_method: Some(LaunchMethod::AnyWindow),
        move_on: Some(move_on),
        mastery_score,
        launch_parameters: Some("avvio=1".into()),
        entitlement_key: Some("chiave".into()),
        activity_type: None,
    }
}

/// A block of a quiz and a block with a video in it, beside a unit that asks nothing.
fn structure() -> CourseStructure {
    let block = |id: &str, children| {
        CourseNode::Block(Block {
            id: format!("urn:block:{id}"),
            title: texts(&format!("Blocco {id}")),
            description: texts("Un blocco."),
            objectives: Vec::new(),
            children,
        })
    };
    let video = CourseNode::Au(au("video", MoveOn::Completed, None));
    let quiz = CourseNode::Au(au("quiz", MoveOn::CompletedAndPassed, Some(0.8)));
    CourseStructure {
        id: "urn:course".into(),
        title: texts("Corso"),
        description: texts("Un corso."),
        objectives: Vec::new(),
        children: vec![
            block("fuori", vec![quiz, block("dentro", vec![video])]),
            CourseNode::Au(au("libera", MoveOn::NotApplicable, None)),
        ],
    }
}

struct World {
    course: Course,
    of: Registration,
    session: Session,
}

impl World {
    /// A session of the quiz, the preferences read.
    fn launched() -> Self {
        let course = Course::new(&structure(), BASE);
        let mut world = Self {
            of: Registration::new(BASE),
            session: session(&course, "urn:au:quiz"),
            course,
        };
        world.session.preferences_read = true;
        world
    }

    fn initialized() -> Self {
        let mut world = Self::launched();
        world.state(&world.defined(Verb::Initialized)).unwrap();
        world
    }

    /// Judges and takes.
    fn state(&mut self, statement: &Value) -> Result<Vec<String>, &'static str> {
        let stated = self
            .session
            .judge(&self.of, statement)
            .map_err(|refusal| refusal.requirement)?;
        let satisfied = self
            .session
            .take(&mut self.of, &self.course, statement, stated, 61_000);
        Ok(satisfied
            .into_iter()
            .map(|index| self.course.nodes[index].id.clone())
            .collect())
    }

    /// A sound statement with this verb.
    fn defined(&self, verb: Verb) -> Value {
        let mut context = self.session.context_template();
        context["registration"] = REGISTRATION.into();
        let mut category = vec![json!({ "id": v::CATEGORY_CMI5 })];
        let result = match verb {
            Verb::Completed => json!({ "completion": true, "duration": "PT1M" }),
            Verb::Passed => json!({ "success": true, "duration": "PT1M",
                "score": { "scaled": 0.8, "raw": 0, "min": 0, "max": 100 } }),
            Verb::Failed => {
                json!({ "success": false, "duration": "PT1M", "score": { "scaled": 0.79 } })
            }
            Verb::Terminated => json!({ "duration": "PT1M" }),
            _ => Value::Null,
        };
        if matches!(verb, Verb::Completed | Verb::Passed | Verb::Failed) {
            category.push(json!({ "id": v::CATEGORY_MOVE_ON }));
            context["extensions"][v::MASTERY_SCORE] = json!(0.8);
        }
        context["contextActivities"]["category"] = category.into();
        let mut statement = json!({
            "id": "5f7e6b3c-0000-4000-8000-00000000000a",
            "timestamp": "2026-11-23T10:00:00.000Z",
            "actor": self.session.actor.agent(),
            "verb": { "id": verb.id() },
            "object": { "id": self.session.activity_id },
            "context": context,
        });
        if !result.is_null() {
            statement["result"] = result;
        }
        statement
    }

    fn allowed(&self) -> Value {
        let mut statement = self.defined(Verb::Initialized);
        statement["verb"]["id"] = "http://adlnet.gov/expapi/verbs/experienced".into();
        statement["object"]["id"] = "urn:pagina".into();
        without(&mut statement, "/context/contextActivities", "category");
        statement
    }

    /// The statement, changed, is refused with this requirement, and nothing is known of it.
    #[track_caller]
    fn refuses(&mut self, requirement: &str, statement: Value, change: impl FnOnce(&mut Value)) {
        let before = (self.of.clone(), self.session.clone());
        let mut statement = statement;
        change(&mut statement);
        assert_eq!(self.state(&statement), Err(requirement), "{statement:#}");
        assert_eq!((&self.of, &self.session), (&before.0, &before.1));
    }
}

fn session(course: &Course, au: &str) -> Session {
    let node = &course.nodes[course.find(au).unwrap()];
    Session {
        id: SESSION.into(),
        registration: REGISTRATION.into(),
        au: au.into(),
        activity_id: node.lms_id.clone(),
        actor: Actor {
            home_page: "https://hr.example".into(),
            name: "42".into(),
        },
        mode: LaunchMode::Normal,
        mastery_score: Some(0.8),
        launched_ms: 1_000,
        preferences_read: false,
        verbs: BTreeSet::new(),
        initialized_ms: None,
        last_statement_ms: None,
        terminated_ms: None,
        terminated_at: None,
        abandoned_ms: None,
    }
}

fn without(statement: &mut Value, pointer: &str, name: &str) {
    let found = statement.pointer_mut(pointer).unwrap();
    assert!(found.as_object_mut().unwrap().remove(name).is_some());
}

fn removing(pointer: &'static str, name: &'static str) -> impl FnOnce(&mut Value) {
    move |statement| without(statement, pointer, name)
}

fn setting(pointer: &'static str, value: Value) -> impl FnOnce(&mut Value) {
    move |statement| *statement.pointer_mut(pointer).unwrap() = value
}

fn adding(pointer: &'static str, name: &'static str, value: Value) -> impl FnOnce(&mut Value) {
    move |statement| statement.pointer_mut(pointer).unwrap()[name] = value
}
