//! What can go wrong with a request, as RFC 9457 problem documents.
//!
//! Code, status and title of each stand in one table ([`Problem::row`]); the pages under
//! `/problems/{code}` are made from the same table. An internal cause is logged here, once, with its
//! chain, and never sent.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use serde_json::{Map, Value};

/// What handlers return.
pub type Result<T> = std::result::Result<T, Problem>;

/// A refused or failed request.
#[derive(Debug)]
pub enum Problem {
    /// The request cannot be read: says what was expected.
    BadRequest(String),
    /// No credentials, or none that are good: says which.
    Unauthorized(String),
    /// Client id and secret do not belong together (OAuth `invalid_client`).
    InvalidClient,
    /// An OAuth token request that is refused for another reason.
    OAuth(OAuthError, String),
    /// E-mail and password do not belong together.
    SignInFailed,
    /// Good credentials without the right: says which scope or role is missing.
    Forbidden(String),
    /// Good credentials, and a standard's rule that forbids it.
    Refused {
        /// What and why.
        detail: String,
        /// The rule.
        requirement: String,
    },
    /// Nothing at this address.
    NotFound(String),
    /// No such package: its id.
    PackageNotFound(String),
    /// No such registration: its id.
    RegistrationNotFound(String),
    /// No such session: its id.
    SessionNotFound(String),
    /// No such activity in the package: its identifier.
    ActivityNotFound(String),
    /// The address exists, the method does not.
    MethodNotAllowed,
    /// The package is archived: its id.
    PackageArchived(String),
    /// The thing is in a state that does not allow this: says which.
    Conflict(String),
    /// Journal entries are missing before those that were sent.
    JournalGap {
        /// The number that should have come first.
        expected: u64,
    },
    /// The session takes no more entries: says why (ended, superseded, abandoned).
    SessionClosed(String),
    /// The launch link was used already.
    LinkUsed,
    /// The launch link has expired.
    LinkExpired,
    /// The thing is another than the caller believes (If-Match, If-None-Match): says what to do.
    PreconditionFailed(String),
    /// The body is larger than this server takes: says the limit.
    TooLarge(String),
    /// The body is of a type this address does not take.
    UnsupportedMediaType(String),
    /// The package cannot be delivered.
    PackageRejected {
        /// Every finding, as the API shows them.
        findings: Value,
    },
    /// A value that can be read but not accepted.
    Validation {
        /// What and why.
        detail: String,
        /// The standard's rule that it breaks, when it is one.
        requirement: Option<String>,
    },
    /// Too many requests or failures.
    RateLimited {
        /// Seconds until the next may come.
        retry_after_seconds: u64,
    },
    /// Something this server needs is not there now.
    Unavailable(String),
    /// A fault of ours.
    Internal(anyhow::Error),
}

/// Error codes of OAuth 2.0 (RFC 6749, section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the standard's own word")]
pub enum OAuthError {
    InvalidRequest,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
}

impl OAuthError {
    /// The code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
        }
    }
}

/// One kind of problem, as its page explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Last part of `type`: `/problems/{code}`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    /// `title`.
    pub title: &'static str,
}

const fn row(code: &'static str, status: StatusCode, title: &'static str) -> Row {
    Row {
        code,
        status,
        title,
    }
}

