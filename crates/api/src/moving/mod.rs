//! Those who are under way go to another version of their package: planned first, then done one by
//! one, each in a transaction of its own, and undone where nothing was done since.

mod mapping;

use percorso_package::Standard;
use percorso_tracker::session::{ActivityMap, check_map};
use serde_json::json;
use uuid::Uuid;

pub(crate) use mapping::{Named, activities, suggested};

use crate::{
    app::App,
    audit::{self, Act, Actor},
    cmi5,
    db::{
        self,
        moves::{Attempt, Moved, NewMigration, OnVersion, Who},
        packages::PackageVersion,
    },
    delivery::{self, Foreseen, Move},
    problem::{Problem, Result},
};

/// Registrations planned or moved by one request, at most: the rest is for the next.
const AT_A_TIME: i64 = 500;

/// What happens to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Policy {
    /// They end the course on the version they began with.
    #[default]
    Stay,
    /// They go to the new version with what they have done.
    Move,
    /// They begin the new version from nothing; the old attempt is kept.
    Restart,
}

impl Policy {
    /// By its name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let all = [Self::Stay, Self::Move, Self::Restart];
        all.into_iter().find(|policy| policy.name() == name)
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stay => "stay",
            Self::Move => "move",
            Self::Restart => "restart",
        }
    }

    fn attempt(self) -> Attempt {
        match self {
            Self::Stay | Self::Move => Attempt::GoesOn,
            Self::Restart => Attempt::PutAside,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// The version they are on.
    pub(crate) from: PackageVersion,
    /// The version they go to.
    pub(crate) to: PackageVersion,
    /// Who of them.
    pub(crate) who: Who,
    /// What happens to them.
    pub(crate) policy: Policy,
    /// Which activity is which; as suggested when nothing is said.
    pub(crate) map: Option<ActivityMap>,
}

/// What becomes of one registration.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// As it is.
    pub(crate) on: OnVersion,
    /// As it would be; `None` when it stays.
    pub(crate) foreseen: Option<Foreseen>,
}

/// What becomes of all.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Which activity is which.
    pub(crate) map: ActivityMap,
    /// The registrations, [`AT_A_TIME`] at most.
    pub(crate) registrations: Vec<Planned>,
    /// How many more there are.
    pub(crate) remaining: i64,
}

/// What would happen; nothing is changed.
///
/// # Errors
/// When the map leads nowhere, a listed registration is not on the version, cmi5 is to be restarted, or
/// the database fails.
pub(crate) async fn plan(app: &App, wish: &Wish) -> Result<Plan> {
    let map = checked(app, wish).await?;
    let mut conn = app.db.get().await?;
    let found = db::moves::on_version(&mut conn, wish.from.id, &wish.who, AT_A_TIME).await?;
    let count = db::moves::count(&mut conn, wish.from.id, &wish.who).await?;
    drop(conn);
    if let Who::Listed(ids) = &wish.who
        && let Some(missing) = ids.iter().find(|id| {
            let is_here = found.iter().any(|on| on.id == **id);
            count <= AT_A_TIME && !is_here
        })
    {
        let version = wish.from.version;
        return Err(Problem::validation(format!(
            "registration {missing} is not on version {version} of this package"
        )));
    }
    let way = way(wish, Uuid::nil(), &map, Actor::Nobody);
    let mut registrations = Vec::with_capacity(found.len());
    for on in found {
        let foreseen = match wish.policy {
            Policy::Stay => None,
            Policy::Move | Policy::Restart if is_cmi5(wish) => {
                Some(cmi5::foresee_move(app, on.id, &way).await?)
            }
            Policy::Move | Policy::Restart => Some(delivery::foresee_move(app, on.id, &way).await?),
        };
        registrations.push(Planned { on, foreseen });
    }
    let here = i64::try_from(registrations.len()).unwrap_or(i64::MAX);
    Ok(Plan {
        map,
        registrations,
        remaining: count - here,
    })
}

/// What was done.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    /// The decision's id.
    pub(crate) id: Uuid,
    /// The plan as it was carried out.
    pub(crate) plan: Plan,
    /// How many were moved; who went elsewhere meanwhile was not.
    pub(crate) moved: usize,
}

