//! When statements are stored: each at a moment of its own, and up to when all that was stored can be
//! seen.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Utc};

/// Bits of a place that tell servers apart.
const SERVER_BITS: u32 = 10;

/// The clock of what is stored; a clone is the same one.
#[derive(Debug, Clone)]
pub struct Moments(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Microseconds since 1970 of the latest moment given.
    last: AtomicI64,
    /// Makes two servers that store in the same microsecond unlikely to give the same place.
    server: i64,
    /// When the writes under way were begun.
    open: Mutex<BTreeSet<i64>>,
}

/// When a statement is stored, and its place in the order of storing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// To the microsecond.
    pub(crate) stored: DateTime<Utc>,
    /// Grows with it.
    pub(crate) place: i64,
}

impl Default for Moments {
    fn default() -> Self {
        Self(Arc::new(Shared {
            last: AtomicI64::new(0),
            server: rand::random_range(0..1 << SERVER_BITS),
            open: Mutex::default(),
        }))
    }
}

impl Moments {
    /// Moments for so many statements, one microsecond after the other, later than all before.
    pub(crate) fn take(&self, count: usize) -> impl Iterator<Item = Moment> + use<> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let (first, server) = (self.first_of(count), self.0.server);
        (first..first + count).map(move |micros| Moment {
            stored: DateTime::from_timestamp_micros(micros).unwrap_or_default(),
            place: (micros << SERVER_BITS) + server,
        })
    }

    fn first_of(&self, count: i64) -> i64 {
        let now = Utc::now().timestamp_micros();
        let begin = |last: i64| now.max(last + 1);
        let next = |last| Some(begin(last) + count - 1);
        let last = self
            .0
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        begin(last.unwrap_or_default())
    }

    /// Says that a write is under way, until the answer is dropped. Its moments are taken after this.
    pub(crate) fn open(&self) -> Open {
        let mut under_way = self.under_way();
        // Under the lock: whoever asks meanwhile knows of it or is told of an earlier moment.
        let begun = self.first_of(1);
        under_way.insert(begun);
        Open {
            moments: self.clone(),
            begun,
        }
    }

    /// All that was stored up to this moment can be seen: now, or just before the oldest write under way.
    pub(crate) fn through(&self) -> DateTime<Utc> {
        let under_way = self.under_way();
        let oldest = under_way.first().map(|begun| begun - 1);
        let through = oldest.unwrap_or_else(|| self.first_of(1));
        DateTime::from_timestamp_micros(through).unwrap_or_default()
    }

    fn under_way(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        // No code under the lock can panic half-way.
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write under way.
#[derive(Debug)]
pub(crate) struct Open {
    moments: Moments,
    begun: i64,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.moments.under_way().remove(&self.begun);
    }
}

/// The first place later than a moment.
pub(crate) fn place_after(moment: DateTime<Utc>) -> i64 {
    moment
        .timestamp_micros()
        .saturating_add(1)
        .saturating_mul(1 << SERVER_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_has_a_later_moment_than_the_one_before() {
        let moments = Moments::default();
        let taken: Vec<Moment> = moments.take(3).chain(moments.take(2)).collect();
        assert!(taken.is_sorted_by(|a, b| a.stored < b.stored && a.place < b.place));
        assert_eq!(taken.len(), 5);
    }

    #[test]
    fn places_before_and_after_a_moment_are_told_apart() {
        let moments = Moments::default();
        let taken: Vec<Moment> = moments.take(2).collect();
        let after = place_after(taken[0].stored);
        assert!(taken[0].place < after && after <= taken[1].place);
    }

    #[test]
    fn what_is_under_way_holds_back_what_is_consistent() {
        let moments = Moments::default();
        let older = moments.open();
        let newer = moments.open();
        let held = moments.through();
        let stored = moments.take(1).next().unwrap().stored;
        assert!(held < stored && held == moments.through());
        drop(newer);
        assert_eq!(held, moments.through());
        drop(older);
        assert!(moments.through() >= stored);
    }
}
