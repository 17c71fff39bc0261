//! Batches of many learners, saved together: whoever comes while a statement is under way goes into the
//! next one. A lone batch goes at once; under load one commit serves many learners.

use std::time::Duration;

use tokio::sync::oneshot;
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

/// Saves a group. Should it fail as a whole, each batch is tried alone: one that the database refuses
/// takes no other with it.
async fn save_group(db: &Pool, group: Vec<Waiting>) {
    let batches: Vec<&Batch> = group.iter().map(|waiting| &waiting.batch).collect();
    if let Ok(saved) = save_together(db, &batches).await {
        for waiting in group {
            let is_saved = saved.contains(&waiting.batch.registration_id);
            waiting.answer(Ok(is_saved));
        }
        return;
    }
    for waiting in group {
        let alone = save_together(db, &[&waiting.batch]).await;
        waiting.answer(alone.map(|saved| !saved.is_empty()));
    }
}

impl Waiting {
    fn answer(self, is_saved: Result<bool>) {
        // Nobody listens when the client has hung up: it asks again.
        let _ = self.saved.send(is_saved);
    }
}

async fn save_together(db: &Pool, batches: &[&Batch]) -> Result<Vec<Uuid>> {
    let mut conn = db.get().await?;
    save_all(&mut conn, batches).await.map_err(unavailable)
}
