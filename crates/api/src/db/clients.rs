//! API clients.

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, Queryable,
    sql_types::{Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use super::{Connection, schema::api_clients};

/// A client as stored.
#[derive(Debug, Clone, Queryable)]
pub struct ApiClient {
    /// The `client_id`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Argon2id hash of the secret.
    pub secret_hash: String,
    /// Scopes a token may carry.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Argon2id hash of the secret before the last rotation.
    pub previous_secret_hash: Option<String>,
    /// Until when that one is good.
    pub previous_until: Option<DateTime<Utc>>,
}

impl ApiClient {
    /// Hash of the secret before the last rotation, while it is good.
    pub fn previous_hash(&self) -> Option<&str> {
        let good = self.previous_until.is_some_and(|until| until > Utc::now());
        self.previous_secret_hash.as_deref().filter(|_| good)
    }
}

/// The client with this id, revoked or not.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Connection, id: &str) -> QueryResult<Option<ApiClient>> {
    api_clients::table.find(id).first(conn).await.optional()
}

/// All clients, by id.
///
/// # Errors
/// When the database fails.
pub async fn all(conn: &mut Connection) -> QueryResult<Vec<ApiClient>> {
    api_clients::table
        .order(api_clients::id.asc())
        .load(conn)
        .await
}

/// Makes a client, or gives one that exists this secret and these scopes, and takes it back into use.
///
/// # Errors
/// When the database fails.
pub async fn put(
    conn: &mut Connection,
    id: &str,
    name: &str,
    secret_hash: &str,
    scopes: &[String],
) -> QueryResult<()> {
    let values = (
        api_clients::name.eq(name),
        api_clients::secret_hash.eq(secret_hash),
        api_clients::scopes.eq(scopes),
        api_clients::revoked_at.eq(None::<DateTime<Utc>>),
        api_clients::previous_secret_hash.eq(None::<&str>),
        api_clients::previous_until.eq(None::<DateTime<Utc>>),
    );
    diesel::insert_into(api_clients::table)
        .values((api_clients::id.eq(id), values))
        .on_conflict(api_clients::id)
        .do_update()
        .set(values)
        .execute(conn)
        .await
        .map(drop)
}

/// Gives a client a new secret and takes it back into use; the one before is good until then. Answers
/// whether there is one. A revoked client's old secret stays bad.
///
/// # Errors
/// When the database fails.
pub async fn rotate(
    conn: &mut Connection,
    id: &str,
    secret_hash: &str,
    previous_until: DateTime<Utc>,
) -> QueryResult<bool> {
    diesel::sql_query(
        "UPDATE api_clients SET previous_secret_hash = CASE WHEN revoked_at IS NULL THEN secret_hash END, \
         previous_until = CASE WHEN revoked_at IS NULL THEN $3 END, secret_hash = $2, revoked_at = NULL \
         WHERE id = $1",
    )
    .bind::<Text, _>(id)
    .bind::<Text, _>(secret_hash)
    .bind::<Timestamptz, _>(previous_until)
    .execute(conn)
    .await
    .map(|count| count > 0)
}

/// Changes a client's name and scopes; answers whether there is one.
///
/// # Errors
/// When the database fails.
pub async fn change(
    conn: &mut Connection,
    id: &str,
    name: &str,
    scopes: &[String],
) -> QueryResult<bool> {
    diesel::update(api_clients::table.find(id))
        .set((api_clients::name.eq(name), api_clients::scopes.eq(scopes)))
        .execute(conn)
        .await
        .map(|count| count > 0)
}

/// Revokes a client; answers whether there was one in use.
///
/// # Errors
/// When the database fails.
pub async fn revoke(conn: &mut Connection, id: &str) -> QueryResult<bool> {
    let in_use = api_clients::table
        .find(id)
        .filter(api_clients::revoked_at.is_null());
    diesel::update(in_use)
        .set(api_clients::revoked_at.eq(Utc::now()))
        .execute(conn)
        .await
        .map(|count| count > 0)
}
