//! Statements out: one walk in the order of storing, along the indexes of what is asked for.

use chrono::{DateTime, Utc};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::Connection;
use crate::xapi::{Kind, key, place_after};

/// Entries of an index that are looked at to tell what is rarest.
const PROBE: &str = "100";

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
    /// What has to be found together.
    fn terms(&self) -> Vec<Term> {
        let registration = self.registration.map(|id| Term {
            walks: vec![
                Walk::Registration(id),
                Walk::Reference(key(Kind::Registration, &id.to_string())),
            ],
            is_single: true,
        });
        let agent = self.agent.as_ref().map(|(agent, related)| {
            let own = key(Kind::Agent, agent);
            let mut walks = vec![Walk::Column("actor_key", own), Walk::Reference(own)];
            if *related {
                let authority = key(Kind::Authority, agent);
                walks.push(Walk::Column("authority_key", authority));
                walks.push(Walk::Reference(key(Kind::RelatedAgent, agent)));
            }
            Term {
                walks,
                is_single: false,
            }
        });
        let activity = self.activity.as_ref().map(|(activity, related)| {
            let own = key(Kind::Activity, activity);
            let mut walks = vec![Walk::Column("activity_key", own), Walk::Reference(own)];
            if *related {
                walks.push(Walk::Reference(key(Kind::RelatedActivity, activity)));
            }
            Term {
                walks,
                is_single: !related,
            }
        });
        let verb = self.verb.as_ref().map(|verb| {
            let own = key(Kind::Verb, verb);
            Term {
                walks: vec![Walk::Column("verb_key", own), Walk::Reference(own)],
                is_single: true,
            }
        });
        let authority = self.authority.as_ref().map(|authority| Term {
            walks: vec![Walk::Column(
                "authority_key",
                key(Kind::Authority, authority),
            )],
            is_single: true,
        });
        let all = [registration, agent, activity, verb, authority];
        all.into_iter().flatten().collect()
    }

    /// The first and the last place on the page and behind it.
    fn range(&self) -> Range {
        let (mut from, mut to) = (i64::MIN, i64::MAX);
        match self.after {
            Some(after) if self.ascending => from = after + 1,
            Some(after) => to = after - 1,
            None => {}
        }
        if let Some(since) = self.since {
            from = from.max(place_after(since));
        }
        if let Some(until) = self.until {
            to = to.min(place_after(until) - 1);
        }
        Range {
            from,
            to,
            direction: if self.ascending { " ASC" } else { " DESC" },
        }
    }
}

/// A statement on a page.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct Listed {
    /// Its place in the order of storing.
    pub(crate) seq: i64,
    /// When it was stored.
    pub(crate) stored: DateTime<Utc>,
    /// As it is given out.
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
    let mut terms = filter.terms();
    let range = filter.range();
    if terms.len() > 1 {
        rarest_first(conn, &mut terms, range).await?;
    }
    let size = size(limit);
    let page = Page { terms, range, size };
    let mut page: Vec<Listed> = page.load(conn).await?;
    page.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(page)
}

/// The size of a page that holds this many. It stands in the text, where the planner sees it, and there
/// are few of them.
fn size(limit: i64) -> &'static str {
    match limit {
        ..=11 => "11",
        12..=51 => "51",
        52..=101 => "101",
        _ => "501",
    }
}

/// One thing that is asked for.
#[derive(Debug)]
struct Term {
    /// The indexes that it may be found along.
    walks: Vec<Walk>,
    /// A statement has one of it: none is among the references, unless it was inherited or is old.
    is_single: bool,
}

/// A part of an index that is in the order of storing.
#[derive(Debug, Clone, Copy)]
enum Walk {
    /// Of a column of the statements, by its key.
    Column(&'static str, i64),
    /// Of their registrations.
    Registration(Uuid),
    /// Of the references, by the key.
    Reference(i64),
}

/// Places, from the first to the last, and which way they are walked.
#[derive(Debug, Clone, Copy)]
struct Range {
    from: i64,
    to: i64,
    direction: &'static str,
}

impl Walk {
    /// So many of the statements along it. What else is asked for is looked at on the way.
    fn write<'b>(
        &'b self,
        out: &mut AstPass<'_, 'b, Pg>,
        range: &'b Range,
        others: &'b [Term],
        size: &'static str,
    ) -> QueryResult<()> {
        if self.is_reference() {
            // OFFSET 0 keeps the planner from joining in another way.
            out.push_sql(
                "(SELECT r.seq, s.stored, s.statement FROM lrs_references r CROSS JOIN LATERAL \
                 (SELECT s.stored, s.statement FROM lrs_statements s WHERE s.seq = r.seq",
            );
            qualify(out, others)?;
            out.push_sql(" OFFSET 0) s WHERE ");
            self.bounds(out, "r", range)?;
            self.order(out, "r", range, size);
        } else {
            out.push_sql("(SELECT s.seq, s.stored, s.statement FROM lrs_statements s WHERE ");
            self.bounds(out, "s", range)?;
            qualify(out, others)?;
            self.order(out, "s", range, size);
        }
        out.push_sql(")");
        Ok(())
    }

