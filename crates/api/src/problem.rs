//! What can go wrong with a request, as RFC 9457 problem documents.
//!
//! Code, status and title of each stand in one table ([`Problem::row`]); the pages under
//! `/problems/{code}` are made from the same table. An internal cause is logged here, once, with its
//! chain, and never sent.

mod rows;

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{Method, StatusCode, header},
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::blob::BlobError;

pub use rows::TABLE;
use rows::{
    ACTIVITY_NOT_FOUND, BAD_REQUEST, CONFLICT, FORBIDDEN, INTERNAL, INVALID_CLIENT, JOURNAL_GAP,
    LINK_EXPIRED, LINK_USED, METHOD_NOT_ALLOWED, NOT_FOUND, OAUTH, PACKAGE_ARCHIVED,
    PACKAGE_NOT_FOUND, PACKAGE_REJECTED, PRECONDITION_FAILED, RATE_LIMITED, REFUSED,
    REGISTRATION_NOT_FOUND, SESSION_CLOSED, SESSION_NOT_FOUND, SIGN_IN_FAILED, TOO_LARGE,
    UNAUTHORIZED, UNAVAILABLE, UNSUPPORTED_MEDIA_TYPE, VALIDATION,
};

/// What handlers return.
pub type Result<T> = std::result::Result<T, Problem>;

/// A refused or failed request.
#[derive(Debug)]
pub enum Problem {
    /// The request cannot be read: says what was expected.
    BadRequest(String),
    /// The request can be read, and is not as a standard has it.
    BreaksRule {
        /// What and where.
        detail: String,
        /// The section of the standard.
        requirement: &'static str,
    },
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
    MethodNotAllowed {
        /// Those it takes, as `Allow` lists them.
        allow: String,
    },
    /// The package is archived: its id.
    PackageArchived(String),
    /// The thing is in a state that does not allow this: says which.
    Conflict(String),
    /// Journal entries are missing before those that were sent.
    JournalGap {
        /// The number that should have come first.
        expected: u64,
    },
    /// The session takes no more entries.
    SessionClosed {
        /// Why, in words.
        detail: String,
        /// How it ended: `ended`, `suspended`, `superseded`, `abandoned`, `reset` or `moved`.
        reason: String,
    },
    /// The launch link was used already: where the learner goes back to, when that is known.
    LinkUsed(Option<String>),
    /// The launch link has expired: where the learner goes back to, when that is known.
    LinkExpired(Option<String>),
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

    /// A method that an address does not take; it takes these.
    pub fn method_not_allowed(methods: &[Method]) -> Self {
        let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
        let allow = names.join(", ");
        Self::MethodNotAllowed { allow }
    }

    /// A request that is not as a standard has it.
    pub fn breaks(requirement: &'static str, detail: impl Into<String>) -> Self {
        Self::BreaksRule {
            detail: detail.into(),
            requirement,
        }
    }

    /// Code, status and title.
    pub fn row(&self) -> Row {
        match self {
            Self::BadRequest(_) | Self::BreaksRule { .. } => BAD_REQUEST,
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
            Self::MethodNotAllowed { .. } => METHOD_NOT_ALLOWED,
            Self::PackageArchived(_) => PACKAGE_ARCHIVED,
            Self::Conflict(_) => CONFLICT,
            Self::JournalGap { .. } => JOURNAL_GAP,
            Self::SessionClosed { .. } => SESSION_CLOSED,
            Self::LinkUsed(_) => LINK_USED,
            Self::LinkExpired(_) => LINK_EXPIRED,
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
            | Self::SessionClosed { detail, .. }
            | Self::PreconditionFailed(detail)
            | Self::TooLarge(detail)
            | Self::UnsupportedMediaType(detail)
            | Self::BreaksRule { detail, .. }
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
            Self::MethodNotAllowed { allow } => format!("this address takes {allow}; /api/docs lists what each does"),
            Self::PackageArchived(id) => format!("package {id} is archived and takes no new registrations; use another package or upload it again"),
            Self::JournalGap { expected } => format!("entries are missing; send them again from number {expected}"),
            Self::LinkUsed(_) => "this launch link was used already; ask for a new launch".into(),
            Self::LinkExpired(_) => "this launch link has expired; ask for a new launch".into(),
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
            Self::BreaksRule { requirement, .. } => vec![("requirement", (*requirement).into())],
            Self::JournalGap { expected } => vec![("expected", (*expected).into())],
            Self::LinkUsed(Some(return_url)) | Self::LinkExpired(Some(return_url)) => {
                vec![("return_url", return_url.as_str().into())]
            }
            Self::SessionClosed { reason, .. } => vec![("reason", reason.as_str().into())],
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
            Self::MethodNotAllowed { allow } => {
                response.insert_header((header::ALLOW, allow.as_str()));
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

/// Storage on another machine may be out of reach for a while; what else fails is a fault of ours.
impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        if !matches!(error, BlobError::Object(_)) {
            return Self::internal(error);
        }
        let error = format!("{:#}", anyhow::Error::from(error));
        tracing::error!(error, "object storage does not answer");
        Self::Unavailable("the storage of archives does not answer; try again in a moment".into())
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
