//! Charts as inline SVG with words around them. The pictures stretch with the page, the words do not: labels
//! are text of the page, and each chart has its table.

use std::fmt::Write as _;

use askama::Template;
use chrono::{NaiveDate, TimeDelta};

use super::format::{number, percent, short_day};
use crate::{db::reports::numbers::Week, pages::words::Language};

/// Weeks on the chart over time, at most: older ones are summed up at its left edge.
const WEEKS: usize = 52;
/// Width and height of the drawing, in its own units.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 400.0;
/// Dates under the chart over time, at most.
const DATES: usize = 5;

/// One line of a bar chart.
pub(super) struct Bar {
    /// What it is.
    pub(super) label: String,
    /// Smaller, beside it.
    pub(super) note: Option<String>,
    /// Begun, done ones included.
    pub(super) begun: i64,
    /// Done.
    pub(super) done: i64,
    /// Of so many.
    pub(super) whole: i64,
    /// Worth a look.
    pub(super) marked: bool,
}

impl Bar {
    /// Done, in per cent.
    pub(super) fn percent(&self) -> i64 {
        percent(self.done, self.whole)
    }

    /// Length of the longer bar.
    pub(super) fn begun_percent(&self) -> i64 {
        percent(self.begun, self.whole)
    }
}

/// Bars, one under the other.
#[derive(Template)]
#[template(path = "coordinator/bars.html")]
pub(super) struct Bars<'a> {
    /// For the ids in the page.
    pub(super) id: &'static str,
    /// The words.
    pub(super) language: &'a Language,
    /// Title, a key.
    pub(super) title: &'static str,
    /// What it says, in a sentence.
    pub(super) says: String,
    /// Heading of the first column of the table, a key.
    pub(super) what: &'static str,
    /// Top to bottom.
    pub(super) lines: Vec<Bar>,
}

impl Bars<'_> {
    fn t<'k>(&self, key: &'k str) -> &'k str {
        self.language.t(key)
    }

    fn number(&self, value: i64) -> String {
        number(*self.language, value)
    }
}

/// Enrolled and completed over time, added up.
#[derive(Template)]
#[template(path = "coordinator/weeks.html")]
pub(super) struct Weeks<'a> {
    language: &'a Language,
    says: String,
    /// Points of the lines and of the area under the lower one.
    enrolled_line: String,
    completed_line: String,
    completed_area: String,
    /// Numbers beside the chart, the highest first.
    scale: Vec<String>,
    /// Heights of the grid's lines.
    grid: Vec<f64>,
    /// Days under the chart.
    dates: Vec<String>,
    rows: Vec<WeekRow>,
}

struct WeekRow {
    week: String,
    enrolled: String,
    completed: String,
    all_enrolled: String,
    all_completed: String,
}

impl<'a> Weeks<'a> {
    /// The chart; none before anybody is enrolled.
    pub(super) fn new(language: &'a Language, weeks: &[Week], today: NaiveDate) -> Option<Self> {
        let sums = sums(weeks, today);
        let last = sums.last()?;
        let top = nice(last.enrolled.max(last.completed));
        let place = |index: usize, value: i64| {
            #[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
            let x = WIDTH * index as f64 / (sums.len() - 1).max(1) as f64;
            (x, height(value, top))
        };
        let line = |value: fn(&Sum) -> i64| {
            let mut points = String::new();
            for (index, sum) in sums.iter().enumerate() {
                let (x, y) = place(index, value(sum));
                let _ = write!(points, "{x:.1},{y:.1} ");
            }
            points.trim_end().to_owned()
        };
        let completed_line = line(|sum| sum.completed);
        let steps = 4;
        let marks: Vec<i64> = (0..=steps).rev().map(|step| top * step / steps).collect();
        Some(Self {
            language,
            says: says(*language, last),
            enrolled_line: line(|sum| sum.enrolled),
            completed_area: format!("0,{HEIGHT} {completed_line} {WIDTH},{HEIGHT}"),
            completed_line,
            grid: marks.iter().map(|mark| height(*mark, top)).collect(),
            scale: marks.iter().map(|mark| number(*language, *mark)).collect(),
            dates: dates(*language, &sums),
            rows: sums
                .iter()
                .rev()
                .map(|sum| WeekRow {
                    week: super::format::day(sum.monday),
                    enrolled: number(*language, sum.new_enrolled),
                    completed: number(*language, sum.new_completed),
                    all_enrolled: number(*language, sum.enrolled),
                    all_completed: number(*language, sum.completed),
                })
                .collect(),
        })
    }

