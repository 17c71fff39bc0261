//! Absolute IRIs (RFC 3987): with a scheme, nothing relative, no character that an IRI cannot hold.

/// Whether `value` is an absolute IRI; else why not.
///
/// # Errors
/// What it lacks, or which character does not belong in it, as the rest of a sentence.
pub fn check(value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err("it is empty".to_owned());
    }
    let Some((scheme, rest)) = value.split_once(':') else {
        return Err("it has no scheme".to_owned());
    };
    if !is_scheme(scheme) {
        return Err("it has no scheme".to_owned());
    }
    if rest.is_empty() || rest == "//" {
        return Err("nothing follows its scheme".to_owned());
    }
    if matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        let host = rest.strip_prefix("//").unwrap_or_default();
        if host.is_empty() || host.starts_with(['/', '?', '#', ':']) {
            return Err("it has no host".to_owned());
        }
    }
    if let Some(bad) = value.chars().find(|c| is_forbidden(*c)) {
        return Err(format!("it holds {bad:?}"));
    }
    check_percent(value)
}

/// `ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`.
pub(super) fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn is_forbidden(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`')
}

/// Each `%` begins two hexadecimal digits.
pub(super) fn check_percent(value: &str) -> Result<(), String> {
    for (at, _) in value.match_indices('%') {
        let digits = value.as_bytes().get(at + 1..at + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err("a `%` is not followed by two hexadecimal digits".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn absolute_iris_are_told_from_references() {
        for good in [
            "https://w3id.org/xapi/cmi5/au/1",
            "urn:uuid:005430bf-b3ba-45e6-b47b-d629603d83d2",
            "http://esempio.it/perché#x",
            "tag:x,2026:a",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "w3id.org/xapi",
            "//host/x",
            "/x",
            "#x",
            "1a:x",
            "http:",
            "http://",
            "https:///x",
            "http:x",
            "http://a b",
            "http://a/%zz",
            "urn:",
            "http://a/<x>",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
