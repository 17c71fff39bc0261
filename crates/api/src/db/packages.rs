//! Packages, their versions and the directory of each archive.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::exists,
    prelude::*,
    sql_types::{Array, BigInt, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::{AsyncConnection, RunQueryDsl};
use percorso_package::Package;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Connection,
    schema::{package_entries, package_versions, packages},
};
use crate::content::{Entry, Method};

/// One version of a package, as stored.
#[derive(Debug, Clone)]
pub struct PackageVersion {
    /// Names the version in content paths.
    pub id: Uuid,
    /// The public package id.
    pub package_id: Uuid,
    /// From 1.
    pub version: i32,
    /// What new registrations get.
    pub current_version: i32,
    /// The typed package.
    pub manifest: Package,
    /// What reading it found, as the API says it.
    pub findings: Value,
    /// Title for people.
    pub title: String,
    /// BCP 47 tag of the content.
    pub language: Option<String>,
    /// Size of the uploaded file.
    pub size_bytes: i64,
    /// SHA-256 of the archive as stored.
    pub sha256: Vec<u8>,
    /// SHA-256 of the file as uploaded.
    pub upload_sha256: Vec<u8>,
    /// Where the blob store has the archive.
    pub blob_key: String,
    /// When it was published.
    pub created_at: DateTime<Utc>,
    /// When the package was archived; no new registrations since.
    pub archived_at: Option<DateTime<Utc>>,
}

/// What a new version is made of.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// The typed package.
    pub manifest: Package,
    /// What reading it found, as the API says it.
    pub findings: Value,
    /// Size of the uploaded file.
    pub size_bytes: i64,
    /// SHA-256 of the archive as stored.
    pub sha256: Vec<u8>,
    /// SHA-256 of the file as uploaded.
    pub upload_sha256: Vec<u8>,
    /// Where the blob store has the archive.
    pub blob_key: String,
}

/// Which package a new version belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// The package whose current version is this very file, else a package of its own.
    ByContent,
    /// The package on offer with the same manifest identifier, else a package of its own.
    ByIdentifier,
    /// This package.
    To(Uuid),
}

/// A version by its own id.
///
/// # Errors
/// When the database fails.
pub async fn version(
    conn: &mut Connection,
    version_id: Uuid,
) -> QueryResult<Option<PackageVersion>> {
    one(versions_query()
        .filter(package_versions::id.eq(version_id))
        .load(conn)
        .await?)
}

/// The version of a package that new registrations get.
///
/// # Errors
/// When the database fails.
pub async fn current(
    conn: &mut Connection,
    package_id: Uuid,
) -> QueryResult<Option<PackageVersion>> {
    let found = versions_query()
        .filter(packages::id.eq(package_id))
        .filter(package_versions::version.eq(packages::current_version));
    one(found.load(conn).await?)
}

/// Every version of a package, newest first.
///
/// # Errors
/// When the database fails.
pub async fn versions(conn: &mut Connection, package_id: Uuid) -> QueryResult<Vec<PackageVersion>> {
    let found = versions_query()
        .filter(packages::id.eq(package_id))
        .order(package_versions::version.desc());
    all(found.load(conn).await?)
}

/// Packages on offer (their current versions), newest first, after the package `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Connection,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<PackageVersion>> {
    let found = versions_query()
        .filter(package_versions::version.eq(packages::current_version))
        .filter(packages::archived_at.is_null())
        .filter(packages::id.lt(after.unwrap_or(Uuid::max())))
        .order(packages::id.desc())
        .limit(limit);
    all(found.load(conn).await?)
}

/// The package on offer whose current version is the file with this hash.
///
/// # Errors
/// When the database fails.
pub async fn by_upload(
    conn: &mut Connection,
    upload_sha256: &[u8],
) -> QueryResult<Option<PackageVersion>> {
    let found = versions_query()
        .filter(package_versions::upload_sha256.eq(upload_sha256))
        .filter(package_versions::version.eq(packages::current_version))
        .filter(packages::archived_at.is_null())
        .order(packages::id.asc())
        .limit(1);
    one(found.load(conn).await?)
}

