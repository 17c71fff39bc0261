//! What a fresh machine lacks: installed where we may (root on Debian), else named with the exact line to type
//! for apt, Homebrew or dnf.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};

use crate::{postgres, shell};

/// Something that must be there.
struct Need {
    /// What it is for, in words.
    what: &'static str,
    /// Whether it is there.
    there: fn() -> bool,
    /// Debian's packages that bring it.
    debian: &'static [&'static str],
    /// Homebrew's.
    homebrew: &'static [&'static str],
    /// Fedora's, for dnf.
    fedora: &'static [&'static str],
}

/// Homebrew puts a version of PostgreSQL on the path only when told to.
const BREWED_POSTGRES: &str = "postgresql@17";

const POSTGRES: Need = Need {
    what: "PostgreSQL's server programs",
    there: || postgres::programs().is_some(),
    debian: &["postgresql"],
    homebrew: &[BREWED_POSTGRES],
    fedora: &["postgresql-server"],
};
const CHROMIUM: Need = Need {
    what: "Chromium",
    there: || chromium().is_some(),
    debian: &["chromium"],
    homebrew: &["chromium"],
    fedora: &["chromium"],
};
const NODE: Need = Need {
    what: "Node.js with npm",
    there: || shell::has("node") && shell::has("npm"),
    debian: &["nodejs", "npm"],
    homebrew: &["node"],
    fedora: &["nodejs", "npm"],
};
const LINKER: Need = Need {
    what: "a C compiler and linker",
    there: || shell::has("cc"),
    debian: &["build-essential"],
    homebrew: &["gcc"],
    fedora: &["gcc"],
};

const FFMPEG: Need = Need {
    what: "FFmpeg",
    there: || shell::has("ffmpeg"),
    debian: &["ffmpeg"],
    homebrew: &["ffmpeg"],
    fedora: &["ffmpeg-free"],
};
const ESPEAK: Need = Need {
    what: "eSpeak NG, which turns text into phonemes",
    there: || shell::has("espeak-ng"),
    debian: &["espeak-ng"],
    homebrew: &["espeak-ng"],
    fedora: &["espeak-ng"],
};
const PYTHON: Need = Need {
    what: "Python with its virtual environments",
    there: || {
        let mut ensure = shell::command("python3");
        shell::output(ensure.args(["-c", "import ensurepip"])).is_some()
    },
    debian: &["python3", "python3-venv"],
    homebrew: &["python"],
    fedora: &["python3"],
};

/// What running needs. Postgres may be missing: the server then downloads its own.
///
/// # Errors
/// When something is missing that we may not install.
pub(crate) fn for_serve() -> Result<()> {
    install(&[&LINKER])?;
    if let Err(error) = install(&[&POSTGRES]) {
        eprintln!("{error:#}\nPercorso will try to download PostgreSQL for itself.");
    }
    Ok(())
}

/// What every check needs.
///
/// # Errors
/// When something is missing that we may not install, or an installation fails.
pub(crate) fn for_test() -> Result<()> {
    install(&[&LINKER, &POSTGRES, &CHROMIUM, &NODE])?;
    if !shell::has("cargo-nextest") {
        shell::run(shell::cargo().args(["install", "cargo-nextest", "--locked"]))?;
    }
    Ok(())
}

/// What making videos needs.
///
/// # Errors
/// When something is missing that we may not install.
pub(crate) fn for_videos() -> Result<()> {
    install(&[&CHROMIUM, &NODE, &FFMPEG, &ESPEAK, &PYTHON])
}

/// Debian's own Rust for the web: a compiler and the standard library's source.
///
/// # Errors
/// When they are missing and we may not install them.
pub(crate) fn for_engine_by_debian() -> Result<()> {
    install(&[&Need {
        what: "Debian's Rust for WebAssembly",
        there: || Path::new("/usr/bin/rustc").exists() && shell::has("wasm-ld-22"),
        debian: &["rustc-web", "cargo-web", "rust-web-src", "lld-22"],
        homebrew: &[],
        fedora: &[],
    }])
}

fn install(needs: &[&Need]) -> Result<()> {
    let missing: Vec<&Need> = needs
        .iter()
        .copied()
        .filter(|need| !(need.there)())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what = missing
        .iter()
        .map(|need| need.what)
        .collect::<Vec<_>>()
        .join(", ");
    let packages = packages(&missing, |need| need.debian);
    if packages.contains(&"chromium") && is_ubuntu() {
        bail!(
            "missing: {what}; Ubuntu has no package of Chromium: type: sudo snap install chromium (or name the program of another by the variable CHROMIUM), and begin again"
        );
    }
    let is_root = shell::output(shell::command("id").arg("-u")).as_deref() == Some("0");
    if !is_root || !shell::has("apt-get") {
        bail!("missing: {what}; {}", to_do(&missing));
    }
    eprintln!("installing {what}");
    shell::run(apt().arg("update"))?;
    shell::run(
        apt()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages),
    )
}

/// The line to type, for the package manager that is here.
fn to_do(missing: &[&Need]) -> String {
    let debian = packages(missing, |need| need.debian).join(" ");
    let homebrew = packages(missing, |need| need.homebrew);
    let fedora = packages(missing, |need| need.fedora).join(" ");
    if shell::has("apt-get") {
        format!("type: sudo apt-get install --yes {debian}")
    } else if shell::has("brew") && !homebrew.is_empty() {
        let linked = match homebrew.contains(&BREWED_POSTGRES) {
            true => format!(" && brew link --force {BREWED_POSTGRES}"),
            false => String::new(),
        };
        format!("type: brew install {}{linked}", homebrew.join(" "))
    } else if shell::has("dnf") && !fedora.is_empty() {
        format!("type: sudo dnf install --assumeyes {fedora}")
    } else {
        format!("please install it (Debian's packages: {debian})")
    }
}

fn packages(needs: &[&Need], of: fn(&Need) -> &'static [&'static str]) -> Vec<&'static str> {
    needs.iter().flat_map(|need| of(need)).copied().collect()
}

fn is_ubuntu() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.lines().any(|line| line == "ID=ubuntu")
}

fn apt() -> std::process::Command {
    let mut apt = shell::command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet");
    apt
}

/// The browser's program: the one that CHROMIUM names, as the browser tests take it, or one on the path.
pub(crate) fn chromium() -> Option<PathBuf> {
    if let Some(given) = env::var_os("CHROMIUM") {
        return Some(PathBuf::from(given)).filter(|given| given.is_file());
    }
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(shell::find)
}
