//! Journal entries come in: checked, applied to a copy of the engine, saved by one statement; only
//! then does the copy take the engine's place.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use percorso_tracker::session::{Effect, Event, LearnerGlobals, Outcome, Progress};
use serde::Serialize;
use uuid::Uuid;

use super::{
    entry::{Entry, Happened},
    live::{Current, Held},
    unavailable,
};
use crate::{
    app::App,
    db::{
        self,
        journal::{Batch, Entries, Reached},
    },
    problem::{Problem, Result},
};

/// Entries in one batch, at most.
const MOST_ENTRIES: usize = 10_000;
/// Arguments of a call, at most; the standards have two.
const MOST_ARGUMENTS: usize = 8;
/// Bytes of one argument, at most: suspend data of 1 MiB, whatever it is made of.
const ARGUMENT_BYTES: usize = 3 << 20;
/// Bytes of a method's name, at most.
const METHOD_BYTES: usize = 64;
/// The last moment of the year 9999, in milliseconds since 1970. A learner's clock may be wrong by years,
/// and what they did is kept all the same.
const LATEST_MS: i64 = 253_402_300_799_999;
/// No session is longer than this: ten years, in milliseconds.
const LONGEST_MS: u64 = 10 * 366 * 86_400_000;
/// Tries when other processes write the same registration.
const TRIES: usize = 5;
/// How long a page's last batch waits for the one before it.
const LAST_WAIT: Duration = Duration::from_secs(5);
/// How often it looks.
const LAST_PAUSE: Duration = Duration::from_millis(100);

/// What the page sends.
#[derive(Debug)]
pub(crate) struct Posted {
    /// The session the entries belong to.
    pub(crate) session_id: Uuid,
    /// The entries, in order.
    pub(crate) entries: Vec<Entry>,
    /// Time in use so far.
    pub(crate) active_ms: u64,
    /// Time since the start so far.
    pub(crate) wall_ms: u64,
}

/// Takes a batch; answers the last number that is saved.
///
/// # Errors
/// When the batch is not acceptable, the session is closed, entries are missing, or the database
/// does not answer. Nothing is changed then.
pub(crate) async fn accept(app: &App, registration_id: Uuid, posted: &Posted) -> Result<i64> {
    check(&posted.entries)?;
    let mut slot = app.live.lock(registration_id).await;
    for _ in 0..TRIES {
        let is_remembered = slot.is_some();
        let held = match slot.as_mut() {
            Some(held) => held,
            None => slot.insert(Held::load(app, registration_id).await?),
        };
        match one_try(app, registration_id, held, posted).await {
            Ok(Some(number)) => return Ok(number),
            // Another process wrote meanwhile: look again at what there is now.
            Ok(None) => *slot = None,
            // So it may be with what memory says is missing or closed.
            Err(Problem::JournalGap { .. } | Problem::SessionClosed { .. }) if is_remembered => {
                *slot = None;
            }
            Err(problem) => {
                if matches!(problem, Problem::Unavailable(_) | Problem::Internal(_)) {
                    *slot = None;
                }
                return Err(problem);
            }
        }
    }
    Err(Problem::Unavailable(
        "the registration is being written by others; try again".into(),
    ))
}

/// As [`accept`], for what a page sends while it goes. Its requests travel beside each other and may
/// arrive in another order, and none of them is sent again: one that comes early waits for those before it.
///
/// # Errors
/// As [`accept`].
pub(crate) async fn accept_last(app: &App, registration_id: Uuid, posted: &Posted) -> Result<i64> {
    let until = Instant::now() + LAST_WAIT;
    loop {
        match accept(app, registration_id, posted).await {
            Err(Problem::JournalGap { .. }) if Instant::now() < until => {
                tokio::time::sleep(LAST_PAUSE).await;
            }
            answer => return answer,
        }
    }
}

async fn one_try(
    app: &App,
    registration_id: Uuid,
    held: &mut Held,
    posted: &Posted,
) -> Result<Option<i64>> {
    let current = match &held.current {
        Some(current) if current.id == posted.session_id => current.clone(),
        _ => return not_current(app, registration_id, posted).await.map(Some),
    };
    let fresh = fresh(&posted.entries, current.last_number)?;
    if fresh.is_empty() {
        return nothing_new(app, &current, posted).await.map(Some);
    }
    if current.is_closed() {
        return Err(closed(current.end_reason.as_deref()));
    }
    let Some((after, batch)) = apply(registration_id, held, &current, fresh, posted) else {
        return Err(closed(Some("reset")));
    };
    let number = batch.last_number;
    if !app.writer.save(&app.db, batch).await? {
        return Ok(None);
    }
    app.unstated.note(posted.session_id);
    *held = after;
    Ok(Some(number))
}

