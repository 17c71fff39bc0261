//! `percorso pack`: a folder into a zip.

use std::{
    fs::Permissions,
    io::BufWriter,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Args;
use percorso_package::Limits;
use tempfile::Builder;

use super::lint;
use crate::import::pack;

/// Packs a folder into a zip; the same files always give the same bytes. Says what `lint` says of it.
#[derive(Debug, Args)]
pub(crate) struct Pack {
    /// Folder with the manifest at its top.
    folder: PathBuf,
    /// Zip to write.
    #[arg(short, long, value_name = "ZIP")]
    output: PathBuf,
}

impl Pack {
    /// Runs the command. A zip that was there stays when the new one cannot be written whole.
    ///
    /// # Errors
    /// When a file cannot be read or the zip not written.
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let writing = || format!("cannot write {}", self.output.display());
        let parent = self.output.parent().filter(|path| *path != Path::new(""));
        let zip = Builder::new()
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(parent.unwrap_or(Path::new(".")))
            .with_context(writing)?;
        pack::pack(&self.folder, BufWriter::new(zip.as_file()))
            .with_context(|| format!("cannot pack {}", self.folder.display()))?;
        zip.persist(&self.output).with_context(writing)?;
        lint::say(&self.output, &Limits::default())
    }
}
