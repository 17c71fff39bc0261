//! Statements of the record store: found by filters, read as a sentence, shown as JSON.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Admin, moment,
    sentence::{self, VERBS},
};
use crate::{
    app::App,
    db::{self, Connection, lrs::Filter},
    pages::{coordinator::format::midnight, visitor::Visitor, words::Language},
    problem::Result,
    routes::address::at,
    wire, xapi,
};

/// Statements on a page.
const PAGE: i64 = 30;

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/admin/statements").get(list))
        .service(at("/admin/statements/{id}").get(one));
}

/// Which statements.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    agent: String,
    verb: String,
    activity: String,
    registration: String,
    from: String,
    to: String,
    anywhere: Option<String>,
    after: Option<i64>,
}

impl Query {
    fn filter(&self, own_home: &str) -> Filter {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let anywhere = self.anywhere.is_some();
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        Filter {
            verb: given(&self.verb).map(|verb| verb_of(&verb)),
            // What is no UUID names no registration, and finds nothing.
            registration: given(&self.registration).map(|id| id.parse().unwrap_or_default()),
            agent: given(&self.agent).map(|agent| (agent_of(&agent, own_home), anywhere)),
            activity: given(&self.activity).map(|activity| (activity, anywhere)),
            since: day(&self.from).map(midnight),
            until: day(&self.to)
                .and_then(|day| day.checked_add_days(Days::new(1)))
                .map(midnight),
            after: self.after,
            ..Filter::default()
        }
    }

    fn next(&self, last: i64) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("agent", &self.agent),
            ("verb", &self.verb),
            ("activity", &self.activity),
            ("registration", &self.registration),
            ("from", &self.from),
            ("to", &self.to),
        ] {
            pairs.append_pair(name, value);
        }
        if self.anywhere.is_some() {
            pairs.append_pair("anywhere", "on");
        }
        pairs.append_pair("after", &last.to_string());
        format!("/admin/statements?{}", pairs.finish())
    }
}

/// A verb by its whole name, or the last part of one that is well known.
fn verb_of(text: &str) -> String {
    let known = VERBS.iter().map(|(iri, ..)| *iri);
    let mut named = known.filter(|iri| iri.rsplit('/').next() == Some(text));
    named.next().unwrap_or(text).to_owned()
}

/// An agent by an e-mail address, a learner's key of our own, an agent as JSON, or the store's own key.
fn agent_of(text: &str, own_home: &str) -> String {
    let json = serde_json::from_str::<Value>(text).ok();
    if let Some(key) = json.and_then(|agent| xapi::agent::key(&agent)) {
        return key;
    }
    let has_kind = ["mailto:", "sha1:", "openid:", "account:"];
    if has_kind.iter().any(|kind| text.starts_with(kind)) {
        return text.to_owned();
    }
    match text.contains('@') {
        true => format!("mailto:{text}"),
        false => format!("account:{own_home} {text}"),
    }
}

/// A statement, for people.
struct StatementLine {
    id: String,
    sentence: String,
    stored: String,
    moment: String,
}

#[derive(Template)]
#[template(path = "admin/statements.html")]
struct StatementsPage<'a> {
    page: &'a Visitor,
    query: &'a Query,
    verbs: &'static [(&'static str, &'static str, &'static str)],
    lines: Vec<StatementLine>,
    next: Option<String>,
}

async fn list(app: web::Data<App>, admin: Admin, query: web::Query<Query>) -> HttpResponse {
    let page = async {
        let filter = query.filter(&app.config.server.public_url);
        let mut conn = app.db.walks().get().await?;
        let mut found = db::lrs::list(&mut conn, &filter, PAGE + 1).await?;
        let more = i64::try_from(found.len()).is_ok_and(|count| count > PAGE);
        if more {
            found.pop();
        }
        let next = found
            .last()
            .filter(|_| more)
            .map(|last| query.next(last.seq));
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let statements: Vec<(Value, DateTime<Utc>)> = found
            .iter()
            .map(|listed| (read(&listed.statement), listed.stored))
            .collect();
        let names = names(&mut conn, statements.iter().map(|(statement, _)| statement)).await?;
        let line = |(statement, stored): &(Value, DateTime<Utc>)| StatementLine {
            id: statement["id"].as_str().unwrap_or_default().to_owned(),
            sentence: sentence::of(statement, &names, admin.language),
            stored: moment(*stored),
            moment: wire::time(*stored),
        };
        Ok(admin.show(&StatementsPage {
            page: &admin,
            query: &query,
            verbs: VERBS,
            lines: statements.iter().map(line).collect(),
            next,
        }))
    };
    admin.answer(page.await)
}

/// What the store knows of the activities that these statements only name.
async fn names<'a>(
    conn: &mut Connection,
    statements: impl Iterator<Item = &'a Value>,
) -> Result<HashMap<String, Value>> {
    let unnamed = statements
        .map(|statement| &statement["object"])
        .filter(|object| object["definition"]["name"].is_null());
    let ids: Vec<String> = unnamed
        .filter_map(|object| object["id"].as_str().map(ToOwned::to_owned))
        .collect();
    let known = db::lrs::definitions(conn, &ids).await?;
    let name = |(id, definition): (String, Value)| (id, definition["name"].clone());
    Ok(known.into_iter().map(name).collect())
}

#[derive(Template)]
#[template(path = "admin/statement.html")]
struct StatementPage<'a> {
    page: &'a Visitor,
    id: Uuid,
    sentence: String,
    stored: String,
    voided: bool,
    registration: Option<Uuid>,
    authority: Option<String>,
    json: String,
}

async fn one(app: web::Data<App>, admin: Admin, id: web::Path<Uuid>) -> HttpResponse {
    let page = async {
        let mut conn = app.db.get().await?;
        let Some(found) = db::lrs::find(&mut conn, *id).await? else {
            return Ok(admin.not_found());
        };
        let statement: Value = serde_json::from_str(&found.statement).unwrap_or_default();
        let names = names(&mut conn, std::iter::once(&statement)).await?;
        let language: Language = admin.language;
        let authority = &statement["authority"];
        Ok(admin.show(&StatementPage {
            page: &admin,
            id: *id,
            sentence: sentence::of(&statement, &names, language),
            stored: moment(found.stored),
            voided: found.voided,
            registration: found.registration,
            authority: (!authority.is_null()).then(|| sentence::agent(authority)),
            json: serde_json::to_string_pretty(&statement).unwrap_or_default(),
        }))
    };
    admin.answer(page.await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_type_agents_and_verbs_as_they_know_them() {
        let agent = |text| agent_of(text, "https://learn.example");
        assert_eq!(agent("a@b.example"), "mailto:a@b.example");
        assert_eq!(agent("mailto:a@b.example"), "mailto:a@b.example");
        assert_eq!(agent("anna"), "account:https://learn.example anna");
        let json = r#"{"account":{"homePage":"https://hr.example","name":"7"}}"#;
        assert_eq!(agent(json), "account:https://hr.example 7");
        assert_eq!(
            verb_of("completed"),
            "http://adlnet.gov/expapi/verbs/completed"
        );
        assert_eq!(verb_of("urn:x:danced"), "urn:x:danced");
    }
}
