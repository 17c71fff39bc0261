//! Sound as samples: 24 kHz, mono, 16 bit, the voice's own form.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

/// Samples a second.
pub(super) const RATE: u32 = 24_000;
const HEADER: usize = 44;

/// Reads a WAV file of the voice.
///
/// # Errors
/// When it is missing or of another form.
pub(super) fn read(file: &Path) -> Result<Vec<i16>> {
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    if bytes.len() < HEADER || &bytes[36..40] != b"data" {
        bail!("{}: not a WAV file of the voice", file.display());
    }
    let (samples, _) = bytes[HEADER..].as_chunks::<2>();
    Ok(samples
        .iter()
        .map(|pair| i16::from_le_bytes(*pair))
        .collect())
}

/// Writes a WAV file.
///
/// # Errors
/// When it cannot be written, or is longer than the format allows.
pub(super) fn write(file: &Path, samples: &[i16]) -> Result<()> {
    let size = u32::try_from(samples.len() * 2).context("the sound is too long")?;
    let mut bytes = Vec::with_capacity(HEADER + samples.len() * 2);
    bytes.extend(b"RIFF");
    bytes.extend((size + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    fs::write(file, bytes).with_context(|| file.display().to_string())
}

/// How many samples a time has.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times are positive and short"
)]
pub(super) fn samples(seconds: f64) -> usize {
    (seconds.max(0.0) * f64::from(RATE)).round() as usize
}

/// How long samples last.
#[expect(clippy::cast_precision_loss, reason = "minutes of sound fit")]
pub(super) fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(RATE)
}

/// The quietest moment within `reach` seconds of `guess`: where a speaker breathes.
pub(super) fn breath(sound: &[i16], guess: f64, reach: f64) -> f64 {
    let window = samples(0.08);
    let step = samples(0.01);
    let first = samples(guess - reach);
    let last = samples(guess + reach).min(sound.len().saturating_sub(window));
    (first..last)
        .step_by(step)
        .min_by_key(|&start| {
            let loudness: u64 = sound[start..start + window]
                .iter()
                .map(|sample| u64::from(sample.unsigned_abs()))
                .sum();
            // Of moments equally quiet, the nearest to the guess.
            let distance = (seconds(start) - guess).abs();
            loudness + u64::try_from(samples(distance)).unwrap_or(u64::MAX) / 8
        })
        .map_or(guess, |start| seconds(start + window / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breath_is_found_where_the_sound_is_quiet() {
        let mut sound = vec![9000_i16; samples(2.0)];
        sound[samples(1.2)..samples(1.35)].fill(0);
        let found = breath(&sound, 1.0, 0.5);
        assert!((1.2..1.35).contains(&found), "{found}");
    }
}
