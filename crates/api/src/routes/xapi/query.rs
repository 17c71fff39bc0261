//! Parameters of requests.

use std::collections::HashMap;

use actix_web::web;

use crate::problem::{Problem, Result};

/// The parameters of a query or a form, each once.
pub(super) fn pairs(text: &str) -> Result<HashMap<String, String>> {
    let list = web::Query::<Vec<(String, String)>>::from_query(text)
        .map_err(|error| Problem::BadRequest(format!("the parameters cannot be read: {error}")))?;
    let mut pairs = HashMap::new();
    for (name, value) in list.into_inner() {
        if pairs.contains_key(&name) {
            return Err(Problem::BadRequest(format!("`{name}` is given twice")));
        }
        pairs.insert(name, value);
    }
    Ok(pairs)
}

/// A parameter that is `true` or `false`; not there, it is `false`.
pub(super) fn flag(query: &HashMap<String, String>, name: &str) -> Result<bool> {
    match query.get(name).map(String::as_str) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::BadRequest(format!("`{name}` is true or false"))),
    }
}
