//! Numbers, days and times for people.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Europe::Rome;

use crate::pages::words::Language;

/// `16.667` in Italian, `16,667` in English.
pub(in crate::pages) fn number(language: Language, value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let separator = match language {
        Language::Italian => '.',
        Language::English => ',',
    };
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    if value < 0 {
        format!("\u{2212}{text}")
    } else {
        text
    }
}

/// A part in per cent, rounded; 0 of nothing.
pub(in crate::pages) fn percent(part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    (part.max(0) * 200 + whole) / (whole * 2)
}

/// `08/06/2026`.
pub(in crate::pages) fn day(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}

/// The day of a time, in Italy.
pub(in crate::pages) fn day_of(time: DateTime<Utc>) -> String {
    day(time.with_timezone(&Rome).date_naive())
}

/// `08/06/2026, 10:30`, in Italy.
pub(in crate::pages) fn time(time: DateTime<Utc>) -> String {
    time.with_timezone(&Rome)
        .format("%d/%m/%Y, %H:%M")
        .to_string()
}

/// `5 h 10 min`, of milliseconds.
pub(in crate::pages) fn duration(ms: i64) -> String {
    hours(ms.max(0) / 60_000)
}

/// `5 h 10 min`, of minutes.
pub(in crate::pages) fn hours(minutes: i64) -> String {
    crate::certificates::hours(minutes)
}

/// Hours of many people: `1.673 h` in Italian, `46 h 30 min` while they are few.
pub(in crate::pages) fn many_hours(language: Language, minutes: i64) -> String {
    match minutes {
        ..6000 => hours(minutes),
        _ => format!("{} h", number(language, (minutes + 30) / 60)),
    }
}

/// `6,9 MB` in Italian, `6.9 MB` in English.
#[expect(clippy::cast_precision_loss, reason = "a size for people")]
pub(in crate::pages) fn size(language: Language, bytes: i64) -> String {
    let text = match bytes {
        ..100_000 => format!("{:.0} kB", (bytes as f64 / 1000.0).ceil()),
        100_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    };
    match language {
        Language::Italian => text.replace('.', ","),
        Language::English => text,
    }
}

/// `08/06/2026, 10:30:05 (CEST)`: a moment of a log, in Italy, with its zone said.
pub(crate) fn moment(time: DateTime<Utc>) -> String {
    time.with_timezone(&Rome)
        .format("%d/%m/%Y, %H:%M:%S (%Z)")
        .to_string()
}

/// The first moment of a day in Italy.
pub(in crate::pages) fn midnight(date: NaiveDate) -> DateTime<Utc> {
    let start = date.and_time(NaiveTime::MIN);
    let local = Rome.from_local_datetime(&start).earliest();
    local.map_or_else(|| start.and_utc(), |local| local.to_utc())
}

/// Hours as a number of a spreadsheet: `5,17` in Italian.
pub(in crate::pages) fn decimal_hours(language: Language, minutes: i64) -> String {
    let hundredths = (minutes * 100 + 30) / 60;
    let point = match language {
        Language::Italian => ',',
        Language::English => '.',
    };
    format!("{}{point}{:02}", hundredths / 100, hundredths % 100)
}

/// How a day lies to today: `Scade oggi`, `Scade fra 3 giorni`, `Scaduto da 2 giorni`.
pub(in crate::pages) fn due(language: Language, today: NaiveDate, date: NaiveDate) -> String {
    let days = (date - today).num_days();
    match (days, language) {
        (0, Language::Italian) => "Scade oggi".into(),
        (1, Language::Italian) => "Scade domani".into(),
        (-1, Language::Italian) => "Scaduto da ieri".into(),
        (2.., Language::Italian) => format!("Scade fra {days} giorni"),
        (_, Language::Italian) => format!("Scaduto da {} giorni", -days),
        (0, Language::English) => "Due today".into(),
        (1, Language::English) => "Due tomorrow".into(),
        (-1, Language::English) => "Overdue since yesterday".into(),
        (2.., Language::English) => format!("Due in {days} days"),
        (_, Language::English) => format!("Overdue for {} days", -days),
    }
}

/// `8 giu` or `8 Jun`.
pub(in crate::pages) fn short_day(language: Language, date: NaiveDate) -> String {
    const ITALIAN: [&str; 12] = [
        "gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic",
    ];
    match language {
        Language::Italian => format!("{} {}", date.day(), ITALIAN[date.month0() as usize]),
        Language::English => date.format("%-d %b").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_the_language_does() {
        assert_eq!(number(Language::Italian, 1_234_567), "1.234.567");
        assert_eq!(number(Language::English, 16_667), "16,667");
        assert_eq!(number(Language::Italian, -999), "\u{2212}999");
    }

    #[test]
    fn parts_are_rounded() {
        assert_eq!((percent(1, 3), percent(2, 3), percent(1, 0)), (33, 67, 0));
    }

    #[test]
    fn hours_of_a_spreadsheet_have_a_comma_in_italian() {
        assert_eq!(many_hours(Language::Italian, 100_368), "1.673 h");
        assert_eq!(many_hours(Language::English, 150), "2 h 30 min");
        assert_eq!(size(Language::Italian, 6_912_000), "6,9 MB");
        assert_eq!(size(Language::English, 71_300_000_000), "71.3 GB");
        assert_eq!(size(Language::Italian, 1), "1 kB");
        assert_eq!(decimal_hours(Language::Italian, 310), "5,17");
        assert_eq!(decimal_hours(Language::English, 90), "1.50");
    }

    #[test]
    fn days_are_said_as_people_say_them() {
        let today = NaiveDate::from_ymd_opt(2026, 6, 8).unwrap();
        let at = |days| today + chrono::TimeDelta::days(days);
        assert_eq!(due(Language::Italian, today, at(3)), "Scade fra 3 giorni");
        assert_eq!(due(Language::Italian, today, at(-2)), "Scaduto da 2 giorni");
        assert_eq!(due(Language::English, today, at(0)), "Due today");
    }
}
