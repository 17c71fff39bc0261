//! The pictures: each scene drawn by `_video/render` in headless Chromium, kept in the build folder
//! under the digest of what it shows.

use std::{fs, path::PathBuf, process::Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{
    digest, icons,
    source::{self, Layout, Scene, Side, Video},
    timeline::{FPS, Timed},
    voice::gently,
};
use crate::{setup, shell};

/// A scene's pictures: the folder, and for every tick which of them shows.
pub(super) struct Pictures {
    folder: PathBuf,
    frames: Vec<u32>,
}

impl Pictures {
    /// The picture at a tick.
    pub(super) fn at(&self, tick: usize) -> PathBuf {
        let number = self.frames[tick.min(self.frames.len() - 1)];
        self.folder.join(format!("{number:04}.png"))
    }

    /// Stretches of equal pictures, none longer than a second: the picture and its ticks.
    pub(super) fn stretches(&self) -> Vec<(PathBuf, u32)> {
        let mut stretches: Vec<(u32, u32)> = Vec::new();
        for &number in &self.frames {
            match stretches.last_mut() {
                Some((last, ticks)) if *last == number && *ticks < FPS => *ticks += 1,
                _ => stretches.push((number, 1)),
            }
        }
        stretches
            .into_iter()
            .map(|(number, ticks)| (self.folder.join(format!("{number:04}.png")), ticks))
            .collect()
    }
}

/// Draws a video's scenes, those not yet kept.
///
/// # Errors
/// When a figure is missing, or the browser fails.
pub(super) fn draw(video: &Video, timed: &[Timed]) -> Result<Vec<Pictures>> {
    let mut folders = Vec::new();
    let mut jobs = Vec::new();
    let mut icon: Option<String> = None;
    for (n, (scene, times)) in video.script.scenes.iter().zip(timed).enumerate() {
        let mut data = data(video, scene, timed, n)?;
        if scene.layout == Layout::Points {
            icon = icons::choose(scene, icon.as_deref());
            data["icon"] = icon.as_deref().map(icons::drawing).transpose()?.into();
        }
        let folder = folder_of(&data, times)?;
        if !folder.join("frames.json").exists() {
            jobs.push(json!({ "to": folder, "ticks": times.ticks(), "data": data }));
        }
        folders.push(folder);
    }
    if !jobs.is_empty() {
        photograph(&jobs)?;
    }
    folders
        .into_iter()
        .map(|folder| {
            let frames = serde_json::from_slice(&fs::read(folder.join("frames.json"))?)?;
            Ok(Pictures { folder, frames })
        })
        .collect()
}

/// What a figure's file is called.
pub(super) fn figure(name: &str) -> PathBuf {
    let name = name.trim_end_matches(".svg");
    source::folder().join("figures").join(format!("{name}.svg"))
}

fn folder_of(data: &Value, times: &Timed) -> Result<PathBuf> {
    let mut parts = digest::Parts::new();
    for file in shell::files(&source::folder().join("render"))? {
        parts.file(&file)?;
    }
    parts
        .text(&data.to_string())
        .text(&times.ticks().to_string());
    Ok(shell::target()
        .join("videos/pictures")
        .join(&parts.hex()[..32]))
}

fn photograph(jobs: &[Value]) -> Result<()> {
    let tests = shell::root().join("tests/browser");
    if !tests.join("node_modules/@playwright/test").exists() {
        shell::run(
            shell::command("npm")
                .args(["ci", "--no-audit", "--no-fund"])
                .current_dir(&tests),
        )?;
    }
    let job = json!({
        "chromium": setup::chromium().context("Chromium is missing")?,
        "page": source::folder().join("render/slide.html"),
        "fps": FPS,
        "scenes": jobs,
    });
    let folder = shell::target().join("videos");
    fs::create_dir_all(&folder)?;
    let file = folder.join("job.json");
    fs::write(&file, job.to_string())?;
    let status = gently("node")
        .arg(source::folder().join("render/frames.mjs"))
        .arg(&file)
        .stdin(Stdio::null())
        .status()?;
    if !status.success() {
        bail!("drawing failed ({status})");
    }
    Ok(())
}

/// A scene as the page wants it.
fn data(video: &Video, scene: &Scene, timed: &[Timed], n: usize) -> Result<Value> {
    let its = &timed[n];
    let whole = timed.last().map_or(1.0, |last| last.end);
    let mut beats = its.beats.iter().copied();
    let mut beat = |text: &str| json!({ "text": text, "at": beats.next().unwrap_or(0.5) });
    let points: Vec<Value> = scene.points.iter().map(|point| beat(point)).collect();
    let mut side = |side: Option<&Side>| {
        side.map(|side| {
            let heading = side.heading().map(&mut beat);
            let points: Vec<Value> = side.points().iter().map(|point| beat(point)).collect();
            json!({ "heading": heading, "points": points })
        })
    };
    let (left, right) = (side(scene.left.as_ref()), side(scene.right.as_ref()));
    let figure = scene
        .figure
        .as_deref()
        .map(|name| {
            let file = figure(name);
            fs::read_to_string(&file).with_context(|| shell::shown(&file))
        })
        .transpose()?;
    Ok(json!({
        "layout": scene.layout.name(),
        "kind": video.kind(),
        "where": video.module(),
        "title": video.script.title,
        "heading": scene.heading,
        "points": points,
        "quote": scene.quote,
        "source": scene.source,
        "left": left,
        "right": right,
        "number": scene.number,
        "caption": scene.caption,
        "figure": figure,
        "first": scene.first.unwrap_or(1),
        "number_of": n + 1,
        "count": timed.len(),
        "marks": timed[1..].iter().map(|other| other.start / whole).collect::<Vec<_>>(),
        "from": its.start / whole,
        "to": its.end / whole,
        "duration": its.end - its.start,
    }))
}
