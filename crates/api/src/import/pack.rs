//! A folder into a zip: the same files always give the same bytes.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::DeflateEncoder};

use super::zip_writer::ZipWriter;
use crate::content::{Entry, Method, is_seekable};

/// Names that belong to somebody's desktop, not to the package.
const PASSED_OVER: &[&str] = &[".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", ".git"];

/// Packs the files below `folder` into `out`. Audio, video and whatever does not get smaller is stored, the
/// rest deflated.
///
/// # Errors
/// When a file cannot be read, which the error names, or `out` not written.
pub fn pack(folder: &Path, out: impl Write) -> io::Result<()> {
    write(files(folder)?, out)
}

/// The files below a folder that belong to the package, each with its name in the zip, in the order of their
/// names.
///
/// # Errors
/// When a folder cannot be read, which the error names.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    collect(folder, "", &mut files)?;
    files.sort_unstable();
    Ok(files)
}

/// Packs these files into `out`.
///
/// # Errors
/// When a file cannot be read, which the error names, or `out` not written.
pub(crate) fn write(files: Vec<(String, PathBuf)>, out: impl Write) -> io::Result<()> {
    let mut writer = ZipWriter::new(out);
    for (name, path) in files {
        add(&mut writer, name, &path).map_err(named(&path))?;
    }
    writer.finish()?;
    Ok(())
}

/// An error that says of which file it is.
fn named(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for found in fs::read_dir(folder).map_err(named(folder))? {
        let found = found.map_err(named(folder))?;
        let name = found.file_name().into_string().map_err(|name| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{} is not UTF-8", folder.join(name).display()),
            )
        })?;
        if PASSED_OVER.contains(&name.as_str()) {
            continue;
        }
        let (path, name) = (found.path(), format!("{prefix}{name}"));
        if fs::metadata(&path).map_err(named(&path))?.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
        } else {
            files.push((name, path));
        }
    }
    Ok(())
}

fn add(writer: &mut ZipWriter<impl Write>, name: String, path: &Path) -> io::Result<()> {
    let mut file = File::open(path)?;
    let (crc32, size_bytes) = sum(&mut file)?;
    file.rewind()?;
    let mut entry = Entry {
        path: name,
        method: Method::Stored,
        data_offset: 0,
        compressed_bytes: size_bytes,
        size_bytes,
        crc32,
    };
    if is_seekable(&entry.path) {
        return writer.add(&entry, file);
    }
    let mut deflated = Vec::new();
    DeflateEncoder::new(&file, Compression::default()).read_to_end(&mut deflated)?;
    if deflated.len() as u64 >= size_bytes {
        file.rewind()?;
        return writer.add(&entry, file);
    }
    entry.method = Method::Deflated;
    entry.compressed_bytes = deflated.len() as u64;
    writer.add(&entry, deflated.as_slice())
}

fn sum(file: &mut File) -> io::Result<(u32, u64)> {
    let (mut hash, mut size) = (crc32fast::Hasher::new(), 0);
    let mut piece = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok((hash.finalize(), size));
        }
        hash.update(&piece[..read]);
        size += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_packs_to_the_same_bytes_each_time_without_the_desktops_files() {
        let home = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("imsmanifest.xml", "<manifest/>".repeat(50)),
            ("a/clip.mp4", "m".repeat(999)),
            ("a/.DS_Store", "x".into()),
            ("empty.txt", String::new()),
        ] {
            let path = home.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let (mut once, mut twice) = (Vec::new(), Vec::new());
        pack(home.path(), &mut once).unwrap();
        pack(home.path(), &mut twice).unwrap();
        assert_eq!(once, twice);

        let mut archive = zip::ZipArchive::new(io::Cursor::new(&once)).unwrap();
        let names: Vec<_> = archive
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect();
        assert_eq!(names, ["a/clip.mp4", "empty.txt", "imsmanifest.xml"]);
        let methods: Vec<_> = (0..3)
            .map(|at| archive.by_index(at).unwrap().compression())
            .collect();
        assert_eq!(
            methods,
            [
                zip::CompressionMethod::Stored,
                zip::CompressionMethod::Stored,
                zip::CompressionMethod::Deflated
            ]
        );
        let mut text = String::new();
        archive
            .by_name("imsmanifest.xml")
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "<manifest/>".repeat(50));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("a")).unwrap();
        std::os::unix::fs::symlink("nowhere", home.path().join("a/gone.html")).unwrap();
        let refusal = pack(home.path(), Vec::new()).unwrap_err().to_string();
        assert!(refusal.contains("a/gone.html"), "{refusal}");
    }
}