impl Problem {
    /// Wraps a fault of ours: logged with its chain when it is answered, never sent.
    pub fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::Internal(error.into())
    }

    /// A package that cannot be delivered, with every finding.
    pub fn package_rejected(findings: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_value(findings) {
            Ok(findings) => Self::PackageRejected { findings },
            Err(error) => Self::internal(error),
        }
    }

    /// A value that can be read but not accepted.
    pub fn validation(detail: impl Into<String>) -> Self {
        Self::Validation {
            detail: detail.into(),
            requirement: None,
        }
    }

    /// Code, status and title.
    pub fn row(&self) -> Row {
        match self {
            Self::BadRequest(_) => BAD_REQUEST,
            Self::Unauthorized(_) => UNAUTHORIZED,
            Self::InvalidClient => INVALID_CLIENT,
            Self::OAuth(..) => OAUTH,
            Self::SignInFailed => SIGN_IN_FAILED,
            Self::Forbidden(_) => FORBIDDEN,
            Self::Refused { .. } => REFUSED,
            Self::NotFound(_) => NOT_FOUND,
            Self::PackageNotFound(_) => PACKAGE_NOT_FOUND,
            Self::RegistrationNotFound(_) => REGISTRATION_NOT_FOUND,
            Self::SessionNotFound(_) => SESSION_NOT_FOUND,
            Self::ActivityNotFound(_) => ACTIVITY_NOT_FOUND,
            Self::MethodNotAllowed => METHOD_NOT_ALLOWED,
            Self::PackageArchived(_) => PACKAGE_ARCHIVED,
            Self::Conflict(_) => CONFLICT,
            Self::JournalGap { .. } => JOURNAL_GAP,
            Self::SessionClosed(_) => SESSION_CLOSED,
            Self::LinkUsed => LINK_USED,
            Self::LinkExpired => LINK_EXPIRED,
            Self::PreconditionFailed(_) => PRECONDITION_FAILED,
            Self::TooLarge(_) => TOO_LARGE,
            Self::UnsupportedMediaType(_) => UNSUPPORTED_MEDIA_TYPE,
            Self::PackageRejected { .. } => PACKAGE_REJECTED,
            Self::Validation { .. } => VALIDATION,
            Self::RateLimited { .. } => RATE_LIMITED,
            Self::Unavailable(_) => UNAVAILABLE,
            Self::Internal(_) => INTERNAL,
        }
    }

    /// What this caller should know: cause and mend.
    pub fn detail(&self) -> String {
        match self {
            Self::BadRequest(detail)
            | Self::Unauthorized(detail)
            | Self::OAuth(_, detail)
            | Self::Forbidden(detail)
            | Self::NotFound(detail)
            | Self::Conflict(detail)
            | Self::SessionClosed(detail)
            | Self::PreconditionFailed(detail)
            | Self::TooLarge(detail)
            | Self::UnsupportedMediaType(detail)
            | Self::Validation { detail, .. }
            | Self::Refused { detail, .. }
            | Self::Unavailable(detail) => detail.clone(),
            Self::InvalidClient => {
                "client_id and client_secret do not belong together, or the client was revoked; ask an administrator for a new secret".into()
            }
            Self::SignInFailed => "e-mail and password do not belong together; check both and try again".into(),
            Self::PackageNotFound(id) => format!("there is no package {id}; GET /api/v1/packages lists those there are"),
            Self::RegistrationNotFound(id) => format!("there is no registration {id}; POST /api/v1/registrations makes one"),
            Self::SessionNotFound(id) => format!("there is no session {id}; a launch makes one"),
            Self::ActivityNotFound(id) => format!("the package has no activity `{id}`; its identifiers are in `activities` of the package"),
            Self::MethodNotAllowed => "this address does not take this method; /api/docs lists what each takes".into(),
            Self::PackageArchived(id) => format!("package {id} is archived and takes no new registrations; use another package or upload it again"),
            Self::JournalGap { expected } => format!("entries are missing; send them again from number {expected}"),
            Self::LinkUsed => "this launch link was used already; ask for a new launch".into(),
            Self::LinkExpired => "this launch link has expired; ask for a new launch".into(),
            Self::PackageRejected { findings } => rejected_detail(findings),
            Self::RateLimited { retry_after_seconds } => format!("too many tries; wait {retry_after_seconds} seconds"),
            Self::Internal(_) => "the server could not do this; the request's id (header x-request-id) leads to the cause in its log".into(),
        }
    }

    /// The whole document.
    pub fn document(&self) -> Value {
        let row = self.row();
        let mut members = Map::new();
        members.insert("type".into(), format!("/problems/{}", row.code).into());
        members.insert("title".into(), row.title.into());
        members.insert("status".into(), row.status.as_u16().into());
        members.insert("detail".into(), self.detail().into());
        members.extend(
            self.extensions()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        Value::Object(members)
    }

    fn extensions(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::PackageRejected { findings } => vec![("findings", findings.clone())],
            Self::Refused { requirement, .. }
            | Self::Validation {
                requirement: Some(requirement),
                ..
            } => {
                vec![("requirement", requirement.as_str().into())]
            }
            Self::JournalGap { expected } => vec![("expected", (*expected).into())],
            Self::OAuth(error, detail) => {
                vec![
                    ("error", error.code().into()),
                    ("error_description", detail.as_str().into()),
                ]
            }
            Self::InvalidClient => vec![("error", "invalid_client".into())],
            _ => Vec::new(),
        }
    }
}

