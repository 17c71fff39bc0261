//! Blobs in a directory.
//!
//! Files are kept open (a cache of handles) and read at positions. What the page cache holds is read
//! without leaving the thread (`RWF_NOWAIT`); anything else goes to the blocking pool, so that a
//! slow disk never holds up other requests.

use std::{
    fs::{self, File, Metadata},
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use moka::sync::Cache;
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use super::{BlobError, BlobInfo, BlobStore, BlobStream, INCOMING, PIECE_BYTES, is_own};

/// How many archives are kept open.
const OPEN_FILES: u64 = 256;

/// Characters of the key that name its folder.
const SPREAD: usize = 2;

/// Blobs in a directory, one file each, spread over 256 folders by the key's first two characters.
#[derive(Debug)]
pub struct LocalStore {
    directory: PathBuf,
    open: Cache<String, Arc<File>>,
}

impl LocalStore {
    /// Opens the store, making the directory when it is not there.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn open(directory: &Path) -> Result<Self, BlobError> {
        fs::create_dir_all(directory)?;
        Ok(Self {
            directory: directory.to_owned(),
            open: Cache::new(OPEN_FILES),
        })
    }

    fn path(&self, key: &str) -> PathBuf {
        self.directory
            .join(key.get(..SPREAD).unwrap_or("__"))
            .join(key)
    }

    async fn file(&self, key: &str) -> Result<Arc<File>, BlobError> {
        if let Some(file) = self.open.get(key) {
            return Ok(file);
        }
        let path = self.path(key);
        let file = blocking(move || File::open(path))
            .await
            .map_err(|error| missing(error, key))?;
        let file = Arc::new(file);
        self.open.insert(key.to_owned(), Arc::clone(&file));
        Ok(file)
    }

    /// What the disk says of a blob; one that is kept open may have been removed, or put again, meanwhile.
    async fn metadata(&self, key: &str) -> Result<Metadata, BlobError> {
        let path = self.path(key);
        let found = blocking(move || fs::metadata(path)).await;
        found.map_err(|error| missing(error, key))
    }
}

#[async_trait]
impl BlobStore for LocalStore {
    async fn put(&self, key: &str, from: &Path) -> Result<(), BlobError> {
        let (from, to) = (from.to_owned(), self.path(key));
        let incoming = self.directory.join(INCOMING);
        Ok(blocking(move || publish(&from, &to, &incoming)).await?)
    }

    async fn read(&self, key: &str, range: Range<u64>) -> Result<BlobStream, BlobError> {
        let file = self.file(key).await?;
        Ok(
            stream::try_unfold((file, range), |(file, range)| async move {
                if range.is_empty() {
                    return Ok(None);
                }
                let piece = read_piece(&file, &range).await?;
                let rest = range.start + piece.len() as u64..range.end;
                Ok(Some((piece, (file, rest))))
            })
            .boxed(),
        )
    }

    async fn length(&self, key: &str) -> Result<u64, BlobError> {
        Ok(self.metadata(key).await?.len())
    }