/// The package on offer whose current version has this manifest identifier; the newest of several.
///
/// # Errors
/// When the database fails.
pub async fn id_by_identifier(
    conn: &mut Connection,
    identifier: &str,
) -> QueryResult<Option<Uuid>> {
    packages::table
        .inner_join(package_versions::table)
        .filter(package_versions::version.eq(packages::current_version))
        .filter(package_versions::identifier.eq(identifier))
        .filter(packages::archived_at.is_null())
        .order(packages::id.desc())
        .select(packages::id)
        .first(conn)
        .await
        .optional()
}

/// Publishes a version with its directory, all or nothing. The same file again is the same version
/// again, also when two uploads of it race.
///
/// # Errors
/// `NotFound` when it should belong to a package that is not there or archived; else when the
/// database fails.
pub(crate) async fn publish(
    conn: &mut Connection,
    new: NewVersion,
    belongs: Belongs,
    entries: &[Entry],
) -> QueryResult<PackageVersion> {
    let entries = Columns::of(entries);
    conn.transaction(async move |conn| {
        lock_upload(conn, &new.upload_sha256).await?;
        let package_id = match belongs {
            Belongs::ByContent => None,
            Belongs::ByIdentifier => id_by_identifier(conn, &new.manifest.identifier).await?,
            Belongs::To(package_id) => Some(package_id),
        };
        if let Some(known) = same_file(conn, &new.upload_sha256, package_id).await? {
            return Ok(known);
        }
        let version_id = Uuid::now_v7();
        let (package_id, number) = next_version(conn, package_id).await?;
        insert_version(conn, version_id, package_id, number, &new).await?;
        insert_entries(conn, version_id, &entries).await?;
        version(conn, version_id).await?.ok_or(diesel::NotFound)
    })
    .await
}

/// Archives a package; `false` when there is none. Archiving again changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn archive(conn: &mut Connection, package_id: Uuid) -> QueryResult<bool> {
    let archived = diesel::update(packages::table.find(package_id))
        .filter(packages::archived_at.is_null())
        .set(packages::archived_at.eq(diesel::dsl::now))
        .execute(conn)
        .await?;
    if archived > 0 {
        return Ok(true);
    }
    diesel::select(exists(packages::table.find(package_id)))
        .get_result(conn)
        .await
}

/// The archive of a version and its directory.
///
/// # Errors
/// When the database fails.
pub(crate) async fn directory(
    conn: &mut Connection,
    version_id: Uuid,
) -> QueryResult<Option<(String, Vec<Entry>)>> {
    let blob_key = package_versions::table
        .find(version_id)
        .select(package_versions::blob_key)
        .first::<String>(conn)
        .await
        .optional()?;
    let Some(blob_key) = blob_key else {
        return Ok(None);
    };
    let rows: Vec<EntryRow> = package_entries::table
        .filter(package_entries::package_version_id.eq(version_id))
        .order(package_entries::path)
        .select(EntryRow::as_select())
        .load(conn)
        .await?;
    Ok(Some((
        blob_key,
        rows.into_iter().map(Entry::from).collect(),
    )))
}

/// Whether a version came without an archive: a bare course structure.
///
/// # Errors
/// When the database fails.
pub(crate) async fn is_bare(conn: &mut Connection, version_id: Uuid) -> QueryResult<bool> {
    let entries = package_entries::table.filter(package_entries::package_version_id.eq(version_id));
    let has_entries: bool = diesel::select(exists(entries)).get_result(conn).await?;
    Ok(!has_entries)
}

/// Keys of every blob that a version uses.
///
/// # Errors
/// When the database fails.
pub async fn blob_keys(conn: &mut Connection) -> QueryResult<Vec<String>> {
    package_versions::table
        .select(package_versions::blob_key)
        .distinct()
        .load(conn)
        .await
}

