//! Byte ranges (RFC 9110, section 14): what a `Range` header asks of a body of known length.

use std::ops::Range;

/// More ranges than a player has reason to ask for: the whole is sent instead.
const MOST_RANGES: usize = 8;

/// What to answer to a `Range` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// 200: the whole, for there is no range or it cannot be understood.
    Whole,
    /// 206: these parts, in the order asked, each within the body and not empty.
    Parts(Vec<Range<u64>>),
    /// 416: nothing of what is asked lies within the body.
    Unsatisfiable,
}

/// Reads a `Range` header against a body of `length` bytes.
pub(crate) fn asked(header: Option<&str>, length: u64) -> Asked {
    let Some(specs) = header.and_then(byte_specs) else {
        return Asked::Whole;
    };
    let Some(wanted) = specs.map(parse_spec).collect::<Option<Vec<_>>>() else {
        return Asked::Whole;
    };
    let parts: Vec<_> = wanted
        .into_iter()
        .filter_map(|spec| spec.within(length))
        .collect();
    match parts.len() {
        0 => Asked::Unsatisfiable,
        1..=MOST_RANGES => Asked::Parts(parts),
        _ => Asked::Whole,
    }
}

fn byte_specs(header: &str) -> Option<impl Iterator<Item = &str>> {
    let (unit, specs) = header.split_once('=')?;
    unit.trim().eq_ignore_ascii_case("bytes").then(|| {
        specs
            .split(',')
            .map(str::trim)
            .filter(|spec| !spec.is_empty())
    })
}

enum Spec {
    FromTo(u64, u64),
    Last(u64),
}

impl Spec {
    fn within(self, length: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::FromTo(first, last) => first..last.saturating_add(1).min(length),
            Self::Last(count) => length.saturating_sub(count)..length,
        };
        (range.start < range.end).then_some(range)
    }
}

fn parse_spec(spec: &str) -> Option<Spec> {
    match spec.split_once('-')? {
        ("", count) => number(count).map(Spec::Last),
        (first, "") => number(first).map(|first| Spec::FromTo(first, u64::MAX)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Spec::FromTo(first, last))
        }
    }
}

fn number(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: &Asked) {
        assert_eq!(asked(Some(header), 1000), *expected, "{header}");
    }

    #[test]
    fn ranges_are_answered_as_the_rfc_says() {
        let part = |range| Asked::Parts(vec![range]);
        check("bytes=0-499", &part(0..500));
        check("bytes=500-", &part(500..1000));
        check("bytes=-300", &part(700..1000));
        check("bytes=-3000", &part(0..1000));
        check("bytes=900-5000", &part(900..1000));
        check("Bytes= 0-0 , ", &part(0..1));
        check(
            "bytes=0-99,200-299,-1",
            &Asked::Parts(vec![0..100, 200..300, 999..1000]),
        );
        check("bytes=0-99,5000-", &part(0..100));
        check("bytes=1000-", &Asked::Unsatisfiable);
        check("bytes=-0", &Asked::Unsatisfiable);
        check("bytes=99999999999999999999999-", &Asked::Unsatisfiable);
        for whole in [
            "bytes=5-2",
            "bytes=a-b",
            "lines=1-2",
            "bytes",
            "bytes=1",
            "bytes=+1-2",
        ] {
            check(whole, &Asked::Whole);
        }
        check("bytes=0-1,0-1,0-1,0-1,0-1,0-1,0-1,0-1,0-1", &Asked::Whole);
        assert_eq!(asked(None, 1000), Asked::Whole);
        assert_eq!(asked(Some("bytes=0-"), 0), Asked::Unsatisfiable);
    }
}
