//! The pages of the app's own origin: sign-in, a learner's courses, and what the other roles see.

use actix_web::{FromRequest as _, HttpRequest, HttpResponse, ResponseError as _, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    courses::{ActivityLine, CourseCard},
    packages,
    paths::{self, PathCard},
    visitor::{Visitor, language_cookie, local_path, see_other},
    words::Language,
};
use crate::{
    app::App,
    auth::{Peer, Person, Role, oidc, web as sign_in},
    db::{self, courses::Taken},
    problem::{Problem, Result},
    routes::address::at,
};

/// Routes of the pages, for the app's listener.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/").get(home))
        .service(at("/login").get(login).post(enter))
        .route("/logout", web::post().to(leave))
        .service(at("/language/{tag}").get(language))
        .service(at("/courses/{registration}").get(course));
}

/// What no route answers, for people.
pub(crate) async fn not_found(request: &HttpRequest) -> HttpResponse {
    match Visitor::extract(request).await {
        Ok(visitor) => visitor.not_found(),
        Err(problem) => problem.error_response(),
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    page: &'a Visitor,
    email: &'a str,
    next: &'a str,
    message: Option<&'static str>,
    /// What was just done.
    done: Option<&'static str>,
    /// Name of the identity provider, when there is one.
    provider: Option<&'a str>,
}

#[derive(Deserialize)]
struct LoginQuery {
    #[serde(default)]
    next: String,
    #[serde(default)]
    done: String,
}

async fn login(
    app: web::Data<App>,
    visitor: Visitor,
    query: web::Query<LoginQuery>,
) -> HttpResponse {
    if visitor.person.is_some() {
        return see_other(local_path(&query.next));
    }
    visitor.show(&LoginPage {
        page: &visitor,
        email: "",
        next: local_path(&query.next),
        message: None,
        done: (query.done == "password_saved").then_some("password_saved"),
        provider: provider(&app),
    })
}

#[derive(Deserialize)]
struct LoginForm {
    email: String,
    password: SecretString,
    #[serde(default)]
    next: String,
}

async fn enter(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    form: web::Form<LoginForm>,
) -> HttpResponse {
    if sign_in::same_origin(&app, &request).is_err() {
        return visitor.forbidden();
    }
    let peer = Peer::of(&app, &request);
    let message = match sign_in::sign_in(&app, &peer, &form.email, &form.password).await {
        Ok(cookie) => {
            let mut response = see_other(local_path(&form.next));
            return match response.add_cookie(&cookie) {
                Ok(()) => response,
                Err(error) => visitor.failed(&Problem::internal(error)),
            };
        }
        Err(Problem::RateLimited { .. }) => "login_busy",
        Err(Problem::SignInFailed) => "login_failed",
        Err(problem) => return visitor.failed(&problem),
    };
    let page = LoginPage {
        page: &visitor,
        email: &form.email,
        next: local_path(&form.next),
        message: Some(message),
        done: None,
        provider: provider(&app),
    };
    visitor.respond(actix_web::http::StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn provider(app: &App) -> Option<&str> {
    app.config.oidc.as_ref().map(|oidc| oidc.name.as_str())
}

/// The sign-in page, with why the identity provider's way did not lead in.
pub(super) fn sign_in_failed(app: &App, visitor: &Visitor, message: &'static str) -> HttpResponse {
    let page = LoginPage {
        page: visitor,
        email: "",
        next: "/",
        message: Some(message),
        done: None,
        provider: provider(app),
    };
    visitor.respond(actix_web::http::StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn leave(app: web::Data<App>, request: HttpRequest, visitor: Visitor) -> HttpResponse {
    if sign_in::same_origin(&app, &request).is_err() {
        return visitor.forbidden();
    }
    match sign_in::sign_out(&app, &request).await {
        Ok((cookie, id_token)) => {
            let elsewhere = match id_token {
                Some(id_token) => oidc::sign_out_url(&app, &id_token).await,
                None => None,
            };
            let mut response = see_other(elsewhere.as_ref().map_or("/login", |url| url.as_str()));
            let _ = response.add_cookie(&cookie);
            response
        }
        Err(problem) => visitor.failed(&problem),
    }
}

#[derive(Deserialize)]
struct LanguageQuery {
    #[serde(default)]
    back: String,
}

async fn language(
    visitor: Visitor,
    tag: web::Path<String>,
    query: web::Query<LanguageQuery>,
) -> HttpResponse {
    let Some(language) = Language::of_tag(&tag) else {
        return visitor.not_found();
    };
    let mut response = see_other(local_path(&query.back));
    let _ = response.add_cookie(&language_cookie(language));
    response
}

async fn home(app: web::Data<App>, visitor: Visitor) -> HttpResponse {
    let Some(person) = &visitor.person else {
        return visitor.to_sign_in();
    };
    let page = match person.role {
        Role::Learner => my_courses(&app, &visitor, person).await,
        Role::Coordinator => Ok(see_other("/coordinator")),
        _ => packages::list(&app, &visitor).await,
    };
    page.unwrap_or_else(|problem| visitor.failed(&problem))
}

#[derive(Template)]
#[template(path = "courses.html")]
struct CoursesPage<'a> {
    page: &'a Visitor,
    paths: Vec<PathCard>,
    courses: Vec<CourseCard>,
}

impl CoursesPage<'_> {
    /// Level of the courses' headings: below that of the paths, where there are some.
    fn course_level(&self) -> u8 {
        if self.paths.is_empty() { 2 } else { 3 }
    }
}

async fn my_courses(app: &App, visitor: &Visitor, person: &Person) -> Result<HttpResponse> {
    let mut conn = app.db.get().await?;
    let offered = db::courses::offered(&mut conn).await?;
    let taken = db::courses::of_learner(&mut conn, &person.id.to_string()).await?;
    let paths = paths::of(&mut conn, visitor.language, person).await?;
    let mut courses: Vec<CourseCard> = offered
        .iter()
        .filter_map(|version| {
            let of_this = |taken: &&Taken| taken.package_id == version.package_id;
            let taken = taken.iter().find(of_this);
            let package = version.package()?;
            Some(CourseCard::new(
                visitor.language,
                version.package_id,
                &package,
                taken,
            ))
        })
        .collect();
    // As the paths have them; what is in no path stands behind, the newest first.
    courses.sort_by_key(|course| {
        let mut steps = paths.iter().flat_map(|path| &path.steps);
        steps
            .position(|step| step.package_id == Some(course.package_id))
            .unwrap_or(usize::MAX)
    });
    Ok(visitor.show(&CoursesPage {
        page: visitor,
        paths,
        courses,
    }))
}

#[derive(Template)]
#[template(path = "course.html")]
struct CoursePage<'a> {
    page: &'a Visitor,
    course: CourseCard,
    why_incomplete: Vec<String>,
    activities: Vec<ActivityLine>,
}

async fn course(
    app: web::Data<App>,
    visitor: Visitor,
    registration: web::Path<Uuid>,
) -> HttpResponse {
    let Some(person) = &visitor.person else {
        return visitor.to_sign_in();
    };
    let page = course_page(&app, &visitor, person, *registration).await;
    page.unwrap_or_else(|problem| visitor.failed(&problem))
}

async fn course_page(
    app: &App,
    visitor: &Visitor,
    person: &Person,
    registration: Uuid,
) -> Result<HttpResponse> {
    let mut conn = app.db.get().await?;
    let taken = db::courses::of_learner(&mut conn, &person.id.to_string()).await?;
    let Some(taken) = taken
        .into_iter()
        .find(|taken| taken.registration_id == registration)
    else {
        return Ok(visitor.not_found());
    };
    let version = db::courses::version(&mut conn, taken.package_version_id).await?;
    let Some(package) = version.and_then(|version| version.package()) else {
        return Ok(visitor.not_found());
    };
    let progress = taken.progress();
    let sentences = progress
        .iter()
        .flat_map(|progress| &progress.why_incomplete);
    Ok(visitor.show(&CoursePage {
        page: visitor,
        course: CourseCard::new(visitor.language, taken.package_id, &package, Some(&taken)),
        why_incomplete: sentences
            .map(|reason| reason.sentence(visitor.language.tag()))
            .collect(),
        activities: ActivityLine::all(visitor.language, &package, progress.as_ref()),
    }))
}