    /// So many of its places.
    fn places<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>, range: &'b Range) -> QueryResult<()> {
        out.push_sql(if self.is_reference() {
            "(SELECT s.seq FROM lrs_references s WHERE "
        } else {
            "(SELECT s.seq FROM lrs_statements s WHERE "
        });
        self.bounds(out, "s", range)?;
        self.order(out, "s", range, PROBE);
        out.push_sql(")");
        Ok(())
    }

    /// Bounds on both columns of its index at once. With an equality the planner could walk along `seq` alone,
    /// through everything that is stored, where it takes a key for a common one.
    fn bounds<'b>(
        &'b self,
        out: &mut AstPass<'_, 'b, Pg>,
        row: &'static str,
        range: &'b Range,
    ) -> QueryResult<()> {
        for (place, comparison, word) in [(&range.from, ">=", ""), (&range.to, "<=", " AND ")] {
            for part in [word, "(", row, ".", self.column(), ", ", row, ".seq) "] {
                out.push_sql(part);
            }
            out.push_sql(comparison);
            out.push_sql(" (");
            self.bind(out)?;
            out.push_sql(", ");
            out.push_bind_param::<BigInt, _>(place)?;
            out.push_sql(")");
        }
        Ok(())
    }

    fn order(
        &self,
        out: &mut AstPass<'_, '_, Pg>,
        row: &'static str,
        range: &Range,
        size: &'static str,
    ) {
        let by = [" ORDER BY ", row, ".", self.column(), range.direction];
        let then = [", ", row, ".seq", range.direction, " LIMIT ", size];
        for part in by.into_iter().chain(then) {
            out.push_sql(part);
        }
    }

    fn equals<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.column());
        out.push_sql(" = ");
        self.bind(out)
    }

    fn column(&self) -> &'static str {
        match self {
            Self::Column(name, _) => name,
            Self::Registration(_) => "registration",
            Self::Reference(_) => "key",
        }
    }

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Column(_, key) | Self::Reference(key) => out.push_bind_param::<BigInt, _>(key),
            Self::Registration(id) => out.push_bind_param::<SqlUuid, _>(id),
        }
    }

    fn is_reference(&self) -> bool {
        matches!(self, Self::Reference(_))
    }
}

/// That a statement `s` counts and has these too.
fn qualify<'b>(out: &mut AstPass<'_, 'b, Pg>, others: &'b [Term]) -> QueryResult<()> {
    out.push_sql(" AND NOT s.voided");
    for term in others {
        out.push_sql(" AND ");
        term.holds(out)?;
    }
    Ok(())
}

/// Writes one after the other, with a word between.
fn between<'a, 'b, T: 'b>(
    out: &mut AstPass<'a, 'b, Pg>,
    word: &'static str,
    all: &'b [T],
    mut write: impl FnMut(&mut AstPass<'a, 'b, Pg>, &'b T) -> QueryResult<()>,
) -> QueryResult<()> {
    for (index, one) in all.iter().enumerate() {
        if index > 0 {
            out.push_sql(word);
        }
        write(out, one)?;
    }
    Ok(())
}

impl Term {
    /// Whether a statement `s`, found otherwise, has it.
    fn holds<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        for (index, column) in self
            .walks
            .iter()
            .filter(|walk| !walk.is_reference())
            .enumerate()
        {
            out.push_sql(if index > 0 { " OR s." } else { "s." });
            column.equals(out)?;
        }
        for reference in self.walks.iter().filter(|walk| walk.is_reference()) {
            out.push_sql(" OR (");
            if self.is_single {
                out.push_sql("(s.refers IS NOT NULL OR s.verb_key IS NULL) AND ");
            }
            // A scalar, which is looked up for each statement: EXISTS may become a list of all that have it.
            out.push_sql("(SELECT 1 FROM lrs_references r WHERE r.seq = s.seq AND r.");
            reference.equals(out)?;
            out.push_sql(") IS NOT NULL)");
        }
        out.push_sql(")");
        Ok(())
    }
}

/// Puts that first of which there is least: it is walked along, the others are looked up. Of what there is
/// plenty, a hundred entries tell that there is.
async fn rarest_first(
    conn: &mut Connection,
    terms: &mut Vec<Term>,
    range: Range,
) -> QueryResult<()> {
    let probe = Probe {
        terms: std::mem::take(terms),
        range,
    };
    let counts: Vec<i64> = (&probe).get_result(conn).await?;
    let mut counted: Vec<(i64, Term)> = counts.into_iter().zip(probe.terms).collect();
    counted.sort_by_key(|(count, _)| *count);
    terms.extend(counted.into_iter().map(|(_, term)| term));
    Ok(())
}

/// How many there are of each, up to [`PROBE`] along each of its walks.
struct Probe {
    terms: Vec<Term>,
    range: Range,
}

