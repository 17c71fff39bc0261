//! Accounts as administrators see and change them, and the links by which people choose a password.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Binary, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::Connection;

/// An account, for administrators.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Kept {
    /// The account.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Sign-in name.
    #[diesel(sql_type = Text)]
    pub(crate) email: String,
    /// Full name.
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// learner, author, coordinator or admin.
    #[diesel(sql_type = Text)]
    pub(crate) role: String,
    /// it or en.
    #[diesel(sql_type = Text)]
    pub(crate) language: String,
    /// Name of their body.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) body: Option<String>,
    /// Code of their body, when it is one of those that are kept.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) body_code: Option<String>,
    /// When sign-in was stopped.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) disabled_at: Option<DateTime<Utc>>,
    /// Whether they may sign in with a password.
    #[diesel(sql_type = Bool)]
    pub(crate) has_password: bool,
    /// How many identity providers know them.
    #[diesel(sql_type = BigInt)]
    pub(crate) identities: i64,
}

const KEPT: &str = "SELECT a.id, a.email, a.name, a.role, a.language, COALESCE(b.name, a.organization) AS body, \
    b.code AS body_code, a.disabled_at, a.password_hash IS NOT NULL AS has_password, \
    (SELECT count(*) FROM account_identities i WHERE i.account_id = a.id) AS identities \
    FROM accounts a LEFT JOIN bodies b ON b.id = a.body_id ";

/// Accounts by name; `like` is found anywhere in name or e-mail.
///
/// # Errors
/// When the database fails.
pub(crate) async fn list(
    conn: &mut Connection,
    like: &str,
    role: Option<&str>,
    body_code: Option<&str>,
    (offset, limit): (i64, i64),
) -> QueryResult<Vec<Kept>> {
    diesel::sql_query(format!(
        "{KEPT} WHERE ($1 = '' OR position(lower($1) IN lower(a.name)) > 0 \
         OR position(lower($1) IN lower(a.email)) > 0) \
         AND ($2 IS NULL OR a.role = $2) AND ($3 IS NULL OR b.code = $3) \
         ORDER BY lower(a.name), a.id OFFSET $4 LIMIT $5"
    ))
    .bind::<Text, _>(like)
    .bind::<Nullable<Text>, _>(role)
    .bind::<Nullable<Text>, _>(body_code)
    .bind::<BigInt, _>(offset)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// An account.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Kept>> {
    diesel::sql_query(format!("{KEPT} WHERE a.id = $1"))
        .bind::<SqlUuid, _>(id)
        .get_result(conn)
        .await
        .optional()
}

/// What an account is made of.
#[derive(Debug)]
pub(crate) struct Given<'a> {
    /// Sign-in name.
    pub(crate) email: &'a str,
    /// Full name.
    pub(crate) name: &'a str,
    /// learner, author, coordinator or admin.
    pub(crate) role: &'a str,
    /// it or en.
    pub(crate) language: &'a str,
    /// The body they belong to, or look after.
    pub(crate) body_id: Option<Uuid>,
}

