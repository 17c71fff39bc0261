//! A file on its way in: written to disk while it is hashed, never whole in memory.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempPath};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    task::{JoinHandle, spawn_blocking},
};

use super::pack::pack;

/// Pieces that may wait for the disk; beyond them the sender waits.
const PIECES_WAITING: usize = 16;
/// Written data is pushed to the disk this often, so that little is left to wait for at the end.
const SYNC_EVERY_BYTES: u64 = 64 * 1024 * 1024;

/// A file that has arrived whole. Dropping it removes it.
#[derive(Debug)]
pub struct Staged {
    path: TempPath,
    /// Its size.
    pub size_bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

impl Staged {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Copies a local file in.
    ///
    /// # Errors
    /// When either side cannot be read or written.
    pub fn copy_of(file: &Path, directory: &Path) -> io::Result<Self> {
        let mut from = fs::File::open(file)?;
        let mut writer = Writer::begin(directory)?;
        let mut piece = vec![0; 1024 * 1024];
        loop {
            let read = from.read(&mut piece)?;
            if read == 0 {
                return Ok(writer.finish());
            }
            writer.write_all(&piece[..read])?;
        }
    }

    /// Writes bytes that are in memory.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub(crate) fn of(bytes: &[u8], directory: &Path) -> io::Result<Self> {
        let mut writer = Writer::begin(directory)?;
        writer.write_all(bytes)?;
        Ok(writer.finish())
    }

    /// Packs a folder.
    ///
    /// # Errors
    /// When a file cannot be read or the zip not written.
    pub fn packed(folder: &Path, directory: &Path) -> io::Result<Self> {
        let mut writer = Writer::begin(directory)?;
        pack(folder, &mut writer)?;
        Ok(writer.finish())
    }

    /// Takes over a file that arrived by other ways; from now on it goes away when this is dropped.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn adopt(file: PathBuf) -> io::Result<Self> {
        let path = TempPath::try_from_path(file)?;
        let mut from = fs::File::open(&path)?;
        let (mut hash, mut size_bytes) = (Sha256::new(), 0);
        let mut piece = vec![0; 1024 * 1024];
        loop {
            match from.read(&mut piece)? {
                0 => return Ok(Self::new(path, size_bytes, hash.finalize().into())),
                read => {
                    hash.update(&piece[..read]);
                    size_bytes += read as u64;
                }
            }
        }
    }

    /// A finished temporary file whose size and hash are known.
    pub(crate) fn new(path: TempPath, size_bytes: u64, sha256: [u8; 32]) -> Self {
        Self {
            path,
            size_bytes,
            sha256,
        }
    }
}

/// The receiving end of an upload. Dropping it before [`Stager::finish`] removes what has arrived.
#[derive(Debug)]
pub struct Stager {
    sender: Sender<Bytes>,
    task: JoinHandle<io::Result<Staged>>,
}

impl Stager {
    /// Begins a file in `directory`.
    pub fn begin(directory: PathBuf) -> Self {
        let (sender, receiver) = mpsc::channel(PIECES_WAITING);
        Self {
            sender,
            task: spawn_blocking(move || receive(receiver, &directory)),
        }
    }

    /// Adds a piece; waits while the disk is behind.
    ///
    /// # Errors
    /// When the disk could not be written.
    pub async fn write(&mut self, piece: Bytes) -> io::Result<()> {
        if self.sender.send(piece).await.is_ok() {
            return Ok(());
        }
        let ended = (&mut self.task).await.map_err(io::Error::other)?;
        Err(ended
            .err()
            .unwrap_or_else(|| io::ErrorKind::BrokenPipe.into()))
    }

    /// The file, once every piece is written.
    ///
    /// # Errors
    /// When the disk could not be written.
    pub async fn finish(self) -> io::Result<Staged> {
        drop(self.sender);
        self.task.await.map_err(io::Error::other)?
    }
}

fn receive(mut pieces: Receiver<Bytes>, directory: &Path) -> io::Result<Staged> {
    let mut writer = Writer::begin(directory)?;
    while let Some(piece) = pieces.blocking_recv() {
        writer.write_all(&piece)?;
    }
    Ok(writer.finish())
}

struct Writer {
    file: NamedTempFile,
    hash: Sha256,
    size_bytes: u64,
    unsynced_bytes: u64,
}

impl Writer {
    fn begin(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let file = NamedTempFile::with_prefix_in("upload-", directory)?;
        Ok(Self {
            file,
            hash: Sha256::new(),
            size_bytes: 0,
            unsynced_bytes: 0,
        })
    }

    fn finish(self) -> Staged {
        Staged {
            path: self.file.into_temp_path(),
            size_bytes: self.size_bytes,
            sha256: self.hash.finalize().into(),
        }
    }
}

impl Write for Writer {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let written = self.file.write(piece)?;
        self.hash.update(&piece[..written]);
        self.size_bytes += written as u64;
        self.unsynced_bytes += written as u64;
        if self.unsynced_bytes >= SYNC_EVERY_BYTES {
            self.file.as_file().sync_data()?;
            self.unsynced_bytes = 0;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_sent_is_there_with_its_hash_and_goes_away_when_dropped() {
        let home = tempfile::tempdir().unwrap();
        let mut arriving = Stager::begin(home.path().to_owned());
        for piece in ["per", "cor", "so"] {
            arriving
                .write(Bytes::from_static(piece.as_bytes()))
                .await
                .unwrap();
        }
        let staged = arriving.finish().await.unwrap();
        assert_eq!(fs::read(staged.path()).unwrap(), b"percorso");
        assert_eq!(staged.size_bytes, 8);
        assert_eq!(staged.sha256, <[u8; 32]>::from(Sha256::digest(b"percorso")));

        let again = Staged::copy_of(staged.path(), home.path()).unwrap();
        assert_eq!(again.sha256, staged.sha256);
        drop((staged, again));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }
}
