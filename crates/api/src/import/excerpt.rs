//! The lines around a finding, so that an author sees what is meant without opening the archive.

use std::{collections::HashMap, path::Path};

use percorso_package::{Finding, Limits, Source, ZipSource, read_entry};

/// Files longer than this are not shown.
const LARGEST_BYTES: u64 = 2 * 1024 * 1024;
/// Lines shown before and after.
const AROUND: usize = 1;
/// Characters shown of a line.
const WIDTH: usize = 200;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// What stands there, shortened.
    pub text: String,
    /// Whether the finding is about this one.
    pub is_meant: bool,
}

/// The excerpts of the findings that have a place, one for each finding, in their order; none where
/// the archive cannot be read.
pub(crate) fn excerpts(file: &Path, findings: &[Finding], limits: &Limits) -> Vec<Vec<Line>> {
    let none = || findings.iter().map(|_| Vec::new()).collect();
    let Ok(mut source) = ZipSource::open(file, limits) else {
        return none();
    };
    let mut texts: HashMap<&str, Option<String>> = HashMap::new();
    let mut found = Vec::new();
    for finding in findings {
        let (Some(path), Some(line)) = (&finding.file, finding.line) else {
            found.push(Vec::new());
            continue;
        };
        let text = texts
            .entry(path)
            .or_insert_with(|| text_of(&mut source, path));
        found.push(text.as_deref().map_or_else(Vec::new, |text| {
            around(text, usize::try_from(line).unwrap_or_default())
        }));
    }
    found
}

fn text_of(source: &mut dyn Source, path: &str) -> Option<String> {
    let index = source
        .entries()
        .iter()
        .position(|entry| entry.path == path)?;
    let bytes = read_entry(source, index, LARGEST_BYTES).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The lines around line `meant` (from 1).
pub(crate) fn around(text: &str, meant: usize) -> Vec<Line> {
    let first = meant.saturating_sub(AROUND).max(1);
    text.lines()
        .enumerate()
        .map(|(index, text)| (index + 1, text))
        .skip(first - 1)
        .take_while(|(number, _)| *number <= meant + AROUND)
        .map(|(number, text)| Line {
            number,
            text: text.trim_end().chars().take(WIDTH).collect(),
            is_meant: number == meant,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_meant_stands_between_its_neighbours() {
        let text = "uno\ndue\ntre\nquattro";
        for (meant, expected) in [
            (1, vec![1, 2]),
            (3, vec![2, 3, 4]),
            (4, vec![3, 4]),
            (9, vec![]),
        ] {
            let lines = around(text, meant);
            let numbers: Vec<usize> = lines.iter().map(|line| line.number).collect();
            assert_eq!(numbers, expected, "line {meant}");
            assert!(
                lines
                    .iter()
                    .all(|line| line.is_meant == (line.number == meant))
            );
        }
    }
}
