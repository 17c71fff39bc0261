//! From written to spoken: sentences, the breaths and marks between them, and how abbreviations,
//! laws and foreign words are said.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result};
use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::source;

/// A sentence of the narration.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sentence {
    /// As the captions show it.
    pub(super) written: String,
    /// As the voice gets it.
    pub(super) spoken: String,
    /// What stands before it.
    pub(super) before: Before,
    /// Where in it a `[punto]` stands, from 0 (its start) to 1.
    pub(super) marks: Vec<f64>,
}

/// The silence before a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    Sentence,
    Paragraph,
    Pause,
}

/// What ends with a full stop and no sentence.
const ABBREVIATIONS: &[&str] = &[
    "art.", "artt.", "c.", "co.", "l.", "lett.", "n.", "nn.", "d.l.", "d.lgs.", "d.m.", "d.p.c.m.",
    "d.p.r.", "dott.", "dott.ssa", "ing.", "ecc.", "es.", "p.a.", "pag.", "par.", "cfr.", "reg.",
    "s.", "sig.", "all.", "cap.", "min.", "max.", "v.", "ss.", "cit.",
];

/// Cuts a scene's narration into sentences.
pub(super) fn sentences(say: &str, words: &Pronunciation) -> Vec<Sentence> {
    let mut found = Vec::new();
    for (n, paragraph) in say.split("\n\n").enumerate() {
        let mut before = if n == 0 {
            Before::Sentence
        } else {
            Before::Paragraph
        };
        for (m, part) in paragraph.split("[pausa]").enumerate() {
            if m > 0 {
                before = Before::Pause;
            }
            for marked in split(part) {
                let (written, marks) = unmarked(&marked);
                if !written.chars().any(char::is_alphanumeric) {
                    continue;
                }
                let spoken = words.spoken(&written);
                found.push(Sentence {
                    written,
                    spoken,
                    before,
                    marks,
                });
                before = Before::Sentence;
            }
        }
    }
    found
}

/// Sentences of a text without pauses; very short ones go with the next, because a voice given two
/// words alone loses its tune.
fn split(text: &str) -> Vec<String> {
    const SHORT: usize = 24;
    let mut sentences = Vec::new();
    let mut open = String::new();
    let words: Vec<&str> = text.split_whitespace().collect();
    for (n, word) in words.iter().enumerate() {
        if !open.is_empty() {
            open.push(' ');
        }
        open.push_str(word);
        let bare = word.trim_end_matches(['»', '"', '”', ')', ']']);
        let ends = bare.ends_with(['.', '!', '?', '…'])
            && !ABBREVIATIONS.contains(
                &bare
                    .trim_start_matches(['(', '«', '"'])
                    .to_lowercase()
                    .as_str(),
            );
        let next = words.get(n + 1).and_then(|next| {
            next.trim_start_matches("[punto]")
                .chars()
                .find(|c| c.is_alphanumeric())
        });
        let next_begins = next.is_none_or(|c| c.is_uppercase() || c.is_ascii_digit())
            || words
                .get(n + 1)
                .is_some_and(|next| next.starts_with("[punto]"));
        if ends && next_begins && (open.chars().count() >= SHORT || n + 1 == words.len()) {
            sentences.push(std::mem::take(&mut open));
        }
    }
    if !open.trim().is_empty() {
        sentences.push(open);
    }
    sentences
}

