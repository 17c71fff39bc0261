//! What the course's packages share with their sources: the content runtime (one source in
//! `content-packages/_shared`, a copy in each module, because a package must stand alone) and each
//! page's text version, which is the script its video is made from.

mod text;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use crate::shell;

/// Renews every copy and every text version.
///
/// # Errors
/// When a file cannot be read or written.
pub(crate) fn renew() -> Result<()> {
    for (source, copy) in pairs()? {
        let folder = copy.parent().expect("a copy lies in a folder");
        fs::create_dir_all(folder)?;
        fs::copy(&source, &copy).with_context(|| format!("writing {}", shell::shown(&copy)))?;
    }
    for page in text::pages()? {
        let current = page.current()?;
        if current != page.html {
            fs::write(&page.file, current)
                .with_context(|| format!("writing {}", shell::shown(&page.file)))?;
        }
    }
    Ok(())
}

/// Copies and text versions that differ from their source.
///
/// # Errors
/// When a source cannot be read.
pub(crate) fn stale() -> Result<Vec<String>> {
    let mut stale = Vec::new();
    for (source, copy) in pairs()? {
        if fs::read(&copy).ok() != Some(fs::read(&source)?) {
            stale.push(format!(
                "{}: differs from {}; run `cargo xtask content`",
                shell::shown(&copy),
                shell::shown(&source)
            ));
        }
    }
    for page in text::pages()? {
        if page.current()? != page.html {
            stale.push(format!(
                "{}: its text differs from {}; run `cargo xtask content`",
                shell::shown(&page.file),
                shell::shown(&page.script)
            ));
        }
    }
    Ok(stale)
}

fn pairs() -> Result<Vec<(PathBuf, PathBuf)>> {
    let packages = shell::root().join("content-packages");
    let sources = shell::files(&packages.join("_shared"))?;
    let mut pairs = Vec::new();
    for entry in fs::read_dir(&packages)? {
        let module = entry?.path();
        if !["imsmanifest.xml", "cmi5.xml"]
            .iter()
            .any(|manifest| module.join(manifest).exists())
        {
            continue;
        }
        for source in &sources {
            let name = source.file_name().expect("a file has a name");
            pairs.push((source.clone(), module.join("shared").join(name)));
        }
    }
    pairs.sort();
    Ok(pairs)
}
