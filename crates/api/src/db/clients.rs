//! API clients.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, Queryable};
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
