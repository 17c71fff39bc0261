//! `/api/v1/registrations/{id}/launch`: links that open the player, or a unit itself.

use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::registrations::{registration_id, require_own};
use crate::{
    app::App,
    auth::{Caller, Scope},
    delivery::{self, LaunchMode, LaunchOptions},
    problem::{Problem, Result},
    wire,
};

/// How to launch.
#[derive(Deserialize, ToSchema)]
pub(super) struct LaunchBody {
    /// Where to begin; left out, wherever sequencing says.
    activity_id: Option<String>,
    /// normal, browse or review, in any case.
    launch_mode: Option<String>,
    /// Where the learner goes back to: http or https.
    return_url: Option<String>,
    /// BCP 47 tag of the player's language.
    language: Option<String>,
    /// any_window (a frame of the page) or own_window; left out, any_window. A unit (cmi5) whose course
    /// says OwnWindow has its own.
    launch_method: Option<String>,
}

/// A launch.
#[derive(Serialize, ToSchema)]
pub(super) struct LaunchDocument {
    /// Opens the player; good for one start. When `activity_id` names an assignable unit (cmi5), the
    /// unit's own address with all that it needs.
    url: String,
    session_id: Uuid,
    /// any_window or own_window.
    launch_method: &'static str,
    expires_at: String,
}

/// Get a link that opens the player.
#[utoipa::path(
    post, path = "/api/v1/registrations/{id}/launch", tag = "registrations",
    params(("id" = Uuid, Path)), request_body = LaunchBody,
    responses(
        (status = 200, body = LaunchDocument),
        (status = 404, description = "No such registration or activity"),
        (status = 422, description = "A value is not accepted"),
    ),
)]
pub(super) async fn launch(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: wire::body::Body,
) -> Result<web::Json<LaunchDocument>> {
    let id = registration_id(&id)?;
    if !caller.may(Scope::RegistrationsWrite) {
        require_own(&app, &caller, id, Scope::RegistrationsWrite).await?;
    }
    let body: LaunchBody = wire::body::read(body)?;
    let launch = delivery::launch(&app, id, body.options()?).await?;
    Ok(web::Json(LaunchDocument::from(launch)))
}

impl From<delivery::Launch> for LaunchDocument {
    fn from(launch: delivery::Launch) -> Self {
        Self {
            url: launch.url,
            session_id: launch.session_id,
            launch_method: launch.method,
            expires_at: wire::time(launch.expires_at),
        }
    }
}

impl LaunchBody {
    /// What is asked for, when it can be.
    ///
    /// # Errors
    /// `Validation`, naming the field.
    pub(super) fn options(self) -> Result<LaunchOptions> {
        let mode = |name: String| {
            LaunchMode::named(&name).ok_or_else(|| {
                Problem::validation(format!(
                    "`launch_mode` is `{name}`; expected normal, browse or review"
                ))
            })
        };
        let method = |name: String| {
            delivery::method_named(&name).ok_or_else(|| {
                Problem::validation(format!(
                    "`launch_method` is `{name}`; expected any_window or own_window"
                ))
            })
        };
        let return_url = self.return_url.filter(|url| !url.is_empty());
        if let Some(url) = &return_url {
            let parsed = url::Url::parse(url);
            if url.contains('\0')
                || !parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
            {
                return Err(Problem::validation(
                    "`return_url` is no http or https address",
                ));
            }
        }
        Ok(LaunchOptions {
            activity_id: self.activity_id.filter(|id| !id.is_empty()),
            mode: self.launch_mode.map(mode).transpose()?,
            return_url,
            language: self.language,
            method: self.launch_method.map(method).transpose()?,
        })
    }
}
