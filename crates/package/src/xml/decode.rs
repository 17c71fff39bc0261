//! From bytes to text: byte order marks, UTF-16, Latin-1, and what the declaration says.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The text, and what had to be tolerated to get it.
pub(super) fn decode(bytes: &[u8]) -> (String, Option<String>) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let text = encoding
            .decode_without_bom_handling(&bytes[mark..])
            .0
            .into_owned();
        return (
            text,
            Some(format!(
                "the file begins with a {} byte order mark",
                encoding.name()
            )),
        );
    }
    let wide = match bytes {
        [0, b'<', ..] => Some(UTF_16BE),
        [b'<', 0, ..] => Some(UTF_16LE),
        _ => None,
    };
    if let Some(encoding) = wide {
        let text = encoding.decode_without_bom_handling(bytes).0.into_owned();
        return (
            text,
            Some(format!("the file is written in {}", encoding.name())),
        );
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), None);
    }
    // A declaration of UTF-8 (or UTF-16) is plainly wrong here.
    let encoding = declared(bytes)
        .filter(|encoding| ![UTF_8, UTF_16BE, UTF_16LE].contains(encoding))
        .unwrap_or(WINDOWS_1252);
    let text = encoding.decode_without_bom_handling(bytes).0.into_owned();
    (
        text,
        Some(format!(
            "the file is not UTF-8 and was read as {}",
            encoding.name()
        )),
    )
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]).into_owned();
    let declaration = head.split_once("<?xml")?.1.split_once("?>")?.0;
    let value = declaration
        .split_once("encoding")?
        .1
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(value[1..].split(quote).next()?.trim().as_bytes())
}
