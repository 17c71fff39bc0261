//! `/api/v1/packages/{id}/migrations`: those who are under way go to another version, planned, done
//! and undone.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::header, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::{
    address::at,
    package_versions::{no_version, package_id},
};
use crate::{
    app::App,
    auth::{Caller, Scope},
    db::{
        self,
        moves::{Migration, Moved, Who},
        packages::PackageVersion,
    },
    moving::{self, Plan, Planned, Policy, Wish},
    problem::{Problem, Result},
    wire,
};

/// Migrations listed, at most.
const LISTED: i64 = 200;

/// This file's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(create, list, get, undo))]
pub(crate) struct Api;

/// Registers the routes, within those of packages.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/{id}/migrations").post(create).get(list))
        .service(at("/{id}/migrations/{migration}").get(get))
        .service(at("/{id}/migrations/{migration}/undo").post(undo));
}

/// What happens to those on a version.
#[derive(Deserialize, ToSchema)]
struct MigrationBody {
    /// The version they are on.
    from_version: i32,
    /// The version they go to.
    to_version: i32,
    /// `under_way`: begun, not completed. `not_completed`: those who have not begun, too. `listed`:
    /// those of `registrations`, whatever they have reached.
    #[serde(default = "under_way")]
    #[schema(value_type = String, default = "under_way")]
    who: String,
    /// For `listed`: which.
    #[serde(default)]
    registrations: Vec<Uuid>,
    /// `stay`: they end the course on their version. `move`: they go to the new one with what they have
    /// done. `restart`: they begin the new one from nothing, the old attempt being kept.
    policy: String,
    /// For `move`: identifier of the new version by identifier of the old one. What is left out stays
    /// behind. Without it: same identifier, else same address, else same title.
    map: Option<BTreeMap<String, String>>,
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
}

fn under_way() -> String {
    "under_way".to_owned()
}

/// A migration: planned, or done.
#[derive(Serialize, ToSchema)]
struct MigrationPlan {
    /// Null when it was only planned.
    id: Option<Uuid>,
    dry_run: bool,
    from_version: i32,
    to_version: i32,
    policy: &'static str,
    /// Identifier of the new version by identifier of the old one, as it is gone by.
    map: BTreeMap<String, String>,
    /// What becomes of each; 500 at most.
    registrations: Vec<PlannedRegistration>,
    /// Registrations that were moved; 0 when it was only planned.
    moved: usize,
    /// Registrations beyond these: ask again for them.
    remaining: i64,
}

/// What becomes of a registration.
#[derive(Serialize, ToSchema)]
struct PlannedRegistration {
    registration_id: Uuid,
    learner: PlannedLearner,
    /// Its session is open: it will be closed with all it has done, and its page told so.
    is_live: bool,
    before: Reach,
    /// As before when it stays.
    after: Reach,
    /// Activities with work in them that goes along.
    kept: Vec<Pair>,
    /// Activities with work in them that stays behind.
    lost: Vec<String>,
}

/// Who.
#[derive(Serialize, ToSchema)]
struct PlannedLearner {
    /// The client's own key.
    id: String,
    name: String,
}

/// What is reached.
#[derive(Serialize, ToSchema)]
struct Reach {
    /// completed, incomplete, not_attempted or unknown.
    completion: String,
    /// passed, failed or unknown.
    success: String,
    /// 0 to 1.
    progress_measure: Option<f64>,
}

/// An activity in both versions.
#[derive(Serialize, ToSchema)]
struct Pair {
    /// In the old one.
    from: String,
    /// In the new one.
    to: String,
}

/// Decide what happens to those on a version: plan it first (`dry_run`), then do it.
#[utoipa::path(
    post, path = "/api/v1/packages/{id}/migrations", tag = "packages",
    params(("id" = Uuid, Path)), request_body = MigrationBody,
    responses(
        (status = 200, body = MigrationPlan, description = "What would happen"),
        (status = 201, body = MigrationPlan, description = "What was done"),
        (status = 404, description = "No such package or version"),
        (status = 422, description = "It cannot be done like that"),
    ),
)]
async fn create(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: wire::body::Body,
) -> Result<HttpResponse> {
    caller.require(Scope::PackagesWrite)?;
    let id = package_id(&id)?;
    let body: MigrationBody = wire::body::read(body)?;
    let dry_run = body.dry_run;
    let wish = wish(&app, id, body).await?;
    if dry_run {
        let plan = moving::plan(&app, &wish).await?;
        return Ok(HttpResponse::Ok().json(document(&wish, plan, None)));
    }
    let done = moving::apply(&app, (&caller).into(), &caller.name, &wish).await?;
    let place = format!("/api/v1/packages/{id}/migrations/{}", done.id);
    let mut answer = document(&wish, done.plan, Some(done.id));
    answer.moved = done.moved;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, place))
        .json(answer))
}