/// Whether a version has its archive under `key`.
///
/// # Errors
/// When the database fails.
pub async fn names_blob(conn: &mut Connection, key: &str) -> QueryResult<bool> {
    let named = package_versions::table.filter(package_versions::blob_key.eq(key));
    diesel::select(diesel::dsl::exists(named))
        .get_result(conn)
        .await
}

/// Until the transaction ends, no other names the blob or removes it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock_blob(conn: &mut Connection, key: &str) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<Text, _>(key)
        .execute(conn)
        .await?;
    Ok(())
}

type VersionTuple = (VersionRow, i32, Option<DateTime<Utc>>);

#[diesel::dsl::auto_type]
fn versions_query() -> _ {
    let row: diesel::helper_types::AsSelect<VersionRow, diesel::pg::Pg> = VersionRow::as_select();
    package_versions::table.inner_join(packages::table).select((
        row,
        packages::current_version,
        packages::archived_at,
    ))
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = package_versions, check_for_backend(diesel::pg::Pg))]
struct VersionRow {
    id: Uuid,
    package_id: Uuid,
    version: i32,
    title: String,
    language: Option<String>,
    size_bytes: i64,
    sha256: Vec<u8>,
    upload_sha256: Vec<u8>,
    blob_key: String,
    manifest: Value,
    findings: Value,
    created_at: DateTime<Utc>,
}

fn typed((row, current_version, archived_at): VersionTuple) -> QueryResult<PackageVersion> {
    let manifest = serde_json::from_value(row.manifest)
        .map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))?;
    Ok(PackageVersion {
        id: row.id,
        package_id: row.package_id,
        version: row.version,
        current_version,
        manifest,
        findings: row.findings,
        title: row.title,
        language: row.language,
        size_bytes: row.size_bytes,
        sha256: row.sha256,
        upload_sha256: row.upload_sha256,
        blob_key: row.blob_key,
        created_at: row.created_at,
        archived_at,
    })
}

fn all(rows: Vec<VersionTuple>) -> QueryResult<Vec<PackageVersion>> {
    rows.into_iter().map(typed).collect()
}

fn one(rows: Vec<VersionTuple>) -> QueryResult<Option<PackageVersion>> {
    rows.into_iter().next().map(typed).transpose()
}

/// Until the transaction ends, no other upload of the same file is published.
async fn lock_upload(conn: &mut Connection, upload_sha256: &[u8]) -> QueryResult<()> {
    let first = upload_sha256.first_chunk().copied().unwrap_or_default();
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(i64::from_be_bytes(first))
        .execute(conn)
        .await?;
    Ok(())
}

async fn lock_package(conn: &mut Connection, package_id: Uuid) -> QueryResult<()> {
    packages::table
        .find(package_id)
        .filter(packages::archived_at.is_null())
        .select(packages::id)
        .for_update()
        .first::<Uuid>(conn)
        .await?;
    Ok(())
}

/// The version that this very file is already: of the package it goes to, or of any.
async fn same_file(
    conn: &mut Connection,
    upload_sha256: &[u8],
    package_id: Option<Uuid>,
) -> QueryResult<Option<PackageVersion>> {
    let Some(package_id) = package_id else {
        return by_upload(conn, upload_sha256).await;
    };
    lock_package(conn, package_id).await?;
    let current = current(conn, package_id).await?;
    Ok(current.filter(|version| version.upload_sha256 == upload_sha256))
}

async fn next_version(conn: &mut Connection, package_id: Option<Uuid>) -> QueryResult<(Uuid, i32)> {
    match package_id {
        None => {
            let package_id = Uuid::now_v7();
            diesel::insert_into(packages::table)
                .values(packages::id.eq(package_id))
                .execute(conn)
                .await?;
            Ok((package_id, 1))
        }
        Some(package_id) => {
            let number = diesel::update(packages::table.find(package_id))
                .set(packages::current_version.eq(after_the_newest()))
                .returning(packages::current_version)
                .get_result(conn)
                .await?;
            Ok((package_id, number))
        }
    }
}

