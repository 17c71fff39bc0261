//! A file becomes a package version: read, checked, media stored again, published.
//!
//! Nothing is visible before everything is there. The archive goes to the blob store first, durable
//! under a key that names its content; then one transaction publishes version and directory. What a
//! crash leaves between the two is a blob nobody names, which [`Importer::sweep`] removes. Publishing a
//! version and removing a blob hold the same lock, so that no version is published whose archive is gone.

pub mod excerpt;
pub(crate) mod media;
pub(crate) mod orphans;
pub mod pack;
mod read;
pub mod resumable;
pub mod staging;
mod zip_writer;

pub(crate) use zip_writer::ZipWriter;

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::TimeDelta;
use diesel_async::{AsyncConnection, pooled_connection::deadpool::Object};
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
};
use staging::Staged;

/// Blobs and half-sent uploads older than this that nothing names are swept.
const ORPHAN_AGE: TimeDelta = TimeDelta::hours(24);

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
            staging: app.config.blobs.incoming(),
            limits: limits(&app.config.uploads),
            upload_bytes: app.config.uploads.upload_bytes,
        }
    }

    /// Publishes a staged file as a version of the package it belongs to. The same file again is the
    /// same version again, and brings back an archive that was lost.
    ///
    /// # Errors
    /// When it cannot be delivered, its package is not on offer, or a store fails.
    pub async fn import(
        &self,
        staged: Staged,
        belongs: Belongs,
    ) -> Result<PackageVersion, ImportError> {
        if let Some(known) = self.known(&staged, belongs).await?
            && self.is_there(&known.blob_key).await?
        {
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
        let archive = prepared.archive.path();
        self.publish(new, belongs, archive, &prepared.entries).await
    }

    /// Everything that reading a staged file finds; nothing is kept.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn lint(&self, staged: Staged) -> Result<Vec<Finding>, ImportError> {
        let limits = self.limits;
        blocking(move || Ok(findings(staged.path(), &limits)?)).await
    }

    /// Publishes a version whose archive was put. A sweep may have taken it since, when it was an orphan before;
    /// then the staged file is still there and is put again.
    async fn publish(
        &self,
        new: NewVersion,
        belongs: Belongs,
        archive: &Path,
        entries: &[Entry],
    ) -> Result<PackageVersion, ImportError> {
        let mut conn = self.connection().await?;
        let conn: &mut db::Connection = &mut conn;
        conn.transaction(async move |conn| {
            db::packages::lock_blob(conn, &new.blob_key).await?;
            orphans::put_if_gone(&*self.blobs, &new.blob_key, archive).await?;
            db::packages::publish(conn, new, belongs, entries)
                .await
                .map_err(|error| not_on_offer(error, belongs))
        })
        .await
    }

    async fn is_there(&self, blob_key: &str) -> Result<bool, ImportError> {
        match self.blobs.length(blob_key).await {
            Ok(_) => Ok(true),
            Err(BlobError::NotFound(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
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