/// Everything known already: the acknowledgement was lost on its way.
async fn nothing_new(app: &App, current: &Current, posted: &Posted) -> Result<i64> {
    if posted.entries.is_empty() && current.is_closed() {
        return Err(closed(current.end_reason.as_deref()));
    }
    let mut conn = app.db.get().await?;
    let (active_ms, wall_ms) = times(posted);
    db::sessions::touch(&mut conn, current.id, active_ms, wall_ms)
        .await
        .map_err(unavailable)?;
    Ok(current.last_number)
}

/// Entries of a session that is not the one started last.
async fn not_current(app: &App, registration_id: Uuid, posted: &Posted) -> Result<i64> {
    let mut conn = app.db.get().await?;
    let session = db::sessions::find(&mut conn, posted.session_id)
        .await
        .map_err(unavailable)?
        .filter(|session| session.registration_id == registration_id)
        .ok_or_else(|| Problem::SessionNotFound(posted.session_id.to_string()))?;
    if session.started_at.is_none() {
        return Err(Problem::Conflict("the session has not been started".into()));
    }
    let known = fresh(&posted.entries, session.last_number)?.is_empty();
    if known && !posted.entries.is_empty() {
        return Ok(session.last_number);
    }
    Err(closed(session.end_reason.as_deref().or(Some("superseded"))))
}

pub(super) fn closed(reason: Option<&str>) -> Problem {
    let detail = match reason {
        Some("superseded") => {
            "the course was opened again elsewhere, and that window has taken over"
        }
        Some("abandoned") => "the session was abandoned; launch again to go on",
        Some("reset") => "the registration was reset; launch again to go on",
        Some("moved") => "the course has a new version; launch again to go on in it",
        _ => "the session has ended; launch again to go on",
    };
    Problem::SessionClosed {
        detail: detail.into(),
        reason: reason.unwrap_or("ended").to_owned(),
    }
}

/// What no player of ours would send is refused before anything is done.
fn check(entries: &[Entry]) -> Result<()> {
    if entries.len() > MOST_ENTRIES {
        let detail = format!("a batch has at most {MOST_ENTRIES} entries; send it in parts");
        return Err(Problem::validation(detail));
    }
    for entry in entries {
        let wrong = |what: String| Problem::validation(format!("entry {}: {what}", entry.number));
        if entry.number == 0 || i64::try_from(entry.number).is_err() {
            return Err(wrong("numbers begin at 1 and have no gaps".into()));
        }
        if !(0..=LATEST_MS).contains(&entry.at_ms) {
            return Err(wrong(format!(
                "`at_ms` is {}; expected milliseconds since 1970, up to the year 9999",
                entry.at_ms
            )));
        }
        match &entry.happened {
            Happened::Event(event) => check_event(event).map_err(wrong)?,
            Happened::Media(media) => media.check().map_err(wrong)?,
        }
    }
    let in_order = entries
        .windows(2)
        .all(|pair| pair[1].number == pair[0].number + 1);
    if in_order {
        return Ok(());
    }
    Err(Problem::validation(
        "entries must come in the order of their numbers, without gaps",
    ))
}

fn check_event(event: &Event) -> std::result::Result<(), String> {
    let Event::Call { method, arguments } = event else {
        return Ok(());
    };
    if method.len() > METHOD_BYTES {
        return Err(format!(
            "the method's name is longer than {METHOD_BYTES} bytes"
        ));
    }
    if arguments.len() > MOST_ARGUMENTS {
        return Err(format!("a call has at most {MOST_ARGUMENTS} arguments"));
    }
    if arguments
        .iter()
        .any(|argument| argument.len() > ARGUMENT_BYTES)
    {
        return Err(format!("an argument is longer than {ARGUMENT_BYTES} bytes"));
    }
    Ok(())
}

/// The entries after `last_number`; those up to it are known already.
fn fresh(entries: &[Entry], last_number: i64) -> Result<&[Entry]> {
    let expected = u64::try_from(last_number).unwrap_or_default() + 1;
    let known = entries
        .iter()
        .take_while(|entry| entry.number < expected)
        .count();
    match entries[known..].first() {
        Some(first) if first.number != expected => Err(Problem::JournalGap { expected }),
        _ => Ok(&entries[known..]),
    }
}

