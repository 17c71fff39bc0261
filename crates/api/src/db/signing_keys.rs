//! Signing keys.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods, QueryDsl, QueryResult, Queryable};
use diesel_async::{AsyncConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Connection, schema::signing_keys};

/// A key as stored.
#[derive(Debug, Clone, Queryable)]
pub struct SigningKey {
    /// The `kid`.
    pub id: Uuid,
    /// 32 bytes.
    pub secret: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stopped signing.
    pub retired_at: Option<DateTime<Utc>>,
}

/// Keys that still sign or verify, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn all(conn: &mut Connection) -> QueryResult<Vec<SigningKey>> {
    signing_keys::table
        .order(signing_keys::id.desc())
        .load(conn)
        .await
}

/// Retires the keys that sign and puts a new one in their place.
///
/// # Errors
/// When the database fails.
pub async fn rotate(conn: &mut Connection, secret: &[u8]) -> QueryResult<()> {
    let now = Utc::now();
    conn.transaction(async |conn| {
        diesel::update(signing_keys::table.filter(signing_keys::retired_at.is_null()))
            .set(signing_keys::retired_at.eq(now))
            .execute(conn)
            .await?;
        diesel::insert_into(signing_keys::table)
            .values((
                signing_keys::id.eq(Uuid::now_v7()),
                signing_keys::secret.eq(secret),
            ))
            .execute(conn)
            .await?;
        Ok(())
    })
    .await
}

/// Removes keys retired longer ago than `age`.
///
/// # Errors
/// When the database fails.
pub async fn forget(conn: &mut Connection, age: TimeDelta) -> QueryResult<usize> {
    let before = Utc::now() - age;
    diesel::delete(signing_keys::table.filter(signing_keys::retired_at.lt(before)))
        .execute(conn)
        .await
}
