//! Durations and times, parsed once: `timeinterval(second,10,2)`, `time(second,10,0)`, CMITimespan,
//! CMITime.

/// Average lengths, as ADL's own run-time adds them up.
const YEAR_MS: f64 = 365.25 * DAY_MS;
const MONTH_MS: f64 = YEAR_MS / 12.0;
const DAY_MS: f64 = 24.0 * HOUR_MS;
const HOUR_MS: f64 = 60.0 * MINUTE_MS;
const MINUTE_MS: f64 = 60.0 * 1000.0;

/// An ISO 8601 duration (RTE 4.1.1.6) in milliseconds: `P[yY][mM][dD][T[hH][nM][s[.ss]S]]`, with at
/// least one figure, and one after a `T`.
pub fn parse_iso(text: &str) -> Option<u64> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (rest, None),
    };
    let (date_ms, date_figures) = parse_figures(
        date,
        &[('Y', YEAR_MS), ('M', MONTH_MS), ('D', DAY_MS)],
        None,
    )?;
    let (time_ms, time_figures) = match time {
        Some(time) => {
            let units = [('H', HOUR_MS), ('M', MINUTE_MS), ('S', 1000.0)];
            let parsed = parse_figures(time, &units, Some('S'))?;
            if parsed.1 == 0 {
                return None;
            }
            parsed
        }
        None => (0.0, 0),
    };
    (date_figures + time_figures > 0).then(|| to_ms(date_ms + time_ms))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what fits; a duration is never negative"
)]
fn to_ms(ms: f64) -> u64 {
    ms.round().clamp(0.0, 9.0e15) as u64
}

/// Figures with their units, in the units' order, each at most once; `fractional` may have 1–2
/// decimals.
fn parse_figures(
    mut text: &str,
    units: &[(char, f64)],
    fractional: Option<char>,
) -> Option<(f64, usize)> {
    let (mut sum, mut figures, mut next_unit) = (0.0, 0, 0);
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (figure, rest) = text.split_at(end);
        let unit = rest.chars().next()?;
        let position = units[next_unit..]
            .iter()
            .position(|(name, _)| *name == unit)?
            + next_unit;
        if !is_figure(figure, fractional == Some(unit)) {
            return None;
        }
        sum += figure.parse::<f64>().ok()? * units[position].1;
        figures += 1;
        next_unit = position + 1;
        text = &rest[1..];
    }
    Some((sum, figures))
}

fn is_figure(figure: &str, may_be_fractional: bool) -> bool {
    match figure.split_once('.') {
        None => is_digits(figure, 1, 10),
        Some((whole, fraction)) => {
            may_be_fractional && is_digits(whole, 1, 10) && is_digits(fraction, 1, 2)
        }
    }
}

/// `text` is between `least` and `most` ASCII digits.
pub(super) fn is_digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Milliseconds as an ISO 8601 duration in hours, minutes and seconds: `PT1H2M3.45S`.
pub fn format_iso(ms: u64) -> String {
    let hundredths = (ms + 5) / 10;
    let (hours, minutes) = (hundredths / 360_000, hundredths / 6_000 % 60);
    let (seconds, fraction) = (hundredths / 100 % 60, hundredths % 100);
    let whole = |figure: u64, unit: &str| match figure {
        0 => String::new(),
        _ => format!("{figure}{unit}"),
    };
    let seconds = match (seconds, fraction) {
        (0, 0) if hours + minutes > 0 => String::new(),
        (_, 0) => format!("{seconds}S"),
        _ => format!(
            "{seconds}.{}S",
            format!("{fraction:02}").trim_end_matches('0')
        ),
    };
    format!("PT{}{}{seconds}", whole(hours, "H"), whole(minutes, "M"))
}

/// A CMITimespan (SCORM 1.2: `HHHH:MM:SS.SS`) in milliseconds.
pub(crate) fn parse_timespan(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let shaped = parts.next().is_none()
        && is_digits(hours, 2, 4)
        && is_digits(minutes, 2, 2)
        && is_seconds(seconds);
    if !shaped {
        return None;
    }
    let seconds: f64 = seconds.parse().ok()?;
    let minutes: f64 = minutes.parse().ok()?;
    let hours: f64 = hours.parse().ok()?;
    Some(to_ms(
        hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1000.0,
    ))
}

fn is_seconds(text: &str) -> bool {
    match text.split_once('.') {
        None => is_digits(text, 2, 2),
        Some((whole, fraction)) => is_digits(whole, 2, 2) && is_digits(fraction, 1, 2),
    }
}

/// Milliseconds as a CMITimespan, `HHHH:MM:SS.SS`.
pub(crate) fn format_timespan(ms: u64) -> String {
    let hundredths = ((ms + 5) / 10).min(9_999 * 360_000 + 359_999);
    format!(
        "{:04}:{:02}:{:02}.{:02}",
        hundredths / 360_000,
        hundredths / 6_000 % 60,
        hundredths / 100 % 60,
        hundredths % 100
    )
}

/// A CMITime (SCORM 1.2: `HH:MM:SS.SS`, a time of day).
pub(super) fn is_cmi_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let [hours, minutes, seconds] = parts[..] else {
        return false;
    };
    is_digits(hours, 2, 2)
        && hours < "24"
        && is_digits(minutes, 2, 2)
        && minutes < "60"
        && is_seconds(seconds)
        && &seconds[..2] < "60"
}

