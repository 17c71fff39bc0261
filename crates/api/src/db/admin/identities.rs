//! People as identity providers know them, and their accounts.

use diesel::{
    prelude::*,
    sql_types::{Bool, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::Connection;

/// An account that somebody may come in with.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Linked {
    /// The account.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) account_id: Uuid,
    /// Sign-in was stopped.
    #[diesel(sql_type = Bool)]
    pub(crate) is_disabled: bool,
}

/// The account of a person of this provider's.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(
    conn: &mut Connection,
    issuer: &str,
    subject: &str,
) -> QueryResult<Option<Linked>> {
    diesel::sql_query(
        "SELECT a.id AS account_id, a.disabled_at IS NOT NULL AS is_disabled \
         FROM account_identities i JOIN accounts a ON a.id = i.account_id \
         WHERE i.issuer = $1 AND i.subject = $2",
    )
    .bind::<Text, _>(issuer)
    .bind::<Text, _>(subject)
    .get_result(conn)
    .await
    .optional()
}

/// The account with this sign-in name, disabled or not.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_email(conn: &mut Connection, email: &str) -> QueryResult<Option<Linked>> {
    diesel::sql_query(
        "SELECT id AS account_id, disabled_at IS NOT NULL AS is_disabled FROM accounts \
         WHERE lower(email) = lower($1)",
    )
    .bind::<Text, _>(email)
    .get_result(conn)
    .await
    .optional()
}

/// From now on this person comes in with this account.
///
/// # Errors
/// When the database fails.
pub(crate) async fn link(
    conn: &mut Connection,
    issuer: &str,
    subject: &str,
    account_id: Uuid,
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO account_identities (issuer, subject, account_id) VALUES ($1, $2, $3) \
         ON CONFLICT (issuer, subject) DO NOTHING",
    )
    .bind::<Text, _>(issuer)
    .bind::<Text, _>(subject)
    .bind::<SqlUuid, _>(account_id)
    .execute(conn)
    .await
    .map(drop)
}

/// Notes that a person came in.
///
/// # Errors
/// When the database fails.
pub(crate) async fn seen(conn: &mut Connection, issuer: &str, subject: &str) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE account_identities SET seen_at = now() WHERE issuer = $1 AND subject = $2",
    )
    .bind::<Text, _>(issuer)
    .bind::<Text, _>(subject)
    .execute(conn)
    .await
    .map(drop)
}

/// Gives an account the role and body that its provider says, where it says any; answers whether that
/// changed anything.
///
/// # Errors
/// When the database fails.
pub(crate) async fn take_over(
    conn: &mut Connection,
    account_id: Uuid,
    role: Option<&str>,
    body_id: Option<Uuid>,
) -> QueryResult<bool> {
    diesel::sql_query(
        "UPDATE accounts SET role = COALESCE($2, role), body_id = COALESCE($3, body_id), \
         organization = COALESCE((SELECT name FROM bodies WHERE id = $3), organization) \
         WHERE id = $1 AND (role <> COALESCE($2, role) OR body_id IS DISTINCT FROM COALESCE($3, body_id))",
    )
    .bind::<SqlUuid, _>(account_id)
    .bind::<Nullable<Text>, _>(role)
    .bind::<Nullable<SqlUuid>, _>(body_id)
    .execute(conn)
    .await
    .map(|count| count > 0)
}
