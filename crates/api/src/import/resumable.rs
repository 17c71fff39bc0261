//! Uploads that may stop and go on, on disk: what has arrived outlives a lost line and a restarted
//! server. The protocol (tus 1.0) is the route's; the sweep of the staging folder ends what nobody
//! goes on with.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use tokio::{io::AsyncWriteExt, task::spawn_blocking, time::timeout};
use uuid::Uuid;

use super::{ORPHAN_AGE, staging::Staged};

/// A sender that is silent for this long has gone; the next may go on where it stopped.
const SILENCE: Duration = Duration::from_secs(30);

/// Why an upload does not go on.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// There is none, or not any more, or it is another's.
    #[error("there is no such upload")]
    Missing,
    /// The piece does not begin where the upload stands.
    #[error("the upload stands at byte {0}")]
    Offset(u64),
    /// Another request is writing it just now.
    #[error("the upload is being written")]
    Busy,
    /// More came than was announced.
    #[error("the upload was announced with {0} bytes")]
    TooLong(u64),
    /// The piece is not what its sender summed up; nothing of it was kept.
    #[error("the piece does not have the checksum that it came with")]
    Checksum,
    /// Something is missing at its end.
    #[error("the upload stands at byte {at} of {length}")]
    Unfinished {
        /// What has arrived.
        at: u64,
        /// What was announced.
        length: u64,
    },
    /// A file could not be read or written, or the sender went away.
    #[error("the upload could not be written")]
    Io(#[from] io::Error),
}

/// What a piece is to sum up to.
#[derive(Debug, Clone)]
pub enum Checksum {
    /// SHA-1.
    Sha1(Vec<u8>),
    /// SHA-256.
    Sha256(Vec<u8>),
}

impl Checksum {
    /// Whether a piece of a file has it.
    fn holds(&self, mut piece: impl io::Read) -> io::Result<bool> {
        fn sum<D: Digest>(piece: &mut impl io::Read) -> io::Result<Vec<u8>> {
            let (mut sum, mut buffer) = (D::new(), vec![0; 1 << 16]);
            loop {
                match piece.read(&mut buffer)? {
                    0 => return Ok(sum.finalize().to_vec()),
                    read => sum.update(&buffer[..read]),
                }
            }
        }
        Ok(match self {
            Self::Sha1(expected) => sum::<Sha1>(&mut piece)? == *expected,
            Self::Sha256(expected) => sum::<Sha256>(&mut piece)? == *expected,
        })
    }
}

/// What is known of an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Upload {
    /// Names it.
    pub id: Uuid,
    /// Whose it is.
    pub owner: String,
    /// Bytes announced.
    pub length: u64,
    /// The protocol's `Upload-Metadata`, as it came.
    pub metadata: String,
    /// Bytes arrived.
    #[serde(skip)]
    pub at: u64,
    /// When it goes away if nothing more comes.
    #[serde(skip, default = "SystemTime::now")]
    pub expires_at: SystemTime,
}

/// The uploads under way in a folder.
#[derive(Debug, Clone)]
pub struct Uploads(PathBuf);

impl Uploads {
    /// Those of this folder.
    pub fn of(staging: PathBuf) -> Self {
        Self(staging)
    }

