//! The rules that a statement keeps. A refusal names the place as a JSON path, what is wrong there, and
//! the section of the standard that says so.

mod activity;
mod actor;
mod attachment;
mod section;
mod statement;

use std::fmt;

use chrono::DateTime;
use serde_json::{Map, Value};
use uuid::Uuid;

pub(crate) use actor::check as check_actor;
pub(crate) use statement::check;

use super::is_iri;

type Checked = Result<(), Fault>;
type Members = Map<String, Value>;

/// A rule that a statement does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    at: String,
    what: String,
    section: &'static str,
}

impl Fault {
    /// The section of the standard that has the rule.
    pub(crate) fn section(&self) -> &'static str {
        self.section
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.at, self.what, self.section)
    }
}

/// A place in a statement; the path is only written out when something is wrong there.
#[derive(Debug, Clone, Copy)]
enum At<'a> {
    Root,
    Member(&'a At<'a>, &'a str),
    Item(&'a At<'a>, usize),
}

impl<'a> At<'a> {
    fn of(&'a self, name: &'a str) -> Self {
        Self::Member(self, name)
    }

    fn item(&'a self, index: usize) -> Self {
        Self::Item(self, index)
    }

    fn fault(&self, what: impl Into<String>) -> Fault {
        let at = self.to_string();
        Fault {
            at: if at.is_empty() {
                "statement".into()
            } else {
                at
            },
            what: what.into(),
            section: section::of(self),
        }
    }

    /// Against another section than the place's own.
    fn against(&self, section: &'static str, what: impl Into<String>) -> Fault {
        Fault {
            section,
            ..self.fault(what)
        }
    }

    /// Against what the standard says of all properties.
    fn misshapen(&self, what: impl Into<String>) -> Fault {
        self.against(section::FORMATTING, what)
    }

    fn unless(&self, holds: bool, what: impl FnOnce() -> String) -> Checked {
        if holds {
            Ok(())
        } else {
            Err(self.fault(what()))
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(At::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A check of one value.
type Rule = fn(&Value, At<'_>) -> Checked;

/// Checks those members that are there by the rule of each.
fn each(members: &Members, at: At<'_>, rules: &[(&str, Rule)]) -> Checked {
    rules
        .iter()
        .try_for_each(|(name, rule)| match members.get(*name) {
            Some(value) => rule(value, at.of(name)),
            None => Ok(()),
        })
}

fn required<'a>(members: &'a Members, name: &str, at: At<'_>) -> Result<&'a Value, Fault> {
    let found = members.get(name);
    found.ok_or_else(|| at.of(name).fault("is missing"))
}

fn object<'a>(value: &'a Value, at: At<'_>) -> Result<&'a Members, Fault> {
    value
        .as_object()
        .ok_or_else(|| at.misshapen("must be an object"))
}

fn list<'a>(value: &'a Value, at: At<'_>) -> Result<&'a Vec<Value>, Fault> {
    value
        .as_array()
        .ok_or_else(|| at.misshapen("must be a list"))
}

fn string<'a>(value: &'a Value, at: At<'_>) -> Result<&'a str, Fault> {
    value
        .as_str()
        .ok_or_else(|| at.misshapen("must be a string"))
}

fn text(value: &Value, at: At<'_>) -> Checked {
    string(value, at).map(drop)
}

fn boolean(value: &Value, at: At<'_>) -> Checked {
    match value.is_boolean() {
        true => Ok(()),
        false => Err(at.misshapen("must be true or false")),
    }
}

fn only(members: &Members, known: &[&str], at: At<'_>) -> Checked {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(at.of(name).misshapen(format!(
            "is no property here; known are {}",
            known.join(", ")
        ))),
        None => Ok(()),
    }
}

/// Nulls are nowhere but in extensions.
fn no_nulls(value: &Value, at: At<'_>) -> Checked {
    match value {
        Value::Null => Err(at.misshapen("must not be null; leave it out")),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| no_nulls(item, at.item(index))),
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| *name != "extensions")
            .try_for_each(|(name, value)| no_nulls(value, at.of(name))),
        _ => Ok(()),
    }
}

fn uuid(value: &Value, at: At<'_>) -> Checked {
    let found = string(value, at)?;
    let is_uuid = found.len() == 36 && found.parse::<Uuid>().is_ok();
    at.unless(is_uuid, || format!("{found:?} is no UUID"))
}

fn iri(value: &Value, at: At<'_>) -> Checked {
    let found = string(value, at)?;
    at.unless(is_iri(found), || format!("{found:?} is no absolute IRI"))
}

