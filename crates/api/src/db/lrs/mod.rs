//! The learning record store: statements in, statements out by every filter.

pub(crate) mod documents;
pub(crate) mod schema;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{PgArrayExpressionMethods, prelude::*};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Connection;
use schema::lrs_statements;

/// A statement, ready to be stored.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = lrs_statements)]
pub(crate) struct NewStatement {
    /// Its id.
    pub(crate) id: Uuid,
    /// When it is stored.
    pub(crate) stored: DateTime<Utc>,
    /// The verb.
    pub(crate) verb: String,
    /// `context.registration`.
    pub(crate) registration: Option<Uuid>,
    /// What the filter `agent` finds.
    pub(crate) agents: Vec<String>,
    /// The same with `related_agents`.
    pub(crate) related_agents: Vec<String>,
    /// What the filter `activity` finds.
    pub(crate) activities: Vec<String>,
    /// The same with `related_activities`.
    pub(crate) related_activities: Vec<String>,
    /// What it voids.
    pub(crate) voids: Option<Uuid>,
    /// SHA-256 of what was sent.
    pub(crate) equality: Vec<u8>,
    /// As it is given out.
    pub(crate) statement: String,
}

/// What storing came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stored {
    /// All are there.
    All,
    /// This id is that of another statement: nothing was stored.
    Conflict(Uuid),
    /// A statement would void a voiding statement: nothing was stored.
    VoidsAVoid(Uuid),
}

const VOIDED: &str = "http://adlnet.gov/expapi/verbs/voided";

/// Stores statements in this order, by one insertion. Those that are there already, word for word,
/// stay as they are. The caller's transaction undoes what was stored before a conflict was found.
///
/// # Errors
/// When the database fails.
pub(crate) async fn store(
    conn: &mut Connection,
    statements: &[NewStatement],
) -> QueryResult<Stored> {
    let targets: Vec<Uuid> = statements.iter().filter_map(|new| new.voids).collect();
    if !targets.is_empty() {
        let voiding: Option<Uuid> = lrs_statements::table
            .filter(lrs_statements::id.eq_any(&targets))
            .filter(lrs_statements::verb.eq(VOIDED))
            .select(lrs_statements::id)
            .first(conn)
            .await
            .optional()?;
        if let Some(id) = voiding {
            return Ok(Stored::VoidsAVoid(id));
        }
    }
    let inserted: Vec<Uuid> = diesel::insert_into(lrs_statements::table)
        .values(statements)
        .on_conflict(lrs_statements::id)
        .do_nothing()
        .returning(lrs_statements::id)
        .get_results(conn)
        .await?;
    if inserted.len() < statements.len() {
        let ids: Vec<Uuid> = statements.iter().map(|new| new.id).collect();
        let known = known(conn, &ids).await?;
        let other = statements
            .iter()
            .find(|new| known.get(&new.id) != Some(&new.equality));
        if let Some(other) = other {
            return Ok(Stored::Conflict(other.id));
        }
    }
    mark_voided(conn, &inserted, &targets).await?;
    Ok(Stored::All)
}

/// Voids what is voided now: by these statements, or these by earlier ones.
async fn mark_voided(
    conn: &mut Connection,
    inserted: &[Uuid],
    targets: &[Uuid],
) -> QueryResult<()> {
    let earlier: Vec<Option<Uuid>> = lrs_statements::table
        .filter(lrs_statements::voids.eq_any(inserted))
        .select(lrs_statements::voids)
        .load(conn)
        .await?;
    let mut voided: Vec<Uuid> = earlier.into_iter().flatten().collect();
    voided.extend(targets);
    if voided.is_empty() {
        return Ok(());
    }
    diesel::update(
        lrs_statements::table
            .filter(lrs_statements::id.eq_any(voided))
            .filter(lrs_statements::verb.ne(VOIDED)),
    )
    .set(lrs_statements::voided.eq(true))
    .execute(conn)
    .await?;
    Ok(())
}

