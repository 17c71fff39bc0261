//! Attachments of statements; their bytes are in the blob store.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{super::Connection, schema::lrs_attachments};

/// An attachment whose bytes are stored.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = lrs_attachments)]
pub(crate) struct NewAttachment {
    /// SHA-2 in small hexadecimal digits.
    pub(crate) sha2: String,
    /// Media type as the part said it.
    pub(crate) content_type: String,
    /// Length.
    pub(crate) size_bytes: i64,
}

/// Notes attachments; those that are known stay as they are.
///
/// # Errors
/// When the database fails.
pub(crate) async fn add(conn: &mut Connection, attachments: &[NewAttachment]) -> QueryResult<()> {
    diesel::insert_into(lrs_attachments::table)
        .values(attachments)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Media types of those of the attachments that are here.
///
/// # Errors
/// When the database fails.
pub(crate) async fn types(
    conn: &mut Connection,
    sums: &[String],
) -> QueryResult<HashMap<String, (String, i64)>> {
    let found: Vec<(String, String, i64)> = lrs_attachments::table
        .filter(lrs_attachments::sha2.eq_any(sums))
        .select((
            lrs_attachments::sha2,
            lrs_attachments::content_type,
            lrs_attachments::size_bytes,
        ))
        .load(conn)
        .await?;
    let pair = |(sha2, kind, size)| (sha2, (kind, size));
    Ok(found.into_iter().map(pair).collect())
}

/// The sums of all attachments.
///
/// # Errors
/// When the database fails.
pub(crate) async fn keys(conn: &mut Connection) -> QueryResult<Vec<String>> {
    lrs_attachments::table
        .select(lrs_attachments::sha2)
        .load(conn)
        .await
}
