//! A person asked to be erased: their coordinator or an administrator does it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    finish,
    scope::{Asked, Scope},
};
use crate::{
    app::App,
    audit::Actor,
    auth::web as sign_in,
    db, gdpr,
    pages::visitor::{Visitor, see_other},
    problem::Problem,
};

/// Said twice, since it cannot be undone.
#[derive(Debug, Deserialize)]
pub(super) struct EraseForm {
    #[serde(default)]
    sure: String,
}

pub(super) async fn erase(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    asked: web::Query<Asked>,
    learner: web::Path<Uuid>,
    form: web::Form<EraseForm>,
) -> HttpResponse {
    let done = async {
        sign_in::same_origin(&app, &request)?;
        let scope = Scope::of(&app, &visitor, &asked).await?;
        if form.sure != "yes" {
            return Ok(see_other(&scope.link(&format!("/people/{learner}"))));
        }
        let mut conn = app.db.get().await?;
        scope.person(&mut conn, *learner).await?;
        let subject = db::gdpr::by_id(&mut conn, *learner).await?;
        drop(conn);
        let missing = || Problem::NotFound(format!("there is no person {learner}"));
        let subject = subject.ok_or_else(missing)?;
        let actor = Actor::Account(scope.person_id.to_string());
        gdpr::erase(&app, &subject, actor).await?;
        Ok(see_other(&scope.link_with("/people", &[("erased", "1")])))
    };
    finish(&visitor, done.await)
}
