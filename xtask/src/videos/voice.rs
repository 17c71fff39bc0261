//! The narrating voice: Kokoro, from packages that carry its weights. A sentence once spoken is kept in
//! the build folder under its digest, so that a changed script costs only its changed sentences.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::{digest, source};
use crate::shell;

/// The package whose voices speak Italian, and the digests of the two we use.
const VOICES: &str = "kokoro-js@1.2.1";
const KNOWN: &[(&str, &str)] = &[
    (
        "if_sara",
        "409b69248798fcdc2542330c76953d230710f19b057e59cb82fdc3c4cf71265c",
    ),
    (
        "im_nicola",
        "bc578e510d52a96d6940d46f12e96d7b3df00905dbea075113226d100e6e1ab0",
    ),
];

/// A sentence to be spoken.
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) voice: &'static str,
    pub(super) pace: f64,
}

impl Line<'_> {
    /// Where its sound is kept.
    pub(super) fn kept(&self) -> PathBuf {
        let mut parts = digest::Parts::new();
        parts
            .text(self.text)
            .text(self.voice)
            .text(&self.pace.to_string());
        folder().join("spoken").join(parts.hex() + ".wav")
    }
}

/// Speaks the lines not yet kept.
///
/// # Errors
/// When the voice cannot be installed, or fails to speak.
pub(super) fn speak(lines: &[Line<'_>]) -> Result<()> {
    let missing: Vec<&Line<'_>> = lines.iter().filter(|line| !line.kept().exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let python = installed()?;
    fs::create_dir_all(folder().join("spoken"))?;
    eprintln!("speaking {} sentences", missing.len());
    let mut speaker = gently(&python)
        .arg(script("speak.py"))
        .arg(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("starting the voice")?;
    let mut input = speaker.stdin.take().context("the voice listens")?;
    for line in missing {
        let job = json!({ "text": line.text, "voice": line.voice, "speed": line.pace, "to": line.kept() });
        writeln!(input, "{job}").context("the voice stopped listening")?;
    }
    drop(input);
    let status = speaker.wait()?;
    if !status.success() {
        bail!("the voice failed ({status})");
    }
    Ok(())
}

/// A command that leaves the machine to others.
pub(super) fn gently(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = shell::command("nice");
    command.args(["-n", "10"]).arg(program);
    command
}

/// Where the voice is put together.
fn folder() -> PathBuf {
    shell::target().join("videos/voice")
}

fn script(name: &str) -> PathBuf {
    source::folder().join("voice").join(name)
}

/// A Python that has the voice. Installed anew when its requirements change.
fn installed() -> Result<PathBuf> {
    let requirements = script("requirements.txt");
    let mut parts = digest::Parts::new();
    parts
        .file(&requirements)?
        .file(&script("prepare.py"))?
        .text(VOICES);
    let stamp = folder().join("installed");
    let python = folder().join("python/bin/python");
    if fs::read_to_string(&stamp).is_ok_and(|was| was == parts.clone().hex()) {
        return Ok(python);
    }
    fs::create_dir_all(folder())?;
    shell::run(
        shell::command("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder().join("python")),
    )?;
    shell::run(
        shell::command(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--disable-pip-version-check",
                "-r",
            ])
            .arg(&requirements),
    )?;
    shell::run(
        shell::command(&python)
            .arg(script("prepare.py"))
            .arg(folder()),
    )?;
    voices()?;
    fs::write(stamp, parts.hex())?;
    Ok(python)
}

/// Unpacks the two voices from the package that carries them, and checks them.
fn voices() -> Result<()> {
    let to = folder().join("voices");
    fs::create_dir_all(&to)?;
    shell::run(
        shell::command("npm")
            .args(["pack", "--silent", VOICES, "--pack-destination"])
            .arg(&to)
            .stdout(Stdio::null()),
    )?;
    let archive = to.join(VOICES.replace('@', "-") + ".tgz");
    let mut unpack = shell::command("tar");
    unpack
        .arg("xzf")
        .arg(&archive)
        .args(["--strip-components=2", "-C"])
        .arg(&to);
    unpack.args(
        KNOWN
            .iter()
            .map(|(name, _)| format!("package/voices/{name}.bin")),
    );
    shell::run(&mut unpack)?;
    fs::remove_file(archive)?;
    for (name, known) in KNOWN {
        check(&to.join(format!("{name}.bin")), known)?;
    }
    Ok(())
}

fn check(file: &Path, known: &str) -> Result<()> {
    if digest::of_file(file)? != known {
        bail!("{}: not the voice we know", file.display());
    }
    Ok(())
}