    fn t<'k>(&self, key: &'k str) -> &'k str {
        self.language.t(key)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn height(value: i64, top: i64) -> f64 {
    HEIGHT - HEIGHT * value as f64 / top.max(1) as f64
}

struct Sum {
    monday: NaiveDate,
    new_enrolled: i64,
    new_completed: i64,
    enrolled: i64,
    completed: i64,
}

/// Every week from the first to this one, those without anything too, added up.
fn sums(weeks: &[Week], today: NaiveDate) -> Vec<Sum> {
    let Some(first) = weeks.first() else {
        return Vec::new();
    };
    let last = weeks.last().map_or(today, |week| week.monday.max(today));
    let mut sums = Vec::new();
    let (mut enrolled, mut completed) = (0, 0);
    // A week before the first, so that the lines begin at nothing.
    let mut monday = first.monday - TimeDelta::weeks(1);
    let mut known = weeks.iter().peekable();
    while monday <= last {
        let (mut new_enrolled, mut new_completed) = (0, 0);
        while let Some(week) = known.next_if(|week| week.monday <= monday) {
            new_enrolled += week.enrolled;
            new_completed += week.completed;
        }
        enrolled += new_enrolled;
        completed += new_completed;
        sums.push(Sum {
            monday,
            new_enrolled,
            new_completed,
            enrolled,
            completed,
        });
        monday += TimeDelta::weeks(1);
    }
    sums.split_off(sums.len().saturating_sub(WEEKS))
}

/// The next number above that is easy to read in four steps.
fn nice(value: i64) -> i64 {
    let mut unit = 1;
    loop {
        for step in [4, 8, 12, 20, 40, 60, 80] {
            if step * unit >= value {
                return step * unit;
            }
        }
        unit *= 10;
    }
}

fn dates(language: Language, sums: &[Sum]) -> Vec<String> {
    let count = sums.len().min(DATES);
    (0..count)
        .map(|place| place * (sums.len() - 1) / (count - 1).max(1))
        .map(|index| short_day(language, sums[index].monday))
        .collect()
}

fn says(language: Language, last: &Sum) -> String {
    let (completed, enrolled) = (
        number(language, last.completed),
        number(language, last.enrolled),
    );
    let share = percent(last.completed, last.enrolled);
    match language {
        Language::Italian => {
            format!("Finora {completed} su {enrolled} hanno completato: il {share}%.")
        }
        Language::English => {
            format!("So far {completed} of {enrolled} have completed it: {share}%.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_on_a_number_that_is_easy_to_read() {
        assert_eq!(
            [1, 4, 5, 13, 90, 16_667].map(nice),
            [4, 4, 8, 20, 120, 20_000]
        );
    }

    #[test]
    fn weeks_without_anything_are_on_the_chart_too() {
        let monday = |day| NaiveDate::from_ymd_opt(2026, 6, day).unwrap();
        let week = |day, enrolled, completed| Week {
            monday: monday(day),
            enrolled,
            completed,
        };
        let sums = sums(&[week(1, 5, 0), week(15, 1, 2)], monday(24));
        let all: Vec<_> = sums
            .iter()
            .map(|sum| (sum.enrolled, sum.completed))
            .collect();
        assert_eq!(all, [(0, 0), (5, 0), (5, 0), (6, 2), (6, 2)]);
        let chart = Weeks::new(&Language::Italian, &[week(1, 5, 0)], monday(1)).unwrap();
        assert_eq!(chart.enrolled_line, "0.0,400.0 1000.0,150.0");
    }
}
