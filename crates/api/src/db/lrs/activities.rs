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
    ids: &[String],
) -> QueryResult<HashMap<String, Value>> {
    let found: Vec<(String, String)> = lrs_activities::table
        .filter(lrs_activities::id.eq_any(ids))
        .select((lrs_activities::id, lrs_activities::definition))
        .load(conn)
        .await?;
    let read = |(id, text): (String, String)| Some((id, serde_json::from_str(&text).ok()?));
    Ok(found.into_iter().filter_map(read).collect())
}

/// Takes in what statements say of activities. What is known already is not written; the rest goes in
/// by the order of ids, so that two that write the same ones wait for each other and do not lock up.
///
/// # Errors
/// When the database fails.
pub(crate) async fn define<'a>(
    conn: &mut Connection,
    stated: impl IntoIterator<Item = &'a (String, String)>,
) -> QueryResult<()> {
    let mut said: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, definition) in stated {
        said.entry(id).or_default().push(definition);
    }
    if said.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = said.keys().map(|id| (*id).to_owned()).collect();
    let known = definitions(conn, &ids).await?;
    let mut changed = Vec::new();
    for (id, said) in said {
        let old = known.get(id);
        let mut whole = old
            .cloned()
            .unwrap_or_else(|| Value::Object(Map::default()));
        let mut is_new = old.is_none();
        for definition in said {
            let definition = serde_json::from_str(definition).unwrap_or_default();
            is_new |= merge_definitions(&mut whole, &definition);
        }
        if is_new {
            changed.push((
                lrs_activities::id.eq(id),
                lrs_activities::definition.eq(whole.to_string()),
                lrs_activities::updated_at.eq(Utc::now()),
            ));
        }
    }
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
