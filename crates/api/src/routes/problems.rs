//! `/problems/{code}`: a page for each kind of problem, where `type` leads.

use actix_web::{HttpResponse, web};

use super::address::at;
use crate::problem::{Problem, Result, TABLE};

/// Registers the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/problems/").get(list))
        .service(at("/problems/{code}").get(page));
}

async fn list() -> HttpResponse {
    let lines = TABLE.iter().map(|(row, _)| {
        format!(
            "<li><a href=\"/problems/{0}\"><code>{0}</code></a> {1} ({2})</li>",
            row.code,
            row.title,
            row.status.as_u16()
        )
    });
    html(
        "Problems",
        &format!("<ul>{}</ul>", lines.collect::<String>()),
    )
}

async fn page(code: web::Path<String>) -> Result<HttpResponse> {
    let known = TABLE.iter().find(|(row, _)| row.code == code.as_str());
    let (row, explanation) = known.ok_or_else(|| {
        Problem::NotFound("there is no problem of this name; /problems/ lists all".into())
    })?;
    let body = format!(
        "<p><code>{}</code>, HTTP status {}</p><p>{explanation}</p><p><a href=\"/problems/\">All problems</a></p>",
        row.code, row.status
    );
    Ok(html(row.title, &body))
}

/// Texts come from the table alone: nothing of the request is in the page.
fn html(title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    ))
}