fn rejected_detail(findings: &Value) -> String {
    let list = findings.as_array().map(Vec::as_slice).unwrap_or_default();
    let first = list.iter().find(|finding| finding["severity"] == "error");
    let message = first.and_then(|finding| finding["message"].as_str());
    match message {
        Some(message) => {
            format!("{message}; `findings` lists all that is wrong and how to mend it")
        }
        None => "`findings` lists all that is wrong and how to mend it".into(),
    }
}

const BAD_REQUEST: Row = row(
    "bad-request",
    StatusCode::BAD_REQUEST,
    "The request cannot be read",
);
const UNAUTHORIZED: Row = row(
    "unauthorized",
    StatusCode::UNAUTHORIZED,
    "Credentials are missing or not good",
);
const INVALID_CLIENT: Row = row(
    "invalid-client",
    StatusCode::UNAUTHORIZED,
    "Client is not known by these credentials",
);
const OAUTH: Row = row("oauth", StatusCode::BAD_REQUEST, "Token request refused");
const SIGN_IN_FAILED: Row = row("sign-in-failed", StatusCode::UNAUTHORIZED, "Sign-in failed");
const FORBIDDEN: Row = row("forbidden", StatusCode::FORBIDDEN, "Not allowed");
const REFUSED: Row = row(
    "requirement",
    StatusCode::FORBIDDEN,
    "Against a rule of the standard",
);
const NOT_FOUND: Row = row("not-found", StatusCode::NOT_FOUND, "Nothing here");
const PACKAGE_NOT_FOUND: Row = row(
    "package-not-found",
    StatusCode::NOT_FOUND,
    "No such package",
);
const REGISTRATION_NOT_FOUND: Row = row(
    "registration-not-found",
    StatusCode::NOT_FOUND,
    "No such registration",
);
const SESSION_NOT_FOUND: Row = row(
    "session-not-found",
    StatusCode::NOT_FOUND,
    "No such session",
);
const ACTIVITY_NOT_FOUND: Row = row(
    "activity-not-found",
    StatusCode::NOT_FOUND,
    "No such activity",
);
const METHOD_NOT_ALLOWED: Row = row(
    "method-not-allowed",
    StatusCode::METHOD_NOT_ALLOWED,
    "Method not allowed here",
);
const PACKAGE_ARCHIVED: Row = row(
    "package-archived",
    StatusCode::CONFLICT,
    "Package is archived",
);
const CONFLICT: Row = row("conflict", StatusCode::CONFLICT, "Not in this state");
const PRECONDITION_FAILED: Row = row(
    "precondition-failed",
    StatusCode::PRECONDITION_FAILED,
    "It is another by now",
);
const JOURNAL_GAP: Row = row(
    "journal-gap",
    StatusCode::CONFLICT,
    "Journal entries are missing",
);
const SESSION_CLOSED: Row = row("session-closed", StatusCode::CONFLICT, "Session is closed");
const LINK_USED: Row = row(
    "link-used",
    StatusCode::GONE,
    "Launch link was used already",
);
const LINK_EXPIRED: Row = row("link-expired", StatusCode::GONE, "Launch link has expired");
const TOO_LARGE: Row = row("too-large", StatusCode::PAYLOAD_TOO_LARGE, "Too large");
const UNSUPPORTED_MEDIA_TYPE: Row = row(
    "unsupported-media-type",
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "Type not taken here",
);
const PACKAGE_REJECTED: Row = row(
    "package-rejected",
    StatusCode::UNPROCESSABLE_ENTITY,
    "Package cannot be delivered",
);
const VALIDATION: Row = row(
    "validation",
    StatusCode::UNPROCESSABLE_ENTITY,
    "Value not accepted",
);
const RATE_LIMITED: Row = row(
    "rate-limited",
    StatusCode::TOO_MANY_REQUESTS,
    "Too many tries",
);
const UNAVAILABLE: Row = row(
    "unavailable",
    StatusCode::SERVICE_UNAVAILABLE,
    "Not available now",
);
const INTERNAL: Row = row(
    "internal",
    StatusCode::INTERNAL_SERVER_ERROR,
    "Fault of the server",
);

