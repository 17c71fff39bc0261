//! What the LMS gives an AU: the launch URL and the document `LMS.LaunchData` (8.1, 10.2).

use percorso_package::AssignableUnit;
use serde_json::{Map, Value, json};

use super::{Session, course::encoded};

/// What a launch adds to the AU's own URL.
#[derive(Debug, Clone)]
pub struct Parameters<'a> {
    /// Base of the LRS, without trailing slash.
    pub endpoint: &'a str,
    /// One-time address of the token.
    pub fetch: &'a str,
}

/// The document `LMS.LaunchData` of a session.
pub fn document(
    session: &Session,
    au: &AssignableUnit,
    return_url: Option<&str>,
    alternate_key: Option<&str>,
) -> Value {
    let mut document = Map::new();
    document.insert("contextTemplate".into(), session.context_template());
    document.insert("launchMode".into(), session.mode.name().into());
    document.insert(
        "moveOn".into(),
        au.move_on.unwrap_or_default().name().into(),
    );
    if let Some(score) = au.mastery_score {
        document.insert("masteryScore".into(), score.into());
    }
    if let Some(parameters) = &au.launch_parameters {
        document.insert("launchParameters".into(), parameters.as_str().into());
    }
    if let Some(url) = return_url {
        document.insert("returnURL".into(), url.into());
    }
    if let Some(key) = &au.entitlement_key {
        let mut keys = json!({ "courseStructure": key });
        if let Some(alternate) = alternate_key {
            keys["alternate"] = alternate.into();
        }
        document.insert("entitlementKey".into(), keys);
    }
    Value::Object(document)
}

/// Where the AU lies, fully qualified, its own query and fragment kept: `launchurl` of the launched
/// statement (9.6.3.4-1). `content` is where the package's files lie, ending in `/`.
pub fn location(au: &AssignableUnit, content: &str) -> String {
    if !au.is_packaged {
        return format!("{}{}", au.location, au.suffix);
    }
    let path: Vec<String> = au.location.split('/').map(encoded).collect();
    format!("{content}{}{}", path.join("/"), au.suffix)
}

/// The launch URL: the parameters join the URL's own query, each value encoded (8.1.0.0-5, 8.1.0.0-8).
pub fn url(location: &str, session: &Session, parameters: &Parameters) -> String {
    let (before, fragment) = match location.split_once('#') {
        Some((before, fragment)) => (before, format!("#{fragment}")),
        None => (location, String::new()),
    };
    let joint = match before.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, query)) if query.ends_with('&') => "",
        Some(_) => "&",
    };
    let actor = session.actor.agent().to_string();
    let pairs: Vec<String> = [
        ("endpoint", parameters.endpoint),
        ("fetch", parameters.fetch),
        ("actor", &actor),
        ("registration", &session.registration),
        ("activityId", &session.activity_id),
    ]
    .iter()
    .map(|(name, value)| format!("{name}={}", encoded(value)))
    .collect();
    format!("{before}{joint}{}{fragment}", pairs.join("&"))
}
