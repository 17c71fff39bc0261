//! Where an assignable unit lies: its `url`, by RFC 1738 and section 14.

use percent_encoding::percent_decode_str;
use roxmltree::Node;

use super::{Reader, iri, trimmed};
use crate::{Code, href::TargetKind, xml::normalized};

/// Query parameters that belong to the launch (8.1.0.0-6).
const RESERVED: &[&str] = &["endpoint", "fetch", "actor", "registration", "activityId"];

/// Schemes that run script, or read this computer, in place of opening content.
const NEVER_LAUNCHED: &[&str] = &["javascript", "vbscript", "data", "blob", "file", "about"];

/// Where a unit lies.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Path inside the archive, or an absolute URL without query and fragment.
    pub(super) location: String,
    pub(super) is_packaged: bool,
    /// `?…#…`, or empty.
    pub(super) suffix: String,
}

impl Reader<'_, '_> {
    /// The `url` of a unit.
    pub(super) fn url(&mut self, node: Node) -> Place {
        let url = normalized(&trimmed(node));
        let mut report = |code, message: String| self.report(code, node, message);
        if let Err(why) = check(&url) {
            report(Code::AuUrlMalformed, format!("the url is {url:?}: {why}"));
            return Place::default();
        }
        for name in reserved(&url) {
            let message = format!("the url's own query uses `{name}`, which the launch adds");
            report(Code::AuUrlReserved, message);
        }
        match scheme(&url) {
            Some(_) => self.absolute(node, &url),
            None => self.relative(node, &url),
        }
    }

    fn absolute(&mut self, node: Node, url: &str) -> Place {
        let (location, suffix) = split(url);
        if let Some(files) = self.files {
            let path = location.split_once("://").map_or("", |(_, rest)| rest);
            let path = path.split_once('/').map_or("", |(_, path)| path);
            let path = percent_decode_str(path).decode_utf8_lossy();
            let folders = path.match_indices('/').map(|(at, _)| at + 1);
            let named = std::iter::once(0)
                .chain(folders)
                .map(|at| &path[at..])
                .find(|name| !name.is_empty() && files.has(name));
            if let Some(name) = named {
                let message = format!("`{name}` is in the zip, and the url is {url:?}");
                let finding = self.text.at(Code::AuUrlAbsolute, node, message);
                self.elsewhere.push((name.to_owned(), finding));
            }
        }
        Place {
            location: location.to_owned(),
            is_packaged: false,
            suffix: suffix.to_owned(),
        }
    }

    fn relative(&mut self, node: Node, url: &str) -> Place {
        let Some(files) = self.files else {
            let message = format!("the url is {url:?}, and there is no zip it could lie in");
            self.report(Code::AuUrlRelative, node, message);
            return Place::default();
        };
        let target = files.resolve("", url);
        match target.kind {
            TargetKind::File => {}
            TargetKind::Outside => {
                let message = format!("the url {url:?} climbs out of the zip");
                self.report(Code::HrefOutside, node, message);
            }
            _ => {
                let message = format!("the url is {url:?}, and the zip has no `{}`", target.path);
                self.report(Code::AuFileMissing, node, message);
            }
        }
        for code in target.tolerated {
            if code != Code::HrefPercentEncoded {
                self.report(code, node, format!("the url is {url:?}"));
            }
        }
        self.launched.push(target.path.clone());
        Place {
            location: target.path,
            is_packaged: true,
            suffix: target.suffix,
        }
    }
}

/// The scheme of a fully qualified URL.
fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    iri::is_scheme(scheme).then_some(scheme)
}

/// The URL without query and fragment, and those.
fn split(url: &str) -> (&str, &str) {
    url.split_at(url.find(['?', '#']).unwrap_or(url.len()))
}

