//! From the bytes of an entry's name to a path: encodings, separators, Unicode form.
//!
//! Archives without the UTF-8 flag hold names in whatever code page the packing machine had. The
//! guess is by what the name would read like.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::Code;

const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// A name as text, and the code page it was guessed to be in, when it was not plainly UTF-8.
pub(super) fn decode(raw: &[u8], says_utf8: bool) -> (String, Option<&'static str>) {
    if let Ok(name) = std::str::from_utf8(raw) {
        let plain = says_utf8 || name.is_ascii();
        return (name.to_owned(), (!plain).then_some("UTF-8"));
    }
    let windows = encoding_rs::WINDOWS_1252
        .decode_without_bom_handling(raw)
        .0
        .into_owned();
    [
        ("CP437", from_page(raw, CP437)),
        ("CP850", from_page(raw, CP850)),
        ("Windows-1252", windows),
    ]
    .into_iter()
    .rev() // of equals the last one wins: the zip format's own code page
    .max_by_key(|(_, name)| likeness(name))
    .map(|(page, name)| (name, Some(page)))
    .expect("there are three candidates")
}

fn from_page(raw: &[u8], page: &str) -> String {
    raw.iter()
        .map(|&byte| match byte.checked_sub(128) {
            None => char::from(byte),
            Some(high) => page.chars().nth(high.into()).unwrap_or('\u{fffd}'),
        })
        .collect()
}

/// How much like a name somebody would give a file.
fn likeness(name: &str) -> i32 {
    let chars: Vec<char> = name.chars().collect();
    let mut score = 0;
    for (at, &c) in chars.iter().enumerate().filter(|(_, c)| !c.is_ascii()) {
        let after_lower = at > 0 && chars[at - 1].is_lowercase();
        score += match c {
            'à' | 'è' | 'é' | 'ì' | 'ò' | 'ù' | 'ä' | 'ö' | 'ü' | 'ñ' | 'ç' | 'ß' => 4,
            '\u{c0}'..='\u{17f}' if c.is_lowercase() => 3,
            '\u{c0}'..='\u{17f}' if c.is_uppercase() && !after_lower => 3,
            '’' | '–' | '°' | '«' | '»' => 1,
            _ => -3,
        };
    }
    score
}

/// A path inside the archive, and what had to be tolerated to get it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) path: String,
    pub(super) tolerated: Vec<Code>,
}

/// Cleans a decoded name: separators, Unicode form, `.` and doubled `/`.
///
/// # Errors
/// The code of what no package may have: an absolute path, `..`, control characters, nothing at all.
pub(super) fn clean(name: &str) -> Result<Path, Code> {
    let mut tolerated = Vec::new();
    if name.contains('\\') {
        tolerated.push(Code::NameBackslash);
    }
    let mut path = name.replace('\\', "/");
    if path.starts_with('/') || is_drive(&path) {
        return Err(Code::PathAbsolute);
    }
    if path.chars().any(char::is_control) {
        return Err(Code::EntryNameInvalid);
    }
    if path.split('/').any(|part| part == "..") {
        return Err(Code::PathTraversal);
    }
    if is_nfc_quick(path.chars()) != IsNormalized::Yes {
        let composed: String = path.nfc().collect();
        if composed != path {
            tolerated.push(Code::NameDecomposed);
            path = composed;
        }
    }
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    if parts.is_empty() {
        return Err(Code::EntryNameInvalid);
    }
    Ok(Path {
        path: parts.join("/"),
        tolerated,
    })
}

fn is_drive(path: &str) -> bool {
    let mut chars = path.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_128_characters() {
        assert_eq!([CP437, CP850].map(|page| page.chars().count()), [128, 128]);
    }

    #[test]
    fn names_are_read_in_the_code_page_they_were_written_in() {
        for (raw, expected, page) in [
            (&b"plain.html"[..], "plain.html", None),
            ("perché.html".as_bytes(), "perché.html", Some("UTF-8")),
            (b"perch\x82.html", "perché.html", Some("CP437")),
            (
                b"citt\x85/qualit\x85.html",
                "città/qualità.html",
                Some("CP437"),
            ),
            (b"perch\xe9 no.html", "perché no.html", Some("Windows-1252")),
            (b"citt\xe0.html", "città.html", Some("Windows-1252")),
            (b"S\xc6o Paulo \xb7.html", "São Paulo À.html", Some("CP850")),
        ] {
            assert_eq!(decode(raw, false), (expected.to_owned(), page));
        }
        assert_eq!(decode("più".as_bytes(), true), ("più".to_owned(), None));
    }

    #[test]
    fn paths_are_cleaned_or_refused() {
        let check = |name: &str, path: &str, tolerated: &[Code]| {
            assert_eq!(
                clean(name),
                Ok(Path {
                    path: path.into(),
                    tolerated: tolerated.into()
                })
            );
        };
        check("./a//b.html", "a/b.html", &[]);
        check("a\\b.html", "a/b.html", &[Code::NameBackslash]);
        check(
            "perche\u{301}.html",
            "perch\u{e9}.html",
            &[Code::NameDecomposed],
        );
        for (name, code) in [
            ("../a", Code::PathTraversal),
            ("a/../../b", Code::PathTraversal),
            ("a\\..\\b", Code::PathTraversal),
            ("/etc/passwd", Code::PathAbsolute),
            ("\\\\host\\a", Code::PathAbsolute),
            ("C:/a", Code::PathAbsolute),
            ("a\0b", Code::EntryNameInvalid),
            ("./", Code::EntryNameInvalid),
            ("", Code::EntryNameInvalid),
        ] {
            assert_eq!(clean(name), Err(code), "{name:?}");
        }
    }
}
