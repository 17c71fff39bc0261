//! Durations, as the API says them.

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

#[cfg(test)]
mod tests {
    use super::duration;

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
