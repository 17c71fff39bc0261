//! What is known of activities, from all statements.

use std::collections::{BTreeMap, HashMap};

use chrono::Utc;
use diesel::{prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;
use serde_json::{Map, Value};

use super::{super::Connection, schema::lrs_activities};
use crate::xapi::merge_definitions;

/// What is known of these activities; those that nobody defined are left out.
///
/// # Errors
/// When the database fails.
pub(crate) async fn definitions(
    conn: &mut Connection,
    ids: &[impl AsRef<str>],
) -> QueryResult<HashMap<String, Value>> {
    let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
    let found: Vec<(String, String)> = lrs_activities::table
        .filter(lrs_activities::id.eq_any(ids))
        .select((lrs_activities::id, lrs_activities::definition))
        .load(conn)
        .await?;
    Ok(read(found))
}

/// Takes in what statements say of activities; the caller's transaction holds until it is committed. What is
/// known already is not written. The rest is locked in the order of ids, and looked at once more under the
/// lock: two that write the same ones wait for each other, and neither loses what the other said.
///
/// # Errors
/// When the database fails.
pub(crate) async fn define<'a>(
    conn: &mut Connection,
    stated: impl IntoIterator<Item = &'a (String, String)>,
) -> QueryResult<()> {
    let mut said: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (id, definition) in stated {
        let definition = serde_json::from_str(definition).unwrap_or_default();
        said.entry(id).or_default().push(definition);
    }
    let ids: Vec<&str> = said.keys().copied().collect();
    let known = definitions(conn, &ids).await?;
    said.retain(|id, said| merged(known.get(*id), said).is_some());
    if said.is_empty() {
        return Ok(());
    }
    let known = lock(conn, &said.keys().copied().collect::<Vec<_>>()).await?;
    let changed: Vec<_> = said
        .iter()
        .filter_map(|(id, said)| {
            let whole = merged(known.get(*id), said)?;
            Some((
                lrs_activities::id.eq(*id),
                lrs_activities::definition.eq(whole.to_string()),
                lrs_activities::updated_at.eq(Utc::now()),
            ))
        })
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    diesel::insert_into(lrs_activities::table)
        .values(changed)
        .on_conflict(lrs_activities::id)
        .do_update()
        .set((
            lrs_activities::definition.eq(excluded(lrs_activities::definition)),
            lrs_activities::updated_at.eq(excluded(lrs_activities::updated_at)),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// What is known together with what is said, unless that is nothing new.
fn merged(known: Option<&Value>, said: &[Value]) -> Option<Value> {
    let mut whole = known.cloned().unwrap_or_else(nothing);
    let mut is_new = known.is_none();
    for definition in said {
        is_new |= merge_definitions(&mut whole, definition);
    }
    is_new.then_some(whole)
}

fn nothing() -> Value {
    Value::Object(Map::default())
}

/// Makes the rows that are missing, locks all, and answers what they say.
async fn lock(conn: &mut Connection, ids: &[&str]) -> QueryResult<HashMap<String, Value>> {
    let rows: Vec<_> = ids
        .iter()
        .map(|id| {
            (
                lrs_activities::id.eq(*id),
                lrs_activities::definition.eq(nothing().to_string()),
            )
        })
        .collect();
    diesel::insert_into(lrs_activities::table)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let found: Vec<(String, String)> = lrs_activities::table
        .filter(lrs_activities::id.eq_any(ids))
        .order(lrs_activities::id)
        .for_update()
        .select((lrs_activities::id, lrs_activities::definition))
        .load(conn)
        .await?;
    Ok(read(found))
}

fn read(found: Vec<(String, String)>) -> HashMap<String, Value> {
    let read = |(id, text): (String, String)| Some((id, serde_json::from_str(&text).ok()?));
    found.into_iter().filter_map(read).collect()
}
