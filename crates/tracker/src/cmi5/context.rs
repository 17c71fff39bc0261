//! The context of an AU's statement against the template that the LMS gave (10.2.1).

use serde_json::Value;

use super::{Refusal, Session, vocabulary as v};

/// The lists of `contextActivities`.
const LISTS: [&str; 4] = ["parent", "grouping", "category", "other"];

/// Whether a list of `contextActivities` names an activity. A single object stands for a list of one.
pub(super) fn names(context: &Value, list: &str, id: &str) -> bool {
    activities(&context["contextActivities"][list])
        .iter()
        .any(|activity| activity["id"] == id)
}

/// Whether any list names it.
pub(super) fn names_anywhere(context: &Value, id: &str) -> bool {
    LISTS.iter().any(|list| names(context, list, id))
}

fn activities(list: &Value) -> &[Value] {
    match list {
        Value::Array(list) => list,
        Value::Object(_) => std::slice::from_ref(list),
        _ => &[],
    }
}

/// Registration, session and template; `defined` for cmi5 defined statements.
pub(super) fn check(session: &Session, context: &Value, defined: bool) -> Result<(), Refusal> {
    if !context.is_object() {
        let requirement = if defined { "9.6.0.0-1" } else { "10.2.1.0-6" };
        let message = "the statement has no context; begin with the contextTemplate";
        return Err(Refusal::new(requirement, message));
    }
    check_registration(session, context, defined)?;
    let stated = &context["extensions"][v::SESSION_ID];
    if stated.is_null() {
        let message = "the context has no session id extension";
        return Err(Refusal::new("9.6.3.1-4", message));
    }
    let template = session.context_template();
    for id in grouping(&template) {
        if !names(context, "grouping", id) {
            let requirement = if defined { "9.6.2.0-1" } else { "10.2.1.0-6" };
            let message = format!("contextActivities.grouping lacks {id} of the contextTemplate");
            return Err(Refusal::new(requirement, message));
        }
    }
    let given = template["extensions"].as_object();
    for (name, value) in given.into_iter().flatten() {
        let stated = &context["extensions"][name];
        if stated != value {
            let message = format!("extension {name} is {stated}, the contextTemplate has {value}");
            return Err(Refusal::new("10.2.1.0-7", message));
        }
    }
    Ok(())
}

fn grouping(template: &Value) -> impl Iterator<Item = &str> {
    activities(&template["contextActivities"]["grouping"])
        .iter()
        .filter_map(|activity| activity["id"].as_str())
}

fn check_registration(session: &Session, context: &Value, defined: bool) -> Result<(), Refusal> {
    let stated = context["registration"].as_str();
    if stated.is_some_and(|stated| stated.eq_ignore_ascii_case(&session.registration)) {
        return Ok(());
    }
    let requirement = if defined { "9.6.1.0-1" } else { "8.1.4.0-3" };
    let message = format!(
        "context.registration is {}; this session's is {}",
        stated.unwrap_or("missing"),
        session.registration
    );
    Err(Refusal::new(requirement, message))
}
