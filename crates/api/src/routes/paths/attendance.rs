//! Who was at an event: entered one by one, or read from a meeting tool's participant list.

use std::collections::HashMap;

use actix_web::web;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::events::event;
use crate::{
    app::App,
    audit::{self, Act},
    auth::{Caller, Scope},
    db::paths::events::{self, Attendances, Event, Expected},
    paths::{
        participants::{self, Participant, folded},
        presence::Presence,
    },
    problem::{Problem, Result},
    wire,
};

/// Most people noted at once.
const MOST: usize = 10_000;

/// A learner expected at an event.
#[derive(Serialize, ToSchema)]
pub(super) struct AttendanceDocument {
    /// The client's key of the learner.
    learner_id: String,
    name: String,
    /// Minutes there; null when nothing is noted.
    minutes: Option<i32>,
    /// Whether it counts; null when nothing is noted.
    attended: Option<bool>,
    /// entry or list.
    source: Option<String>,
    noted_at: Option<String>,
}

/// Who is expected at an event, and what is noted of them.
#[utoipa::path(
    get, path = "/api/v1/events/{id}/attendance", tag = "paths", params(("id" = Uuid, Path)),
    responses((status = 200, body = Vec<AttendanceDocument>), (status = 404, description = "No such event")),
)]
pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<Vec<AttendanceDocument>>> {
    caller.require(Scope::RegistrationsRead)?;
    let event = event(&app, &id).await?;
    let expected = events::expected(&mut *app.db.get().await?, event.id).await?;
    let document = |expected: Expected| AttendanceDocument {
        learner_id: expected.key,
        name: expected.name,
        minutes: expected.minutes,
        attended: expected.attended,
        source: expected.source,
        noted_at: expected.noted_at.map(wire::time),
    };
    Ok(web::Json(expected.into_iter().map(document).collect()))
}

/// Somebody's attendance.
#[derive(Deserialize, ToSchema)]
struct Entry {
    /// The client's key of the learner.
    learner_id: String,
    /// Minutes there; the whole event when unsaid and `attended`.
    minutes: Option<i32>,
    /// Whether it counts; by the event's threshold when unsaid.
    attended: Option<bool>,
}

/// What is noted.
#[derive(Deserialize, ToSchema)]
pub(super) struct Entries {
    items: Vec<Entry>,
}

/// How many were noted.
#[derive(Serialize, ToSchema)]
pub(super) struct Noted {
    noted: usize,
}

/// Note who was at an event; what was noted before of the same learners is replaced. All or none.
#[utoipa::path(
    post, path = "/api/v1/events/{id}/attendance", tag = "paths", params(("id" = Uuid, Path)),
    request_body = Entries,
    responses(
        (status = 200, body = Noted),
        (status = 404, description = "No such event"),
        (status = 422, description = "Somebody is not enrolled in a course with this event"),
    ),
)]
pub(super) async fn note(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: wire::body::Body,
) -> Result<web::Json<Noted>> {
    caller.require(Scope::RegistrationsWrite)?;
    let event = event(&app, &id).await?;
    let body: Entries = wire::body::read(body)?;
    if body.items.len() > MOST {
        let detail = format!("at most {MOST} people at once; send them in parts");
        return Err(Problem::validation(detail));
    }
    let mut conn = app.db.get().await?;
    let expected = events::expected(&mut conn, event.id).await?;
    let known: HashMap<&str, Uuid> = expected
        .iter()
        .map(|expected| (expected.key.as_str(), expected.learner_id))
        .collect();
    let mut found = HashMap::new();
    for entry in body.items {
        let Some(learner_id) = known.get(entry.learner_id.as_str()) else {
            return Err(Problem::validation(format!(
                "the learner `{}` is not enrolled in a course with this event; enrol them first. Nothing was noted",
                entry.learner_id
            )));
        };
        found.insert(*learner_id, counted(&event, entry.minutes, entry.attended)?);
    }
    let noted = save(&mut conn, &event, found, "entry", &caller.name).await?;
    let details = json!({ "people": noted });
    audit::note(&mut conn, &caller, Act::AttendanceNoted, event.id, details).await?;
    Ok(web::Json(Noted { noted }))
}

/// Minutes there and whether they count.
///
/// # Errors
/// When minutes are negative.
pub(crate) fn counted(
    event: &Event,
    minutes: Option<i32>,
    attended: Option<bool>,
) -> Result<(i32, bool)> {
    let length = i32::try_from((event.ends_at - event.starts_at).num_minutes()).unwrap_or(i32::MAX);
    let minutes = match (minutes, attended) {
        (Some(minutes), _) if minutes < 0 => {
            return Err(Problem::validation("`minutes` is negative"));
        }
        (Some(minutes), _) => minutes.min(length),
        (None, Some(true)) => length,
        (None, _) => 0,
    };
    let attended = attended.unwrap_or(minutes >= event.threshold_minutes && minutes > 0);
    Ok((minutes, attended))
}

/// What is noted of people whose visits are known.
///
/// # Errors
/// When minutes are negative.
pub(crate) fn noted(
    event: &Event,
    there: HashMap<Uuid, Presence>,
) -> Result<HashMap<Uuid, (i32, bool)>> {
    there
        .into_iter()
        .map(|(learner, all)| Ok((learner, counted(event, Some(all.minutes()), None)?)))
        .collect()
}

