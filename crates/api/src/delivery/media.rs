//! What learners do with the videos and recordings of the content, as the page's `media-watch.js` tells it:
//! a line for each thing done, none for time that passes. Statements are made of it
//! (`own_statements/video.rs`); nothing else is.

use serde::{Deserialize, Serialize};

/// `event` of these lines.
pub(crate) const MEDIA: &str = "media";
/// Bytes of an address, at most.
const ADDRESS_BYTES: usize = 2048;
/// Bytes of a title, at most.
const TITLE_BYTES: usize = 1024;
/// Bytes of a language's tag, at most.
const LANGUAGE_BYTES: usize = 64;
/// Seconds of a medium, at most: ten days.
const LONGEST_SECONDS: f64 = 864_000.0;
/// Milliseconds between two lines of a medium, at most.
const LONGEST_MS: u64 = 864_000_000;
/// Fastest, forwards or back.
const FASTEST: f64 = 100.0;

/// What happened to a medium.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename = "media")]
pub(crate) struct Media {
    /// The page's number of it, from when it is opened until it is closed.
    pub(crate) medium: u32,
    /// Second of the medium, where it stands now.
    pub(crate) time: f64,
    /// What.
    #[serde(flatten)]
    pub(crate) what: What,
}

/// What happened. `ms` is how long it has played since the line before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum What {
    /// It is about to play for the first time.
    Opened {
        /// Its path in the package, else its whole address without a query; without any, that of the page
        /// and its place there.
        address: String,
        /// What it is called.
        title: String,
        /// Seconds.
        length: f64,
        /// How it is shown.
        #[serde(flatten)]
        settings: Settings,
    },
    /// It plays.
    Played,
    /// It has played on until here.
    Reached {
        /// So long.
        ms: u64,
    },
    /// It has stopped.
    Paused {
        /// It played so long.
        ms: u64,
    },
    /// It went to another second.
    Seeked {
        /// Where it was.
        from: f64,
        /// It played so long.
        ms: u64,
    },
    /// It is shown in another way.
    Changed {
        /// As it is shown now.
        #[serde(flatten)]
        settings: Settings,
    },
    /// It is gone.
    Closed {
        /// It played so long.
        ms: u64,
    },
}

/// How a medium is shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// 0 to 1.
    pub(crate) volume: f64,
    /// 1 is normal.
    pub(crate) speed: f64,
    /// Language of the captions that are shown, maybe unknown (empty); `None` when none are.
    #[serde(default)]
    pub(crate) captions: Option<String>,
    /// It fills the screen.
    pub(crate) full_screen: bool,
    /// The screen's width and height.
    pub(crate) screen: [u32; 2],
    /// Its own width and height on the screen.
    pub(crate) size: [u32; 2],
    /// Lines of its picture; 0 when it has none.
    #[serde(default)]
    pub(crate) quality: u32,
}

impl Media {
    /// What no page of ours would send is refused.
    ///
    /// # Errors
    /// With what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        seconds("time", self.time)?;
        match &self.what {
            What::Opened {
                address,
                title,
                length,
                settings,
            } => {
                seconds("length", *length)?;
                within("address", address, ADDRESS_BYTES)?;
                within("title", title, TITLE_BYTES)?;
                settings.check()
            }
            What::Played => Ok(()),
            What::Seeked { from, ms } => {
                seconds("from", *from)?;
                milliseconds(*ms)
            }
            What::Reached { ms } | What::Paused { ms } | What::Closed { ms } => milliseconds(*ms),
            What::Changed { settings } => settings.check(),
        }
    }
}

impl Settings {
    fn check(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.volume) {
            return Err(format!("`volume` is {}; expected 0 to 1", self.volume));
        }
        if self.speed.abs() > FASTEST {
            return Err(format!(
                "`speed` is {}; expected up to {FASTEST}",
                self.speed
            ));
        }
        within(
            "captions",
            self.captions.as_deref().unwrap_or_default(),
            LANGUAGE_BYTES,
        )
    }
}

fn seconds(name: &str, seconds: f64) -> Result<(), String> {
    if (0.0..=LONGEST_SECONDS).contains(&seconds) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is {seconds}; expected seconds, up to {LONGEST_SECONDS}"
    ))
}

fn milliseconds(ms: u64) -> Result<(), String> {
    if ms <= LONGEST_MS {
        return Ok(());
    }
    Err(format!(
        "`ms` is {ms}; expected milliseconds, up to {LONGEST_MS}"
    ))
}

fn within(name: &str, text: &str, most: usize) -> Result<(), String> {
    if text.len() <= most {
        return Ok(());
    }
    Err(format!("`{name}` is longer than {most} bytes"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn opened() -> Value {
        json!({ "event": "media", "medium": 1, "time": 0, "what": "opened", "address": "media/1.webm", "title": "Uno",
            "length": 60.5, "volume": 1, "speed": 1, "captions": "it", "full_screen": false, "screen": [1280, 720],
            "size": [640, 360], "quality": 720 })
    }

    #[test]
    fn absurd_media_are_refused() {
        let check = |value: Value| serde_json::from_value::<Media>(value).unwrap().check();
        assert_eq!(check(opened()), Ok(()));
        for (name, absurd) in [
            ("time", json!(-1)),
            ("time", json!(1e12)),
            ("length", json!(1e12)),
            ("volume", json!(1.5)),
            ("speed", json!(1000)),
            ("address", json!("x".repeat(ADDRESS_BYTES + 1))),
            ("title", json!("x".repeat(TITLE_BYTES + 1))),
            ("captions", json!("x".repeat(LANGUAGE_BYTES + 1))),
        ] {
            let mut media = opened();
            media[name] = absurd;
            let refused = check(media).unwrap_err();
            assert!(refused.contains(&format!("`{name}`")), "{refused}");
        }
        let seeked = json!({ "medium": 1, "time": 1, "what": "seeked", "from": -1, "ms": 0 });
        assert!(check(seeked).unwrap_err().contains("`from`"));
        let paused = json!({ "medium": 1, "time": 1, "what": "paused", "ms": LONGEST_MS + 1 });
        assert!(check(paused).unwrap_err().contains("`ms`"));
    }
}
