//! Statements that must not be there any longer: those of previews, and of people who ask for it.

use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{
    super::Connection,
    attachments,
    schema::{lrs_documents, lrs_references, lrs_statements},
};
use crate::xapi::{Found as FoundBy, Kind, key};

/// Statements removed by one deletion.
const PORTION: usize = 1000;

/// Statements, and behind them all those they refer to, whose keys they were given.
const WITH_REFERRED: &str = "WITH RECURSIVE found (seq, statement, refers) AS ( \
    SELECT seq, statement, refers FROM lrs_statements WHERE id = ANY($1) \
    UNION SELECT f.seq, s.statement, s.refers FROM found f JOIN lrs_statements s ON s.id = f.refers) \
    SELECT seq, statement FROM found";

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    statement: String,
}

/// Removes statements, with what they are found by and what they have; says how many. What inherited from
/// them by reference stays found by it. Bytes of attachments that no other statement has go with the next
/// sweep.
///
/// # Errors
/// When the database fails.
pub(crate) async fn erase(conn: &mut Connection, ids: &[Uuid]) -> QueryResult<usize> {
    for portion in ids.chunks(PORTION) {
        let found: Vec<Found> = diesel::sql_query(WITH_REFERRED)
            .bind::<Array<SqlUuid>, _>(portion)
            .load(conn)
            .await?;
        let (mut keys, mut places) = (Vec::new(), Vec::new());
        for Found { seq, statement } in &found {
            let own = FoundBy::inherited(&serde_json::from_str(statement).unwrap_or_default());
            places.extend(std::iter::repeat_n(*seq, own.len()));
            keys.extend(own);
        }
        diesel::sql_query(
            "DELETE FROM lrs_references r USING unnest($1, $2) AS gone (key, seq) \
             WHERE r.key = gone.key AND r.seq = gone.seq",
        )
        .bind::<Array<BigInt>, _>(keys)
        .bind::<Array<BigInt>, _>(places)
        .execute(conn)
        .await?;
    }
    attachments::unname(conn, ids).await?;
    let gone = lrs_statements::table.filter(lrs_statements::id.eq_any(ids));
    diesel::delete(gone).execute(conn).await
}

/// Removes what is stored of a registration: statements and documents.
///
/// # Errors
/// When the database fails.
pub(crate) async fn erase_registration(conn: &mut Connection, id: Uuid) -> QueryResult<usize> {
    let text = id.to_string();
    let inherited = lrs_references::table
        .filter(lrs_references::key.eq(key(Kind::Registration, &text)))
        .select(lrs_references::seq);
    let statements: Vec<Uuid> = lrs_statements::table
        .filter(lrs_statements::registration.eq(id))
        .or_filter(lrs_statements::seq.eq_any(inherited))
        .select(lrs_statements::id)
        .load(conn)
        .await?;
    let erased = erase(conn, &statements).await?;
    let documents = lrs_documents::table.filter(lrs_documents::registration.eq(text));
    diesel::delete(documents).execute(conn).await?;
    Ok(erased)
}
