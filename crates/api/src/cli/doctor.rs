//! `percorso doctor`: is all there that the server needs?

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result};

use crate::{
    blob::BlobError,
    config::Config,
    db, postgres,
    start::{self, Database},
};

/// Prints a line for each check; fails when one fails.
pub(super) async fn run(config: &Config) -> ExitCode {
    let checks = [
        (
            "program",
            Ok(format!("percorso {}", env!("CARGO_PKG_VERSION"))),
        ),
        (
            "settings",
            Ok(format!(
                "app {}, player {}",
                config.server.public_url, config.server.player_url
            )),
        ),
        ("data directory", data_dir(&config.data_dir)),
        ("disk", disk(&config.data_dir)),
        ("postgres programs", programs(config)),
        ("database", database(config).await),
        ("archives", archives(config).await),
    ];
    let mut code = ExitCode::SUCCESS;
    for (name, result) in checks {
        match result {
            Ok(text) => println!("ok      {name:<18} {text}"),
            Err(error) => {
                println!("FAILED  {name:<18} {error:#}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

/// Opens the place and asks for an archive that is not there: storage on another machine must answer too.
async fn archives(config: &Config) -> Result<String> {
    let store = start::archives(&config.blobs)?;
    match store.length("doctor").await {
        Ok(_) | Err(BlobError::NotFound(_)) => Ok(place(config)),
        Err(error) => Err(error).with_context(|| place(config)),
    }
}

fn place(config: &Config) -> String {
    config
        .blobs
        .url
        .clone()
        .unwrap_or_else(|| config.blobs.directory.display().to_string())
}

fn data_dir(path: &Path) -> Result<String> {
    std::fs::create_dir_all(path).with_context(|| {
        format!(
            "{} cannot be made; set PERCORSO_DATA_DIR to a directory that can",
            path.display()
        )
    })?;
    tempfile::tempfile_in(path).with_context(|| {
        format!(
            "{} cannot be written; give this account the right to",
            path.display()
        )
    })?;
    Ok(path.display().to_string())
}

fn disk(path: &Path) -> Result<String> {
    const LEAST_MIB: u64 = 1024;
    let status = rustix::fs::statvfs(path).context("the disk does not answer")?;
    let free_mib = status.f_bavail.saturating_mul(status.f_frsize) >> 20;
    anyhow::ensure!(
        free_mib >= LEAST_MIB,
        "{free_mib} MiB free; at least {LEAST_MIB} are needed"
    );
    Ok(format!("{free_mib} MiB free"))
}

fn programs(config: &Config) -> Result<String> {
    if config.database.url.is_some() {
        return Ok("not needed: DATABASE_URL is set".into());
    }
    let given = config.database.postgres_bin.as_deref();
    Ok(match postgres::programs(&config.data_dir, given)? {
        Some(folder) => folder.display().to_string(),
        None => "none found; the first start downloads them".into(),
    })
}

async fn database(config: &Config) -> Result<String> {
    let database = Database::beside(config).await?;
    let pending = db::pending(database.url()).await;
    database.close().await?;
    Ok(match pending? {
        0 => "answers; schema is the newest".into(),
        count => format!("answers; {count} migrations will run at the next start"),
    })
}
