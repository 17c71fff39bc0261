//! What a page kept on its device and could not send. It lies where the content of every course in that
//! browser can write, so a line counts only when its code is right: the key was given to the page of the
//! line's own session and to nobody else.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use uuid::Uuid;

use super::{Entry, Posted, is_too_old, unavailable};
use crate::{
    app::App,
    db,
    problem::{Problem, Result},
};

/// The page signs other things with the same key, each with a word of its own before it.
const PURPOSE: &[u8] = b"line\n";

/// A line as it lay on the device.
#[derive(Debug, Deserialize)]
pub(crate) struct KeptLine {
    /// A [`Line`], as the page wrote it.
    line: String,
    /// HMAC-SHA-256 of it, base64url.
    code: String,
}

/// What a line says.
#[derive(Debug, Deserialize)]
struct Line {
    entry: Entry,
    /// Time in use up to it.
    #[serde(default)]
    active_ms: u64,
    /// Time since the start up to it.
    #[serde(default)]
    wall_ms: u64,
}

/// Lines of a session that is not the sender's own, or of an earlier page of it.
#[derive(Debug)]
pub(crate) struct Kept {
    /// What is the page's own.
    pub(crate) posted: Posted,
    /// How many lines are not.
    pub(crate) forged: usize,
}

impl Kept {
    /// Tells a session's own lines from forged ones. `plain` are entries without a code, as pages kept
    /// them before there were keys: taken only where the session's page never got one.
    ///
    /// # Errors
    /// When the session is none of this registration, it began too long ago, or the database fails.
    pub(crate) async fn read(
        app: &App,
        registration_id: Uuid,
        lines: &[KeptLine],
        plain: Posted,
    ) -> Result<Self> {
        let session_id = plain.session_id;
        let found = db::sessions::key_of(&mut *app.db.get().await?, session_id).await;
        let (_, key) = found
            .map_err(unavailable)?
            .filter(|(owner, _)| *owner == registration_id)
            .ok_or_else(|| Problem::SessionNotFound(session_id.to_string()))?;
        let Some(key) = key else {
            if is_too_old(session_id) {
                return Err(Problem::SessionClosed {
                    detail: "the session is too old for what was kept of it to be taken".into(),
                    reason: "ended".into(),
                });
            }
            return Ok(Self {
                posted: plain,
                forged: lines.len(),
            });
        };
        let read: Vec<Line> = lines.iter().filter_map(|line| line.read(&key)).collect();
        let forged = lines.len() - read.len() + plain.entries.len();
        if forged > 0 {
            tracing::warn!(
                session.id = %session_id,
                forged,
                "lines of a journal came from a device that no page of ours wrote there; they are left out"
            );
        }
        Ok(Self {
            posted: in_order(session_id, read),
            forged,
        })
    }
}

impl KeptLine {
    /// What it says, when its code is right.
    fn read(&self, key: &[u8]) -> Option<Line> {
        let code = URL_SAFE_NO_PAD.decode(&self.code).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(PURPOSE);
        mac.update(self.line.as_bytes());
        mac.verify_slice(&code).ok()?;
        serde_json::from_str(&self.line).ok()
    }
}

/// The first run of numbers without a gap; what comes after the gap is sent again.
fn in_order(session_id: Uuid, mut lines: Vec<Line>) -> Posted {
    lines.sort_by_key(|line| line.entry.number);
    lines.dedup_by_key(|line| line.entry.number);
    let run = lines
        .windows(2)
        .take_while(|pair| pair[0].entry.number + 1 == pair[1].entry.number)
        .count();
    lines.truncate(run + 1);
    let most = |of: fn(&Line) -> u64| lines.iter().map(of).max().unwrap_or_default();
    Posted {
        session_id,
        active_ms: most(|line| line.active_ms),
        wall_ms: most(|line| line.wall_ms),
        entries: lines.into_iter().map(|line| line.entry).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn sealed(number: u64, key: &[u8]) -> KeptLine {
        let line = format!(
            r#"{{"entry":{{"number":{number},"at_ms":1,"event":"content_gone"}},"active_ms":{number},"wall_ms":9}}"#
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(PURPOSE);
        mac.update(line.as_bytes());
        let code = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        KeptLine { line, code }
    }

    #[test]
    fn only_the_sessions_own_lines_are_read() {
        let good = sealed(7, KEY);
        assert_eq!(good.read(KEY).unwrap().entry.number, 7);
        assert!(sealed(7, b"another").read(KEY).is_none());
        let code = good.code;
        let changed = sealed(8, KEY).line;
        for (line, code) in [
            (changed, code.clone()),
            (good.line.clone(), code[1..].to_owned()),
            (good.line.clone(), code[..22].to_owned()),
            (good.line.clone(), String::new()),
            (good.line.clone(), "no base64!".into()),
        ] {
            assert!(KeptLine { line, code }.read(KEY).is_none());
        }
    }

    #[test]
    fn lines_come_in_order_once_and_up_to_the_first_gap() {
        let lines = [9, 4, 3, 3, 5].map(|number| sealed(number, KEY).read(KEY).unwrap());
        let posted = in_order(Uuid::nil(), Vec::from(lines));
        let numbers: Vec<u64> = posted.entries.iter().map(|entry| entry.number).collect();
        assert_eq!((numbers, posted.active_ms), (vec![3, 4, 5], 5));
        assert!(in_order(Uuid::nil(), Vec::new()).entries.is_empty());
    }
}
