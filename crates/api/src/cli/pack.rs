//! `percorso pack`: a folder into a zip.

use std::{
    fs::{self, Permissions},
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
        let packing = || format!("cannot pack {}", self.folder.display());
        let writing = || format!("cannot write {}", self.output.display());
        // Before there is a new zip, and without the last one: both may lie in the folder.
        let mut files = pack::files(&self.folder).with_context(packing)?;
        if let Ok(last) = fs::canonicalize(&self.output) {
            files.retain(|(_, path)| fs::canonicalize(path).ok().as_ref() != Some(&last));
        }
        let parent = self.output.parent().filter(|path| *path != Path::new(""));
        let zip = Builder::new()
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(parent.unwrap_or(Path::new(".")))
            .with_context(writing)?;
        pack::write(files, BufWriter::new(zip.as_file())).with_context(packing)?;
        zip.persist(&self.output).with_context(writing)?;
        lint::say(&self.output, &Limits::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_inside_its_folder_holds_neither_itself_nor_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("imsmanifest.xml"), "<manifest/>").unwrap();
        let pack = Pack {
            folder: folder.path().to_owned(),
            output: folder.path().join("x.zip"),
        };
        for _ in 0..2 {
            pack.run().unwrap();
            let zip = fs::File::open(&pack.output).unwrap();
            let archive = zip::ZipArchive::new(zip).unwrap();
            let names: Vec<_> = archive
                .file_names()
                .map(|name| name.unwrap().into_owned())
                .collect();
            assert_eq!(names, ["imsmanifest.xml"]);
        }
    }
}
