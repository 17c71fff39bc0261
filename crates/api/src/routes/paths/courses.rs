//! Courses: packages and events in order.

use actix_web::web;
use chrono::Utc;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::AsyncConnection;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{id_of, maybe_text, text};
use crate::{
    app::App,
    audit::{self, Act},
    auth::{Caller, Scope},
    db::paths::courses::{self, Course, Item},
    problem::{Problem, Result},
    wire,
};

/// Most items in a course.
pub(crate) const MOST_ITEMS: usize = 500;
/// Most nominal minutes of an item: a week of days.
pub(crate) const MOST_MINUTES: i32 = 10_080;

/// A course to make or change.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CourseBody {
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    /// BCP 47 tag; Italian when unsaid.
    pub(crate) language: Option<String>,
    /// nominal (what is done counts its nominal minutes; so when unsaid) or active (minutes in use or
    /// attended, nominal ones at most).
    pub(crate) credit_rule: Option<String>,
    /// In order.
    pub(crate) items: Vec<ItemBody>,
}

/// One thing in a course: a package or an event.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ItemBody {
    pub(crate) package_id: Option<Uuid>,
    pub(crate) event_id: Option<Uuid>,
    /// Without it the course is not complete; true when unsaid.
    pub(crate) required: Option<bool>,
    /// Nominal minutes.
    pub(crate) credit_minutes: i32,
}

/// A course.
#[derive(Serialize, ToSchema)]
pub(super) struct CourseDocument {
    id: Uuid,
    /// The key that its makers know it by.
    code: String,
    title: String,
    description: String,
    language: String,
    /// nominal or active.
    credit_rule: String,
    created_at: String,
    updated_at: String,
    /// draft (nobody is enrolled yet), published or archived (nobody new is enrolled; those enrolled go on).
    /// What is put here is published from the start; the authors' pages change it.
    state: String,
    /// In order; left out of lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    items: Vec<ItemDocument>,
}

/// One thing in a course.
#[derive(Serialize, ToSchema)]
struct ItemDocument {
    position: i32,
    package_id: Option<Uuid>,
    event_id: Option<Uuid>,
    required: bool,
    credit_minutes: i32,
}

impl CourseDocument {
    fn new(course: Course, items: Vec<Item>) -> Self {
        let item = |item: Item| ItemDocument {
            position: item.position,
            package_id: item.package_id,
            event_id: item.event_id,
            required: item.required,
            credit_minutes: item.credit_minutes,
        };
        Self {
            id: course.id,
            code: course.code,
            title: course.title,
            description: course.description,
            language: course.language,
            credit_rule: course.credit_rule,
            created_at: wire::time(course.created_at),
            updated_at: wire::time(course.updated_at),
            state: course.state,
            items: items.into_iter().map(item).collect(),
        }
    }
}

impl CourseBody {
    /// The course as it is to be kept.
    ///
    /// # Errors
    /// When a value is not accepted.
    pub(crate) fn checked(&self, code: &str) -> Result<(Course, Vec<Item>)> {
        let rule = self.credit_rule.as_deref().unwrap_or("nominal");
        if !["nominal", "active"].contains(&rule) {
            return Err(Problem::validation(format!(
                "`credit_rule` is `{rule}`; expected nominal or active"
            )));
        }
        if self.items.is_empty() || self.items.len() > MOST_ITEMS {
            return Err(Problem::validation(format!(
                "`items` has {}; expected 1 to {MOST_ITEMS}",
                self.items.len()
            )));
        }
        let now = Utc::now();
        let course = Course {
            id: Uuid::now_v7(),
            code: text("code", code)?,
            title: text("title", &self.title)?,
            description: maybe_text("description", self.description.as_deref())?,
            language: match maybe_text("language", self.language.as_deref())? {
                language if language.is_empty() => "it".to_owned(),
                language => language,
            },
            credit_rule: rule.to_owned(),
            created_at: now,
            updated_at: now,
            state: courses::PUBLISHED.to_owned(),
        };
        let items = (1..).zip(&self.items).map(|(position, item)| {
            if item.package_id.is_some() == item.event_id.is_some() {
                return Err(Problem::validation(format!(
                    "item {position} has `package_id` and `event_id`, or neither; give one"
                )));
            }
            if !(0..=MOST_MINUTES).contains(&item.credit_minutes) {
                return Err(Problem::validation(format!(
                    "`credit_minutes` of item {position} is {}; expected 0 to {MOST_MINUTES}",
                    item.credit_minutes
                )));
            }
            Ok(Item {
                course_id: course.id,
                position,
                package_id: item.package_id,
                event_id: item.event_id,
                required: item.required.unwrap_or(true),
                credit_minutes: item.credit_minutes,
            })
        });
        let items = items.collect::<Result<Vec<Item>>>()?;
        Ok((course, items))
    }
}

/// Keeps a course with its items, all or nothing.
///
/// # Errors
/// When an item is not there or the database fails.
pub(crate) async fn keep(app: &App, course: &Course, items: &[Item]) -> Result<Course> {
    let mut conn = app.db.get().await?;
    let kept = conn
        .transaction::<_, Error, _>(async |conn| courses::put(conn, course, items).await)
        .await;
    match kept {
        Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => {
            Err(Problem::validation(
                "an item's package or event does not exist; upload or make it first",
            ))
        }
        kept => Ok(kept?),
    }
}

/// Make a course, or bring the one with this code up to date.
#[utoipa::path(
    put, path = "/api/v1/courses/{code}", tag = "paths", params(("code" = String, Path)),
    request_body = CourseBody,
    responses((status = 200, body = CourseDocument), (status = 422, description = "A value is not accepted")),
)]
pub(super) async fn put(
    app: web::Data<App>,
    caller: Caller,
    code: web::Path<String>,
    body: wire::body::Body,
) -> Result<web::Json<CourseDocument>> {
    caller.require(Scope::PackagesWrite)?;
    let body: CourseBody = wire::body::read(body)?;
    let (course, items) = body.checked(&code)?;
    let kept = keep(&app, &course, &items).await?;
    let mut conn = app.db.get().await?;
    audit::note(
        &mut conn,
        &caller,
        Act::CoursePut,
        kept.id,
        json!({ "code": kept.code }),
    )
    .await?;
    Ok(web::Json(CourseDocument::new(kept, items)))
}

/// List the courses.
#[utoipa::path(get, path = "/api/v1/courses", tag = "paths", responses((status = 200, body = Vec<CourseDocument>)))]
pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
) -> Result<web::Json<Vec<CourseDocument>>> {
    caller.require(Scope::PackagesRead)?;
    let all = courses::all(&mut *app.db.get().await?).await?;
    let document = |course| CourseDocument::new(course, Vec::new());
    Ok(web::Json(all.into_iter().map(document).collect()))
}

/// A course with its items.
#[utoipa::path(
    get, path = "/api/v1/courses/{id}", tag = "paths", params(("id" = Uuid, Path)),
    responses((status = 200, body = CourseDocument), (status = 404, description = "No such course")),
)]
pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<CourseDocument>> {
    caller.require(Scope::PackagesRead)?;
    let mut conn = app.db.get().await?;
    let course = known(&mut conn, &id).await?;
    let items = courses::items(&mut conn, course.id).await?;
    Ok(web::Json(CourseDocument::new(course, items)))
}

/// The course with this id.
pub(super) async fn known(conn: &mut crate::db::Connection, id: &str) -> Result<Course> {
    let found = courses::find(conn, id_of("course", id)?).await?;
    found.ok_or_else(|| Problem::NotFound(format!("there is no course {id}")))
}
