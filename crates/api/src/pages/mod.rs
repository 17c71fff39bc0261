//! Pages for people: sign-in, a learner's courses, the player's page, and the static files of all of
//! them. What the pages show comes from `db`; what happens in a course is the player's.

pub(crate) mod assets;
mod courses;
pub(crate) mod play;
pub(crate) mod site;
mod visitor;
mod words;
