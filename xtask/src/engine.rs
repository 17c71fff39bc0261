//! The player's engine: the tracker compiled to WebAssembly and bound to JavaScript. The result is
//! committed, so that running Percorso needs no WebAssembly tools.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{setup, shell};

const WASM: &str = "wasm32-unknown-unknown";
const STAMP: &str = "SOURCE.sha256";

/// What the engine is built from. A change here makes the committed engine stale.
const SOURCES: &[&str] = &[
    "crates/package/Cargo.toml",
    "crates/package/src/lib.rs",
    "crates/package/src/model",
    "crates/tracker/Cargo.toml",
    "crates/tracker/src",
];

/// What is left out of it below [`SOURCES`]: cmi5 lives on the server, behind a feature.
const LEFT_OUT: &[&str] = &[
    "crates/package/src/model/cmi5.rs",
    "crates/tracker/src/cmi5/",
];

/// Builds, binds and stamps.
///
/// # Errors
/// When a tool is missing and cannot be installed, or the build fails.
pub(crate) fn build() -> Result<()> {
    let target = shell::target().join("engine");
    let mut cargo = compiler()?;
    cargo.env("CARGO_TARGET_DIR", &target).args([
        "build",
        "--profile",
        "engine",
        "--package",
        "percorso-tracker",
        "--lib",
        "--features",
        "wasm",
        "--target",
        WASM,
    ]);
    shell::run(&mut cargo)?;
    let module = target.join(WASM).join("engine/percorso_tracker.wasm");
    let folder = folder();
    fs::create_dir_all(&folder)?;
    shell::run(
        shell::command(bindgen()?)
            .args([
                "--target",
                "web",
                "--no-typescript",
                "--remove-name-section",
                "--out-dir",
            ])
            .arg(&folder)
            .arg(&module),
    )?;
    fs::write(folder.join(STAMP), source_digest()? + "\n")?;
    let size = fs::metadata(folder.join("percorso_tracker_bg.wasm"))?.len();
    eprintln!("{}: {} KiB", shell::shown(&folder), size / 1024);
    Ok(())
}

/// Why the committed engine is not the one of today's sources; `None` when it is.
///
/// # Errors
/// When a source cannot be read.
pub(crate) fn stale() -> Result<Option<String>> {
    let stamp = fs::read_to_string(folder().join(STAMP)).unwrap_or_default();
    Ok((stamp.trim() != source_digest()?).then(|| {
        format!(
            "{}: older than its sources; run `cargo xtask engine`",
            shell::shown(&folder())
        )
    }))
}

fn folder() -> PathBuf {
    shell::root().join("crates/api/player/engine")
}

/// A cargo that can build for the web: rustup's where its target is installed, else Debian's, which
/// builds the standard library from source.
fn compiler() -> Result<Command> {
    let installed = shell::output(shell::command("rustup").args(["target", "list", "--installed"]));
    if installed.is_some_and(|targets| targets.lines().any(|target| target == WASM)) {
        return Ok(shell::cargo());
    }
    setup::for_engine_by_debian()?;
    let mut cargo = shell::command("/usr/bin/cargo");
    cargo
        .env("RUSTC", "/usr/bin/rustc")
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
            "/usr/bin/lld-22",
        )
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO")
        .arg("-Zbuild-std=std,panic_abort");
    Ok(cargo)
}

/// wasm-bindgen's program of exactly the version that `Cargo.lock` has of its library.
fn bindgen() -> Result<PathBuf> {
    let version = locked_version("wasm-bindgen")?;
    let is_it = |program: &Path| {
        shell::output(shell::command(program).arg("--version"))
            == Some(format!("wasm-bindgen {version}"))
    };
    let tools = shell::target().join("tools");
    let ours = tools.join("bin/wasm-bindgen");
    for program in [PathBuf::from("wasm-bindgen"), ours.clone()] {
        if is_it(&program) {
            return Ok(program);
        }
    }
    // Without its lock file, which may name what a mirror of the registry has not.
    shell::run(
        shell::cargo()
            .args([
                "install",
                "wasm-bindgen-cli",
                "--version",
                &version,
                "--root",
            ])
            .arg(&tools),
    )?;
    Ok(ours)
}

fn locked_version(package: &str) -> Result<String> {
    let lock =
        fs::read_to_string(shell::root().join("Cargo.lock")).context("reading Cargo.lock")?;
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    match lines
        .next()
        .and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
    {
        Some(version) => Ok(version.to_owned()),
        None => bail!("Cargo.lock does not name {package}"),
    }
}

fn source_digest() -> Result<String> {
    let mut digest = Sha256::new();
    for source in SOURCES {
        let path = shell::root().join(source);
        let files = if path.is_dir() {
            shell::files(&path)?
        } else {
            vec![path]
        };
        for file in files {
            let shown = shell::shown(&file);
            if LEFT_OUT.iter().any(|left_out| shown.starts_with(left_out)) {
                continue;
            }
            digest.update(shown.as_bytes());
            digest.update([0]);
            digest.update(fs::read(&file).with_context(|| format!("reading {shown}"))?);
            digest.update([0]);
        }
    }
    Ok(digest
        .finalize()
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        }))
}
