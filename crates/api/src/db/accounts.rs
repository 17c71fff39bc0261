//! People who sign in to the pages, and the browsers they are signed in with.

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, Queryable, Selectable,
    SelectableHelper, define_sql_function, sql_types::Text,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{
    Connection,
    admin::people,
    schema::{accounts, web_sessions},
};

define_sql_function! {
    /// Small letters.
    fn lower(text: Text) -> Text;
}

/// An account as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct Account {
    /// Also the learner id of a learner who signs in here.
    pub id: Uuid,
    /// Sign-in name.
    pub email: String,
    /// Full name.
    pub name: String,
    /// Argon2id hash.
    pub password_hash: Option<String>,
    /// learner, author, coordinator or admin.
    pub role: String,
    /// The body the person belongs to.
    pub organization: Option<String>,
    /// it or en.
    pub language: String,
    /// When sign-in was stopped.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// The account with this sign-in name that may sign in.
///
/// # Errors
/// When the database fails.
pub async fn by_email(conn: &mut Connection, email: &str) -> QueryResult<Option<Account>> {
    let found = find(conn, email).await?;
    Ok(found.filter(|account| account.disabled_at.is_none()))
}

/// The account with this sign-in name, disabled or not.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Connection, email: &str) -> QueryResult<Option<Account>> {
    accounts::table
        .filter(lower(accounts::email).eq(email.to_lowercase()))
        .select(Account::as_select())
        .first(conn)
        .await
        .optional()
}

/// What is given of an account.
#[derive(Debug)]
pub struct GivenAccount<'a> {
    /// Sign-in name.
    pub email: &'a str,
    /// Argon2id hash.
    pub password_hash: &'a str,
    /// Full name. Without it a known account keeps its own; a new one is called by its sign-in name.
    pub name: Option<&'a str>,
    /// learner, author, coordinator or admin. Without it a known account keeps its own; a new one is a
    /// learner's.
    pub role: Option<&'a str>,
    /// The body the person belongs to. Without it a known account keeps its own.
    pub organization: Option<&'a str>,
}

/// Makes an account, or gives the one with this sign-in name a new password and what else is given. The new
/// password signs it out everywhere. Answers the account as it is now; a disabled one stays disabled. To be
/// called in a transaction.
///
/// # Errors
/// When the database fails.
pub async fn put(conn: &mut Connection, given: &GivenAccount<'_>) -> QueryResult<Account> {
    let Some(known) = find(conn, given.email).await? else {
        return diesel::insert_into(accounts::table)
            .values((
                accounts::id.eq(Uuid::now_v7()),
                accounts::email.eq(given.email),
                accounts::password_hash.eq(given.password_hash),
                accounts::name.eq(given.name.unwrap_or(given.email)),
                accounts::role.eq(given.role.unwrap_or("learner")),
                accounts::organization.eq(given.organization),
            ))
            .returning(Account::as_returning())
            .get_result(conn)
            .await;
    };
    people::choose_password(conn, known.id, given.password_hash).await?;
    let organization = given.organization.or(known.organization.as_deref());
    diesel::update(accounts::table.find(known.id))
        .set((
            accounts::name.eq(given.name.unwrap_or(&known.name)),
            accounts::role.eq(given.role.unwrap_or(&known.role)),
            accounts::organization.eq(organization),
        ))
        .returning(Account::as_returning())
        .get_result(conn)
        .await
}

/// Notes a signed-in browser.
///
/// # Errors
/// When the database fails.
pub async fn open_session(
    conn: &mut Connection,
    token_hash: &[u8],
    account_id: Uuid,
    expires_at: DateTime<Utc>,
    id_token: Option<&str>,
) -> QueryResult<()> {
    diesel::insert_into(web_sessions::table)
        .values((
            web_sessions::token_hash.eq(token_hash),
            web_sessions::account_id.eq(account_id),
            web_sessions::expires_at.eq(expires_at),
            web_sessions::id_token.eq(id_token),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Who is signed in with this browser.
///
/// # Errors
/// When the database fails.
pub async fn by_session(conn: &mut Connection, token_hash: &[u8]) -> QueryResult<Option<Account>> {
    web_sessions::table
        .inner_join(accounts::table)
        .filter(web_sessions::token_hash.eq(token_hash))
        .filter(web_sessions::expires_at.gt(Utc::now()))
        .filter(accounts::disabled_at.is_null())
        .select(Account::as_select())
        .first(conn)
        .await
        .optional()
}

/// The identity provider's ID token of a signed-in browser, when the person came through one.
///
/// # Errors
/// When the database fails.
pub async fn id_token(conn: &mut Connection, token_hash: &[u8]) -> QueryResult<Option<String>> {
    let found = web_sessions::table
        .find(token_hash)
        .select(web_sessions::id_token)
        .first(conn)
        .await
        .optional()?;
    Ok(found.flatten())
}

/// Signs a browser out, and clears away what has expired.
///
/// # Errors
/// When the database fails.
pub async fn close_session(conn: &mut Connection, token_hash: &[u8]) -> QueryResult<()> {
    diesel::delete(web_sessions::table)
        .filter(web_sessions::token_hash.eq(token_hash))
        .or_filter(web_sessions::expires_at.lt(Utc::now()))
        .execute(conn)
        .await
        .map(drop)
}
