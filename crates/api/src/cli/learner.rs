//! `percorso learner …`: a copy of what is kept of somebody, and its erasure.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};

use crate::{app::App, audit::Actor, config::Config, db::gdpr as kept, gdpr, start::Database};

/// Who does it, in the audit log.
const US: Actor = Actor::System("percorso learner");

#[derive(Debug, Subcommand)]
pub(super) enum LearnerCommand {
    /// Write a copy of everything that is kept of a learner to a zip.
    Export {
        #[command(flatten)]
        learner: Learner,
        /// The zip to write.
        #[arg(long)]
        to: PathBuf,
    },
    /// Erase a learner: the person goes, what they reached stays as numbers of nobody.
    Erase {
        #[command(flatten)]
        learner: Learner,
        /// It cannot be undone.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Learner {
    /// The key of the system that knows them; of people who sign in here, their account's id.
    key: String,
    /// Namespace of the key, when it is of another system.
    #[arg(long, default_value = "")]
    home_page: String,
}

pub(super) async fn run(config: Config, command: LearnerCommand) -> Result<()> {
    let database = Database::join(&config).await?;
    let work = async |app: &App| act(app, command).await;
    database.with_app(config, work).await
}

async fn act(app: &App, command: LearnerCommand) -> Result<()> {
    let (LearnerCommand::Export { learner, .. } | LearnerCommand::Erase { learner, .. }) = &command;
    let found = kept::by_key(&mut *app.db.get().await?, &learner.home_page, &learner.key).await?;
    let subject = found.with_context(|| format!("there is no learner {}", learner.key))?;
    match command {
        LearnerCommand::Export { to, .. } => {
            let copy = gdpr::export(app, &subject, US).await;
            let mut copy = copy.map_err(|problem| anyhow!("{problem:?}"))?;
            let mut file =
                std::fs::File::create(&to).with_context(|| format!("{}", to.display()))?;
            std::io::copy(&mut copy, &mut file)?;
            println!("{}", to.display());
        }
        LearnerCommand::Erase { yes: false, .. } => {
            bail!("erasing cannot be undone; say --yes when the copy was made and it is meant")
        }
        LearnerCommand::Erase { .. } => {
            let erased = gdpr::erase(app, &subject, US).await;
            let erased = erased.map_err(|problem| anyhow!("{problem:?}"))?;
            println!("{}", serde_json::to_string_pretty(&erased)?);
        }
    }
    Ok(())
}
