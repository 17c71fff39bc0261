//! The commands of the program.

mod accounts;
mod doctor;
pub(crate) mod import;
mod learner;
mod lint;
mod pack;
mod replay;
mod seed;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{config::Config, db, logging, openapi, start};

/// Percorso delivers e-learning: SCORM packages go in, learners take them, progress comes out.
#[derive(Debug, Parser)]
#[command(name = "percorso", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve(Serve),
    /// Bring the database to the newest schema.
    Migrate,
    /// Check settings, database, disk and versions.
    Doctor,
    /// Import packages into the database and the blob store.
    Import(import::Import),
    /// Say what is wrong with packages.
    Lint(lint::Lint),
    /// Pack a folder into a zip.
    Pack(pack::Pack),
    /// Run a registration's journal again and say what is answered differently now.
    Replay(replay::Replay),
    /// API clients.
    #[command(subcommand)]
    Client(accounts::ClientCommand),
    /// People.
    #[command(subcommand)]
    User(accounts::UserCommand),
    /// What is kept of one learner: a copy, and its erasure.
    #[command(subcommand)]
    Learner(learner::LearnerCommand),
    /// Fill a database for trying out with invented people.
    Seed(seed::Seed),
    /// Replace the key that signs tokens; the old one verifies until its tokens have expired.
    RotateKeys,
    /// Replace the key that signs Open Badges; what the old one signed stays good for ever.
    RotateBadgeKey,
    /// Print the API's description.
    Openapi,
}

/// What `serve` takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Serve {
    /// Make accounts for trying it out and print how to sign in.
    #[arg(long)]
    pub demo: bool,
    /// Import every package in this directory first.
    #[arg(long, value_name = "DIR")]
    pub import: Option<PathBuf>,
}

/// Runs what the command line says.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    match command(cli.command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("percorso: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn command(command: Command) -> Result<ExitCode> {
    if matches!(command, Command::Openapi) {
        print!("{}", openapi::json()?);
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Pack(pack) = &command {
        return pack.run();
    }
    let config = Config::from_env()?;
    if let Command::Lint(lint) = &command {
        return lint.run(&crate::import::limits(&config.uploads));
    }
    logging::start(&config.log);
    match command {
        Command::Serve(options) => start::serve(config, &options).await?,
        Command::Migrate => {
            let database = start::Database::beside(&config).await?;
            let ran = db::migrate(database.url()).await;
            database.close().await?;
            println!("{} migrations ran", ran?);
        }
        Command::Doctor => return Ok(doctor::run(&config).await),
        Command::Client(command) => accounts::client(&config, command).await?,
        Command::User(command) => accounts::user(&config, command).await?,
        Command::RotateKeys => accounts::rotate_keys(&config).await?,
        Command::RotateBadgeKey => accounts::rotate_badge_key(&config).await?,
        Command::Import(import) => import.run(config).await?,
        Command::Learner(command) => learner::run(config, command).await?,
        Command::Seed(seed) => seed.run(config).await?,
        Command::Replay(replay) => return replay.run(&config).await,
        Command::Openapi | Command::Pack(_) | Command::Lint(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}
