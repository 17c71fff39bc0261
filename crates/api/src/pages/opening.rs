//! One click opens a course: who is not registered yet is, and the player starts where they were.

use actix_web::{HttpRequest, HttpResponse, web};
use diesel_async::AsyncConnection;
use uuid::Uuid;

use super::visitor::{Visitor, see_other};
use crate::{
    app::App,
    auth::{Person, web as sign_in},
    db::{self, learners::NewLearner},
    delivery::{self, LaunchOptions},
    problem::{Problem, Result},
};

/// The route, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route("/courses/{package}/open", web::post().to(open));
}

/// Starts or resumes a course: registers the learner when they are not yet, and opens the player.
async fn open(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    package: web::Path<Uuid>,
) -> HttpResponse {
    if sign_in::same_origin(&app, &request).is_err() {
        return visitor.forbidden();
    }
    let Some(person) = &visitor.person else {
        return see_other("/login");
    };
    match open_course(&app, &visitor, person, *package).await {
        Ok(url) => see_other(&url),
        Err(problem) => visitor.failed(&problem),
    }
}

async fn open_course(
    app: &App,
    visitor: &Visitor,
    person: &Person,
    package_id: Uuid,
) -> Result<String> {
    let key = person.id.to_string();
    let taken = db::courses::of_learner(&mut *app.db.get().await?, &key).await?;
    let taken = taken
        .into_iter()
        .find(|taken| taken.package_id == package_id);
    let registration_id = match taken {
        Some(taken) => taken.registration_id,
        None => register(app, person, package_id).await?,
    };
    let options = LaunchOptions {
        return_url: Some(format!(
            "{}/courses/{registration_id}",
            app.config.server.public_url
        )),
        language: Some(visitor.language.tag().to_owned()),
        ..LaunchOptions::default()
    };
    Ok(delivery::launch(app, registration_id, options).await?.url)
}

/// A new registration of a person who signs in here.
async fn register(app: &App, person: &Person, package_id: Uuid) -> Result<Uuid> {
    let mut conn = app.db.get().await?;
    let current = db::registrations::current_version(&mut conn, package_id).await?;
    let Some((version_id, None)) = current else {
        return Err(Problem::PackageNotFound(package_id.to_string()));
    };
    let learner = NewLearner {
        id: Uuid::now_v7(),
        home_page: String::new(),
        key: person.id.to_string(),
        name: person.name.clone(),
        email: Some(person.email.clone()),
        organization: person.organization.clone(),
        language: Some(person.language.clone()),
    };
    let id = conn
        .transaction::<_, diesel::result::Error, _>(async |conn| {
            // The learner's row is locked by this: of two clicks the second finds what the first made.
            let learner_id = db::learners::upsert(conn, &learner).await?;
            let taken = db::courses::of_learner(conn, &learner.key).await?;
            if let Some(taken) = taken.iter().find(|taken| taken.package_id == package_id) {
                return Ok(taken.registration_id);
            }
            let id = Uuid::now_v7();
            db::registrations::insert(conn, id, package_id, version_id, learner_id).await?;
            Ok(id)
        })
        .await?;
    Ok(id)
}
