//! `percorso pack`: a folder into a zip.

use std::{fs::File, io::BufWriter, path::PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::import::pack;

/// Packs a folder into a zip; the same files always give the same bytes.
#[derive(Debug, Args)]
pub(crate) struct Pack {
    /// Folder with the manifest at its top.
    folder: PathBuf,
    /// Zip to write.
    #[arg(short, long, value_name = "ZIP")]
    output: PathBuf,
}

impl Pack {
    /// Runs the command.
    ///
    /// # Errors
    /// When a file cannot be read or the zip not written.
    pub(crate) fn run(&self) -> Result<()> {
        let out = File::create(&self.output)
            .with_context(|| format!("cannot write {}", self.output.display()))?;
        pack::pack(&self.folder, BufWriter::new(out))
            .with_context(|| format!("cannot pack {}", self.folder.display()))
    }
}