/// What entries come to: the registration as it will be, and the statement that makes it so.
fn apply(
    registration_id: Uuid,
    held: &Held,
    current: &Current,
    entries: &[Entry],
    posted: &Posted,
) -> Option<(Held, Batch)> {
    let mut engine = held.engine.clone()?;
    let mut columns = Entries::default();
    let (mut delivered, mut end_reason) = (false, None);
    for entry in entries {
        let Happened::Event(event) = &entry.happened else {
            columns.push(entry, None);
            continue;
        };
        let outcome = engine.apply(entry.at_ms, event);
        for effect in &outcome.effects {
            match effect {
                Effect::Deliver { .. } => delivered = true,
                Effect::End { suspended: true } => end_reason = Some("suspended"),
                Effect::End { suspended: false } => end_reason = Some("ended"),
                _ => {}
            }
        }
        columns.push(entry, noteworthy(&outcome));
    }
    let progress = engine.progress_waiving(&held.waived);
    let globals = engine.globals();
    let last_number = columns
        .numbers
        .last()
        .copied()
        .unwrap_or(current.last_number);
    let (active_ms, wall_ms) = times(posted);
    let changed = !held.is_progress_saved || held.progress.as_ref() != Some(&progress);
    let batch = Batch {
        registration_id,
        revision: held.revision,
        state: engine.snapshot(),
        progress: changed.then(|| json(&progress)),
        reached: reached(&progress, held.past_attempts),
        delivered,
        session_id: current.id,
        last_number,
        end_reason,
        claimed_ms: claimed_ms(held.progress.as_ref(), &progress),
        active_ms,
        wall_ms,
        globals: changed_globals(&held.globals, &globals),
        entries: columns,
    };
    let after = Held {
        revision: held.revision + 1,
        engine: Some(engine),
        progress: Some(progress),
        is_progress_saved: true,
        globals,
        current: Some(Current {
            id: current.id,
            last_number,
            end_reason: end_reason
                .map(str::to_owned)
                .or_else(|| current.end_reason.clone()),
        }),
        ..held.clone()
    };
    Some((after, batch))
}

/// The statement that closes a session from outside: one more entry, which the page does not count.
pub(super) fn closing(
    registration_id: Uuid,
    held: &Held,
    reason: &'static str,
) -> Option<(Held, Batch)> {
    let current = held.current.as_ref()?;
    let entry = Entry {
        number: u64::try_from(current.last_number).ok()? + 1,
        at_ms: Utc::now().timestamp_millis(),
        happened: Happened::Event(Event::Close),
    };
    let posted = Posted {
        session_id: current.id,
        entries: Vec::new(),
        active_ms: 0,
        wall_ms: 0,
    };
    let (mut after, mut batch) = apply(registration_id, held, current, &[entry], &posted)?;
    batch.end_reason = Some(reason);
    batch.last_number = current.last_number;
    after.current = Some(Current {
        end_reason: Some(reason.to_owned()),
        ..current.clone()
    });
    Some((after, batch))
}

impl Entries {
    fn push(&mut self, entry: &Entry, outcome: Option<String>) {
        self.numbers
            .push(i64::try_from(entry.number).unwrap_or(i64::MAX));
        self.at
            .push(DateTime::from_timestamp_millis(entry.at_ms).unwrap_or(DateTime::UNIX_EPOCH));
        self.events.push(text(&entry.happened));
        self.outcomes.push(outcome);
    }
}

/// The part of an outcome that the log keeps: anything but a plain "true" without a remark.
pub(crate) fn noteworthy(outcome: &Outcome) -> Option<String> {
    #[derive(Serialize)]
    struct Noted<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        answer: Option<&'a percorso_tracker::session::Answer>,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        decisions: &'a [percorso_tracker::session::Decision],
    }
    let answer = outcome.answer.as_ref();
    let answer = answer.filter(|answer| {
        answer.error != 0 || answer.result != "true" || !answer.diagnostic.is_empty()
    });
    let noted = Noted {
        answer,
        decisions: &outcome.decisions,
    };
    (noted.answer.is_some() || !noted.decisions.is_empty()).then(|| text(&noted))
}

/// As JSON, kept as text.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("engine values are plain JSON")
}

