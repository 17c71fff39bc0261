//! How long somebody was there, from the visits that a meeting tool lists: who joins with two devices at once is
//! there once.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// Longest visit that is believed.
const LONGEST: TimeDelta = TimeDelta::hours(24);

/// Everything that is known of somebody's being there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Presence {
    /// From when to when, as far as it was said.
    visits: Vec<(NaiveDateTime, NaiveDateTime)>,
    /// Seconds that the tool counted in these visits.
    counted: f64,
    /// Seconds of visits of which no times were said.
    elsewhere: f64,
}

impl Presence {
    /// A visit with its times; `seconds` as the tool counted them, when it did.
    pub(crate) fn visit(from: NaiveDateTime, to: NaiveDateTime, seconds: Option<f64>) -> Self {
        Self {
            visits: vec![(from, to)],
            counted: seconds.unwrap_or_else(|| length(to - from)),
            elsewhere: 0.0,
        }
    }

    /// So many seconds, nobody knows when.
    pub(crate) fn of_seconds(seconds: f64) -> Self {
        Self {
            elsewhere: seconds,
            ..Self::default()
        }
    }

    /// Adds what else is known of the same person.
    pub(crate) fn join(&mut self, other: &Self) {
        self.visits.extend(&other.visits);
        self.counted += other.counted;
        self.elsewhere += other.elsewhere;
    }

    /// Minutes there, rounded: visits that lie over each other count once.
    #[expect(clippy::cast_possible_truncation, reason = "clamped to a few days")]
    pub(crate) fn minutes(&self) -> i32 {
        let seconds = self.counted.min(self.covered()) + self.elsewhere;
        (seconds / 60.0).clamp(0.0, 10_000.0).round() as i32
    }

    /// Seconds that the visits cover together.
    fn covered(&self) -> f64 {
        let mut visits = self.visits.clone();
        visits.sort_unstable();
        let mut covered = TimeDelta::zero();
        let mut until = NaiveDateTime::MIN;
        for (from, to) in visits {
            let from = from.max(until);
            if to > from {
                covered += to - from;
                until = to;
            }
        }
        length(covered)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no visit lasts for millions of years"
)]
fn length(time: TimeDelta) -> f64 {
    time.num_seconds() as f64
}

/// Which number of a date comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// 08/06/2026 is in June.
    DayFirst,
    /// It is in August.
    MonthFirst,
}

/// The order by which every one of these pairs (join, leave) is a visit of reasonable length: the day first
/// unless that cannot be.
pub(crate) fn order<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Order {
    let pairs: Vec<(&str, &str)> = pairs.collect();
    let fits = |order: Order| {
        let is_visit = |(from, to): &(&str, &str)| {
            from.is_empty() || to.is_empty() || visit(from, to, order).is_some()
        };
        pairs.iter().all(is_visit)
    };
    match !fits(Order::DayFirst) && fits(Order::MonthFirst) {
        true => Order::MonthFirst,
        false => Order::DayFirst,
    }
}

/// From when to when, when both can be read and lie less than a day apart.
pub(crate) fn visit(from: &str, to: &str, order: Order) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let (from_date, from_time) = moment(from, order)?;
    let (to_date, to_time) = moment(to, order)?;
    let any = NaiveDate::default();
    let from = from_date.or(to_date).unwrap_or(any).and_time(from_time);
    let mut to = to_date.or(from_date).unwrap_or(any).and_time(to_time);
    // Of times without a date, the later may be past midnight.
    if to < from && (from_date.is_none() || to_date.is_none()) {
        to += TimeDelta::days(1);
    }
    (to >= from && to - from <= LONGEST).then_some((from, to))
}

/// `08/06/2026 10:00`, `6/8/26, 10:00:12 AM`, `2026-06-08T10:00:12Z`, `10:00`.
fn moment(text: &str, order: Order) -> Option<(Option<NaiveDate>, NaiveTime)> {
    let upper = text.to_uppercase().replace(['T', ','], " ");
    let words = || upper.split_whitespace();
    let clock = words().find(|word| word.contains(':'))?;
    let day = words().find(|word| is_day(word));
    let half = words().find_map(|word| match word.replace('.', "").as_str() {
        "AM" => Some(0),
        "PM" => Some(12),
        _ => None,
    });
    let time = time_of(clock, half)?;
    match day {
        Some(day) => Some((Some(date_of(day, order)?), time)),
        None => Some((None, time)),
    }
}