impl QueryId for Probe {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Probe {
    type SqlType = Array<BigInt>;
}

impl QueryFragment<Pg> for Probe {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT ARRAY[");
        between(&mut out, ", ", &self.terms, |out, term| {
            out.push_sql("(SELECT count(*) FROM (");
            between(out, " UNION ALL ", &term.walks, |out, walk| {
                walk.places(out, &self.range)
            })?;
            out.push_sql(") w)");
            Ok(())
        })?;
        out.push_sql("]");
        Ok(())
    }
}

/// A page. Its text depends only on what kinds of things are asked for and on its size, so that it is prepared
/// and planned once for each connection; and it leaves the planner no choice, so that it is as quick for what is
/// everywhere as for what is nearly nowhere: along the indexes, until the page is full.
struct Page {
    terms: Vec<Term>,
    range: Range,
    size: &'static str,
}

impl QueryId for Page {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Page {
    type SqlType = (BigInt, Timestamptz, Text);
}

impl QueryFragment<Pg> for Page {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self.terms.as_slice() {
            [] => {
                out.push_sql("SELECT s.seq, s.stored, s.statement FROM lrs_statements s WHERE ");
                out.push_sql("s.seq BETWEEN ");
                out.push_bind_param::<BigInt, _>(&self.range.from)?;
                out.push_sql(" AND ");
                out.push_bind_param::<BigInt, _>(&self.range.to)?;
                qualify(&mut out, &[])?;
                out.push_sql(" ORDER BY s.seq");
            }
            [rarest, others @ ..] => {
                // One that is found along two of the walks is there once.
                out.push_sql("SELECT DISTINCT ON (seq) seq, stored, statement FROM (");
                between(&mut out, " UNION ALL ", &rarest.walks, |out, walk| {
                    walk.write(out, &self.range, others, self.size)
                })?;
                out.push_sql(") w ORDER BY seq");
            }
        }
        out.push_sql(self.range.direction);
        out.push_sql(" LIMIT ");
        out.push_sql(self.size);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use diesel::debug_query;

    use super::*;

    fn text(filter: &Filter) -> String {
        let page = Page {
            terms: filter.terms(),
            range: filter.range(),
            size: size(50),
        };
        let text = debug_query::<Pg, _>(&page).to_string();
        let (text, _) = text.split_once(" -- binds").unwrap();
        text.to_owned()
    }

    #[test]
    fn what_is_asked_for_is_walked_along_its_own_indexes() {
        assert_eq!(
            text(&Filter::default()),
            "SELECT s.seq, s.stored, s.statement FROM lrs_statements s WHERE \
             s.seq BETWEEN $1 AND $2 AND NOT s.voided ORDER BY s.seq DESC LIMIT 51"
        );
        let filter = Filter {
            verb: Some("https://e.example/v".into()),
            ascending: true,
            ..Filter::default()
        };
        let text = text(&filter);
        let walks = "SELECT DISTINCT ON (seq) seq, stored, statement FROM (\
             (SELECT s.seq, s.stored, s.statement FROM lrs_statements s \
             WHERE (s.verb_key, s.seq) >= ($1, $2) AND (s.verb_key, s.seq) <= ($3, $4) AND NOT s.voided \
             ORDER BY s.verb_key ASC, s.seq ASC LIMIT 51) \
             UNION ALL (SELECT r.seq, s.stored, s.statement FROM lrs_references r CROSS JOIN LATERAL \
             (SELECT s.stored, s.statement FROM lrs_statements s WHERE s.seq = r.seq AND NOT s.voided OFFSET 0) s \
             WHERE (r.key, r.seq) >= ($5, $6) AND (r.key, r.seq) <= ($7, $8) \
             ORDER BY r.key ASC, r.seq ASC LIMIT 51)) w ORDER BY seq ASC LIMIT 51";
        assert_eq!(text, walks);
    }

    #[test]
    fn what_else_is_asked_for_is_looked_up_in_the_row() {
        let filter = Filter {
            verb: Some("https://e.example/v".into()),
            activity: Some(("https://e.example/a".into(), false)),
            ..Filter::default()
        };
        let text = text(&filter);
        let verb = " AND NOT s.voided AND (s.verb_key = $5 OR ((s.refers IS NOT NULL OR s.verb_key IS NULL) AND \
             (SELECT 1 FROM lrs_references r WHERE r.seq = s.seq AND r.key = $6) IS NOT NULL)) ORDER BY s.activity_key DESC, s.seq DESC LIMIT 51) \
             UNION ALL (SELECT r.seq, ";
        assert!(text.contains(verb), "{text}");
        let inherited = " WHERE s.seq = r.seq AND NOT s.voided AND (s.verb_key = $7 OR";
        assert!(text.contains(inherited), "{text}");
    }

    #[test]
    fn pages_of_any_size_are_of_few_sizes() {
        for limit in 1..=501 {
            let size: i64 = size(limit).parse().unwrap();
            assert!(size >= limit, "{limit}");
        }
    }
}
