//! Headers that keep content where it belongs, and let it do what content does.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Content may hear its own end (`unload`), which browsers have begun to forbid unless told so.
const PERMISSIONS: &str = "unload=*";

/// Adds the headers of the content origin.
///
/// The policy names frame ancestors and nothing else: what content loads and runs is its author's
/// business, where it may be framed is ours. The referrer stays an origin, so that signed paths don't
/// travel while embedded players of other sites still see who embeds them.
pub(crate) fn protect(headers: &mut HeaderMap, frame_ancestors: &str) {
    let policy = format!("frame-ancestors 'self' {frame_ancestors}");
    let policy = HeaderValue::from_str(policy.trim_end());
    let policy = policy.unwrap_or(HeaderValue::from_static("frame-ancestors 'self'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
