//! The text version of a learning object, written into its page from the script of its video, so that
//! who reads and who watches get the same lesson. Where the video is made, each scene also carries
//! its times.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::shell;

const BEGIN: &str =
    "<!-- Text version: from the video's script, by `cargo xtask content`; not edited here. -->\n";
const END: &str = "<!-- End of the text version. -->";

/// A page with a text version.
pub(super) struct Page {
    pub(super) file: PathBuf,
    pub(super) script: PathBuf,
    media: PathBuf,
    pub(super) html: String,
}

#[derive(Deserialize)]
struct Script {
    #[serde(rename = "scene")]
    scenes: Vec<Scene>,
}

#[derive(Deserialize)]
struct Scene {
    layout: String,
    heading: String,
    #[serde(default)]
    points: Vec<String>,
    quote: Option<String>,
    source: Option<String>,
    number: Option<String>,
    caption: Option<String>,
    left: Option<Side>,
    right: Option<Side>,
    say: String,
}

#[derive(Deserialize)]
struct Side {
    heading: String,
    points: Vec<String>,
}

/// What the video tool says of a finished video.
#[derive(Deserialize)]
struct Media {
    scenes: Vec<Times>,
}

#[derive(Deserialize)]
struct Times {
    start_s: f64,
    end_s: f64,
}

/// Every page that has a place for a text version.
///
/// # Errors
/// When a page cannot be read, or its script is missing.
pub(super) fn pages() -> Result<Vec<Page>> {
    let packages = shell::root().join("content-packages");
    let mut pages = Vec::new();
    for module in fs::read_dir(&packages)? {
        let module = module?.path();
        let folder = name(&module).to_owned();
        if !module.is_dir() || folder.starts_with('_') {
            continue;
        }
        for entry in fs::read_dir(&module)? {
            let file = entry?.path();
            if file.extension().is_none_or(|extension| extension != "html") {
                continue;
            }
            let html = fs::read_to_string(&file)?;
            if !html.contains(BEGIN) {
                continue;
            }
            let object = name(&file).trim_end_matches(".html").to_owned();
            let script = packages
                .join("_video")
                .join(&folder)
                .join(format!("{object}.toml"));
            if !script.exists() {
                bail!(
                    "{}: no script {}",
                    shell::shown(&file),
                    shell::shown(&script)
                );
            }
            let media = module.join("media").join(format!("{object}.json"));
            pages.push(Page {
                file,
                script,
                media,
                html,
            });
        }
    }
    pages.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(pages)
}

fn name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

impl Page {
    /// The page with the text that its script has now.
    ///
    /// # Errors
    /// When the script or the video's description cannot be read.
    pub(super) fn current(&self) -> Result<String> {
        let script: Script = toml::from_str(&fs::read_to_string(&self.script)?)
            .with_context(|| format!("reading {}", shell::shown(&self.script)))?;
        let times = match fs::read_to_string(&self.media) {
            Ok(json) => {
                serde_json::from_str::<Media>(&json)
                    .with_context(|| format!("reading {}", shell::shown(&self.media)))?
                    .scenes
            }
            Err(_) => Vec::new(),
        };
        let Some((before, rest)) = self.html.split_once(BEGIN) else {
            bail!("{}: no place for the text", shell::shown(&self.file));
        };
        let Some((_, after)) = rest.split_once(END) else {
            bail!("{}: the text version has no end", shell::shown(&self.file));
        };
        // Times of another script would mislead: a stale video counts as none.
        let times = if times.len() == script.scenes.len() {
            times
        } else {
            Vec::new()
        };
        let mut text = String::new();
        for (index, scene) in script.scenes.iter().enumerate() {
            scene.write(&mut text, index + 1, times.get(index));
        }
        Ok(format!("{before}{BEGIN}{text}{END}{after}"))
    }
}

impl Scene {
    fn write(&self, out: &mut String, number: usize, times: Option<&Times>) {
        let times = times.map_or_else(String::new, |times| {
            format!(
                " data-start=\"{:.1}\" data-end=\"{:.1}\"",
                times.start_s, times.end_s
            )
        });
        let _ = writeln!(out, "<section id=\"scena-{number}\" data-scene{times}>");
        let _ = writeln!(out, "<h3>{}</h3>", inline(&self.heading));
        if let Some(quote) = &self.quote {
            let _ = writeln!(out, "<blockquote><p>«{}»</p></blockquote>", inline(quote));
        }
        for paragraph in spoken(&self.say) {
            let _ = writeln!(out, "<p>{}</p>", inline(&paragraph));
        }
        self.write_figures(out);
        if let Some(source) = &self.source {
            let _ = writeln!(out, "<p class=\"source\">{}</p>", inline(source));
        }
        out.push_str("</section>\n");
    }

    /// What the picture shows and the voice may only touch on.
    fn write_figures(&self, out: &mut String) {
        if let (Some(number), Some(caption)) = (&self.number, &self.caption) {
            let _ = writeln!(
                out,
                "<p class=\"figure\"><strong>{}</strong> {}</p>",
                inline(number),
                inline(caption)
            );
        }
        if matches!(self.layout.as_str(), "timeline" | "steps") {
            out.push_str("<dl>\n");
            for point in &self.points {
                let (label, text) = point.split_once('|').unwrap_or((point, ""));
                let _ = writeln!(
                    out,
                    "<dt>{}</dt><dd>{}</dd>",
                    inline(label.trim()),
                    inline(text.trim())
                );
            }
            out.push_str("</dl>\n");
        }
        if matches!(self.layout.as_str(), "points" | "closing") && !self.points.is_empty() {
            out.push_str("<ul>\n");
            for point in &self.points {
                let _ = writeln!(out, "<li>{}</li>", inline(point));
            }
            out.push_str("</ul>\n");
        }
        if let (Some(left), Some(right)) = (&self.left, &self.right) {
            out.push_str("<div class=\"compare\">\n");
            for side in [left, right] {
                let _ = writeln!(out, "<div><h4>{}</h4>\n<ul>", inline(&side.heading));
                for point in &side.points {
                    let _ = writeln!(out, "<li>{}</li>", inline(point));
                }
                out.push_str("</ul></div>\n");
            }
            out.push_str("</div>\n");
        }
    }
}

/// The paragraphs of what is said, without the marks for the voice.
fn spoken(say: &str) -> Vec<String> {
    say.replace("[punto]", " ")
        .replace("[pausa]", " ")
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty())
        .collect()
}

/// HTML of a line: escaped, `**bold**` marked.
fn inline(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let mut html = String::new();
    for (index, part) in text.split("**").enumerate() {
        match index % 2 {
            0 => html.push_str(part),
            _ => {
                let _ = write!(html, "<strong>{part}</strong>");
            }
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{inline, spoken};

    #[test]
    fn marks_of_the_voice_are_not_read() {
        assert_eq!(
            spoken("Uno. [pausa] Due.\n\n[punto] Tre\nquattro."),
            ["Uno. Due.", "Tre quattro."]
        );
    }

    #[test]
    fn a_line_is_escaped_and_its_bold_marked() {
        assert_eq!(inline("a & **b** < c"), "a &amp; <strong>b</strong> &lt; c");
    }
}