    /// Begins one.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn create(&self, owner: &str, length: u64, metadata: &str) -> Result<Upload, UploadError> {
        let upload = Upload {
            id: Uuid::new_v4(),
            owner: owner.to_owned(),
            length,
            metadata: metadata.to_owned(),
            at: 0,
            expires_at: SystemTime::now() + life(),
        };
        fs::create_dir_all(&self.0)?;
        File::create_new(self.data(upload.id))?;
        let description = serde_json::to_vec(&upload).map_err(io::Error::other)?;
        fs::write(self.description(upload.id), description)?;
        Ok(upload)
    }

    /// Where an upload of this owner stands.
    ///
    /// # Errors
    /// `Missing`, or when it cannot be read.
    pub fn find(&self, id: Uuid, owner: &str) -> Result<Upload, UploadError> {
        let path = self.description(id);
        let description = fs::read(&path).map_err(missing)?;
        let mut upload: Upload = serde_json::from_slice(&description).map_err(io::Error::other)?;
        upload.at = fs::metadata(self.data(id)).map_err(missing)?.len();
        upload.expires_at = fs::metadata(&path).map_err(missing)?.modified()? + life();
        if upload.owner != owner || upload.expires_at < SystemTime::now() {
            return Err(UploadError::Missing);
        }
        Ok(upload)
    }

    /// Adds what comes, from byte `offset` on; answers where the upload stands now. What has come
    /// before the sender went away stays.
    ///
    /// # Errors
    /// `Missing`, `Offset`, `Busy`, `TooLong`, or when it cannot be written.
    pub async fn append<E: std::fmt::Display>(
        &self,
        upload: &Upload,
        offset: u64,
        mut pieces: impl Stream<Item = Result<Bytes, E>> + Unpin,
        checksum: Option<Checksum>,
    ) -> Result<Upload, UploadError> {
        let (data, description) = (self.data(upload.id), self.description(upload.id));
        let (file, mut at) = blocking(move || open_locked(&data)).await?;
        if at != offset {
            return Err(UploadError::Offset(at));
        }
        let mut file = tokio::fs::File::from_std(file);
        let mut ended = Ok(());
        while ended.is_ok() {
            let piece = match timeout(SILENCE, pieces.next()).await {
                Ok(None) => break,
                Ok(Some(Ok(piece))) => piece,
                Ok(Some(Err(error))) => {
                    ended = Err(io::Error::other(error.to_string()).into());
                    continue;
                }
                Err(_) => {
                    ended = Err(io::Error::from(io::ErrorKind::TimedOut).into());
                    continue;
                }
            };
            if at + piece.len() as u64 > upload.length {
                ended = Err(UploadError::TooLong(upload.length));
                continue;
            }
            at += piece.len() as u64;
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        if let Some(checksum) = checksum {
            let (data, whole) = (self.data(upload.id), ended.is_ok());
            let kept = blocking(move || keep_checked(&data, offset, whole, &checksum)).await?;
            if !kept && ended.is_ok() {
                ended = Err(UploadError::Checksum);
            }
        }
        file.sync_data().await?;
        blocking(move || touch(&description)).await?;
        ended?;
        Ok(Upload {
            at,
            expires_at: SystemTime::now() + life(),
            ..upload.clone()
        })
    }

    /// Ends it: what has arrived goes away.
    ///
    /// # Errors
    /// `Busy` while it is written, or when it cannot be removed.
    pub fn remove(&self, upload: &Upload) -> Result<(), UploadError> {
        let _locked = open_locked(&self.data(upload.id))?;
        fs::remove_file(self.data(upload.id)).map_err(missing)?;
        fs::remove_file(self.description(upload.id)).map_err(missing)
    }

    /// The whole file, which is no upload any more.
    ///
    /// # Errors
    /// `Unfinished`, `Busy`, `Missing` when another took it, or when it cannot be read.
    pub fn take(&self, upload: &Upload) -> Result<Staged, UploadError> {
        let (_locked, at) = open_locked(&self.data(upload.id))?;
        if at != upload.length {
            let length = upload.length;
            return Err(UploadError::Unfinished { at, length });
        }
        let taken = self.0.join(format!("taken-{}", upload.id));
        fs::rename(self.data(upload.id), &taken).map_err(missing)?;
        fs::remove_file(self.description(upload.id)).map_err(missing)?;
        Ok(Staged::adopt(taken)?)
    }

    fn data(&self, id: Uuid) -> PathBuf {
        self.0.join(format!("resumable-{id}"))
    }

    fn description(&self, id: Uuid) -> PathBuf {
        self.0.join(format!("resumable-{id}.json"))
    }
}

fn life() -> Duration {
    ORPHAN_AGE.to_std().expect("a day is positive")
}

