//! When everything happens: each sentence, each point that appears, each scene.

use std::collections::BTreeSet;

use super::{
    sound,
    source::{Layout, Scene},
    spoken::{Before, Sentence},
};

/// Pictures a second where something moves. Every scene lasts a whole number of them.
pub(super) const FPS: u32 = 15;
const SENTENCE: f64 = 0.42;
const PARAGRAPH: f64 = 0.9;
const PAUSE: f64 = 1.0;
const LEAD_TITLE: f64 = 1.3;
const LEAD: f64 = 0.95;
const TAIL: f64 = 1.05;
const TAIL_LAST: f64 = 2.4;
/// A point appears a little before it is spoken of.
const AHEAD: f64 = 0.35;

/// A sentence and when it is spoken, from the video's start.
#[derive(Debug)]
pub(super) struct Spoken {
    pub(super) sentence: Sentence,
    pub(super) sound: Vec<i16>,
    pub(super) start: f64,
    pub(super) end: f64,
}

/// A scene, and its sentences with their sound.
pub(super) type Narrated<'a> = (&'a Scene, Vec<(Sentence, Vec<i16>)>);

/// A scene and when it is seen.
#[derive(Debug)]
pub(super) struct Timed {
    pub(super) spoken: Vec<Spoken>,
    pub(super) start: f64,
    pub(super) end: f64,
    /// When each thing that appears does so, from the scene's start.
    pub(super) beats: Vec<f64>,
}

impl Timed {
    /// How many pictures the scene has at [`FPS`].
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "scenes are short"
    )]
    pub(super) fn ticks(&self) -> usize {
        ((self.end - self.start) * f64::from(FPS)).round() as usize
    }
}

