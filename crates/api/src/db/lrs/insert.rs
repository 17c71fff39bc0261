//! Statements that refer to none and that none refers to, which is nearly all: by one statement of the
//! database, committed by itself.

use chrono::{DateTime, Utc};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{super::Connection, NewStatement};

/// Stores new statements with what they are found by; `false` when an earlier statement refers to one of
/// them: nothing was stored then, and `db::lrs::store` knows what to do.
///
/// # Errors
/// A unique violation when one of the ids is known already; nothing was stored then. When the database
/// fails.
pub(crate) async fn insert_new(
    conn: &mut Connection,
    statements: &[&NewStatement],
) -> QueryResult<bool> {
    let inserted: i64 = Insertion::new(statements).get_result(conn).await?;
    Ok(inserted > 0)
}

/// A type of its own, so that it is prepared once for each connection; the statements go in as arrays.
#[derive(Default)]
struct Insertion<'a> {
    ids: Vec<Uuid>,
    places: Vec<i64>,
    stored: Vec<DateTime<Utc>>,
    registrations: Vec<Option<Uuid>>,
    verbs: Vec<i64>,
    actors: Vec<Option<i64>>,
    activities: Vec<Option<i64>>,
    authorities: Vec<i64>,
    statements: Vec<&'a str>,
    keys: Vec<i64>,
    key_places: Vec<i64>,
}

impl<'a> Insertion<'a> {
    fn new(statements: &[&'a NewStatement]) -> Self {
        let mut all = Self::default();
        let mut references = Vec::new();
        for new in statements {
            all.ids.push(new.id);
            all.places.push(new.place);
            all.stored.push(new.stored);
            all.registrations.push(new.found.registration);
            all.verbs.push(new.found.verb);
            all.actors.push(new.found.actor);
            all.activities.push(new.found.activity);
            all.authorities.push(new.authority);
            all.statements.push(&new.statement);
            references.extend(new.found.further.iter().map(|key| (*key, new.place)));
        }
        // Sorted, so that neighbours in the index are written together.
        references.sort_unstable();
        (all.keys, all.key_places) = references.into_iter().unzip();
        all
    }
}

impl QueryId for Insertion<'_> {
    type QueryId = Insertion<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Insertion<'_> {
    type SqlType = BigInt;
}

/// The lock on the gate is taken before the database looks at what is stored.
const REFERRED: &str = "WITH gate AS (SELECT FROM lrs_gate FOR KEY SHARE), \
    referred AS MATERIALIZED (SELECT 1 FROM lrs_statements WHERE refers = ANY(";

const STATEMENTS: &str = ") LIMIT 1), \
    added AS (INSERT INTO lrs_statements (id, seq, stored, registration, verb_key, actor_key, activity_key, authority_key, statement) \
    SELECT * FROM unnest(";

const REFERENCES: &str = ") WHERE NOT EXISTS (SELECT 1 FROM referred) RETURNING 1), \
    found_by AS (INSERT INTO lrs_references (key, seq) SELECT * FROM unnest(";

/// Of a statement and its place in the outbox of other stores both are there or neither.
const QUEUED: &str = ") WHERE NOT EXISTS (SELECT 1 FROM referred)), \
    queued AS (INSERT INTO lrs_forward_queue (forward_id, seq) \
    SELECT f.id, place FROM lrs_forwards f, unnest(";

const ADDED: &str = ") place WHERE NOT EXISTS (SELECT 1 FROM referred)) SELECT count(*) FROM added";

impl QueryFragment<Pg> for Insertion<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(REFERRED);
        out.push_bind_param::<Array<SqlUuid>, _>(&self.ids)?;
        out.push_sql(STATEMENTS);
        out.push_bind_param::<Array<SqlUuid>, _>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.places)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.stored)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.registrations)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.verbs)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.actors)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.activities)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.authorities)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.statements)?;
        out.push_sql(REFERENCES);
        out.push_bind_param::<Array<BigInt>, _>(&self.keys)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.key_places)?;
        out.push_sql(QUEUED);
        out.push_bind_param::<Array<BigInt>, _>(&self.places)?;
        out.push_sql(ADDED);
        Ok(())
    }
}
