//! One try: a signed POST and what came back. No redirects, no proxy, no cookies.

use std::{error::Error, fmt::Write as _, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, RequestBuilder, StatusCode, header, redirect::Policy};
use serde_json::{Value, json};
use url::Url;

use super::{address, secret};
use crate::{config::WebhookConfig, db::webhooks::Claimed, wire};

/// Bytes of an answer that are kept.
const EXCERPT_BYTES: usize = 1024;

/// Sends events; a clone is the same one.
#[derive(Debug, Clone)]
pub struct Sender {
    client: Client,
    private_allowed: bool,
}

/// What came of a try.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// HTTP status; `None` when there was no answer.
    pub(crate) status: Option<u16>,
    /// Why there was none.
    pub(crate) error: Option<String>,
    /// The beginning of the answer's body.
    pub(crate) response: Option<String>,
    /// How long the receiver asks to be left alone.
    pub(crate) retry_after: Option<TimeDelta>,
    /// How long the try took.
    pub(crate) duration_ms: i32,
}

impl Answer {
    fn failed(why: String) -> Self {
        Self {
            error: Some(why),
            ..Self::default()
        }
    }

    /// Whether the event has arrived.
    pub(crate) fn is_good(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the receiver wants nothing more, ever.
    pub(crate) fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE.as_u16())
    }
}

impl Sender {
    /// A sender by the settings.
    pub fn new(config: &WebhookConfig) -> Self {
        let mut builder = Client::builder()
            .timeout(Duration::from_secs(config.timeout_seconds.into()))
            .redirect(Policy::none())
            .no_proxy()
            .user_agent(concat!("Percorso/", env!("CARGO_PKG_VERSION")));
        if !config.private {
            builder = builder.dns_resolver(Arc::new(address::PublicOnly));
        }
        Self {
            client: builder.build().expect("TLS needs no file of its own"),
            private_allowed: config.private,
        }
    }

    /// Sends an event once.
    pub(crate) async fn send(&self, claimed: &Claimed, now: DateTime<Utc>) -> Answer {
        let body = body(&claimed.event_type, claimed.occurred_at, &claimed.data);
        let signatures = secret::signatures(&claimed.keys(now), claimed.event_id, now, &body);
        let filled = |request: RequestBuilder| {
            request
                .header(header::CONTENT_TYPE, "application/json")
                .header("webhook-id", claimed.event_id.to_string())
                .header("webhook-timestamp", now.timestamp().to_string())
                .header("webhook-signature", signatures)
                .body(body)
        };
        self.post(&claimed.url, filled).await
    }

    /// One POST to an address that may be one; `filled` adds headers and body.
    pub(crate) async fn post(
        &self,
        url: &str,
        filled: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        let begun = std::time::Instant::now();
        let mut answer = match self.checked(url) {
            Ok(url) => match filled(self.client.post(url)).send().await {
                Ok(response) => read(response).await,
                Err(error) => Answer::failed(in_words(&error.without_url())),
            },
            Err(why) => Answer::failed(why),
        };
        answer.duration_ms = i32::try_from(begun.elapsed().as_millis()).unwrap_or(i32::MAX);
        answer
    }

    /// The address, when something may be sent there.
    ///
    /// # Errors
    /// Says in words why not.
    pub(crate) fn checked(&self, url: &str) -> Result<Url, String> {
        address::checked(url, self.private_allowed)
    }
}

/// The body as it is sent and signed.
fn body(event_type: &str, occurred_at: DateTime<Utc>, data: &Value) -> Vec<u8> {
    let body = json!({ "type": event_type, "timestamp": wire::time(occurred_at), "data": data });
    body.to_string().into_bytes()
}

/// The status, and no more of the body than is kept.
async fn read(mut response: reqwest::Response) -> Answer {
    let seconds = response.headers().get(header::RETRY_AFTER);
    let seconds = seconds.and_then(|value| value.to_str().ok()?.trim().parse::<u32>().ok());
    let mut kept = Vec::new();
    while kept.len() < EXCERPT_BYTES {
        match response.chunk().await {
            Ok(Some(piece)) => kept.extend_from_slice(&piece),
            Ok(None) | Err(_) => break,
        }
    }
    kept.truncate(EXCERPT_BYTES);
    let text = String::from_utf8_lossy(&kept).replace('\0', "\u{fffd}");
    Answer {
        status: Some(response.status().as_u16()),
        error: None,
        response: Some(text).filter(|text| !text.is_empty()),
        retry_after: seconds.map(|seconds| TimeDelta::seconds(seconds.into())),
        duration_ms: 0,
    }
}

/// An error with its causes: the last one says what is wrong.
fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let _ = write!(words, ": {next}");
        cause = next.source();
    }
    words
}
