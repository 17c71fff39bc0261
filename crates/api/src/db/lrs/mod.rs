//! The learning record store: statements in, statements out by every filter.

mod activities;
mod attachments;
pub(crate) mod documents;
mod erase;
pub(crate) mod forward;
mod insert;
mod list;
pub(crate) mod schema;
mod store;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::Connection;
use crate::xapi;
pub(crate) use activities::{define, definitions};
pub(crate) use attachments::{
    NewAttachment, add as add_attachments, forget_unused as forget_attachments,
    keys as attachment_keys, sizes as attachment_sizes,
};
pub(crate) use erase::{erase, erase_registration};
pub(crate) use insert::insert_new;
pub(crate) use list::{Filter, list};
use schema::lrs_statements;
pub(crate) use store::{Stored, store};

/// A statement, ready to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewStatement {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its place in the order of storing.
    pub(crate) place: i64,
    /// When it is stored.
    pub(crate) stored: DateTime<Utc>,
    /// What its object refers to.
    pub(crate) refers: Option<Uuid>,
    /// What it voids.
    pub(crate) voids: Option<Uuid>,
    /// Key of who answers for it.
    pub(crate) authority: i64,
    /// What else it is found by.
    pub(crate) found: xapi::Found,
    /// Sums of its attachments, each once.
    pub(crate) attachments: Vec<String>,
    /// As it is given out.
    pub(crate) statement: String,
}

/// Of these ids the statements that are there.
///
/// # Errors
/// When the database fails.
pub(crate) async fn known(
    conn: &mut Connection,
    ids: &[Uuid],
) -> QueryResult<HashMap<Uuid, Value>> {
    let found: Vec<(Uuid, String)> = lrs_statements::table
        .filter(lrs_statements::id.eq_any(ids))
        .select((lrs_statements::id, lrs_statements::statement))
        .load(conn)
        .await?;
    let read = |text: String| serde_json::from_str(&text).unwrap_or_default();
    Ok(found
        .into_iter()
        .map(|(id, text)| (id, read(text)))
        .collect())
}

/// A statement as it was found.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct Found {
    /// As it is given out.
    pub(crate) statement: String,
    /// When it was stored.
    pub(crate) stored: DateTime<Utc>,
    /// Another statement voids it.
    pub(crate) voided: bool,
    /// `context.registration`.
    pub(crate) registration: Option<Uuid>,
}

/// A statement by its id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Found>> {
    lrs_statements::table
        .find(id)
        .select((
            lrs_statements::statement,
            lrs_statements::stored,
            lrs_statements::voided,
            lrs_statements::registration,
        ))
        .first(conn)
        .await
        .optional()
}
