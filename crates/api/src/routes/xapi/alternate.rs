//! The alternate request syntax of xAPI 1.0: any request as a POST of a form, for clients that can do
//! no other.

use actix_web::{
    HttpRequest,
    http::{Method, header},
    web,
};

use super::{Sent, query};
use crate::problem::{Problem, Result};

const METHOD: &str = "method";
/// Fields of the form that stand for headers; all others but the content are parameters.
const HEADERS: &[&str] = &[
    "authorization",
    "x-experience-api-version",
    "content-type",
    "content-length",
    "if-match",
    "if-none-match",
];

/// Whether a request has another one in it.
pub(super) fn is_one(request: &HttpRequest) -> bool {
    request
        .query_string()
        .split('&')
        .any(|pair| pair.split('=').next() == Some(METHOD))
}

/// The request in a form.
pub(super) fn unfold(mut sent: Sent) -> Result<Sent> {
    if sent.method != Method::POST {
        return Err(bad(
            "`method` is of the alternate request syntax, which is sent by POST",
        ));
    }
    let method = sent.query.remove(METHOD).unwrap_or_default();
    sent.method = match method.as_str() {
        "GET" | "HEAD" | "PUT" | "POST" | "DELETE" => {
            method.parse().map_err(|_| bad("`method` is no method"))?
        }
        _ => return Err(bad("`method` is GET, HEAD, PUT, POST or DELETE")),
    };
    if let Some(name) = sent.query.keys().next() {
        let what = format!("`{name}` belongs into the form: the address has only `method`");
        return Err(Problem::BadRequest(what));
    }
    let form = std::str::from_utf8(&sent.body).map_err(|_| bad("the body is no form"))?;
    let fields = query::pairs(form)?;
    sent.headers.remove(header::CONTENT_TYPE);
    sent.body = web::Bytes::new();
    let mut parameters = Vec::new();
    for (name, value) in fields {
        let small = name.to_ascii_lowercase();
        if HEADERS.contains(&small.as_str()) {
            let name = small.parse::<header::HeaderName>();
            let value = header::HeaderValue::from_str(&value);
            let (Ok(name), Ok(value)) = (name, value) else {
                return Err(Problem::BadRequest(format!("`{small}` is no header")));
            };
            sent.headers.insert(name, value);
        } else if name == "content" {
            sent.body = value.into();
        } else {
            parameters.push((name, value));
        }
    }
    if !sent.headers.contains_key(header::CONTENT_TYPE) {
        let json = header::HeaderValue::from_static("application/json");
        sent.headers.insert(header::CONTENT_TYPE, json);
    }
    let encoded = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&parameters)
        .finish();
    sent.raw_query = encoded;
    sent.query = parameters.into_iter().collect();
    Ok(sent)
}

fn bad(what: &str) -> Problem {
    Problem::BadRequest(what.to_owned())
}
