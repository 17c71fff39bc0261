//! One server for each data directory.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, Write},
    path::Path,
};

use anyhow::{Context, Result, bail};
use rustix::fs::{FlockOperation, flock};

const FILE: &str = "postgres.lock";

/// Held as long as this lives; the kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a data directory.
    ///
    /// # Errors
    /// When another process holds it: says which.
    pub(super) fn take(data_dir: &Path) -> Result<Self> {
        let mut file = open(data_dir)?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut holder = String::new();
            file.read_to_string(&mut holder).unwrap_or_default();
            bail!(
                "the data directory {} is in use by another server (process {}); stop that one, or give this one its own PERCORSO_DATA_DIR",
                data_dir.display(),
                holder.trim()
            );
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self { _file: file })
    }

    /// Takes the lock of a cluster's home that lies outside the data directory, where a copy of that directory
    /// may name it too. The lock is on the folder itself: it belongs to another account, so nothing is
    /// written in it.
    ///
    /// # Errors
    /// When another process holds it.
    pub(super) fn take_home(home: &Path) -> Result<Self> {
        let folder =
            File::open(home).with_context(|| format!("{} cannot be read", home.display()))?;
        if flock(&folder, FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!(
                "the Postgres in {} is in use by a server with another data directory; stop that one, or give this one an empty PERCORSO_DATA_DIR",
                home.display()
            );
        }
        Ok(Self { _file: folder })
    }

    /// Whether another process holds it.
    pub(super) fn is_held(data_dir: &Path) -> bool {
        data_dir.is_dir()
            && open(data_dir)
                .is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_err())
    }
}

fn open(data_dir: &Path) -> Result<File> {
    let path = data_dir.join(FILE);
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_refused_and_told_who_holds_the_directory() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!Lock::is_held(folder.path()));
        let first = Lock::take(folder.path()).unwrap();
        let refusal = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(
            refusal.contains(&std::process::id().to_string()),
            "{refusal}"
        );
        assert!(Lock::is_held(folder.path()));
        drop(first);
        assert!(Lock::take(folder.path()).is_ok());
    }

    #[test]
    fn a_home_that_two_directories_name_is_taken_once() {
        let home = tempfile::tempdir().unwrap();
        let first = Lock::take_home(home.path()).unwrap();
        let refusal = Lock::take_home(home.path()).unwrap_err().to_string();
        assert!(refusal.contains("another data directory"), "{refusal}");
        drop(first);
        assert!(Lock::take_home(home.path()).is_ok());
    }
}
