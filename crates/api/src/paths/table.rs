//! Tables as people's programs write them: whatever the encoding and the delimiter, with line breaks inside
//! quotes.

/// A row with the line on which it begins, from 1.
pub(crate) type Row = (u64, Vec<String>);

/// Delimiters that are looked for.
pub(crate) const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// A text in UTF-8, UTF-16 (with its mark) or Windows-1252.
pub(crate) fn decoded(bytes: &[u8]) -> String {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// The rows of a text, at most so many; empty lines are passed over, cells are trimmed.
pub(crate) fn rows(text: &str, delimiter: u8, most: usize) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows = reader.records().map_while(std::result::Result::ok);
    let row = |record: csv::StringRecord| {
        let line = record.position().map_or(0, csv::Position::line);
        (line, record.iter().map(plain).collect::<Vec<_>>())
    };
    rows.map(row)
        .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()))
        .take(most)
        .collect()
}

/// A cell without white space around it, and without the `="…"` that keeps spreadsheets from reckoning.
fn plain(cell: &str) -> String {
    let cell = cell.trim();
    let text = cell
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    text.unwrap_or(cell).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_inside_quotes_is_part_of_its_cell() {
        let rows = rows("a;b\n\"uno\ndue\";3\n\nx;\"dice \"\"ciao\"\"\"\n", b';', 10);
        let expected = [
            (1, vec!["a".to_owned(), "b".to_owned()]),
            (2, vec!["uno\ndue".to_owned(), "3".to_owned()]),
            (5, vec!["x".to_owned(), "dice \"ciao\"".to_owned()]),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn spreadsheets_guards_are_taken_off() {
        assert_eq!(plain(" =\"2026-06-08 10:00\" "), "2026-06-08 10:00");
        assert_eq!(plain("=2"), "=2");
    }
}