/// The file to go on with and its length; the lock lasts as long as it is open.
fn open_locked(path: &Path) -> Result<(File, u64), UploadError> {
    let file = OpenOptions::new()
        .append(true)
        .open(path)
        .map_err(missing)?;
    match file.try_lock() {
        Ok(()) => {
            let length = file.metadata()?.len();
            Ok((file, length))
        }
        Err(TryLockError::WouldBlock) => Err(UploadError::Busy),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn touch(path: &Path) -> Result<(), UploadError> {
    let file = OpenOptions::new()
        .append(true)
        .open(path)
        .map_err(missing)?;
    Ok(file.set_modified(SystemTime::now())?)
}

fn missing(error: io::Error) -> UploadError {
    match error.kind() {
        io::ErrorKind::NotFound => UploadError::Missing,
        _ => error.into(),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, UploadError> + Send + 'static,
) -> Result<T, UploadError> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Looks at what has come since `offset`; what is not whole, or not what was summed up, goes again. Says
/// whether it was kept.
fn keep_checked(
    data: &Path,
    offset: u64,
    whole: bool,
    checksum: &Checksum,
) -> Result<bool, UploadError> {
    let mut file = OpenOptions::new().read(true).write(true).open(data)?;
    file.seek(io::SeekFrom::Start(offset))?;
    let kept = whole && checksum.holds(&file)?;
    if !kept {
        file.set_len(offset)?;
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn pieces(of: &[&'static str]) -> impl Stream<Item = Result<Bytes, String>> + Unpin {
        let pieces = of.iter().map(|text| match *text {
            "lost" => Err("the line was lost".to_owned()),
            text => Ok(Bytes::from_static(text.as_bytes())),
        });
        stream::iter(pieces.collect::<Vec<_>>())
    }

    #[tokio::test]
    async fn what_came_before_the_line_was_lost_stays_and_the_rest_follows() {
        let home = tempfile::tempdir().unwrap();
        let uploads = Uploads::of(home.path().to_owned());
        let upload = uploads.create("ada", 8, "").unwrap();
        let lost = uploads
            .append(&upload, 0, pieces(&["per", "lost", "x"]), None)
            .await;
        assert!(matches!(lost, Err(UploadError::Io(_))));

        // A server that starts again knows nothing but the folder.
        let uploads = Uploads::of(home.path().to_owned());
        assert!(matches!(
            uploads.find(upload.id, "eva"),
            Err(UploadError::Missing)
        ));
        let upload = uploads.find(upload.id, "ada").unwrap();
        assert_eq!(upload.at, 3);
        let wrong = uploads.append(&upload, 0, pieces(&["per"]), None).await;
        assert!(matches!(wrong, Err(UploadError::Offset(3))));
        assert!(matches!(
            uploads.take(&upload),
            Err(UploadError::Unfinished { at: 3, length: 8 })
        ));
        let long = uploads.append(&upload, 3, pieces(&["corso!"]), None).await;
        assert!(matches!(long, Err(UploadError::TooLong(8))));
        let upload = uploads
            .append(&upload, 3, pieces(&["cor", "so"]), None)
            .await
            .unwrap();
        assert_eq!(upload.at, 8);

        let staged = uploads.take(&upload).unwrap();
        assert_eq!(fs::read(staged.path()).unwrap(), b"percorso");
        assert!(matches!(uploads.take(&upload), Err(UploadError::Missing)));
        drop(staged);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn one_writes_at_a_time_and_an_old_one_is_gone() {
        let home = tempfile::tempdir().unwrap();
        let uploads = Uploads::of(home.path().to_owned());
        let upload = uploads.create("ada", 3, "").unwrap();
        let held = open_locked(&uploads.data(upload.id)).unwrap();
        let second = uploads.append(&upload, 0, pieces(&["per"]), None).await;
        assert!(matches!(second, Err(UploadError::Busy)));
        drop(held);
        let description = File::open(uploads.description(upload.id)).unwrap();
        description
            .set_modified(SystemTime::now() - 2 * life())
            .unwrap();
        assert!(matches!(
            uploads.find(upload.id, "ada"),
            Err(UploadError::Missing)
        ));
    }
}
