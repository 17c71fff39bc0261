//! Brings standings up to date: marks those whose registrations changed, and makes the marked ones again
//! from `enrolment_items`. One program at a time; whoever finds another at it goes on with what there is.

use std::collections::{HashMap, hash_map::Entry};

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncConnection, RunQueryDsl};
use percorso_tracker::session::{ActivityProgress, Completion, Progress, Success};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::outline::{self, Step};
use crate::{
    db::Connection,
    paths::reached::{Demand, Reached, Tally},
};

/// Any number no other lock of ours uses.
const LOCK: i64 = 0x7374_616e_6469_6e67;

/// A row of `enrolment_items`, as far as a standing is made from it.
#[derive(QueryableByName)]
struct Item {
    #[diesel(sql_type = SqlUuid)]
    enrolment_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    course_id: Uuid,
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = Bool)]
    required: bool,
    #[diesel(sql_type = Nullable<diesel::sql_types::Jsonb>)]
    progress: Option<Value>,
    #[diesel(sql_type = Nullable<Integer>)]
    attended_minutes: Option<i32>,
    #[diesel(sql_type = Text)]
    reached: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    done_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_accessed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    claimed_ms: i64,
    #[diesel(sql_type = BigInt)]
    wall_ms: i64,
    #[diesel(sql_type = BigInt)]
    active_ms: i64,
    #[diesel(sql_type = Integer)]
    credited_minutes: i32,
}

/// A standing under way.
#[derive(Default)]
struct Standing {
    tally: Tally,
    items_begun: Vec<i32>,
    items_done: Vec<i32>,
    objects_begun: Vec<i32>,
    objects_done: Vec<i32>,
    last_done: Option<DateTime<Utc>>,
    last_seen: Option<DateTime<Utc>>,
    claimed_ms: i64,
    wall_ms: i64,
    active_ms: i64,
    attended_minutes: i32,
    credited_minutes: i32,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

/// Brings at most `most` standings up to date; answers how many.
///
/// # Errors
/// When the database fails.
pub(crate) async fn refresh(conn: &mut Connection, most: i64) -> QueryResult<usize> {
    if !is_due(conn).await? {
        return Ok(0);
    }
    conn.transaction(async |conn| {
        let lock = format!("SELECT pg_try_advisory_xact_lock({LOCK}) AS yes");
        let Answer { yes } = diesel::sql_query(lock).get_result(conn).await?;
        if !yes {
            return Ok(0);
        }
        mark(conn).await?;
        make(conn, most).await
    })
    .await
}

/// Brings standings up to date for a page that is about to show them, when they are few; many are left to
/// the background, so that nobody waits.
///
/// # Errors
/// When the database fails.
pub(crate) async fn freshen(conn: &mut Connection, most: i64) -> QueryResult<()> {
    let few =
        "SELECT count(*) <= $1 AS yes FROM (SELECT FROM standings WHERE stale LIMIT $1 + 1) s";
    let few = diesel::sql_query(few).bind::<BigInt, _>(most);
    let Answer { yes } = few.get_result(conn).await?;
    if yes {
        refresh(conn, most).await?;
    }
    Ok(())
}

/// There is something to do: rows out of date, or registrations not looked at for some seconds.
async fn is_due(conn: &mut Connection) -> QueryResult<bool> {
    let due = "SELECT EXISTS (SELECT FROM standings WHERE stale) \
               OR EXISTS (SELECT FROM standings_mark WHERE seen_at < clock_timestamp() - interval '3 seconds') AS yes";
    let Answer { yes } = diesel::sql_query(due).get_result(conn).await?;
    Ok(yes)
}

/// Registrations are looked at again for some seconds: a slow transaction shows late what it wrote early.
async fn mark(conn: &mut Connection) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Mark {
        #[diesel(sql_type = Timestamptz)]
        since: DateTime<Utc>,
    }
    let Mark { since } = diesel::sql_query(
        "WITH before AS (SELECT seen_at FROM standings_mark FOR UPDATE) \
         UPDATE standings_mark m SET seen_at = clock_timestamp() FROM before \
         RETURNING before.seen_at - interval '10 seconds' AS since",
    )
    .get_result(conn)
    .await?;
    // As a value of its own, so that the plan knows how few they are.
    diesel::sql_query(
        "UPDATE standings SET stale = true WHERE NOT stale AND learner_id IN \
         (SELECT learner_id FROM registrations WHERE updated_at > $1 AND NOT preview)",
    )
    .bind::<Timestamptz, _>(since)
    .execute(conn)
    .await
    .map(drop)
}

