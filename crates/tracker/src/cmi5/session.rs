//! A session: from the launch of an AU to its last statement.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::vocabulary as v;

/// How an AU is launched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LaunchMode {
    /// Satisfaction is recorded.
    #[default]
    Normal,
    /// Looked through.
    Browse,
    /// Looked at again.
    Review,
}

impl LaunchMode {
    /// The standard's own word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Browse => "Browse",
            Self::Review => "Review",
        }
    }
}

/// The learner, as an AU knows them: an account, nothing personal beside it (9.2.0.0-3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// `account.homePage`.
    pub home_page: String,
    /// `account.name`.
    pub name: String,
}

impl Actor {
    /// The agent.
    pub fn agent(&self) -> Value {
        json!({
            "objectType": "Agent",
            "account": { "homePage": self.home_page, "name": self.name },
        })
    }

    /// Whether an agent is this one.
    pub fn is(&self, agent: &Value) -> bool {
        let account = &agent["account"];
        let others = ["mbox", "mbox_sha1sum", "openid", "member"];
        matches!(agent.get("objectType"), None | Some(Value::String(_)))
            && agent["objectType"].as_str().unwrap_or("Agent") == "Agent"
            && account["homePage"] == self.home_page.as_str()
            && account["name"] == self.name.as_str()
            && others.iter().all(|other| agent.get(other).is_none())
    }
}

/// A session's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Made by the LMS (9.6.3.1-1).
    pub id: String,
    /// The registration, a UUID.
    pub registration: String,
    /// The publisher's id of the AU.
    pub au: String,
    /// The id that the LMS made for it.
    pub activity_id: String,
    /// Who learns.
    pub actor: Actor,
    /// How it was launched (10.2.2.0-1).
    pub mode: LaunchMode,
    /// The AU's mastery score.
    pub mastery_score: Option<f64>,
    /// When it was launched, in milliseconds since 1970.
    pub launched_ms: i64,
    /// The learner's preferences were read (11.0.0.0-3).
    pub preferences_read: bool,
    /// Verbs that cmi5 defined statements have used.
    pub verbs: BTreeSet<String>,
    /// When `initialized` was stated.
    pub initialized_ms: Option<i64>,
    /// When the AU last stated anything.
    pub last_statement_ms: Option<i64>,
    /// When `terminated` was stated.
    pub terminated_ms: Option<i64>,
    /// The timestamp of `terminated`, as its unit wrote it.
    #[serde(default)]
    pub terminated_at: Option<String>,
    /// When the LMS abandoned it.
    pub abandoned_ms: Option<i64>,
}

impl Session {
    /// Whether it has ended, either way.
    pub fn is_over(&self) -> bool {
        self.terminated_ms.is_some() || self.abandoned_ms.is_some()
    }

    /// Whether a cmi5 defined statement has used this verb.
    pub fn has_stated(&self, verb: v::Verb) -> bool {
        self.verbs.contains(verb.name())
    }

    /// `contextTemplate` (10.2.1.0-1 to 10.2.1.0-3): the session and the publisher's id.
    pub fn context_template(&self) -> Value {
        json!({
            "contextActivities": { "grouping": [{ "id": self.au, "objectType": "Activity" }] },
            "extensions": { v::SESSION_ID: self.id },
        })
    }

    /// Abandons the session; answers its duration in milliseconds: from the launch to the AU's last
    /// statement (9.5.4.2-2). `None` when it was over already (9.3.0.0-10).
    pub fn abandon(&mut self, now_ms: i64) -> Option<u64> {
        if self.is_over() {
            return None;
        }
        self.abandoned_ms = Some(now_ms);
        let last = self.last_statement_ms.unwrap_or(self.launched_ms);
        Some(u64::try_from(last - self.launched_ms).unwrap_or_default())
    }
}
