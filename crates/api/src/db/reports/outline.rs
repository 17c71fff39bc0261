//! What courses are made of, down to the learning objects: the order and the words of reports.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use diesel::{
    prelude::*,
    sql_types::{Integer, Jsonb, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use moka::sync::Cache;
use percorso_package::{Item as Activity, Kind, Metadata, Package};
use serde_json::Value;
use uuid::Uuid;

use crate::{db::Connection, wire::parsed_duration};

/// Learning objects of an item are numbered from its position times this.
pub(crate) const STRIDE: i32 = 1000;

/// Package versions whose learning objects are remembered.
const REMEMBERED: u64 = 500;

/// A learning object.
#[derive(Debug)]
pub(crate) struct Object {
    /// The manifest's identifier.
    pub(crate) id: String,
    /// Title.
    pub(crate) title: String,
    /// Kind.
    pub(crate) kind: Option<Kind>,
    /// How long it takes, when its metadata says so.
    pub(crate) duration_ms: Option<u64>,
}

/// A module or an event of a course.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// From 1.
    pub(crate) position: i32,
    /// Title.
    pub(crate) title: String,
    /// The event.
    pub(crate) event_id: Option<Uuid>,
    /// Learning objects of the package's current version, in order; none for an event.
    pub(crate) objects: Arc<Vec<Object>>,
}

/// A version never changes: its objects are read from the manifest once.
static OBJECTS: LazyLock<Cache<Uuid, Arc<Vec<Object>>>> = LazyLock::new(|| Cache::new(REMEMBERED));

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    event_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    version_id: Option<Uuid>,
}

/// The steps of a course, in order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_course(conn: &mut Connection, course_id: Uuid) -> QueryResult<Vec<Step>> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT i.position, COALESCE(v.title, ev.title) AS title, i.event_id, v.id AS version_id \
         FROM course_items i LEFT JOIN packages p ON p.id = i.package_id \
         LEFT JOIN package_versions v ON v.package_id = p.id AND v.version = p.current_version \
         LEFT JOIN events ev ON ev.id = i.event_id WHERE i.course_id = $1 ORDER BY i.position",
    )
    .bind::<SqlUuid, _>(course_id)
    .load(conn)
    .await?;
    let mut steps = Vec::with_capacity(rows.len());
    for row in rows {
        let objects = match row.version_id {
            Some(version) => objects(conn, version).await?,
            None => Arc::default(),
        };
        steps.push(Step {
            position: row.position,
            title: row.title,
            event_id: row.event_id,
            objects,
        });
    }
    Ok(steps)
}

/// Numbers of learning objects by position of the item and identifier.
pub(crate) fn numbers(steps: &[Step]) -> HashMap<(i32, &str), i32> {
    let of_step = |step: &'_ Step| {
        let position = step.position;
        (0..STRIDE)
            .zip(0..step.objects.len())
            .map(move |(number, at)| (position, number, at))
            .collect::<Vec<_>>()
    };
    let mut numbers = HashMap::new();
    for step in steps {
        for (position, number, at) in of_step(step) {
            numbers.insert(
                (position, step.objects[at].id.as_str()),
                position * STRIDE + number,
            );
        }
    }
    numbers
}

/// The learning objects of a package's version, in order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn objects(
    conn: &mut Connection,
    version_id: Uuid,
) -> QueryResult<Arc<Vec<Object>>> {
    #[derive(QueryableByName)]
    struct Manifest {
        #[diesel(sql_type = Jsonb)]
        manifest: Value,
    }
    if let Some(known) = OBJECTS.get(&version_id) {
        return Ok(known);
    }
    let row: Manifest = diesel::sql_query("SELECT manifest FROM package_versions WHERE id = $1")
        .bind::<SqlUuid, _>(version_id)
        .get_result(conn)
        .await?;
    let mut found = Vec::new();
    if let Ok(package) = serde_json::from_value::<Package>(row.manifest) {
        collect(&package.organization().items, &mut found);
    }
    let found = Arc::new(found);
    OBJECTS.insert(version_id, Arc::clone(&found));
    Ok(found)
}

/// How long something takes, when its metadata says so.
pub(crate) fn milliseconds(metadata: &Metadata) -> Option<u64> {
    parsed_duration(metadata.duration.as_deref()?)
}

fn collect(activities: &[Activity], into: &mut Vec<Object>) {
    for activity in activities {
        if activity.items.is_empty() {
            into.push(Object {
                id: activity.identifier.clone(),
                title: activity.title.clone(),
                kind: activity.kind(),
                duration_ms: milliseconds(&activity.metadata),
            });
        } else {
            collect(&activity.items, into);
        }
    }
}
