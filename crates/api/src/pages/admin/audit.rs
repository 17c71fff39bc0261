//! The audit log, line by line, in words.

use std::collections::{HashMap, HashSet};

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{Days, NaiveDate};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Admin, moment};
use crate::{
    app::App,
    audit::all_acts,
    db::{
        Connection,
        admin::audit::{self, Filter, Line},
    },
    pages::{coordinator::format::midnight, visitor::Visitor, words::Language},
    problem::Result,
    routes::address::at,
    wire,
};

/// Lines on a page.
const PAGE: i64 = 50;

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/admin/audit").get(list));
}

/// Which lines.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    act: String,
    actor: String,
    subject: String,
    from: String,
    to: String,
    before: Option<i64>,
}

impl Query {
    fn filter(&self) -> Filter {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        Filter {
            act: given(&self.act),
            actor: given(&self.actor),
            subject: given(&self.subject),
            since: day(&self.from).map(midnight),
            until: day(&self.to)
                .and_then(|day| day.checked_add_days(Days::new(1)))
                .map(midnight),
            before: self.before,
        }
    }

    fn after(&self, last: i64) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("act", &self.act),
            ("actor", &self.actor),
            ("subject", &self.subject),
            ("from", &self.from),
            ("to", &self.to),
        ] {
            pairs.append_pair(name, value);
        }
        pairs.append_pair("before", &last.to_string());
        format!("/admin/audit?{}", pairs.finish())
    }
}

/// A line, for people.
struct LineView {
    words: String,
    at: String,
    moment: String,
    actor: String,
    actor_link: Option<String>,
    subject: String,
    link: Option<String>,
    details: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage<'a> {
    page: &'a Visitor,
    query: &'a Query,
    acts: Vec<(&'static str, &'static str)>,
    lines: Vec<LineView>,
    next: Option<String>,
}

async fn list(app: web::Data<App>, admin: Admin, query: web::Query<Query>) -> HttpResponse {
    let page = async {
        let mut conn = app.db.get().await?;
        let mut found = audit::list(&mut conn, &query.filter(), PAGE + 1).await?;
        let more = i64::try_from(found.len()).is_ok_and(|count| count > PAGE);
        if more {
            found.pop();
        }
        let next = found
            .last()
            .filter(|_| more)
            .map(|last| query.after(last.id));
        let names = names(&mut conn, &found).await?;
        let language = admin.language;
        let in_words = |(name, it, en)| match language {
            Language::Italian => (name, it),
            Language::English => (name, en),
        };
        let mut acts: Vec<_> = all_acts().map(in_words).collect();
        acts.sort_by_key(|(_, words)| *words);
        let view = |line: &Line| view(line, &names, &acts, language);
        Ok(admin.show(&AuditPage {
            page: &admin,
            query: &query,
            lines: found.iter().map(view).collect(),
            acts: acts.clone(),
            next,
        }))
    };
    admin.answer(page.await)
}

/// Names of the accounts that these lines speak of.
async fn names(conn: &mut Connection, lines: &[Line]) -> Result<HashMap<String, String>> {
    let accounts = |line: &Line| {
        let actor = (line.actor_kind == "account").then(|| line.actor.clone());
        let subject = (line.subject_kind == "account").then(|| line.subject.clone());
        [actor, subject]
    };
    let ids: HashSet<Uuid> = lines
        .iter()
        .flat_map(accounts)
        .flatten()
        .filter_map(|id| id.parse().ok())
        .collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let found = audit::names(conn, &ids).await?;
    Ok(found
        .into_iter()
        .map(|(id, name)| (id.to_string(), name))
        .collect())
}

fn view(
    line: &Line,
    names: &HashMap<String, String>,
    acts: &[(&str, &str)],
    language: Language,
) -> LineView {
    let words = acts.iter().find(|(name, _)| *name == line.act);
    let called = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let actor = match line.actor_kind.as_str() {
        "account" => called(&line.actor),
        "system" => format!("{} ({})", language.t("actor_system"), line.actor),
        "nobody" => language.t("actor_nobody").to_owned(),
        _ => line.actor.clone(),
    };
    let page = |kind: &str, id: &str| {
        let section = match kind {
            "account" => "/admin/users",
            "client" => "/admin/clients",
            "webhook" => "/admin/webhooks",
            "forward" => "/admin/forwards",
            "package" => "/packages",
            _ => return None,
        };
        let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        Some(format!("{section}/{id}")).filter(|_| !id.is_empty())
    };
    LineView {
        words: words
            .map_or(line.act.as_str(), |(_, words)| words)
            .to_owned(),
        at: moment(line.at),
        moment: wire::time(line.at),
        actor_link: page(&line.actor_kind, &line.actor),
        actor,
        link: page(&line.subject_kind, &line.subject)
            .filter(|_| !["webhook.deleted", "forward.deleted"].contains(&line.act.as_str())),
        subject: called(&line.subject),
        details: details(&line.details),
    }
}

/// `key: value, key: value`.
fn details(details: &Value) -> Option<String> {
    let members = details.as_object().filter(|members| !members.is_empty())?;
    let one = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}: {text}"),
        other => format!("{name}: {other}"),
    };
    Some(members.iter().map(one).collect::<Vec<_>>().join(", "))
}
