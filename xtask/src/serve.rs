//! From a fresh checkout to a server with the demo course, in one command.

use anyhow::Result;
use clap::Args;

use crate::{setup, shell};

#[derive(Args)]
pub(crate) struct Options {
    /// Build with optimisations: slower to build, what a real installation runs
    #[arg(long)]
    release: bool,
    /// Passed on to `percorso serve`
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Installs what is missing, builds, and starts. The development profile is the default: it is what
/// `cargo xtask test` builds too (dependencies optimised), so one build serves both.
///
/// # Errors
/// When something is missing that we may not install, or the build or the server fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    setup::for_serve()?;
    let mut build = shell::cargo();
    build.args(["build", "--package", "percorso-api", "--bin", "percorso"]);
    if options.release {
        build.arg("--release");
    }
    shell::run(&mut build)?;
    let profile = if options.release { "release" } else { "debug" };
    shell::become_command(
        shell::command(shell::target().join(profile).join("percorso"))
            .args(["serve", "--demo", "--import", "content-packages"])
            .args(&options.rest),
    )
}
