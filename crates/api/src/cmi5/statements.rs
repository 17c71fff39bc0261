//! Statements of a unit: judged before they are stored, taken when they are; one transaction for
//! both and for what the LMS states because of them.

use percorso_tracker::cmi5::Session;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    calls::AuCaller,
    work::{Work, transaction},
};
use crate::{
    app::App,
    db::{self, Connection, registrations::Doing},
    problem::{Problem, Result},
    xapi,
};

/// Judges the statements of one request, stores them by `store`, and takes them. The order among them
/// is that of their timestamps (9.3). Nothing is stored when one is refused; the refusal is in the
/// session's journal.
///
/// Whoever is judged came while the session was open. A statement that is stored already, the same, is passed
/// over: a unit that did not hear the answer may send it again. That is looked up under the lock: the first may
/// be on its way, and may be what ended the session.
///
/// # Errors
/// `Refused` with the requirement, whatever `store` answers, or when the database fails.
pub(crate) async fn judge<T>(
    app: &App,
    caller: &AuCaller,
    statements: &[Value],
    store: impl AsyncFnOnce(&mut Connection) -> Result<T>,
) -> Result<T> {
    let outcome = transaction(app, async |conn| {
        let mut work = Work::lock(app, conn, caller.registration_id).await?;
        let found = db::cmi5::lock_session(conn, caller.session_id).await?;
        let found = found.ok_or_else(|| Problem::SessionNotFound(caller.session_id.to_string()))?;
        let mut session: Session =
            serde_json::from_value(found.state).map_err(Problem::internal)?;
        let sent: Vec<Uuid> = statements.iter().filter_map(id).collect();
        let known = db::lrs::known(conn, &sent).await?;
        let is_known = |statement: &Value| {
            let known = id(statement).and_then(|id| known.get(&id));
            known.is_some_and(|known| xapi::same(known, statement))
        };
        let (mut own, mut lines) = (Vec::new(), Vec::new());
        for statement in in_order(statements) {
            if is_known(statement) {
                continue;
            }
            let stated = match session.judge(&work.of, statement) {
                Ok(stated) => stated,
                Err(refusal) => {
                    return Ok(Outcome::Refused(statement.clone(), refusal.into()));
                }
            };
            let now_ms = work.now_ms();
            let (course, of) = (&work.course, &mut work.of);
            let satisfied = session.take(of, course, statement, stated, now_ms);
            let decisions: Vec<Value> = satisfied
                .iter()
                .map(|index| json!({ "satisfied": work.course.nodes[*index].id }))
                .collect();
            let outcome = (!decisions.is_empty()).then(|| json!({ "decisions": decisions }));
            lines.push((event(statement), outcome));
            own.extend(satisfied);
        }
        for (event, outcome) in lines {
            db::cmi5::note(conn, caller.session_id, work.now, &event, outcome.as_ref()).await?;
        }
        let stored = store(conn).await?;
        let state = serde_json::to_value(&session).map_err(Problem::internal)?;
        let end_reason = session.terminated_ms.map(|_| "ended");
        db::cmi5::update(conn, caller.session_id, &state, end_reason).await?;
        work.state_satisfied(&own, &session.id);
        work.save(app, conn, Doing::Learner).await?;
        Ok(Outcome::Kept(stored))
    })
    .await?;
    match outcome {
        Outcome::Kept(stored) => Ok(stored),
        Outcome::Refused(statement, problem) => {
            note_refusal(app, caller, &statement, &problem).await?;
            Err(problem)
        }
    }
}

enum Outcome<T> {
    Kept(T),
    Refused(Value, Problem),
}

fn id(statement: &Value) -> Option<Uuid> {
    statement["id"].as_str()?.parse().ok()
}

/// By timestamp; those of one moment, and those without, as they came.
fn in_order(statements: &[Value]) -> Vec<&Value> {
    let mut ordered: Vec<&Value> = statements.iter().collect();
    ordered.sort_by_key(|statement| {
        let stated = statement["timestamp"].as_str().unwrap_or_default();
        chrono::DateTime::parse_from_rfc3339(stated).ok()
    });
    ordered
}

/// The journal's words of a statement.
fn event(statement: &Value) -> Value {
    json!({
        "event": "statement",
        "request": statement["verb"]["id"],
        "statement": statement,
    })
}

async fn note_refusal(
    app: &App,
    caller: &AuCaller,
    statement: &Value,
    problem: &Problem,
) -> Result<()> {
    let document = problem.document();
    let diagnostic = format!("{}: {}", document["requirement"], document["detail"]);
    let outcome =
        json!({ "answer": { "result": "refused", "error": 403, "diagnostic": diagnostic } });
    let mut conn = app.db.get().await?;
    let now = chrono::Utc::now();
    db::cmi5::note(
        &mut conn,
        caller.session_id,
        now,
        &event(statement),
        Some(&outcome),
    )
    .await?;
    Ok(())
}
