//! The administrators' pages: bodies, people, programs, webhooks, the audit log, settings, how the
//! service is. Forms work without a script; a form of another site's is refused where the person behind
//! the cookie is looked up.

mod audit;
pub(crate) mod bodies;
pub(crate) mod clients;
pub(crate) mod forwards;
mod health;
mod sentence;
mod settings;
mod statements;
pub(crate) mod users;
mod webhooks;

use actix_web::web;
use askama::Template;

pub(crate) use super::coordinator::format::moment;
use super::{
    staff::{self, Fields, Part, Staff},
    visitor::Visitor,
};
use crate::auth::Role;

/// Address, title and picture of each part.
pub(crate) const SECTIONS: &[(&str, &str, &str)] = &[
    ("/admin", "admin_health", "it-chart-line"),
    ("/admin/bodies", "admin_bodies", "it-pa"),
    ("/admin/users", "admin_users", "it-user"),
    ("/admin/clients", "admin_clients", "it-code-circle"),
    ("/admin/webhooks", "admin_webhooks", "it-share"),
    ("/admin/statements", "admin_statements", "it-comment"),
    ("/admin/forwards", "admin_forwards", "it-arrow-right-circle"),
    ("/admin/audit", "admin_audit", "it-list"),
    ("/admin/settings", "admin_settings", "it-settings"),
];

/// The same of pages that administrators share with others.
pub(crate) const SHARED: &[(&str, &str, &str)] = &[
    ("/coordinator", "admin_coordination", "it-files"),
    ("/author/paths", "a_paths", "it-list"),
    ("/", "packages", "it-box"),
];

/// Whether a page at `path` belongs to this part.
pub(crate) fn is_here(path: &str, section: &str) -> bool {
    let below = path.strip_prefix(section);
    below.is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && section != "/admin"))
}

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.configure(health::configure)
        .configure(bodies::configure)
        .configure(users::configure)
        .configure(clients::configure)
        .configure(webhooks::configure)
        .configure(statements::configure)
        .configure(forwards::configure)
        .configure(audit::configure)
        .configure(settings::configure);
}

/// An administrator looks at a page.
type Admin = Staff<Admins>;
type Done = staff::Done<Admins>;

/// The administrators' pages.
struct Admins;

impl Part for Admins {
    const ROLES: &'static [Role] = &[Role::Admin];
    const DONE: &'static [&'static str] = &[
        "admin_saved",
        "admin_deleted",
        "admin_replayed",
        "admin_hook_tried_good",
        "admin_hook_tried_bad",
    ];
}

/// A secret that is shown once.
#[derive(Template)]
#[template(path = "admin/secret.html")]
struct SecretPage<'a> {
    page: &'a Visitor,
    title: &'static str,
    text: &'static str,
    values: Vec<(&'static str, String)>,
    back: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_belongs_to_one_part() {
        for (path, expected) in [
            ("/admin", "/admin"),
            ("/admin/users", "/admin/users"),
            ("/admin/users/1", "/admin/users"),
        ] {
            let found: Vec<_> = SECTIONS
                .iter()
                .filter(|(section, ..)| is_here(path, section))
                .map(|(section, ..)| *section)
                .collect();
            assert_eq!(found, [expected], "{path}");
        }
        assert!(!is_here("/admin/usersx", "/admin/users"));
    }
}
