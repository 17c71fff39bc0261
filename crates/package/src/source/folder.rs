//! A package that lies unpacked in a folder.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{Entry, Method, Source, check_totals, is_junk, junk_finding, name};
use crate::{Code, Finding, Limits, finding::Findings};

/// A folder as a [`Source`]. It has no checksums; symbolic links are refused as in an archive.
#[derive(Debug)]
pub struct FolderSource {
    entries: Vec<Entry>,
    files: Vec<PathBuf>,
    findings: Vec<Finding>,
}

impl FolderSource {
    /// Lists everything below `folder`.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn open(folder: &Path, limits: &Limits) -> io::Result<Self> {
        let mut walk = Walk {
            found: Vec::new(),
            findings: Findings::default(),
            junk: Vec::new(),
        };
        walk.folder(folder, "", limits)?;
        walk.found.sort_unstable_by(|a, b| a.0.path.cmp(&b.0.path));
        let (entries, files): (Vec<_>, Vec<_>) = walk.found.into_iter().unzip();
        if let Some(example) = walk.junk.first() {
            walk.findings.add(junk_finding(walk.junk.len(), example));
        }
        walk.findings.extend(check_totals(&entries, limits));
        Ok(Self {
            entries,
            files,
            findings: walk.findings.into_list(),
        })
    }
}

impl Source for FolderSource {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn open(&mut self, index: usize) -> io::Result<Box<dyn Read + '_>> {
        let size_bytes = self.entries[index].size_bytes;
        Ok(Box::new(
            File::open(&self.files[index])?.take(size_bytes.saturating_add(1)),
        ))
    }
}

struct Walk {
    found: Vec<(Entry, PathBuf)>,
    findings: Findings,
    junk: Vec<String>,
}

impl Walk {
    /// Folders within folders that are followed.
    const DEPTH: usize = 64;

    fn folder(&mut self, folder: &Path, prefix: &str, limits: &Limits) -> io::Result<()> {
        for found in fs::read_dir(folder)? {
            let found = found?;
            let path = format!("{prefix}{}", found.file_name().to_string_lossy());
            let kind = found.file_type()?;
            if is_junk(&path) {
                self.junk.push(path);
            } else if kind.is_symlink() {
                self.findings
                    .add(Finding::new(Code::Symlink, "is a symbolic link").in_file(path));
            } else if kind.is_dir() {
                if prefix.matches('/').count() < Self::DEPTH {
                    self.folder(&found.path(), &format!("{path}/"), limits)?;
                }
            } else if self.found.len() as u64 <= limits.entries {
                self.file(&path, found.path(), found.metadata()?.len());
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &str, file: PathBuf, size_bytes: u64) {
        match name::clean(path) {
            Ok(clean) => {
                for code in clean.tolerated {
                    self.findings
                        .add(Finding::new(code, "has an unusual name").in_file(path));
                }
                let entry = Entry {
                    path: clean.path,
                    method: Method::Stored,
                    data_offset: 0,
                    compressed_bytes: size_bytes,
                    size_bytes,
                    crc32: None,
                };
                self.found.push((entry, file));
            }
            Err(code) => {
                self.findings
                    .add(Finding::new(code, "has a name no package may have").in_file(path));
            }
        }
    }
}
