//! Webhooks and the outbox: what happened, to whom it is told, and how that goes.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{
        Array, BigInt, Binary, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
    },
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::Connection;
use crate::webhooks::Answer;

/// A webhook as stored, without its keys.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Webhook {
    /// Public id.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Where events are posted to.
    #[diesel(sql_type = Text)]
    pub(crate) url: String,
    /// What it is for.
    #[diesel(sql_type = Text)]
    pub(crate) description: String,
    /// Types it wants.
    #[diesel(sql_type = Array<Text>)]
    pub(crate) events: Vec<String>,
    /// Until when the key before the last rotation signs too.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) previous_until: Option<DateTime<Utc>>,
    /// When it was made.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) created_at: DateTime<Utc>,
    /// When it was stopped.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) disabled_at: Option<DateTime<Utc>>,
    /// Why: `asked`, `gone` or `tries`.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) disabled_reason: Option<String>,
    /// Deliveries under way.
    #[diesel(sql_type = BigInt)]
    pub(crate) pending: i64,
    /// Deliveries that are not tried any more.
    #[diesel(sql_type = BigInt)]
    pub(crate) failed: i64,
    /// When something last arrived.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) delivered_at: Option<DateTime<Utc>>,
}

/// What a webhook is made of.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    /// Where events are posted to.
    pub(crate) url: &'a str,
    /// What it is for.
    pub(crate) description: &'a str,
    /// Types it wants.
    pub(crate) events: &'a [String],
}

/// A delivery as stored, with its event.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Delivery {
    /// Public id.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// What.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) event_id: Uuid,
    /// Of what type.
    #[diesel(sql_type = Text)]
    pub(crate) event_type: String,
    /// When it happened.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) occurred_at: DateTime<Utc>,
    /// What is told.
    #[diesel(sql_type = Jsonb)]
    pub(crate) data: Value,
    /// `pending`, `delivered` or `failed`.
    #[diesel(sql_type = Text)]
    pub(crate) state: String,
    /// Tries so far.
    #[diesel(sql_type = Integer)]
    pub(crate) tries: i32,
    /// Not before.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) next_at: DateTime<Utc>,
    /// When the last try began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) tried_at: Option<DateTime<Utc>>,
    /// HTTP status of the last answer.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) status: Option<i32>,
    /// Why there was none.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) error: Option<String>,
    /// The beginning of the last answer's body.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) response: Option<String>,
    /// How long the last try took.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) duration_ms: Option<i32>,
}

/// A delivery whose next try has begun.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Claimed {
    /// The delivery.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// To whom.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) webhook_id: Uuid,
    /// Tries, this one included.
    #[diesel(sql_type = Integer)]
    pub(crate) tries: i32,
    /// When it was put into the outbox.
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    /// Where it is posted to.
    #[diesel(sql_type = Text)]
    pub(crate) url: String,
    #[diesel(sql_type = Binary)]
    secret: Vec<u8>,
    #[diesel(sql_type = Nullable<Binary>)]
    previous_secret: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    previous_until: Option<DateTime<Utc>>,
    /// What.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) event_id: Uuid,
    /// Of what type.
    #[diesel(sql_type = Text)]
    pub(crate) event_type: String,
    /// When it happened.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) occurred_at: DateTime<Utc>,
    /// What is told.
    #[diesel(sql_type = Jsonb)]
    pub(crate) data: Value,
}

impl Claimed {
    /// The keys that sign, the newest first.
    pub(crate) fn keys(&self, now: DateTime<Utc>) -> Vec<&[u8]> {
        let previous = self.previous_secret.as_deref();
        let previous = previous.filter(|_| self.previous_until.is_some_and(|until| until > now));
        std::iter::once(self.secret.as_slice())
            .chain(previous)
            .collect()
    }
}

/// How a delivery goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcome {
    /// It has arrived.
    Delivered,
    /// It is tried again, not before this.
    Again(DateTime<Utc>),
    /// It is not tried any more.
    Failed,
}

