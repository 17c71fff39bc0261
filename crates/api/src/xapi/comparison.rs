//! Whether two statements are the same, as xAPI Data 2.3.1 compares them: what an LRS may assign or give
//! out otherwise does not count, everything else does, word for word.

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::check::moment;

/// Bytes of a SHA-256.
const SUM: usize = 32;

/// Whether two statements are the same. Not compared are what the LRS assigns (`id`, `stored`, `authority`,
/// `version`, a `timestamp` that one of them was sent without), what belongs to activities and verbs
/// (definitions, `display`), the order of a group's members, and how a moment is written.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    let times = timestamp(one).zip(timestamp(other));
    times.is_none_or(|(one, other)| one == other) && sum(one) == sum(other)
}

/// The timestamp that a statement was sent with: one that is its `stored` was assigned.
fn timestamp(statement: &Value) -> Option<DateTime<FixedOffset>> {
    let stated = statement.get("timestamp")?;
    if statement.get("stored") == Some(stated) {
        return None;
    }
    moment(stated.as_str()?)
}

/// Of everything that is compared, but for the timestamp.
fn sum(statement: &Value) -> [u8; SUM] {
    let mut sum = Sha256::new();
    feed(&mut sum, statement, Part::Statement);
    sum.finalize().into()
}

/// What a value is in a statement, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// It does not count.
    Left,
    /// As it is.
    Plain,
    Statement,
    SubStatement,
    /// By its objectType.
    Object,
    Agent,
    /// In no order.
    Members,
    Activity,
    Verb,
    Result,
    Context,
    ContextActivities,
    /// One stands for a list of one.
    Activities,
    /// Agents or groups of the context, each with its types.
    InContext,
    Reference,
    Attachments,
    Time,
    /// To the hundredth of a second.
    Duration,
    /// UUIDs, sums and language tags: upper and lower case are the same.
    AnyCase,
    /// Upper and lower case of the domain are the same.
    Mbox,
}

impl Part {
    fn member(self, name: &str) -> Self {
        match (self, name) {
            (Self::Statement, "id" | "stored" | "authority" | "version" | "timestamp")
            | (Self::Activity, "definition")
            | (Self::Verb, "display") => Self::Left,
            (Self::SubStatement, "timestamp") => Self::Time,
            (Self::Statement | Self::SubStatement, _) => match name {
                "actor" => Self::Agent,
                "verb" => Self::Verb,
                "object" => Self::Object,
                "result" => Self::Result,
                "context" => Self::Context,
                "attachments" => Self::Attachments,
                _ => Self::Plain,
            },
            (Self::Agent, "member") => Self::Members,
            (Self::Agent, "mbox") => Self::Mbox,
            (Self::Result, "duration") => Self::Duration,
            (Self::Context, "instructor" | "team") | (Self::InContext, "agent" | "group") => {
                Self::Agent
            }
            (Self::Context, "contextActivities") => Self::ContextActivities,
            (Self::Context, "contextAgents" | "contextGroups") => Self::InContext,
            (Self::Context, "statement") => Self::Reference,
            (Self::ContextActivities, _) => Self::Activities,
            (Self::Agent, "mbox_sha1sum")
            | (Self::Context, "registration" | "language")
            | (Self::Reference, "id")
            | (Self::Attachments, "sha2") => Self::AnyCase,
            _ => Self::Plain,
        }
    }

    fn item(self) -> Self {
        match self {
            Self::Members => Self::Agent,
            Self::Activities => Self::Activity,
            Self::InContext | Self::Attachments => self,
            _ => Self::Plain,
        }
    }

    fn of_object(object: &Map<String, Value>) -> Self {
        let kind = object.get("objectType").and_then(Value::as_str);
        match kind.unwrap_or("Activity") {
            "Activity" => Self::Activity,
            "Agent" | "Group" => Self::Agent,
            "SubStatement" => Self::SubStatement,
            "StatementRef" => Self::Reference,
            _ => Self::Plain,
        }
    }
}

/// Each value with its kind before it and its length where it has one: two that differ never feed the same.
fn feed(sum: &mut Sha256, value: &Value, part: Part) {
    match value {
        Value::Null => sum.update(b"n"),
        Value::Bool(truth) => sum.update([b'b', u8::from(*truth)]),
        Value::Number(number) => text(sum, b'#', &number.to_string()),
        Value::String(found) => string(sum, found, part),
        Value::Array(items) if part == Part::Members => {
            let mut members: Vec<[u8; SUM]> = items.iter().map(|item| alone(item, part)).collect();
            members.sort_unstable();
            sum.update(b"[");
            for member in &members {
                sum.update(member);
            }
            sum.update(b"]");
        }
        Value::Array(items) => {
            sum.update(b"[");
            for item in items {
                feed(sum, item, part.item());
            }
            sum.update(b"]");
        }
        Value::Object(members) => match part {
            Part::Activities => {
                sum.update(b"[");
                object(sum, members, part.item());
                sum.update(b"]");
            }
            Part::Object => object(sum, members, Part::of_object(members)),
            _ => object(sum, members, part),
        },
    }
}

fn alone(item: &Value, part: Part) -> [u8; SUM] {
    let mut sum = Sha256::new();
    feed(&mut sum, item, part.item());
    sum.finalize().into()
}

/// Members come in the order of their names.
fn object(sum: &mut Sha256, members: &Map<String, Value>, part: Part) {
    sum.update(b"{");
    for (name, value) in members {
        let part = part.member(name);
        if part != Part::Left {
            text(sum, b'"', name);
            feed(sum, value, part);
        }
    }
    sum.update(b"}");
}

