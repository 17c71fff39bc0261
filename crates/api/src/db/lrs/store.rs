//! Statements in: all of a request by one insertion, with what each is found by.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{super::Connection, NewStatement, activities, known, schema::lrs_statements};
use crate::xapi;

/// Statements may refer to statements that refer: this far.
const DEPTH: usize = 32;

/// What storing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    /// All are there.
    All,
    /// This id is that of another statement: nothing was stored.
    Conflict(Uuid),
    /// A statement would void a voiding statement: nothing was stored.
    VoidsAVoid(Uuid),
}

#[derive(Insertable)]
#[diesel(table_name = lrs_statements)]
struct Row<'a> {
    id: Uuid,
    seq: i64,
    stored: chrono::DateTime<chrono::Utc>,
    registration: Option<Uuid>,
    voids: Option<Uuid>,
    statement: &'a str,
    refers: Option<Uuid>,
    verb_key: i64,
    actor_key: Option<i64>,
    activity_key: Option<i64>,
    authority_key: i64,
}

/// Stores statements in this order. Those that are there already, the same, stay as they are. The
/// caller's transaction undoes what was stored before a conflict was found.
///
/// # Errors
/// When the database fails.
pub(crate) async fn store(
    conn: &mut Connection,
    statements: &[NewStatement],
) -> QueryResult<Stored> {
    pass_the_gate(conn, statements).await?;
    let targets: Vec<Uuid> = statements.iter().filter_map(|new| new.voids).collect();
    if let Some(id) = voiding_among(conn, &targets, statements).await? {
        return Ok(Stored::VoidsAVoid(id));
    }
    let mut rows: Vec<Row<'_>> = statements.iter().map(Row::from).collect();
    // In one order, so that two that store the same ids wait for each other and do not lock up.
    rows.sort_unstable_by_key(|row| row.id);
    let inserted: Vec<(Uuid, i64)> = diesel::insert_into(lrs_statements::table)
        .values(rows)
        .on_conflict(lrs_statements::id)
        .do_nothing()
        .returning((lrs_statements::id, lrs_statements::seq))
        .get_results(conn)
        .await?;
    let inserted: HashMap<Uuid, i64> = inserted.into_iter().collect();
    if inserted.len() < statements.len() {
        let ids: Vec<Uuid> = statements.iter().map(|new| new.id).collect();
        let known = known(conn, &ids).await?;
        let is_known = |new: &NewStatement| {
            let sent = serde_json::from_str(&new.statement).unwrap_or_default();
            let known = known.get(&new.id);
            known.is_some_and(|known| xapi::same(known, &sent))
        };
        let other = statements.iter().find(|new| !is_known(new));
        if let Some(other) = other {
            return Ok(Stored::Conflict(other.id));
        }
    }
    super::forward::put(conn, inserted.values().copied().collect()).await?;
    super::attachments::name(conn, statements).await?;
    let references = statements
        .iter()
        .filter_map(|new| Some((inserted.get(&new.id)?, new)));
    let references: Vec<(i64, i64)> = references
        .flat_map(|(seq, new)| new.found.further.iter().map(|key| (*key, *seq)))
        .collect();
    refer(conn, &references).await?;
    let definitions = statements.iter().flat_map(|new| &new.found.definitions);
    activities::define(conn, definitions).await?;
    inherit(conn, statements, &inserted).await?;
    Ok(Stored::All)
}

/// A reference and what it refers to may come at the same time, each not yet seen by the other: so one
/// that refers is stored while nobody else stores. The lock lasts as long as the transaction.
async fn pass_the_gate(conn: &mut Connection, statements: &[NewStatement]) -> QueryResult<()> {
    let mode = if statements.iter().any(|new| new.refers.is_some()) {
        "EXCLUSIVE"
    } else {
        "ROW SHARE"
    };
    let lock = format!("LOCK TABLE lrs_gate IN {mode} MODE");
    diesel::sql_query(lock).execute(conn).await?;
    Ok(())
}

impl<'a> From<&'a NewStatement> for Row<'a> {
    fn from(new: &'a NewStatement) -> Self {
        Self {
            id: new.id,
            seq: new.place,
            stored: new.stored,
            registration: new.found.registration,
            voids: new.voids,
            statement: &new.statement,
            refers: new.refers,
            verb_key: new.found.verb,
            actor_key: new.found.actor,
            activity_key: new.found.activity,
            authority_key: new.authority,
        }
    }
}

/// The first of the targets that is itself a voiding statement, stored or among these.
async fn voiding_among(
    conn: &mut Connection,
    targets: &[Uuid],
    statements: &[NewStatement],
) -> QueryResult<Option<Uuid>> {
    if targets.is_empty() {
        return Ok(None);
    }
    let here = statements
        .iter()
        .find(|new| new.voids.is_some() && targets.contains(&new.id));
    if let Some(here) = here {
        return Ok(Some(here.id));
    }
    lrs_statements::table
        .filter(lrs_statements::id.eq_any(targets))
        .filter(lrs_statements::voids.is_not_null())
        .select(lrs_statements::id)
        .first(conn)
        .await
        .optional()
}

