//! The pages on which authors and administrators make paths: what a path is made of, and its webinars. Forms
//! work without a script; a form of another site's is refused where the person behind the cookie is looked up.

mod events;
mod form;
mod paths;
mod steps;

use actix_web::web;

use super::staff::{self, Fields, Part, Staff};
use crate::auth::Role;

pub(crate) use form::Wrong;
pub(crate) use paths::{LANGUAGES, RULES};

/// Address and title of each part.
pub(crate) const TABS: &[(&str, &str)] = &[
    ("/", "a_packages"),
    ("/author/paths", "a_paths"),
    ("/author/events", "a_events"),
];

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.configure(paths::configure)
        .configure(steps::configure)
        .configure(events::configure);
}

/// Whether a page at `path` belongs to this part.
pub(crate) fn is_here(path: &str, part: &str) -> bool {
    if part == "/" {
        return path == "/" || path.starts_with("/packages");
    }
    let below = path.strip_prefix(part);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Somebody who may make paths looks at a page.
type Author = Staff<Authors>;
type Done = staff::Done<Authors>;

/// The pages on which paths are made.
struct Authors;

impl Part for Authors {
    const ROLES: &'static [Role] = &[Role::Author, Role::Admin];
    const DONE: &'static [&'static str] = &[
        "a_saved",
        "a_made",
        "a_added",
        "a_moved",
        "a_removed",
        "a_is_published",
        "a_is_archived",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_belongs_to_one_part() {
        for (path, expected) in [
            ("/", "/"),
            ("/packages/1", "/"),
            ("/author/paths/1", "/author/paths"),
            ("/author/events", "/author/events"),
        ] {
            let found: Vec<_> = TABS
                .iter()
                .filter(|(part, _)| is_here(path, part))
                .collect();
            assert_eq!(found.len(), 1, "{path}");
            assert_eq!(found[0].0, expected);
        }
    }
}
