//! What is kept of whoever is signed in, for how long, who sees it; their copy of it; their language.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    app::App,
    auth::web as sign_in,
    db,
    pages::{
        visitor::{Visitor, language_cookie, see_other},
        words::Language,
    },
    routes::learners,
};

#[derive(Template)]
#[template(path = "learner/privacy.html")]
struct PrivacyPage<'a> {
    page: &'a Visitor,
    email: &'a str,
    journal: String,
    person_months: u32,
    sign_in_hours: u32,
    has_data: bool,
    italian: bool,
}

pub(super) async fn page(app: web::Data<App>, visitor: Visitor) -> HttpResponse {
    let Some(person) = &visitor.person else {
        return visitor.to_sign_in();
    };
    let found = async {
        let mut conn = app.db.get().await?;
        db::gdpr::by_key(&mut conn, "", &person.id.to_string())
            .await
            .map_err(crate::problem::Problem::from)
    };
    let has_data = match found.await {
        Ok(found) => found.is_some(),
        Err(problem) => return visitor.failed(&problem),
    };
    let settings = &app.config.retention;
    visitor.show(&PrivacyPage {
        page: &visitor,
        email: &person.email,
        journal: match settings.journal_months {
            0 => visitor.t("l_for_ever").to_owned(),
            months => format!("{months} {}", visitor.t("l_months")),
        },
        person_months: settings.person_months,
        sign_in_hours: app.config.auth.sign_in_hours,
        has_data,
        italian: visitor.language == Language::Italian,
    })
}

pub(super) async fn data(app: web::Data<App>, visitor: Visitor) -> HttpResponse {
    let Some(person) = &visitor.person else {
        return visitor.to_sign_in();
    };
    let copy = async {
        let found = db::gdpr::by_key(&mut *app.db.get().await?, "", &person.id.to_string()).await?;
        match found {
            Some(subject) => learners::copy(&app, &subject, person).await,
            None => Ok(visitor.not_found()),
        }
    };
    copy.await
        .unwrap_or_else(|problem| visitor.failed(&problem))
}

#[derive(Debug, Deserialize)]
pub(super) struct LanguageForm {
    language: String,
}

pub(super) async fn language(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    form: web::Form<LanguageForm>,
) -> HttpResponse {
    if sign_in::same_origin(&app, &request).is_err() {
        return visitor.forbidden();
    }
    let (Some(person), Some(language)) = (&visitor.person, Language::of_tag(&form.language)) else {
        return visitor.to_sign_in();
    };
    let kept = async {
        let mut conn = app.db.get().await?;
        Ok(db::history::speak(&mut conn, person.id, language.tag()).await?)
    };
    if let Err(problem) = kept.await {
        return visitor.failed(&problem);
    }
    let mut response = see_other("/privacy");
    let _ = response.add_cookie(&language_cookie(language));
    response
}
