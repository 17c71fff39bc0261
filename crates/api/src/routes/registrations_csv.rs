//! Registrations as CSV (RFC 4180), written page by page as the client reads.

use actix_web::{HttpResponse, web::Bytes};
use futures_util::stream;

use crate::{
    app::App,
    db::{
        self,
        registrations::{Filter, Full},
    },
    problem::Result,
    wire::{duration, time},
};

/// Lines read from the database at a time.
const PAGE: i64 = 500;

const HEAD: &str = "id,package_id,package_version,learner_id,learner_name,learner_email,organization,\
completion,success,score_scaled,score_raw,progress_measure,total_time,attempts,created_at,started_at,\
last_accessed_at,completed_at\r\n";

enum Next {
    Head,
    Page,
    End,
}

/// All registrations that the filter lets through.
pub(super) fn stream(app: &App, filter: Filter) -> HttpResponse {
    let pieces = stream::try_unfold(
        (app.clone(), filter, Next::Head),
        async |(app, filter, next)| match next {
            Next::Head => Ok(Some((
                Bytes::from_static(HEAD.as_bytes()),
                (app, filter, Next::Page),
            ))),
            Next::Page => page(app, filter).await,
            Next::End => Ok(None),
        },
    );
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .streaming::<_, crate::problem::Problem>(pieces)
}

async fn page(app: App, mut filter: Filter) -> Result<Option<(Bytes, (App, Filter, Next))>> {
    let found = db::registrations::list(&mut *app.db.get().await?, &filter, PAGE).await?;
    let Some((last, ..)) = found.last() else {
        return Ok(None);
    };
    filter.after = Some(filter.order().place(last));
    let is_last = i64::try_from(found.len()).is_ok_and(|count| count < PAGE);
    let lines: String = found.iter().map(line).collect();
    let next = if is_last { Next::End } else { Next::Page };
    Ok(Some((Bytes::from(lines), (app, filter, next))))
}

fn line((registration, learner, version): &Full) -> String {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let total_ms = u64::try_from(registration.total_time_ms).unwrap_or_default();
    let fields = [
        registration.id.to_string(),
        registration.package_id.to_string(),
        version.to_string(),
        learner.key.clone(),
        learner.name.clone(),
        learner.email.clone().unwrap_or_default(),
        learner.organization.clone().unwrap_or_default(),
        registration.completion.clone(),
        registration.success.clone(),
        number(registration.score_scaled),
        number(registration.score_raw),
        number(registration.progress_measure),
        duration(total_ms),
        registration.attempts.to_string(),
        time(registration.created_at),
        registration.started_at.map(time).unwrap_or_default(),
        registration.last_accessed_at.map(time).unwrap_or_default(),
        registration.completed_at.map(time).unwrap_or_default(),
    ];
    let quoted: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    quoted.join(",") + "\r\n"
}

/// Quoted where it must be; a text that a spreadsheet would take for a formula is made plain text.
pub(super) fn quoted(field: &str) -> String {
    let is_number = field.parse::<f64>().is_ok();
    let is_formula = !is_number && field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let field = if is_formula {
        format!("'{field}")
    } else {
        field.to_owned()
    };
    if field.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", field.replace('"', "\"\""));
    }
    field
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn fields_are_quoted_and_formulas_made_harmless() {
        for (field, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "'=1+1"),
            ("-0.5", "-0.5"),
        ] {
            assert_eq!(quoted(field), expected);
        }
    }
}
