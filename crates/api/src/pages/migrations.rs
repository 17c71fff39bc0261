//! Authors move those who are under way to another version: what is to happen, which activity is which,
//! a trial, and then it is done; and undone.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use percorso_tracker::session::ActivityMap;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    packages::{actor, may_change, may_write, not_for},
    visitor::{Visitor, see_other},
    words::Language,
};
use crate::{
    app::App,
    db::{
        self,
        moves::{Migration, Moved, Who},
        packages::PackageVersion,
        versions::Runs,
    },
    moving::{self, Named, Plan, Planned, Policy, Wish},
    problem::{Problem, Result},
    routes::{address::at, package_migrations::pair},
};

/// Migrations listed, at most.
const LISTED: i64 = 20;

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/packages/{package}/migrate").get(form).post(plan))
        .service(at("/packages/{package}/migrations/{migration}").get(done))
        .service(at("/packages/{package}/migrations/{migration}/undo").post(undo));
}

/// An activity of the old version, and which one of the new it is.
struct MapLine {
    old: Named,
    chosen: String,
    options: Vec<Named>,
}

/// A registration of the trial.
struct PlanLine {
    name: String,
    before: String,
    after: String,
    kept: usize,
    lost: Vec<String>,
    is_live: bool,
}

#[derive(Template)]
#[template(path = "migrate.html")]
struct MigratePage<'a> {
    page: &'a Visitor,
    id: Uuid,
    title: String,
    from: i32,
    to: i32,
    runs: Runs,
    who: &'static str,
    policy: Policy,
    may_move: bool,
    may_restart: bool,
    map: Vec<MapLine>,
    plan: Option<Vec<PlanLine>>,
    remaining: i64,
    lost: usize,
    migrations: Vec<Migration>,
    wrong: Option<String>,
}

#[derive(Deserialize)]
struct Versions {
    from: i32,
    to: i32,
}

async fn form(
    app: web::Data<App>,
    visitor: Visitor,
    package: web::Path<Uuid>,
    query: web::Query<Versions>,
) -> HttpResponse {
    if let Some(answer) = not_for(&visitor) {
        return answer;
    }
    if !may_write(&visitor) {
        return visitor.forbidden();
    }
    let Versions { from, to } = query.into_inner();
    let page = async {
        let (from, to) = pair(&app, *package, from, to).await?;
        let wish = Wish {
            who: Who::UnderWay,
            policy: if may_move(&from, &to) {
                Policy::Move
            } else {
                Policy::Stay
            },
            map: None,
            from,
            to,
        };
        shown(&app, &visitor, &wish, None, None).await
    };
    page.await
        .unwrap_or_else(|problem| visitor.failed(&problem))
}

/// The form's fields, as they came.
type Fields = Vec<(String, String)>;

/// The fields of the map begin so; the old identifier follows.
const MAP: &str = "map:";

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let field = fields.iter().find(|(field, _)| field == name);
    field.map_or("", |(_, value)| value)
}

async fn wish(app: &App, package: Uuid, fields: &Fields) -> Result<Wish> {
    let number = |name| {
        let number = text(fields, name).parse::<i32>();
        number.map_err(|_| Problem::NotFound("the form names no version".into()))
    };
    let (from, to) = pair(app, package, number("from")?, number("to")?).await?;
    let pairs = fields.iter().filter_map(|(name, new)| {
        let old = name.strip_prefix(MAP)?;
        (!new.is_empty()).then(|| (old.to_owned(), new.clone()))
    });
    let map: ActivityMap = pairs.collect();
    Ok(Wish {
        from,
        to,
        who: match text(fields, "who") {
            "not_completed" => Who::NotCompleted,
            _ => Who::UnderWay,
        },
        policy: Policy::named(text(fields, "policy")).unwrap_or_default(),
        map: Some(map),
    })
}

/// The trial, and then the thing itself.
async fn plan(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    package: web::Path<Uuid>,
    fields: web::Form<Fields>,
) -> HttpResponse {
    if !may_change(&app, &request, &visitor) {
        return visitor.forbidden();
    }
    let answer = async {
        let wish = wish(&app, *package, &fields).await?;
        let outcome = if text(&fields, "act") == "apply" {
            let by = visitor.person.as_ref().map(|person| person.id.to_string());
            let by = by.unwrap_or_default();
            let done = moving::apply(&app, actor(&visitor), &by, &wish).await;
            done.map(|done| Err(done.id))
        } else {
            moving::plan(&app, &wish).await.map(Ok)
        };
        match outcome {
            Ok(Ok(plan)) => shown(&app, &visitor, &wish, Some(plan), None).await,
            Ok(Err(id)) => Ok(see_other(&format!("/packages/{package}/migrations/{id}"))),
            Err(Problem::Validation { detail, .. }) => {
                shown(&app, &visitor, &wish, None, Some(detail)).await
            }
            Err(problem) => Err(problem),
        }
    };
    answer
        .await
        .unwrap_or_else(|problem| visitor.failed(&problem))
}

