//! The course's videos, made from scripts: sentences spoken, scenes drawn as they are spoken of, both
//! encoded, captions from the same times. What is built is committed; only what changed is built again.

mod captions;
mod digest;
mod encode;
mod icons;
mod pictures;
mod sound;
mod source;
mod spoken;
mod timeline;
mod voice;

use std::{collections::BTreeSet, fs, time::Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};

use self::{
    source::Video,
    spoken::{Pronunciation, Sentence},
    timeline::Timed,
    voice::Line,
};
use crate::{setup, shell};

/// Raised when this program makes other videos from the same sources.
const FORMAT: &str = "1";
/// What belongs to a built video, the description last: it is what makes the video count as built.
const ENDINGS: &[&str] = &["webm", "jpg", "vtt", "chapters.vtt", "json"];
/// The shortest and the longest of each kind, in seconds.
const LENGTHS: &[(&str, f64, f64)] = &[
    ("videolezione", 180.0, 360.0),
    ("videopillola", 60.0, 120.0),
];

#[derive(Args)]
pub(crate) struct Options {
    /// Only tell what is older than its sources
    #[arg(long)]
    check: bool,
    /// Only tell how long each video would be; speaks, but draws nothing
    #[arg(long)]
    lengths: bool,
    /// Build anew what is current too
    #[arg(long)]
    again: bool,
    /// Only videos whose name (`modulo-1-contesto/1-che-cose`) contains one of these words
    only: Vec<String>,
}

/// Builds what is not current.
///
/// # Errors
/// When a script is wrong, a tool is missing, or building fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.check {
        let stale = stale()?;
        for line in &stale {
            eprintln!("{line}");
        }
        return if stale.is_empty() {
            Ok(())
        } else {
            bail!("videos: {} to mend", stale.len())
        };
    }
    setup::for_videos()?;
    for video in source::all()? {
        let wanted = options.only.is_empty()
            || options
                .only
                .iter()
                .any(|word| video.name.contains(word.as_str()));
        let plan = Plan::new(video)?;
        if !wanted || (!options.again && !options.lengths && plan.why_stale().is_none()) {
            continue;
        }
        if options.lengths {
            let timed = plan.timed()?;
            eprintln!("{}: {}", plan.video.name, plan.length(&timed));
        } else {
            plan.build()?;
        }
    }
    Ok(())
}

/// What is older than its sources, or belongs to no script. Quick: reads scripts and descriptions.
///
/// # Errors
/// When a script is wrong or a file cannot be read.
pub(crate) fn stale() -> Result<Vec<String>> {
    let mut stale = Vec::new();
    let mut known = BTreeSet::new();
    for video in source::all()? {
        known.extend(ENDINGS.iter().map(|ending| video.built(ending)));
        let plan = Plan::new(video)?;
        if let Some(why) = plan.why_stale() {
            stale.push(format!(
                "{}: {why}; run `cargo xtask videos`",
                shell::shown(&plan.video.file)
            ));
        }
    }
    for entry in fs::read_dir(source::packages())? {
        let media = entry?.path().join("media");
        if media.is_dir() {
            let strangers = shell::files(&media)?.into_iter().filter(|file| {
                file.extension().is_some_and(|ending| ending == "webm") && !known.contains(file)
            });
            stale.extend(
                strangers.map(|file| format!("{}: made from no script", shell::shown(&file))),
            );
        }
    }
    Ok(stale)
}

/// A video, its narration, and the digest of everything it is made from.
struct Plan {
    video: Video,
    sentences: Vec<Vec<Sentence>>,
    digest: String,
}

impl Plan {
    fn new(video: Video) -> Result<Self> {
        let words = Pronunciation::read(&video.script.spell)?;
        let sentences: Vec<Vec<Sentence>> = video
            .script
            .scenes
            .iter()
            .map(|scene| spoken::sentences(&scene.say, &words))
            .collect();
        let digest = digest_of(&video, &sentences)
            .with_context(|| format!("reading what {} is made from", video.name))?;
        Ok(Self {
            video,
            sentences,
            digest,
        })
    }

    /// Why what is built is not current; `None` when it is.
    fn why_stale(&self) -> Option<String> {
        let missing = ENDINGS
            .iter()
            .find(|ending| !self.video.built(ending).exists());
        if let Some(ending) = missing {
            return Some(format!("has no .{ending}"));
        }
        let described: Option<Value> = fs::read(self.video.built("json"))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        let same = described.is_some_and(|it| it["source_sha256"] == self.digest.as_str());
        (!same).then(|| "newer than its video".to_owned())
    }