/// Lays scenes one after the other.
pub(super) fn lay(scenes: &[Narrated<'_>]) -> Vec<Timed> {
    let mut start = 0.0;
    let mut timed = Vec::new();
    for (n, (scene, sentences)) in scenes.iter().enumerate() {
        let last = n + 1 == scenes.len();
        let mut now = start
            + if scene.layout == Layout::Title {
                LEAD_TITLE
            } else {
                LEAD
            };
        let mut spoken: Vec<Spoken> = Vec::new();
        for (m, (sentence, sound)) in sentences.iter().enumerate() {
            now += match sentence.before {
                Before::Sentence if m == 0 => 0.0,
                Before::Sentence => SENTENCE,
                Before::Paragraph => PARAGRAPH,
                Before::Pause => PAUSE,
            };
            let end = now + sound::seconds(sound.len());
            spoken.push(Spoken {
                sentence: sentence.clone(),
                sound: sound.clone(),
                start: now,
                end,
            });
            now = end;
        }
        now += if last { TAIL_LAST } else { TAIL };
        let end = start + ((now - start) * f64::from(FPS)).ceil() / f64::from(FPS);
        let beats = beats(scene, &spoken, start);
        timed.push(Timed {
            spoken,
            start,
            end,
            beats,
        });
        start = end;
    }
    timed
}

/// All that appears in a scene, in order: its points, or both halves of a comparison.
pub(super) fn appearing(scene: &Scene) -> Vec<String> {
    let mut texts = scene.points.clone();
    for side in [&scene.left, &scene.right].into_iter().flatten() {
        texts.extend(side.heading().map(ToOwned::to_owned));
        texts.extend(side.points());
    }
    texts
}

/// When each thing appears: at the scene's `[punto]` marks as far as they go, else with the sentence
/// that shares the most words with it, in order.
fn beats(scene: &Scene, spoken: &[Spoken], start: f64) -> Vec<f64> {
    let texts = appearing(scene);
    let mut beats: Vec<f64> = spoken
        .iter()
        .flat_map(|said| {
            let length = said.end - said.start;
            said.sentence
                .marks
                .iter()
                .map(move |mark| said.start + length * mark - start - AHEAD)
        })
        .take(texts.len())
        .collect();
    let marked = beats.len();
    if marked < texts.len() && !spoken.is_empty() {
        let earliest = beats.last().copied().unwrap_or(f64::MIN);
        let open: Vec<&Spoken> = spoken
            .iter()
            .filter(|said| said.start - start > earliest)
            .collect();
        let open = if open.is_empty() {
            vec![&spoken[spoken.len() - 1]]
        } else {
            open
        };
        let places = matched(&texts[marked..], &open);
        for (n, &place) in places.iter().enumerate() {
            // Several points in one sentence share its time.
            let sharing = places.iter().filter(|&&other| other == place).count();
            let before = places[..n].iter().filter(|&&other| other == place).count();
            let said = open[place];
            let part = count(before) / count(sharing);
            beats.push(said.start + (said.end - said.start) * part - start - AHEAD);
        }
    }
    let mut earliest: f64 = 0.45;
    for beat in &mut beats {
        *beat = beat.max(earliest);
        earliest = *beat + 0.25;
    }
    beats
}

/// For each text the sentence it belongs to, never going back: the order with the most common words,
/// ties going to an even spread.
fn matched(texts: &[String], spoken: &[&Spoken]) -> Vec<usize> {
    let sentences: Vec<BTreeSet<String>> = spoken
        .iter()
        .map(|said| stems(&said.sentence.written))
        .collect();
    let worth = |text: usize, sentence: usize| {
        let wanted = stems(&texts[text]);
        let common = count(wanted.intersection(&sentences[sentence]).count());
        let even = (count(text) + 0.5) / count(texts.len()) * count(spoken.len()) - 0.5;
        common / count(wanted.len().max(1)).sqrt() - 0.04 * (count(sentence) - even).abs()
    };
    let mut best = vec![vec![(f64::MIN, 0_usize); spoken.len()]; texts.len()];
    for text in 0..texts.len() {
        for sentence in 0..spoken.len() {
            let (before, from) = if text == 0 {
                (0.0, 0)
            } else {
                (0..=sentence)
                    .map(|from| {
                        let crowded = if from == sentence { 0.15 } else { 0.0 };
                        (best[text - 1][from].0 - crowded, from)
                    })
                    .max_by(|a, b| a.0.total_cmp(&b.0))
                    .expect("the range holds at least one sentence")
            };
            best[text][sentence] = (before + worth(text, sentence), from);
        }
    }
    let mut places = vec![0; texts.len()];
    let mut at = (0..spoken.len())
        .max_by(|&a, &b| {
            best[texts.len() - 1][a]
                .0
                .total_cmp(&best[texts.len() - 1][b].0)
        })
        .unwrap_or(0);
    for text in (0..texts.len()).rev() {
        places[text] = at;
        at = best[text][at].1;
    }
    places
}

/// The words that carry meaning, cut to their stem: enough to tell that two texts speak of one thing.
fn stems(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 3 || word.chars().all(|c| c.is_ascii_digit()))
        .map(|word| word.to_lowercase().chars().take(5).collect())
        .filter(|word: &String| !word.is_empty())
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn count(of: usize) -> f64 {
    of as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(texts: &[&str]) -> Vec<(Sentence, Vec<i16>)> {
        texts
            .iter()
            .map(|text| {
                let sentence = Sentence {
                    written: (*text).to_owned(),
                    spoken: String::new(),
                    before: Before::Sentence,
                    marks: Vec::new(),
                };
                (sentence, vec![0; sound::samples(3.0)])
            })
            .collect()
    }

    #[test]
    fn a_point_appears_with_the_sentence_that_speaks_of_it() {
        let scene = Scene {
            points: vec!["Accordo scritto".into(), "Obiettivi misurabili".into()],
            ..Scene::default()
        };
        let laid = lay(&[(
            &scene,
            said(&[
                "Cominciamo da capo, senza fretta.",
                "Tutto nasce da un accordo.",
                "Poi viene altro.",
                "Gli obiettivi si devono poter misurare.",
            ]),
        )]);
        let starts: Vec<f64> = laid[0].spoken.iter().map(|said| said.start).collect();
        assert!((laid[0].beats[0] - (starts[1] - AHEAD)).abs() < 0.01);
        assert!((laid[0].beats[1] - (starts[3] - AHEAD)).abs() < 0.01);
    }

    #[test]
    fn scenes_follow_each_other_and_last_whole_pictures() {
        let (one, two) = (Scene::default(), Scene::default());
        let laid = lay(&[(&one, said(&["Prima."])), (&two, said(&["Seconda."]))]);
        assert!((laid[0].end - laid[1].start).abs() < 1e-9);
        let pictures = (laid[0].end - laid[0].start) * f64::from(FPS);
        assert!((pictures - pictures.round()).abs() < 1e-6);
    }
}
