//! What is behind a cmi5 course, for the author who previews it: what each unit must and did state, the
//! statements with their refusals, the launch data and the documents. Only of previews.

use percorso_tracker::cmi5::{Course, NodeKind, Registration};
use serde::Serialize;
use serde_json::Value;

use super::page::live;
use crate::{
    app::App,
    auth::Claims,
    db::{
        self,
        replay::{Happened, What},
    },
    delivery::Of,
    problem::{Problem, Result},
    wire,
};

/// Lines told of, the latest.
const LINES: usize = 300;
/// Documents told of, at most.
const DOCUMENTS: i64 = 100;
/// Characters of a document told of, at most.
const LONGEST_TEXT: usize = 4_000;

/// What is behind the course.
#[derive(Debug, Serialize)]
pub(crate) struct Inspection {
    /// Course, blocks and units in document order.
    parts: Vec<Part>,
    /// What happened, in order.
    lines: Vec<Line>,
    /// What units left in the state resource, and what they were given there.
    documents: Vec<Document>,
}

/// A part of the course.
#[derive(Debug, Serialize)]
struct Part {
    id: String,
    title: String,
    depth: usize,
    /// `course`, `block` or `au`.
    kind: &'static str,
    /// What it must state; of a unit.
    move_on: Option<&'static str>,
    /// 0 to 1; of a unit.
    mastery_score: Option<f64>,
    satisfied: bool,
    completed: bool,
    passed: bool,
    failed: bool,
    waived: bool,
    sessions: u32,
    scaled: Option<f64>,
}

/// Something that happened.
#[derive(Debug, Serialize)]
struct Line {
    at: String,
    session_id: uuid::Uuid,
    /// `launched`, `statement` or `abandoned`.
    event: String,
    /// The verb's last part, the unit launched, or why it was abandoned.
    what: String,
    /// The statement as it was sent.
    statement: Option<Value>,
    /// The requirement that it breaks, and how.
    refused: Option<String>,
    /// Parts that became satisfied by it.
    satisfied: Vec<Value>,
}

/// A document of the state resource.
#[derive(Debug, Serialize)]
struct Document {
    activity: String,
    name: String,
    content_type: String,
    /// Its beginning, where it is text.
    text: Option<String>,
    updated_at: String,
}

/// What is behind a preview.
///
/// # Errors
/// `Forbidden` when the registration is a learner's, or when the session is over or the database fails.
pub(crate) async fn inspect(app: &App, claims: &Claims<Of>) -> Result<Inspection> {
    let id = live(app, claims).await?.registration_id;
    let mut conn = app.db.get().await?;
    let standing = db::registrations::standing(&mut conn, id).await?;
    let standing = standing.ok_or_else(|| Problem::RegistrationNotFound(id.to_string()))?;
    if !standing.preview {
        return Err(Problem::Forbidden(
            "only a preview shows what is behind the course".into(),
        ));
    }
    let taken = app
        .live
        .taken(&mut conn, standing.package_version_id)
        .await?;
    let structure = taken.package.course_structure.as_ref();
    let structure = structure.ok_or_else(|| Problem::Conflict("the package is not cmi5".into()))?;
    let of: Registration = match standing.state {
        Some(state) => serde_json::from_slice(&state).map_err(Problem::internal)?,
        None => Registration::default(),
    };
    let course = Course::new(structure, &of.base);
    let happened = db::replay::of_cmi5(&mut conn, id, Vec::new()).await?;
    let skipped = happened.len().saturating_sub(LINES);
    let lines = happened.into_iter().skip(skipped).filter_map(Line::of);
    let activities: Vec<&str> = course
        .nodes
        .iter()
        .map(|node| node.lms_id.as_str())
        .collect();
    let documents =
        db::lrs::documents::of_registration(&mut conn, id, &activities, DOCUMENTS).await?;
    Ok(Inspection {
        parts: parts(&course, &of),
        lines: lines.collect(),
        documents: documents.into_iter().map(Document::of).collect(),
    })
}

fn parts(course: &Course, of: &Registration) -> Vec<Part> {
    let depth = |mut index: usize| {
        let mut depth = 0;
        while let Some(parent) = course.nodes[index].parent {
            (index, depth) = (parent, depth + 1);
        }
        depth
    };
    let part = |(index, node): (usize, &percorso_tracker::cmi5::Node)| {
        let au = course.au(index);
        let unit = of.unit(&node.id);
        Part {
            id: node.id.clone(),
            title: node.name().to_owned(),
            depth: depth(index),
            kind: match node.kind {
                NodeKind::Course => "course",
                NodeKind::Block => "block",
                NodeKind::Au(_) => "au",
            },
            move_on: au.map(|au| au.move_on.unwrap_or_default().name()),
            mastery_score: au.and_then(|au| au.mastery_score),
            satisfied: of.is_satisfied(course, index),
            completed: unit.completed,
            passed: unit.passed,
            failed: unit.failed,
            waived: unit.waived,
            sessions: unit.sessions,
            scaled: unit.score.scaled,
        }
    };
    course.nodes.iter().enumerate().map(part).collect()
}

impl Line {
    fn of(happened: Happened) -> Option<Self> {
        let What::Line(session_id, line) = happened.what else {
            return None;
        };
        let outcome = line.outcome.unwrap_or_default();
        let answer = &outcome["answer"];
        let refused = (answer["result"] == "refused").then(|| {
            let diagnostic = answer["diagnostic"].as_str().unwrap_or_default();
            diagnostic.replace('"', "")
        });
        let decisions = outcome["decisions"].as_array().into_iter().flatten();
        let request = line.event["request"].as_str().unwrap_or_default();
        let event = line.event["event"].as_str().unwrap_or_default().to_owned();
        let verb = request.rsplit('/').next().unwrap_or_default();
        Some(Self {
            at: wire::time(line.at),
            session_id,
            what: if event == "statement" { verb } else { request }.to_owned(),
            event,
            statement: line.event.get("statement").cloned(),
            refused,
            satisfied: decisions
                .map(|decision| decision["satisfied"].clone())
                .collect(),
        })
    }
}

impl Document {
    fn of(found: db::lrs::documents::Named) -> Self {
        let text = String::from_utf8(found.content).ok();
        Self {
            activity: found.activity,
            name: found.name,
            content_type: found.content_type,
            text: text.map(|text| text.chars().take(LONGEST_TEXT).collect()),
            updated_at: wire::time(found.updated_at),
        }
    }
}
