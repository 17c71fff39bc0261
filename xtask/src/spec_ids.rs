//! Cited ids of the standards: each stands in `docs/spec-index.toml` with its real title, each process of
//! the book is implemented, each requirement of cmi5 has a test, and what nothing cites is listed.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::shell;

const INDEX: &str = "docs/spec-index.toml";
/// Where the processes of the book are, one function each.
const PROCESSES_IN: &str = "crates/tracker/src/sequencing";
/// How the ids of the book's processes begin.
const PROCESSES: &[&str] = &["OP.", "NB.", "TB.", "RB.", "SR.", "SB.", "DB.", "UP."];
/// How the ids of sections begin.
const SECTIONS: &[&str] = &["RTE ", "CAM ", "SN "];

/// The edition of the requirements that bind an LMS: a test names each.
const CMI5: &str = "cmi5 Quartz";

/// What is wrong with ids and index. What nothing cites is only told.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn check(rust: &[PathBuf]) -> Result<Vec<String>> {
    let root = shell::root();
    let text = fs::read_to_string(root.join(INDEX)).with_context(|| format!("reading {INDEX}"))?;
    let index: toml::Table = text.parse().with_context(|| format!("reading {INDEX}"))?;
    let known: BTreeSet<&str> = index.keys().map(String::as_str).collect();
    let mut wrong = placeholders(&index);
    let (mut cited, mut implemented) = (BTreeSet::new(), BTreeSet::new());
    let mut tested = BTreeSet::new();
    for file in sources(&root, rust)? {
        let inside = file.starts_with(root.join(PROCESSES_IN));
        let text = fs::read_to_string(&file)?;
        tested.extend(of_tests(&file, &text).flat_map(cited_cmi5));
        for (number, line) in text.lines().enumerate() {
            for id in ids(line) {
                if !known.contains(id.as_str()) {
                    let shown = shell::shown(&file);
                    wrong.push(format!("{shown}:{}: {id} is not in {INDEX}", number + 1));
                }
                if inside {
                    implemented.insert(id.clone());
                }
                cited.insert(id);
            }
        }
    }
    let is_process = |id: &&str| PROCESSES.iter().any(|prefix| id.starts_with(prefix));
    let missing = known.iter().copied().filter(is_process);
    wrong.extend(
        missing
            .filter(|id| !implemented.contains(*id))
            .map(|id| format!("{PROCESSES_IN}: nobody implements {id}")),
    );
    wrong.extend(untested(&index, &tested));
    let uncited: Vec<&str> = known
        .iter()
        .copied()
        .filter(|id| !cited.contains(*id))
        .collect();
    if !uncited.is_empty() {
        eprintln!(
            "tidy: {} ids of {INDEX} that nothing cites: {}",
            uncited.len(),
            uncited.join(", ")
        );
    }
    Ok(wrong)
}

/// Lines of tests: of a file in a folder `tests` all but what it says of itself, of another one those behind
/// the line that begins its tests.
fn of_tests<'a>(file: &Path, text: &'a str) -> impl Iterator<Item = &'a str> {
    const BEGIN: &str = "#[cfg(test)]\nmod tests {";
    let is_test = file.components().any(|part| part.as_os_str() == "tests");
    let begin = if is_test { Some(0) } else { text.find(BEGIN) };
    let lines = begin.map_or("", |begin| &text[begin..]).lines();
    lines.filter(|line| !line.starts_with("//!"))
}

/// Requirements of cmi5 that no test names.
fn untested(index: &toml::Table, tested: &BTreeSet<String>) -> Vec<String> {
    let binds = |entry: &toml::Value| {
        let edition = entry.get("edition").and_then(toml::Value::as_str);
        edition == Some(CMI5)
    };
    let required = index.iter().filter(|(_, entry)| binds(entry));
    let missing = required.filter(|(id, _)| !tested.contains(*id));
    missing
        .map(|(id, _)| format!("{INDEX}: no test names the requirement {id}"))
        .collect()
}

/// Rust of the crates and tests, golden cases and the player's own scripts.
fn sources(root: &Path, rust: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = rust
        .iter()
        .filter(|file| !file.starts_with(root.join("xtask")))
        .cloned()
        .collect();
    for (folder, extension) in [("tests/cases", "json"), ("crates/api/player", "js")] {
        let found = shell::files(&root.join(folder))?.into_iter();
        files.extend(found.filter(|file| {
            file.extension().is_some_and(|own| own == extension)
                && !file.starts_with(root.join("crates/api/player/engine"))
        }));
    }
    Ok(files)
}

