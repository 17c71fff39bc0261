//! `percorso replay`: does the present engine answer as the engine of the day did?

mod cmi5;

use std::{fmt, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use clap::Args;
use percorso_package::{Package, Standard};
use percorso_tracker::session::{ActivityMap, Begin, Course, Effect, Event, Session};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    config::Config,
    db::{
        self, Connection,
        journal::Line,
        moves::Step,
        replay::{Attained, Opened, Recorded},
    },
    delivery, start,
};

/// Journal lines read at a time.
const PAGE: i64 = 1000;

/// Runs a registration's journal again, from its first session, on the present engine, and says where
/// an answer, an error, what was delivered or refused, a session's end or what was reached in the end
/// differs from what is recorded. Changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The registration.
    registration: Uuid,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What a replay finds.
#[derive(Debug, Default, Serialize)]
struct Report {
    sessions: usize,
    entries: usize,
    differences: Vec<Difference>,
    /// Sessions that end otherwise now.
    ends: Vec<OtherEnd>,
    /// What was reached in the end, as stored and as replayed; `None` where nothing is to be compared:
    /// nothing was begun, or all that was is reset.
    attained: Option<Compared>,
}

/// A session that ends otherwise now.
#[derive(Debug, Serialize)]
struct OtherEnd {
    session_id: Uuid,
    /// As stored: ended, suspended, superseded, abandoned, reset or open.
    recorded: String,
    /// ended, suspended or open.
    replayed: &'static str,
}

/// What a registration has reached.
#[derive(Debug, Serialize)]
struct Compared {
    recorded: Attained,
    replayed: Attained,
}

/// An entry whose outcome is another one now.
#[derive(Debug, Serialize)]
struct Difference {
    session_id: Uuid,
    number: i64,
    event: Value,
    recorded: Value,
    replayed: Value,
}

