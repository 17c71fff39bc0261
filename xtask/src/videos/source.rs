//! A video's script as it is written: `content-packages/_video/<module>/<object>.toml`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::shell;

/// One video's script.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    pub(super) title: String,
    /// What the frame says of the module; from the folder's name when it is only that.
    pub(super) module: String,
    pub(super) kind: String,
    /// For whoever reads the script; never spoken.
    #[serde(default, rename = "speaker_note")]
    _speaker_note: Option<String>,
    #[serde(default)]
    pub(super) voice: Voice,
    #[serde(default = "usual_pace")]
    pub(super) pace: f64,
    /// Pronunciations of this script alone, tried before the shared ones.
    #[serde(default)]
    pub(super) spell: std::collections::BTreeMap<String, String>,
    #[serde(rename = "scene")]
    pub(super) scenes: Vec<Scene>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Voice {
    #[default]
    Sara,
    Nicola,
}

impl Voice {
    /// The voice's name in the package that carries it.
    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Sara => "if_sara",
            Self::Nicola => "im_nicola",
        }
    }
}

/// One scene: what is seen, and what is said meanwhile.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Scene {
    pub(super) layout: Layout,
    pub(super) heading: String,
    pub(super) points: Vec<String>,
    pub(super) quote: Option<String>,
    pub(super) source: Option<String>,
    pub(super) left: Option<Side>,
    pub(super) right: Option<Side>,
    pub(super) number: Option<String>,
    pub(super) caption: Option<String>,
    pub(super) figure: Option<String>,
    /// The number of the first of `steps`, when they go on from another scene's.
    pub(super) first: Option<u32>,
    /// The sign beside the points; `none` for none, chosen by the words when not given.
    pub(super) icon: Option<String>,
    pub(super) say: String,
}

/// How a scene is laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Layout {
    Title,
    #[default]
    Points,
    Quote,
    Figure,
    Timeline,
    Compare,
    Steps,
    Number,
    Closing,
}

impl Layout {
    /// The name that the page knows it by.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Points => "points",
            Self::Quote => "quote",
            Self::Figure => "figure",
            Self::Timeline => "timeline",
            Self::Compare => "compare",
            Self::Steps => "steps",
            Self::Number => "number",
            Self::Closing => "closing",
        }
    }
}

/// One half of a comparison: points under a heading, or just a text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Side {
    Text(String),
    Points(Vec<String>),
    Headed {
        #[serde(alias = "title")]
        heading: String,
        #[serde(default)]
        points: Vec<String>,
        #[serde(default)]
        text: Option<String>,
    },
}

impl Side {
    /// The heading, if there is one.
    pub(super) fn heading(&self) -> Option<&str> {
        match self {
            Self::Headed { heading, .. } => Some(heading),
            _ => None,
        }
    }

    /// What stands below it.
    pub(super) fn points(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::Points(points) => points.clone(),
            Self::Headed { points, text, .. } => points.iter().chain(text).cloned().collect(),
        }
    }
}

/// A script and where it and its video lie.
#[derive(Debug)]
pub(super) struct Video {
    pub(super) script: Script,
    /// `modulo-1-contesto/1-che-cose`
    pub(super) name: String,
    pub(super) file: PathBuf,
}

impl Video {
    /// A built file of this video.
    pub(super) fn built(&self, ending: &str) -> PathBuf {
        let (module, object) = self
            .name
            .split_once('/')
            .expect("a name has a module and an object");
        packages()
            .join(module)
            .join("media")
            .join(format!("{object}.{ending}"))
    }

    /// What the frame says of the module: "Modulo 1" for the folder's name.
    pub(super) fn module(&self) -> String {
        let folder = self.name.split('/').next().unwrap_or_default();
        if self.script.module != folder {
            return self.script.module.clone();
        }
        match folder.split('-').nth(1) {
            Some(number) if number.chars().all(|c| c.is_ascii_digit()) => {
                format!("Modulo {number}")
            }
            _ => folder.to_owned(),
        }
    }

    /// The kind as people read it: "Buona pratica" for `buona-pratica`.
    pub(super) fn kind(&self) -> String {
        let words = self.script.kind.replace('-', " ");
        let mut letters = words.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    }
}

/// Where the course lies.
pub(super) fn packages() -> PathBuf {
    shell::root().join("content-packages")
}

/// Where the videos' sources lie.
pub(super) fn folder() -> PathBuf {
    packages().join("_video")
}

/// Every script, by name.
///
/// # Errors
/// When one cannot be read or is not what it should be.
pub(super) fn all() -> Result<Vec<Video>> {
    let mut videos = Vec::new();
    for file in shell::files(&folder())? {
        let inside = file.strip_prefix(folder()).expect("a file of the folder");
        let in_module = inside
            .to_str()
            .is_some_and(|path| path.starts_with("modulo-"))
            && inside.extension().is_some_and(|ending| ending == "toml");
        if in_module {
            let name = inside.with_extension("").display().to_string();
            let script = read(&file).with_context(|| shell::shown(&file))?;
            videos.push(Video { script, name, file });
        }
    }
    Ok(videos)
}

fn usual_pace() -> f64 {
    1.0
}

fn read(file: &Path) -> Result<Script> {
    let script: Script = toml::from_str(&fs::read_to_string(file)?)?;
    for (n, scene) in script.scenes.iter().enumerate() {
        let lacks = match scene.layout {
            Layout::Quote if scene.quote.is_none() => "quote",
            Layout::Number if scene.number.is_none() => "number",
            Layout::Figure if scene.figure.is_none() => "figure",
            Layout::Compare if scene.left.is_none() || scene.right.is_none() => "left and right",
            _ if scene.heading.trim().is_empty() => "heading",
            _ if scene.say.trim().is_empty() => "say",
            _ => continue,
        };
        bail!("scene {} has no {lacks}", n + 1);
    }
    if script.scenes.is_empty() {
        bail!("there is no [[scene]]");
    }
    Ok(script)
}
