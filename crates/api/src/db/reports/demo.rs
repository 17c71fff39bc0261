//! The mark of a database that is for trying out.

use diesel::{QueryResult, QueryableByName, sql_types::Bool};
use diesel_async::RunQueryDsl;

use crate::db::Connection;

/// Marks the database as one for trying out.
///
/// # Errors
/// When the database fails.
pub(crate) async fn mark(conn: &mut Connection) -> QueryResult<usize> {
    diesel::sql_query("INSERT INTO demo_mark DEFAULT VALUES ON CONFLICT DO NOTHING")
        .execute(conn)
        .await
}

/// The database is marked as one for trying out.
///
/// # Errors
/// When the database fails.
pub(crate) async fn is_marked(conn: &mut Connection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        marked: bool,
    }
    let row: Row = diesel::sql_query("SELECT EXISTS (SELECT FROM demo_mark) AS marked")
        .get_result(conn)
        .await?;
    Ok(row.marked)
}