/// Every kind with what its page says: when it happens and what to do.
pub const TABLE: &[(Row, &str)] = &[
    (
        BAD_REQUEST,
        "The request is not of the form this address takes: JSON that cannot be parsed, a field of the wrong type, a query that is not understood. `detail` names the place. Mend the request; sending the same again gives the same answer.",
    ),
    (
        UNAUTHORIZED,
        "The request carries no credentials, or a token or session that is damaged, expired or not meant for this address. Get a token from POST /oauth/token and send it as `Authorization: Bearer …`, or sign in again.",
    ),
    (
        INVALID_CLIENT,
        "The token endpoint does not know a client with this id and secret, or the client was revoked. Check both; an administrator can make a new client with `percorso client add`.",
    ),
    (
        OAUTH,
        "The token request is not one this server grants. The member `error` is the code of RFC 6749, section 5.2; the only grant is `client_credentials`, and scopes must be among the client's own.",
    ),
    (
        SIGN_IN_FAILED,
        "There is no account with this e-mail and password, or it is disabled. Check both; after several failures further tries must wait.",
    ),
    (
        PRECONDITION_FAILED,
        "The request carries If-Match or If-None-Match, and what is there is another than it expects. Read it again, and send the new ETag.",
    ),
    (
        REFUSED,
        "A standard that this server keeps to the letter forbids it. `requirement` names the rule, `detail` says how the request breaks it and what was expected.",
    ),
    (
        FORBIDDEN,
        "The credentials are good, but they do not carry the right to do this. `detail` names the scope or role that is missing. Ask an administrator.",
    ),
    (
        NOT_FOUND,
        "There is nothing at this address. Check it against /api/docs.",
    ),
    (
        PACKAGE_NOT_FOUND,
        "No package has this id. GET /api/v1/packages lists those there are.",
    ),
    (
        REGISTRATION_NOT_FOUND,
        "No registration has this id. POST /api/v1/registrations makes one.",
    ),
    (
        SESSION_NOT_FOUND,
        "No session has this id, or it belongs to another registration. GET /api/v1/registrations/{id}/sessions lists them.",
    ),
    (
        ACTIVITY_NOT_FOUND,
        "The package has no activity with this identifier. Identifiers are the manifest's, white space normalised, case kept; the package's `activities` lists them.",
    ),
    (
        METHOD_NOT_ALLOWED,
        "The address exists but does not take this method. See /api/docs.",
    ),
    (
        PACKAGE_ARCHIVED,
        "The package is archived: registrations made before go on, new ones are not taken. Use another package, or upload the file again.",
    ),
    (
        CONFLICT,
        "What was asked does not fit the present state of the thing it was asked of. `detail` says which state that is.",
    ),
    (
        JOURNAL_GAP,
        "The player sent journal entries, but some before them never arrived. `expected` is the number to send again from. The player does this by itself.",
    ),
    (
        SESSION_CLOSED,
        "The session takes no more entries: it ended, was abandoned, or the course was opened again elsewhere, and that window has taken over. Everything acknowledged before is kept. Launch again to go on.",
    ),
    (
        LINK_USED,
        "A launch link is good for one start. Ask for a new launch; the course resumes where it was left.",
    ),
    (
        LINK_EXPIRED,
        "A launch link is good for a short time only. Ask for a new launch.",
    ),
    (
        TOO_LARGE,
        "The body is larger than this server takes. `detail` names the limit; an administrator can change it.",
    ),
    (
        UNSUPPORTED_MEDIA_TYPE,
        "The body's Content-Type is not one this address takes. See /api/docs.",
    ),
    (
        PACKAGE_REJECTED,
        "The file cannot be delivered as a course. `findings` lists everything that was found in one pass: place, the requirement it breaks and how to mend it. Those with severity `error` are the reason; warnings alone refuse nothing.",
    ),
    (
        VALIDATION,
        "A value can be read but not accepted: out of range, too long, or against a rule of the standard, which `requirement` then names. `detail` says which value.",
    ),
    (
        RATE_LIMITED,
        "Too many tries in a short time. Wait as many seconds as the header Retry-After says.",
    ),
    (
        UNAVAILABLE,
        "Something this server depends on does not answer now. Try again later; GET /health/ready says when it is well.",
    ),
    (
        INTERNAL,
        "A fault of the server, not of the request. The cause is in the server's log under the request's id (header x-request-id).",
    ),
];

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.row().title)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.row().status
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Internal(error) = self {
            tracing::error!(error = format!("{error:#}"), "request failed");
        }
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        match self {
            Self::Unauthorized(_) => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            Self::InvalidClient => {
                response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"percorso\""));
            }
            Self::RateLimited {
                retry_after_seconds,
            } => {
                response.insert_header((header::RETRY_AFTER, retry_after_seconds.to_string()));
            }
            Self::Unavailable(_) => {
                response.insert_header((header::RETRY_AFTER, "5"));
            }
            _ => {}
        }
        response
            .content_type("application/problem+json")
            .body(self.document().to_string())
    }
}

