//! Webhooks: other programs are told what happens. Events come into the outbox by triggers of the database
//! (migration 15), in the transaction of what they tell; here they are sent, and sent again until they
//! arrive. `docs/webhooks.md` says it for those who receive.

mod address;
pub(crate) mod keep;
mod secret;
mod send;
mod work;

use chrono::TimeDelta;

pub(crate) use send::Answer;
pub use send::Sender;
pub(crate) use work::lease;
pub use work::{deliver_due, sweep, work};

/// A type of event: name, Italian, English.
pub(crate) type EventType = (&'static str, &'static str, &'static str);

/// The types of events.
pub(crate) const EVENTS: &[EventType] = &[
    (
        "registration.started",
        "Un corso è stato iniziato",
        "A course was begun",
    ),
    (
        "registration.progressed",
        "Un corso è avanzato",
        "A course went on",
    ),
    (
        "registration.completed",
        "Un corso è stato completato",
        "A course was completed",
    ),
    (
        "registration.passed",
        "Un corso è stato superato",
        "A course was passed",
    ),
    (
        "registration.failed",
        "Un corso non è stato superato",
        "A course was failed",
    ),
    (
        "certificate.issued",
        "Un attestato è stato rilasciato",
        "A certificate was issued",
    ),
    (
        "package.published",
        "Una versione di un pacchetto è stata pubblicata",
        "A package version was published",
    ),
];

/// The type of an event that somebody asked for to try a webhook.
pub(crate) const TEST: &str = "webhook.test";

/// The wait before the second try, in seconds; each further wait is four times as long.
const FIRST_WAIT_SECONDS: i64 = 10;
/// The longest wait.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(12);

/// How long to wait after so many tries. `jitter` from 0 to 1 spreads it by a fifth to both sides, so
/// that what failed together does not come back together.
pub(crate) fn wait_after(tries: i32, jitter: f64) -> TimeDelta {
    let exponent = u32::try_from(tries - 1).unwrap_or_default().min(12);
    let seconds = FIRST_WAIT_SECONDS.saturating_mul(4_i64.pow(exponent));
    let wait = TimeDelta::seconds(seconds).min(LONGEST_WAIT);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "half a day in milliseconds is far from the limits"
    )]
    let spread = (wait.num_milliseconds() as f64 * (0.8 + 0.4 * jitter)) as i64;
    TimeDelta::milliseconds(spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_half_a_day_and_spread() {
        let check = |tries, jitter, seconds| {
            assert_eq!(wait_after(tries, jitter).num_seconds(), seconds, "{tries}");
        };
        check(1, 0.5, 10);
        check(2, 0.5, 40);
        check(4, 0.5, 640);
        check(8, 0.5, 43_200);
        check(1000, 0.5, 43_200);
        check(1, 0.0, 8);
        check(1, 1.0, 12);
    }
}