    async fn written_at(&self, key: &str) -> Result<DateTime<Utc>, BlobError> {
        Ok(self.metadata(key).await?.modified()?.into())
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.open.invalidate(key);
        let path = self.path(key);
        match blocking(move || fs::remove_file(path)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn list(&self) -> Result<Vec<BlobInfo>, BlobError> {
        let directory = self.directory.clone();
        Ok(blocking(move || list(&directory)).await?)
    }
}

/// Durable before it can be seen: the file's bytes, then its name.
fn publish(from: &Path, to: &Path, incoming: &Path) -> io::Result<()> {
    if let Ok(there) = File::open(to) {
        // Young again, so that no sweep takes it before the version that needs it is committed.
        return there.set_modified(SystemTime::now());
    }
    let folder = to.parent().unwrap_or(to);
    if !folder.is_dir() {
        fs::create_dir_all(folder)?;
        File::open(folder.parent().unwrap_or(folder))?.sync_all()?;
    }
    let staged = File::open(from)?;
    // Its age counts from now, not from when it arrived.
    staged.set_modified(SystemTime::now())?;
    staged.sync_all()?;
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy(&staged, to, incoming)?,
        other => other?,
    }
    File::open(folder)?.sync_all()
}

/// From another device: on its way under a name of its own, so that two at once don't write one file. What a
/// crash leaves of it is swept with the uploads.
fn copy(mut from: &File, to: &Path, incoming: &Path) -> io::Result<()> {
    fs::create_dir_all(incoming)?;
    let mut copied = NamedTempFile::with_prefix_in("copied-", incoming)?;
    io::copy(&mut from, copied.as_file_mut())?;
    copied.as_file().sync_all()?;
    copied.persist(to)?;
    Ok(())
}

/// Files of ours in folders of ours: those on their way lie in a folder with a longer name.
fn list(directory: &Path) -> io::Result<Vec<BlobInfo>> {
    let mut found = Vec::new();
    for folder in fs::read_dir(directory)? {
        let folder = folder?;
        let spread = folder.file_name().to_string_lossy().into_owned();
        if !folder.file_type()?.is_dir() || spread.len() != SPREAD {
            continue;
        }
        for file in fs::read_dir(folder.path())? {
            let file = file?;
            let key = file.file_name().to_string_lossy().into_owned();
            if !is_own(&key) || !key.starts_with(&spread) {
                continue;
            }
            match file.metadata() {
                Ok(metadata) => found.push(BlobInfo {
                    key,
                    written_at: metadata.modified()?.into(),
                }),
                // Another server's sweep was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(found)
}

async fn read_piece(file: &Arc<File>, range: &Range<u64>) -> io::Result<Bytes> {
    let wanted = usize::try_from(range.end - range.start)
        .unwrap_or(usize::MAX)
        .min(PIECE_BYTES);
    let at = range.start;
    if let Some(piece) = read_cached(file, at, wanted) {
        return Ok(piece);
    }
    let file = Arc::clone(file);
    blocking(move || {
        let mut piece = BytesMut::zeroed(wanted);
        let read = std::os::unix::fs::FileExt::read_at(&*file, &mut piece, at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        piece.truncate(read);
        Ok(piece.freeze())
    })
    .await
}

/// What the page cache holds of the piece, without waiting for the disk; `None` when it holds nothing.
#[cfg(target_os = "linux")]
fn read_cached(file: &File, at: u64, wanted: usize) -> Option<Bytes> {
    use rustix::io::{ReadWriteFlags, preadv2};

    let mut piece = BytesMut::zeroed(wanted);
    let mut parts = [io::IoSliceMut::new(&mut piece)];
    let read = preadv2(file, &mut parts, at, ReadWriteFlags::NOWAIT)
        .ok()
        .filter(|read| *read > 0)?;
    piece.truncate(read);
    Some(piece.freeze())
}

#[cfg(not(target_os = "linux"))]
fn read_cached(_file: &File, _at: u64, _wanted: usize) -> Option<Bytes> {
    None
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

fn missing(error: io::Error, key: &str) -> BlobError {
    match error.kind() {
        io::ErrorKind::NotFound => BlobError::NotFound(key.to_owned()),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt;

    #[tokio::test]
    async fn a_blob_reads_back_by_range_and_goes_away() {
        let home = tempfile::tempdir().unwrap();
        let store = LocalStore::open(&home.path().join("blobs")).unwrap();
        let staged = home.path().join("staged");
        let content: Vec<u8> = (0..400_000_u32).map(|n| (n % 251) as u8).collect();
        fs::write(&staged, &content).unwrap();
        let key = &format!("{}.zip", "ab".repeat(32));

        store.put(key, &staged).await.unwrap();
        assert!(!staged.exists());
        assert_eq!(store.length(key).await.unwrap(), 400_000);
        let read: Vec<Bytes> = store
            .read(key, 100..300_100)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(read.concat(), content[100..300_100]);
        assert_eq!(&store.list().await.unwrap()[0].key, key);

        store.delete(key).await.unwrap();
        store.delete(key).await.unwrap();
        assert!(matches!(
            store.length(key).await,
            Err(BlobError::NotFound(_))
        ));
    }

    #[tokio::test]
    async fn a_blob_that_is_kept_open_and_gone_from_the_disk_is_gone() {
        let home = tempfile::tempdir().unwrap();
        let store = LocalStore::open(home.path()).unwrap();
        let staged = home.path().join("staged");
        fs::write(&staged, "archive").unwrap();
        store.put("abcd.zip", &staged).await.unwrap();
        drop(store.read("abcd.zip", 0..1).await.unwrap());
        fs::remove_file(store.path("abcd.zip")).unwrap();
        for gone in [
            store.length("abcd.zip").await.err(),
            store.written_at("abcd.zip").await.err(),
        ] {
            assert!(matches!(gone, Some(BlobError::NotFound(_))), "{gone:?}");
        }
    }

    #[test]
    fn what_is_not_ours_is_not_listed() {
        let home = tempfile::tempdir().unwrap();
        let own = format!("{}.zip", "ab".repeat(32));
        for folder in ["ab", "cd", "incoming"] {
            fs::create_dir(home.path().join(folder)).unwrap();
            for name in [own.as_str(), "backup.zip"] {
                fs::write(home.path().join(folder).join(name), "").unwrap();
            }
        }
        let listed = list(home.path()).unwrap();
        let keys: Vec<&str> = listed.iter().map(|blob| blob.key.as_str()).collect();
        assert_eq!(keys, [own]);
    }

    #[test]
    fn copies_of_one_blob_at_the_same_time_are_whole() {
        let home = tempfile::tempdir().unwrap();
        let (from, to) = (home.path().join("from"), home.path().join("to"));
        let incoming = home.path().join(INCOMING);
        let content = vec![7_u8; 3_000_000];
        fs::write(&from, &content).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    copy(&File::open(&from).unwrap(), &to, &incoming).unwrap();
                    assert!(fs::read(&to).unwrap() == content);
                });
            }
        });
        assert_eq!(fs::read_dir(&incoming).unwrap().count(), 0);
    }
}
