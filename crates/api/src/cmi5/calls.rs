//! Who a unit is when it calls the LRS, and what it may ask of each resource (8.1.2, 10.2.1, 11).

use percorso_tracker::cmi5::{Refusal, Session, preferences, vocabulary as v};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    app::App,
    db::{self, cmi5::UnitSession},
    problem::{Problem, Result},
};

/// A unit in its session.
#[derive(Debug, Clone)]
pub(crate) struct AuCaller {
    /// The session.
    pub(crate) session_id: Uuid,
    /// Its registration.
    pub(crate) registration_id: Uuid,
    /// What is known of it.
    pub(crate) session: Session,
}

/// The unit whose token this is: user and password of a Basic header. `None` when they are none of
/// a unit.
///
/// # Errors
/// `Refused` when the session is over (8.1.2.0-2), or when the database fails.
pub(crate) async fn authenticate(app: &App, user: &str, secret: &str) -> Result<Option<AuCaller>> {
    let Ok(session_id) = user.parse::<Uuid>() else {
        return Ok(None);
    };
    let mut conn = app.db.get().await?;
    let Some(found) = db::cmi5::find(&mut conn, session_id).await? else {
        return Ok(None);
    };
    if !is_its_own(&found, secret) {
        return Ok(None);
    }
    let session: Session =
        serde_json::from_value(found.state.clone()).map_err(Problem::internal)?;
    if session.abandoned_ms.is_some() {
        return Err(over("9.3.6.0-2", "it was abandoned"));
    }
    if session.terminated_ms.is_some() || found.ended_at.is_some() {
        return Err(over("9.3.0.0-5", "terminated was its last statement"));
    }
    db::cmi5::seen(&mut conn, &found).await?;
    Ok(Some(AuCaller {
        session_id,
        registration_id: found.registration_id,
        session,
    }))
}

fn over(requirement: &'static str, why: &str) -> Problem {
    Refusal::new(
        requirement,
        format!("the session is over: {why}; launch again"),
    )
    .into()
}

fn is_its_own(found: &UnitSession, secret: &str) -> bool {
    let digest = Sha256::digest(secret.as_bytes());
    let known = found.token_hash.as_deref().unwrap_or_default();
    // Both are hashes: what time tells of them tells nothing of the secret.
    known == digest.as_slice()
}

impl AuCaller {
    /// The agent that a request names is the learner of the launch; none named is the xAPI's matter.
    ///
    /// # Errors
    /// `Refused` (8.1.3.0-3; of profiles 11.0.0.0-1).
    pub(crate) fn check_agent(
        &self,
        agent: Option<&Value>,
        requirement: &'static str,
    ) -> Result<()> {
        match agent {
            Some(agent) if !self.session.actor.is(agent) => {
                let message = "the agent is not the actor of the launch";
                Err(Refusal::new(requirement, message).into())
            }
            _ => Ok(()),
        }
    }

    /// The registration that a request names is that of the launch.
    ///
    /// # Errors
    /// `Refused` (8.1.4.0-3).
    pub(crate) fn check_registration(&self, registration: Option<&str>) -> Result<()> {
        match registration {
            Some(stated) if !stated.eq_ignore_ascii_case(&self.session.registration) => {
                let message = "the registration is not the one of the launch";
                Err(Refusal::new("8.1.4.0-3", message).into())
            }
            _ => Ok(()),
        }
    }

    /// `LMS.LaunchData` is the LMS's to write.
    ///
    /// # Errors
    /// `Refused` (10.2.1.0-5). `state_id` is `None` when every document is meant.
    pub(crate) fn check_state_write(state_id: Option<&str>) -> Result<()> {
        if state_id.is_some_and(|id| id != v::LAUNCH_DATA) {
            return Ok(());
        }
        let message = "an AU may read LMS.LaunchData, not change it";
        Err(Refusal::new("10.2.1.0-5", message).into())
    }

    /// What is written as the learner's preferences.
    ///
    /// # Errors
    /// `Refused` (11.0.0.0-5, 11.1.0.0-1).
    pub(crate) fn check_profile_write(
        profile_id: &str,
        content_type: &str,
        body: &[u8],
    ) -> Result<()> {
        if profile_id == v::LEARNER_PREFERENCES {
            preferences::check(content_type, body)?;
        }
        Ok(())
    }

    /// The learner's preferences were asked for, found or not (11.0.0.0-3).
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn profile_read(&self, app: &App, profile_id: &str) -> Result<()> {
        if profile_id == v::LEARNER_PREFERENCES && !self.session.preferences_read {
            let mut conn = app.db.get().await?;
            db::cmi5::preferences_read(&mut conn, self.session_id).await?;
        }
        Ok(())
    }
}
