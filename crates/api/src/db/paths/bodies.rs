//! Public bodies.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::schema::bodies;
use crate::db::Connection;

/// A body as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = bodies, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Body {
    /// Our id.
    pub(crate) id: Uuid,
    /// The code that outside programs know it by.
    pub(crate) code: String,
    /// Name.
    pub(crate) name: String,
    /// `comune`, `unione`, `provincia` or `other`.
    pub(crate) kind: String,
    /// The body it belongs to.
    pub(crate) parent_id: Option<Uuid>,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
}

/// Makes a body, or brings the one with this code up to date.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put(conn: &mut Connection, body: &Body) -> QueryResult<Body> {
    diesel::insert_into(bodies::table)
        .values(body)
        .on_conflict(bodies::code)
        .do_update()
        .set((
            bodies::name.eq(&body.name),
            bodies::kind.eq(&body.kind),
            bodies::parent_id.eq(body.parent_id),
        ))
        .returning(Body::as_returning())
        .get_result(conn)
        .await
}

/// Every body, by name.
///
/// # Errors
/// When the database fails.
pub(crate) async fn all(conn: &mut Connection) -> QueryResult<Vec<Body>> {
    bodies::table
        .order((bodies::name, bodies::id))
        .select(Body::as_select())
        .load(conn)
        .await
}

/// A body by its code.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_code(conn: &mut Connection, code: &str) -> QueryResult<Option<Body>> {
    bodies::table
        .filter(bodies::code.eq(code))
        .select(Body::as_select())
        .first(conn)
        .await
        .optional()
}
