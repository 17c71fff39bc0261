//! Pictures and sound into one WebM: VP9 and Opus, levelled, quick to seek on a poor line.

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{
    pictures::Pictures,
    sound,
    source::Video,
    timeline::{FPS, Timed},
    voice::gently,
};
use crate::shell;

/// EBU R128: how loud the whole is, its highest peak, its range.
const LOUDNESS: &str = "loudnorm=I=-16:TP=-1.5:LRA=11";
/// Below the voice there is only rumble; at 9600 Hz the vocoder whistles faintly.
const CLEANING: &str = "highpass=f=65,bandreject=f=9600:width_type=h:w=120";
/// A picture complete in itself at least this often, besides each scene's first.
const KEY_EVERY: f64 = 5.0;
/// The poster is taken this many ticks before its scene ends, when all stands still.
const POSTER_BEFORE: usize = 8;

/// Makes `<object>.webm` and `<object>.jpg`.
///
/// # Errors
/// When FFmpeg fails.
pub(super) fn encode(video: &Video, timed: &[Timed], pictures: &[Pictures]) -> Result<()> {
    let work = shell::target().join("videos/encode");
    fs::create_dir_all(&work)?;
    let narration = work.join("narration.wav");
    sound::write(&narration, &narrated(timed))?;
    let list = work.join("pictures.txt");
    fs::write(&list, concatenation(pictures)?)?;
    let webm = video.built("webm");
    fs::create_dir_all(webm.parent().expect("a built file lies in a folder"))?;
    let half = work.join("half.webm");
    quietly(
        ffmpeg()
            .args(["-f", "concat", "-safe", "0", "-i"])
            .arg(&list)
            .arg("-i")
            .arg(&narration)
            .args(["-map", "0:v", "-map", "1:a", "-fps_mode", "vfr"])
            .args([
                "-vf",
                "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
                "-colorspace",
                "bt709",
                "-color_primaries",
                "bt709",
                "-color_trc",
                "bt709",
            ])
            .args([
                "-c:v",
                "libvpx-vp9",
                "-crf",
                "40",
                "-b:v",
                "0",
                "-deadline",
                "good",
                "-cpu-used",
                "3",
            ])
            .args([
                "-row-mt",
                "1",
                "-tile-columns",
                "1",
                "-threads",
                "2",
                "-lag-in-frames",
                "16",
                "-g",
                "999",
            ])
            .args(["-force_key_frames", &keys(timed, pictures)])
            .args(["-af", &levelled(&narration)?, "-ar", "48000", "-ac", "1"])
            .args([
                "-c:a",
                "libopus",
                "-b:a",
                "32k",
                "-vbr",
                "on",
                "-application",
                "audio",
            ])
            .args([
                "-map_metadata",
                "-1",
                "-fflags",
                "+bitexact",
                "-flags:v",
                "+bitexact",
                "-flags:a",
                "+bitexact",
            ])
            .args([
                "-metadata:s:a:0",
                "language=ita",
                "-metadata",
                &format!("title={}", video.script.title),
                "-metadata",
                "comment=Voce narrante sintetica (Kokoro-82M)",
            ])
            .args(["-cues_to_front", "1", "-reserve_index_space", "4096"])
            .arg(&half),
    )?;
    fs::copy(&half, &webm)?;
    fs::remove_file(half)?;
    poster(video, timed, pictures)
}

/// All that is said, with the silence between.
fn narrated(timed: &[Timed]) -> Vec<i16> {
    let mut samples = Vec::new();
    for spoken in timed.iter().flat_map(|scene| &scene.spoken) {
        samples.resize(sound::samples(spoken.start).max(samples.len()), 0);
        samples.extend(&spoken.sound);
    }
    samples.resize(timed.last().map_or(0, |last| sound::samples(last.end)), 0);
    samples
}

/// FFmpeg's list of pictures and how long each shows.
fn concatenation(pictures: &[Pictures]) -> Result<String> {
    let mut list = String::from("ffconcat version 1.0\n");
    for (picture, ticks) in pictures.iter().flat_map(Pictures::stretches) {
        let path = picture
            .to_str()
            .context("a path of the build folder is not UTF-8")?;
        let seconds = f64::from(ticks) / f64::from(FPS);
        writeln!(
            list,
            "file '{path}'\noption framerate {FPS}\nduration {seconds:.6}"
        )?;
    }
    Ok(list)
}

/// When a picture must be complete in itself: at each scene's first, and before the next but one would
/// come too late.
fn keys(timed: &[Timed], pictures: &[Pictures]) -> String {
    let mut keys = Vec::new();
    for (scene, pictures) in timed.iter().zip(pictures) {
        let mut last = scene.start;
        keys.push(last);
        let mut at = scene.start;
        for (_, ticks) in pictures.stretches() {
            let next = at + f64::from(ticks) / f64::from(FPS);
            if next - last > KEY_EVERY && at > last && scene.end - at > 1.0 {
                keys.push(at);
                last = at;
            }
            at = next;
        }
    }
    let keys: Vec<String> = keys
        .iter()
        .map(|at| format!("{:.3}", (at - 0.01).max(0.0)))
        .collect();
    keys.join(",")
}

/// The sound's filters: levelled in two passes, the first only to measure.
fn levelled(narration: &Path) -> Result<String> {
    let output = ffmpeg()
        .args(["-loglevel", "info", "-i"])
        .arg(narration)
        .args([
            "-af",
            &format!("{CLEANING},{LOUDNESS}:print_format=json"),
            "-f",
            "null",
            "-",
        ])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let measured: Value = said
        .rfind('{')
        .and_then(|at| serde_json::from_str(said[at..].split_inclusive('}').next()?).ok())
        .context("FFmpeg measured no loudness")?;
    let of = |name: &str| measured[name].as_str().unwrap_or("0").to_owned();
    Ok(format!(
        "{CLEANING},{LOUDNESS}:linear=true:measured_I={}:measured_TP={}:measured_LRA={}:measured_thresh={}:offset={}",
        of("input_i"),
        of("input_tp"),
        of("input_lra"),
        of("input_thresh"),
        of("target_offset")
    ))
}

fn poster(video: &Video, timed: &[Timed], pictures: &[Pictures]) -> Result<()> {
    let picture = pictures[0].at(timed[0].ticks().saturating_sub(POSTER_BEFORE));
    quietly(
        ffmpeg()
            .arg("-i")
            .arg(picture)
            .args([
                "-vf",
                "scale=960:540:flags=lanczos",
                "-q:v",
                "4",
                "-fflags",
                "+bitexact",
            ])
            .arg(video.built("jpg")),
    )
}

fn ffmpeg() -> Command {
    let mut ffmpeg = gently("ffmpeg");
    ffmpeg
        .args(["-hide_banner", "-loglevel", "error", "-nostats", "-y"])
        .stdin(Stdio::null());
    ffmpeg
}

fn quietly(command: &mut Command) -> Result<()> {
    let status = command.status().context("starting FFmpeg")?;
    if !status.success() {
        bail!("FFmpeg failed ({status})");
    }
    Ok(())
}
