//! Replays a folder of conformance cases on the session alone, without a server or a browser:
//! `cargo xtask conformance --native <folder>`.
//!
//! The folder holds `cases/*.json` and `packages/*.zip`, as the runner for the browser reads them too.

mod case;
mod compare;
mod learner;

use std::{
    collections::{BTreeMap, HashMap},
    env, fs,
    path::Path,
    process::ExitCode,
};

use percorso_package::{Limits, ZipSource};
use percorso_tracker::session::LearnerGlobals;

use case::Case;
use learner::{Desk, Ready, acts};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<ExitCode> {
    let folder = env::args().nth(1).ok_or("which folder of cases?")?;
    let folder = Path::new(&folder);
    let cases = cases(&folder.join("cases"))?;
    let mut totals: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut brought_along: HashMap<String, LearnerGlobals> = HashMap::new();
    for case in &cases {
        let ready = packages(&folder.join("packages"), case)?;
        let globals = brought_along.remove(&case.learner_key).unwrap_or_default();
        let (deviations, globals) = run(case, &ready, globals);
        brought_along.insert(case.learner_key.clone(), globals);
        let (passed, all) = totals.entry(case.group.clone()).or_default();
        *all += 1;
        *passed += u32::from(deviations.is_empty());
        for deviation in deviations {
            println!("{}: {deviation}", case.id);
        }
    }
    let groups: Vec<String> = totals
        .iter()
        .map(|(group, (passed, all))| format!("{group} {passed}/{all}"))
        .collect();
    let sum = |part: fn(&(u32, u32)) -> u32| totals.values().map(part).sum::<u32>();
    let (passed, all) = (sum(|of| of.0), sum(|of| of.1));
    println!("{}  total {passed}/{all}", groups.join("  "));
    Ok(match passed == all && all > 0 {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a runner reads its cases; the tracker does not"
)]
fn cases(folder: &Path) -> Result<Vec<Case>> {
    let mut files: Vec<_> = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| {
            let text = fs::read_to_string(file)?;
            serde_json::from_str(&text)
                .map_err(|error| format!("{}: {error}", file.display()).into())
        })
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a runner reads its packages; the tracker does not"
)]
fn packages(folder: &Path, case: &Case) -> Result<HashMap<String, Ready>> {
    case.packages
        .iter()
        .map(|name| {
            let bytes = fs::read(folder.join(format!("{name}.zip")))?;
            let limits = Limits::default();
            let mut source = ZipSource::from_bytes(bytes, &limits);
            let (package, findings) = percorso_package::read(&mut source, &limits);
            let package = package.ok_or_else(|| format!("{name}: {findings:?}"))?;
            Ok((name.clone(), Ready::new(package)))
        })
        .collect()
}

/// What a case found, and what its learner takes along to the next one.
fn run(
    case: &Case,
    ready: &HashMap<String, Ready>,
    globals: LearnerGlobals,
) -> (Vec<String>, LearnerGlobals) {
    let id = case.learner_key.to_lowercase();
    let name = match case.learner.as_str() {
        "L1" => "Learner, One",
        _ => "Learner, Two",
    };
    let mut desk = Desk::new(ready, (&id, name), globals);
    let mut deviations = Vec::new();
    if let Err(wrong) = steps(case, &mut desk, &mut deviations) {
        deviations.push(wrong);
    }
    (deviations, desk.leave())
}

fn steps(
    case: &Case,
    desk: &mut Desk<'_>,
    deviations: &mut Vec<String>,
) -> std::result::Result<(), String> {
    let first = case.packages.first().map_or("", String::as_str);
    desk.launch(first)?;
    let expected = |number: usize| case.steps.get(number).map(|step| step.act.as_str());
    for action in &case.start {
        desk.act(action, expected(0))?;
    }
    for (number, step) in case.steps.iter().enumerate() {
        let label = format!("act {} visit {}", step.act, step.visit);
        let here = |wrong: String| format!("{label}: {wrong}");
        let delivered = desk.take_delivered().map_err(here)?;
        let file = delivered.path.rsplit('/').next().unwrap_or_default();
        let is_right = acts(&delivered.suffix, &delivered.path) == Some(&step.act)
            && step.file.as_deref().is_none_or(|wanted| wanted == file);
        if !is_right {
            return Err(here(format!("{delivered:?} was delivered")));
        }
        let before = deviations.len();
        desk.take(step, deviations);
        for deviation in &mut deviations[before..] {
            *deviation = format!("{label}: {deviation}");
        }
        for action in &step.actions {
            desk.act(action, expected(number + 1)).map_err(here)?;
        }
    }
    match case.end.must_be_ended {
        true => desk.must_be_over(),
        false => Ok(()),
    }
}