const WEBHOOKS: &str = "SELECT w.id, w.url, w.description, w.events, w.previous_until, w.created_at, \
    w.disabled_at, w.disabled_reason, count(d.id) FILTER (WHERE d.state = 'pending') AS pending, \
    count(d.id) FILTER (WHERE d.state = 'failed') AS failed, \
    max(d.tried_at) FILTER (WHERE d.state = 'delivered') AS delivered_at \
    FROM webhooks w LEFT JOIN webhook_deliveries d ON d.webhook_id = w.id ";

/// Every webhook, the newest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn all(conn: &mut Connection) -> QueryResult<Vec<Webhook>> {
    diesel::sql_query(format!("{WEBHOOKS} GROUP BY w.id ORDER BY w.id DESC"))
        .load(conn)
        .await
}

/// A webhook.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Webhook>> {
    diesel::sql_query(format!("{WEBHOOKS} WHERE w.id = $1 GROUP BY w.id"))
        .bind::<SqlUuid, _>(id)
        .get_result(conn)
        .await
        .optional()
}

/// Makes a webhook.
///
/// # Errors
/// When the database fails.
pub(crate) async fn insert(
    conn: &mut Connection,
    id: Uuid,
    wanted: &Wanted<'_>,
    secret: &[u8],
    by: &str,
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO webhooks (id, url, description, events, secret, created_by) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(wanted.url)
    .bind::<Text, _>(wanted.description)
    .bind::<Array<Text>, _>(wanted.events)
    .bind::<Binary, _>(secret)
    .bind::<Text, _>(by)
    .execute(conn)
    .await
    .map(drop)
}

/// Changes a webhook; answers whether there is one. One that is enabled again sends what waited for it
/// at once.
///
/// # Errors
/// When the database fails.
pub(crate) async fn update(
    conn: &mut Connection,
    id: Uuid,
    wanted: &Wanted<'_>,
    enabled: bool,
) -> QueryResult<bool> {
    let changed = diesel::sql_query(
        "UPDATE webhooks SET url = $2, description = $3, events = $4, \
         disabled_at = CASE WHEN $5 THEN NULL ELSE COALESCE(disabled_at, now()) END, \
         disabled_reason = CASE WHEN $5 THEN NULL ELSE COALESCE(disabled_reason, 'asked') END WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(wanted.url)
    .bind::<Text, _>(wanted.description)
    .bind::<Array<Text>, _>(wanted.events)
    .bind::<diesel::sql_types::Bool, _>(enabled)
    .execute(conn)
    .await?;
    if enabled {
        diesel::sql_query(
            "UPDATE webhook_deliveries SET next_at = now() \
             WHERE webhook_id = $1 AND state = 'pending' AND next_at > now()",
        )
        .bind::<SqlUuid, _>(id)
        .execute(conn)
        .await?;
    }
    Ok(changed > 0)
}

/// Gives a webhook a new key; the one before signs too until then. Answers whether there is one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn rotate(
    conn: &mut Connection,
    id: Uuid,
    secret: &[u8],
    previous_until: DateTime<Utc>,
) -> QueryResult<bool> {
    diesel::sql_query(
        "UPDATE webhooks SET previous_secret = secret, previous_until = $3, secret = $2 WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Binary, _>(secret)
    .bind::<Timestamptz, _>(previous_until)
    .execute(conn)
    .await
    .map(|count| count > 0)
}

/// Removes a webhook and what waits for it; answers whether there was one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn delete(conn: &mut Connection, id: Uuid) -> QueryResult<bool> {
    diesel::sql_query("DELETE FROM webhooks WHERE id = $1")
        .bind::<SqlUuid, _>(id)
        .execute(conn)
        .await
        .map(|count| count > 0)
}