/// A sentence without its `[punto]` and `**`, and where the marks stood.
fn unmarked(sentence: &str) -> (String, Vec<f64>) {
    let mut text = String::new();
    let mut places = Vec::new();
    for (n, part) in sentence.replace("**", "").split("[punto]").enumerate() {
        if n > 0 {
            places.push(text.chars().count());
        }
        text.push_str(part);
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = text.chars().count().max(1);
    let marks = places
        .into_iter()
        .map(|place| fraction(place.min(length), length))
        .collect();
    (text, marks)
}

#[expect(clippy::cast_precision_loss, reason = "a sentence has few letters")]
fn fraction(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// The shared table, `content-packages/_video/pronunce.toml`.
#[derive(Debug, Deserialize)]
struct Table {
    /// Patterns, in the order in which they are tried.
    #[serde(default, rename = "rule")]
    rules: Vec<Rule>,
    /// Whole words; lower-case ones in any case.
    #[serde(default)]
    words: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    find: String,
    say: String,
}

/// How what is written is said.
#[derive(Debug)]
pub(super) struct Pronunciation {
    rules: Vec<(Regex, String)>,
}

impl Pronunciation {
    /// The shared table, and a script's own words before it.
    ///
    /// # Errors
    /// When the table cannot be read or a pattern is wrong.
    pub(super) fn read(own: &BTreeMap<String, String>) -> Result<Self> {
        let file = source::folder().join("pronunce.toml");
        let table: Table = toml::from_str(&fs::read_to_string(&file)?)
            .with_context(|| format!("reading {}", crate::shell::shown(&file)))?;
        Self::new(table, own)
    }

    fn new(table: Table, own: &BTreeMap<String, String>) -> Result<Self> {
        let mut rules = words(own)?;
        for rule in table.rules {
            rules.push((
                Regex::new(&rule.find).with_context(|| rule.find.clone())?,
                rule.say,
            ));
        }
        rules.extend(words(&table.words)?);
        Ok(Self { rules })
    }

    /// A sentence as the voice gets it. What a rule put between slashes is phonemes, and no later
    /// rule touches it.
    fn spoken(&self, written: &str) -> String {
        let mut text = written.to_owned();
        let mut kept: Vec<String> = Vec::new();
        for (find, say) in &self.rules {
            let said = find.replace_all(&text, |captures: &regex::Captures<'_>| {
                let mut said = String::new();
                captures.expand(say, &mut said);
                if !(said.starts_with('/') && said.ends_with('/')) {
                    return said;
                }
                kept.push(said);
                let place = u32::try_from(kept.len() - 1).expect("a sentence has few words");
                char::from_u32(PRIVATE + place)
                    .expect("the private use area is large")
                    .to_string()
            });
            text = said.into_owned();
        }
        for (n, phonemes) in (0..).zip(&kept) {
            let place = char::from_u32(PRIVATE + n).expect("it was one before");
            text = text.replace(place, phonemes);
        }
        text
    }
}

/// Where characters without meaning begin.
const PRIVATE: u32 = 0xE000;

/// Whole words as patterns, the longest first.
fn words(words: &BTreeMap<String, String>) -> Result<Vec<(Regex, String)>> {
    let mut sorted: Vec<_> = words.iter().collect();
    sorted.sort_by_key(|(word, _)| std::cmp::Reverse(word.chars().count()));
    sorted
        .into_iter()
        .map(|(word, said)| {
            let edge = |c: Option<char>| {
                if c.is_some_and(char::is_alphanumeric) {
                    r"\b"
                } else {
                    ""
                }
            };
            let pattern = format!(
                "{}{}{}",
                edge(word.chars().next()),
                regex::escape(word),
                edge(word.chars().next_back())
            );
            let find = RegexBuilder::new(&pattern)
                .case_insensitive(!word.chars().any(char::is_uppercase))
                .build()?;
            Ok((find, said.clone()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Pronunciation {
        Pronunciation::new(toml::from_str(text).expect("a table"), &BTreeMap::new()).expect("rules")
    }

    #[test]
    fn an_abbreviation_ends_no_sentence() {
        let none = table("");
        let found = sentences(
            "Lo dice l'art. 14 della L. 124/2015, e non da oggi. [punto]Poi venne la legge 81 del 2017.",
            &none,
        );
        assert_eq!(found.len(), 2);
        assert!(found[0].written.ends_with("non da oggi."));
        assert_eq!(found[1].marks, [0.0]);
    }

    #[test]
    fn a_short_sentence_goes_with_the_next_and_a_pause_parts() {
        let found = sentences(
            "Ecco. Questo è il punto di partenza. [pausa] E poi si va avanti insieme.",
            &table(""),
        );
        assert_eq!(found[0].written, "Ecco. Questo è il punto di partenza.");
        assert_eq!(found[1].before, Before::Pause);
    }

    #[test]
    fn words_are_said_as_the_table_says_and_phonemes_stay() {
        let words = table(
            "[[rule]]\nfind = 'L\\. (\\d+)/(\\d{4})'\nsay = 'legge $1 del $2'\n[words]\nPA = \"pubblica amministrazione\"\n\"smart working\" = \"/smˈart wˈorkin PA/\"\n",
        );
        assert_eq!(
            words.spoken("Smart working e PA: L. 81/2017, non spa."),
            "/smˈart wˈorkin PA/ e pubblica amministrazione: legge 81 del 2017, non spa."
        );
    }
}
