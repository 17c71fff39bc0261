//! Attachments, as a statement describes them.

use serde_json::Value;

use super::{At, Checked, Rule, each, iri, languages, list, object, only, required, string};

const KNOWN: &[&str] = &[
    "usageType",
    "display",
    "description",
    "contentType",
    "length",
    "sha2",
    "fileUrl",
];
const REQUIRED: &[(&str, Rule)] = &[
    ("usageType", iri),
    ("display", languages),
    ("contentType", media_type),
    ("length", length),
    ("sha2", sha2),
];
/// Hexadecimal digits of SHA-224, SHA-256, SHA-384 and SHA-512.
const SHA2_DIGITS: [usize; 4] = [56, 64, 96, 128];

pub(super) fn attachments(value: &Value, at: At<'_>) -> Checked {
    let mut items = list(value, at)?.iter().enumerate();
    items.try_for_each(|(index, item)| attachment(item, at.item(index)))
}

fn attachment(value: &Value, at: At<'_>) -> Checked {
    let members = object(value, at)?;
    only(members, KNOWN, at)?;
    for (name, rule) in REQUIRED {
        rule(required(members, name, at)?, at.of(name))?;
    }
    each(members, at, &[("description", languages), ("fileUrl", iri)])
}

fn media_type(value: &Value, at: At<'_>) -> Checked {
    let found = string(value, at)?;
    let essence = found.split(';').next().unwrap_or_default().trim();
    let is_token = |text: &str| {
        let is_part = |b: u8| b.is_ascii_alphanumeric() || b"!#$&-^_.+*'%`|~".contains(&b);
        !text.is_empty() && text.bytes().all(is_part)
    };
    let is_type = essence
        .split_once('/')
        .is_some_and(|(kind, sub)| is_token(kind) && is_token(sub));
    // It goes into a header.
    let is_plain = found.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    at.unless(is_type && is_plain, || {
        format!("{found:?} is no media type")
    })
}

fn length(value: &Value, at: At<'_>) -> Checked {
    at.unless(value.is_u64(), || "must be a whole number of bytes".into())
}

fn sha2(value: &Value, at: At<'_>) -> Checked {
    let found = string(value, at)?;
    let is_sum = SHA2_DIGITS.contains(&found.len()) && found.bytes().all(|b| b.is_ascii_hexdigit());
    at.unless(is_sum, || {
        format!("{found:?} is no SHA-2 in hexadecimal digits")
    })
}
