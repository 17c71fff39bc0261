//! The log: a message that reads alone and fields that can be filtered. No names, no tokens: of a
//! request only method, route template, status and time are noted, never its address or headers.

use std::io::IsTerminal;

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder, TracingLogger};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{LogConfig, LogFormat};

/// Starts the log, on standard error. A second call changes nothing. The directives were checked when the
/// settings were read.
pub fn start(config: &LogConfig) {
    let filter = EnvFilter::new(&config.filter);
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started = match config.format {
        LogFormat::Text => registry.with(layer).try_init(),
        LogFormat::Json => registry.with(layer.json()).try_init(),
    };
    drop(started);
}

/// A span and a line for each request.
pub(crate) fn requests() -> TracingLogger<Root> {
    TracingLogger::new()
}

/// The request's id, as its log lines carry it.
pub(crate) fn request_id(request: &ServiceRequest) -> Option<String> {
    request
        .extensions()
        .get::<RequestId>()
        .map(ToString::to_string)
}

/// The span of a request.
pub(crate) struct Root;

impl RootSpanBuilder for Root {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request_id(request).unwrap_or_default();
        let route = request.match_pattern().unwrap_or_else(|| "other".into());
        tracing::info_span!(
            "request",
            request.id = id,
            http.method = %request.method(),
            http.route = route,
            http.status = tracing::field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("http.status", status.as_u16());
        span.in_scope(|| tracing::debug!("request answered"));
    }
}
