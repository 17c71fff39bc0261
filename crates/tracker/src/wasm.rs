//! The thin face for the player page, compiled to WebAssembly.
//!
//! Rules live in the engine; this only turns strings and bytes into its types and back. To rebuild
//! what is committed in `crates/api/player/engine/` (`cargo xtask engine` does it):
//!
//! ```text
//! cargo build --profile engine -p percorso-tracker --lib --features wasm --target wasm32-unknown-unknown
//! wasm-bindgen --target web --remove-name-section --out-dir crates/api/player/engine --out-name percorso_tracker \
//!     target/wasm32-unknown-unknown/engine/percorso_tracker.wasm
//! ```
//!
//! With a toolchain that has no standard library for that target, add
//! `-Zbuild-std=std,panic_abort` (and `RUSTC_BOOTSTRAP=1` on a stable one).

use std::sync::Arc;

use percorso_package::Package;
use wasm_bindgen::prelude::*;

use crate::session::{Course, Effect, Event, Session, Shown};

/// One session in the page, restored from what the server began.
#[wasm_bindgen]
pub struct PlayerSession {
    session: Session,
    effects: Vec<Effect>,
    answer: Option<crate::session::Answer>,
    shown: Shown,
}

#[wasm_bindgen]
impl PlayerSession {
    /// Takes up the session of `snapshot` in the course of `package_json`.
    ///
    /// # Errors
    /// A message when either cannot be read.
    pub fn restore(package_json: &str, snapshot: &[u8]) -> Result<PlayerSession, JsError> {
        let package: Package = serde_json::from_str(package_json)?;
        let session = Session::restore(Arc::new(Course::new(&package)), snapshot)?;
        Ok(Self {
            session,
            effects: Vec::new(),
            answer: None,
            shown: Shown::default(),
        })
    }

    /// Answers a call of the API with the string that content gets. What else there is to know is in
    /// [`PlayerSession::last_answer`] and [`PlayerSession::take_effects`].
    pub fn call(&mut self, at_ms: f64, method: &str, arguments: Vec<String>) -> String {
        let event = Event::Call {
            method: method.to_owned(),
            arguments,
        };
        let outcome = self.session.apply(milliseconds(at_ms), &event);
        self.effects.extend(outcome.effects);
        self.answer = outcome.answer;
        self.answer
            .as_ref()
            .map(|answer| answer.result.clone())
            .unwrap_or_default()
    }

    /// The last call's answer as JSON: result, error, diagnostic, whether it is journalled.
    #[wasm_bindgen(js_name = lastAnswer)]
    pub fn last_answer(&self) -> String {
        to_json(&self.answer)
    }

    /// Applies an event (JSON) and answers with its outcome (JSON).
    ///
    /// # Errors
    /// A message when the event cannot be read.
    pub fn apply(&mut self, at_ms: f64, event_json: &str) -> Result<String, JsError> {
        let event: Event = serde_json::from_str(event_json)?;
        let outcome = self.session.apply(milliseconds(at_ms), &event);
        Ok(to_json(&outcome))
    }

    /// The effects of calls since the last time, as a JSON array, and forgets them.
    #[wasm_bindgen(js_name = takeEffects)]
    pub fn take_effects(&mut self) -> String {
        to_json(&std::mem::take(&mut self.effects))
    }

    /// What changed in what is to be shown since the last time, as JSON: everything at first.
    pub fn refresh(&mut self) -> String {
        to_json(&self.session.refresh(&mut self.shown))
    }

    /// What to show, whole, as JSON.
    pub fn view(&self) -> String {
        to_json(&self.session.view())
    }

    /// What is behind the view, as JSON: data model, tracking, globals.
    pub fn inspect(&self) -> String {
        to_json(&self.session.inspect())
    }

    /// Why a request (JSON) would lead nowhere now, in `language`; empty when it would lead somewhere.
    ///
    /// # Errors
    /// A message when the request cannot be read.
    #[wasm_bindgen(js_name = whyNot)]
    pub fn why_not(&self, request_json: &str, language: &str) -> Result<String, JsError> {
        let request = serde_json::from_str(request_json)?;
        Ok(self.session.why_not(&request, language).unwrap_or_default())
    }

    /// A decision (JSON) as a sentence in `language`.
    ///
    /// # Errors
    /// A message when the decision cannot be read.
    pub fn sentence(&self, decision_json: &str, language: &str) -> Result<String, JsError> {
        let decision = serde_json::from_str(decision_json)?;
        Ok(self.session.sentence(&decision, language))
    }

    /// The whole state; `restore` reads it.
    pub fn snapshot(&self) -> Vec<u8> {
        self.session.snapshot()
    }
}

/// Replays a golden case (JSON) and answers with its report (JSON).
#[wasm_bindgen(js_name = replayGolden)]
pub fn replay_golden(case_json: &str) -> String {
    to_json(&crate::golden::replay(case_json))
}

/// JavaScript's clock counts in doubles.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the clock is far below 2^53 milliseconds"
)]
fn milliseconds(at_ms: f64) -> i64 {
    at_ms as i64
}

fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("engine values are plain JSON")
}
