//! Training hours per person and per body, as Italian public bodies must show them.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{Datelike, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::bodies;
use crate::{
    app::App,
    auth::{Caller, Scope},
    db::paths::hours::{self, Hours},
    problem::{Problem, Result},
    routes::registrations_csv::quoted,
    wire::duration,
};

/// Which hours.
#[derive(Deserialize, IntoParams)]
pub(super) struct Query {
    /// Calendar year in Italy; this one when unsaid.
    year: Option<i32>,
    /// Code of a body: with the bodies that belong to it.
    body: Option<String>,
}

/// Hours of a year.
#[derive(Serialize, ToSchema)]
pub(super) struct HoursDocument {
    year: i32,
    people: Vec<PersonDocument>,
    /// By code of the body; empty for people of none.
    bodies: BTreeMap<String, BodyHours>,
}

/// One person's hours.
#[derive(Serialize, ToSchema)]
struct PersonDocument {
    learner_id: String,
    name: String,
    /// Code and name of their body.
    body: Option<String>,
    body_name: Option<String>,
    /// Packages and events done.
    items_done: i64,
    /// Time that content claimed, ISO 8601.
    claimed_time: String,
    /// Time from starts to last signs of life, ISO 8601.
    wall_time: String,
    /// Time in use, ISO 8601.
    active_time: String,
    attended_minutes: i64,
    /// Minutes that count.
    credited_minutes: i64,
}

/// A body's people together.
#[derive(Debug, Default, Serialize, ToSchema)]
struct BodyHours {
    people: u64,
    credited_minutes: i64,
    /// Mean of its people who did anything.
    credited_minutes_per_person: i64,
}

/// Training hours of a year, per person and per body; as CSV with `Accept: text/csv`.
#[utoipa::path(
    get, path = "/api/v1/reports/hours", tag = "paths", params(Query),
    responses((status = 200, body = HoursDocument), (status = 422, description = "No such body")),
)]
pub(super) async fn report(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse> {
    caller.require(Scope::ReportsRead)?;
    let year = query.year.unwrap_or_else(|| Utc::now().year());
    if !(2000..=2200).contains(&year) {
        return Err(Problem::BadRequest(format!(
            "`year` is {year}; expected four digits"
        )));
    }
    let mut conn = app.db.get().await?;
    let body_id = match query.body.as_deref().filter(|code| !code.is_empty()) {
        Some(code) => Some(bodies::known(&mut conn, code).await?.id),
        None => None,
    };
    let people = hours::of_year(&mut conn, year, body_id).await?;
    let accept = request.headers().get(header::ACCEPT);
    let wants_csv = accept.is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv"));
    if wants_csv {
        return Ok(HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .body(csv(&people)));
    }
    let mut by_body = BTreeMap::<String, BodyHours>::new();
    for person in &people {
        let body = by_body
            .entry(person.body_code.clone().unwrap_or_default())
            .or_default();
        body.people += 1;
        body.credited_minutes += person.credited_minutes;
    }
    for body in by_body.values_mut() {
        let people = i64::try_from(body.people).unwrap_or(i64::MAX).max(1);
        body.credited_minutes_per_person = body.credited_minutes / people;
    }
    Ok(HttpResponse::Ok().json(HoursDocument {
        year,
        people: people.into_iter().map(PersonDocument::from).collect(),
        bodies: by_body,
    }))
}

fn iso(ms: i64) -> String {
    duration(u64::try_from(ms).unwrap_or_default())
}

impl From<Hours> for PersonDocument {
    fn from(hours: Hours) -> Self {
        Self {
            learner_id: hours.learner_key,
            name: hours.learner_name,
            body: hours.body_code,
            body_name: hours.body_name,
            items_done: hours.items_done,
            claimed_time: iso(hours.claimed_ms),
            wall_time: iso(hours.wall_ms),
            active_time: iso(hours.active_ms),
            attended_minutes: hours.attended_minutes,
            credited_minutes: hours.credited_minutes,
        }
    }
}

fn csv(people: &[Hours]) -> String {
    let mut text = "learner_id,name,body,body_name,items_done,claimed_time,wall_time,active_time,attended_minutes,credited_minutes\r\n".to_owned();
    for person in people {
        let fields = [
            person.learner_key.clone(),
            person.learner_name.clone(),
            person.body_code.clone().unwrap_or_default(),
            person.body_name.clone().unwrap_or_default(),
            person.items_done.to_string(),
            iso(person.claimed_ms),
            iso(person.wall_ms),
            iso(person.active_ms),
            person.attended_minutes.to_string(),
            person.credited_minutes.to_string(),
        ];
        let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
        text += &(fields.join(",") + "\r\n");
    }
    text
}
