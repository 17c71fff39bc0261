//! Who looks at a page, in which language, and the pages that every handler may need to answer with.

use std::pin::Pin;

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    cookie::Cookie,
    dev::Payload,
    http::{StatusCode, header},
    web,
};
use askama::Template;

use super::words::Language;
use crate::{
    app::App,
    auth::{Person, web as sign_in},
    problem::Problem,
};

/// The cookie that remembers a chosen language.
pub(super) const LANGUAGE_COOKIE: &str = "percorso_language";

/// What every template needs.
pub(super) struct Visitor {
    /// Language of the page.
    pub(super) language: Language,
    /// Path of the page, to come back to.
    pub(super) path: String,
    /// Who is signed in.
    pub(super) person: Option<Person>,
    /// Where forms lead to besides: browsers check redirects of forms, too. The player, and the identity
    /// provider at the sign-out.
    form_targets: String,
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = request
                .app_data::<web::Data<App>>()
                .cloned()
                .expect("every page is served with the App");
            let person = sign_in::person(&app, &request).await?;
            Ok(Self {
                language: language(&request, person.as_ref()),
                path: request.path().to_owned(),
                person,
                form_targets: match &app.config.oidc {
                    Some(oidc) => format!("{} {}", app.config.server.player_url, oidc.origin()),
                    None => app.config.server.player_url.clone(),
                },
            })
        })
    }
}

/// The language chosen, else the person's own, else the browser's.
fn language(request: &HttpRequest, person: Option<&Person>) -> Language {
    let chosen = request
        .cookie(LANGUAGE_COOKIE)
        .and_then(|cookie| Language::of_tag(cookie.value()));
    let own = || person.and_then(|person| Language::of_tag(&person.language));
    let browser = || {
        let header = request.headers().get(header::ACCEPT_LANGUAGE)?;
        Language::of_header(header.to_str().ok()?)
    };
    chosen.or_else(own).or_else(browser).unwrap_or_default()
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    page: &'a Visitor,
    title: &'static str,
    text: &'static str,
}

impl Visitor {
    /// The text under `key`.
    pub(super) fn t<'a>(&self, key: &'a str) -> &'a str {
        self.language.t(key)
    }

    /// A page of the site.
    pub(super) fn show(&self, template: &impl Template) -> HttpResponse {
        self.respond(StatusCode::OK, template)
    }

    /// A page with a script of ours, which may ask this server.
    pub(super) fn show_with_script(&self, template: &impl Template) -> HttpResponse {
        self.respond_with_script(StatusCode::OK, template)
    }

    /// The same with another status.
    pub(super) fn respond_with_script(
        &self,
        status: StatusCode,
        template: &impl Template,
    ) -> HttpResponse {
        self.answer(status, template, SCRIPTS)
    }

    /// The page with another status.
    pub(super) fn respond(&self, status: StatusCode, template: &impl Template) -> HttpResponse {
        self.answer(status, template, "")
    }

    fn answer(&self, status: StatusCode, template: &impl Template, scripts: &str) -> HttpResponse {
        let Ok(html) = template.render() else {
            return HttpResponse::InternalServerError().finish();
        };
        HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((
                header::CONTENT_SECURITY_POLICY,
                format!(
                    "{POLICY}{scripts}; form-action 'self' {}",
                    self.form_targets
                ),
            ))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::REFERRER_POLICY, "same-origin"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::CONTENT_LANGUAGE, self.language.tag()))
            .body(html)
    }

    /// 404.
    pub(super) fn not_found(&self) -> HttpResponse {
        self.message(StatusCode::NOT_FOUND, "not_found", "not_found_text")
    }

    /// 403.
    pub(super) fn forbidden(&self) -> HttpResponse {
        self.message(StatusCode::FORBIDDEN, "forbidden", "forbidden_text")
    }

    /// What went wrong, for people.
    pub(super) fn failed(&self, problem: &Problem) -> HttpResponse {
        use actix_web::ResponseError;
        match problem.status_code() {
            StatusCode::NOT_FOUND => self.not_found(),
            StatusCode::FORBIDDEN => self.forbidden(),
            status => self.message(status, "server_error", "server_error_text"),
        }
    }

    fn message(&self, status: StatusCode, title: &'static str, text: &'static str) -> HttpResponse {
        self.respond(
            status,
            &Message {
                page: self,
                title,
                text,
            },
        )
    }

    /// To the sign-in page, and back here afterwards.
    pub(super) fn to_sign_in(&self) -> HttpResponse {
        let next: String = url::form_urlencoded::byte_serialize(self.path.as_bytes()).collect();
        see_other(&format!("/login?next={next}"))
    }
}

/// What a page with a script of ours may do besides.
const SCRIPTS: &str = "; script-src 'self'; connect-src 'self'";

/// No scripts at all; the design system's pictures are data URLs in its style sheet.
const POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self' data:; img-src 'self' data:; \
                      base-uri 'none'; frame-ancestors 'none'";

/// 303: the answer to a form is another page.
pub(super) fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}

/// A path of this site to go back to; anything else is the home page.
pub(super) fn local_path(path: &str) -> &str {
    let local =
        path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if local { path } else { "/" }
}

/// The cookie that remembers the language for a year.
pub(super) fn language_cookie(language: Language) -> Cookie<'static> {
    Cookie::build(LANGUAGE_COOKIE, language.tag())
        .path("/")
        .http_only(true)
        .same_site(actix_web::cookie::SameSite::Lax)
        .max_age(actix_web::cookie::time::Duration::days(365))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_gone_back_to() {
        for (path, expected) in [
            ("/courses/1", "/courses/1"),
            ("//evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\\evil.example", "/"),
        ] {
            assert_eq!(local_path(path), expected, "{path}");
        }
    }
}
