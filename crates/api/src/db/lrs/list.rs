//! Statements out: one walk along the index of what is asked for, in the order of storing.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::Connection;
use crate::xapi::{Kind, key, place_after};

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
    /// Answered for by this agent.
    pub(crate) authority: Option<String>,
    /// Stored after.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Stored at or before.
    pub(crate) until: Option<DateTime<Utc>>,
    /// The oldest first.
    pub(crate) ascending: bool,
    /// After this one, in the order asked for.
    pub(crate) after: Option<i64>,
}

impl Filter {
    /// What has to be found together, the rarest first as far as kinds tell.
    fn keys(&self) -> Vec<i64> {
        let mut keys = Vec::new();
        if let Some(registration) = self.registration {
            keys.push(key(Kind::Registration, &registration.to_string()));
        }
        if let Some((agent, related)) = &self.agent {
            let kind = if *related {
                Kind::RelatedAgent
            } else {
                Kind::Agent
            };
            keys.push(key(kind, agent));
        }
        if let Some((activity, related)) = &self.activity {
            let kind = if *related {
                Kind::RelatedActivity
            } else {
                Kind::Activity
            };
            keys.push(key(kind, activity));
        }
        if let Some(verb) = &self.verb {
            keys.push(key(Kind::Verb, verb));
        }
        if let Some(authority) = &self.authority {
            keys.push(key(Kind::RelatedAgent, authority));
        }
        keys
    }
}

/// A statement on a page.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Listed {
    /// Its place in the order of storing.
    #[diesel(sql_type = BigInt)]
    pub(crate) seq: i64,
    /// When it was stored.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) stored: DateTime<Utc>,
    /// As it is given out.
    #[diesel(sql_type = Text)]
    pub(crate) statement: String,
}

/// A page of statements that are not voided.
///
/// # Errors
/// When the database fails.
pub(crate) async fn list(
    conn: &mut Connection,
    filter: &Filter,
    limit: i64,
) -> QueryResult<Vec<Listed>> {
    let mut from = filter
        .after
        .filter(|_| filter.ascending)
        .map_or(i64::MIN, |after| after + 1);
    let mut to = filter
        .after
        .filter(|_| !filter.ascending)
        .map_or(i64::MAX, |after| after - 1);
    if let Some(since) = filter.since {
        from = from.max(place_after(since));
    }
    if let Some(until) = filter.until {
        to = to.min(place_after(until) - 1);
    }
    diesel::sql_query(query(filter))
        .bind::<BigInt, _>(limit)
        .bind::<BigInt, _>(from)
        .bind::<BigInt, _>(to)
        .load(conn)
        .await
}

/// The keys are numbers of ours, written into the text: so the planner knows how common each is.
fn query(filter: &Filter) -> String {
    let mut text = String::from("SELECT s.seq, s.stored, s.statement FROM ");
    let keys = filter.keys();
    let place = if keys.is_empty() { "s" } else { "r0" };
    for index in 0..keys.len() {
        let _ = match index {
            0 => write!(text, "lrs_references r0 JOIN "),
            _ => write!(
                text,
                "lrs_references r{index} ON r{index}.seq = r0.seq JOIN "
            ),
        };
    }
    text.push_str("lrs_statements s");
    if !keys.is_empty() {
        text.push_str(" ON s.seq = r0.seq");
    }
    let _ = write!(
        text,
        " WHERE NOT s.voided AND {place}.seq BETWEEN $2 AND $3"
    );
    for (index, key) in keys.iter().enumerate() {
        let _ = write!(text, " AND r{index}.key = {key}");
    }
    let order = if filter.ascending { "ASC" } else { "DESC" };
    let _ = write!(text, " ORDER BY {place}.seq {order} LIMIT $1");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_walked_along_its_own_index() {
        assert_eq!(
            query(&Filter::default()),
            "SELECT s.seq, s.stored, s.statement FROM lrs_statements s WHERE NOT s.voided AND \
             s.seq BETWEEN $2 AND $3 ORDER BY s.seq DESC LIMIT $1"
        );
        let filter = Filter {
            verb: Some("https://e.example/v".into()),
            agent: Some(("mailto:a@b.example".into(), false)),
            ascending: true,
            ..Filter::default()
        };
        let text = query(&filter);
        assert!(text.contains("lrs_references r0 JOIN lrs_references r1 ON r1.seq = r0.seq JOIN lrs_statements s ON s.seq = r0.seq"), "{text}");
        assert!(text.ends_with("ORDER BY r0.seq ASC LIMIT $1"), "{text}");
    }
}