async fn make(conn: &mut Connection, most: i64) -> QueryResult<usize> {
    #[derive(QueryableByName)]
    struct Id {
        #[diesel(sql_type = SqlUuid)]
        enrolment_id: Uuid,
    }
    let ids: Vec<Id> = diesel::sql_query(
        "SELECT enrolment_id FROM standings WHERE stale ORDER BY enrolment_id LIMIT $1",
    )
    .bind::<BigInt, _>(most)
    .load(conn)
    .await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.enrolment_id).collect();
    let items: Vec<Item> = diesel::sql_query(
        "SELECT i.*, r.last_accessed_at FROM enrolment_items i LEFT JOIN registrations r ON r.id = i.registration_id \
         WHERE i.enrolment_id = ANY($1)",
    )
    .bind::<Array<SqlUuid>, _>(&ids)
    .load(conn)
    .await?;
    let mut courses = HashMap::<Uuid, Vec<Step>>::new();
    for item in &items {
        if let Entry::Vacant(place) = courses.entry(item.course_id) {
            place.insert(outline::of_course(conn, item.course_id).await?);
        }
    }
    let numbers: HashMap<Uuid, _> = courses
        .iter()
        .map(|(course, steps)| (*course, outline::numbers(steps)))
        .collect();
    let mut made: HashMap<Uuid, Standing> =
        ids.iter().map(|id| (*id, Standing::default())).collect();
    for item in items {
        let standing = made.entry(item.enrolment_id).or_default();
        standing.add(&item, &numbers[&item.course_id]);
    }
    write(conn, made).await
}

impl Standing {
    fn add(&mut self, item: &Item, numbers: &HashMap<(i32, &str), i32>) {
        let reached = Reached::of_column(&item.reached);
        self.tally.add(Demand::of_column(item.required), reached);
        if matches!(reached, Reached::Done | Reached::Begun) {
            self.items_begun.push(item.position);
        }
        if reached == Reached::Done {
            self.items_done.push(item.position);
        }
        if reached == Reached::Done && item.required {
            self.last_done = self.last_done.max(item.done_at);
        }
        self.last_seen = self.last_seen.max(item.last_accessed_at);
        self.claimed_ms += item.claimed_ms;
        self.wall_ms += item.wall_ms;
        self.active_ms += item.active_ms;
        self.attended_minutes += item.attended_minutes.unwrap_or(0);
        self.credited_minutes += item.credited_minutes;
        let progress = item.progress.clone();
        let progress = progress.and_then(|value| serde_json::from_value::<Progress>(value).ok());
        if let Some(progress) = progress {
            self.objects(&progress.root, item.position, numbers);
        }
    }

    fn objects(
        &mut self,
        activity: &ActivityProgress,
        position: i32,
        numbers: &HashMap<(i32, &str), i32>,
    ) {
        for child in &activity.children {
            self.objects(child, position, numbers);
        }
        let Some(number) = numbers.get(&(position, activity.id.as_str())) else {
            return;
        };
        let done = activity.waived
            || (activity.completion == Completion::Completed
                && activity.success != Success::Failed)
            || activity.success == Success::Passed;
        let begun = done || activity.attempts > 0 || activity.completion == Completion::Incomplete;
        if begun {
            self.objects_begun.push(*number);
        }
        if done {
            self.objects_done.push(*number);
        }
    }