impl Replay {
    /// Runs the command; fails when anything differs.
    ///
    /// # Errors
    /// When there is no such registration, or the database fails.
    pub(crate) async fn run(&self, config: &Config) -> Result<ExitCode> {
        let database = start::Database::join(config).await?;
        let work = async |conn: &mut Connection| replay(conn, self.registration).await;
        let report = database.with(config, work).await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{report}");
        }
        Ok(match report.is_alike() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

async fn replay(conn: &mut Connection, registration: Uuid) -> Result<Report> {
    let Recorded {
        version_id,
        moves,
        resets,
        sessions,
        attained,
    } = db::replay::recorded(conn, registration)
        .await?
        .with_context(|| format!("there is no registration {registration}"))?;
    let first = moves
        .first()
        .map_or(version_id, |step| step.from_version_id);
    let package = package(conn, first).await?;
    if package.standard == Standard::Cmi5 {
        return cmi5::replay(conn, registration, &package, attained, moves).await;
    }
    let mut course = Arc::new(Course::new(&package));
    // What was undone left no trace: nothing was done in between.
    let stands = moves.into_iter().filter(|step| step.undone_at.is_none());
    let mut moves = stands.peekable();
    let mut report = Report::default();
    let mut last: Option<(Opened, Session)> = None;
    for opened in sessions {
        let was_reset = |before: &Opened| {
            let between = before.started_at..opened.started_at;
            resets.iter().any(|at| between.contains(at))
        };
        let before = last.filter(|(before, _)| !was_reset(before));
        let mut before = before.map(|(_, engine)| engine);
        while let Some(step) = moves.next_if(|step| step.moved_at < opened.started_at) {
            let to = Arc::new(Course::new(&self::package(conn, step.to_version_id).await?));
            before = before
                .map(|engine| carried(&engine, &to, &step))
                .transpose()?;
            course = to;
        }
        let snapshot = before.map(|engine| engine.snapshot());
        let begin: Begin = serde_json::from_value(opened.begin.clone())
            .with_context(|| format!("what session {} began with cannot be read", opened.id))?;
        let mut engine = Session::begin(Arc::clone(&course), snapshot.as_deref(), begin)?;
        run_session(conn, &opened, &mut engine, &mut report).await?;
        report.sessions += 1;
        last = Some((opened, engine));
    }
    let last = last.filter(|(last, _)| resets.iter().all(|at| *at < last.started_at));
    if let Some((_, mut engine)) = last {
        for step in moves {
            let to = Arc::new(Course::new(&self::package(conn, step.to_version_id).await?));
            engine = carried(&engine, &to, &step)?;
        }
        let waived = db::registrations::waived(conn, &[registration]).await?;
        let waived: Vec<String> = waived.into_iter().map(|(_, activity)| activity).collect();
        report.attained = Some(Compared {
            recorded: attained,
            replayed: Attained::from(&engine.progress_waiving(&waived)),
        });
    }
    Ok(report)
}

/// The typed package of a version.
async fn package(conn: &mut Connection, version_id: Uuid) -> Result<Package> {
    let manifest = db::registrations::manifest(conn, version_id).await?;
    serde_json::from_value(manifest).context("the stored package cannot be read")
}

fn carried(engine: &Session, to: &Arc<Course>, step: &Step) -> Result<Session> {
    let carried = engine.carried(to, &map(step)?);
    Ok(carried.context("a move between versions")?.session)
}

/// Which activity was which in a move.
fn map(step: &Step) -> Result<ActivityMap> {
    serde_json::from_value(step.map.clone()).context("the map of a move cannot be read")
}

async fn run_session(
    conn: &mut Connection,
    opened: &Opened,
    engine: &mut Session,
    report: &mut Report,
) -> Result<()> {
    let (mut after, mut end) = (0, "open");
    loop {
        let lines = db::journal::lines(conn, opened.id, after, PAGE).await?;
        let Some(last) = lines.last() else {
            report.compare_ends(opened, end);
            return Ok(());
        };
        after = last.number;
        report.entries += lines.len();
        for line in lines {
            // The engine is not told of media, then and now.
            if line.event["event"] == delivery::MEDIA {
                continue;
            }
            let event: Event = serde_json::from_value(line.event.clone())
                .with_context(|| format!("entry {} of session {}", line.number, opened.id))?;
            let outcome = engine.apply(line.at.timestamp_millis(), &event);
            for effect in &outcome.effects {
                match effect {
                    Effect::End { suspended: true } => end = "suspended",
                    Effect::End { suspended: false } => end = "ended",
                    _ => {}
                }
            }
            let now = delivery::noteworthy(&outcome);
            let now = now.map(|text| serde_json::from_str(&text)).transpose()?;
            report.compare(opened.id, line, now);
        }
    }
}

impl Report {
    fn compare(&mut self, session_id: Uuid, line: Line, now: Option<Value>) {
        let recorded = telling(line.outcome.as_ref().unwrap_or(&Value::Null));
        let replayed = telling(&now.unwrap_or_default());
        self.note(session_id, line, recorded, replayed);
    }

    /// A session that was closed from outside is suspended, unless it had ended.
    fn compare_ends(&mut self, opened: &Opened, replayed: &'static str) {
        let recorded = opened.end_reason.as_deref().unwrap_or("open");
        let alike = match recorded {
            "superseded" | "abandoned" | "reset" | "moved" => replayed != "ended",
            recorded => recorded == replayed,
        };
        if !alike {
            self.ends.push(OtherEnd {
                session_id: opened.id,
                recorded: recorded.to_owned(),
                replayed,
            });
        }
    }

    fn is_alike(&self) -> bool {
        let attained = self.attained.as_ref();
        self.differences.is_empty()
            && self.ends.is_empty()
            && attained.is_none_or(|attained| attained.recorded == attained.replayed)
    }

    fn note(&mut self, session_id: Uuid, line: Line, recorded: Value, replayed: Value) {
        if recorded != replayed {
            self.differences.push(Difference {
                session_id,
                number: line.number,
                event: line.event,
                recorded,
                replayed,
            });
        }
    }
}

/// The part of an outcome that must stay as it was; words of explanation may be put better. Left out
/// of the record, an answer is "true" without error.
fn telling(outcome: &Value) -> Value {
    let answer = &outcome["answer"];
    let decided = |what: &str| -> Vec<&Value> {
        let decisions = outcome["decisions"].as_array();
        let all = decisions.into_iter().flatten();
        all.filter_map(|decision| decision.get(what))
            .filter(|value| !value.is_null())
            .collect()
    };
    json!({
        "result": answer["result"].as_str().unwrap_or("true"),
        "error": answer["error"].as_u64().unwrap_or(0),
        "delivered": decided("delivered"),
        "exceptions": decided("exception"),
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            let Difference {
                session_id,
                number,
                event,
                recorded,
                replayed,
            } = difference;
            writeln!(f, "session {session_id}, entry {number}: {event}")?;
            writeln!(f, "  recorded {recorded}")?;
            writeln!(f, "  replayed {replayed}")?;
        }
        for end in &self.ends {
            let OtherEnd {
                session_id,
                recorded,
                replayed,
            } = end;
            writeln!(
                f,
                "session {session_id} is {recorded} by the record, {replayed} now"
            )?;
        }
        writeln!(
            f,
            "{} entries of {} sessions: {} differ; sessions that end otherwise: {}",
            self.entries,
            self.sessions,
            self.differences.len(),
            self.ends.len()
        )?;
        match &self.attained {
            None => writeln!(f, "reached in the end: nothing to compare"),
            Some(Compared { recorded, replayed }) if recorded == replayed => {
                writeln!(f, "reached in the end: {recorded}, now as recorded")
            }
            Some(Compared { recorded, replayed }) => {
                writeln!(f, "reached in the end: recorded {recorded}")?;
                writeln!(f, "                    replayed {replayed}")
            }
        }
    }
}

impl fmt::Display for Attained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.completion, self.success)?;
        let figures = [
            ("score", self.score_scaled),
            ("raw", self.score_raw),
            ("min", self.score_min),
            ("max", self.score_max),
            ("progress", self.progress_measure),
        ];
        for (name, figure) in figures {
            if let Some(figure) = figure {
                write!(f, ", {name} {figure}")?;
            }
        }
        Ok(())
    }
}
