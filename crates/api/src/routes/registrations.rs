//! Routes of registrations.

use actix_web::web;

/// Registers the routes.
pub(crate) fn configure(_cfg: &mut web::ServiceConfig) {}