fn string(sum: &mut Sha256, found: &str, part: Part) {
    match part {
        Part::AnyCase => text(sum, b'"', &found.to_ascii_lowercase()),
        Part::Mbox => match found.rsplit_once('@') {
            Some((name, domain)) => {
                let domain = domain.to_ascii_lowercase();
                text(sum, b'"', &format!("{name}@{domain}"));
            }
            None => text(sum, b'"', found),
        },
        Part::Time => match moment(found) {
            Some(moment) => sum.update(moment.timestamp_micros().to_be_bytes()),
            None => text(sum, b'"', found),
        },
        Part::Duration => text(sum, b'"', &hundredths(found)),
        _ => text(sum, b'"', found),
    }
}

fn text(sum: &mut Sha256, kind: u8, found: &str) {
    sum.update([kind]);
    sum.update(found.len().to_be_bytes());
    sum.update(found);
}

/// A duration without what is beyond the hundredth of a second.
fn hundredths(found: &str) -> String {
    let parts = found
        .strip_suffix('S')
        .and_then(|text| text.split_once('.'));
    let Some((whole, fraction)) = parts else {
        return found.to_owned();
    };
    let fraction = fraction.get(..2).unwrap_or(fraction).trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{whole}{dot}{fraction}S")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A statement with a value at a pointer, `Null` for nothing there.
    fn with(path: &str, value: Value) -> Value {
        let mut whole = json!({
            "actor": { "objectType": "Group", "member": [{ "mbox": "mailto:a@b.example" }, { "mbox": "mailto:b@b.example" }] },
            "verb": { "id": "https://e.example/did", "display": { "it": "fece" } },
            "object": { "id": "https://e.example/it", "definition": {} },
            "result": { "duration": "PT1S", "score": { "raw": 1 }, "success": true },
            "context": { "registration": "0198f0aa-0000-7000-8000-00000000000a", "contextActivities": {} },
            "timestamp": "2026-11-23T10:00:00+01:00",
        });
        let (parent, name) = path.rsplit_once('/').unwrap();
        let parent = whole.pointer_mut(parent).unwrap();
        match value {
            Value::Null => {
                parent.as_object_mut().unwrap().remove(name);
            }
            value => parent[name] = value,
        }
        whole
    }

    fn check(path: &str, one: Value, other: Value) -> bool {
        same(&with(path, one), &with(path, other))
    }

    #[test]
    fn what_an_lrs_may_assign_or_give_out_otherwise_does_not_count() {
        let (a, b) = (
            json!({ "mbox": "mailto:a@b.example" }),
            json!({ "mbox": "mailto:b@B.EXAMPLE" }),
        );
        for (path, one, other) in [
            ("/id", json!("x"), Value::Null),
            ("/stored", json!("2026-11-23T10:00:00Z"), Value::Null),
            ("/authority", json!({}), Value::Null),
            ("/version", json!("1.0.0"), json!("1.0.3")),
            (
                "/timestamp",
                json!("2026-11-23T09:00:00Z"),
                json!("2026-11-23T10:00:00.000+01:00"),
            ),
            ("/timestamp", json!("2026-11-23T09:00:00Z"), Value::Null),
            ("/verb/display", json!({ "it": "x" }), Value::Null),
            ("/object/definition", json!({ "name": {} }), Value::Null),
            ("/actor/member", json!([a, b]), json!([b, a])),
            (
                "/context/registration",
                json!("0198F0AA-0000-7000-8000-00000000000A"),
                json!("0198f0aa-0000-7000-8000-00000000000a"),
            ),
            (
                "/context/contextActivities/parent",
                json!({ "id": "https://e.example/p" }),
                json!([{ "id": "https://e.example/p" }]),
            ),
        ] {
            assert!(check(path, one, other), "{path}");
        }
    }

    #[test]
    fn a_timestamp_that_was_assigned_does_not_count() {
        let at = |timestamp: &str, stored: &str| {
            let mut one = with("/timestamp", timestamp.into());
            one["stored"] = stored.into();
            one
        };
        let (early, late) = ("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z");
        assert!(same(&at(early, early), &at(late, late)));
        assert!(same(&at(early, early), &at(early, late)));
        assert!(!same(&at(early, late), &at(late, early)));
    }

    #[test]
    fn everything_else_counts() {
        for (path, one, other) in [
            (
                "/timestamp",
                json!("2026-11-23T09:00:00Z"),
                json!("2026-11-23T09:00:01Z"),
            ),
            ("/verb/id", json!("https://e.example/x"), Value::Null),
            ("/object/id", json!("https://e.example/x"), Value::Null),
            ("/result/score/raw", json!(1), json!(1.0)),
            ("/result/success", json!(true), json!(false)),
            ("/result/success", json!(true), json!("true")),
            ("/context/platform", json!("Percorso"), json!("percorso")),
            ("/context/platform", json!("x"), Value::Null),
            ("/actor/member", json!([{}, {}]), json!([{}])),
        ] {
            assert!(!check(path, one, other), "{path}");
        }
    }

    #[test]
    fn durations_compare_to_the_hundredth() {
        let same = |one, other| check("/result/duration", json!(one), json!(other));
        assert!(
            same("PT1.239S", "PT1.23S") && same("PT1.20S", "PT1.2S") && same("PT1.00S", "PT1S")
        );
        assert!(!same("PT1.24S", "PT1.23S") && !same("PT1S", "PT2S") && !same("PT60S", "PT1M"));
    }
}
