//! Headers that every answer carries. A handler that sets one itself is not overruled.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const APP: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("x-frame-options", "DENY"),
    // A tab that comes here from a course is out of reach of the windows which that course opened.
    ("cross-origin-opener-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=()",
    ),
    (
        "content-security-policy",
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
];

const PLAYER: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];

/// For the app's origin.
pub(crate) async fn app(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    answer(request, next, APP).await
}

/// For the player's origin, which content shares: its own answers set the stricter ones.
pub(crate) async fn player(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    answer(request, next, PLAYER).await
}

async fn answer<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
    defaults: &[(&'static str, &'static str)],
) -> Result<ServiceResponse<B>, Error> {
    let id = crate::logging::request_id(&request);
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in defaults {
        set(
            headers,
            &HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if let Some(id) = id.and_then(|id| HeaderValue::try_from(id).ok()) {
        set(headers, &REQUEST_ID, id);
    }
    Ok(response)
}

fn set(headers: &mut HeaderMap, name: &HeaderName, value: HeaderValue) {
    if !headers.contains_key(name) {
        headers.insert(name.clone(), value);
    }
}
