//! Captions and chapters, from what is said when.

use std::fmt::Write as _;

use super::{
    sound,
    source::Script,
    timeline::{Spoken, Timed},
};

const LINE: usize = 42;
/// How far a caption's end may move to meet a breath.
const REACH: f64 = 0.45;
/// How long a caption stays after its last word, when nothing follows at once.
const LINGER: f64 = 0.4;

/// One caption.
#[derive(Debug, PartialEq)]
struct Cue {
    start: f64,
    end: f64,
    lines: Vec<String>,
}

/// The captions as WebVTT.
pub(super) fn vtt(scenes: &[Timed]) -> String {
    let mut cues: Vec<Cue> = scenes
        .iter()
        .flat_map(|scene| &scene.spoken)
        .flat_map(cues)
        .collect();
    for n in 0..cues.len() {
        let next = cues.get(n + 1).map_or(f64::MAX, |next| next.start);
        cues[n].end = (cues[n].end + LINGER).min(next);
    }
    let mut text = String::from("WEBVTT\n");
    for (n, cue) in cues.iter().enumerate() {
        let _ = write!(
            text,
            "\n{}\n{} --> {}\n{}\n",
            n + 1,
            clock(cue.start),
            clock(cue.end),
            escaped(&cue.lines.join("\n"))
        );
    }
    text
}

/// The scenes as WebVTT chapters.
pub(super) fn chapters(script: &Script, scenes: &[Timed]) -> String {
    let mut text = String::from("WEBVTT\n");
    for (n, (scene, timed)) in script.scenes.iter().zip(scenes).enumerate() {
        let _ = write!(
            text,
            "\n{}\n{} --> {}\n{}\n",
            n + 1,
            clock(timed.start),
            clock(timed.end),
            escaped(&scene.heading.replace("**", ""))
        );
    }
    text
}

/// A sentence's captions: time by the share of letters, moved to where the voice breathes.
fn cues(spoken: &Spoken) -> Vec<Cue> {
    let parts = parts(&spoken.sentence.written);
    let letters: Vec<usize> = parts.iter().map(|part| part.chars().count() + 1).collect();
    let all: usize = letters.iter().sum();
    let length = spoken.end - spoken.start;
    let mut start = spoken.start;
    let mut before = 0;
    let mut cues = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        before += letters[n];
        let end = if n + 1 == parts.len() {
            spoken.end
        } else {
            #[expect(clippy::cast_precision_loss, reason = "a sentence has few letters")]
            let guess = length * before as f64 / all as f64;
            spoken.start + sound::breath(&spoken.sound, guess, REACH)
        };
        cues.push(Cue {
            start,
            end,
            lines: lines(part),
        });
        start = end;
    }
    cues
}

/// Cuts a sentence into texts that fit a caption, where a reader would pause.
fn parts(sentence: &str) -> Vec<String> {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    // best[n]: the cheapest way to cut the first n words, and where its last part begins.
    let mut best: Vec<(u32, usize)> = vec![(0, 0)];
    for end in 1..=words.len() {
        let mut cheapest = (u32::MAX, end - 1);
        for start in (0..end).rev() {
            let text = words[start..end].join(" ");
            if end - start > 1 && !fits(&text) {
                break;
            }
            let cost = best[start]
                .0
                .saturating_add(cost(&text, words.get(end).is_none()));
            if cost < cheapest.0 {
                cheapest = (cost, start);
            }
        }
        best.push(cheapest);
    }
    let mut cuts = vec![words.len()];
    while let Some(&cut) = cuts.last().filter(|&&cut| cut > 0) {
        cuts.push(best[cut].1);
    }
    cuts.reverse();
    cuts.windows(2)
        .map(|pair| words[pair[0]..pair[1]].join(" "))
        .collect()
}

/// What a caption costs: 100 each, more when short, and where it breaks badly.
fn cost(text: &str, last: bool) -> u32 {
    let short = u32::try_from(30_usize.saturating_sub(text.chars().count())).unwrap_or(0) * 4;
    100 + short + if last { 0 } else { roughness(text) }
}

/// How badly a text breaks off.
fn roughness(text: &str) -> u32 {
    const LEADING: &[&str] = &[
        "a",
        "ad",
        "al",
        "alla",
        "alle",
        "agli",
        "ai",
        "allo",
        "che",
        "chi",
        "come",
        "con",
        "cui",
        "da",
        "dal",
        "dalla",
        "dalle",
        "dai",
        "dagli",
        "dei",
        "del",
        "della",
        "delle",
        "dello",
        "degli",
        "di",
        "e",
        "è",
        "ed",
        "gli",
        "i",
        "il",
        "in",
        "la",
        "le",
        "lo",
        "ma",
        "nel",
        "nella",
        "nelle",
        "nei",
        "non",
        "o",
        "per",
        "più",
        "se",
        "si",
        "su",
        "sul",
        "sulla",
        "sono",
        "tra",
        "fra",
        "un",
        "una",
        "uno",
        "art.",
        "n.",
        "legge",
        "smart",
        "lavoro",
        "pubblica",
        "pubbliche",
        "comma",
        "articolo",
        "l.",
        "d.lgs.",
        "ha",
        "può",
    ];
    let last = text.rsplit(' ').next().unwrap_or_default().to_lowercase();
    if last.ends_with([',', ';', ':', '.', '!', '?', '…']) {
        0
    } else if LEADING.contains(&last.as_str()) || last.ends_with('\'') || last.ends_with('’') {
        130
    } else {
        60
    }
}

fn fits(text: &str) -> bool {
    wrapped(text).is_some()
}

/// One line, or two as even as the words allow.
fn lines(text: &str) -> Vec<String> {
    wrapped(text).unwrap_or_else(|| vec![text.to_owned()])
}

fn wrapped(text: &str) -> Option<Vec<String>> {
    if text.chars().count() <= LINE {
        return Some(vec![text.to_owned()]);
    }
    text.match_indices(' ')
        .map(|(at, _)| (&text[..at], &text[at + 1..]))
        .filter(|(above, below)| above.chars().count() <= LINE && below.chars().count() <= LINE)
        .min_by_key(|(above, below)| {
            let uneven = above.chars().count().abs_diff(below.chars().count());
            u32::try_from(uneven)
                .unwrap_or(u32::MAX)
                .saturating_add(roughness(above) / 5)
        })
        .map(|(above, below)| vec![above.to_owned(), below.to_owned()])
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times are positive and short"
)]
fn clock(seconds: f64) -> String {
    let all = (seconds * 1000.0).round() as u64;
    let (whole, thousandths) = (all / 1000, all % 1000);
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_have_at_most_two_lines_of_42_letters_and_lose_no_word() {
        let sentence = "La legge 81 del 2017 lo definisce come una modalità di esecuzione del rapporto di \
                        lavoro subordinato, stabilita mediante accordo tra le parti, anche con forme di \
                        organizzazione per fasi, cicli e obiettivi e senza precisi vincoli di orario.";
        let parts = parts(sentence);
        assert_eq!(
            parts.join(" "),
            sentence.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        for part in &parts {
            let lines = lines(part);
            assert!(lines.len() <= 2, "{lines:?}");
            assert!(
                lines.iter().all(|line| line.chars().count() <= LINE),
                "{lines:?}"
            );
            assert!(!part.ends_with(" di"), "{part}");
        }
    }

    #[test]
    fn times_are_written_as_webvtt_wants_them() {
        assert_eq!(clock(3725.0625), "01:02:05.063");
    }
}