    /// The narration spoken and laid out in time.
    fn timed(&self) -> Result<Vec<Timed>> {
        let lines: Vec<Line<'_>> = self
            .sentences
            .iter()
            .flatten()
            .map(|sentence| self.line(sentence))
            .collect();
        voice::speak(&lines)?;
        let scenes = self
            .video
            .script
            .scenes
            .iter()
            .zip(&self.sentences)
            .map(|(scene, sentences)| Ok((scene, self.sounds(sentences)?)))
            .collect::<Result<Vec<timeline::Narrated<'_>>>>()?;
        Ok(timeline::lay(&scenes))
    }

    fn line<'a>(&self, sentence: &'a Sentence) -> Line<'a> {
        Line {
            text: &sentence.spoken,
            voice: self.video.script.voice.file(),
            pace: self.video.script.pace,
        }
    }

    fn sounds(&self, sentences: &[Sentence]) -> Result<Vec<(Sentence, Vec<i16>)>> {
        sentences
            .iter()
            .map(|sentence| Ok((sentence.clone(), sound::read(&self.line(sentence).kept())?)))
            .collect()
    }

    fn build(&self) -> Result<()> {
        let begun = Instant::now();
        let timed = self.timed()?;
        eprintln!("{}: {}", self.video.name, self.length(&timed));
        let pictures = pictures::draw(&self.video, &timed)?;
        encode::encode(&self.video, &timed, &pictures)?;
        let script = &self.video.script;
        fs::write(self.video.built("vtt"), captions::vtt(&timed))?;
        fs::write(
            self.video.built("chapters.vtt"),
            captions::chapters(script, &timed),
        )?;
        let described = self.description(&timed)?;
        fs::write(
            self.video.built("json"),
            serde_json::to_string_pretty(&described)? + "\n",
        )?;
        eprintln!(
            "{}: {} KiB in {} s",
            shell::shown(&self.video.built("webm")),
            fs::metadata(self.video.built("webm"))?.len() / 1024,
            begun.elapsed().as_secs()
        );
        Ok(())
    }

    fn description(&self, timed: &[Timed]) -> Result<Value> {
        let scenes: Vec<Value> = self
            .video
            .script
            .scenes
            .iter()
            .zip(timed)
            .map(|(scene, times)| {
                json!({
                    "start_s": thousandths(times.start),
                    "end_s": thousandths(times.end),
                    "heading": scene.heading.replace("**", ""),
                })
            })
            .collect();
        Ok(json!({
            "title": self.video.script.title,
            "kind": self.video.script.kind,
            "duration_s": thousandths(timed.last().map_or(0.0, |last| last.end)),
            "segments": scenes.len(),
            "scenes": scenes,
            "bytes": fs::metadata(self.video.built("webm"))?.len(),
            "source_sha256": self.digest,
        }))
    }

    /// How long the video is, in words, and whether that suits its kind.
    fn length(&self, timed: &[Timed]) -> String {
        let seconds = timed.last().map_or(0.0, |last| last.end);
        let told = format!(
            "{:.0} min {:02.0} s",
            (seconds / 60.0).floor(),
            (seconds % 60.0).floor()
        );
        let wanted = LENGTHS
            .iter()
            .find(|(kind, ..)| *kind == self.video.script.kind);
        match wanted {
            Some((_, least, _)) if seconds < *least => format!("{told}, too short"),
            Some((.., most)) if seconds > *most => format!("{told}, too long"),
            _ => told,
        }
    }
}

/// All that a video is made from: its script, how it is said, the voice, the page that draws it.
fn digest_of(video: &Video, sentences: &[Vec<Sentence>]) -> Result<String> {
    let mut parts = digest::Parts::new();
    parts.text(FORMAT).file(&video.file)?;
    for sentence in sentences.iter().flatten() {
        parts.text(&sentence.spoken);
    }
    for folder in ["render", "voice"] {
        for file in shell::files(&source::folder().join(folder))? {
            parts.file(&file)?;
        }
    }
    for figure in video
        .script
        .scenes
        .iter()
        .filter_map(|scene| scene.figure.as_deref())
    {
        parts.file(&pictures::figure(figure))?;
    }
    Ok(parts.hex())
}

fn thousandths(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
