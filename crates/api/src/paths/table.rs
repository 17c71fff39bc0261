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

/// The rows of a text (RFC 4180, with any of the delimiters), at most so many; empty ones are passed over, cells
/// are trimmed. The `=` before a quoted cell, which keeps spreadsheets from reckoning, is not part of it.
pub(crate) fn rows(text: &str, delimiter: u8, most: usize) -> Vec<Row> {
    let delimiter = char::from(delimiter);
    let mut rows = Vec::new();
    let (mut line, mut begun) = (1, 1);
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let mut quoted = false;
    let text = text.trim_start_matches('\u{feff}');
    let mut letters = text.chars().chain(['\n']).peekable();
    while let Some(letter) = letters.next() {
        line += u64::from(letter == '\n');
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' if quoted => quoted = false,
            '"' if ["", "="].contains(&cell.trim()) => {
                cell.clear();
                quoted = true;
            }
            '\n' if !quoted || letters.peek().is_none() => {
                cells.push(taken(&mut cell));
                let row = std::mem::take(&mut cells);
                if row.iter().any(|cell| !cell.is_empty()) {
                    rows.push((begun, row));
                }
                if rows.len() == most {
                    return rows;
                }
                begun = line;
            }
            _ if letter == delimiter && !quoted => cells.push(taken(&mut cell)),
            _ => cell.push(letter),
        }
    }
    rows
}

/// A cell that has come to its end.
fn taken(cell: &mut String) -> String {
    std::mem::take(cell).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(u64, &[&str])]) {
        let rows = rows(text, b';', 10);
        let rows: Vec<(u64, Vec<&str>)> = rows
            .iter()
            .map(|(line, cells)| (*line, cells.iter().map(String::as_str).collect()))
            .collect();
        let expected: Vec<(u64, Vec<&str>)> = expected
            .iter()
            .map(|(line, cells)| (*line, cells.to_vec()))
            .collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_line_break_inside_quotes_is_part_of_its_cell_and_lines_are_counted() {
        check(
            "a;b\r\n\"uno\ndue\";3\n\nx;\"dice \"\"ciao\"\"\"\n;\n",
            &[
                (1, &["a", "b"]),
                (2, &["uno\ndue", "3"]),
                (5, &["x", "dice \"ciao\""]),
            ],
        );
    }

    #[test]
    fn spreadsheets_guards_are_taken_off_and_other_quotes_are_text() {
        check(
            "=\"2026-06-08 10:00\";=2; 5\" ;\"\"",
            &[(1, &["2026-06-08 10:00", "=2", "5\"", ""])],
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_with_the_text() {
        check("a;\"b\nc", &[(1, &["a", "b\nc"])]);
    }
}