/// The number after the newest version's; the current one may be an earlier one again.
fn after_the_newest() -> diesel::expression::SqlLiteral<diesel::sql_types::Integer> {
    diesel::dsl::sql(
        "(SELECT 1 + max(v.version) FROM package_versions v WHERE v.package_id = packages.id)",
    )
}

async fn insert_version(
    conn: &mut Connection,
    version_id: Uuid,
    package_id: Uuid,
    number: i32,
    new: &NewVersion,
) -> QueryResult<()> {
    let package = &new.manifest;
    let manifest = serde_json::to_value(package)
        .map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))?;
    diesel::insert_into(package_versions::table)
        .values((
            package_versions::id.eq(version_id),
            package_versions::package_id.eq(package_id),
            package_versions::version.eq(number),
            package_versions::standard.eq(word(&package.standard)),
            package_versions::edition.eq(package.edition.as_ref().map(word)),
            package_versions::identifier.eq(&package.identifier),
            package_versions::title.eq(package.title()),
            package_versions::language.eq(&package.metadata.language),
            package_versions::size_bytes.eq(new.size_bytes),
            package_versions::sha256.eq(&new.sha256),
            package_versions::upload_sha256.eq(&new.upload_sha256),
            package_versions::blob_key.eq(&new.blob_key),
            package_versions::manifest.eq(manifest),
            package_versions::findings.eq(&new.findings),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The word that an enum is written as in JSON.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        other => unreachable!("standards and editions are written as words, not {other:?}"),
    }
}

/// The whole directory in one statement.
async fn insert_entries(
    conn: &mut Connection,
    version_id: Uuid,
    columns: &Columns,
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO package_entries (package_version_id, path, method, data_offset, \
                                      compressed_bytes, size_bytes, crc32) \
         SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7)",
    )
    .bind::<SqlUuid, _>(version_id)
    .bind::<Array<Text>, _>(&columns.path)
    .bind::<Array<SmallInt>, _>(&columns.method)
    .bind::<Array<BigInt>, _>(&columns.data_offset)
    .bind::<Array<BigInt>, _>(&columns.compressed_bytes)
    .bind::<Array<BigInt>, _>(&columns.size_bytes)
    .bind::<Array<BigInt>, _>(&columns.crc32)
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(Default)]
struct Columns {
    path: Vec<String>,
    method: Vec<i16>,
    data_offset: Vec<i64>,
    compressed_bytes: Vec<i64>,
    size_bytes: Vec<i64>,
    crc32: Vec<i64>,
}

impl Columns {
    fn of(entries: &[Entry]) -> Self {
        let mut columns = Self::default();
        for entry in entries {
            columns.path.push(entry.path.clone());
            columns.method.push(match entry.method {
                Method::Stored => 0,
                Method::Deflated => 8,
            });
            columns.data_offset.push(entry.data_offset.cast_signed());
            columns
                .compressed_bytes
                .push(entry.compressed_bytes.cast_signed());
            columns.size_bytes.push(entry.size_bytes.cast_signed());
            columns.crc32.push(entry.crc32.into());
        }
        columns
    }
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = package_entries, check_for_backend(diesel::pg::Pg))]
struct EntryRow {
    path: String,
    method: i16,
    data_offset: i64,
    compressed_bytes: i64,
    size_bytes: i64,
    crc32: i64,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            path: row.path,
            method: if row.method == 0 {
                Method::Stored
            } else {
                Method::Deflated
            },
            data_offset: row.data_offset.cast_unsigned(),
            compressed_bytes: row.compressed_bytes.cast_unsigned(),
            size_bytes: row.size_bytes.cast_unsigned(),
            crc32: u32::try_from(row.crc32).unwrap_or_default(),
        }
    }
}
