//! Batches of many learners, saved together: whoever comes while a statement is under way goes into the
//! next one. A lone batch goes at once; under load one commit serves many learners.

use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error, QueryResult};
use diesel_async::pooled_connection::deadpool::Object;
use tokio::{sync::oneshot, time::timeout};
use uuid::Uuid;

use super::unavailable;
use crate::{
    db::{
        Pool,
        journal::{Batch, save_all},
    },
    groups::{Groups, Limits},
    problem::{Problem, Result},
};

/// Statements under way at once, each on a connection of its own; batches in one of them, and bytes of
/// their state and entries. The second begins only when half of a statement's worth waits, or when the
/// first is late.
const LIMITS: Limits = Limits {
    shifts: 2,
    enough: 32,
    patience: Duration::from_millis(50),
    pieces: 64,
    weight: 4 << 20,
};

/// How long a statement may take: longer than a page waits for its answer helps nobody.
const LONGEST: Duration = Duration::from_secs(20);

/// Saves batches; a clone is the same one.
#[derive(Debug, Clone, Default)]
pub struct Writer(Groups<Waiting>);

#[derive(Debug)]
struct Waiting {
    batch: Batch,
    saved: oneshot::Sender<Result<bool>>,
}

impl Writer {
    /// Saves a batch; `false` when the registration has another revision by now: nothing was changed
    /// then. One batch of a registration at a time: whoever calls holds its place.
    ///
    /// # Errors
    /// When the database fails: nothing was changed then.
    pub(crate) async fn save(&self, db: &Pool, batch: Batch) -> Result<bool> {
        let (saved, answer) = oneshot::channel();
        let weigh = |waiting: &Waiting| waiting.batch.bytes();
        let db = db.clone();
        self.0
            .add(Waiting { batch, saved }, LIMITS, weigh, move |group| {
                let db = db.clone();
                async move { save_group(&db, group).await }
            });
        let stopped = |_| Problem::Unavailable("the server is stopping; try again".into());
        answer.await.map_err(stopped)?
    }
}

/// Saves a group. Should the database refuse it as a whole, each batch is tried alone: one that it refuses
/// takes no other with it.
async fn save_group(db: &Pool, group: Vec<Waiting>) {
    let batches: Vec<&Batch> = group.iter().map(|waiting| &waiting.batch).collect();
    match save_together(db, &batches).await {
        Ok(Ok(saved)) => {
            for waiting in group {
                let is_saved = saved.contains(&waiting.batch.registration_id);
                waiting.answer(Ok(is_saved));
            }
        }
        Ok(Err(_)) => {
            for waiting in group {
                let alone = save_together(db, &[&waiting.batch]).await;
                let alone = alone.and_then(|saved| saved.map_err(unavailable));
                waiting.answer(alone.map(|saved| !saved.is_empty()));
            }
        }
        Err(_) => {
            for waiting in group {
                waiting.answer(Err(silent()));
            }
        }
    }
}

impl Waiting {
    fn answer(self, is_saved: Result<bool>) {
        // Nobody listens when the client has hung up: it asks again.
        let _ = self.saved.send(is_saved);
    }
}

/// The database's answer.
///
/// # Errors
/// When there is none, now or in time. Whether the batches are saved is not known then: whoever sends them
/// again finds out by their numbers.
async fn save_together(db: &Pool, batches: &[&Batch]) -> Result<QueryResult<Vec<Uuid>>> {
    let mut conn = db.get().await?;
    match timeout(LONGEST, save_all(&mut conn, batches)).await {
        Ok(Err(Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _))) => Err(silent()),
        Ok(saved) => Ok(saved),
        Err(_) => {
            // What is still under way on it is nobody else's.
            drop(Object::take(conn));
            Err(silent())
        }
    }
}

fn silent() -> Problem {
    Problem::Unavailable("the database does not answer; try again in a moment".into())
}
