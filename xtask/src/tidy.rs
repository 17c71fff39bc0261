//! What the compiler cannot check: module docs, cited spec ids, commented migrations, settings that
//! are documented, generated files that are current.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};

use crate::{content, docs, engine, shell, spec_ids, videos};

const MAX_LINES: usize = 600;

/// Runs every check and reports all that is wrong, not just the first.
///
/// # Errors
/// When anything is wrong, or a file cannot be read.
pub(crate) fn run() -> Result<()> {
    let rust = rust_files()?;
    let mut wrong = Vec::new();
    wrong.extend(module_docs(&rust)?);
    wrong.extend(spec_ids::check(&rust)?);
    wrong.extend(migrations()?);
    wrong.extend(settings(&rust)?);
    wrong.extend(npm_locks());
    wrong.extend(content::stale()?);
    wrong.extend(engine::stale()?);
    wrong.extend(docs::stale()?);
    wrong.extend(videos::stale()?);
    if wrong.is_empty() {
        eprintln!("tidy: {} files, nothing to mend", rust.len());
        return Ok(());
    }
    for line in &wrong {
        eprintln!("{line}");
    }
    bail!("tidy: {} to mend", wrong.len())
}

fn rust_files() -> Result<Vec<PathBuf>> {
    let root = shell::root();
    let mut files = Vec::new();
    for folder in ["crates", "tests", "xtask"] {
        let folder = root.join(folder);
        if folder.is_dir() {
            files.extend(shell::files(&folder)?);
        }
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.retain(|file| {
        !file
            .components()
            .any(|part| matches!(part.as_os_str().to_str(), Some("target" | "node_modules")))
    });
    Ok(files)
}

/// Every file opens with `//!` (attributes may stand before it) and is short enough to read.
fn module_docs(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(file)?;
        let generated = text.starts_with("// @generated");
        let first = text.lines().find(|line| !line.trim().is_empty());
        let documented =
            first.is_some_and(|line| line.starts_with("//!") || line.starts_with("#![doc"));
        if !generated && !documented {
            wrong.push(format!("{}: does not open with `//!`", shell::shown(file)));
        }
        if !generated && text.lines().count() > MAX_LINES {
            wrong.push(format!(
                "{}: longer than {MAX_LINES} lines",
                shell::shown(file)
            ));
        }
    }
    Ok(wrong)
}

/// Every table and column a migration makes has its `COMMENT ON`; each has a real `down.sql`.
fn migrations() -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut files = shell::files(&shell::root().join("crates/api/migrations"))?;
    files.retain(|file| file.ends_with("up.sql"));
    for file in files {
        let text = fs::read_to_string(&file)?;
        let name = shell::shown(&file);
        if !text.starts_with("--") {
            wrong.push(format!("{name}: does not open with why"));
        }
        if !has_statement(&file.with_file_name("down.sql")) {
            wrong.push(format!("{name}: has no real down.sql"));
        }
        wrong.extend(
            uncommented(&text)
                .iter()
                .map(|what| format!("{name}: no COMMENT ON {what}")),
        );
    }
    Ok(wrong)
}

fn has_statement(file: &Path) -> bool {
    fs::read_to_string(file).is_ok_and(|text| {
        text.lines()
            .any(|line| line.contains(';') && !line.starts_with("--"))
    })
}

fn uncommented(sql: &str) -> Vec<String> {
    let mut made = Vec::new();
    let mut table = None::<String>;
    for line in sql.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (&table, words.as_slice()) {
            (None, ["CREATE", "TABLE", name, ..]) => {
                made.push(format!("TABLE {name}"));
                table = Some((*name).to_owned());
            }
            (None, ["ALTER", "TABLE", table, "ADD", "COLUMN", column, ..]) => {
                made.push(format!("COLUMN {table}.{column}"));
            }
            (Some(_), _) if line.starts_with(')') => table = None,
            (Some(table), [name, _, ..])
                if name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()) =>
            {
                made.push(format!("COLUMN {table}.{name}"));
            }
            _ => {}
        }
    }
    made.retain(|what| !sql.contains(&format!("COMMENT ON {what} ")));
    made
}

/// Settings the program reads and settings `.env.example` explains are the same.
fn settings(files: &[PathBuf]) -> Result<Vec<String>> {
    let api = shell::root().join("crates/api/src");
    let mut read = BTreeMap::new();
    for file in files.iter().filter(|file| file.starts_with(&api)) {
        for text in fs::read_to_string(file)?.split('"') {
            if is_setting(text) {
                read.entry(text.to_owned())
                    .or_insert_with(|| shell::shown(file));
            }
        }
    }
    let example = fs::read_to_string(shell::root().join(".env.example")).unwrap_or_default();
    let explained: BTreeSet<&str> = example
        .lines()
        .filter_map(|line| line.trim_start_matches(['#', ' ']).split_once('='))
        .map(|(name, _)| name)
        .filter(|name| is_setting(name))
        .collect();
    let unexplained = read
        .iter()
        .filter(|(name, _)| !explained.contains(name.as_str()))
        .map(|(name, file)| format!(".env.example: {name} is missing ({file} reads it)"));
    let unread = explained
        .iter()
        .filter(|name| !read.contains_key(**name))
        .map(|name| format!(".env.example: nothing reads {name}"));
    Ok(unexplained.chain(unread).collect())
}

fn is_setting(text: &str) -> bool {
    text == "DATABASE_URL"
        || text.strip_prefix("PERCORSO_").is_some_and(|rest| {
            !rest.is_empty()
                && !rest.starts_with("TEST_")
                && rest
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        })
}

/// npm's lock files name no host: they must work with any registry.
fn npm_locks() -> Vec<String> {
    let mut wrong = Vec::new();
    for lock in [
        "tests/browser/package-lock.json",
        "crates/api/assets/package-lock.json",
    ] {
        let text = fs::read_to_string(shell::root().join(lock)).unwrap_or_default();
        if text.contains("\"resolved\"") {
            wrong.push(format!(
                "{lock}: names hosts (`resolved`); write it with omit-lockfile-registry-resolved"
            ));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::{is_setting, uncommented};

    #[test]
    fn a_column_without_comment_is_named() {
        let sql = "CREATE TABLE t (\n    id uuid PRIMARY KEY,\n    PRIMARY KEY (id)\n);\nCOMMENT ON TABLE t IS 'x';\n";
        assert_eq!(uncommented(sql), ["COLUMN t.id"]);
    }

    #[test]
    fn settings_are_upper_case_words() {
        assert!(is_setting("PERCORSO_DATA_DIR") && is_setting("DATABASE_URL"));
        assert!(!is_setting("PERCORSO_") && !is_setting("PERCORSO_TEST_DATABASE_URL"));
    }
}
