//! The audit log's lines: added and read.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::schema::audit_log;
use crate::db::{Connection, schema::accounts};

/// A line to add.
#[derive(Debug, Insertable)]
#[diesel(table_name = audit_log)]
pub(crate) struct NewLine<'a> {
    /// account, client, system or nobody.
    pub(crate) actor_kind: &'a str,
    /// Account id, client id or command.
    pub(crate) actor: &'a str,
    /// What was done.
    pub(crate) act: &'a str,
    /// Kind of thing it was done to.
    pub(crate) subject_kind: &'a str,
    /// Its id.
    pub(crate) subject: &'a str,
    /// What else is worth knowing.
    pub(crate) details: &'a Value,
}

/// A line as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit_log, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Line {
    /// In the order they were noted.
    pub(crate) id: i64,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// account, client, system or nobody.
    pub(crate) actor_kind: String,
    /// Account id, client id or command.
    pub(crate) actor: String,
    /// What was done.
    pub(crate) act: String,
    /// Kind of thing it was done to.
    pub(crate) subject_kind: String,
    /// Its id.
    pub(crate) subject: String,
    /// What else is worth knowing.
    pub(crate) details: Value,
}

/// Which lines.
#[derive(Debug, Default, Clone)]
pub(crate) struct Filter {
    /// An act's name, or the kind of thing.
    pub(crate) act: Option<String>,
    /// Account id or client id.
    pub(crate) actor: Option<String>,
    /// The thing's id.
    pub(crate) subject: Option<String>,
    /// From this moment on.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Before this moment.
    pub(crate) until: Option<DateTime<Utc>>,
    /// Older than this line.
    pub(crate) before: Option<i64>,
}

/// Adds a line.
///
/// # Errors
/// When the database fails.
pub(crate) async fn add(conn: &mut Connection, line: &NewLine<'_>) -> QueryResult<()> {
    diesel::insert_into(audit_log::table)
        .values(line)
        .execute(conn)
        .await
        .map(drop)
}

/// Lines, the latest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn list(
    conn: &mut Connection,
    filter: &Filter,
    limit: i64,
) -> QueryResult<Vec<Line>> {
    let mut query = audit_log::table.into_boxed();
    if let Some(act) = &filter.act {
        query = match act.contains('.') {
            true => query.filter(audit_log::act.eq(act)),
            false => query.filter(audit_log::subject_kind.eq(act)),
        };
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(audit_log::actor.eq(actor));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(audit_log::subject.eq(subject));
    }
    if let Some(since) = filter.since {
        query = query.filter(audit_log::at.ge(since));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_log::at.lt(until));
    }
    if let Some(before) = filter.before {
        query = query.filter(audit_log::id.lt(before));
    }
    query
        .order(audit_log::id.desc())
        .limit(limit)
        .select(Line::as_select())
        .load(conn)
        .await
}

/// Names of the accounts among these ids, for people who read the log.
///
/// # Errors
/// When the database fails.
pub(crate) async fn names(conn: &mut Connection, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, String)>> {
    accounts::table
        .filter(accounts::id.eq_any(ids))
        .select((accounts::id, accounts::name))
        .load(conn)
        .await
}