/// As JSON that `jsonb` takes: it has no way to keep U+0000, which becomes U+FFFD.
pub(crate) fn json(value: &impl Serialize) -> String {
    let text = text(value);
    if !text.contains("\\u0000") {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\\') {
        kept.push_str(&rest[..at]);
        // An escape is two characters, of which the second may be a backslash too.
        let escape = rest[at + 1..]
            .chars()
            .next()
            .map_or(1, |next| 1 + next.len_utf8());
        if rest[at..].starts_with("\\u0000") {
            kept.push_str("\\ufffd");
            rest = &rest[at + 6..];
        } else {
            kept.push_str(&rest[at..at + escape]);
            rest = &rest[at + escape..];
        }
    }
    kept + rest
}

fn times(posted: &Posted) -> (i64, i64) {
    let bounded = |ms: u64| i64::try_from(ms.min(LONGEST_MS)).unwrap_or_default();
    (bounded(posted.active_ms), bounded(posted.wall_ms))
}

fn total_ms(progress: &Progress) -> i64 {
    i64::try_from(progress.root.total_time_ms).unwrap_or(i64::MAX)
}

fn claimed_ms(before: Option<&Progress>, after: &Progress) -> i64 {
    let before = before.map_or(0, total_ms);
    total_ms(after).saturating_sub(before).max(0)
}

/// The root's progress, as columns.
pub(crate) fn reached(progress: &Progress, past_attempts: i32) -> Reached {
    let root = &progress.root;
    Reached {
        completion: root.completion.word(),
        success: root.success.word(),
        scaled: root.score.scaled,
        raw: root.score.raw,
        min: root.score.min,
        max: root.score.max,
        progress_measure: root.progress_measure,
        total_time_ms: total_ms(progress),
        attempts: i32::try_from(root.attempts)
            .unwrap_or(i32::MAX)
            .saturating_add(past_attempts),
    }
}

type Columns = (Vec<&'static str>, Vec<String>, Vec<String>);

fn changed_globals(before: &LearnerGlobals, after: &LearnerGlobals) -> Columns {
    let mut columns = Columns::default();
    let mut push = |scope: &'static str, target: &str, value: String| {
        columns.0.push(scope);
        columns.1.push(target.replace('\0', "\u{fffd}"));
        columns.2.push(value);
    };
    for (target, value) in &after.objectives {
        if before.objectives.get(target) != Some(value) {
            push("objective", target, json(value));
        }
    }
    for (target, value) in &after.shared_data {
        if before.shared_data.get(target) != Some(value) {
            push("shared_data", target, json(value));
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(number: u64, at_ms: i64) -> Entry {
        let event = Event::Call {
            method: "SetValue".into(),
            arguments: vec!["cmi.location".into(), "1".into()],
        };
        Entry {
            number,
            at_ms,
            happened: Happened::Event(event),
        }
    }

    #[test]
    fn known_entries_are_skipped_and_a_gap_says_what_is_expected() {
        let entries = [call(3, 0), call(4, 0), call(5, 0)];
        assert_eq!(fresh(&entries, 3).unwrap(), &entries[1..]);
        assert_eq!(fresh(&entries, 5).unwrap(), &[]);
        assert_eq!(fresh(&entries, 2).unwrap(), &entries);
        assert!(matches!(
            fresh(&entries, 1),
            Err(Problem::JournalGap { expected: 2 })
        ));
    }

    #[test]
    fn absurd_entries_are_refused() {
        let ok = 1_800_000_000_000;
        assert!(check(&[call(1, ok), call(2, ok)]).is_ok());
        // A clock that lost its battery, and one that is years ahead.
        assert!(check(&[call(1, 315_532_800_000), call(2, 2_500_000_000_000)]).is_ok());
        for entries in [
            vec![call(0, ok)],
            vec![call(u64::MAX, ok)],
            vec![call(1, ok), call(3, ok)],
            vec![call(2, ok), call(1, ok)],
            vec![call(1, -1)],
            vec![call(1, i64::MIN)],
            vec![call(1, i64::MAX)],
        ] {
            assert!(
                matches!(check(&entries), Err(Problem::Validation { .. })),
                "{entries:?}"
            );
        }
        let mut long = call(1, ok);
        long.happened = Happened::Event(Event::Call {
            method: "x".into(),
            arguments: vec!["y".repeat(ARGUMENT_BYTES + 1)],
        });
        assert!(check(&[long]).is_err());
    }

    #[test]
    fn json_has_no_nul() {
        assert_eq!(json(&"a\0b"), "\"a\\ufffdb\"");
        assert_eq!(
            json(&"\\u0000 \0"),
            "\"\\\\u0000 \\ufffd\"",
            "the text of an escape is none"
        );
    }
}
