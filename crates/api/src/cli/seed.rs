//! `percorso seed`: invented people, bodies and progress in great number, to see how the pages look and how
//! quick they are. It refuses a database that is not marked as one for trying out.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use percorso_package::{Item, Package};
use percorso_tracker::session::{ActivityProgress, Completion, Progress, Reason, Score, Success};
use uuid::Uuid;

use crate::{
    app::App,
    config::Config,
    db::{
        self,
        reports::{demo, seed, standings},
    },
    start::{self, Database},
};

/// Standings made at a time.
const AT_A_TIME: i64 = 1000;

#[derive(Debug, Args)]
pub(super) struct Seed {
    /// Registrations to make: each invented person takes every package of the largest course.
    #[arg(long, default_value_t = 100_000)]
    registrations: u32,
    /// Bodies to make: provinces, unions within them, municipalities within those.
    #[arg(long, default_value_t = 1200)]
    bodies: u32,
    /// Import every package in this directory first.
    #[arg(long, value_name = "DIR")]
    import: Option<PathBuf>,
    /// Also into a database that is not marked as one for trying out (`percorso serve --demo` marks it).
    #[arg(long)]
    force: bool,
}

impl Seed {
    pub(super) async fn run(self, config: Config) -> Result<()> {
        let database = Database::join(&config).await?;
        let work = async |app: &App| self.fill(app).await;
        database.with_app(config, work).await
    }

    async fn fill(&self, app: &App) -> Result<()> {
        let mut conn = app.db.get().await?;
        if !self.force && !demo::is_marked(&mut conn).await? {
            bail!(
                "this database is not marked as one for trying out, and invented people cannot be told from real ones; \
                 start it once with `percorso serve --demo`, or say --force"
            );
        }
        if let Some(directory) = &self.import {
            start::import(app, directory).await?;
        }
        let course = seed::course(&mut conn).await?;
        let course =
            course.context("there is no course with packages; import one with --import")?;
        let packages = seed::packages(&mut conn, course).await?;
        let mut variants = Vec::new();
        for package in &packages {
            let manifest = db::registrations::manifest(&mut conn, package.version_id).await?;
            let manifest: Package = serde_json::from_value(manifest)?;
            variants.extend(stages(package.id, package.version_id, &manifest)?);
        }
        let people = self
            .registrations
            .div_ceil(u32::try_from(packages.len())?.max(1));
        seed::fill(&mut conn, course, &variants, self.bodies.max(3), people).await?;
        seed::settle(&mut conn).await?;
        let mut made = 0;
        loop {
            let count = standings::refresh(&mut conn, AT_A_TIME).await?;
            made += count;
            if i64::try_from(count)? < AT_A_TIME {
                break;
            }
        }
        seed::settle(&mut conn).await?;
        println!(
            "{} registrations of {people} people in {} bodies; {made} standings",
            people as usize * packages.len(),
            self.bodies.max(3)
        );
        Ok(())
    }
}

/// A package's progress with the first 0, 1, 2 … of its learning objects done.
fn stages(package_id: Uuid, version_id: Uuid, package: &Package) -> Result<Vec<seed::Stage>> {
    let organization = package.organization();
    let objects = count(&organization.items);
    (0..=objects)
        .map(|done| {
            let mut left = done;
            let children: Vec<_> = organization
                .items
                .iter()
                .map(|item| activity(item, &mut left))
                .collect();
            let mut root = named(&organization.identifier, &organization.title);
            state(&mut root, children);
            let complete = done == objects;
            let why_incomplete = if complete {
                Vec::new()
            } else {
                vec![Reason::Incomplete {
                    activity: root.id.clone(),
                    title: root.title.clone(),
                    progress_measure: None,
                    required: None,
                }]
            };
            Ok(seed::Stage {
                package_id,
                version_id,
                done: i32::try_from(done)?,
                objects: i32::try_from(objects)?,
                progress: serde_json::to_value(Progress {
                    root,
                    why_incomplete,
                })?,
            })
        })
        .collect()
}

fn count(items: &[Item]) -> usize {
    items.iter().map(|item| count(&item.items).max(1)).sum()
}

fn activity(item: &Item, left: &mut usize) -> ActivityProgress {
    let mut made = named(&item.identifier, &item.title);
    made.kind = item.kind();
    if item.items.is_empty() {
        if *left > 0 {
            *left -= 1;
            made.completion = Completion::Completed;
            made.success = Success::Passed;
            made.satisfied = Some(true);
            made.attempts = 1;
            made.progress_measure = Some(1.0);
        }
        return made;
    }
    let children = item.items.iter().map(|item| activity(item, left)).collect();
    state(&mut made, children);
    made
}

fn state(cluster: &mut ActivityProgress, children: Vec<ActivityProgress>) {
    let done = children
        .iter()
        .filter(|child| child.completion == Completion::Completed)
        .count();
    let begun = children.iter().any(|child| child.attempts > 0);
    cluster.completion = match (done == children.len(), begun) {
        (true, _) => Completion::Completed,
        (false, true) => Completion::Incomplete,
        (false, false) => Completion::NotAttempted,
    };
    if cluster.completion == Completion::Completed {
        cluster.success = Success::Passed;
        cluster.satisfied = Some(true);
    }
    cluster.attempts = u32::from(begun);
    cluster.children = children;
}

fn named(id: &str, title: &str) -> ActivityProgress {
    ActivityProgress {
        id: id.to_owned(),
        title: title.to_owned(),
        kind: None,
        completion: Completion::NotAttempted,
        success: Success::Unknown,
        satisfied: None,
        score: Score::default(),
        progress_measure: None,
        total_time_ms: 0,
        attempts: 0,
        suspended: false,
        waived: false,
        children: Vec::new(),
    }
}
