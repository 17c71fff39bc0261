//! cmi5 on the server: units launched, tokens given out once, statements judged before they are
//! stored, the LMS's own statements.
//!
//! The rules are the tracker's; here they meet the database. Whatever changes a registration holds
//! its row's lock from reading to writing (`Work`), so statements of two sessions never overtake
//! each other, on one server or on several.

mod calls;
mod fetch;
mod inspect;
mod launch;
mod moving;
mod page;
mod record;
mod statements;
mod waive;
mod watch;
mod work;

pub(crate) use calls::{AuCaller, authenticate};
pub(crate) use fetch::{Fetched, fetch};
pub(crate) use inspect::inspect;
pub(crate) use launch::{abandon, launch_au, unit_named};
pub(crate) use moving::{foresee as foresee_move, move_back, move_to};
pub(crate) use page::{end, launch_from_page, resume, standing, start};
pub(crate) use statements::judge;
pub(crate) use waive::waive;
pub use watch::abandon_forgotten;
pub(crate) use watch::watch;
pub(crate) use work::begin;

use percorso_tracker::cmi5::Refusal;

use crate::problem::Problem;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            detail: refusal.message,
            requirement: refusal.requirement.to_owned(),
        }
    }
}
