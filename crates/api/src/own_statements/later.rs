//! Sessions that could not be stated: each is tried again after a wait that grows, and holds up no other.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::webhooks::wait_after;

/// What failed, how often, and when it is due again.
#[derive(Debug, Default)]
pub(super) struct Later(HashMap<Uuid, (i32, DateTime<Utc>)>);

impl Later {
    /// Whether a session still has to wait.
    pub(super) fn holds(&self, session: Uuid, now: DateTime<Utc>) -> bool {
        self.0.get(&session).is_some_and(|(_, due)| now < *due)
    }

    /// It failed, once more; answers when it is due again.
    pub(super) fn failed(&mut self, session: Uuid, now: DateTime<Utc>) -> DateTime<Utc> {
        let (tries, due) = self.0.entry(session).or_insert((0, now));
        *tries += 1;
        *due = now + wait_after(*tries, 0.5);
        *due
    }

    /// It did not fail.
    pub(super) fn succeeded(&mut self, session: Uuid) {
        self.0.remove(&session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn who_fails_waits_longer_each_time_and_who_succeeds_no_more() {
        let (session, now) = (Uuid::nil(), DateTime::UNIX_EPOCH);
        let mut later = Later::default();
        assert!(!later.holds(session, now));
        let first = later.failed(session, now);
        assert!(later.holds(session, now) && !later.holds(session, first));
        let second = later.failed(session, first);
        assert!(second - first > first - now + TimeDelta::seconds(1));
        later.succeeded(session);
        assert!(!later.holds(session, now));
    }
}
