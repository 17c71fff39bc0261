//! Agents and groups by what identifies them.

use serde_json::Value;

/// The key of an identified agent or group; `None` for an anonymous group.
pub(crate) fn key(agent: &Value) -> Option<String> {
    let text = |name: &str| agent[name].as_str();
    if let Some(mbox) = text("mbox") {
        return Some(mbox.to_owned());
    }
    if let Some(sha1) = text("mbox_sha1sum") {
        return Some(format!("sha1:{}", sha1.to_ascii_lowercase()));
    }
    if let Some(openid) = text("openid") {
        return Some(format!("openid:{openid}"));
    }
    let account = &agent["account"];
    let (home_page, name) = (account["homePage"].as_str()?, account["name"].as_str()?);
    Some(format!("account:{home_page} {name}"))
}

/// The keys of an agent or group, and of a group's members.
pub(crate) fn keys(agent: &Value, into: &mut Vec<String>) {
    into.extend(key(agent));
    for member in agent["member"].as_array().into_iter().flatten() {
        into.extend(key(member));
    }
}

/// Agents of a Person object: each identifier of the agent in a list of its own.
pub(crate) fn person(agent: &Value) -> Value {
    let mut person = serde_json::json!({ "objectType": "Person" });
    for name in ["name", "mbox", "mbox_sha1sum", "openid", "account"] {
        if let Some(value) = agent.get(name) {
            person[name] = Value::Array(vec![value.clone()]);
        }
    }
    person
}