/// Of these ids those that are there, with the hash of what was sent.
///
/// # Errors
/// When the database fails.
pub(crate) async fn known(
    conn: &mut Connection,
    ids: &[Uuid],
) -> QueryResult<HashMap<Uuid, Vec<u8>>> {
    let found: Vec<(Uuid, Vec<u8>)> = lrs_statements::table
        .filter(lrs_statements::id.eq_any(ids))
        .select((lrs_statements::id, lrs_statements::equality))
        .load(conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// A statement by its id; with whether it is voided, and its registration.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(
    conn: &mut Connection,
    id: Uuid,
) -> QueryResult<Option<(String, bool, Option<Uuid>)>> {
    lrs_statements::table
        .find(id)
        .select((
            lrs_statements::statement,
            lrs_statements::voided,
            lrs_statements::registration,
        ))
        .first(conn)
        .await
        .optional()
}

/// Which statements.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// With this verb.
    pub(crate) verb: Option<String>,
    /// Of this registration.
    pub(crate) registration: Option<Uuid>,
    /// With this agent; the flag asks for it anywhere.
    pub(crate) agent: Option<(String, bool)>,
    /// With this activity; the flag asks for it anywhere.
    pub(crate) activity: Option<(String, bool)>,
    /// Stored after.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Stored at or before.
    pub(crate) until: Option<DateTime<Utc>>,
    /// The oldest first.
    pub(crate) ascending: bool,
    /// After this one, in the order asked for.
    pub(crate) after: Option<i64>,
}

/// A page of statements that are not voided, with their places.
///
/// # Errors
/// When the database fails.
pub(crate) async fn list(
    conn: &mut Connection,
    filter: &Filter,
    limit: i64,
) -> QueryResult<Vec<(i64, DateTime<Utc>, String)>> {
    let mut query = lrs_statements::table
        .filter(lrs_statements::voided.eq(false))
        .limit(limit)
        .select((
            lrs_statements::seq,
            lrs_statements::stored,
            lrs_statements::statement,
        ))
        .into_boxed();
    if let Some(verb) = &filter.verb {
        query = query.filter(lrs_statements::verb.eq(verb));
    }
    if let Some(registration) = filter.registration {
        query = query.filter(lrs_statements::registration.eq(registration));
    }
    match &filter.agent {
        Some((key, true)) => {
            query = query.filter(lrs_statements::related_agents.contains(vec![key]));
        }
        Some((key, false)) => query = query.filter(lrs_statements::agents.contains(vec![key])),
        None => {}
    }
    match &filter.activity {
        Some((id, true)) => {
            query = query.filter(lrs_statements::related_activities.contains(vec![id]));
        }
        Some((id, false)) => query = query.filter(lrs_statements::activities.contains(vec![id])),
        None => {}
    }
    if let Some(since) = filter.since {
        query = query.filter(lrs_statements::stored.gt(since));
    }
    if let Some(until) = filter.until {
        query = query.filter(lrs_statements::stored.le(until));
    }
    query = match (filter.ascending, filter.after) {
        (true, Some(after)) => query.filter(lrs_statements::seq.gt(after)),
        (false, Some(after)) => query.filter(lrs_statements::seq.lt(after)),
        (_, None) => query,
    };
    query = if filter.ascending {
        query.order(lrs_statements::seq.asc())
    } else {
        query.order(lrs_statements::seq.desc())
    };
    query.load(conn).await
}

/// The latest statement that defines an activity: where its definition is taken from.
///
/// # Errors
/// When the database fails.
pub(crate) async fn latest_about(
    conn: &mut Connection,
    activity: &str,
) -> QueryResult<Vec<String>> {
    lrs_statements::table
        .filter(lrs_statements::activities.contains(vec![activity]))
        .order(lrs_statements::seq.desc())
        .limit(20)
        .select(lrs_statements::statement)
        .load(conn)
        .await
}
