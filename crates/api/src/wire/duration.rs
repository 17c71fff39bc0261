//! Durations, as the API says them and as metadata does.

/// ISO 8601 duration, to hundredths of a second.
pub(crate) fn duration(ms: u64) -> String {
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    let (seconds, hundredths) = (ms / 1000 % 60, ms / 10 % 100);
    let part = |number: u64, unit: &str| match number {
        0 => String::new(),
        number => format!("{number}{unit}"),
    };
    let fraction = match hundredths {
        0 => String::new(),
        hundredths => format!(".{hundredths:02}").trim_end_matches('0').to_owned(),
    };
    let is_whole_minutes = seconds == 0 && fraction.is_empty() && ms >= 60_000;
    let seconds = if is_whole_minutes {
        String::new()
    } else {
        format!("{seconds}{fraction}S")
    };
    format!("PT{}{}{seconds}", part(hours, "H"), part(minutes, "M"))
}

/// An ISO 8601 duration of days and below (`P1DT2H3M4.5S`), or SCORM 1.2's `HH:MM:SS`, in milliseconds.
pub(crate) fn parsed(text: &str) -> Option<u64> {
    let seconds = match text.strip_prefix('P') {
        Some(iso) => parsed_iso(iso)?,
        None => parsed_clock(text)?,
    };
    seconds.checked_mul(1000)
}

/// Whole seconds of `HH:MM:SS`.
fn parsed_clock(text: &str) -> Option<u64> {
    let parts = text.split(':').map(|part| part.parse::<u64>().ok());
    let parts: Vec<u64> = parts.collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts.as_slice() else {
        return None;
    };
    let minutes = hours.checked_mul(60)?.checked_add(*minutes)?;
    minutes.checked_mul(60)?.checked_add(*seconds)
}

/// Whole seconds of what follows the `P`.
fn parsed_iso(text: &str) -> Option<u64> {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let units = [("D", 86_400), ("H", 3600), ("M", 60), ("S", 1)];
    let (mut seconds, mut any) = (0_u64, false);
    for (part, units) in [(date, &units[..1]), (time, &units[1..])] {
        let mut rest = part;
        for (unit, length) in units {
            let Some((figure, after)) = rest.split_once(unit) else {
                continue;
            };
            let whole = figure.split_once('.').map_or(figure, |(whole, _)| whole);
            seconds += whole.parse::<u64>().ok()?.checked_mul(*length)?;
            (rest, any) = (after, true);
        }
        if !rest.is_empty() {
            return None;
        }
    }
    any.then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::{duration, parsed};

    #[test]
    fn durations_of_metadata_are_read() {
        for (text, expected) in [
            ("PT3M31S", Some(211_000)),
            ("PT1H", Some(3_600_000)),
            ("P1DT2H", Some(93_600_000)),
            ("PT4.5S", Some(4000)),
            ("00:24:10", Some(1_450_000)),
            ("P", None),
            ("PT", None),
            ("PT3", None),
            ("P3M", None),
            ("24 minuti", None),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn durations_are_iso_8601() {
        for (ms, expected) in [
            (0, "PT0S"),
            (3_723_450, "PT1H2M3.45S"),
            (60_000, "PT1M"),
            (7_200_000, "PT2H"),
            (1_500, "PT1.5S"),
            (90_061_000, "PT25H1M1S"),
        ] {
            assert_eq!(duration(ms), expected);
        }
    }
}
