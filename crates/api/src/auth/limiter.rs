//! Failed tries, counted for a while: after a few, further ones must wait.

use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::problem::{Problem, Result};

/// Failures that are forgiven.
const FREE: u32 = 5;
/// How long failures are remembered after the last one.
const WINDOW: Duration = Duration::from_mins(5);
/// Names remembered at most: about a hundred bytes each.
const NAMES: u64 = 50_000;

/// Counts failures by name (an account, an address). It is the server's own: several servers count
/// apart.
#[derive(Debug, Clone)]
pub struct Limiter(Cache<String, (u32, Instant)>);

impl Default for Limiter {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(NAMES)
                .time_to_live(WINDOW)
                .build(),
        )
    }
}

impl Limiter {
    /// Whether `name` may try now.
    ///
    /// # Errors
    /// When it failed too often: with the seconds to wait.
    pub fn check(&self, name: &str) -> Result<()> {
        let Some((failures, last)) = self.0.get(name) else {
            return Ok(());
        };
        let Some(beyond) = failures.checked_sub(FREE) else {
            return Ok(());
        };
        let wait = Duration::from_secs(1 << beyond.min(6)).saturating_sub(last.elapsed());
        if wait.is_zero() {
            return Ok(());
        }
        Err(Problem::RateLimited {
            retry_after_seconds: wait.as_secs() + 1,
        })
    }

    /// Counts a failure.
    pub fn failed(&self, name: &str) {
        self.0.entry(name.to_owned()).and_upsert_with(|entry| {
            let failures = entry.map_or(0, |entry| entry.into_value().0);
            (failures.saturating_add(1), Instant::now())
        });
    }

    /// Forgets what failed before.
    pub fn succeeded(&self, name: &str) {
        self.0.invalidate(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_failures_are_forgiven_and_more_must_wait() {
        let limiter = Limiter::default();
        for _ in 0..4 {
            limiter.failed("a");
        }
        assert!(limiter.check("a").is_ok());
        limiter.failed("a");
        limiter.failed("a");
        assert!(matches!(
            limiter.check("a"),
            Err(Problem::RateLimited {
                retry_after_seconds: 1..=3
            })
        ));
        assert!(limiter.check("b").is_ok());
        limiter.succeeded("a");
        assert!(limiter.check("a").is_ok());
    }
}
