//! Bodies, courses (the path), events, enrolments, attendance, hours, attestati and their badges.

pub(crate) mod badges;
pub(crate) mod bodies;
pub(crate) mod certificates;
pub(crate) mod courses;
pub(crate) mod enrolments;
pub(crate) mod events;
pub(crate) mod hours;
pub(crate) mod schema;
