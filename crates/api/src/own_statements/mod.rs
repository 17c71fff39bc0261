//! What learners do in SCORM content, with its videos and at webinars, stated in the record store: made in
//! the background from what is recorded anyway, in one transaction with the note of how far that has come,
//! so that nothing is left out and nothing said twice, whatever stops when. `docs/lrs.md` says it for those
//! who read them.

mod interaction;
mod later;
mod scorm;
mod segments;
mod video;
mod vocabulary;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use later::Later;
pub(crate) use scorm::CourseReached;
use scorm::Told;
use vocabulary::{Course, Words};

use crate::{
    app::App,
    db::{
        self, Connection,
        own_statements::{self as store, Attended, Pending},
    },
    delivery,
    problem::{Problem, Result},
    routes::xapi::{SERVER, authority},
    xapi::{self, VOIDED},
};

/// How often it is looked for something to state.
const EVERY: Duration = Duration::from_secs(5);
/// Sessions or attendances looked up at a time.
const AT_A_TIME: i64 = 200;
/// Journal lines read at a time.
const LINES: i64 = 2000;

/// Sessions of this server that went on since they were last looked at; a clone is the same one.
#[derive(Debug, Clone, Default)]
pub struct Unstated(Arc<Mutex<BTreeSet<Uuid>>>);

impl Unstated {
    /// Says that a session went on. Forgetting it loses nothing: the next start of a server finds it.
    pub(crate) fn note(&self, session: Uuid) {
        self.set().insert(session);
    }

    fn take(&self) -> Vec<Uuid> {
        std::mem::take(&mut *self.set()).into_iter().collect()
    }

    fn set(&self) -> MutexGuard<'_, BTreeSet<Uuid>> {
        // No code under the lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// States what there is to state, for ever.
pub(crate) async fn work(app: App) {
    if !app.config.own_statements {
        return;
    }
    let mut work = Work::default();
    let mut is_behind = true;
    loop {
        if is_behind {
            let outcome = work.left_behind(&app).await;
            is_behind = outcome.is_err();
            note(outcome);
        }
        note(work.round(&app).await);
        tokio::time::sleep(EVERY).await;
    }
}

fn note(outcome: Result<()>) {
    if let Err(problem) = outcome {
        let error = format!("{problem:?}");
        tracing::warn!(error, "own statements could not be made; it is tried again");
    }
}

/// States all there is to state: for tests.
///
/// # Errors
/// When the database fails.
pub async fn catch_up(app: &App) -> Result<()> {
    let mut work = Work::default();
    work.left_behind(app).await?;
    work.round(app).await
}

#[derive(Default)]
struct Work {
    /// Words of package versions.
    words: HashMap<Uuid, Arc<Words>>,
    /// Sessions that could not be stated.
    later: Later,
}

impl Work {
    /// What no server has in memory: sessions that went on when one stopped.
    async fn left_behind(&mut self, app: &App) -> Result<()> {
        let mut after = None;
        loop {
            let mut conn = app.db.get().await?;
            let sessions = store::unstated(&mut conn, after, AT_A_TIME).await?;
            drop(conn);
            let Some(last) = sessions.last() else {
                return Ok(());
            };
            after = Some(*last);
            self.sessions(app, sessions).await?;
        }
    }

    /// Sessions, then webinars: whatever becomes of the ones, the others are stated.
    async fn round(&mut self, app: &App) -> Result<()> {
        let sessions = self.sessions(app, app.unstated.take()).await;
        sessions.and(webinars(app).await)
    }

    /// States each of these sessions. One that fails waits, and the others go on.
    ///
    /// # Errors
    /// When the database does not answer: those that are not stated are noted for the next time.
    async fn sessions(&mut self, app: &App, sessions: Vec<Uuid>) -> Result<()> {
        for (done, session) in sessions.iter().enumerate() {
            if self.later.holds(*session, Utc::now()) {
                app.unstated.note(*session);
                continue;
            }
            match self.session(app, *session).await {
                Ok(()) => self.later.succeeded(*session),
                Err(problem @ Problem::Unavailable(_)) => {
                    for session in &sessions[done..] {
                        app.unstated.note(*session);
                    }
                    return Err(problem);
                }
                Err(problem) => {
                    let due = self.later.failed(*session, Utc::now());
                    app.unstated.note(*session);
                    let error = format!("{problem:?}");
                    tracing::warn!(session.id = %session, error, %due, "a session could not be stated; it is tried again");
                }
            }
        }
        Ok(())
    }

    /// States what a session's journal says since it was last looked at.
    async fn session(&mut self, app: &App, session: Uuid) -> Result<()> {
        let _open = app.moments.open();
        let mut conn = app.db.get().await?;
        conn.transaction::<_, Problem, _>(async |conn| {
            while let Some(pending) = store::pending(conn, session).await? {
                if !self.portion(app, conn, session, pending).await? {
                    break;
                }
            }
            Ok(())
        })
        .await
    }