    /// As Postgres writes arrays.
    fn lists(&self) -> [String; 4] {
        [
            &self.items_begun,
            &self.items_done,
            &self.objects_begun,
            &self.objects_done,
        ]
        .map(|numbers| {
            let mut numbers = numbers.clone();
            numbers.sort_unstable();
            array(&numbers)
        })
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// As Postgres writes an array: one statement takes many rows with arrays of any length.
fn array(numbers: &[i32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i32::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

async fn write(conn: &mut Connection, made: HashMap<Uuid, Standing>) -> QueryResult<usize> {
    let made: Vec<(Uuid, Standing)> = made.into_iter().collect();
    let ids: Vec<Uuid> = made.iter().map(|(id, _)| *id).collect();
    let column =
        |value: fn(&Standing) -> i32| made.iter().map(|(_, one)| value(one)).collect::<Vec<_>>();
    let long =
        |value: fn(&Standing) -> i64| made.iter().map(|(_, one)| value(one)).collect::<Vec<_>>();
    let places = places(conn, &made).await?;
    let statuses: Vec<&str> = made.iter().map(|(_, one)| one.tally.status()).collect();
    let completed: Vec<Option<DateTime<Utc>>> = made
        .iter()
        .map(|(_, one)| one.last_done.filter(|_| one.tally.status() == "completed"))
        .collect();
    let seen: Vec<Option<DateTime<Utc>>> = made.iter().map(|(_, one)| one.last_seen).collect();
    let count = diesel::sql_query(
        "UPDATE standings s SET stale = false, status = n.status, completed_at = n.completed_at, last_seen_at = n.seen, \
         enrolled_week = date_trunc('week', s.enrolled_at AT TIME ZONE 'Europe/Rome')::date, \
         completed_week = date_trunc('week', n.completed_at AT TIME ZONE 'Europe/Rome')::date, \
         needed = n.needed, needed_done = n.needed_done, place_id = n.place, claimed_ms = n.claimed, wall_ms = n.wall, \
         active_ms = n.active, attended_minutes = n.attended, credited_minutes = n.credited \
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         AS n (id, status, completed_at, seen, needed, needed_done, place, claimed, wall, active, attended, credited) \
         WHERE s.enrolment_id = n.id",
    )
    .bind::<Array<SqlUuid>, _>(&ids)
    .bind::<Array<Text>, _>(&statuses)
    .bind::<Array<Nullable<Timestamptz>>, _>(&completed)
    .bind::<Array<Nullable<Timestamptz>>, _>(&seen)
    .bind::<Array<Integer>, _>(column(|one| number(one.tally.needed)))
    .bind::<Array<Integer>, _>(column(|one| number(one.tally.done)))
    .bind::<Array<SqlUuid>, _>(places)
    .bind::<Array<BigInt>, _>(long(|one| one.claimed_ms))
    .bind::<Array<BigInt>, _>(long(|one| one.wall_ms))
    .bind::<Array<BigInt>, _>(long(|one| one.active_ms))
    .bind::<Array<Integer>, _>(column(|one| one.attended_minutes))
    .bind::<Array<Integer>, _>(column(|one| one.credited_minutes))
    .execute(conn)
    .await?;
    diesel::sql_query(
        "UPDATE course_enrolments e SET completed_at = s.completed_at FROM standings s \
         WHERE s.enrolment_id = e.id AND e.id = ANY($1) AND e.completed_at IS NULL AND s.completed_at IS NOT NULL",
    )
    .bind::<Array<SqlUuid>, _>(&ids)
    .execute(conn)
    .await?;
    years(conn, &ids).await?;
    Ok(count)
}

/// The place of each standing; those that nobody stood at before are made.
async fn places(conn: &mut Connection, made: &[(Uuid, Standing)]) -> QueryResult<Vec<Uuid>> {
    let lists: Vec<[String; 4]> = made.iter().map(|(_, one)| one.lists()).collect();
    let places: Vec<Uuid> = lists.iter().map(place).collect();
    let list = |at: usize| {
        lists
            .iter()
            .map(|lists| lists[at].as_str())
            .collect::<Vec<_>>()
    };
    diesel::sql_query(
        "INSERT INTO standing_places SELECT DISTINCT ON (id) id, ib::int[], idn::int[], ob::int[], odn::int[] \
         FROM unnest($1, $2, $3, $4, $5) AS n (id, ib, idn, ob, odn) ON CONFLICT (id) DO NOTHING",
    )
    .bind::<Array<SqlUuid>, _>(&places)
    .bind::<Array<Text>, _>(list(0))
    .bind::<Array<Text>, _>(list(1))
    .bind::<Array<Text>, _>(list(2))
    .bind::<Array<Text>, _>(list(3))
    .execute(conn)
    .await?;
    Ok(places)
}

/// The id of a place: the same lists have the same.
fn place(lists: &[String; 4]) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(lists.join(" ")).into();
    let (first, _) = digest.split_first_chunk::<16>().expect("32 bytes have 16");
    Uuid::from_bytes(*first)
}

/// What the learners of these enrolments did in each year. An item that is in two courses of somebody counts
/// once.
async fn years(conn: &mut Connection, enrolments: &[Uuid]) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Whose {
        #[diesel(sql_type = SqlUuid)]
        learner_id: Uuid,
    }
    // Asked first, and given as values: with a subquery the plan goes through everybody's items.
    let whose: Vec<Whose> =
        diesel::sql_query("SELECT DISTINCT learner_id FROM course_enrolments WHERE id = ANY($1)")
            .bind::<Array<SqlUuid>, _>(enrolments)
            .load(conn)
            .await?;
    let learners: Vec<Uuid> = whose.into_iter().map(|whose| whose.learner_id).collect();
    diesel::sql_query("DELETE FROM training_years WHERE learner_id = ANY($1)")
        .bind::<Array<SqlUuid>, _>(&learners)
        .execute(conn)
        .await?;
    diesel::sql_query(
        "WITH once AS (SELECT DISTINCT ON (learner_id, COALESCE(package_id, event_id)) * FROM enrolment_items \
         WHERE learner_id = ANY($1) AND done \
         ORDER BY learner_id, COALESCE(package_id, event_id), credited_minutes DESC) \
         INSERT INTO training_years SELECT learner_id, date_part('year', done_at AT TIME ZONE 'Europe/Rome')::integer AS year, \
         count(*), sum(claimed_ms)::bigint, sum(wall_ms)::bigint, sum(active_ms)::bigint, \
         COALESCE(sum(attended_minutes), 0), sum(credited_minutes) FROM once WHERE done_at IS NOT NULL GROUP BY learner_id, year",
    )
    .bind::<Array<SqlUuid>, _>(&learners)
    .execute(conn)
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_written_as_the_database_reads_them() {
        assert_eq!(array(&[1, 2000]), "{1,2000}");
    }

    #[test]
    fn who_stands_alike_stands_at_the_same_place() {
        let at = |done: &[i32]| {
            let standing = Standing {
                items_done: done.to_vec(),
                ..Standing::default()
            };
            place(&standing.lists())
        };
        assert_eq!(at(&[1, 2]), at(&[2, 1]));
        assert_ne!(at(&[1]), at(&[1, 2]));
    }
}