async fn refer(conn: &mut Connection, references: &[(i64, i64)]) -> QueryResult<()> {
    if references.is_empty() {
        return Ok(());
    }
    let (keys, places): (Vec<i64>, Vec<i64>) = references.iter().copied().unzip();
    diesel::sql_query(
        "INSERT INTO lrs_references (key, seq) SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind::<diesel::sql_types::Array<diesel::sql_types::BigInt>, _>(keys)
    .bind::<diesel::sql_types::Array<diesel::sql_types::BigInt>, _>(places)
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(Debug, Clone, Queryable)]
struct Referring {
    id: Uuid,
    seq: i64,
    refers: Option<Uuid>,
    voids: Option<Uuid>,
}

/// A statement that refers to another is found by all that the other is found by; one that voids it hides
/// it. Either may come first.
async fn inherit(
    conn: &mut Connection,
    statements: &[NewStatement],
    inserted: &HashMap<Uuid, i64>,
) -> QueryResult<()> {
    let ids: Vec<Uuid> = inserted.keys().copied().collect();
    let targets: BTreeSet<Uuid> = statements.iter().filter_map(|new| new.refers).collect();
    let mut later = referring(conn, &ids).await?;
    if later.is_empty() && targets.is_empty() {
        return Ok(());
    }
    mark_voided(conn, statements, &later).await?;
    // Those that refer to what is new, those that refer to them, and so on.
    let mut all = later.clone();
    for _ in 0..DEPTH {
        let ids: Vec<Uuid> = later.iter().map(|one| one.id).collect();
        later = referring(conn, &ids).await?;
        later.retain(|one| all.iter().all(|other| other.id != one.id));
        if later.is_empty() {
            break;
        }
        all.extend(later.clone());
    }
    let own = statements.iter().filter(|new| new.refers.is_some());
    let mut places: Vec<(i64, Uuid)> = own
        .filter_map(|new| Some((*inserted.get(&new.id)?, new.refers?)))
        .collect();
    places.extend(all.iter().filter_map(|one| Some((one.seq, one.refers?))));
    let chains = chains(conn, places.iter().map(|(_, id)| *id).collect()).await?;
    let mut references = Vec::new();
    for (seq, target) in places {
        let mut next = Some(target);
        let mut seen = BTreeSet::new();
        while let Some((id, (keys, refers))) = next.and_then(|id| Some((id, chains.get(&id)?))) {
            if !seen.insert(id) {
                break;
            }
            references.extend(keys.iter().map(|key| (*key, seq)));
            next = *refers;
        }
    }
    refer(conn, &references).await
}

/// What statements are found by, and what they refer to.
type Chains = HashMap<Uuid, (Vec<i64>, Option<Uuid>)>;

/// These statements, those they refer to, and so on.
async fn chains(conn: &mut Connection, mut wanted: Vec<Uuid>) -> QueryResult<Chains> {
    let mut chains = Chains::new();
    for _ in 0..DEPTH {
        let found: Vec<(Uuid, Option<Uuid>, String)> = lrs_statements::table
            .filter(lrs_statements::id.eq_any(&wanted))
            .select((
                lrs_statements::id,
                lrs_statements::refers,
                lrs_statements::statement,
            ))
            .load(conn)
            .await?;
        wanted = found.iter().filter_map(|(_, refers, _)| *refers).collect();
        for (id, refers, statement) in found {
            let statement = serde_json::from_str(&statement).unwrap_or_default();
            chains.insert(id, (xapi::Found::inherited(&statement), refers));
        }
        wanted.retain(|id| !chains.contains_key(id));
        if wanted.is_empty() {
            break;
        }
    }
    Ok(chains)
}

async fn referring(conn: &mut Connection, ids: &[Uuid]) -> QueryResult<Vec<Referring>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    lrs_statements::table
        .filter(lrs_statements::refers.eq_any(ids))
        .select((
            lrs_statements::id,
            lrs_statements::seq,
            lrs_statements::refers,
            lrs_statements::voids,
        ))
        .load(conn)
        .await
}

/// Voids what is voided now: by these statements, or these by earlier ones.
async fn mark_voided(
    conn: &mut Connection,
    statements: &[NewStatement],
    earlier: &[Referring],
) -> QueryResult<()> {
    let mut voided: Vec<Uuid> = statements.iter().filter_map(|new| new.voids).collect();
    voided.extend(earlier.iter().filter_map(|one| one.voids));
    if voided.is_empty() {
        return Ok(());
    }
    diesel::update(
        lrs_statements::table
            .filter(lrs_statements::id.eq_any(voided))
            .filter(lrs_statements::voids.is_null()),
    )
    .set(lrs_statements::voided.eq(true))
    .execute(conn)
    .await?;
    Ok(())
}
