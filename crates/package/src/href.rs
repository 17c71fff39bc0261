//! From a reference in the manifest to a file of the package, as forgivingly as real packages need.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

use crate::{Code, source::Entry};

/// The package's files by name.
#[derive(Debug)]
pub(crate) struct Files {
    /// Folder of the manifest: empty or ending in `/`.
    pub(crate) root: String,
    /// Each path with the number of its entry.
    exact: HashMap<Rc<str>, usize>,
    folded: HashMap<String, Rc<str>>,
}

/// What a reference comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Path inside the archive, or an absolute `http(s)` URL.
    pub(crate) path: String,
    /// The reference's own query and fragment: `?…#…`, or empty.
    pub(crate) suffix: String,
    pub(crate) kind: TargetKind,
    /// What was tolerated on the way.
    pub(crate) tolerated: Vec<Code>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TargetKind {
    /// A file of the package.
    File,
    /// A path of the package where no file is.
    Missing,
    /// An address outside the package.
    External,
    /// Climbs out of the package.
    Outside,
    /// Neither a path nor http(s).
    OtherScheme,
}

impl Files {
    pub(crate) fn new(root: &str, entries: &[Entry]) -> Self {
        let (mut exact, mut folded) = (HashMap::new(), HashMap::new());
        for (index, entry) in entries.iter().enumerate() {
            let path: Rc<str> = entry.path.as_str().into();
            folded
                .entry(fold(&path))
                .or_insert_with(|| Rc::clone(&path));
            exact.entry(path).or_insert(index);
        }
        Self {
            root: root.to_owned(),
            exact,
            folded,
        }
    }

    /// Whether there is a file of exactly this path.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.exact.contains_key(path)
    }

    /// The number of the entry of exactly this path.
    pub(crate) fn index(&self, path: &str) -> Option<usize> {
        self.exact.get(path).copied()
    }

    /// Names of the schema files, wherever they lie, in lower case.
    pub(crate) fn schema_names(&self) -> HashSet<String> {
        self.exact
            .keys()
            .map(|path| path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase())
            .filter(|name| name.rsplit('.').next() == Some("xsd"))
            .collect()
    }

    /// Resolves `href` against `base` (the joined `xml:base`, itself relative to the manifest).
    pub(crate) fn resolve(&self, base: &str, href: &str) -> Target {
        let href = href.trim();
        let mut tolerated = Vec::new();
        let whole = if has_scheme(href) || base.is_empty() {
            href.to_owned()
        } else {
            format!("{base}{href}")
        };
        let (reference, suffix) = split_suffix(&whole);
        let target = |path: String, kind, tolerated| Target {
            path,
            suffix: suffix.to_owned(),
            kind,
            tolerated,
        };
        if has_scheme(reference) {
            let lower = reference.to_ascii_lowercase();
            let external = lower.starts_with("http://") || lower.starts_with("https://");
            let kind = if external {
                TargetKind::External
            } else {
                TargetKind::OtherScheme
            };
            return target(reference.to_owned(), kind, tolerated);
        }
        if reference.starts_with("//") {
            return target(
                format!("https:{reference}"),
                TargetKind::External,
                tolerated,
            );
        }
        let slashed = reference.replace('\\', "/");
        if slashed != reference {
            tolerated.push(Code::HrefBackslash);
        }
        let relative = slashed.trim_start_matches('/');
        if relative.len() < slashed.len() {
            tolerated.push(Code::HrefAbsolute);
        }
        if relative.contains(' ') {
            tolerated.push(Code::HrefSpace);
        }
        let decoded = percent_decode_str(relative).decode_utf8().map_or_else(
            |_| {
                let bytes: Vec<u8> = percent_decode_str(relative).collect();
                encoding_rs::WINDOWS_1252
                    .decode_without_bom_handling(&bytes)
                    .0
                    .into_owned()
            },
            std::borrow::Cow::into_owned,
        );
        let Some(path) = self.join(&decoded) else {
            return target(decoded, TargetKind::Outside, tolerated);
        };
        self.find(path, relative, &decoded, &mut tolerated)
            .map_or_else(
                |path| target(path, TargetKind::Missing, Vec::new()),
                |path| target(path, TargetKind::File, tolerated.clone()),
            )
    }

    /// The entry that `path` means, or `path` itself as the error.
    fn find(
        &self,
        path: String,
        raw: &str,
        decoded: &str,
        tolerated: &mut Vec<Code>,
    ) -> Result<String, String> {
        if self.has(&path) {
            if raw != decoded {
                tolerated.push(Code::HrefPercentEncoded);
            }
            return Ok(path);
        }
        // A file may itself be called `a%20b.html`.
        if let Some(undecoded) = self.join(raw).filter(|path| self.has(path)) {
            tolerated.push(Code::HrefPercentEncoded);
            return Ok(undecoded);
        }
        match self.folded.get(&fold(&path)) {
            Some(found) => {
                let same = found.to_lowercase() == path.to_lowercase();
                tolerated.push(if same {
                    Code::HrefCase
                } else {
                    Code::HrefPercentEncoded
                });
                Ok(found.to_string())
            }
            None => Err(path),
        }
    }

    /// Joins a relative path to the manifest's folder; `None` when it climbs out of the archive.
    fn join(&self, relative: &str) -> Option<String> {
        let mut parts: Vec<&str> = self
            .root
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        let joined = parts.join("/");
        Some(joined.nfc().collect())
    }
}

/// Case, percent-encoding and spaces, all made one.
fn fold(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    decoded.nfc().flat_map(char::to_lowercase).collect()
}

