//! Documents of the state and profile resources.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{super::Connection, schema::lrs_documents};

/// Where documents lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// `state`, `activity` or `agent`.
    pub(crate) resource: &'static str,
    /// The activity; empty for agent profiles.
    pub(crate) activity: String,
    /// The agent's key; empty for activity profiles.
    pub(crate) agent: String,
    /// The registration; `None` means any when listing, none else.
    pub(crate) registration: Option<String>,
}

/// A document.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = lrs_documents, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Document {
    /// Media type as it was sent.
    pub(crate) content_type: String,
    /// The document.
    pub(crate) content: Vec<u8>,
    /// SHA-1 in hexadecimal and quotes.
    pub(crate) etag: String,
    /// When it was last written.
    pub(crate) updated_at: DateTime<Utc>,
}

fn at(place: &Place) -> lrs_documents::BoxedQuery<'_, diesel::pg::Pg> {
    lrs_documents::table
        .filter(lrs_documents::resource.eq(place.resource))
        .filter(lrs_documents::activity.eq(place.activity.as_str()))
        .filter(lrs_documents::agent.eq(place.agent.as_str()))
        .into_boxed()
}

fn registration(place: &Place) -> &str {
    place.registration.as_deref().unwrap_or_default()
}

/// The primary key.
fn key<'a>(place: &'a Place, name: &'a str) -> (&'a str, &'a str, &'a str, &'a str, &'a str) {
    (
        place.resource,
        &place.activity,
        &place.agent,
        registration(place),
        name,
    )
}

/// A document.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(
    conn: &mut Connection,
    place: &Place,
    name: &str,
) -> QueryResult<Option<Document>> {
    lrs_documents::table
        .find(key(place, name))
        .select(Document::as_select())
        .first(conn)
        .await
        .optional()
}

/// A document of the state resource, with where it is.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = lrs_documents, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Named {
    /// The activity's id.
    pub(crate) activity: String,
    /// stateId.
    pub(crate) name: String,
    /// Media type as it was sent.
    pub(crate) content_type: String,
    /// The document.
    pub(crate) content: Vec<u8>,
    /// When it was last written.
    pub(crate) updated_at: DateTime<Utc>,
}

/// The state of a registration in these activities, the latest written first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_registration(
    conn: &mut Connection,
    registration: Uuid,
    activities: &[&str],
    limit: i64,
) -> QueryResult<Vec<Named>> {
    lrs_documents::table
        .filter(lrs_documents::resource.eq("state"))
        .filter(lrs_documents::activity.eq_any(activities))
        .filter(lrs_documents::registration.eq(registration.to_string()))
        .order(lrs_documents::updated_at.desc())
        .limit(limit)
        .select(Named::as_select())
        .load(conn)
        .await
}

/// Names of the documents at a place, those written after `since`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn names(
    conn: &mut Connection,
    place: &Place,
    since: Option<DateTime<Utc>>,
) -> QueryResult<Vec<String>> {
    let mut query = at(place);
    if let Some(registration) = &place.registration {
        query = query.filter(lrs_documents::registration.eq(registration));
    }
    if let Some(since) = since {
        query = query.filter(lrs_documents::updated_at.gt(since));
    }
    query
        .select(lrs_documents::name)
        .distinct()
        .order(lrs_documents::name)
        .load(conn)
        .await
}

/// Writes a document.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put(
    conn: &mut Connection,
    place: &Place,
    name: &str,
    document: &Document,
) -> QueryResult<()> {
    let row = (
        lrs_documents::resource.eq(place.resource),
        lrs_documents::activity.eq(&place.activity),
        lrs_documents::agent.eq(&place.agent),
        lrs_documents::registration.eq(registration(place)),
        lrs_documents::name.eq(name),
    );
    let content = (
        lrs_documents::content_type.eq(&document.content_type),
        lrs_documents::content.eq(&document.content),
        lrs_documents::etag.eq(&document.etag),
        lrs_documents::updated_at.eq(document.updated_at),
    );
    diesel::insert_into(lrs_documents::table)
        .values((row, content))
        .on_conflict((
            lrs_documents::resource,
            lrs_documents::activity,
            lrs_documents::agent,
            lrs_documents::registration,
            lrs_documents::name,
        ))
        .do_update()
        .set(content)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes a document if what is there is still what was found; `false` when somebody else was faster, and
/// nothing was written.
///
/// # Errors
/// When the database fails.
pub(crate) async fn replace(
    conn: &mut Connection,
    place: &Place,
    name: &str,
    found: Option<&Document>,
    document: &Document,
) -> QueryResult<bool> {
    let content = (
        lrs_documents::content_type.eq(&document.content_type),
        lrs_documents::content.eq(&document.content),
        lrs_documents::etag.eq(&document.etag),
        lrs_documents::updated_at.eq(document.updated_at),
    );
    let written = if let Some(found) = found {
        let same = lrs_documents::table
            .find(key(place, name))
            .filter(lrs_documents::etag.eq(&found.etag));
        diesel::update(same).set(content).execute(conn).await?
    } else {
        let row = (
            lrs_documents::resource.eq(place.resource),
            lrs_documents::activity.eq(&place.activity),
            lrs_documents::agent.eq(&place.agent),
            lrs_documents::registration.eq(registration(place)),
            lrs_documents::name.eq(name),
        );
        diesel::insert_into(lrs_documents::table)
            .values((row, content))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?
    };
    Ok(written == 1)
}

/// Removes a document if it is still what was found; `false` when it is another by now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn delete_found(
    conn: &mut Connection,
    place: &Place,
    name: &str,
    found: &Document,
) -> QueryResult<bool> {
    let same = lrs_documents::table
        .find(key(place, name))
        .filter(lrs_documents::etag.eq(&found.etag));
    let removed = diesel::delete(same).execute(conn).await?;
    Ok(removed == 1)
}

/// Removes a document, or every document of a place but those named `kept`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn delete(
    conn: &mut Connection,
    place: &Place,
    name: Option<&str>,
) -> QueryResult<()> {
    let mut query = diesel::delete(lrs_documents::table)
        .filter(lrs_documents::resource.eq(place.resource))
        .filter(lrs_documents::activity.eq(&place.activity))
        .filter(lrs_documents::agent.eq(&place.agent))
        .into_boxed();
    if name.is_some() || place.registration.is_some() {
        query = query.filter(lrs_documents::registration.eq(registration(place)));
    }
    if let Some(name) = name {
        query = query.filter(lrs_documents::name.eq(name));
    }
    query.execute(conn).await?;
    Ok(())
}