/// ISO 8601, as RFC 3339 has it and with the shorter offsets of ISO; a time without one is taken as UTC.
pub(crate) fn moment(found: &str) -> Option<DateTime<chrono::FixedOffset>> {
    if ["-00:00", "-0000", "-00"]
        .iter()
        .any(|zone| found.ends_with(zone))
    {
        return None;
    }
    let (_, clock) = found.split_once(['T', 't', ' '])?;
    let whole = match clock.rfind(['+', '-']).map(|sign| &clock[sign + 1..]) {
        Some(zone) if zone.len() == 2 => format!("{found}:00"),
        Some(zone) if zone.len() == 4 && !zone.contains(':') => {
            let (rest, minutes) = found.split_at(found.len() - 2);
            format!("{rest}:{minutes}")
        }
        _ => found.to_owned(),
    };
    DateTime::parse_from_rfc3339(&whole)
        .or_else(|_| DateTime::parse_from_rfc3339(&format!("{whole}Z")))
        .ok()
}

fn time(value: &Value, at: At<'_>) -> Checked {
    let found = string(value, at)?;
    at.unless(moment(found).is_some(), || {
        format!("{found:?} is no ISO 8601 time; -00:00 is no offset")
    })
}

/// By the syntax of RFC 5646: subtags of at most 8 letters or digits, the first of letters.
fn is_language(tag: &str) -> bool {
    tag.split('-').enumerate().all(|(index, part)| {
        (1..=8).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric())
            && (index > 0 || part.bytes().all(|b| b.is_ascii_alphabetic()))
    })
}

fn language(value: &Value, at: At<'_>) -> Checked {
    let tag = string(value, at)?;
    at.unless(is_language(tag), || format!("{tag:?} is no language tag"))
}

fn languages(value: &Value, at: At<'_>) -> Checked {
    object(value, at)?.iter().try_for_each(|(tag, value)| {
        let at = at.of(tag);
        at.unless(is_language(tag), || format!("{tag:?} is no language tag"))?;
        text(value, at)
    })
}

fn extensions(value: &Value, at: At<'_>) -> Checked {
    match object(value, at)?.keys().find(|name| !is_iri(name)) {
        Some(name) => Err(at
            .of(name)
            .fault("the name of an extension is an absolute IRI")),
        None => Ok(()),
    }
}

/// ISO 8601 durations: years to seconds, or weeks alone; only the last part may have a fraction.
fn duration(value: &Value, at: At<'_>) -> Checked {
    let found = string(value, at)?;
    at.unless(is_duration(found), || {
        format!("{found:?} is no ISO 8601 duration")
    })
}

fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else {
        return false;
    };
    if let Some(weeks) = rest.strip_suffix('W') {
        return is_number(weeks);
    }
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return false,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    let is_fraction_last = time.is_empty() || !date.contains(['.', ',']);
    !rest.is_empty() && is_fraction_last && parts(date, "YMD") && parts(time, "HMS")
}

fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    [whole, fraction]
        .iter()
        .all(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn parts(mut text: &str, designators: &str) -> bool {
    let mut allowed = designators;
    while let Some(at) = text.find(|c: char| c.is_ascii_alphabetic()) {
        let Some(place) = allowed.find(&text[at..=at]) else {
            return false;
        };
        let is_last = at + 1 == text.len();
        if !is_number(&text[..at]) || (!is_last && text[..at].contains(['.', ','])) {
            return false;
        }
        allowed = &allowed[place + 1..];
        text = &text[at + 1..];
    }
    text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_iso_8601() {
        for good in [
            "PT0S",
            "P1Y2M3DT4H5M6.78S",
            "P4W",
            "PT1H",
            "P3D",
            "PT0,5S",
            "P1.5D",
        ] {
            assert!(is_duration(good), "{good}");
        }
        for bad in [
            "", "P", "PT", "P4W1D", "1H", "PT1", "PT1D", "P1H", "PT.S", "PT1.5H2M", "PT1S2M",
            "P1.5DT1H",
        ] {
            assert!(!is_duration(bad), "{bad}");
        }
    }

    #[test]
    fn times_may_have_the_short_offsets_of_iso() {
        for good in [
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00.123+01",
            "2026-11-23T10:00:00-0530",
            "2026-11-23T10:00:00",
        ] {
            assert!(moment(good).is_some(), "{good}");
        }
        for bad in [
            "2026-11-23",
            "2026-11-23T10:00:00-00:00",
            "2026-13-01T10:00:00Z",
            "soon",
        ] {
            assert!(moment(bad).is_none(), "{bad}");
        }
    }
}
