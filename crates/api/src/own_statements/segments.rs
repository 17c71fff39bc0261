//! What of a medium was watched: stretches in the order they were played, and how much of it they cover.

use serde::{Deserialize, Serialize};

/// Stretches kept of a medium. Of more, the order is forgotten; of still more, the shortest.
const MOST: usize = 200;

/// To the millisecond, as the video profile has its seconds and shares.
#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds of a medium are bounded"
)]
pub(super) fn thousandths(value: f64) -> f64 {
    f64::from((value * 1000.0).round() as i32) / 1000.0
}

/// Stretches that were played.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Segments(Vec<(f64, f64)>);

impl Segments {
    /// It played from here to there.
    pub(super) fn add(&mut self, from: f64, to: f64) {
        let (from, to) = (thousandths(from), thousandths(to));
        if to <= from {
            return;
        }
        self.0.push((from, to));
        if self.0.len() > MOST {
            self.0 = self.apart();
        }
        if self.0.len() > MOST {
            let length = |&(from, to): &(f64, f64)| to - from;
            let shortest = self.0.iter().map(length).fold(f64::INFINITY, f64::min);
            if let Some(at) = self.0.iter().position(|one| length(one) <= shortest) {
                self.0.remove(at);
            }
        }
    }

    /// The same, each second once, in the order of the medium.
    fn apart(&self) -> Vec<(f64, f64)> {
        let mut sorted = self.0.clone();
        sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut apart: Vec<(f64, f64)> = Vec::new();
        for (from, to) in sorted {
            match apart.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => apart.push((from, to)),
            }
        }
        apart
    }

    /// How much of so many seconds it covers, 0 to 1.
    pub(super) fn share(&self, length: f64) -> f64 {
        let within = |(from, to): (f64, f64)| (to.min(length) - from.min(length)).max(0.0);
        let covered: f64 = self.apart().into_iter().map(within).sum();
        if length > 0.0 {
            (covered / length).min(1.0)
        } else {
            0.0
        }
    }

    /// As the profile writes it: `0.000[.]12.000[,]14.000[.]21.000`.
    pub(super) fn text(&self) -> String {
        let each = self
            .0
            .iter()
            .map(|(from, to)| format!("{from:.3}[.]{to:.3}"));
        each.collect::<Vec<_>>().join("[,]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(all: &[(f64, f64)]) -> Segments {
        let mut segments = Segments::default();
        for (from, to) in all {
            segments.add(*from, *to);
        }
        segments
    }

    #[test]
    fn what_was_watched_is_told_in_its_order_and_each_second_counts_once() {
        for (all, text, share) in [
            (&[][..], "", 0.0),
            (&[(0.0, 12.0)][..], "0.000[.]12.000", 0.4),
            (
                &[(0.0, 12.0), (14.0, 21.0), (18.0, 30.0)],
                "0.000[.]12.000[,]14.000[.]21.000[,]18.000[.]30.000",
                28.0 / 30.0,
            ),
            (
                &[(20.0, 30.0), (0.0, 20.0)],
                "20.000[.]30.000[,]0.000[.]20.000",
                1.0,
            ),
            (&[(1.23456, 2.0)], "1.235[.]2.000", 0.765 / 30.0),
            // Nothing, backwards, and beyond the end.
            (
                &[(5.0, 5.0), (7.0, 6.0), (29.0, 31.0)],
                "29.000[.]31.000",
                1.0 / 30.0,
            ),
        ] {
            let segments = segments(all);
            assert_eq!(segments.text(), text);
            assert!(
                (segments.share(30.0) - share).abs() < 1e-9,
                "{all:?}: {}",
                segments.share(30.0)
            );
        }
        assert!(segments(&[(0.0, 1.0)]).share(0.0).abs() < f64::EPSILON);
    }

    #[test]
    fn of_very_many_stretches_the_order_goes_first_and_then_the_shortest() {
        let mut again = Segments::default();
        for _ in 0..=MOST {
            again.add(3.0, 9.0);
        }
        assert_eq!(again.text(), "3.000[.]9.000");
        let mut apart = Segments::default();
        apart.add(0.0, 0.5);
        for at in 0..MOST + 50 {
            let at = f64::from(u16::try_from(at).unwrap()) * 2.0 + 10.0;
            apart.add(at, at + 1.0);
        }
        assert_eq!(apart.0.len(), MOST);
        assert!(!apart.text().starts_with("0.000"), "the shortest is gone");
    }

    #[test]
    fn seconds_have_three_decimals() {
        assert!((thousandths(83.200_4) - 83.2).abs() < f64::EPSILON);
        assert_eq!(
            serde_json::json!(thousandths(1.0 / 3.0)).to_string(),
            "0.333"
        );
    }
}