async fn wish(app: &App, package: Uuid, body: MigrationBody) -> Result<Wish> {
    let policy = Policy::named(&body.policy).ok_or_else(|| {
        let policy = &body.policy;
        Problem::validation(format!(
            "`policy` is `{policy}`; expected stay, move or restart"
        ))
    })?;
    let who = match body.who.as_str() {
        "under_way" => Who::UnderWay,
        "not_completed" => Who::NotCompleted,
        "listed" => Who::Listed(body.registrations),
        who => {
            return Err(Problem::validation(format!(
                "`who` is `{who}`; expected under_way, not_completed or listed"
            )));
        }
    };
    let (from, to) = pair(app, package, body.from_version, body.to_version).await?;
    Ok(Wish {
        from,
        to,
        who,
        policy,
        map: body.map,
    })
}

/// Two versions of a package.
///
/// # Errors
/// When there is no such package or version, or the database fails.
pub(crate) async fn pair(
    app: &App,
    package: Uuid,
    from: i32,
    to: i32,
) -> Result<(PackageVersion, PackageVersion)> {
    let versions = db::packages::versions(&mut *app.db.get().await?, package).await?;
    if versions.is_empty() {
        return Err(Problem::PackageNotFound(package.to_string()));
    }
    let numbered = |number: i32| {
        let found = versions.iter().find(|version| version.version == number);
        found.cloned().ok_or_else(|| no_version(number))
    };
    Ok((numbered(from)?, numbered(to)?))
}

fn document(wish: &Wish, plan: Plan, id: Option<Uuid>) -> MigrationPlan {
    let Plan {
        map,
        registrations,
        remaining,
    } = plan;
    let planned = |planned| PlannedRegistration::new(planned, &map);
    MigrationPlan {
        id,
        dry_run: id.is_none(),
        from_version: wish.from.version,
        to_version: wish.to.version,
        policy: wish.policy.name(),
        registrations: registrations.into_iter().map(planned).collect(),
        map,
        moved: 0,
        remaining,
    }
}

impl PlannedRegistration {
    fn new(planned: Planned, map: &BTreeMap<String, String>) -> Self {
        let Planned { on, foreseen } = planned;
        let before = Reach {
            completion: on.completion.clone(),
            success: on.success.clone(),
            progress_measure: on.progress_measure,
        };
        let (mut after, mut kept, mut lost) = (None, Vec::new(), Vec::new());
        if let Some(foreseen) = foreseen {
            let root = &foreseen.progress.root;
            after = Some(Reach {
                completion: root.completion.word().to_owned(),
                success: root.success.word().to_owned(),
                progress_measure: root.progress_measure,
            });
            let pair = |from: String| {
                let to = map.get(&from)?.clone();
                Some(Pair { from, to })
            };
            kept = foreseen.kept.into_iter().filter_map(pair).collect();
            lost = foreseen.lost;
        }
        Self {
            registration_id: on.id,
            learner: PlannedLearner {
                id: on.learner_key,
                name: on.learner_name,
            },
            is_live: on.is_live,
            after: after.unwrap_or(Reach {
                completion: on.completion,
                success: on.success,
                progress_measure: on.progress_measure,
            }),
            before,
            kept,
            lost,
        }
    }
}

/// A migration that was done.
#[derive(Serialize, ToSchema)]
struct MigrationDocument {
    id: Uuid,
    from_version: i32,
    to_version: i32,
    /// stay, move or restart.
    policy: String,
    /// Identifier of the new version by identifier of the old one.
    #[schema(value_type = Object)]
    map: serde_json::Value,
    /// API client or account.
    created_by: String,
    created_at: String,
    /// When it was last undone, for all or for some.
    undone_at: Option<String>,
    /// Registrations that were moved.
    moved: i64,
    /// Of these, those that were moved back.
    undone: i64,
    /// Of these, those that can still be moved back.
    undoable: i64,
}

