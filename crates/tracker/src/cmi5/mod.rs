//! cmi5, the LMS side (Quartz, 1st edition): what is launched, what an AU may state, when a block and
//! the course are satisfied, what the LMS states itself.
//!
//! Pure like the rest of the crate, and only behind the feature `cmi5`: the player's page has no use
//! for it. Requirements are cited by the ids of ADL's list (`9.3.0.0-5`).

mod carried;
mod context;
mod course;
pub mod launch_data;
mod move_on;
pub mod own_statements;
pub mod preferences;
mod registration;
mod rollup;
mod rules;
mod session;
#[cfg(test)]
mod tests;
pub mod vocabulary;

pub use carried::CarriedRegistration;
pub use course::{Course, Node, NodeKind};
pub use registration::{Registration, Unit};
pub use session::{Actor, LaunchMode, Session};

/// Why something is refused: the requirement it breaks, and how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({requirement})")]
pub struct Refusal {
    /// The requirement's id.
    pub requirement: &'static str,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(requirement: &'static str, message: impl Into<String>) -> Self {
        Self {
            requirement,
            message: message.into(),
        }
    }
}

/// Goes on, or refuses.
fn require(holds: bool, requirement: &'static str, message: &str) -> Result<(), Refusal> {
    if holds {
        Ok(())
    } else {
        Err(Refusal::new(requirement, message))
    }
}
