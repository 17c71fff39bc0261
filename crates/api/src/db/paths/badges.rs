//! Badges and the keys that sign them, as stored.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{
        BigInt, Binary, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
    },
};
use diesel_async::{AsyncConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    badges::{NewKey, PublicKey, SigningKey, Slot},
    db::{Connection, gdpr::ERASED},
};

/// An attestato with what its badge needs to know.
#[derive(Debug, QueryableByName)]
pub(crate) struct Awarded {
    /// Code of the attestato.
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
    /// The course.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) course_id: Uuid,
    /// The key that its makers know it by.
    #[diesel(sql_type = Text)]
    pub(crate) course_code: String,
    /// What it is about.
    #[diesel(sql_type = Text)]
    pub(crate) description: String,
    /// The learner's name.
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// Their e-mail.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) email: Option<String>,
    /// Their person was erased.
    #[diesel(sql_type = Bool)]
    pub(crate) is_erased: bool,
    /// The badge, once it was signed.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) jws: Option<String>,
}

/// The attestato with this code.
///
/// # Errors
/// When the database fails.
pub(crate) async fn awarded(conn: &mut Connection, code: &str) -> QueryResult<Option<Awarded>> {
    diesel::sql_query(
        "SELECT k.code, k.said, k.issued_at, k.revoked_at, c.id AS course_id, c.code AS course_code, c.description, \
         l.name, l.email, l.home_page = $2 AS is_erased, b.jws \
         FROM certificates k JOIN course_enrolments e ON e.id = k.enrolment_id JOIN courses c ON c.id = e.course_id \
         JOIN learners l ON l.id = e.learner_id LEFT JOIN badges b ON b.certificate_code = k.code WHERE k.code = $1",
    )
    .bind::<Text, _>(code)
    .bind::<Text, _>(ERASED)
    .get_result(conn)
    .await
    .optional()
}

/// Something that a course asks for.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Part {
    /// Title.
    #[diesel(sql_type = Text)]
    pub(crate) title: String,
    /// Nominal minutes; none where they do not count.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) minutes: Option<i32>,
}

/// What a course asks for, in order; called-off events left out.
///
/// # Errors
/// When the database fails.
pub(crate) async fn parts(conn: &mut Connection, course_id: Uuid) -> QueryResult<Vec<Part>> {
    diesel::sql_query(
        "SELECT COALESCE(v.title, ev.title) AS title, NULLIF(i.credit_minutes, 0) AS minutes FROM course_items i \
         LEFT JOIN packages p ON p.id = i.package_id \
         LEFT JOIN package_versions v ON v.package_id = p.id AND v.version = p.current_version \
         LEFT JOIN events ev ON ev.id = i.event_id \
         WHERE i.course_id = $1 AND i.required AND ev.cancelled_at IS NULL ORDER BY i.position",
    )
    .bind::<SqlUuid, _>(course_id)
    .load(conn)
    .await
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many badges there are.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count(conn: &mut Connection) -> QueryResult<i64> {
    let count: Count = diesel::sql_query("SELECT count(*) FROM badges")
        .get_result(conn)
        .await?;
    Ok(count.count)
}

/// Whether a place in a status list is some badge's.
///
/// # Errors
/// When the database fails.
pub(crate) async fn is_taken(conn: &mut Connection, slot: Slot) -> QueryResult<bool> {
    let found: Count = diesel::sql_query(
        "SELECT count(*) FROM badges WHERE status_list = $1 AND status_index = $2",
    )
    .bind::<Integer, _>(slot.list)
    .bind::<Integer, _>(slot.index)
    .get_result(conn)
    .await?;
    Ok(found.count > 0)
}

/// Whether a status list has any badge.
///
/// # Errors
/// When the database fails.
pub(crate) async fn has_list(conn: &mut Connection, list: i32) -> QueryResult<bool> {
    let found: Count = diesel::sql_query(
        "SELECT count(*) FROM (SELECT FROM badges WHERE status_list = $1 LIMIT 1) b",
    )
    .bind::<Integer, _>(list)
    .get_result(conn)
    .await?;
    Ok(found.count > 0)
}

/// Keeps a badge, unless there is one or its place is taken.
///
/// # Errors
/// When the database fails.
pub(crate) async fn keep(
    conn: &mut Connection,
    code: &str,
    jws: &str,
    slot: Slot,
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO badges (certificate_code, jws, status_list, status_index) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind::<Text, _>(code)
    .bind::<Text, _>(jws)
    .bind::<Integer, _>(slot.list)
    .bind::<Integer, _>(slot.index)
    .execute(conn)
    .await
    .map(drop)
}

/// The badge of an attestato, once it was signed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn signed(conn: &mut Connection, code: &str) -> QueryResult<Option<String>> {
    #[derive(QueryableByName)]
    struct Signed {
        #[diesel(sql_type = Nullable<Text>)]
        jws: Option<String>,
    }
    let found: Option<Signed> =
        diesel::sql_query("SELECT jws FROM badges WHERE certificate_code = $1")
            .bind::<Text, _>(code)
            .get_result(conn)
            .await
            .optional()?;
    Ok(found.and_then(|found| found.jws))
}

