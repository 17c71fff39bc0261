//! The rights of whoever learns here (Regulation (EU) 2016/679): a copy of everything that is kept of them,
//! its erasure, and how long it is kept. `docs/privacy.md` says it in words.

mod export;
mod retention;

use serde_json::json;

pub(crate) use export::export;
pub(crate) use retention::apply;

use crate::{
    app::App,
    audit::{self, Act, Actor},
    db::{
        self,
        gdpr::{Erased, Subject},
    },
    delivery,
    problem::{Problem, Result},
};

/// The keys by which the record store knows a learner.
fn agents(app: &App, subject: &Subject) -> Vec<String> {
    let home_page = match subject.home_page.as_str() {
        "" => &app.config.server.public_url,
        home_page => home_page,
    };
    let account = format!("account:{home_page} {}", subject.key);
    let mail = subject
        .email
        .as_ref()
        .map(|email| format!("mailto:{email}"));
    std::iter::once(account).chain(mail).collect()
}

/// Erases a learner: their person goes, with journal, statements and account; what they reached stays as
/// numbers of nobody, and so do attestati, which their body may have to show (article 17(3)(b)). What is under way ends.
///
/// # Errors
/// `Conflict` for people who do more here than learn; when the database fails.
pub(crate) async fn erase(app: &App, subject: &Subject, actor: impl Into<Actor>) -> Result<Erased> {
    if subject
        .role
        .as_deref()
        .is_some_and(|role| role != "learner")
    {
        return Err(Problem::Conflict(
            "this person has a role besides learning; make them a learner first, or disable the account".into(),
        ));
    }
    let sessions = db::gdpr::sessions(&mut *app.db.get().await?, subject.id).await?;
    for session in sessions.iter().filter(|session| session.is_open) {
        delivery::abandon(app, session.id).await?;
    }
    let actor = actor.into();
    let agents = agents(app, subject);
    let mut conn = app.db.get().await?;
    let erased = diesel_async::AsyncConnection::transaction(&mut *conn, async |conn| {
        let statements = db::gdpr::statements(conn, subject.id, &agents).await?;
        let erased = db::gdpr::erase(conn, subject, &statements, &agents).await?;
        let details = serde_json::to_value(erased).unwrap_or_else(|_| json!({}));
        audit::note(conn, actor, Act::LearnerErased, subject.id, details).await?;
        Ok::<_, Problem>(erased)
    })
    .await?;
    drop(conn);
    for session in &sessions {
        delivery::forget(app, session.registration_id).await;
    }
    Ok(erased)
}
