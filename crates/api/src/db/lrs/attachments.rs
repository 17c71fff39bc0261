//! Attachments of statements; their bytes are in the blob store.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types::Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{
    super::Connection,
    NewStatement,
    schema::{lrs_attachments, lrs_statement_attachments},
};

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

/// Notes attachments whose bytes have come, again or for the first time.
///
/// # Errors
/// When the database fails.
pub(crate) async fn add(conn: &mut Connection, attachments: &[NewAttachment]) -> QueryResult<()> {
    diesel::insert_into(lrs_attachments::table)
        .values(attachments)
        .on_conflict(lrs_attachments::sha2)
        .do_update()
        .set(lrs_attachments::put_at.eq(diesel::dsl::now))
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes what statements have, in the transaction that stores them.
///
/// # Errors
/// When the database fails.
pub(super) async fn name(conn: &mut Connection, statements: &[NewStatement]) -> QueryResult<()> {
    let of = |new: &NewStatement| {
        let (id, sums) = (new.id, new.attachments.clone());
        sums.into_iter().map(move |sha2| {
            (
                lrs_statement_attachments::statement_id.eq(id),
                lrs_statement_attachments::sha2.eq(sha2),
            )
        })
    };
    let rows: Vec<_> = statements.iter().flat_map(of).collect();
    if rows.is_empty() {
        return Ok(());
    }
    diesel::insert_into(lrs_statement_attachments::table)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets what erased statements had.
///
/// # Errors
/// When the database fails.
pub(super) async fn unname(conn: &mut Connection, statements: &[Uuid]) -> QueryResult<()> {
    let gone = lrs_statement_attachments::statement_id.eq_any(statements);
    diesel::delete(lrs_statement_attachments::table.filter(gone))
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets attachments that no statement has and that came before a moment: those of refused and of
/// erased statements. One that comes again meanwhile is young again, and stays.
///
/// # Errors
/// When the database fails.
pub(crate) async fn forget_unused(
    conn: &mut Connection,
    before: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::sql_query(
        "DELETE FROM lrs_attachments a WHERE a.put_at < $1 AND NOT EXISTS \
         (SELECT FROM lrs_statement_attachments s WHERE s.sha2 = a.sha2)",
    )
    .bind::<Timestamptz, _>(before)
    .execute(conn)
    .await
}

/// Lengths of those of the attachments that are here.
///
/// # Errors
/// When the database fails.
pub(crate) async fn sizes(
    conn: &mut Connection,
    sums: &[String],
) -> QueryResult<HashMap<String, i64>> {
    let found: Vec<(String, i64)> = lrs_attachments::table
        .filter(lrs_attachments::sha2.eq_any(sums))
        .select((lrs_attachments::sha2, lrs_attachments::size_bytes))
        .load(conn)
        .await?;
    Ok(found.into_iter().collect())
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