/// Puts an event into the outbox of one webhook, whether it wants such or not; answers the delivery.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put_for(
    conn: &mut Connection,
    webhook_id: Uuid,
    event_type: &str,
    data: &Value,
) -> QueryResult<Uuid> {
    let id = Uuid::now_v7();
    diesel::sql_query(
        "WITH event AS (INSERT INTO outbox_events (type, data) VALUES ($3, $4) RETURNING id) \
         INSERT INTO webhook_deliveries (id, webhook_id, event_id) SELECT $1, $2, id FROM event",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(webhook_id)
    .bind::<Text, _>(event_type)
    .bind::<Jsonb, _>(data)
    .execute(conn)
    .await?;
    Ok(id)
}

const DELIVERIES: &str = "SELECT d.id, d.event_id, e.type AS event_type, e.occurred_at, e.data, d.state, \
    d.tries, d.next_at, d.tried_at, d.status, d.error, d.response, d.duration_ms \
    FROM webhook_deliveries d JOIN outbox_events e ON e.id = d.event_id WHERE d.webhook_id = $1 ";

/// Deliveries of a webhook, the latest first; `after` is the last of the page before.
///
/// # Errors
/// When the database fails.
pub(crate) async fn deliveries(
    conn: &mut Connection,
    webhook_id: Uuid,
    state: Option<&str>,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Delivery>> {
    diesel::sql_query(format!(
        "{DELIVERIES} AND ($2 IS NULL OR d.state = $2) AND ($3 IS NULL OR (d.created_at, d.id) < \
         (SELECT p.created_at, p.id FROM webhook_deliveries p WHERE p.id = $3)) \
         ORDER BY d.created_at DESC, d.id DESC LIMIT $4"
    ))
    .bind::<SqlUuid, _>(webhook_id)
    .bind::<Nullable<Text>, _>(state)
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// A delivery of a webhook.
///
/// # Errors
/// When the database fails.
pub(crate) async fn delivery(
    conn: &mut Connection,
    webhook_id: Uuid,
    id: Uuid,
) -> QueryResult<Option<Delivery>> {
    diesel::sql_query(format!("{DELIVERIES} AND d.id = $2"))
        .bind::<SqlUuid, _>(webhook_id)
        .bind::<SqlUuid, _>(id)
        .get_result(conn)
        .await
        .optional()
}

/// Puts a delivery back to its beginning, due now; answers whether there is one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn replay(conn: &mut Connection, webhook_id: Uuid, id: Uuid) -> QueryResult<bool> {
    diesel::sql_query(
        "UPDATE webhook_deliveries SET state = 'pending', tries = 0, next_at = now(), created_at = now() \
         WHERE webhook_id = $1 AND id = $2",
    )
    .bind::<SqlUuid, _>(webhook_id)
    .bind::<SqlUuid, _>(id)
    .execute(conn)
    .await
    .map(|count| count > 0)
}

/// Puts what happened in a span of time, and is of a type that a webhook wants, into its outbox again:
/// what failed only, or all. Answers how many deliveries that is.
///
/// # Errors
/// When the database fails.
pub(crate) async fn replay_span(
    conn: &mut Connection,
    webhook_id: Uuid,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    only_failed: bool,
) -> QueryResult<usize> {
    diesel::sql_query(
        "INSERT INTO webhook_deliveries AS d (webhook_id, event_id) \
         SELECT w.id, e.id FROM webhooks w JOIN outbox_events e ON e.type = ANY (w.events) \
         WHERE w.id = $1 AND e.occurred_at >= $2 AND e.occurred_at < $3 \
         ON CONFLICT (webhook_id, event_id) DO UPDATE \
         SET state = 'pending', tries = 0, next_at = now(), created_at = now() \
         WHERE d.state = 'failed' OR (NOT $4 AND d.state = 'delivered')",
    )
    .bind::<SqlUuid, _>(webhook_id)
    .bind::<Timestamptz, _>(since)
    .bind::<Timestamptz, _>(until)
    .bind::<diesel::sql_types::Bool, _>(only_failed)
    .execute(conn)
    .await
}

const CLAIMED: &str = "SELECT claimed.id, claimed.webhook_id, claimed.tries, claimed.created_at, w.url, \
    w.secret, w.previous_secret, w.previous_until, e.id AS event_id, e.type AS event_type, e.occurred_at, \
    e.data FROM claimed JOIN webhooks w ON w.id = claimed.webhook_id \
    JOIN outbox_events e ON e.id = claimed.event_id";

/// Begins the next try of what is due at `now`: nobody else takes it before `until`. Of each webhook that
/// is not busy `of_one` at most; `room` in all.
///
/// # Errors
/// When the database fails.
pub(crate) async fn claim(
    conn: &mut Connection,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    busy: &[Uuid],
    of_one: usize,
    room: usize,
) -> QueryResult<Vec<Claimed>> {
    diesel::sql_query(format!(
        "WITH due AS MATERIALIZED (SELECT one.id FROM webhooks w CROSS JOIN LATERAL ( \
             SELECT d.id FROM webhook_deliveries d \
             WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_at <= $1 \
             ORDER BY d.next_at LIMIT $4 FOR UPDATE SKIP LOCKED) one \
             WHERE w.disabled_at IS NULL AND w.id <> ALL ($3) LIMIT $5), \
         claimed AS (UPDATE webhook_deliveries d SET tries = d.tries + 1, tried_at = $1, next_at = $2 \
             FROM due WHERE d.id = due.id RETURNING d.*) {CLAIMED}"
    ))
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(until)
    .bind::<Array<SqlUuid>, _>(busy)
    .bind::<BigInt, _>(i64::try_from(of_one).unwrap_or(i64::MAX))
    .bind::<BigInt, _>(i64::try_from(room).unwrap_or(i64::MAX))
    .load(conn)
    .await
}

/// Begins a try of one delivery, whatever its turn.
///
/// # Errors
/// When the database fails.
pub(crate) async fn claim_one(
    conn: &mut Connection,
    id: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> QueryResult<Option<Claimed>> {
    diesel::sql_query(format!(
        "WITH claimed AS (UPDATE webhook_deliveries d SET tries = d.tries + 1, tried_at = $2, next_at = $3 \
             WHERE d.id = $1 RETURNING d.*) {CLAIMED}"
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(until)
    .get_result(conn)
    .await
    .optional()
}

/// Notes what came of a try.
///
/// # Errors
/// When the database fails.
pub(crate) async fn note(
    conn: &mut Connection,
    id: Uuid,
    outcome: &Outcome,
    answer: &Answer,
) -> QueryResult<()> {
    let (state, next_at) = match outcome {
        Outcome::Delivered => ("delivered", None),
        Outcome::Again(at) => ("pending", Some(*at)),
        Outcome::Failed => ("failed", None),
    };
    diesel::sql_query(
        "UPDATE webhook_deliveries SET state = $2, next_at = COALESCE($3, next_at), status = $4, \
         error = $5, response = $6, duration_ms = $7 WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(state)
    .bind::<Nullable<Timestamptz>, _>(next_at)
    .bind::<Nullable<Integer>, _>(answer.status.map(i32::from))
    .bind::<Nullable<Text>, _>(answer.error.as_deref())
    .bind::<Nullable<Text>, _>(answer.response.as_deref())
    .bind::<Integer, _>(answer.duration_ms)
    .execute(conn)
    .await
    .map(drop)
}

/// Disables a webhook after a delivery that is not tried any more, unless something else has arrived
/// since that one was put into the outbox: then it is the event, not the receiver. Answers whether it did.
///
/// # Errors
/// When the database fails.
pub(crate) async fn give_up(
    conn: &mut Connection,
    claimed: &Claimed,
    reason: &str,
) -> QueryResult<bool> {
    diesel::sql_query(
        "UPDATE webhooks SET disabled_at = now(), disabled_reason = $3 \
         WHERE id = $1 AND disabled_at IS NULL AND ($3 = 'gone' OR NOT EXISTS ( \
             SELECT FROM webhook_deliveries d WHERE d.webhook_id = $1 AND d.state = 'delivered' \
             AND d.tried_at > $2))",
    )
    .bind::<SqlUuid, _>(claimed.webhook_id)
    .bind::<Timestamptz, _>(claimed.created_at)
    .bind::<Text, _>(reason)
    .execute(conn)
    .await
    .map(|count| count > 0)
}

/// Removes events from before this moment, with their deliveries; answers how many.
///
/// # Errors
/// When the database fails.
pub(crate) async fn sweep(conn: &mut Connection, before: DateTime<Utc>) -> QueryResult<usize> {
    diesel::sql_query("DELETE FROM outbox_events WHERE occurred_at < $1")
        .bind::<Timestamptz, _>(before)
        .execute(conn)
        .await
}