fn is_day(word: &str) -> bool {
    !word.contains(':')
        && word.starts_with(|first: char| first.is_ascii_digit())
        && word.contains(['/', '-', '.'])
}

fn time_of(clock: &str, half: Option<u32>) -> Option<NaiveTime> {
    let digits = clock.trim_end_matches(|last: char| !last.is_ascii_digit());
    let mut parts = digits.split(':').map(|part| {
        let whole: String = part.chars().take_while(char::is_ascii_digit).collect();
        whole.parse::<u32>().ok()
    });
    let hour = parts.next()??;
    let minute = parts.next()??;
    let second = parts.next().flatten().unwrap_or(0);
    let hour = match half {
        Some(half) => hour % 12 + half,
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

fn date_of(day: &str, order: Order) -> Option<NaiveDate> {
    let numbers: Option<Vec<u32>> = day
        .split(['/', '-', '.'])
        .map(|part| part.parse().ok())
        .collect();
    let &[first, second, third] = numbers?.as_slice() else {
        return None;
    };
    let (year, month, day) = match (first > 31, order) {
        (true, _) => (first, second, third),
        (false, Order::DayFirst) => (third, second, first),
        (false, Order::MonthFirst) => (third, first, second),
    };
    let year = i32::try_from(if year < 100 { year + 2000 } else { year }).ok()?;
    NaiveDate::from_ymd_opt(year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn together(visits: &[(&str, &str)]) -> i32 {
        let order = order(visits.iter().copied());
        let mut all = Presence::default();
        for (from, to) in visits {
            let (from, to) = visit(from, to, order).unwrap();
            all.join(&Presence::visit(from, to, None));
        }
        all.minutes()
    }

    #[test]
    fn who_is_there_twice_at_once_is_there_once() {
        let day = |time: &str| format!("08/06/2026 {time}");
        let check = |visits: &[(&str, &str)], expected| {
            let visits: Vec<_> = visits
                .iter()
                .map(|(from, to)| (day(from), day(to)))
                .collect();
            let visits: Vec<_> = visits
                .iter()
                .map(|(from, to)| (from.as_str(), to.as_str()))
                .collect();
            assert_eq!(together(&visits), expected, "{visits:?}");
        };
        check(&[("10:00", "11:00"), ("10:30", "11:30")], 90);
        check(&[("10:30", "10:45"), ("10:00", "11:00")], 60);
        check(&[("10:00", "10:30"), ("10:35", "11:00")], 55);
        check(&[("10:00", "10:30"), ("10:30", "11:00")], 60);
    }

    #[test]
    fn gaps_that_the_tool_did_not_count_are_not_counted() {
        let order = Order::DayFirst;
        let (from, to) = visit("10:00", "11:00", order).unwrap();
        assert_eq!(Presence::visit(from, to, Some(1200.0)).minutes(), 20);
        let mut mixed = Presence::visit(from, to, None);
        mixed.join(&Presence::of_seconds(600.0));
        assert_eq!(mixed.minutes(), 70);
    }

    #[test]
    fn times_are_read_as_the_tools_write_them() {
        for (from, to, expected) in [
            ("8/6/26, 10:00", "8/6/26, 11:02", 62),
            ("06/30/2026 09:30:00 AM", "06/30/2026 12:15:30 PM", 166),
            ("2026-06-08T08:00:00Z", "2026-06-08T09:00:00Z", 60),
            ("2026-06-08 10:00:00", "2026-06-08 10:45:00", 45),
            ("23:50", "0:10", 20),
            ("11:55 p.m.", "12:05 a.m.", 10),
            ("8.6.2026 10:00", "8.6.2026 10:30", 30),
        ] {
            assert_eq!(together(&[(from, to)]), expected, "{from} {to}");
        }
        for bad in ["ieri", "08/06/2026", "25:00"] {
            assert!(visit(bad, "10:00", Order::DayFirst).is_none(), "{bad}");
        }
    }
}
