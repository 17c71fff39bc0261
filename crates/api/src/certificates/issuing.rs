//! Attestati that nobody has to ask for. Whatever completes the last item of a path (a journal, a cmi5
//! statement, an attendance), the standings notice it in the background; what is complete then gets its
//! attestato. Nothing of this is on the way of those who write progress.

use uuid::Uuid;

use super::{Issuer, new_code};
use crate::{
    app::App,
    db::{
        Connection,
        paths::{
            certificates::{self, Certificate},
            enrolments::{self, Enrolment},
        },
    },
    problem::{Problem, Result},
};

/// Enrolments looked at together.
const AT_A_TIME: i64 = 100;

/// The attestato of an enrolment, issued now when there is none.
///
/// # Errors
/// `Conflict` when something is missing: says what.
pub(crate) async fn issue(
    app: &App,
    conn: &mut Connection,
    enrolment: Enrolment,
) -> Result<Certificate> {
    let id = enrolment.id;
    let issuer = Issuer::of(&app.config.issuer);
    let said = crate::routes::paths::said_of(conn, enrolment, issuer).await?;
    let said = serde_json::to_value(&said).map_err(Problem::internal)?;
    Ok(certificates::issue(conn, id, &new_code(), &said).await?)
}

/// Issues what is due; answers how many. An enrolment that was complete once and is not any more (the course
/// has grown since) waits until it is again.
///
/// # Errors
/// When the database fails.
pub(crate) async fn issue_due(app: &App) -> Result<usize> {
    let mut conn = app.db.get().await?;
    let mut issued = 0;
    let mut after = Uuid::nil();
    loop {
        let due = enrolments::due(&mut conn, after, AT_A_TIME).await?;
        let Some(last) = due.last() else {
            return Ok(issued);
        };
        after = last.id;
        for enrolment in due {
            match issue(app, &mut conn, enrolment).await {
                Ok(_) => issued += 1,
                Err(Problem::Conflict(_)) => {}
                Err(problem) => return Err(problem),
            }
        }
    }
}
