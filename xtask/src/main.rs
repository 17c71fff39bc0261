//! Our own commands, run as `cargo xtask <command>`. No product code lives here.

mod bench;
mod conformance;
mod content;
mod docs;
mod engine;
mod postgres;
mod serve;
mod setup;
mod shell;
mod spec_ids;
mod test;
mod tidy;
mod videos;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Percorso's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds and starts Percorso with the demo course and demo accounts
    Serve(serve::Options),
    /// Installs what tests need and runs every check
    Test(test::Options),
    /// Rebuilds the player's engine (WebAssembly) from the tracker
    Engine,
    /// Renews each module's copy of the content runtime, and the pages' text versions
    Content,
    /// Makes the course's videos from their scripts: voice, pictures, captions
    Videos(videos::Options),
    /// Renews docs/configuration.md and docs/openapi.json from their sources
    Docs,
    /// Checks what the compiler cannot: docs, spec ids, migrations, settings, generated files
    Tidy,
    /// Replays a folder of conformance cases on the engine alone and in the player
    Conformance(conformance::Options),
    /// Measures imports, content and the journal on loopback, beside nginx and a bare handler
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(options) => serve::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Engine => engine::build(),
        Command::Content => content::renew(),
        Command::Videos(options) => videos::run(&options),
        Command::Docs => docs::renew(),
        Command::Tidy => tidy::run(),
        Command::Conformance(options) => conformance::run(&options),
        Command::Bench(options) => bench::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
