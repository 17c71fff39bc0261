//! What each resource takes, and which scopes it asks for: ours and the standard's (xAPI Communication 4.2)
//! lead to the same rights. Units are judged by each resource.

use actix_web::http::Method;

use super::{Call, Who};
use crate::{
    auth::{Caller, Scope},
    problem::{Problem, Result},
};

/// A resource of the store.
struct Resource {
    name: &'static str,
    methods: &'static [Method],
    /// Scopes of which one is needed to read.
    reading: &'static [Scope],
    /// The scope that is needed to write, where anything can be written.
    writing: Option<Scope>,
}

const READ: &[Method] = &[Method::GET, Method::HEAD];
const DOCUMENTS: &[Method] = &[
    Method::GET,
    Method::HEAD,
    Method::PUT,
    Method::POST,
    Method::DELETE,
];

const RESOURCES: &[Resource] = &[
    Resource {
        name: "statements",
        methods: &[Method::GET, Method::HEAD, Method::PUT, Method::POST],
        reading: &[Scope::StatementsReadMine],
        writing: Some(Scope::StatementsWrite),
    },
    Resource {
        name: "activities/state",
        methods: DOCUMENTS,
        // Whoever writes has to read the ETag first.
        reading: &[Scope::State, Scope::AllRead],
        writing: Some(Scope::State),
    },
    Resource {
        name: "activities/profile",
        methods: DOCUMENTS,
        reading: &[Scope::Profile, Scope::AllRead],
        writing: Some(Scope::Profile),
    },
    Resource {
        name: "agents/profile",
        methods: DOCUMENTS,
        reading: &[Scope::Profile, Scope::AllRead],
        writing: Some(Scope::Profile),
    },
    Resource {
        name: "agents",
        methods: READ,
        reading: &[Scope::StatementsRead],
        writing: None,
    },
    Resource {
        name: "activities",
        methods: READ,
        reading: &[Scope::StatementsRead],
        writing: None,
    },
    Resource {
        name: "about",
        methods: READ,
        reading: &[],
        writing: None,
    },
];

fn resource(name: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.name == name)
}

/// What a resource takes; `None` when there is no such resource.
pub(super) fn methods(name: &str) -> Option<&'static [Method]> {
    resource(name).map(|resource| resource.methods)
}

/// Goes on only with the right to what is asked.
///
/// # Errors
/// `Forbidden`, naming the scopes.
pub(super) fn permit(call: &Call) -> Result<()> {
    let (Who::Client(caller), Some(resource)) = (&call.who, resource(&call.resource)) else {
        return Ok(());
    };
    if READ.contains(&call.method) {
        return caller.require_any(resource.reading);
    }
    let writing = resource
        .writing
        .ok_or_else(|| Problem::method_not_allowed(READ))?;
    caller.require(writing)
}

/// Whether a client sees only statements whose authority it is.
pub(super) fn sees_own_only(caller: &Caller) -> bool {
    !caller.may(Scope::StatementsRead)
}

/// Whether what a client says of activities is taken in.
pub(super) fn defines(caller: &Caller) -> bool {
    caller.may(Scope::Define)
}