/// Plans and does it.
///
/// # Errors
/// As [`plan`]; what was moved before the database failed stays moved, and can be undone.
pub(crate) async fn apply(app: &App, actor: Actor, by: &str, wish: &Wish) -> Result<Done> {
    let plan = plan(app, wish).await?;
    let id = Uuid::now_v7();
    let package_id = wish.to.package_id;
    let mut conn = app.db.get().await?;
    let new = NewMigration {
        id,
        package_id,
        from: wish.from.version,
        to: wish.to.version,
        policy: wish.policy.name(),
        map: &plan.map,
        by,
    };
    db::moves::insert(&mut conn, &new).await?;
    let details = json!({ "migration": id, "from": wish.from.version, "to": wish.to.version,
        "policy": wish.policy.name(), "registrations": plan.registrations.len() });
    audit::note(
        &mut conn,
        actor.clone(),
        Act::PackageMigrated,
        package_id,
        details,
    )
    .await?;
    drop(conn);
    let way = way(wish, id, &plan.map, actor);
    let mut moved = 0;
    for planned in &plan.registrations {
        let is_moved = match wish.policy {
            Policy::Stay => false,
            _ if is_cmi5(wish) => cmi5::move_to(app, planned.on.id, &way).await?,
            _ => delivery::move_to(app, planned.on.id, &way).await?,
        };
        moved += usize::from(is_moved);
    }
    Ok(Done { id, plan, moved })
}

/// Moves back whom it can; answers every registration of the decision as it stands then.
///
/// # Errors
/// When there is no such decision or the database fails.
pub(crate) async fn undo(
    app: &App,
    actor: Actor,
    package_id: Uuid,
    migration: Uuid,
) -> Result<Vec<Moved>> {
    let mut conn = app.db.get().await?;
    let found = db::moves::find(&mut conn, package_id, migration).await?;
    found.ok_or_else(|| no_migration(migration))?;
    let versions = db::packages::versions(&mut conn, package_id).await?;
    let all = db::moves::moved(&mut conn, migration).await?;
    drop(conn);
    let is_cmi5 = |package: &PackageVersion| package.manifest.standard == Standard::Cmi5;
    let is_cmi5 = versions.iter().any(is_cmi5);
    for one in all.iter().filter(|one| one.state == "moved") {
        let id = one.registration_id;
        if is_cmi5 {
            cmi5::move_back(app, id, migration, &actor).await?;
        } else {
            delivery::move_back(app, id, migration, &actor).await?;
        }
    }
    let mut conn = app.db.get().await?;
    let details = json!({ "migration": migration });
    audit::note(
        &mut conn,
        actor,
        Act::PackageMigrationUndone,
        package_id,
        details,
    )
    .await?;
    Ok(db::moves::moved(&mut conn, migration).await?)
}

/// No such decision.
pub(crate) fn no_migration(id: impl std::fmt::Display) -> Problem {
    Problem::NotFound(format!(
        "the package has no migration {id}; GET /api/v1/packages/{{id}}/migrations lists those there are"
    ))
}

fn is_cmi5(wish: &Wish) -> bool {
    wish.from.manifest.standard == Standard::Cmi5
}

fn way(wish: &Wish, migration: Uuid, map: &ActivityMap, actor: Actor) -> Move {
    Move {
        migration,
        from: wish.from.id,
        to: wish.to.id,
        attempt: wish.policy.attempt(),
        map: map.clone(),
        actor,
    }
}

/// The map to go by, when the wish can be granted at all.
async fn checked(app: &App, wish: &Wish) -> Result<ActivityMap> {
    let (from, to) = (&wish.from.manifest, &wish.to.manifest);
    if wish.from.id == wish.to.id {
        return Err(Problem::validation(
            "`from_version` and `to_version` are the same; name two versions",
        ));
    }
    if wish.policy == Policy::Restart && is_cmi5(wish) {
        // What a unit stated counts for its whole registration (9.3.0.0-6): only another begins anew.
        return Err(Problem::validation(
            "a cmi5 registration is one run through its course and cannot restart; move it, or register the learner again",
        ));
    }
    if wish.policy == Policy::Move && from.standard != to.standard {
        return Err(Problem::validation(
            "the two versions are of different standards, and what content said means something else there; choose stay or restart",
        ));
    }
    if (from.standard == Standard::Cmi5) != (to.standard == Standard::Cmi5) {
        return Err(Problem::validation(
            "a cmi5 registration stays cmi5, and no other becomes it; register the learner again",
        ));
    }
    let map = match &wish.map {
        Some(map) => mapping::with_roots(map.clone(), from, to),
        None => suggested(from, to),
    };
    if wish.policy == Policy::Move {
        let mut conn = app.db.get().await?;
        let from = app.live.taken(&mut conn, wish.from.id).await?;
        let to = app.live.taken(&mut conn, wish.to.id).await?;
        check_map(&from.course, &to.course, &map)
            .map_err(|error| Problem::validation(format!("`map`: {error}")))?;
    }
    Ok(map)
}
