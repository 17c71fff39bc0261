//! Pages for people: sign-in, a learner's courses, the player's page, and the static files of all of
//! them. What the pages show comes from `db`; what happens in a course is the player's.

pub(crate) mod admin;
mod assets;
mod author;
mod coordinator;
mod courses;
mod learner;
mod migrations;
mod oidc;
mod opening;
mod packages;
mod password;
mod paths;
mod play;
mod preview;
mod site;
mod staff;
mod verify;
mod visitor;
mod words;

use actix_web::web;

pub(crate) use site::not_found;
pub(crate) use words::Language;

/// Routes of the app's origin.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.configure(site::configure)
        .configure(opening::configure)
        .configure(packages::configure)
        .configure(migrations::configure)
        .configure(coordinator::configure)
        .configure(learner::configure)
        .configure(paths::configure)
        .configure(preview::configure)
        .configure(verify::configure)
        .configure(admin::configure)
        .configure(author::configure)
        .configure(password::configure)
        .configure(oidc::configure)
        .configure(assets::configure_assets);
}

/// Routes of the player's origin.
pub(crate) fn configure_player(cfg: &mut web::ServiceConfig) {
    cfg.configure(play::configure)
        .configure(assets::configure_player)
        .configure(assets::configure_assets);
}
