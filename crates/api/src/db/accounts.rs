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
}

/// The account with this sign-in name that may sign in.
///
/// # Errors
/// When the database fails.
pub async fn by_email(conn: &mut Connection, email: &str) -> QueryResult<Option<Account>> {
    accounts::table
        .filter(lower(accounts::email).eq(email.to_lowercase()))
        .filter(accounts::disabled_at.is_null())
        .select(Account::as_select())
        .first(conn)
        .await
        .optional()
}

/// What a new account is made of.
#[derive(Debug)]
pub struct NewAccount<'a> {
    /// Sign-in name.
    pub email: &'a str,
    /// Full name.
    pub name: &'a str,
    /// Argon2id hash.
    pub password_hash: &'a str,
    /// learner, author, coordinator or admin.
    pub role: &'a str,
    /// The body the person belongs to.
    pub organization: Option<&'a str>,
}

/// Makes an account, or gives the one with this sign-in name these data.
///
/// # Errors
/// When the database fails.
pub async fn put(conn: &mut Connection, new: &NewAccount<'_>) -> QueryResult<Uuid> {
    let values = (
        accounts::name.eq(new.name),
        accounts::password_hash.eq(new.password_hash),
        accounts::role.eq(new.role),
        accounts::organization.eq(new.organization),
    );
    if let Some(account) = by_email(conn, new.email).await? {
        diesel::update(accounts::table.find(account.id))
            .set(values)
            .execute(conn)
            .await?;
        return Ok(account.id);
    }
    let id = Uuid::now_v7();
    diesel::insert_into(accounts::table)
        .values((accounts::id.eq(id), accounts::email.eq(new.email), values))
        .execute(conn)
        .await?;
    Ok(id)
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
