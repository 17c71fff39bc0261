//! Attestati as stored.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::db::Connection;

/// A certificate as stored.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Certificate {
    /// Cannot be guessed.
    #[diesel(sql_type = Text)]
    pub(crate) code: String,
    /// What it says.
    #[diesel(sql_type = Jsonb)]
    pub(crate) said: Value,
    /// When it was issued.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) issued_at: DateTime<Utc>,
    /// When it was taken back.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    /// Why.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) revoked_reason: Option<String>,
}

/// The certificate of an enrolment: the one there is, else a new one with this code.
///
/// # Errors
/// When the database fails.
pub(crate) async fn issue(
    conn: &mut Connection,
    enrolment_id: Uuid,
    code: &str,
    said: &Value,
) -> QueryResult<Certificate> {
    diesel::sql_query(
        "WITH made AS (INSERT INTO certificates (code, enrolment_id, said) VALUES ($1, $2, $3) \
         ON CONFLICT (enrolment_id) DO NOTHING RETURNING *) \
         SELECT * FROM made UNION ALL SELECT * FROM certificates WHERE enrolment_id = $2 LIMIT 1",
    )
    .bind::<Text, _>(code)
    .bind::<SqlUuid, _>(enrolment_id)
    .bind::<Jsonb, _>(said)
    .get_result(conn)
    .await
}

/// A certificate by its code.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(conn: &mut Connection, code: &str) -> QueryResult<Option<Certificate>> {
    diesel::sql_query("SELECT * FROM certificates WHERE code = $1")
        .bind::<Text, _>(code)
        .get_result(conn)
        .await
        .optional()
}

/// Takes a certificate back; `None` when there is none. Once more changes nothing.
///
/// # Errors
/// When the database fails.
pub(crate) async fn revoke(
    conn: &mut Connection,
    code: &str,
    reason: &str,
) -> QueryResult<Option<Certificate>> {
    diesel::sql_query(
        "UPDATE certificates SET revoked_at = COALESCE(revoked_at, now()), \
         revoked_reason = COALESCE(revoked_reason, $2) WHERE code = $1 RETURNING *",
    )
    .bind::<Text, _>(code)
    .bind::<Text, _>(reason)
    .get_result(conn)
    .await
    .optional()
}
