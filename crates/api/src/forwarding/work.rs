//! Sending what waits. One server of several sends to a store at a time; when it dies the claim ends by
//! itself, and what was not noted as arrived is sent again: the id tells the other store that it has it.

use std::time::Duration;

use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use reqwest::header;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{bare, wants};
use crate::{
    app::App,
    db::lrs::forward::{self as db, Claimed},
    problem::Result,
    routes::xapi::{blobs, multipart},
    webhooks::{Answer, lease, wait_after},
    xapi::attachment::{self, Described},
};

/// How often the outbox is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Stores that are sent to at once.
const MOST: usize = 8;
/// Statements in one request, at most.
const BATCH: i64 = 100;
/// Requests to one store before another has its turn.
const TURN: usize = 50;

/// Sends what waits, for ever.
pub async fn work(app: App) {
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < MOST {
            match claim(&app, Utc::now()).await {
                Ok(Some(claimed)) => {
                    let app = app.clone();
                    under_way.spawn(async move { note(turn(&app, &claimed, Utc::now()).await) });
                }
                Ok(None) => break,
                Err(problem) => {
                    note(Err(problem));
                    break;
                }
            }
        }
        tokio::select! {
            Some(_) = under_way.join_next() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

fn note(outcome: Result<()>) {
    if let Err(problem) = outcome {
        let error = format!("{problem:?}");
        tracing::warn!(
            error,
            "statements could not be sent on; they are tried again"
        );
    }
}

/// Sends everything that is due at `now`, and answers how many turns that took: for tests.
///
/// # Errors
/// When the database fails.
pub async fn forward_due(app: &App, now: DateTime<Utc>) -> Result<usize> {
    let mut count = 0;
    while let Some(claimed) = claim(app, now).await? {
        turn(app, &claimed, now).await?;
        count += 1;
    }
    Ok(count)
}

async fn claim(app: &App, now: DateTime<Utc>) -> Result<Option<Claimed>> {
    let mut conn = app.db.get().await?;
    Ok(db::claim(&mut conn, now, now + lease(app)).await?)
}

/// What is sent by one request.
#[derive(Debug, Default)]
struct Load {
    places: Vec<i64>,
    statements: Vec<Value>,
    /// The attachments whose bytes go along.
    attachments: Vec<Described>,
}

/// What came of a request.
enum Came {
    /// It has arrived.
    Arrived,
    /// Something in it is not accepted, now or ever.
    Refused(Answer),
    /// The other store cannot take it now.
    Failed(Answer),
}

/// Sends batches to one store until nothing waits, or it does not take them.
async fn turn(app: &App, claimed: &Claimed, now: DateTime<Utc>) -> Result<()> {
    for _ in 0..TURN {
        let waiting = db::next(&mut *app.db.get().await?, claimed.id, BATCH).await?;
        if waiting.is_empty() {
            break;
        }
        let mut left_out = Vec::new();
        let mut loads: Vec<Load> = Vec::new();
        for one in waiting {
            let statement: Value = serde_json::from_str(&one.statement).unwrap_or_default();
            if !wants(app, claimed, &statement) {
                left_out.push(one.seq);
                continue;
            }
            let attachments = bytes_needed(&statement);
            // What has bytes goes alone, in its turn.
            let alone = !attachments.is_empty();
            if alone || loads.last().is_none_or(|load| !load.attachments.is_empty()) {
                loads.push(Load::default());
            }
            if let Some(load) = loads.last_mut() {
                load.places.push(one.seq);
                load.statements.push(bare(statement));
                load.attachments = attachments;
            }
        }
        done(app, claimed, left_out, 0).await?;
        for load in loads {
            if let Err(answer) = deliver(app, claimed, load).await? {
                let wait = wait_after(claimed.tries + 1, rand::random());
                let wait = wait.max(answer.retry_after.unwrap_or_default());
                let mut conn = app.db.get().await?;
                db::note(&mut conn, claimed.id, Some((&answer, now + wait))).await?;
                return Ok(());
            }
        }
    }
    db::note(&mut *app.db.get().await?, claimed.id, None).await?;
    Ok(())
}

/// Attachments that can be had nowhere else.
fn bytes_needed(statement: &Value) -> Vec<Described> {
    let mut described = attachment::described(statement);
    described.retain(|described| !described.has_url || described.is_signature);
    described
}

async fn done(app: &App, claimed: &Claimed, places: Vec<i64>, arrived: usize) -> Result<()> {
    if places.is_empty() {
        return Ok(());
    }
    let mut conn = app.db.get().await?;
    let until = Utc::now() + lease(app);
    db::done(&mut conn, claimed.id, places, arrived, until).await?;
    Ok(())
}

/// Sends a load; when it is not accepted, each of it alone, so that one takes no other with it. The inner
/// error is that the store takes nothing now.
async fn deliver(
    app: &App,
    claimed: &Claimed,
    load: Load,
) -> Result<std::result::Result<(), Answer>> {
    let count = load.places.len();
    match send(app, claimed, &load).await? {
        Came::Arrived => done(app, claimed, load.places, count).await?,
        Came::Failed(answer) => return Ok(Err(answer)),
        Came::Refused(answer) if count == 1 => {
            let mut conn = app.db.get().await?;
            db::refuse(&mut conn, claimed.id, load.places[0], &answer).await?;
        }
        Came::Refused(_) => {
            for (place, statement) in load.places.into_iter().zip(load.statements) {
                let alone = Load {
                    places: vec![place],
                    statements: vec![statement],
                    attachments: Vec::new(),
                };
                if let Err(answer) = Box::pin(deliver(app, claimed, alone)).await? {
                    return Ok(Err(answer));
                }
            }
        }
    }
    Ok(Ok(()))
}

async fn send(app: &App, claimed: &Claimed, load: &Load) -> Result<Came> {
    let json = Value::from(load.statements.clone())
        .to_string()
        .into_bytes();
    let (content_type, body) = if load.attachments.is_empty() {
        ("application/json".to_owned(), json)
    } else {
        multipart::write(&json, &blobs::fetch(app, load.attachments.clone()).await?)
    };
    let url = format!("{}/statements", claimed.url);
    let answer = app.webhooks.post(&url, |request| {
        request
            .basic_auth(&claimed.username, Some(&claimed.password))
            .header("X-Experience-API-Version", &claimed.version)
            .header(header::CONTENT_TYPE, content_type)
            .body(body)
    });
    Ok(came(answer.await, load.places.len()))
}

/// A conflict of one says that the other store has it already.
fn came(answer: Answer, count: usize) -> Came {
    let status = answer
        .status
        .and_then(|status| StatusCode::from_u16(status).ok());
    match status {
        Some(StatusCode::CONFLICT) if count == 1 => Came::Arrived,
        Some(status) if status.is_success() => Came::Arrived,
        Some(
            StatusCode::BAD_REQUEST
            | StatusCode::CONFLICT
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY,
        ) => Came::Refused(answer),
        _ => Came::Failed(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_never_arrive_is_told_from_what_may_later() {
        let check = |status, count| {
            let answer = Answer {
                status,
                ..Answer::default()
            };
            match came(answer, count) {
                Came::Arrived => "arrived",
                Came::Refused(_) => "refused",
                Came::Failed(_) => "failed",
            }
        };
        assert_eq!(check(Some(200), 9), "arrived");
        assert_eq!(check(Some(409), 9), "refused");
        assert_eq!(check(Some(409), 1), "arrived");
        for status in [400, 413, 422] {
            assert_eq!(check(Some(status), 1), "refused", "{status}");
        }
        for status in [Some(302), Some(401), Some(404), Some(429), Some(500), None] {
            assert_eq!(check(status, 1), "failed", "{status:?}");
        }
    }
}
