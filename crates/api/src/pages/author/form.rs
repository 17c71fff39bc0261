//! What is wrong with a form, field by field, and the texts, numbers, days and times people write into it.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Europe::Rome;

/// Longest title.
const LONGEST_TITLE: usize = 200;
/// Longest text.
const LONGEST_TEXT: usize = 4000;

/// What is wrong, by field: keys of the words for it, in the order of the form.
#[derive(Debug, Default)]
pub(crate) struct Wrong(Vec<(String, &'static str)>);

impl Wrong {
    /// Notes what is wrong with a field.
    pub(super) fn note(&mut self, field: impl Into<String>, key: &'static str) {
        self.0.push((field.into(), key));
    }

    /// Nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field, a key.
    pub(crate) fn of(&self, field: &str) -> Option<&'static str> {
        self.0
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, key)| *key)
    }

    /// What is wrong with a field is of no matter.
    pub(super) fn forget(&mut self, field: &str) {
        self.0.retain(|(name, _)| name != field);
    }

    /// All of it: field and key.
    pub(crate) fn all(&self) -> &[(String, &'static str)] {
        &self.0
    }
}

/// A title that is there and fits on a page.
pub(super) fn title(wrong: &mut Wrong, field: &str, text: &str) {
    if text.is_empty() {
        wrong.note(field, "a_title_missing");
    } else if text.chars().count() > LONGEST_TITLE {
        wrong.note(field, "a_title_long");
    }
}

/// A text that may be empty.
pub(super) fn text(wrong: &mut Wrong, field: &str, text: &str) {
    if text.chars().count() > LONGEST_TEXT {
        wrong.note(field, "a_text_long");
    }
}

/// A whole number from 0 to `most`.
pub(super) fn minutes(text: &str, most: i32) -> Option<i32> {
    let minutes: i32 = text.parse().ok()?;
    (0..=most).contains(&minutes).then_some(minutes)
}

/// A day as browsers send it, or as people write it.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d/%m/%Y"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
}

/// A time of day as browsers send it, or as people write it.
pub(super) fn time(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S", "%H.%M"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(text, format).ok())
}

/// The moment of a day and time in Italy. Of the hour that comes twice in autumn it is the first; the one that
/// is left out in spring is none.
pub(super) fn moment(day: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
    match Rome.from_local_datetime(&day.and_time(time)) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.to_utc()),
        LocalResult::None => None,
    }
}

/// A code made of a title: small letters, digits and hyphens.
pub(super) fn code_of(title: &str) -> String {
    let plain = title
        .to_lowercase()
        .chars()
        .fold(String::new(), |mut code, letter| {
            match letter {
                'a'..='z' | '0'..='9' => code.push(letter),
                'à' | 'á' | 'â' | 'ä' => code.push('a'),
                'è' | 'é' | 'ê' | 'ë' => code.push('e'),
                'ì' | 'í' | 'î' | 'ï' => code.push('i'),
                'ò' | 'ó' | 'ô' | 'ö' => code.push('o'),
                'ù' | 'ú' | 'û' | 'ü' => code.push('u'),
                _ if code.ends_with('-') => {}
                _ => code.push('-'),
            }
            code
        });
    plain.trim_matches('-').chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_made_of_titles() {
        for (title, expected) in [
            (
                "Intelligenza artificiale: base",
                "intelligenza-artificiale-base",
            ),
            ("  Perché sì!  ", "perche-si"),
            ("2026 — PA", "2026-pa"),
            ("日本", ""),
        ] {
            assert_eq!(code_of(title), expected, "{title}");
        }
    }

    #[test]
    fn days_and_times_are_those_of_italy() {
        let at = |day_text: &str, time_text: &str| {
            moment(day(day_text)?, time(time_text)?).map(|at| at.to_rfc3339())
        };
        assert_eq!(
            at("2026-06-08", "10:30").unwrap(),
            "2026-06-08T08:30:00+00:00"
        );
        assert_eq!(
            at("08/01/2026", "10.30").unwrap(),
            "2026-01-08T09:30:00+00:00"
        );
        assert_eq!(at("2026-03-29", "02:30"), None, "left out in spring");
        assert_eq!(at("2026-13-01", "10:30"), None);
    }

    #[test]
    fn minutes_are_whole_and_within_bounds() {
        assert_eq!(minutes("90", 100), Some(90));
        assert_eq!(minutes("101", 100), None);
        assert_eq!(minutes("-1", 100), None);
        assert_eq!(minutes("1,5", 100), None);
    }
}
