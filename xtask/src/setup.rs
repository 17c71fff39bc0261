//! What a fresh machine lacks: installed where we may (root on Debian or Ubuntu), else named with
//! the exact line to type.

use std::path::Path;

use anyhow::{Result, bail};

use crate::{postgres, shell};

/// Something that must be there.
struct Need {
    /// What it is for, in words.
    what: &'static str,
    /// Whether it is there.
    there: fn() -> bool,
    /// Debian and Ubuntu packages that bring it.
    packages: &'static [&'static str],
}

const POSTGRES: Need = Need {
    what: "PostgreSQL's server programs",
    there: || postgres::programs().is_some(),
    packages: &["postgresql"],
};
const CHROMIUM: Need = Need {
    what: "Chromium",
    there: || chromium().is_some(),
    packages: &["chromium"],
};
const NODE: Need = Need {
    what: "Node.js with npm",
    there: || shell::has("node") && shell::has("npm"),
    packages: &["nodejs", "npm"],
};
const LINKER: Need = Need {
    what: "a C compiler and linker",
    there: || shell::has("cc"),
    packages: &["build-essential"],
};

const FFMPEG: Need = Need {
    what: "FFmpeg",
    there: || shell::has("ffmpeg"),
    packages: &["ffmpeg"],
};
const ESPEAK: Need = Need {
    what: "eSpeak NG, which turns text into phonemes",
    there: || shell::has("espeak-ng"),
    packages: &["espeak-ng"],
};
const PYTHON: Need = Need {
    what: "Python with its virtual environments",
    there: || {
        let mut ensure = shell::command("python3");
        shell::output(ensure.args(["-c", "import ensurepip"])).is_some()
    },
    packages: &["python3", "python3-venv"],
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
        packages: &["rustc-web", "cargo-web", "rust-web-src", "lld-22"],
    }])
}

fn install(needs: &[&Need]) -> Result<()> {
    let missing: Vec<&&Need> = needs.iter().filter(|need| !(need.there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what = missing
        .iter()
        .map(|need| need.what)
        .collect::<Vec<_>>()
        .join(", ");
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.packages)
        .copied()
        .collect();
    if !shell::has("apt-get") {
        bail!(
            "missing: {what}; please install it (Debian's packages: {})",
            packages.join(" ")
        );
    }
    if shell::output(shell::command("id").arg("-u")).as_deref() != Some("0") {
        bail!(
            "missing: {what}; type: sudo apt-get install --yes {}",
            packages.join(" ")
        );
    }
    eprintln!("installing {what}");
    shell::run(apt().arg("update"))?;
    shell::run(
        apt()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages),
    )
}

fn apt() -> std::process::Command {
    let mut apt = shell::command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet");
    apt
}

/// The browser's program.
pub(crate) fn chromium() -> Option<std::path::PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(shell::find)
}
