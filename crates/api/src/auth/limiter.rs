//! Failed tries, counted for a while: after a few, further ones must wait.
//!
//! Three counts, so that neither guessing nor shutting others out is cheap. A name (an account, a client)
//! from one address soon waits longer and longer. An address as a whole may fail some more, whatever names
//! it tries. A name as a whole may fail more still, from wherever; whoever signed in from their address
//! before is not held up by that.

use std::time::{Duration, Instant};

use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::Peer;
use crate::problem::{Problem, Result};

/// Failures of a name from one address that are forgiven.
const FREE: u32 = 5;
/// How long those failures are remembered after the last one.
const WINDOW: Duration = Duration::from_mins(5);
/// How long an address is known from which a name signed in.
const KNOWN: Duration = Duration::from_hours(24 * 30);
/// Counts of each kind at most: about a hundred bytes each.
const COUNTS: u64 = 50_000;
/// Of an address, whatever the names.
const ADDRESS: Bucket = Bucket {
    holds: 50.0,
    leak: Duration::from_secs(6),
};
/// Of a name, from wherever.
const NAME: Bucket = Bucket {
    holds: 100.0,
    leak: Duration::from_secs(3),
};

/// A digest stands for each name and address: names are as long as whoever tries likes.
type Key = [u8; 32];

/// Counts failures by name and address. It is the server's own: several servers count apart.
#[derive(Debug, Clone)]
pub struct Limiter {
    pairs: Cache<Key, (u32, Instant)>,
    levels: Cache<Key, (f64, Instant)>,
    known: Cache<Key, ()>,
}

/// Holds so many failures, and forgets one each time that `leak` has passed.
struct Bucket {
    holds: f64,
    leak: Duration,
}

impl Bucket {
    fn level(&self, kept: Option<(f64, Instant)>) -> f64 {
        kept.map_or(0.0, |(level, at)| {
            (level - at.elapsed().as_secs_f64() / self.leak.as_secs_f64()).max(0.0)
        })
    }

    /// How long until it holds one more.
    fn wait(&self, kept: Option<(f64, Instant)>) -> Duration {
        let over = self.level(kept) + 1.0 - self.holds;
        self.leak.mul_f64(over.max(0.0))
    }
}

impl Default for Limiter {
    fn default() -> Self {
        fn kept<T: Clone + Send + Sync + 'static>(time: Duration) -> Cache<Key, T> {
            Cache::builder()
                .max_capacity(COUNTS)
                .time_to_live(time)
                .build()
        }
        Self {
            pairs: kept(WINDOW),
            levels: kept(WINDOW),
            known: kept(KNOWN),
        }
    }
}

impl Limiter {
    /// Whether `name` may try now from `peer`.
    ///
    /// # Errors
    /// When too much failed: with the seconds to wait.
    pub fn check(&self, name: &str, peer: &Peer) -> Result<()> {
        let pair = key(name, peer.as_str());
        let mut wait = pair_wait(self.pairs.get(&pair));
        wait = wait.max(ADDRESS.wait(self.levels.get(&key("", peer.as_str()))));
        if !self.known.contains_key(&pair) {
            wait = wait.max(NAME.wait(self.levels.get(&key(name, ""))));
        }
        if wait.is_zero() {
            return Ok(());
        }
        Err(Problem::RateLimited {
            retry_after_seconds: wait.as_secs() + 1,
        })
    }

    /// Counts a failure.
    pub fn failed(&self, name: &str, peer: &Peer) {
        let pair = key(name, peer.as_str());
        self.pairs.entry(pair).and_upsert_with(|entry| {
            let failures = entry.map_or(0, |entry| entry.into_value().0);
            (failures.saturating_add(1), Instant::now())
        });
        for (key, bucket) in [(key("", peer.as_str()), ADDRESS), (key(name, ""), NAME)] {
            self.levels.entry(key).and_upsert_with(|entry| {
                let level = bucket.level(entry.map(moka::Entry::into_value));
                ((level + 1.0).min(bucket.holds), Instant::now())
            });
        }
    }

    /// Forgets what the name failed before from this address; what the address did to other names stays.
    pub fn succeeded(&self, name: &str, peer: &Peer) {
        let pair = key(name, peer.as_str());
        self.pairs.invalidate(&pair);
        self.known.insert(pair, ());
    }
}

fn pair_wait(kept: Option<(u32, Instant)>) -> Duration {
    let Some((failures, last)) = kept else {
        return Duration::ZERO;
    };
    match failures.checked_sub(FREE) {
        Some(beyond) => Duration::from_secs(1 << beyond.min(6)).saturating_sub(last.elapsed()),
        None => Duration::ZERO,
    }
}

fn key(name: &str, peer: &str) -> Key {
    let mut digest = Sha256::new();
    digest.update(peer);
    digest.update([0]);
    digest.update(name);
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(limiter: &Limiter, name: &str, peer: &str, times: usize) {
        for _ in 0..times {
            limiter.failed(name, &Peer::named(peer));
        }
    }

    fn may(limiter: &Limiter, name: &str, peer: &str) -> bool {
        limiter.check(name, &Peer::named(peer)).is_ok()
    }

    #[test]
    fn a_few_failures_are_forgiven_and_more_must_wait() {
        let limiter = Limiter::default();
        fails(&limiter, "a", "1", 4);
        assert!(may(&limiter, "a", "1"));
        fails(&limiter, "a", "1", 2);
        assert!(matches!(
            limiter.check("a", &Peer::named("1")),
            Err(Problem::RateLimited {
                retry_after_seconds: 1..=3
            })
        ));
        assert!(may(&limiter, "b", "1"));
        limiter.succeeded("a", &Peer::named("1"));
        assert!(may(&limiter, "a", "1"));
    }

    #[test]
    fn nobody_is_shut_out_by_failures_from_elsewhere() {
        let limiter = Limiter::default();
        fails(&limiter, "a", "1", 20);
        assert!(!may(&limiter, "a", "1") && may(&limiter, "a", "2"));
    }

    #[test]
    fn an_address_that_tries_one_name_after_another_must_wait() {
        let limiter = Limiter::default();
        for name in 0..50 {
            assert!(may(&limiter, &name.to_string(), "1"), "{name}");
            fails(&limiter, &name.to_string(), "1", 1);
        }
        assert!(!may(&limiter, "fresh", "1") && may(&limiter, "fresh", "2"));
    }

    #[test]
    fn a_name_tried_from_everywhere_waits_but_where_it_is_known() {
        let limiter = Limiter::default();
        limiter.succeeded("a", &Peer::named("home"));
        for peer in 0..100 {
            fails(&limiter, "a", &peer.to_string(), 1);
        }
        assert!(!may(&limiter, "a", "fresh") && may(&limiter, "a", "home"));
        assert!(may(&limiter, "b", "fresh"));
    }
}