impl From<Migration> for MigrationDocument {
    fn from(migration: Migration) -> Self {
        Self {
            id: migration.id,
            from_version: migration.from_version,
            to_version: migration.to_version,
            policy: migration.policy,
            map: migration.map,
            created_by: migration.created_by,
            created_at: wire::time(migration.created_at),
            undone_at: migration.undone_at.map(wire::time),
            moved: migration.moved,
            undone: migration.undone,
            undoable: migration.undoable,
        }
    }
}

/// A package's migrations.
#[derive(Serialize, ToSchema)]
struct MigrationList {
    /// The latest first.
    items: Vec<MigrationDocument>,
}

/// The migrations of a package, the latest first.
#[utoipa::path(
    get, path = "/api/v1/packages/{id}/migrations", tag = "packages", params(("id" = Uuid, Path)),
    responses((status = 200, body = MigrationList)),
)]
async fn list(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<MigrationList>> {
    caller.require(Scope::PackagesRead)?;
    let id = package_id(&id)?;
    let mut conn = app.db.get().await?;
    if db::packages::current(&mut conn, id).await?.is_none() {
        return Err(Problem::PackageNotFound(id.to_string()));
    }
    let found = db::moves::of_package(&mut conn, id, LISTED).await?;
    let items = found.into_iter().map(MigrationDocument::from).collect();
    Ok(web::Json(MigrationList { items }))
}

/// A registration of a migration.
#[derive(Serialize, ToSchema)]
struct MovedRegistration {
    registration_id: Uuid,
    learner: PlannedLearner,
    /// `moved`; `undone`: moved back; `worked_since`: moving it back would lose what was done since, so
    /// it stays.
    state: String,
}

impl From<Moved> for MovedRegistration {
    fn from(moved: Moved) -> Self {
        Self {
            registration_id: moved.registration_id,
            learner: PlannedLearner {
                id: moved.learner_key,
                name: moved.learner_name,
            },
            state: moved.state,
        }
    }
}

/// A migration with each registration that was moved.
#[derive(Serialize, ToSchema)]
struct MigrationDetail {
    #[serde(flatten)]
    migration: MigrationDocument,
    registrations: Vec<MovedRegistration>,
}

/// A migration, with what became of each registration.
#[utoipa::path(
    get, path = "/api/v1/packages/{id}/migrations/{migration}", tag = "packages",
    params(("id" = Uuid, Path), ("migration" = Uuid, Path)),
    responses((status = 200, body = MigrationDetail), (status = 404, description = "No such migration")),
)]
async fn get(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<web::Json<MigrationDetail>> {
    caller.require(Scope::PackagesRead)?;
    let (package, migration) = ids(&path)?;
    detail(&app, package, migration).await.map(web::Json)
}

/// Undo a migration: each registration gets back what it had, where nothing was done with it since.
#[utoipa::path(
    post, path = "/api/v1/packages/{id}/migrations/{migration}/undo", tag = "packages",
    params(("id" = Uuid, Path), ("migration" = Uuid, Path)),
    responses(
        (status = 200, body = MigrationDetail, description = "Who was moved back, and who was not"),
        (status = 404, description = "No such migration"),
    ),
)]
async fn undo(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<web::Json<MigrationDetail>> {
    caller.require(Scope::PackagesWrite)?;
    let (package, migration) = ids(&path)?;
    moving::undo(&app, (&caller).into(), package, migration).await?;
    detail(&app, package, migration).await.map(web::Json)
}

async fn detail(app: &App, package: Uuid, migration: Uuid) -> Result<MigrationDetail> {
    let mut conn = app.db.get().await?;
    let found = db::moves::find(&mut conn, package, migration).await?;
    let found = found.ok_or_else(|| moving::no_migration(migration))?;
    let moved = db::moves::moved(&mut conn, migration).await?;
    Ok(MigrationDetail {
        migration: found.into(),
        registrations: moved.into_iter().map(MovedRegistration::from).collect(),
    })
}

fn ids((package, migration): &(String, String)) -> Result<(Uuid, Uuid)> {
    let migration = migration
        .parse()
        .map_err(|_| moving::no_migration(migration))?;
    Ok((package_id(package)?, migration))
}
