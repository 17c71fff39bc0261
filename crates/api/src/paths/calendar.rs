//! Calendar files of events (RFC 5545).

use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

use crate::db::paths::events::Event as Stored;

/// One event as a calendar file; `host` makes its id unique in the world.
pub(crate) fn file(event: &Stored, host: &str, now: DateTime<Utc>) -> String {
    let mut entry = Event::new();
    entry
        .uid(&format!("{}@{host}", event.id))
        .timestamp(now)
        .summary(&event.title)
        .description(&event.description)
        .starts(event.starts_at)
        .ends(event.ends_at)
        .sequence(u32::try_from(event.updated_at.timestamp()).unwrap_or(0));
    if let Some(url) = &event.join_url {
        entry.location(url).url(url);
    }
    if event.cancelled_at.is_some() {
        entry.status(EventStatus::Cancelled);
    }
    Calendar::new()
        .push(entry.done())
        .append_property(Property::new("METHOD", "PUBLISH"))
        .done()
        .to_string()
}
