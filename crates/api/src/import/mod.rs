//! A file becomes a package version: read, checked, media stored again, published.
//!
//! Nothing is visible before everything is there. The archive goes to the blob store first, durable
//! under a key that names its content; then one transaction publishes version and directory. What a
//! crash leaves between the two is a blob nobody names, which [`Importer::sweep`] removes.

pub mod excerpt;
pub(crate) mod media;
pub mod pack;
mod read;
pub mod resumable;
pub mod staging;
mod zip_writer;

pub(crate) use zip_writer::ZipWriter;

use std::{
    collections::HashSet,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::pooled_connection::deadpool::Object;
use percorso_package::{Finding, Limits, Package};
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::{
    app::App,
    blob::{BlobError, BlobStore},
    config::UploadLimits,
    content::Entry,
    db::{
        self, Pool,
        packages::{Belongs, NewVersion, PackageVersion},
    },
    wire::package::hexadecimal,
    xapi::attachment::blob_key,
};
use staging::Staged;

/// Blobs and half-sent uploads older than this that nothing names are swept.
const ORPHAN_AGE: TimeDelta = TimeDelta::hours(24);

/// Folder for files on their way, beside the archives.
const STAGING: &str = "incoming";

/// Why a file did not become a package version.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be delivered: every finding, at least one an error, and the lines each is about.
    #[error("the package does not conform")]
    Rejected(Vec<Finding>, Vec<Vec<excerpt::Line>>),
    /// The package it should be a version of is not there, or archived.
    #[error("no package {0} on offer")]
    NoSuchPackage(Uuid),
    /// A file could not be read or written.
    #[error("files could not be read or written")]
    Io(#[from] io::Error),
    /// The blob store failed.
    #[error("the archive could not be stored")]
    Blob(#[from] BlobError),
    /// The database failed.
    #[error("the database could not be read or written")]
    Database(#[from] diesel::result::Error),
    /// No connection to the database.
    #[error("no connection to the database")]
    Pool(#[from] db::PoolError),
}

/// Imports files into a database and a blob store.
#[derive(Clone)]
pub struct Importer {
    /// Where versions are published.
    pub db: Pool,
    /// Where archives lie.
    pub blobs: Arc<dyn BlobStore>,
    /// Directory for files on their way; best on the blob store's own disk.
    pub staging: PathBuf,
    /// What a package may be at most.
    pub limits: Limits,
    /// What an uploaded file may be at most.
    pub upload_bytes: u64,
}

impl Importer {
    /// The importer of a running server.
    pub(crate) fn of(app: &App) -> Self {
        Self {
            db: app.db.clone(),
            blobs: Arc::clone(&app.blobs),
            staging: app.config.blobs.directory.join(STAGING),
            limits: limits(&app.config.uploads),
            upload_bytes: app.config.uploads.upload_bytes,
        }
    }

    /// Publishes a staged file as a version of the package it belongs to. The same file again is the
    /// same version again.
    ///
    /// # Errors
    /// When it cannot be delivered, its package is not on offer, or a store fails.
    pub async fn import(
        &self,
        staged: Staged,
        belongs: Belongs,
    ) -> Result<PackageVersion, ImportError> {
        if let Some(known) = self.known(&staged, belongs).await? {
            return Ok(known);
        }
        let (staging, limits) = (self.staging.clone(), self.limits);
        let prepared = blocking(move || prepare(staged, &staging, &limits)).await?;
        let blob_key = format!("{}.zip", hexadecimal(&prepared.archive.sha256));
        self.blobs.put(&blob_key, prepared.archive.path()).await?;
        let new = NewVersion {
            manifest: prepared.package,
            findings: serde_json::to_value(&prepared.findings).map_err(io::Error::other)?,
            size_bytes: prepared.upload_bytes.cast_signed(),
            sha256: prepared.archive.sha256.to_vec(),
            upload_sha256: prepared.upload_sha256.to_vec(),
            blob_key,
        };
        let mut conn = self.connection().await?;
        db::packages::publish(&mut conn, new, belongs, &prepared.entries)
            .await
            .map_err(|error| not_on_offer(error, belongs))
    }

    /// Everything that reading a staged file finds; nothing is kept.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn lint(&self, staged: Staged) -> Result<Vec<Finding>, ImportError> {
        let limits = self.limits;
        blocking(move || Ok(findings(staged.path(), &limits)?)).await
    }

    /// Removes archives that no version names, attachments that no statement has, and uploads that never
    /// ended, a day old or more; says how many.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn sweep(&self, now: DateTime<Utc>) -> Result<usize, ImportError> {
        let before = now - ORPHAN_AGE;
        let blobs = self.blobs.list().await?;
        let mut conn = self.connection().await?;
        let mut named: HashSet<String> = db::packages::blob_keys(&mut conn)
            .await?
            .into_iter()
            .collect();
        db::lrs::forget_attachments(&mut conn, before).await?;
        let attachments = db::lrs::attachment_keys(&mut conn).await?;
        named.extend(attachments.iter().map(|sha2| blob_key(sha2)));
        drop(conn);
        let mut swept = 0;
        for blob in blobs {
            if blob.written_at < before
                && !named.contains(&blob.key)
                && !self.is_wanted(&blob.key, before).await?
            {
                self.blobs.delete(&blob.key).await?;
                swept += 1;
            }
        }
        let staging = self.staging.clone();
        Ok(swept + blocking(move || sweep_staging(&staging)).await?)
    }

    /// Whether an archive that nothing named was published again, or is about to be, since the sweep began:
    /// a store makes it young when it is put again.
    async fn is_wanted(&self, key: &str, before: DateTime<Utc>) -> Result<bool, ImportError> {
        if self.blobs.written_at(key).await? >= before {
            return Ok(true);
        }
        Ok(db::packages::names_blob(&mut *self.connection().await?, key).await?)
    }

    /// Spares the reading of a file whose version is published already.
    async fn known(
        &self,
        staged: &Staged,
        belongs: Belongs,
    ) -> Result<Option<PackageVersion>, ImportError> {
        let mut conn = self.connection().await?;
        match belongs {
            Belongs::ByContent | Belongs::ByIdentifier => {
                Ok(db::packages::by_upload(&mut conn, &staged.sha256).await?)
            }
            Belongs::To(package_id) => {
                let current = db::packages::current(&mut conn, package_id).await?;
                let current = current
                    .filter(|version| version.archived_at.is_none())
                    .ok_or(ImportError::NoSuchPackage(package_id))?;
                Ok((current.upload_sha256 == staged.sha256).then_some(current))
            }
        }
    }

    async fn connection(&self) -> Result<Object<db::Connection>, ImportError> {
        Ok(self.db.get().await?)
    }
}

/// What an archive may be, by the settings.
pub fn limits(uploads: &UploadLimits) -> Limits {
    Limits {
        entries: uploads.entries,
        total_bytes: uploads.unpacked_bytes,
        entry_bytes: uploads.entry_bytes,
        ratio: uploads.ratio,
        directory_bytes: uploads.directory_bytes,
        ..Limits::default()
    }
}

/// Everything that reading a file finds.
///
/// # Errors
/// When it cannot be read.
pub fn findings(file: &Path, limits: &Limits) -> io::Result<Vec<Finding>> {
    Ok(read::read(file, limits)?.findings)
}

/// A file that can be published.
struct Prepared {
    archive: Staged,
    entries: Vec<Entry>,
    package: Package,
    findings: Vec<Finding>,
    upload_bytes: u64,
    upload_sha256: [u8; 32],
}

fn prepare(staged: Staged, staging: &Path, limits: &Limits) -> Result<Prepared, ImportError> {
    let read = read::read(staged.path(), limits)?;
    let Some(package) = read.package else {
        let lines = excerpt::excerpts(staged.path(), &read.findings, limits);
        return Err(ImportError::Rejected(read.findings, lines));
    };
    let (upload_bytes, upload_sha256) = (staged.size_bytes, staged.sha256);
    let (archive, entries) = seekable(staged, read.entries, staging)?;
    Ok(Prepared {
        archive,
        entries,
        package,
        findings: read.findings,
        upload_bytes,
        upload_sha256,
    })
}

/// The archive with its audio and video stored: mostly as it came.
fn seekable(
    staged: Staged,
    entries: Vec<Entry>,
    staging: &Path,
) -> io::Result<(Staged, Vec<Entry>)> {
    if !media::needs_restoring(&entries) {
        return Ok((staged, entries));
    }
    let out = NamedTempFile::with_prefix_in("restored-", staging)?;
    let (entries, sha256) = media::restore(&File::open(staged.path())?, &entries, out.as_file())?;
    let size_bytes = out.as_file().metadata()?.len();
    Ok((
        Staged::new(out.into_temp_path(), size_bytes, sha256),
        entries,
    ))
}

fn sweep_staging(staging: &Path) -> Result<usize, ImportError> {
    let old = Duration::from_secs(ORPHAN_AGE.num_seconds().unsigned_abs());
    let mut swept = 0;
    // The first upload makes the directory.
    let files = match std::fs::read_dir(staging) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        files => files?,
    };
    for file in files {
        let file = file?;
        // An upload that ended meanwhile has taken its file away.
        let Ok(metadata) = file.metadata() else {
            continue;
        };
        let is_old = metadata.modified()?.elapsed().is_ok_and(|age| age > old);
        if is_old {
            std::fs::remove_file(file.path())?;
            swept += 1;
        }
    }
    Ok(swept)
}

fn not_on_offer(error: diesel::result::Error, belongs: Belongs) -> ImportError {
    match (error, belongs) {
        (diesel::NotFound, Belongs::To(package_id)) => ImportError::NoSuchPackage(package_id),
        (error, _) => error.into(),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImportError> + Send + 'static,
) -> Result<T, ImportError> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn a_sweep_takes_old_uploads_only_and_needs_no_directory() {
        let folder = tempfile::tempdir().unwrap();
        let staging = folder.path().join(STAGING);
        assert_eq!(sweep_staging(&staging).unwrap(), 0);
        std::fs::create_dir_all(&staging).unwrap();
        let old = File::create(staging.join("old")).unwrap();
        let days = Duration::from_hours(48);
        old.set_modified(SystemTime::now() - days).unwrap();
        File::create(staging.join("young")).unwrap();
        assert_eq!(sweep_staging(&staging).unwrap(), 1);
        assert!(staging.join("young").exists() && !staging.join("old").exists());
    }
}