    /// Answers whether there may be more.
    async fn portion(
        &mut self,
        app: &App,
        conn: &mut Connection,
        session: Uuid,
        pending: Pending,
    ) -> Result<bool> {
        let mut lines = db::journal::lines(conn, session, pending.stated_number, LINES).await?;
        // What came meanwhile is of the next time, with what the registration has reached by then.
        lines.retain(|line| line.number <= pending.last_line);
        // The journal may be gone by now, as the settings of retention have it.
        let stated = lines.last().map_or(pending.last_line, |line| line.number);
        let words = self.words(conn, pending.package_version_id).await?;
        let course = course(app, &pending, words);
        let mut told: Told = pending
            .state
            .and_then(|state| serde_json::from_value(state).ok())
            .unwrap_or_default();
        if pending.reset_at.is_some_and(|at| at < pending.started_at)
            && told.reset_at != pending.reset_at
        {
            told = told.after(pending.reset_at);
        }
        let mut statements = Vec::new();
        for line in &lines {
            let mut videos = std::mem::take(&mut told.videos);
            videos.line(&course, told.place(), line, &mut statements);
            told.videos = videos;
            told.line(&course, line, &mut statements);
        }
        if let Some(last) = lines.last()
            && last.number == pending.last_line
        {
            told.course(&course, last.at, &pending.reached, &mut statements);
        }
        keep(app, conn, statements).await?;
        let state = delivery::json(&told);
        store::stated(conn, session, stated, pending.registration_id, &state).await?;
        Ok(stated < pending.last_line)
    }

    async fn words(&mut self, conn: &mut Connection, version: Uuid) -> Result<Arc<Words>> {
        if let Some(words) = self.words.get(&version) {
            return Ok(Arc::clone(words));
        }
        let package = db::courses::version(conn, version).await?;
        let package = package.and_then(|version| version.package());
        let words = package.map_or_else(Words::default, |package| Words::of(&package));
        let words = Arc::new(words);
        self.words.insert(version, Arc::clone(&words));
        Ok(words)
    }
}

fn course(app: &App, pending: &Pending, words: Arc<Words>) -> Course {
    let public_url = &app.config.server.public_url;
    Course {
        iri: format!("{public_url}/activities/{}", pending.package_id),
        actor: actor(app, &pending.home_page, &pending.key),
        registration: pending.registration_id,
        words,
    }
}

/// A learner, as units and the registrations API name them.
fn actor(app: &App, home_page: &str, key: &str) -> Value {
    let home_page = match home_page {
        "" => &app.config.server.public_url,
        own => own,
    };
    json!({ "objectType": "Agent", "account": { "homePage": home_page, "name": key } })
}

/// Stores statements, in this order.
async fn keep(app: &App, conn: &mut Connection, statements: Vec<Value>) -> Result<()> {
    let good: Vec<Value> = statements
        .into_iter()
        .filter(
            |statement| match xapi::check(statement, xapi::Version::V1) {
                Ok(()) => true,
                Err(fault) => {
                    // Content said something that no statement can: the rest is said all the same.
                    tracing::debug!(%fault, "an own statement was left out");
                    false
                }
            },
        )
        .collect();
    if good.is_empty() {
        return Ok(());
    }
    let authority = xapi::Authority::of(&authority(app, SERVER));
    let moments = app.moments.take(good.len());
    let prepared: Vec<_> = good
        .into_iter()
        .zip(moments)
        .map(|(statement, moment)| xapi::prepare(statement, moment, &authority, xapi::Version::V1))
        .collect();
    db::lrs::store(conn, &prepared).await?;
    Ok(())
}

/// States who attended webinars, and takes back what is no longer so.
async fn webinars(app: &App) -> Result<()> {
    loop {
        let _open = app.moments.open();
        let mut conn = app.db.get().await?;
        let more = conn
            .transaction::<_, Problem, _>(async |conn| {
                let all = store::attendances(conn, AT_A_TIME).await?;
                let more = i64::try_from(all.len()).is_ok_and(|count| count == AT_A_TIME);
                let mut statements = Vec::new();
                for attended in &all {
                    let id = Uuid::now_v7();
                    statements.push(match attended.stated_id {
                        None => presence(app, attended, id),
                        Some(stated) => taken_back(app, stated),
                    });
                    let stated = attended.stated_id.is_none().then_some(id);
                    store::attendance_stated(conn, attended, stated).await?;
                }
                keep(app, conn, statements).await?;
                Ok(more)
            })
            .await?;
        if !more {
            return Ok(());
        }
    }
}

fn presence(app: &App, attended: &Attended, id: Uuid) -> Value {
    let public_url = &app.config.server.public_url;
    let object = json!({
        "objectType": "Activity",
        "id": format!("{public_url}/events/{}", vocabulary::in_path(&attended.code)),
        "definition": { "name": { "it": attended.title }, "type": vocabulary::MEETING },
    });
    let result = json!({ "duration": format!("PT{}M", attended.minutes) });
    let context = json!({ "platform": "Percorso" });
    let actor = actor(app, &attended.home_page, &attended.key);
    let at = attended.ends_at.min(Utc::now());
    let mut statement = vocabulary::statement(at, &actor, "attended", &object, &result, &context);
    statement["id"] = id.to_string().into();
    statement
}

fn taken_back(app: &App, stated: Uuid) -> Value {
    let now: DateTime<Utc> = Utc::now();
    json!({
        "actor": authority(app, SERVER),
        "verb": { "id": VOIDED, "display": { "en": "voided" } },
        "object": { "objectType": "StatementRef", "id": stated },
        "timestamp": now.to_rfc3339(),
    })
}
