//! Sessions under way, kept in memory. Only a cache: what counts is in the database, and a server
//! that starts anew reads it from there.

use std::{sync::Arc, time::Duration};

use moka::{future, sync};
use percorso_package::Package;
use percorso_tracker::{
    cmi5,
    session::{
        ActivityProgress, Begin, Completion, Course, LaunchMode, Learner, LearnerGlobals, Progress,
        Session,
    },
};
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use super::unavailable;
use crate::{
    app::App,
    db::{self, Connection},
    problem::{Problem, Result},
};

/// Courses kept in memory.
const COURSES: u64 = 500;
/// Registrations kept in memory.
const REGISTRATIONS: u64 = 20_000;
/// How long one is kept without a sign of life.
const IDLE: Duration = Duration::from_mins(30);

/// What is kept in memory.
#[derive(Debug, Clone)]
pub struct Live {
    slots: sync::Cache<Uuid, Slot>,
    courses: future::Cache<Uuid, Arc<Taken>>,
}

/// One registration's place; who holds the lock is the only one at work on it in this process.
type Slot = Arc<Mutex<Option<Held>>>;

/// A package version, ready to be delivered.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The typed package.
    pub(crate) package: Package,
    /// For the engine.
    pub(crate) course: Arc<Course>,
    /// What is reached before the first session.
    pub(crate) untouched: Progress,
}

/// A registration as the database has it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// Counts writes of the state.
    pub(crate) revision: i64,
    /// The version taken.
    pub(crate) version_id: Uuid,
    /// Who takes it.
    pub(crate) learner_id: Uuid,
    /// Attempts on the root that resets put aside.
    pub(crate) past_attempts: i32,
    /// An author's preview, which counts nowhere.
    pub(crate) preview: bool,
    /// The course.
    pub(crate) taken: Arc<Taken>,
    /// The engine; `None` before the first session.
    pub(crate) engine: Option<Session>,
    /// Progress of `engine`, waivers counted.
    pub(crate) progress: Option<Progress>,
    /// Activities waived for the learner.
    pub(crate) waived: Vec<String>,
    /// The database has `progress` for certain.
    pub(crate) is_progress_saved: bool,
    /// The learner's globals as saved last.
    pub(crate) globals: LearnerGlobals,
    /// The session started last.
    pub(crate) current: Option<Current>,
}

/// The session started last.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    /// Its id.
    pub(crate) id: Uuid,
    /// Last number acknowledged.
    pub(crate) last_number: i64,
    /// How it ended, when it did.
    pub(crate) end_reason: Option<String>,
}

impl Current {
    /// Whether something from outside closed it: then it takes no more entries. A session that ended
    /// by itself still takes what its page says last.
    pub(crate) fn is_closed(&self) -> bool {
        let reason = self.end_reason.as_deref();
        reason.is_some_and(|reason| !matches!(reason, "ended" | "suspended"))
    }
}

impl Default for Live {
    fn default() -> Self {
        Self {
            slots: sync::Cache::builder()
                .max_capacity(REGISTRATIONS)
                .time_to_idle(IDLE)
                .build(),
            courses: future::Cache::new(COURSES),
        }
    }
}

impl Live {
    /// Locks a registration's place.
    pub(crate) async fn lock(&self, registration_id: Uuid) -> OwnedMutexGuard<Option<Held>> {
        let slot = self.slots.get_with(registration_id, Slot::default);
        slot.lock_owned().await
    }

    /// Forgets everything, as a restart would.
    pub fn forget_all(&self) {
        self.slots.invalidate_all();
        self.courses.invalidate_all();
    }

    /// A package version, ready to be delivered.
    ///
    /// # Errors
    /// When the database fails or the stored package cannot be read.
    pub(crate) async fn taken(
        &self,
        conn: &mut Connection,
        version_id: Uuid,
    ) -> Result<Arc<Taken>> {
        if let Some(taken) = self.courses.get(&version_id).await {
            return Ok(taken);
        }
        let manifest = db::registrations::manifest(conn, version_id).await?;
        let package: Package = serde_json::from_value(manifest).map_err(Problem::internal)?;
        let taken = Arc::new(Taken::new(package)?);
        self.courses.insert(version_id, Arc::clone(&taken)).await;
        Ok(taken)
    }
}

impl Taken {
    fn new(package: Package) -> Result<Self> {
        let course = Arc::new(Course::new(&package));
        if let Some(structure) = &package.course_structure {
            let whole = cmi5::Course::new(structure, "");
            let untouched = cmi5::Registration::default().progress(&whole);
            return Ok(Self {
                package,
                course,
                untouched,
            });
        }
        let mut untouched = nobody(&course, Vec::new())?.progress();
        not_attempted(&mut untouched.root);
        Ok(Self {
            package,
            course,
            untouched,
        })
    }

    /// What is reached before the first session, with these activities waived.
    pub(super) fn waiving(&self, waived: &[String]) -> Result<Progress> {
        Ok(nobody(&self.course, waived.to_vec())?.progress())
    }

    /// Whether the package has this activity.
    pub(crate) fn has(&self, activity_id: &str) -> bool {
        fn below(activity: &ActivityProgress, id: &str) -> bool {
            activity.id == id || activity.children.iter().any(|child| below(child, id))
        }
        below(&self.untouched.root, activity_id)
    }
}

/// A session that nobody has begun.
fn nobody(course: &Arc<Course>, waived: Vec<String>) -> Result<Session> {
    let begin = Begin {
        learner: Learner {
            id: String::new(),
            name: String::new(),
            language: String::new(),
        },
        mode: LaunchMode::Normal,
        globals: LearnerGlobals::default(),
        seed: 0,
        waived,
    };
    Session::begin(Arc::clone(course), None, begin).map_err(Problem::internal)
}

fn not_attempted(activity: &mut ActivityProgress) {
    activity.completion = Completion::NotAttempted;
    activity.children.iter_mut().for_each(not_attempted);
}

impl Held {
    /// Reads a registration as it stands in the database.
    ///
    /// # Errors
    /// When there is none, the database fails, or the state cannot be read.
    pub(crate) async fn load(app: &App, registration_id: Uuid) -> Result<Self> {
        let mut conn = app.db.get().await?;
        let standing = db::registrations::standing(&mut conn, registration_id)
            .await
            .map_err(unavailable)?
            .ok_or_else(|| Problem::RegistrationNotFound(registration_id.to_string()))?;
        let taken = app
            .live
            .taken(&mut conn, standing.package_version_id)
            .await?;
        let restore = |state: &[u8]| Session::restore(Arc::clone(&taken.course), state);
        let engine = standing.state.as_deref().map(restore).transpose();
        let engine = engine.map_err(Problem::internal)?;
        let waived = db::registrations::waived(&mut conn, &[registration_id])
            .await
            .map_err(unavailable)?;
        let waived: Vec<String> = waived.into_iter().map(|(_, activity)| activity).collect();
        let current = standing.session_id.map(|id| Current {
            id,
            last_number: standing.last_number.unwrap_or_default(),
            end_reason: standing.end_reason,
        });
        Ok(Self {
            revision: standing.revision,
            preview: standing.preview,
            version_id: standing.package_version_id,
            learner_id: standing.learner_id,
            past_attempts: standing.past_attempts,
            progress: engine
                .as_ref()
                .map(|engine| engine.progress_waiving(&waived)),
            waived,
            is_progress_saved: false,
            globals: engine.as_ref().map(Session::globals).unwrap_or_default(),
            engine,
            taken,
            current,
        })
    }
}