/// Reserved names that the URL's own query uses.
fn reserved(url: &str) -> impl Iterator<Item = &'static str> {
    let (_, suffix) = split(url);
    let query = suffix.split('#').next().unwrap_or_default();
    let names: Vec<String> = query
        .trim_start_matches('?')
        .split('&')
        .map(|pair| pair.split('=').next().unwrap_or_default())
        .map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned())
        .collect();
    RESERVED
        .iter()
        .copied()
        .filter(move |reserved| names.iter().any(|name| name == reserved))
}

/// RFC 1738: printable ASCII without the unsafe characters (13.1.4.0-2).
fn check(url: &str) -> Result<(), String> {
    if url.is_empty() {
        return Err("it is empty".to_owned());
    }
    let rest = match scheme(url) {
        Some(scheme) if NEVER_LAUNCHED.contains(&scheme.to_ascii_lowercase().as_str()) => {
            return Err(format!(
                "content of the scheme `{scheme}` cannot be launched"
            ));
        }
        Some(scheme) => {
            let rest = &url[scheme.len() + 1..];
            let is_web = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https");
            match rest.strip_prefix("//") {
                Some(rest) if is_web => check_host(rest)?,
                None if is_web => return Err("it has no host".to_owned()),
                _ if rest.is_empty() => return Err("nothing follows its scheme".to_owned()),
                _ => {}
            }
            rest
        }
        None if url.starts_with("//") => return Err("it has no scheme".to_owned()),
        None if url.starts_with(['?', '#']) => return Err("it names no file".to_owned()),
        None => url,
    };
    let (path, _) = split(rest);
    let in_path = |c: char| matches!(c, '[' | ']') && !path.starts_with("//[");
    let bad = rest.chars().find(|c| {
        !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`')
    });
    if let Some(bad) = bad.or_else(|| path.chars().find(|c| in_path(*c))) {
        return Err(format!("{bad:?} must be percent-encoded"));
    }
    if rest.matches('#').count() > 1 {
        return Err("it has more than one `#`".to_owned());
    }
    iri::check_percent(rest)
}

/// `[user[:password]@]host[:port]`.
fn check_host(rest: &str) -> Result<(), String> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = if place.starts_with('[') {
        place.split_at(place.find(']').map_or(place.len(), |at| at + 1))
    } else {
        place.split_at(place.find(':').unwrap_or(place.len()))
    };
    let is_name = !host.is_empty()
        && !host.starts_with(['.', '-'])
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let is_address = host.len() > 3
        && host.starts_with('[')
        && host.ends_with(']')
        && host[1..host.len() - 1]
            .chars()
            .all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.'));
    if !is_name && !is_address {
        return Err(format!("{host:?} is no host"));
    }
    let port = port.strip_prefix(':').unwrap_or(port);
    if port.is_empty() || port.parse::<u16>().is_ok() {
        return Ok(());
    }
    Err(format!("{port:?} is no port"))
}

#[cfg(test)]
mod tests {
    use super::{check, reserved};

    #[test]
    fn urls_are_held_to_rfc_1738() {
        for good in [
            "index.html",
            "a/b%20c.html?x=1&y=[2]#/p",
            "/index.html",
            "http://esempio.it",
            "https://u:p@esempio.it:8443/x~y?z",
            "http://[::1]:80/x",
            "app://content/1",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "http://example.com index.html",
            "http://",
            "http:index.html",
            "http:///x",
            "http://a:b/",
            "http://ex ample/",
            "//a/b",
            "?x",
            "a b.html",
            "perché.html",
            "a|b",
            "a\\b",
            "a%2",
            "a#b#c",
            "javascript:alert(1)",
            "data:text/html,x",
            "http://-a/",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reserved_names_are_found_in_the_query_only() {
        let found = |url: &str| reserved(url).collect::<Vec<_>>();
        assert_eq!(found("a?endpoint=x&fetc%68=1"), ["endpoint", "fetch"]);
        assert_eq!(found("a?x=fetch&Actor=1#actor=1"), Vec::<&str>::new());
        assert_eq!(found("a?b&activityId"), ["activityId"]);
    }
}
