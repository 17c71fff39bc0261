//! Every check, in one command: the same on a developer's machine and in continuous integration.

use std::{
    env, fs, process,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    docs,
    postgres::{Commits, Postgres},
    setup, shell, tidy,
};

/// Names the Postgres that capability tests make their schemas in.
const DATABASE: &str = "PERCORSO_TEST_DATABASE_URL";

#[derive(Args)]
pub(crate) struct Options {
    /// Install nothing: everything needed is there
    #[arg(long)]
    no_setup: bool,
    /// Run only the steps of these names, or whose names begin so
    only: Vec<String>,
}

/// One step: what it is called, and what it does.
type Step = (&'static str, fn() -> Result<()>);

/// In the order of what fails soonest. A step that fails does not stop the next ones: one run shows
/// all that is wrong.
const STEPS: &[Step] = &[
    ("fmt", fmt),
    ("tidy", tidy::run),
    ("clippy", clippy),
    ("tests", nextest),
    ("openapi", docs::check_openapi),
    ("doctests", doctests),
    ("rustdoc", rustdoc),
    ("fuzz targets", fuzz_targets),
    ("wasm cases", wasm_cases),
    ("browser", browser),
];

/// Runs the steps and sums up.
///
/// # Errors
/// When a word names no step, or any step fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    let steps = wanted(&options.only)?;
    if !options.no_setup {
        setup::for_test()?;
    }
    let mut results = Vec::new();
    for (name, step) in steps {
        eprintln!("\n== {name}");
        let begun = Instant::now();
        let result = step();
        if let Err(error) = &result {
            eprintln!("{name}: {error:#}");
        }
        results.push((*name, result.is_ok(), begun.elapsed()));
    }
    sum_up(&results)
}

/// The steps that these words name, all without any.
fn wanted(words: &[String]) -> Result<Vec<&'static Step>> {
    let unknown = words
        .iter()
        .find(|word| !STEPS.iter().any(|step| names(word, step)));
    if let Some(word) = unknown {
        let known: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
        bail!("there is no step `{word}`; there are {}", known.join(", "));
    }
    Ok(STEPS
        .iter()
        .filter(|step| words.is_empty() || words.iter().any(|word| names(word, step)))
        .collect())
}

fn names(word: &str, (name, _): &Step) -> bool {
    name.starts_with(word)
}

fn sum_up(results: &[(&str, bool, Duration)]) -> Result<()> {
    eprintln!();
    for (name, passed, took) in results {
        eprintln!(
            "{:<12} {:<7} {:>5} s",
            name,
            if *passed { "passed" } else { "FAILED" },
            took.as_secs()
        );
    }
    let failed: Vec<&str> = results
        .iter()
        .filter(|(_, passed, _)| !passed)
        .map(|(name, ..)| *name)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    bail!("failed: {}", failed.join(", "))
}

fn fmt() -> Result<()> {
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<()> {
    shell::run(shell::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "--deny",
        "warnings",
    ]))
}

/// Unit, golden and capability tests, these on a Postgres of the run's own unless one is given;
/// builds the server for the browser tests.
fn nextest() -> Result<()> {
    let mut nextest = shell::cargo();
    nextest.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
    if env::var_os(DATABASE).is_some() {
        return shell::run(&mut nextest);
    }
    let folder = env::temp_dir().join(format!("percorso-test-{}", process::id()));
    fs::create_dir_all(&folder)?;
    let postgres = Postgres::start(&folder, Commits::Volatile)?;
    let result = shell::run(nextest.env(DATABASE, postgres.url()));
    drop(postgres);
    let _ = fs::remove_dir_all(&folder);
    result
}

fn doctests() -> Result<()> {
    shell::run(shell::cargo().args(["test", "--workspace", "--doc", "--quiet"]))
}

fn rustdoc() -> Result<()> {
    shell::run(
        shell::cargo()
            .args(["doc", "--workspace", "--no-deps", "--quiet"])
            .env(
                // Whoever reads the engine reads its private processes too: links to them are wanted.
                "RUSTDOCFLAGS",
                "--deny warnings --allow rustdoc::private_intra_doc_links",
            ),
    )
}

/// The fuzz targets are workspaces of their own: they are only checked here, so that they can be run any day.
fn fuzz_targets() -> Result<()> {
    for fuzz in ["crates/package/fuzz", "crates/tracker/fuzz"] {
        shell::run(
            shell::cargo()
                .args(["check", "--quiet", "--locked", "--no-default-features"])
                .arg("--manifest-path")
                .arg(shell::root().join(fuzz).join("Cargo.toml"))
                .arg("--target-dir")
                .arg(shell::root().join("target/fuzz")),
        )?;
    }
    Ok(())
}

/// The golden cases again, on the committed engine: what the page runs.
fn wasm_cases() -> Result<()> {
    shell::run(shell::command("node").arg("tests/wasm/run.mjs"))
}

/// The whole, from outside, in Chromium.
fn browser() -> Result<()> {
    let folder = shell::root().join("tests/browser");
    shell::run(
        shell::command("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&folder),
    )?;
    shell::run(
        shell::command("npm")
            .args(["run", "--silent", "types"])
            .current_dir(&folder),
    )?;
    shell::run(&mut shell::build_server())?;
    shell::run(
        shell::command("npx")
            .args(["playwright", "test"])
            .env("PERCORSO_BIN", shell::target().join("debug/percorso"))
            .current_dir(&folder),
    )
}

#[cfg(test)]
mod tests {
    use super::wanted;

    fn check(words: &[&str]) -> Result<Vec<&'static str>, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        wanted(&words)
            .map(|steps| steps.iter().map(|(name, _)| *name).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn words_name_steps_by_their_beginning_and_a_word_that_names_none_is_refused() {
        assert_eq!(check(&["tests"]), Ok(vec!["tests"]));
        assert_eq!(
            check(&["fuzz", "doc"]),
            Ok(vec!["doctests", "fuzz targets"])
        );
        assert!(check(&[]).unwrap().len() > 5);
        let refusal = check(&["tests", "nextest"]).unwrap_err();
        assert!(
            refusal.contains("`nextest`") && refusal.contains("clippy"),
            "{refusal}"
        );
    }
}
