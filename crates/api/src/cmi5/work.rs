//! A registration at work: its row locked, what is reached read, and written when all is done.

use chrono::{DateTime, SecondsFormat, Utc};
use diesel_async::{AsyncConnection, TransactionManager};
use percorso_tracker::cmi5::{
    Actor, Course, Registration,
    own_statements::{self, Of, Stamp},
};
use serde_json::Value;
use uuid::Uuid;

use super::record;
use crate::{
    app::App,
    db::{self, Connection, registrations::Doing},
    delivery::reached,
    problem::{Problem, Result},
};

type Transactions = <Connection as AsyncConnection>::TransactionManager;

/// A registration whose row is locked until the transaction ends.
pub(super) struct Work {
    pub(super) id: Uuid,
    pub(super) version_id: Uuid,
    pub(super) actor: Actor,
    pub(super) language: Option<String>,
    pub(super) course: Course,
    pub(super) of: Registration,
    /// The moment of everything that happens in it.
    pub(super) now: DateTime<Utc>,
    /// Statements of the LMS, to be stored in this order.
    own: Vec<Value>,
}

impl Work {
    /// Locks a registration and reads it; one that has not begun begins: what asks nothing is
    /// satisfied at once (9.6.1.1-3).
    ///
    /// # Errors
    /// When there is none, it is not of cmi5, or the database fails.
    pub(super) async fn lock(app: &App, conn: &mut Connection, id: Uuid) -> Result<Self> {
        let locked = db::cmi5::lock(conn, id).await?;
        let locked = locked.ok_or_else(|| Problem::RegistrationNotFound(id.to_string()))?;
        let taken = app.live.taken(conn, locked.package_version_id).await?;
        let structure = taken.package.course_structure.as_ref();
        let structure = structure.ok_or_else(|| {
            Problem::Conflict(format!(
                "registration {id} is of a package that is not cmi5"
            ))
        })?;
        let of: Option<Registration> = match &locked.state {
            Some(state) => Some(serde_json::from_slice(state).map_err(Problem::internal)?),
            None => None,
        };
        let is_new = of.is_none();
        let of = of.unwrap_or_else(|| {
            let public_url = &app.config.server.public_url;
            Registration::new(format!("{public_url}/cmi5/{}", locked.package_id))
        });
        let home_page = if locked.home_page.is_empty() {
            app.config.server.public_url.clone()
        } else {
            locked.home_page
        };
        let mut work = Self {
            id,
            version_id: locked.package_version_id,
            actor: Actor {
                home_page,
                name: locked.key,
            },
            language: locked.language,
            course: Course::new(structure, &of.base),
            of,
            now: Utc::now(),
            own: Vec::new(),
        };
        if is_new {
            let satisfied = work.of.newly_satisfied(&work.course);
            work.state_satisfied(&satisfied, &Uuid::new_v4().to_string());
            work.save(app, conn, Doing::Other).await?;
        }
        Ok(work)
    }

    /// The moment, as statements say it.
    pub(super) fn timestamp(&self) -> String {
        self.now.to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// The moment, in milliseconds since 1970.
    pub(super) fn now_ms(&self) -> i64 {
        self.now.timestamp_millis()
    }

    /// Adds a statement of the LMS.
    pub(super) fn state(&mut self, make: impl FnOnce(&Self, &Stamp) -> Value) {
        let (id, timestamp) = (Uuid::new_v4().to_string(), self.timestamp());
        let stamp = Stamp {
            id: &id,
            timestamp: &timestamp,
        };
        let statement = make(self, &stamp);
        self.own.push(statement);
    }

    /// Blocks and the course are satisfied, by what happened in this session.
    pub(super) fn state_satisfied(&mut self, nodes: &[usize], session_id: &str) {
        let registration = self.id.to_string();
        for index in nodes {
            self.state(|work, stamp| {
                let of = Of {
                    actor: &work.actor,
                    registration: &registration,
                    session_id,
                };
                own_statements::satisfied(stamp, &of, &work.course, *index)
            });
        }
    }

    /// Writes what is reached and stores the LMS's statements.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn save(
        &mut self,
        app: &App,
        conn: &mut Connection,
        doing: Doing,
    ) -> Result<()> {
        let own = std::mem::take(&mut self.own);
        record::own(app, conn, own).await?;
        let progress = self.of.progress(&self.course);
        let reached = reached(&progress, 0);
        let state = serde_json::to_vec(&self.of).map_err(Problem::internal)?;
        let document = serde_json::to_string(&progress).map_err(Problem::internal)?;
        let (state, progress) = (Some(&state[..]), Some(&document[..]));
        db::registrations::write(conn, self.id, state, progress, &reached, doing).await?;
        Ok(())
    }
}

/// Begins a registration of a cmi5 package, once; others are left alone.
///
/// # Errors
/// When the database fails.
pub(crate) async fn begin(app: &App, id: Uuid) -> Result<()> {
    transaction(app, async |conn| Work::lock(app, conn, id).await.map(drop)).await
}

/// All or nothing. A caller that goes away in the middle leaves an open transaction, which the pool
/// does not take back: the database undoes it.
///
/// # Errors
/// What `work` says, or when the database fails.
pub(super) async fn transaction<T>(
    app: &App,
    work: impl AsyncFnOnce(&mut Connection) -> Result<T>,
) -> Result<T> {
    // What is stored in it can be seen only once it is committed.
    let _open = app.moments.open();
    let mut conn = app.db.get().await?;
    Transactions::begin_transaction(&mut *conn).await?;
    match work(&mut conn).await {
        Ok(value) => {
            Transactions::commit_transaction(&mut *conn).await?;
            Ok(value)
        }
        Err(problem) => {
            Transactions::rollback_transaction(&mut *conn).await?;
            Err(problem)
        }
    }
}
