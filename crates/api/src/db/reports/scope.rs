//! Whose numbers somebody may see: a body with those that belong to it, or all.

use diesel::{
    prelude::*,
    sql_types::{Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{Connection, paths::bodies::Body, paths::schema::bodies};

/// Bodies whose people may be seen; `None` is everybody.
pub(crate) type Bodies = Option<Vec<Uuid>>;

/// The body that an account answers for.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_account(
    conn: &mut Connection,
    account_id: Uuid,
) -> QueryResult<Option<Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<SqlUuid>)]
        body_id: Option<Uuid>,
    }
    // An account that only names its body in words answers for the body of that name, when there is one.
    let row: Option<Row> = diesel::sql_query(
        "SELECT COALESCE(a.body_id, (SELECT b.id FROM bodies b WHERE b.name = a.organization LIMIT 1)) AS body_id \
         FROM accounts a WHERE a.id = $1",
    )
    .bind::<SqlUuid, _>(account_id)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.and_then(|row| row.body_id))
}

/// A body and all that belong to it, by name.
///
/// # Errors
/// When the database fails.
pub(crate) async fn below(conn: &mut Connection, body_id: Uuid) -> QueryResult<Vec<Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "WITH RECURSIVE below AS (SELECT id FROM bodies WHERE id = $1 \
         UNION SELECT b.id FROM bodies b JOIN below ON b.parent_id = below.id) SELECT id FROM below",
    )
    .bind::<SqlUuid, _>(body_id)
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Bodies among these whose name or code has a text in it, by name.
///
/// # Errors
/// When the database fails.
pub(crate) async fn search(
    conn: &mut Connection,
    within: &Bodies,
    text: &str,
    limit: i64,
) -> QueryResult<Vec<Body>> {
    let pattern = super::people::pattern(text);
    let mut query = bodies::table
        .filter(
            bodies::name
                .ilike(pattern.clone())
                .or(bodies::code.ilike(pattern)),
        )
        .order((bodies::name, bodies::id))
        .limit(limit)
        .select(Body::as_select())
        .into_boxed();
    if let Some(within) = within {
        query = query.filter(bodies::id.eq_any(within));
    }
    query.load(conn).await
}

/// A body by its id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn body(conn: &mut Connection, id: Uuid) -> QueryResult<Option<Body>> {
    bodies::table
        .find(id)
        .select(Body::as_select())
        .first(conn)
        .await
        .optional()
}

/// Notes the body that an account answers for.
///
/// # Errors
/// When the database fails.
pub(crate) async fn answer_for(
    conn: &mut Connection,
    email: &str,
    body_id: Uuid,
) -> QueryResult<usize> {
    diesel::sql_query("UPDATE accounts SET body_id = $2 WHERE lower(email) = lower($1)")
        .bind::<Text, _>(email)
        .bind::<SqlUuid, _>(body_id)
        .execute(conn)
        .await
}
