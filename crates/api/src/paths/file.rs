//! `percorso.json` beside packages: the bodies, events and courses that go with them. Read at each start
//! that imports the folder; what is there already is brought up to date.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    app::App,
    db::paths::{bodies, courses, events},
    problem::Problem,
    routes::paths::{CourseBody, EventBody, ItemBody, body_of, keep_course},
};

/// The file's name.
const NAME: &str = "percorso.json";

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    bodies: Vec<BodyEntry>,
    #[serde(default)]
    events: Vec<EventEntry>,
    #[serde(default)]
    courses: Vec<CourseEntry>,
}

#[derive(Deserialize)]
struct BodyEntry {
    code: String,
    name: String,
    kind: String,
    parent: Option<String>,
}

#[derive(Deserialize)]
struct EventEntry {
    code: String,
    #[serde(flatten)]
    event: EventBody,
}

#[derive(Deserialize)]
struct CourseEntry {
    code: String,
    title: String,
    description: Option<String>,
    language: Option<String>,
    credit_rule: Option<String>,
    items: Vec<ItemEntry>,
}

/// A package by its manifest's identifier, or an event by its code.
#[derive(Deserialize)]
struct ItemEntry {
    package: Option<String>,
    event: Option<String>,
    required: Option<bool>,
    credit_minutes: i32,
}

/// Takes the file of a folder, when it has one.
///
/// # Errors
/// When it cannot be read, or names something that is not there.
pub(crate) async fn import(app: &App, folder: &Path) -> Result<()> {
    let path = folder.join(NAME);
    let Ok(text) = fs::read(&path) else {
        return Ok(());
    };
    let file: File =
        serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))?;
    take(app, file)
        .await
        .with_context(|| format!("{} cannot be taken over", path.display()))
}

async fn take(app: &App, file: File) -> Result<()> {
    let mut conn = app.db.get().await?;
    for entry in file.bodies {
        let parent_id = match &entry.parent {
            Some(code) => {
                let parent = bodies::by_code(&mut conn, code).await?;
                Some(
                    parent
                        .with_context(|| format!("there is no body {code}"))?
                        .id,
                )
            }
            None => None,
        };
        let body = body_of(&entry.code, &entry.name, entry.kind, parent_id).map_err(in_words)?;
        bodies::put(&mut conn, &body).await?;
    }
    let mut event_ids = HashMap::<String, Uuid>::new();
    for entry in file.events {
        let event = entry.event.checked(&entry.code).map_err(in_words)?;
        let kept = events::put(&mut conn, &event).await?;
        event_ids.insert(entry.code, kept.id);
    }
    for entry in file.courses {
        let mut items = Vec::new();
        for item in entry.items {
            let (package_id, event_id) = match (item.package, item.event) {
                (Some(identifier), None) => {
                    let found = courses::package_of(&mut conn, &identifier).await?;
                    (
                        Some(found.with_context(|| format!("there is no package {identifier}"))?),
                        None,
                    )
                }
                (None, Some(code)) => {
                    let found = event_ids.get(&code).copied();
                    (
                        None,
                        Some(found.with_context(|| format!("there is no event {code}"))?),
                    )
                }
                _ => bail!(
                    "an item of {} has neither a package nor an event, or both",
                    entry.code
                ),
            };
            items.push(ItemBody {
                package_id,
                event_id,
                required: item.required,
                credit_minutes: item.credit_minutes,
            });
        }
        let body = CourseBody {
            title: entry.title,
            description: entry.description,
            language: entry.language,
            credit_rule: entry.credit_rule,
            items,
        };
        let (course, items) = body.checked(&entry.code).map_err(in_words)?;
        keep_course(app, &course, &items).await.map_err(in_words)?;
    }
    Ok(())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "`map_err(in_words)` hands the problem over"
)]
fn in_words(problem: Problem) -> anyhow::Error {
    anyhow!("{problem}")
}
