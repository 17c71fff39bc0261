//! What the server counts. Labels are route templates and statuses: never ids, never people.

use std::time::Instant;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web,
};
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

use crate::app::App;

/// The counters.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    /// Journal batches that were saved.
    pub journal_batches: IntCounter,
    /// Journal entries that were saved.
    pub journal_entries: IntCounter,
    connections: IntGauge,
    waiting: IntGauge,
}

impl Default for Metrics {
    fn default() -> Self {
        const FITS: &str = "names are valid and each is registered once";
        let requests = Opts::new("percorso_http_requests_total", "Requests answered");
        let seconds = HistogramOpts::new(
            "percorso_http_request_seconds",
            "Time to the answer's head, in seconds",
        )
        .buckets(vec![
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
        ]);
        let metrics = Self {
            registry: Registry::new(),
            requests: IntCounterVec::new(requests, &["method", "route", "status"]).expect(FITS),
            seconds: HistogramVec::new(seconds, &["method", "route"]).expect(FITS),
            journal_batches: IntCounter::new(
                "percorso_journal_batches_total",
                "Journal batches saved",
            )
            .expect(FITS),
            journal_entries: IntCounter::new(
                "percorso_journal_entries_total",
                "Journal entries saved",
            )
            .expect(FITS),
            connections: IntGauge::new("percorso_database_connections", "Connections in the pool")
                .expect(FITS),
            waiting: IntGauge::new(
                "percorso_database_waiting",
                "Requests waiting for a connection",
            )
            .expect(FITS),
        };
        metrics.register().expect(FITS);
        metrics
    }
}

impl Metrics {
    fn register(&self) -> prometheus::Result<()> {
        self.registry.register(Box::new(self.requests.clone()))?;
        self.registry.register(Box::new(self.seconds.clone()))?;
        self.registry
            .register(Box::new(self.journal_batches.clone()))?;
        self.registry
            .register(Box::new(self.journal_entries.clone()))?;
        self.registry.register(Box::new(self.connections.clone()))?;
        self.registry.register(Box::new(self.waiting.clone()))
    }

    /// All of them, in Prometheus' text form.
    ///
    /// # Errors
    /// When they cannot be written as text.
    pub fn text(&self, connections: usize, waiting: usize) -> prometheus::Result<String> {
        self.connections
            .set(i64::try_from(connections).unwrap_or(i64::MAX));
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// Counts and times every request by its route's template.
pub(crate) async fn measure(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let method = request.method().clone();
    let response = next.call(request).await?;
    if let Some(app) = response.request().app_data::<web::Data<App>>() {
        let route = response
            .request()
            .match_pattern()
            .unwrap_or_else(|| "other".into());
        let status = response.status();
        app.metrics
            .requests
            .with_label_values(&[method.as_str(), &route, status.as_str()])
            .inc();
        let seconds = app
            .metrics
            .seconds
            .with_label_values(&[method.as_str(), &route]);
        seconds.observe(begun.elapsed().as_secs_f64());
    }
    Ok(response)
}
