//! Statements of many requests, stored together: whatever comes while an insertion is under way goes into
//! the next one. A lone request goes at once; under load one commit serves many.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use diesel::result::{DatabaseErrorKind, Error, QueryResult};
use diesel_async::{AsyncConnection, TransactionManager};
use moka::sync::Cache;
use tokio::sync::oneshot;

use crate::{
    db::{
        Connection, Pool,
        lrs::{self, NewStatement, Stored},
    },
    groups::{Groups, Limits},
    problem::{Problem, Result},
    xapi::moments::Open,
};

/// Insertions under way at once, each on a connection of its own, and statements in one of them.
const LIMITS: Limits = Limits {
    shifts: 3,
    enough: 1,
    patience: Duration::MAX,
    pieces: usize::MAX,
    weight: 512,
};
/// Definitions that were taken in lately and need not be looked at again.
const DEFINITIONS: u64 = 100_000;
/// Another server may have taken in another one meanwhile.
const DEFINITION_KEPT: Duration = Duration::from_mins(1);
/// How often a request is tried again when somebody else stored the same at the same time.
const TRIES: usize = 3;

type Transactions = <Connection as AsyncConnection>::TransactionManager;

/// Stores statements; a clone is the same one.
#[derive(Debug, Clone)]
pub struct Writer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    groups: Groups<Waiting>,
    /// Hash of the definition that an activity got last.
    defined: Cache<String, u64>,
    hasher: RandomState,
}

#[derive(Debug)]
struct Waiting {
    statements: Vec<NewStatement>,
    stored: oneshot::Sender<Result<Stored>>,
    /// Until it is stored, also when the client hangs up.
    open: Open,
}

impl Default for Writer {
    fn default() -> Self {
        Self(Arc::new(Shared {
            groups: Groups::default(),
            defined: Cache::builder()
                .max_capacity(DEFINITIONS)
                .time_to_live(DEFINITION_KEPT)
                .build(),
            hasher: RandomState::new(),
        }))
    }
}

impl Writer {
    /// Stores the statements of one request: all or none.
    ///
    /// # Errors
    /// When the database fails: nothing was stored then.
    pub(crate) async fn store(
        &self,
        db: &Pool,
        statements: Vec<NewStatement>,
        open: Open,
    ) -> Result<Stored> {
        if statements.is_empty() {
            return Ok(Stored::All);
        }
        let (stored, answer) = oneshot::channel();
        let waiting = Waiting {
            statements,
            stored,
            open,
        };
        let weigh = |waiting: &Waiting| waiting.statements.len();
        let (writer, db) = (self.clone(), db.clone());
        self.0.groups.add(waiting, LIMITS, weigh, move |group| {
            let (writer, db) = (writer.clone(), db.clone());
            async move { writer.store_group(&db, group).await }
        });
        let stopped = |_| Problem::Unavailable("the server is stopping; try again".into());
        answer.await.map_err(stopped)?
    }

    /// Stores a group. When one of its requests needs a closer look, each is stored alone: one that is
    /// refused takes no other with it.
    async fn store_group(&self, db: &Pool, group: Vec<Waiting>) {
        let (plain, others): (Vec<_>, Vec<_>) = group.into_iter().partition(Waiting::is_plain);
        if self.store_together(db, &plain).await {
            for waiting in plain {
                waiting.answer(Ok(Stored::All));
            }
        } else {
            for waiting in plain {
                self.store_alone(db, waiting).await;
            }
        }
        for waiting in others {
            self.store_alone(db, waiting).await;
        }
    }

    /// By one insertion; `false` when nothing was stored.
    async fn store_together(&self, db: &Pool, group: &[Waiting]) -> bool {
        let statements: Vec<&NewStatement> = group
            .iter()
            .flat_map(|waiting| &waiting.statements)
            .collect();
        if statements.is_empty() {
            return true;
        }
        let Ok(mut conn) = db.get().await else {
            return false;
        };
        let undefined = self.undefined(&statements);
        if undefined.is_empty() {
            return lrs::insert_new(&mut conn, &statements)
                .await
                .unwrap_or(false);
        }
        let definitions = undefined.iter().map(|(said, _)| *said);
        let stored = insert_and_define(&mut conn, &statements, definitions).await;
        if matches!(stored, Ok(true)) {
            for ((id, _), hash) in undefined {
                self.0.defined.insert(id.clone(), hash);
            }
            return true;
        }
        false
    }

    async fn store_alone(&self, db: &Pool, mut waiting: Waiting) {
        for tried in 1..=TRIES {
            match transaction(db, &waiting.statements).await {
                Ok(Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
                    if tried < TRIES =>
                {
                    // Another server gave the same place.
                    for new in &mut waiting.statements {
                        new.place += 1;
                    }
                }
                Ok(stored) => return waiting.answer(stored.map_err(Problem::from)),
                Err(problem) => return waiting.answer(Err(problem)),
            }
        }
    }

    /// What is said of activities and is not what was said last, each with its hash.
    fn undefined<'a>(&self, statements: &[&'a NewStatement]) -> Vec<(&'a (String, String), u64)> {
        let all = statements.iter().flat_map(|new| &new.found.definitions);
        all.map(|said| (said, self.0.hasher.hash_one(&said.1)))
            .filter(|((id, _), hash)| self.0.defined.get(id) != Some(*hash))
            .collect()
    }
}

impl Waiting {
    /// Whether it refers to no other statement, and has no attachments.
    fn is_plain(&self) -> bool {
        let mut statements = self.statements.iter();
        statements.all(|new| new.refers.is_none() && new.attachments.is_empty())
    }

    fn answer(self, stored: Result<Stored>) {
        drop(self.open);
        // Nobody listens when the client has hung up: it asks again.
        let _ = self.stored.send(stored);
    }
}

/// Stores statements with everything that follows from them; undone when they are refused.
async fn transaction(db: &Pool, statements: &[NewStatement]) -> Result<QueryResult<Stored>> {
    let mut conn = db.get().await?;
    Transactions::begin_transaction(&mut *conn).await?;
    let stored = lrs::store(&mut conn, statements).await;
    if matches!(stored, Ok(Stored::All)) {
        Transactions::commit_transaction(&mut *conn).await?;
    } else {
        Transactions::rollback_transaction(&mut *conn).await?;
    }
    Ok(stored)
}

/// Stores new statements and what they say of activities: both or neither.
async fn insert_and_define<'a>(
    conn: &mut Connection,
    statements: &[&NewStatement],
    definitions: impl Iterator<Item = &'a (String, String)>,
) -> QueryResult<bool> {
    Transactions::begin_transaction(conn).await?;
    let stored = match lrs::insert_new(conn, statements).await {
        Ok(true) => lrs::define(conn, definitions).await.map(|()| true),
        other => other,
    };
    if matches!(stored, Ok(true)) {
        Transactions::commit_transaction(conn).await?;
    } else {
        Transactions::rollback_transaction(conn).await?;
    }
    stored
}
