//! Agents and groups.

use serde_json::Value;

use super::{
    At, Checked, Fault, Members, Rule, each, iri, list, object, only, required, string, text,
};

const AGENT: &[&str] = &[
    "objectType",
    "name",
    "mbox",
    "mbox_sha1sum",
    "openid",
    "account",
];
const GROUP: &[&str] = &[
    "objectType",
    "name",
    "mbox",
    "mbox_sha1sum",
    "openid",
    "account",
    "member",
];
const IDENTIFIERS: &[(&str, Rule)] = &[
    ("mbox", mbox),
    ("mbox_sha1sum", sha1),
    ("openid", iri),
    ("account", account),
];

/// Checks an agent or group that stands by itself, as parameters of requests do.
///
/// # Errors
/// The place and what is wrong there.
pub(crate) fn check(value: &Value, name: &str) -> Checked {
    agent_or_group(value, At::Member(&At::Root, name))
}

pub(super) fn agent_or_group(value: &Value, at: At<'_>) -> Checked {
    match kind(value, at)? {
        "Group" => group(value, at),
        _ => agent(value, at),
    }
}

pub(super) fn agent(value: &Value, at: At<'_>) -> Checked {
    let members = object(value, at)?;
    at.of("objectType")
        .unless(kind(value, at)? == "Agent", || "must be Agent".into())?;
    only(members, AGENT, at)?;
    let count = identifiers(members, at)?;
    at.unless(count == 1, || needs_one(count))
}

pub(super) fn group(value: &Value, at: At<'_>) -> Checked {
    let members = object(value, at)?;
    at.of("objectType")
        .unless(kind(value, at)? == "Group", || "must be Group".into())?;
    only(members, GROUP, at)?;
    let count = identifiers(members, at)?;
    let has_members = members.contains_key("member");
    at.unless(count == 1 || (count == 0 && has_members), || {
        needs_one(count)
    })?;
    let Some(found) = members.get("member") else {
        return Ok(());
    };
    let at = at.of("member");
    let found = list(found, at)?;
    found
        .iter()
        .enumerate()
        .try_for_each(|(index, member)| agent(member, at.item(index)))
}

/// An agent, or an anonymous group of two: an OAuth consumer and the user it acts for.
pub(super) fn authority(value: &Value, at: At<'_>) -> Checked {
    agent_or_group(value, at)?;
    if kind(value, at)? != "Group" {
        return Ok(());
    }
    let is_anonymous = IDENTIFIERS
        .iter()
        .all(|(name, _)| value.get(name).is_none());
    let count = value["member"].as_array().map_or(0, Vec::len);
    at.unless(is_anonymous && count == 2, || {
        "a Group that is an authority has no identifier and exactly two members".into()
    })
}

fn kind<'a>(value: &'a Value, at: At<'_>) -> Result<&'a str, Fault> {
    let Some(kind) = object(value, at)?.get("objectType") else {
        return Ok("Agent");
    };
    match kind.as_str() {
        Some(known @ ("Agent" | "Group")) => Ok(known),
        _ => Err(at.of("objectType").fault("must be Agent or Group")),
    }
}

fn needs_one(count: usize) -> String {
    let of = "one of mbox, mbox_sha1sum, openid, account";
    format!("must have exactly {of}; it has {count}")
}

/// Checks name and identifiers; says how many identifiers there are.
fn identifiers(members: &Members, at: At<'_>) -> Result<usize, Fault> {
    each(members, at, &[("name", text)])?;
    each(members, at, IDENTIFIERS)?;
    let names = IDENTIFIERS.iter();
    Ok(names
        .filter(|(name, _)| members.contains_key(*name))
        .count())
}

fn mbox(value: &Value, at: At<'_>) -> Checked {
    let found = string(value, at)?;
    let address = found.strip_prefix("mailto:").unwrap_or_default();
    let is_address = address.rsplit_once('@').is_some_and(|(user, host)| {
        let is_bad = |c: char| c.is_whitespace() || c.is_control();
        !user.is_empty() && !host.is_empty() && !address.contains(is_bad)
    });
    at.unless(is_address, || {
        format!("{found:?} is no address like mailto:name@host")
    })
}

fn sha1(value: &Value, at: At<'_>) -> Checked {
    let found = string(value, at)?;
    let is_sum = found.len() == 40 && found.bytes().all(|b| b.is_ascii_hexdigit());
    at.unless(is_sum, || {
        format!("{found:?} is no SHA-1 of 40 hexadecimal digits")
    })
}

fn account(value: &Value, at: At<'_>) -> Checked {
    let members = object(value, at)?;
    only(members, &["homePage", "name"], at)?;
    iri(required(members, "homePage", at)?, at.of("homePage"))?;
    let (name, at) = (required(members, "name", at)?, at.of("name"));
    // People are known by it: it has to be text that any store keeps.
    at.unless(!string(name, at)?.contains('\0'), || {
        "must not hold U+0000".into()
    })
}
