//! `percorso import`: packages straight into the server's database and blob store.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::{
    app::App,
    config::Config,
    db::packages::{Belongs, PackageVersion},
    import::{ImportError, Importer, staging::Staged},
    start::Database,
};

/// Imports packages. What is there already, unchanged, stays as it is; a folder that changed becomes
/// a new version of the package with its manifest's identifier.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Zips, or folders with the manifest at their top.
    #[arg(required = true)]
    packages: Vec<PathBuf>,
    /// Make it a new version of this package (one path only).
    #[arg(long, value_name = "UUID")]
    package_id: Option<Uuid>,
}

impl Import {
    /// Runs the command.
    ///
    /// # Errors
    /// When a package cannot be delivered or a store fails.
    pub(crate) async fn run(&self, config: Config) -> Result<()> {
        if self.package_id.is_some() && self.packages.len() != 1 {
            bail!("--package-id goes with one path");
        }
        let database = Database::join(&config).await?;
        let work = async |app: &App| self.import(&Importer::of(app)).await;
        database.with_app(config, work).await
    }

    async fn import(&self, importer: &Importer) -> Result<()> {
        for path in &self.packages {
            let version = import_path(importer, path, self.package_id)
                .await
                .map_err(in_words)
                .with_context(|| format!("cannot import {}", path.display()))?;
            println!(
                "{} version {} {}",
                version.package_id, version.version, version.title
            );
        }
        Ok(())
    }
}

/// Imports a zip or a folder: as a version of `package_id`; else a folder as a version of the package
/// that its manifest's identifier names, and a zip as the package that it is.
///
/// # Errors
/// When it cannot be delivered or a store fails.
pub(crate) async fn import_path(
    importer: &Importer,
    path: &Path,
    package_id: Option<Uuid>,
) -> Result<PackageVersion, ImportError> {
    let is_folder = path.is_dir();
    let (path, staging) = (path.to_owned(), importer.staging.clone());
    let staged = spawn_blocking(move || {
        if is_folder {
            Staged::packed(&path, &staging)
        } else {
            Staged::copy_of(&path, &staging)
        }
    })
    .await
    .map_err(io::Error::other)??;
    let belongs = match package_id {
        Some(id) => Belongs::To(id),
        None if is_folder => Belongs::ByIdentifier,
        None => Belongs::ByContent,
    };
    importer.import(staged, belongs).await
}

/// Imports every folder and zip below `directory` that is a package (for `serve --demo`); says what
/// could not be imported and goes on.
///
/// # Errors
/// When the directory cannot be read.
pub(crate) async fn import_all(
    importer: &Importer,
    directory: &Path,
) -> Result<Vec<PackageVersion>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(directory)
        .with_context(|| format!("cannot read {}", directory.display()))?
        .filter_map(|found| found.ok().map(|found| found.path()))
        .filter(|path| is_package(path))
        .collect();
    paths.sort();
    let mut versions = Vec::with_capacity(paths.len());
    for path in paths {
        match import_path(importer, &path, None).await {
            Ok(version) => versions.push(version),
            Err(error) => {
                let error = format!("{:#}", in_words(error));
                tracing::warn!(path = %path.display(), error, "package not imported");
            }
        }
    }
    Ok(versions)
}

fn is_package(path: &Path) -> bool {
    ["imsmanifest.xml", "cmi5.xml"]
        .iter()
        .any(|manifest| path.join(manifest).is_file())
        || path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}

fn in_words(error: ImportError) -> anyhow::Error {
    match error {
        ImportError::Rejected(findings, _) => {
            let lines: Vec<String> = findings
                .iter()
                .map(|finding| {
                    let (code, message, fix) = (finding.code, &finding.message, &finding.fix);
                    format!("  {code}: {message}\n    {fix}")
                })
                .collect();
            anyhow::anyhow!("it cannot be delivered:\n{}", lines.join("\n"))
        }
        other => other.into(),
    }
}