/// Makes an account without a password; `false` when the e-mail is another's.
///
/// # Errors
/// When the database fails.
pub(crate) async fn insert(
    conn: &mut Connection,
    id: Uuid,
    given: &Given<'_>,
) -> QueryResult<bool> {
    diesel::sql_query(
        "INSERT INTO accounts (id, email, name, role, language, body_id, organization) \
         VALUES ($1, $2, $3, $4, $5, $6, (SELECT name FROM bodies WHERE id = $6)) \
         ON CONFLICT (lower(email)) DO NOTHING",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(given.email)
    .bind::<Text, _>(given.name)
    .bind::<Text, _>(given.role)
    .bind::<Text, _>(given.language)
    .bind::<Nullable<SqlUuid>, _>(given.body_id)
    .execute(conn)
    .await
    .map(|count| count > 0)
}

/// Changes an account; `false` when there is none, or the e-mail is another's.
///
/// # Errors
/// When the database fails.
pub(crate) async fn update(
    conn: &mut Connection,
    id: Uuid,
    given: &Given<'_>,
) -> QueryResult<bool> {
    diesel::sql_query(
        "UPDATE accounts SET email = $2, name = $3, role = $4, language = $5, body_id = $6, \
         organization = CASE WHEN $6 IS NULL AND body_id IS NULL THEN organization \
         ELSE (SELECT name FROM bodies WHERE id = $6) END \
         WHERE id = $1 AND NOT EXISTS (SELECT FROM accounts o WHERE lower(o.email) = lower($2) AND o.id <> $1)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(given.email)
    .bind::<Text, _>(given.name)
    .bind::<Text, _>(given.role)
    .bind::<Text, _>(given.language)
    .bind::<Nullable<SqlUuid>, _>(given.body_id)
    .execute(conn)
    .await
    .map(|count| count > 0)
}

/// Lets an account sign in, or stops it and signs it out everywhere; `false` when there is none.
///
/// # Errors
/// When the database fails.
pub(crate) async fn enable(conn: &mut Connection, id: Uuid, enabled: bool) -> QueryResult<bool> {
    if !enabled {
        sign_out_everywhere(conn, id).await?;
    }
    diesel::sql_query(
        "UPDATE accounts SET disabled_at = CASE WHEN $2 THEN NULL ELSE COALESCE(disabled_at, now()) END \
         WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Bool, _>(enabled)
    .execute(conn)
    .await
    .map(|count| count > 0)
}

/// Keeps a link by which a person chooses a password; those made before stop working.
///
/// # Errors
/// When the database fails.
pub(crate) async fn keep_link(
    conn: &mut Connection,
    account_id: Uuid,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> QueryResult<()> {
    drop_links(conn, account_id).await?;
    diesel::sql_query(
        "INSERT INTO password_links (token_hash, account_id, expires_at) VALUES ($1, $2, $3)",
    )
    .bind::<Binary, _>(token_hash)
    .bind::<SqlUuid, _>(account_id)
    .bind::<Timestamptz, _>(expires_at)
    .execute(conn)
    .await
    .map(drop)
}

/// The account of a link that is still good.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_link(conn: &mut Connection, token_hash: &[u8]) -> QueryResult<Option<Kept>> {
    diesel::sql_query(format!(
        "{KEPT} JOIN password_links l ON l.account_id = a.id \
         WHERE l.token_hash = $1 AND l.expires_at > now() AND a.disabled_at IS NULL FOR UPDATE OF l"
    ))
    .bind::<Binary, _>(token_hash)
    .get_result(conn)
    .await
    .optional()
}

/// Gives an account a password: its links are over, and it is signed out everywhere.
///
/// # Errors
/// When the database fails.
pub(crate) async fn choose_password(
    conn: &mut Connection,
    account_id: Uuid,
    password_hash: &str,
) -> QueryResult<()> {
    drop_links(conn, account_id).await?;
    sign_out_everywhere(conn, account_id).await?;
    diesel::sql_query("UPDATE accounts SET password_hash = $2 WHERE id = $1")
        .bind::<SqlUuid, _>(account_id)
        .bind::<Text, _>(password_hash)
        .execute(conn)
        .await
        .map(drop)
}

async fn drop_links(conn: &mut Connection, account_id: Uuid) -> QueryResult<()> {
    diesel::sql_query("DELETE FROM password_links WHERE account_id = $1 OR expires_at < now()")
        .bind::<SqlUuid, _>(account_id)
        .execute(conn)
        .await
        .map(drop)
}

async fn sign_out_everywhere(conn: &mut Connection, account_id: Uuid) -> QueryResult<()> {
    diesel::sql_query("DELETE FROM web_sessions WHERE account_id = $1")
        .bind::<SqlUuid, _>(account_id)
        .execute(conn)
        .await
        .map(drop)
}

/// How many people belong to each body, by its id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_bodies(conn: &mut Connection) -> QueryResult<Vec<(Uuid, i64)>> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = SqlUuid)]
        body_id: Uuid,
        #[diesel(sql_type = BigInt)]
        people: i64,
    }
    let counts: Vec<Count> = diesel::sql_query(
        "SELECT body_id, count(*) AS people FROM learners WHERE body_id IS NOT NULL GROUP BY body_id",
    )
    .load(conn)
    .await?;
    Ok(counts
        .into_iter()
        .map(|count| (count.body_id, count.people))
        .collect())
}