/// A `time(second,10,0)` (RTE 4.1.1.5): `YYYY[-MM[-DD[Thh[:mm[:ss[.s[TZD]]]]]]]`, 1970 to 2038.
pub(super) fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let date: Vec<&str> = date.split('-').collect();
    let in_range = |text: &str, least: u32, most: u32| {
        is_digits(text, 2, 2) && text.parse().is_ok_and(|n: u32| (least..=most).contains(&n))
    };
    let year = is_digits(date[0], 4, 4) && (1970..=2038).contains(&date[0].parse().unwrap_or(0));
    let month = date.get(1).is_none_or(|month| in_range(month, 1, 12));
    let day = date.get(2).is_none_or(|day| in_range(day, 1, 31));
    if !(year && month && day) || date.len() > 3 || (time.is_some() && date.len() != 3) {
        return false;
    }
    time.is_none_or(|time| is_time_of_day(time, in_range))
}

fn is_time_of_day(time: &str, in_range: impl Fn(&str, u32, u32) -> bool) -> bool {
    let (clock, fraction) = match time.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (time, None),
    };
    let clock: Vec<&str> = clock.split(':').collect();
    let shaped = clock.len() <= 3
        && in_range(clock[0], 0, 23)
        && clock[1..].iter().all(|part| in_range(part, 0, 59));
    let Some(fraction) = fraction else {
        return shaped;
    };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let zone = &fraction[digits..];
    shaped && clock.len() == 3 && (1..=2).contains(&digits) && is_zone(zone, in_range)
}

fn is_zone(zone: &str, in_range: impl Fn(&str, u32, u32) -> bool) -> bool {
    if zone.is_empty() || zone == "Z" {
        return true;
    }
    let Some(offset) = zone.strip_prefix(['+', '-']) else {
        return false;
    };
    match offset.split_once(':') {
        None => in_range(offset, 0, 23),
        Some((hours, minutes)) => in_range(hours, 0, 23) && in_range(minutes, 0, 59),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iso_duration_is_read_in_milliseconds() {
        for (text, expected) in [
            ("PT0S", Some(0)),
            ("PT1H2M3.45S", Some(3_723_450)),
            ("P1D", Some(86_400_000)),
            ("P1Y6M14DT4H015M06.34S", Some(48_561_306_340)),
            ("PT90M", Some(5_400_000)),
            ("P", None),
            ("PT", None),
            ("P1DT", None),
            ("1H", None),
            ("PT1S1M", None),
            ("PT1.5M", None),
            ("PT1.234S", None),
            ("P1Y6M14D4H", None),
            ("PT-1S", None),
        ] {
            assert_eq!(parse_iso(text), expected, "{text}");
        }
    }

    #[test]
    fn a_duration_is_written_as_short_as_it_can_be() {
        for (ms, expected) in [
            (0, "PT0S"),
            (3_723_450, "PT1H2M3.45S"),
            (60_000, "PT1M"),
            (90_000_000, "PT25H"),
            (500, "PT0.5S"),
            (60_050, "PT1M0.05S"),
        ] {
            assert_eq!(format_iso(ms), expected);
            assert_eq!(parse_iso(expected), Some(ms));
        }
    }

    #[test]
    fn a_timespan_is_read_and_written() {
        for (text, expected) in [
            ("00:00:00", Some(0)),
            ("0001:02:03.45", Some(3_723_450)),
            ("01:02:03.4", Some(3_723_400)),
            ("1:02:03", None),
            ("01:2:03", None),
            ("01:02", None),
            ("01:02:03.456", None),
            ("PT1H", None),
        ] {
            assert_eq!(parse_timespan(text), expected, "{text}");
        }
        assert_eq!(format_timespan(3_723_450), "0001:02:03.45");
    }

    #[test]
    fn a_timestamp_may_stop_early_but_has_a_zone_only_after_a_fraction() {
        for good in [
            "2004",
            "2004-04",
            "2004-04-01T15",
            "2004-04-01T09:45",
            "1970-01-01T00:00:00",
        ] {
            assert!(is_timestamp(good), "{good}");
        }
        for good in ["Z", "+02", "-03:00", ""] {
            assert!(
                is_timestamp(&format!("2004-06-30T14:00:00.10{good}")),
                "{good}"
            );
        }
        for bad in [
            "",
            "04",
            "1969",
            "2039",
            "2004-13",
            "2004-1-1",
            "2004-04-01T",
            "2004-04T10",
        ] {
            assert!(!is_timestamp(bad), "{bad}");
        }
        for bad in ["Z", "+02", "-03:00", ".", ".123", ".1+2", ".1Z+02", ".1+24"] {
            assert!(!is_timestamp(&format!("2004-06-30T14:00:00{bad}")), "{bad}");
        }
    }

    #[test]
    fn a_time_of_day_is_checked() {
        assert!(is_cmi_time("23:59:59.99") && is_cmi_time("00:00:00"));
        assert!(!is_cmi_time("24:00:00") && !is_cmi_time("10:60:00") && !is_cmi_time("1:00:00"));
    }
}
