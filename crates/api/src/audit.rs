//! The audit log: who did what to which thing, and when. Noted on the connection of the act itself, so
//! that both are there or neither. Only added to: the database refuses the rest.

mod act;

use serde_json::Value;

pub(crate) use act::{Act, all as all_acts};

use crate::{
    auth::{Caller, Person},
    db::{self, Connection, admin::audit::NewLine},
    problem::Result,
};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Actor {
    /// A person who is signed in: the account's id.
    Account(String),
    /// A program: the client's id.
    Client(String),
    /// The server itself, or its command line: which part.
    System(&'static str),
    /// Whoever failed to sign in.
    Nobody,
}

impl Actor {
    fn columns(&self) -> (&'static str, &str) {
        match self {
            Self::Account(id) => ("account", id),
            Self::Client(id) => ("client", id),
            Self::System(part) => ("system", part),
            Self::Nobody => ("nobody", ""),
        }
    }
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        match &caller.person {
            Some(person) => person.into(),
            None => Self::Client(caller.name.clone()),
        }
    }
}

impl From<&Person> for Actor {
    fn from(person: &Person) -> Self {
        Self::Account(person.id.to_string())
    }
}

/// Notes an act. `subject` is the thing's id; what kind of thing it is, the act says. `details` hold no
/// names, addresses or secrets: ids and settings only, since the log outlives the people in it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn note(
    conn: &mut Connection,
    actor: impl Into<Actor>,
    act: Act,
    subject: impl ToString,
    details: Value,
) -> Result<()> {
    let actor = actor.into();
    let (actor_kind, actor) = actor.columns();
    let line = NewLine {
        actor_kind,
        actor,
        act: act.name(),
        subject_kind: act.subject_kind(),
        subject: &subject.to_string(),
        details: &details,
    };
    db::admin::audit::add(conn, &line).await?;
    Ok(())
}