fn may_move(from: &PackageVersion, to: &PackageVersion) -> bool {
    from.manifest.standard == to.manifest.standard
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    wish: &Wish,
    plan: Option<Plan>,
    wrong: Option<String>,
) -> Result<HttpResponse> {
    use percorso_package::Standard::Cmi5;
    let mut conn = app.db.get().await?;
    let package_id = wish.to.package_id;
    let runs = db::versions::runs(&mut conn, package_id).await?;
    let migrations = db::moves::of_package(&mut conn, package_id, LISTED).await?;
    drop(conn);
    let (from, to) = (&wish.from, &wish.to);
    let map = wish.map.clone();
    let map = map.unwrap_or_else(|| moving::suggested(&from.manifest, &to.manifest));
    let language = visitor.language;
    let remaining = plan.as_ref().map_or(0, |plan| plan.remaining);
    let plan = plan.map(|plan| lines(language, plan, &from.manifest));
    let lost = plan.as_ref().map_or(0, |plan: &Vec<PlanLine>| {
        plan.iter().filter(|line| !line.lost.is_empty()).count()
    });
    let page = MigratePage {
        page: visitor,
        id: package_id,
        title: to.title.clone(),
        from: from.version,
        to: to.version,
        runs: runs.get(&from.id).copied().unwrap_or_default(),
        who: match wish.who {
            Who::NotCompleted => "not_completed",
            _ => "under_way",
        },
        policy: wish.policy,
        may_move: may_move(from, to),
        may_restart: from.manifest.standard != Cmi5 && to.manifest.standard != Cmi5,
        map: map_lines(from, to, &map),
        plan,
        remaining,
        lost,
        migrations,
        wrong,
    };
    let status = match page.wrong {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    Ok(visitor.respond(status, &page))
}

fn map_lines(from: &PackageVersion, to: &PackageVersion, map: &ActivityMap) -> Vec<MapLine> {
    let new = moving::activities(&to.manifest);
    let old = moving::activities(&from.manifest).into_iter();
    old.map(|old| {
        let alike = |other: &&Named| other.href.is_some() == old.href.is_some();
        MapLine {
            chosen: map.get(&old.id).cloned().unwrap_or_default(),
            options: new.iter().filter(alike).cloned().collect(),
            old,
        }
    })
    .collect()
}

fn lines(language: Language, plan: Plan, from: &percorso_package::Package) -> Vec<PlanLine> {
    let activities = moving::activities(from);
    let title = |id: String| {
        let named = activities.iter().find(|activity| activity.id == id);
        named.map_or(id, |activity| activity.title.clone())
    };
    let line = |planned: Planned| {
        let Planned { on, foreseen } = planned;
        let before = words(language, &on.completion, &on.success, on.progress_measure);
        let after = foreseen.as_ref().map(|foreseen| {
            let root = &foreseen.progress.root;
            let (completion, success) = (root.completion.word(), root.success.word());
            words(language, completion, success, root.progress_measure)
        });
        let (kept, lost) = foreseen.map_or((0, Vec::new()), |foreseen| {
            (foreseen.kept.len(), foreseen.lost)
        });
        PlanLine {
            name: on.learner_name,
            after: after.unwrap_or_else(|| before.clone()),
            before,
            kept,
            lost: lost.into_iter().map(title).collect(),
            is_live: on.is_live,
        }
    };
    plan.registrations.into_iter().map(line).collect()
}

/// `in corso, 40%`.
fn words(language: Language, completion: &str, success: &str, measure: Option<f64>) -> String {
    let key = super::courses::status_word(completion, success);
    let share = measure.filter(|measure| (0.0..1.0).contains(measure));
    match share {
        Some(share) => format!("{}, {:.0}%", language.t(key), share * 100.0),
        None => language.t(key).to_owned(),
    }
}

#[derive(Template)]
#[template(path = "migration.html")]
struct MigrationPage<'a> {
    page: &'a Visitor,
    id: Uuid,
    title: String,
    migration: Migration,
    moved: Vec<Moved>,
    may_write: bool,
}

async fn done(
    app: web::Data<App>,
    visitor: Visitor,
    path: web::Path<(Uuid, Uuid)>,
) -> HttpResponse {
    if let Some(answer) = not_for(&visitor) {
        return answer;
    }
    let (package, id) = path.into_inner();
    let page = async {
        let mut conn = app.db.get().await?;
        let current = db::packages::current(&mut conn, package).await?;
        let migration = db::moves::find(&mut conn, package, id).await?;
        let (Some(current), Some(migration)) = (current, migration) else {
            return Ok(visitor.not_found());
        };
        let moved = db::moves::moved(&mut conn, id).await?;
        Ok(visitor.show(&MigrationPage {
            page: &visitor,
            id: package,
            title: current.title,
            migration,
            moved,
            may_write: may_write(&visitor),
        }))
    };
    page.await
        .unwrap_or_else(|problem: Problem| visitor.failed(&problem))
}

async fn undo(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    path: web::Path<(Uuid, Uuid)>,
) -> HttpResponse {
    if !may_change(&app, &request, &visitor) {
        return visitor.forbidden();
    }
    let (package, id) = path.into_inner();
    match moving::undo(&app, actor(&visitor), package, id).await {
        Ok(_) => see_other(&format!("/packages/{package}/migrations/{id}")),
        Err(problem) => visitor.failed(&problem),
    }
}

/// The key of the words for a policy.
fn policy_key(policy: &str) -> &'static str {
    match policy {
        "move" => "m_move",
        "restart" => "m_restart",
        _ => "m_stay",
    }
}

/// The key of the words for where a moved registration stands, its state's class and icon.
fn state_of(state: &str) -> (&'static str, &'static str, &'static str) {
    match state {
        "undone" => ("m_undone", "incomplete", "it-exchange-circle"),
        "worked_since" => ("m_worked_since", "completed", "it-check-circle"),
        _ => ("m_moved", "completed", "it-check-circle"),
    }
}