/// Notes who was there; what was noted before of the same learners is replaced.
///
/// # Errors
/// When the database fails.
pub(crate) async fn save(
    conn: &mut crate::db::Connection,
    event: &Event,
    found: HashMap<Uuid, (i32, bool)>,
    source: &str,
    by: &str,
) -> Result<usize> {
    let mut columns = Attendances::default();
    for (learner_id, (minutes, attended)) in found {
        columns.learner_ids.push(learner_id);
        columns.minutes.push(minutes);
        columns.attended.push(attended);
    }
    Ok(events::attend(conn, event.id, &columns, source, by).await?)
}

/// How a list is read.
#[derive(Deserialize, IntoParams)]
pub(super) struct ListQuery {
    /// Only says what it would note.
    #[serde(default)]
    dry_run: bool,
}

/// What a participant list says, person by person.
#[derive(Serialize, ToSchema)]
pub(super) struct ListDocument {
    /// Nothing was noted.
    dry_run: bool,
    noted: usize,
    people: Vec<PersonDocument>,
    /// Lines that could not be read.
    unread: Vec<UnreadDocument>,
}

/// Somebody on the list.
#[derive(Serialize, ToSchema)]
struct PersonDocument {
    line: u64,
    name: String,
    email: Option<String>,
    minutes: i32,
    /// The learner; null when nobody enrolled fits.
    learner_id: Option<String>,
    attended: bool,
    /// Why nobody fits, and what would help.
    problem: Option<String>,
}

/// A line that could not be read.
#[derive(Serialize, ToSchema)]
struct UnreadDocument {
    line: u64,
    why: String,
}

/// Read a meeting tool's participant list (CSV of Teams, Zoom, Webex, Meet, or a plain table; UTF-8, UTF-16
/// or Windows-1252; comma, semicolon or tab). Several visits of one person are added up, those at the same
/// time count once; people are found by e-mail, else by name. With `dry_run=true` it only says what it would note.
#[utoipa::path(
    post, path = "/api/v1/events/{id}/attendance/list", tag = "paths",
    params(("id" = Uuid, Path), ListQuery),
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, body = ListDocument),
        (status = 404, description = "No such event"),
        (status = 422, description = "No headings of a participant list"),
    ),
)]
pub(super) async fn read_list(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    query: web::Query<ListQuery>,
    body: web::Bytes,
) -> Result<web::Json<ListDocument>> {
    caller.require(Scope::RegistrationsWrite)?;
    let event = event(&app, &id).await?;
    let list = participants::read(&body).map_err(Problem::validation)?;
    let mut conn = app.db.get().await?;
    let expected = events::expected(&mut conn, event.id).await?;
    let directory = Directory::of(&expected);
    let (mut people, mut there) = (Vec::new(), HashMap::<Uuid, Presence>::new());
    for person in list.people {
        let learner = directory.find(&person);
        let (minutes, attended) = counted(&event, Some(person.presence.minutes()), None)?;
        if let Ok(learner) = learner {
            let all = there.entry(learner.learner_id).or_default();
            all.join(&person.presence);
        }
        people.push(PersonDocument {
            line: person.line,
            name: person.name,
            email: person.email,
            minutes,
            learner_id: learner.ok().map(|learner| learner.key.clone()),
            attended: learner.is_ok() && attended,
            problem: learner.err().map(str::to_owned),
        });
    }
    let mut count = 0;
    if !query.dry_run {
        let found = noted(&event, there)?;
        count = save(&mut conn, &event, found, "list", &caller.name).await?;
        let details = json!({ "people": count });
        audit::note(
            &mut conn,
            &caller,
            Act::AttendanceImported,
            event.id,
            details,
        )
        .await?;
    }
    let unread = list.unread.into_iter().map(|line| UnreadDocument {
        line: line.line,
        why: line.why,
    });
    Ok(web::Json(ListDocument {
        dry_run: query.dry_run,
        noted: count,
        people,
        unread: unread.collect(),
    }))
}

/// Finds people among those expected.
pub(crate) struct Directory<'a> {
    by_email: HashMap<String, &'a Expected>,
    by_name: HashMap<String, Vec<&'a Expected>>,
}

impl<'a> Directory<'a> {
    /// By e-mail and by name.
    pub(crate) fn of(expected: &'a [Expected]) -> Self {
        let mut by_name = HashMap::<String, Vec<&Expected>>::new();
        for one in expected {
            by_name.entry(folded(&one.name)).or_default().push(one);
        }
        let email = |one: &'a Expected| Some((one.email.as_ref()?.to_lowercase(), one));
        Self {
            by_email: expected.iter().filter_map(email).collect(),
            by_name,
        }
    }

    /// The one that fits, or what would help.
    pub(crate) fn find(
        &self,
        person: &Participant,
    ) -> std::result::Result<&'a Expected, &'static str> {
        let email = person.email.as_ref();
        if let Some(found) = email.and_then(|email| self.by_email.get(email)) {
            return Ok(found);
        }
        match self.by_name.get(&folded(&person.name)).map(Vec::as_slice) {
            Some([one]) => Ok(one),
            Some(_) => Err("several enrolled people have this name; enter this person by hand"),
            None => {
                Err("nobody enrolled has this e-mail or name; enrol them, or enter them by hand")
            }
        }
    }
}