fn has_scheme(href: &str) -> bool {
    href.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

fn split_suffix(href: &str) -> (&str, &str) {
    href.split_at(href.find(['?', '#']).unwrap_or(href.len()))
}

/// Joins an `xml:base` to the one around it.
pub(crate) fn join_base(outer: &str, inner: &str) -> String {
    let inner = inner.trim();
    let joined = if has_scheme(inner) {
        inner.to_owned()
    } else {
        format!("{outer}{inner}")
    };
    // The book asks for the closing `/`; packages forget it.
    if joined.is_empty() || joined.ends_with(['/', '\\']) {
        joined
    } else {
        joined + "/"
    }
}

/// Joins the item's `parameters` to the reference's own query and fragment (CAM 3.4.1).
///
/// DIFFERENCE: the book appends a query even behind a fragment, where no server and no script would
/// find it; here it goes before the fragment.
pub(crate) fn join_parameters(suffix: &str, parameters: &str) -> String {
    let parameters = parameters.trim().trim_start_matches(['?', '&']);
    let (query, fragment) = suffix.split_at(suffix.find('#').unwrap_or(suffix.len()));
    match parameters.strip_prefix('#') {
        _ if parameters.is_empty() => suffix.to_owned(),
        Some(_) if !fragment.is_empty() => suffix.to_owned(),
        Some(_) => format!("{query}{parameters}"),
        None => {
            let (added, added_fragment) =
                parameters.split_at(parameters.find('#').unwrap_or(parameters.len()));
            let join = match query {
                "" => "?",
                _ if query.ends_with(['?', '&']) => "",
                _ => "&",
            };
            let fragment = if fragment.is_empty() {
                added_fragment
            } else {
                fragment
            };
            format!("{query}{join}{added}{fragment}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Method;

    fn files(root: &str) -> Files {
        let names = [
            "c/a.html",
            "c/My File.html",
            "c/x%20y.html",
            "c/perché.html",
            "c/Up.HTML",
            "top.html",
        ];
        let entries: Vec<Entry> = names
            .iter()
            .map(|path| Entry {
                path: (*path).to_owned(),
                method: Method::Stored,
                data_offset: 0,
                compressed_bytes: 0,
                size_bytes: 0,
                crc32: None,
            })
            .collect();
        Files::new(root, &entries)
    }

    #[test]
    fn references_find_their_files() {
        use TargetKind::{External, File, Missing, OtherScheme, Outside};
        for (base, href, kind, path, suffix, tolerated) in [
            ("", "a.html", File, "c/a.html", "", &[][..]),
            ("", "a.html?x=1#y", File, "c/a.html", "?x=1#y", &[]),
            ("", "./q/../a.html", File, "c/a.html", "", &[]),
            ("", "../top.html", File, "top.html", "", &[]),
            ("", "A.html", File, "c/a.html", "", &[Code::HrefCase]),
            ("", "up.html", File, "c/Up.HTML", "", &[Code::HrefCase]),
            (
                "",
                "My File.html",
                File,
                "c/My File.html",
                "",
                &[Code::HrefSpace],
            ),
            (
                "",
                "My%20File.html",
                File,
                "c/My File.html",
                "",
                &[Code::HrefPercentEncoded],
            ),
            (
                "",
                "x%20y.html",
                File,
                "c/x%20y.html",
                "",
                &[Code::HrefPercentEncoded],
            ),
            (
                "",
                "perch%C3%A9.html",
                File,
                "c/perché.html",
                "",
                &[Code::HrefPercentEncoded],
            ),
            (
                "",
                "perch%e9.html",
                File,
                "c/perché.html",
                "",
                &[Code::HrefPercentEncoded],
            ),
            ("", "perche\u{301}.html", File, "c/perché.html", "", &[]),
            (
                "",
                "q\\..\\a.html",
                File,
                "c/a.html",
                "",
                &[Code::HrefBackslash],
            ),
            ("", "/a.html", File, "c/a.html", "", &[Code::HrefAbsolute]),
            ("../", "c/a.html", File, "c/a.html", "", &[]),
            ("", "gone.html", Missing, "c/gone.html", "", &[]),
            ("", "../../x", Outside, "../../x", "", &[]),
            (
                "b/",
                "https://a.example/x?y",
                External,
                "https://a.example/x",
                "?y",
                &[],
            ),
            (
                "https://a.example/",
                "x",
                External,
                "https://a.example/x",
                "",
                &[],
            ),
            (
                "",
                "javascript:alert(1)",
                OtherScheme,
                "javascript:alert(1)",
                "",
                &[],
            ),
        ] {
            let expected = Target {
                path: path.into(),
                suffix: suffix.into(),
                kind,
                tolerated: tolerated.into(),
            };
            assert_eq!(files("c/").resolve(base, href), expected, "{base} {href}");
        }
    }

    #[test]
    fn parameters_are_joined_by_the_book() {
        for (suffix, parameters, expected) in [
            ("", "", ""),
            ("", "?a=1", "?a=1"),
            ("", "a=1", "?a=1"),
            ("", "&a=1", "?a=1"),
            ("", "?&a=1", "?a=1"),
            ("?b=2", "a=1", "?b=2&a=1"),
            ("?b=2", "?a=1", "?b=2&a=1"),
            ("", "#x", "#x"),
            ("#y", "#x", "#y"),
            ("?b=2", "#x", "?b=2#x"),
            ("#y", "a=1", "?a=1#y"),
            ("", "a=1#x", "?a=1#x"),
        ] {
            assert_eq!(
                join_parameters(suffix, parameters),
                expected,
                "{suffix} + {parameters}"
            );
        }
    }
}