/// A title that only repeats the number says nothing.
fn placeholders(index: &toml::Table) -> Vec<String> {
    let is_empty = |title: &str| {
        title
            .strip_prefix("Section ")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    index
        .iter()
        .filter(|(_, entry)| {
            let title = entry.get("title").and_then(toml::Value::as_str);
            title.is_none_or(is_empty)
        })
        .map(|(id, _)| format!("{INDEX}: {id} has no title"))
        .collect()
}

fn ids(line: &str) -> Vec<String> {
    let mut found = cited(line);
    found.extend(cited_cmi5(line));
    found
}

/// Process ids (`SB.2.9`; a code `SB.2.9-3` cites its process) and `RTE 4.2.17` in a line.
fn cited(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for prefix in PROCESSES.iter().chain(SECTIONS) {
        for (at, _) in line.match_indices(prefix) {
            let inside_word = line[..at]
                .chars()
                .next_back()
                .is_some_and(char::is_alphanumeric);
            let rest = &line[at + prefix.len()..];
            let number: String = rest
                .chars()
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .collect();
            // "SN 4th Edition" is a book, not a section.
            let goes_on = rest[number.len()..].starts_with(char::is_alphabetic);
            let number = number.trim_end_matches('.');
            if !inside_word && !goes_on && number.starts_with(|c: char| c.is_ascii_digit()) {
                found.push(format!("{prefix}{number}"));
            }
        }
    }
    found
}

/// Requirements of cmi5 (`9.3.0.0-5`) in a line: five numbers and nothing else between word characters.
fn cited_cmi5(line: &str) -> Vec<String> {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')))
        .map(|word| word.trim_end_matches(['.', '-']))
        .filter(|word| {
            let numbers: Vec<&str> = word.split(['.', '-']).collect();
            numbers.len() == 5
                && word.matches('-').count() == 1
                && word.rfind('.') < word.find('-')
                && numbers
                    .iter()
                    .all(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
        })
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{cited, cited_cmi5, of_tests, placeholders, untested};

    #[test]
    fn ids_are_found_with_and_without_a_code() {
        assert_eq!(
            cited("/// SB.2.3 Flow: see SB.2.9-3 and RTE 4.2.17."),
            ["SB.2.3", "SB.2.9", "RTE 4.2.17"]
        );
        assert!(cited("USB.2.0 and SUP. are none").is_empty());
        assert_eq!(
            cited_cmi5("refused by \"9.3.0.0-5\", (10.2.2.0-3) and 13.1.4.0-2."),
            ["9.3.0.0-5", "10.2.2.0-3", "13.1.4.0-2"]
        );
        assert!(cited_cmi5("127.0.0.1-x 1.2.3-4 2026-11-23 v1.2.3.4-5").is_empty());
    }

    #[test]
    fn a_requirement_that_no_test_names_is_named() {
        let code =
            "/// 9.1.0.0-1\nfn judge() {}\n#[cfg(test)]\nmod tests {\n    /// 9.2.0.0-2: x\n}";
        let test = "//! 9.3.0.0-3 is elsewhere.\n/// 9.4.0.0-4: x\nfn x() {}";
        let of = |file: &str, text| {
            let lines = of_tests(Path::new(file), text);
            lines.flat_map(cited_cmi5).collect::<Vec<String>>()
        };
        assert_eq!(of("crates/a/src/rules.rs", code), ["9.2.0.0-2"]);
        assert_eq!(of("tests/api/cmi5.rs", test), ["9.4.0.0-4"]);
        let index = "\"9.1.0.0-1\" = { edition = \"cmi5 Quartz\" }\n\"9.4.0.0-4\" = { edition = \"cmi5 Quartz\" }\n\"SB.2.3\" = { edition = \"SN\" }";
        let missing = untested(
            &index.parse().unwrap(),
            &of("tests/api/cmi5.rs", test).into_iter().collect(),
        );
        assert_eq!(
            missing,
            ["docs/spec-index.toml: no test names the requirement 9.1.0.0-1"]
        );
    }

    #[test]
    fn a_book_is_no_section_and_a_number_no_title() {
        assert_eq!(
            cited("(SN 3.10) of the SN 4th Edition, SN 5.6."),
            ["SN 3.10", "SN 5.6"]
        );
        let index = "a = { title = \"Section 4.2.1\" }\nb = { title = \"Section of an AU\" }";
        let wrong = placeholders(&index.parse().unwrap());
        assert_eq!(wrong, ["docs/spec-index.toml: a has no title"]);
    }
}
