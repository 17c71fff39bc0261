//! How the service is: versions, space, queues.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use super::{Admin, moment};
use crate::{
    app::App,
    db::admin::health::{self, Health},
    pages::{
        coordinator::format::{number, size},
        visitor::Visitor,
        words::Language,
    },
    problem::Result,
    routes::address::at,
    stock::Stock,
};

/// Tables shown.
const TABLES: i64 = 10;
/// Less free space than this needs a look, in bytes.
const SCARCE: i64 = 2_000_000_000;
/// A delivery that waits longer needs a look.
const LONG: TimeDelta = TimeDelta::hours(1);

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/admin").get(show));
}

/// One thing that is known.
struct Fact {
    key: &'static str,
    value: String,
    alarming: bool,
}

struct Group {
    title: &'static str,
    facts: Vec<Fact>,
}

struct TableLine {
    name: String,
    rows: String,
    size: String,
}

#[derive(Template)]
#[template(path = "admin/health.html")]
struct HealthPage<'a> {
    page: &'a Visitor,
    groups: Vec<Group>,
    tables: Vec<TableLine>,
}

async fn show(app: web::Data<App>, admin: Admin) -> HttpResponse {
    admin.answer(page(&app, &admin).await)
}

async fn page(app: &App, admin: &Admin) -> Result<HttpResponse> {
    let mut conn = app.db.get().await?;
    let health = health::health(&mut conn).await?;
    let tables = health::largest_tables(&mut conn, TABLES).await?;
    drop(conn);
    let stock = app.stock.last();
    let groups = vec![
        now(app, &health),
        queues(admin.language, &health, stock),
        storage(app, admin.language, &health, stock),
        program(app, &health),
    ];
    Ok(admin.show(&HealthPage {
        page: admin,
        groups,
        tables: tables
            .into_iter()
            .map(|table| TableLine {
                name: table.name,
                rows: number(admin.language, table.rows),
                size: size(admin.language, table.bytes),
            })
            .collect(),
    }))
}

fn fact(key: &'static str, value: impl Into<String>) -> Fact {
    Fact {
        key,
        value: value.into(),
        alarming: false,
    }
}

/// What is counted in the background; a dash before the first count.
fn counted(key: &'static str, value: Option<String>) -> Fact {
    fact(key, value.unwrap_or_else(|| "–".to_owned()))
}

fn alarm(key: &'static str, value: impl Into<String>, alarming: bool) -> Fact {
    Fact {
        alarming,
        ..fact(key, value)
    }
}

fn now(app: &App, health: &Health) -> Group {
    let pool = app.db.status();
    Group {
        title: "health_now",
        facts: vec![
            fact("health_live", health.live.to_string()),
            fact("health_signed_in", health.signed_in.to_string()),
            fact(
                "health_connections",
                format!("{} / {}", pool.size, pool.max_size),
            ),
            alarm("health_waiting", pool.waiting.to_string(), pool.waiting > 0),
        ],
    }
}

fn queues(language: Language, health: &Health, stock: Option<Stock>) -> Group {
    let count = |value: i64| number(language, value);
    let waited = health.oldest.map(|oldest| Utc::now() - oldest);
    Group {
        title: "health_queues",
        facts: vec![
            fact("health_pending", count(health.pending)),
            alarm(
                "health_oldest",
                waited.map_or_else(|| "–".to_owned(), span),
                waited.is_some_and(|waited| waited > LONG),
            ),
            alarm("health_failed", count(health.failed), health.failed > 0),
            alarm(
                "health_hooks_stopped",
                count(health.stopped),
                health.stopped > 0,
            ),
            fact("health_forward_waiting", count(health.forward_waiting)),
            alarm(
                "health_forward_refused",
                count(health.forward_refused),
                health.forward_refused > 0,
            ),
            alarm(
                "health_forward_failing",
                count(health.forward_failing),
                health.forward_failing > 0,
            ),
            fact("health_standings", count(health.standings)),
            fact("health_attestati", count(health.attestati)),
            counted("health_unstated", stock.map(|stock| count(stock.unstated))),
            counted("health_staged", stock.map(|stock| stock.staged.to_string())),
        ],
    }
}

fn storage(app: &App, language: Language, health: &Health, stock: Option<Stock>) -> Group {
    let missing = stock.map_or(0, |stock| stock.missing);
    let mut facts = vec![
        counted(
            "health_counted",
            stock.map(|stock| moment(stock.counted_at)),
        ),
        counted("health_blobs", stock.map(|stock| stock.blobs.to_string())),
        fact("health_blob_bytes", size(language, health.archive_bytes)),
        counted(
            "health_orphans",
            stock.map(|stock| stock.orphans.to_string()),
        ),
        Fact {
            alarming: missing > 0,
            ..counted(
                "health_missing",
                stock.map(|stock| stock.missing.to_string()),
            )
        },
        fact("health_database", size(language, health.database_bytes)),
    ];
    if let Ok(disk) = rustix::fs::statvfs(&app.config.data_dir) {
        let free = i64::try_from(disk.f_bavail.saturating_mul(disk.f_frsize)).unwrap_or(i64::MAX);
        facts.push(alarm("health_free", size(language, free), free < SCARCE));
    }
    Group {
        title: "health_storage",
        facts,
    }
}

fn program(app: &App, health: &Health) -> Group {
    let started: DateTime<Utc> = app.started_at;
    let migration = health.migration.clone().unwrap_or_default();
    Group {
        title: "health_program",
        facts: vec![
            fact("health_version", env!("CARGO_PKG_VERSION")),
            fact("health_up", moment(started)),
            fact("health_postgres", health.postgres.as_str()),
            fact("health_migration", migration),
        ],
    }
}

/// A span of time for people.
fn span(span: TimeDelta) -> String {
    match span.num_seconds() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}
