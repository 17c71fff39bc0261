//! Batches of many learners, saved together: whoever comes while a statement is under way goes into the
//! next one. A lone batch goes at once; under load one commit serves many learners.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;
use uuid::Uuid;

use super::unavailable;
use crate::{
    db::{
        Pool,
        journal::{Batch, save_all},
    },
    problem::{Problem, Result},
};

/// Statements under way at once, each on a connection of its own.
const WRITERS: usize = 2;
/// Batches in one statement, at most.
const GROUP: usize = 64;
/// Bytes of state and entries in one statement, at most (a single batch may have more).
const GROUP_BYTES: usize = 4 << 20;

/// Saves batches; a clone is the same one.
#[derive(Debug, Clone, Default)]
pub struct Writer(Arc<Mutex<Queue>>);

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    writers: usize,
}

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
        let needs_writer = {
            let mut queue = self.queue();
            queue.waiting.push_back(Waiting { batch, saved });
            let needs_writer = queue.writers < WRITERS;
            queue.writers += usize::from(needs_writer);
            needs_writer
        };
        if needs_writer {
            // Not part of this request: it goes on when the client hangs up.
            let shift = Shift {
                writer: self.clone(),
                is_counted: true,
            };
            tokio::spawn(shift.work(db.clone()));
        }
        let stopped = |_| Problem::Unavailable("the server is stopping; try again".into());
        answer.await.map_err(stopped)?
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // No code under the lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A writer at work. However it ends, also with a server that stops, it is no longer counted.
struct Shift {
    writer: Writer,
    is_counted: bool,
}

impl Drop for Shift {
    fn drop(&mut self) {
        if self.is_counted {
            self.writer.queue().writers -= 1;
        }
    }
}

impl Shift {
    async fn work(mut self, db: Pool) {
        loop {
            let group = self.next_group();
            if group.is_empty() {
                return;
            }
            save_group(&db, group).await;
        }
    }

    /// The batches of the next statement. When there are none the shift is over: counted off under the
    /// same lock, so that whoever comes next knows to begin a new one.
    fn next_group(&mut self) -> Vec<Waiting> {
        let mut queue = self.writer.queue();
        let mut bytes = 0;
        let fits = |waiting: &&Waiting| {
            bytes += waiting.batch.bytes();
            bytes <= GROUP_BYTES
        };
        let count = queue.waiting.iter().take(GROUP).take_while(fits).count();
        let count = count.max(1).min(queue.waiting.len());
        if count == 0 {
            queue.writers -= 1;
            self.is_counted = false;
        }
        queue.waiting.drain(..count).collect()
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
