//! Which origins may read an answer: for `/xapi` and the units' fetch address any, also when a page asks
//! "with credentials", as some units do. That gives nothing away: these addresses look at no cookie, only at
//! what the request itself brings.

use actix_web::{
    HttpRequest,
    http::header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, HeaderMap, HeaderValue,
        ORIGIN, VARY,
    },
};

/// Lets the page that asks read the answer. With credentials a `*` would not count.
pub(super) fn allow_any_origin(request: &HttpRequest, answer: &mut HeaderMap) {
    answer.append(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = request.headers().get(ORIGIN) else {
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        return;
    };
    let yes = HeaderValue::from_static("true");
    answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
}
