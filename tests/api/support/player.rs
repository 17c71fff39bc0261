//! The player's page, played natively: the same engine, the same routes, no browser.

use std::sync::Arc;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit, Mac};
use percorso_package::Package;
use percorso_tracker::session::{Course, Entry, Event, NavigationRequest, Outcome, Session};
use reqwest::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{TestApp, expect};

/// A page at work on one session.
pub(crate) struct TestPlayer<'a> {
    app: &'a TestApp,
    /// What the server gave the page.
    pub(crate) boot: Value,
    /// The page's own engine.
    pub(crate) engine: Session,
    /// Not yet acknowledged.
    pub(crate) pending: Vec<Entry>,
    next_number: u64,
}

impl<'a> TestPlayer<'a> {
    /// Launches a registration and starts the session.
    pub(crate) async fn launch(app: &'a TestApp, registration_id: &str) -> Self {
        let token = app.launch(registration_id, &json!({})).await;
        let boot = app.play("start", &token, &json!({})).await;
        Self::booted(app, expect(boot, StatusCode::OK).await)
    }

    /// A page that the server gave `boot`.
    pub(crate) fn booted(app: &'a TestApp, boot: Value) -> Self {
        let package: Package = serde_json::from_value(boot["course"].clone()).unwrap();
        let snapshot = snapshot(&boot);
        Self {
            app,
            engine: Session::restore(Arc::new(Course::new(&package)), &snapshot).unwrap(),
            next_number: boot["next_number"].as_u64().unwrap(),
            pending: Vec::new(),
            boot,
        }
    }

    /// Something happens in the page.
    pub(crate) fn happens(&mut self, event: Event) -> Outcome {
        let at_ms = chrono::Utc::now().timestamp_millis();
        let outcome = self.engine.apply(at_ms, &event);
        if outcome
            .answer
            .as_ref()
            .is_none_or(|answer| answer.journalled)
        {
            self.pending.push(Entry {
                number: self.next_number,
                at_ms,
                event,
            });
            self.next_number += 1;
        }
        outcome
    }

    /// The player is ready, content is delivered and initialises.
    pub(crate) fn begin(&mut self, activity: Option<&str>) {
        self.happens(Event::Start {
            activity: activity.map(str::to_owned),
        });
        assert_eq!(self.call("Initialize", &[""]), ("true".to_owned(), 0));
    }

    /// Content calls the API; answers result and error.
    pub(crate) fn call(&mut self, method: &str, arguments: &[&str]) -> (String, u16) {
        let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
        let method = method.to_owned();
        let outcome = self.happens(Event::Call { method, arguments });
        let answer = outcome.answer.unwrap();
        (answer.result, answer.error)
    }

    /// Content sets a value, which must be accepted.
    pub(crate) fn set(&mut self, element: &str, value: &str) {
        let answer = self.call("SetValue", &[element, value]);
        assert_eq!(answer, ("true".to_owned(), 0), "{element}={value}");
    }

    /// Content asks for a value.
    pub(crate) fn get(&mut self, element: &str) -> String {
        self.call("GetValue", &[element]).0
    }

    /// The learner uses a control.
    pub(crate) fn navigate(&mut self, request: NavigationRequest) -> Outcome {
        self.happens(Event::Navigate { request })
    }

    /// Sends what is pending; answers the number acknowledged.
    pub(crate) async fn save(&mut self) -> u64 {
        let saved = self.send(&self.pending).await;
        let saved = expect(saved, StatusCode::OK).await;
        self.pending.clear();
        saved["acknowledged"].as_u64().unwrap()
    }

    /// Sends entries, whatever comes of it.
    pub(crate) async fn send(&self, entries: &[Entry]) -> Response {
        let body = json!({ "session_id": self.boot["session_id"], "entries": entries,
            "active_ms": 1000, "wall_ms": 2000.5 });
        self.app.play("journal", self.token(), &body).await
    }

    /// Lines that the engine is not told of, numbered on from the last entry, a second apart.
    pub(crate) fn beside(&mut self, events: &[Value]) -> Vec<Value> {
        let at_ms = chrono::Utc::now().timestamp_millis();
        let seconds = (0_i64..).map(|second| at_ms + second * 1000);
        let lines: Vec<Value> = events
            .iter()
            .zip(self.next_number..)
            .zip(seconds)
            .map(|((event, number), at_ms)| {
                let mut line = event.clone();
                line["number"] = number.into();
                line["at_ms"] = at_ms.into();
                line
            })
            .collect();
        self.next_number += u64::try_from(events.len()).unwrap();
        lines
    }

    /// Sends lines of any kind, whatever comes of it.
    pub(crate) async fn send_lines(&self, lines: &[Value]) -> Response {
        let body = json!({ "session_id": self.boot["session_id"], "entries": lines });
        self.app.play("journal", self.token(), &body).await
    }

    /// What the page keeps of an entry on the device: a line and its code.
    pub(crate) fn kept(&self, entry: &impl Serialize) -> Value {
        let line = json!({ "entry": entry, "active_ms": 7000, "wall_ms": 9000 }).to_string();
        let key = STANDARD.decode(self.boot["journal_key"].as_str().unwrap());
        let mut mac = Hmac::<Sha256>::new_from_slice(&key.unwrap()).unwrap();
        mac.update(format!("line\n{line}").as_bytes());
        json!({ "line": line, "code": URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()) })
    }

    /// Goes on at another server, which has the same database.
    pub(crate) fn at(&mut self, app: &'a TestApp) {
        self.app = app;
    }

    /// The page is loaded again in its tab.
    pub(crate) async fn reload(&self) -> Response {
        self.app.play("resume", self.token(), &json!({})).await
    }

    /// The session's token.
    pub(crate) fn token(&self) -> &str {
        self.boot["token"].as_str().unwrap()
    }

    /// The session's id.
    pub(crate) fn session_id(&self) -> &str {
        self.boot["session_id"].as_str().unwrap()
    }

    /// A file of the content.
    pub(crate) fn content(&self, path: &str) -> String {
        let base = self.boot["content_base"].as_str().unwrap();
        format!("{}{base}{path}", self.app.player_url)
    }
}

/// The engine's state that a boot carries.
pub(crate) fn snapshot(boot: &Value) -> Vec<u8> {
    STANDARD.decode(boot["snapshot"].as_str().unwrap()).unwrap()
}
