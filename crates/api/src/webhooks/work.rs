//! Sending what is due. A try is claimed in the database before it begins, by one server of several, and
//! comes back by itself when that server dies with it.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{send::Answer, wait_after};
use crate::{
    app::App,
    audit::{self, Act, Actor},
    db::webhooks::{self as db, Claimed, Outcome},
    problem::Result,
};

/// How often the outbox is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Tries under way at once.
const MOST: usize = 64;
/// Tries under way at once for one webhook, about: a slow receiver holds up no other.
const MOST_OF_ONE: usize = 8;

/// Sends what is due, for ever.
pub async fn work(app: App) {
    let mut under_way = JoinSet::new();
    let mut counts = HashMap::<Uuid, usize>::new();
    loop {
        let busy: Vec<Uuid> = counts
            .iter()
            .filter(|(_, count)| **count >= MOST_OF_ONE)
            .map(|(id, _)| *id)
            .collect();
        match claim(
            &app,
            Utc::now(),
            &busy,
            MOST.saturating_sub(under_way.len()),
        )
        .await
        {
            Ok(claimed) => {
                for one in claimed {
                    *counts.entry(one.webhook_id).or_default() += 1;
                    let app = app.clone();
                    under_way.spawn(async move {
                        let webhook_id = one.webhook_id;
                        if let Err(problem) = attempt(&app, &one, Utc::now()).await {
                            let error = format!("{problem:?}");
                            tracing::warn!(
                                error,
                                "a delivery could not be noted; it is tried again"
                            );
                        }
                        webhook_id
                    });
                }
            }
            Err(problem) => {
                tracing::warn!(error = format!("{problem:?}"), "the outbox cannot be read");
            }
        }
        tokio::select! {
            Some(done) = under_way.join_next() => {
                if let Ok(id) = done && let Some(count) = counts.get_mut(&id) {
                    *count = count.saturating_sub(1);
                }
            }
            () = tokio::time::sleep(EVERY) => {}
        }
        counts.retain(|_, count| *count > 0);
    }
}

/// Sends everything that is due at `now`, and answers how many tries that took: for tests.
///
/// # Errors
/// When the database fails.
pub async fn deliver_due(app: &App, now: DateTime<Utc>) -> Result<usize> {
    let mut count = 0;
    loop {
        let claimed = claim(app, now, &[], MOST).await?;
        if claimed.is_empty() {
            return Ok(count);
        }
        for one in claimed {
            attempt(app, &one, now).await?;
            count += 1;
        }
    }
}

/// Sends one delivery at once, whatever its turn.
///
/// # Errors
/// When there is none under this id, or the database fails.
pub(crate) async fn deliver_one(app: &App, id: Uuid) -> Result<bool> {
    let now = Utc::now();
    let until = now + lease(app);
    let claimed = db::claim_one(&mut *app.db.get().await?, id, now, until).await?;
    let Some(claimed) = claimed else {
        return Ok(false);
    };
    attempt(app, &claimed, now).await?;
    Ok(true)
}

/// Removes what is older than the settings keep; answers how many events that were.
///
/// # Errors
/// When the database fails.
pub async fn sweep(app: &App) -> Result<usize> {
    let before = Utc::now() - TimeDelta::days(app.config.webhooks.keep_days.into());
    Ok(db::sweep(&mut *app.db.get().await?, before).await?)
}

async fn claim(app: &App, now: DateTime<Utc>, busy: &[Uuid], room: usize) -> Result<Vec<Claimed>> {
    if room == 0 {
        return Ok(Vec::new());
    }
    let mut conn = app.db.get().await?;
    Ok(db::claim(&mut conn, now, now + lease(app), busy, MOST_OF_ONE, room).await?)
}

/// After this a try that nobody noted is taken for lost, here and where statements are sent on.
pub(crate) fn lease(app: &App) -> TimeDelta {
    TimeDelta::seconds(i64::from(app.config.webhooks.timeout_seconds) + 30)
}

async fn attempt(app: &App, claimed: &Claimed, now: DateTime<Utc>) -> Result<()> {
    let answer = app.webhooks.send(claimed, now).await;
    let outcome = outcome(&answer, claimed.tries, app.config.webhooks.tries, now);
    let mut conn = app.db.get().await?;
    db::note(&mut conn, claimed.id, &outcome, &answer).await?;
    let reason = match outcome {
        _ if answer.is_gone() => "gone",
        Outcome::Failed => "tries",
        _ => return Ok(()),
    };
    if db::give_up(&mut conn, claimed, reason).await? {
        tracing::warn!(webhook.id = %claimed.webhook_id, reason, "a webhook was disabled");
        let details = json!({ "reason": reason });
        let actor = Actor::System("webhooks");
        audit::note(
            &mut conn,
            actor,
            Act::WebhookDisabled,
            claimed.webhook_id,
            details,
        )
        .await?;
    }
    Ok(())
}

fn outcome(answer: &Answer, tries: i32, most: u32, now: DateTime<Utc>) -> Outcome {
    if answer.is_good() {
        return Outcome::Delivered;
    }
    if answer.is_gone() || u32::try_from(tries).unwrap_or_default() >= most {
        return Outcome::Failed;
    }
    let wait = wait_after(tries, rand::random());
    let asked = answer
        .retry_after
        .unwrap_or_default()
        .min(super::LONGEST_WAIT);
    Outcome::Again(now + wait.max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: Option<u16>, tries: i32) -> Outcome {
        let answer = Answer {
            status,
            ..Answer::default()
        };
        outcome(&answer, tries, 12, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn only_2xx_is_delivered_and_410_ends_it() {
        assert!(matches!(check(Some(204), 1), Outcome::Delivered));
        for status in [Some(302), Some(404), Some(500), None] {
            assert!(matches!(check(status, 11), Outcome::Again(_)), "{status:?}");
            assert!(matches!(check(status, 12), Outcome::Failed), "{status:?}");
        }
        assert!(matches!(check(Some(410), 1), Outcome::Failed));
    }

    #[test]
    fn a_receiver_that_asks_for_time_gets_it() {
        let answer = Answer {
            status: Some(503),
            retry_after: Some(TimeDelta::hours(1)),
            ..Answer::default()
        };
        let Outcome::Again(at) = outcome(&answer, 1, 12, DateTime::UNIX_EPOCH) else {
            panic!("it is tried again");
        };
        assert_eq!(at - DateTime::UNIX_EPOCH, TimeDelta::hours(1));
    }
}