impl From<diesel::result::Error> for Problem {
    fn from(error: diesel::result::Error) -> Self {
        Self::internal(error)
    }
}

impl From<crate::db::PoolError> for Problem {
    fn from(error: crate::db::PoolError) -> Self {
        tracing::error!(
            error = format!("{error:#}"),
            "no connection to the database"
        );
        Self::Unavailable("the database does not answer; try again in a moment".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_once_in_the_table() {
        let mut codes: Vec<_> = TABLE.iter().map(|(row, _)| row.code).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }

    #[test]
    fn a_document_has_all_members_of_rfc_9457_and_its_own() {
        let document = Problem::JournalGap { expected: 7 }.document();
        assert_eq!(document["type"], "/problems/journal-gap");
        assert_eq!(document["status"], 409);
        assert_eq!(document["expected"], 7);
        assert!(
            document["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains('7'))
        );
    }

    #[test]
    fn an_internal_cause_is_not_sent() {
        let text = Problem::internal(anyhow::anyhow!("secret place"))
            .document()
            .to_string();
        assert!(!text.contains("secret place"));
    }

    #[test]
    fn a_rejected_package_names_its_first_error() {
        let findings = serde_json::json!([
            { "severity": "warning", "message": "w" },
            { "severity": "error", "message": "not a zip" }
        ]);
        let document = Problem::package_rejected(&findings).document();
        assert!(
            document["detail"]
                .as_str()
                .is_some_and(|detail| detail.starts_with("not a zip"))
        );
        assert_eq!(document["findings"].as_array().map(Vec::len), Some(2));
    }
}