/// The bits of a status list whose badges were taken back.
///
/// # Errors
/// When the database fails.
pub(crate) async fn revoked(conn: &mut Connection, list: i32) -> QueryResult<Vec<i32>> {
    #[derive(QueryableByName)]
    struct Bit {
        #[diesel(sql_type = Integer)]
        status_index: i32,
    }
    let bits: Vec<Bit> = diesel::sql_query(
        "SELECT b.status_index FROM badges b JOIN certificates k ON k.code = b.certificate_code \
         WHERE b.status_list = $1 AND k.revoked_at IS NOT NULL",
    )
    .bind::<Integer, _>(list)
    .load(conn)
    .await?;
    Ok(bits.into_iter().map(|bit| bit.status_index).collect())
}

#[derive(QueryableByName)]
struct StoredKey {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Binary)]
    private_key: Vec<u8>,
    #[diesel(sql_type = Text)]
    modulus: String,
    #[diesel(sql_type = Text)]
    exponent: String,
}

impl StoredKey {
    fn public(&self) -> PublicKey {
        PublicKey {
            id: self.id,
            modulus: self.modulus.clone(),
            exponent: self.exponent.clone(),
        }
    }
}

/// The key that signs.
///
/// # Errors
/// When the database fails.
pub(crate) async fn signing_key(conn: &mut Connection) -> QueryResult<Option<SigningKey>> {
    let key: Option<StoredKey> =
        diesel::sql_query("SELECT * FROM badge_keys WHERE retired_at IS NULL")
            .get_result(conn)
            .await
            .optional()?;
    Ok(key.map(|key| SigningKey {
        public: key.public(),
        private: key.private_key,
    }))
}

/// The public part of every key there ever was, the newest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn public_keys(conn: &mut Connection) -> QueryResult<Vec<PublicKey>> {
    let keys: Vec<StoredKey> = diesel::sql_query(
        "SELECT id, ''::bytea AS private_key, modulus, exponent FROM badge_keys ORDER BY id DESC",
    )
    .load(conn)
    .await?;
    Ok(keys.iter().map(StoredKey::public).collect())
}

/// Puts the first key there, unless there is one that signs.
///
/// # Errors
/// When the database fails.
pub(crate) async fn first_key(conn: &mut Connection, key: &NewKey) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO badge_keys (id, private_key, modulus, exponent) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind::<SqlUuid, _>(key.id)
    .bind::<Binary, _>(&key.private)
    .bind::<Text, _>(&key.modulus)
    .bind::<Text, _>(&key.exponent)
    .execute(conn)
    .await
    .map(drop)
}

/// Retires the key that signs and puts another in its place; what the old one signed stays good.
///
/// # Errors
/// When the database fails.
pub(crate) async fn rotate(conn: &mut Connection, key: &NewKey) -> QueryResult<()> {
    conn.transaction(async |conn| {
        diesel::sql_query("UPDATE badge_keys SET retired_at = now() WHERE retired_at IS NULL")
            .execute(conn)
            .await?;
        first_key(conn, key).await
    })
    .await
}
