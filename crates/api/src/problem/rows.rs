//! The table of problems: code, status and title of each, and what its page says.

use actix_web::http::StatusCode;

use super::{Row, row};

pub(super) const BAD_REQUEST: Row = row(
    "bad-request",
    StatusCode::BAD_REQUEST,
    "The request cannot be read",
);
pub(super) const UNAUTHORIZED: Row = row(
    "unauthorized",
    StatusCode::UNAUTHORIZED,
    "Credentials are missing or not good",
);
pub(super) const INVALID_CLIENT: Row = row(
    "invalid-client",
    StatusCode::UNAUTHORIZED,
    "Client is not known by these credentials",
);
pub(super) const OAUTH: Row = row("oauth", StatusCode::BAD_REQUEST, "Token request refused");
pub(super) const SIGN_IN_FAILED: Row =
    row("sign-in-failed", StatusCode::UNAUTHORIZED, "Sign-in failed");
pub(super) const FORBIDDEN: Row = row("forbidden", StatusCode::FORBIDDEN, "Not allowed");
pub(super) const REFUSED: Row = row(
    "requirement",
    StatusCode::FORBIDDEN,
    "Against a rule of the standard",
);
pub(super) const NOT_FOUND: Row = row("not-found", StatusCode::NOT_FOUND, "Nothing here");
pub(super) const PACKAGE_NOT_FOUND: Row = row(
    "package-not-found",
    StatusCode::NOT_FOUND,
    "No such package",
);
pub(super) const REGISTRATION_NOT_FOUND: Row = row(
    "registration-not-found",
    StatusCode::NOT_FOUND,
    "No such registration",
);
pub(super) const SESSION_NOT_FOUND: Row = row(
    "session-not-found",
    StatusCode::NOT_FOUND,
    "No such session",
);
pub(super) const ACTIVITY_NOT_FOUND: Row = row(
    "activity-not-found",
    StatusCode::NOT_FOUND,
    "No such activity",
);
pub(super) const METHOD_NOT_ALLOWED: Row = row(
    "method-not-allowed",
    StatusCode::METHOD_NOT_ALLOWED,
    "Method not allowed here",
);
pub(super) const PACKAGE_ARCHIVED: Row = row(
    "package-archived",
    StatusCode::CONFLICT,
    "Package is archived",
);
pub(super) const CONFLICT: Row = row("conflict", StatusCode::CONFLICT, "Not in this state");
pub(super) const PRECONDITION_FAILED: Row = row(
    "precondition-failed",
    StatusCode::PRECONDITION_FAILED,
    "It is another by now",
);
pub(super) const JOURNAL_GAP: Row = row(
    "journal-gap",
    StatusCode::CONFLICT,
    "Journal entries are missing",
);
pub(super) const SESSION_CLOSED: Row =
    row("session-closed", StatusCode::CONFLICT, "Session is closed");
pub(super) const LINK_USED: Row = row(
    "link-used",
    StatusCode::GONE,
    "Launch link was used already",
);
pub(super) const LINK_EXPIRED: Row =
    row("link-expired", StatusCode::GONE, "Launch link has expired");
pub(super) const TOO_LARGE: Row = row("too-large", StatusCode::PAYLOAD_TOO_LARGE, "Too large");
pub(super) const UNSUPPORTED_MEDIA_TYPE: Row = row(
    "unsupported-media-type",
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "Type not taken here",
);
pub(super) const PACKAGE_REJECTED: Row = row(
    "package-rejected",
    StatusCode::UNPROCESSABLE_ENTITY,
    "Package cannot be delivered",
);
pub(super) const VALIDATION: Row = row(
    "validation",
    StatusCode::UNPROCESSABLE_ENTITY,
    "Value not accepted",
);
pub(super) const RATE_LIMITED: Row = row(
    "rate-limited",
    StatusCode::TOO_MANY_REQUESTS,
    "Too many tries",
);
pub(super) const UNAVAILABLE: Row = row(
    "unavailable",
    StatusCode::SERVICE_UNAVAILABLE,
    "Not available now",
);
pub(super) const INTERNAL: Row = row(
    "internal",
    StatusCode::INTERNAL_SERVER_ERROR,
    "Fault of the server",
);

/// Every kind with what its page says: when it happens and what to do.
pub const TABLE: &[(Row, &str)] = &[
    (
        BAD_REQUEST,
        "The request is not of the form this address takes: JSON that cannot be parsed, a field of the wrong type, a query that is not understood. `detail` names the place, `requirement` the section of a standard where one says so. Mend the request; sending the same again gives the same answer.",
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
