//! Calendar files of events (RFC 5545; the method by RFC 5546).

use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

use crate::db::paths::events::Event as Stored;

/// One event as a calendar file; `host` makes its id unique in the world. A calendar that holds the event
/// replaces it where the sequence is higher, and takes it out where it was called off.
pub(crate) fn file(event: &Stored, host: &str, now: DateTime<Utc>) -> String {
    let mut entry = Event::new();
    entry
        .uid(&format!("{}@{host}", event.id))
        .timestamp(now)
        .summary(&event.title)
        .description(&description(event))
        .starts(event.starts_at)
        .ends(event.ends_at)
        .sequence(u32::try_from(event.updated_at.timestamp()).unwrap_or(0));
    if let Some(url) = &event.join_url {
        entry.location(url).url(url);
    }
    let method = match event.cancelled_at {
        Some(_) => "CANCEL",
        None => "PUBLISH",
    };
    entry.status(match event.cancelled_at {
        Some(_) => EventStatus::Cancelled,
        None => EventStatus::Confirmed,
    });
    Calendar::new()
        .push(entry.done())
        .append_property(Property::new("METHOD", method))
        .done()
        .to_string()
}

/// What it is about, who speaks and where to take part: what a calendar shows when it is opened.
fn description(event: &Stored) -> String {
    let speaker = Some(&event.speaker).filter(|speaker| !speaker.is_empty());
    let parts = [
        Some(event.description.clone()).filter(|text| !text.is_empty()),
        speaker.map(|speaker| format!("Relatore / Speaker: {speaker}")),
        event
            .join_url
            .as_ref()
            .map(|url| format!("Per partecipare / To take part: {url}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
