//! What a path is made of: modules and webinars in order, each with its minutes and whether it is needed. One
//! form holds all of them, so that whoever moves one step keeps what they wrote into the others.

use actix_web::{HttpResponse, web};
use diesel_async::AsyncConnection as _;
use uuid::Uuid;

use super::{
    Author, Fields, Wrong, form,
    paths::{Written, is_seen, noted, path_page},
};
use crate::{
    app::App,
    db::{
        self,
        paths::{
            courses::{self, Item, Named, PUBLISHED},
            events,
        },
    },
    pages::{coordinator::format::time, visitor::see_other, words::Language},
    problem::{Problem, Result},
    routes::paths::{MOST_ITEMS, MOST_MINUTES},
};

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route("/author/paths/{id}/steps", web::post().to(change))
        .route("/author/paths/{id}/add", web::post().to(add));
}

/// A step as its form shows it.
#[derive(Debug, Clone)]
pub(crate) struct StepLine {
    pub(crate) title: String,
    pub(crate) package_id: Option<Uuid>,
    pub(crate) event_id: Option<Uuid>,
    /// When the webinar is.
    pub(crate) when: Option<String>,
    pub(crate) is_cancelled: bool,
    pub(crate) is_archived: bool,
    pub(crate) required: bool,
    /// As they were written.
    pub(crate) minutes: String,
}

/// Something that may become a step.
pub(crate) struct Choice {
    pub(crate) id: Uuid,
    pub(crate) title: String,
}

impl From<Named> for StepLine {
    fn from(item: Named) -> Self {
        Self {
            title: item.title,
            package_id: item.package_id,
            event_id: item.event_id,
            when: item.starts_at.map(time),
            is_cancelled: item.is_cancelled,
            is_archived: item.is_archived,
            required: item.required,
            minutes: item.credit_minutes.to_string(),
        }
    }
}

/// The steps of a path.
///
/// # Errors
/// When the database fails.
pub(super) async fn lines(conn: &mut db::Connection, id: Uuid) -> Result<Vec<StepLine>> {
    let named = courses::named(conn, id).await?;
    Ok(named.into_iter().map(StepLine::from).collect())
}

/// Minutes of all steps; of what is no number none.
pub(super) fn total(steps: &[StepLine]) -> i64 {
    let minutes = |step: &StepLine| step.minutes.parse::<i64>().unwrap_or_default();
    steps.iter().map(minutes).sum()
}

/// Packages and events that are no steps yet.
///
/// # Errors
/// When the database fails.
pub(super) async fn choices(
    conn: &mut db::Connection,
    language: Language,
    steps: &[StepLine],
) -> Result<(Vec<Choice>, Vec<Choice>)> {
    let packages = courses::packages(conn).await?;
    let packages = packages.into_iter().filter(|package| {
        let is_step = |step: &StepLine| step.package_id == Some(package.id);
        !steps.iter().any(is_step)
    });
    let packages = packages.map(|package| Choice {
        id: package.id,
        title: package.title,
    });
    let events = events::all(conn).await?;
    let events = events.into_iter().rev().filter(|event| {
        let is_step = |step: &StepLine| step.event_id == Some(event.id);
        !steps.iter().any(is_step)
    });
    let events = events.map(|event| Choice {
        id: event.id,
        title: match event.cancelled_at {
            None => format!("{} ({})", event.title, time(event.starts_at)),
            Some(_) => format!("{} ({})", event.title, language.t("event_cancelled")),
        },
    });
    Ok((packages.collect(), events.collect()))
}

/// What a button of the steps' form asks for, of a step counted from 0.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Ask {
    Save,
    Up(usize),
    Down(usize),
    Remove(usize),
}

impl Ask {
    /// A button's value; anything else saves.
    fn of(text: &str) -> Self {
        let Some((what, number)) = text.split_once('-') else {
            return Self::Save;
        };
        let step = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        match (what, step) {
            ("up", Some(step)) => Self::Up(step),
            ("down", Some(step)) => Self::Down(step),
            ("remove", Some(step)) => Self::Remove(step),
            _ => Self::Save,
        }
    }

    /// Does it; steps that are not there stay where they are not.
    fn apply<T>(self, steps: &mut Vec<T>) {
        match self {
            Self::Up(step) if step > 0 && step < steps.len() => steps.swap(step, step - 1),
            Self::Down(step) if step + 1 < steps.len() => steps.swap(step, step + 1),
            Self::Remove(step) if step < steps.len() => {
                steps.remove(step);
            }
            _ => {}
        }
    }

    /// What to say when it is done, a key.
    fn done(self) -> &'static str {
        match self {
            Self::Save => "a_saved",
            Self::Up(_) | Self::Down(_) => "a_moved",
            Self::Remove(_) => "a_removed",
        }
    }
}

/// Takes what the form says of steps; notes what is wrong with it.
fn read(fields: &Fields, steps: &mut [StepLine], wrong: &mut Wrong) {
    for (number, step) in (1..).zip(steps) {
        let field = format!("minutes-{number}");
        fields.text(&field).clone_into(&mut step.minutes);
        step.required = fields.has(&format!("required-{number}"));
        if form::minutes(&step.minutes, MOST_MINUTES).is_none() {
            wrong.note(field, "a_minutes_wrong");
        }
    }
}

fn items(id: Uuid, steps: &[StepLine]) -> Vec<Item> {
    let item = |(position, step): (i32, &StepLine)| Item {
        course_id: id,
        position,
        package_id: step.package_id,
        event_id: step.event_id,
        required: step.required,
        credit_minutes: form::minutes(&step.minutes, MOST_MINUTES).unwrap_or_default(),
    };
    (1..).zip(steps).map(item).collect()
}

/// What became of a change of the steps.
enum Changed {
    Yes,
    No(Vec<StepLine>),
    Nothing,
}

/// The steps' minutes and whether they are needed, and one of them moved or removed.
async fn change(
    app: web::Data<App>,
    author: Author,
    id: web::Path<Uuid>,
    fields: web::Form<Fields>,
) -> HttpResponse {
    let ask = Ask::of(fields.text("act"));
    let mut wrong = Wrong::default();
    let page = async {
        let mut conn = app.db.get().await?;
        let changed = conn
            .transaction::<_, Problem, _>(async |conn| {
                let Some(course) = courses::hold(conn, *id).await? else {
                    return Ok(Changed::Nothing);
                };
                let mut steps = lines(conn, *id).await?;
                if !is_seen(&course, fields.text("seen")) {
                    wrong.note("steps", "a_meanwhile");
                    return Ok(Changed::No(steps));
                }
                read(&fields, &mut steps, &mut wrong);
                if let Ask::Remove(step) = ask {
                    wrong.forget(&format!("minutes-{}", step + 1));
                }
                if !wrong.is_empty() {
                    return Ok(Changed::No(steps));
                }
                let written = steps.clone();
                ask.apply(&mut steps);
                if course.state == PUBLISHED && !steps.iter().any(|step| step.required) {
                    wrong.note("steps", "a_nothing_required");
                    return Ok(Changed::No(written));
                }
                courses::put_items(conn, *id, &items(*id, &steps)).await?;
                courses::change(conn, &course).await?;
                noted(conn, &author, &course).await?;
                Ok(Changed::Yes)
            })
            .await?;
        drop(conn);
        match changed {
            Changed::Yes => {
                let done = ask.done();
                let place = "#steps";
                Ok(see_other(&format!("/author/paths/{id}?done={done}{place}")))
            }
            Changed::Nothing => Ok(author.not_found()),
            Changed::No(steps) => {
                let written = Written {
                    steps: Some(steps),
                    wrong,
                    ..Written::default()
                };
                path_page(&app, &author, *id, written).await
            }
        }
    };
    author.answer(page.await)
}

/// Adds a package or an event at the end.
async fn add(
    app: web::Data<App>,
    author: Author,
    id: web::Path<Uuid>,
    fields: web::Form<Fields>,
) -> HttpResponse {
    let page = async {
        let of = |field| fields.text(field).parse::<Uuid>().ok();
        let (package_id, event_id) = (of("package"), of("event"));
        let step = match (package_id, event_id) {
            (Some(_), None) => ("package", "add-package-minutes"),
            (None, Some(_)) => ("event", "add-event-minutes"),
            _ => {
                let field = if fields.has("event") {
                    "event"
                } else {
                    "package"
                };
                return refused(&app, &author, *id, field, "a_choose_one").await;
            }
        };
        let Some(credit_minutes) = form::minutes(fields.text(step.1), MOST_MINUTES) else {
            return refused(&app, &author, *id, step.1, "a_minutes_wrong").await;
        };
        let item = Item {
            course_id: *id,
            position: 0,
            package_id,
            event_id,
            required: fields.has("required"),
            credit_minutes,
        };
        match append(&app, &author, *id, item).await? {
            Added::Yes => Ok(see_other(&format!("/author/paths/{id}?done=a_added#steps"))),
            Added::Nothing => Ok(author.not_found()),
            Added::Refused(key) => refused(&app, &author, *id, step.0, key).await,
        }
    };
    author.answer(page.await)
}

async fn refused(
    app: &App,
    author: &Author,
    id: Uuid,
    field: &str,
    key: &'static str,
) -> Result<HttpResponse> {
    let mut wrong = Wrong::default();
    wrong.note(field, key);
    let written = Written {
        wrong,
        ..Written::default()
    };
    path_page(app, author, id, written).await
}

/// What became of a step to add.
pub(super) enum Added {
    /// It is the last one now.
    Yes,
    /// It is not; why, a key.
    Refused(&'static str),
    /// There is no such path.
    Nothing,
}

/// Adds a step at the end of a path.
///
/// # Errors
/// When the database fails.
pub(super) async fn append(app: &App, author: &Author, id: Uuid, item: Item) -> Result<Added> {
    let mut conn = app.db.get().await?;
    conn.transaction::<_, Problem, _>(async |conn| {
        let Some(course) = courses::hold(conn, id).await? else {
            return Ok(Added::Nothing);
        };
        let mut items = courses::items(conn, id).await?;
        let same =
            |other: &Item| (other.package_id, other.event_id) == (item.package_id, item.event_id);
        if items.iter().any(same) {
            return Ok(Added::Refused("a_is_step"));
        }
        if items.len() >= MOST_ITEMS {
            return Ok(Added::Refused("a_too_many"));
        }
        let is_there = match (item.package_id, item.event_id) {
            (Some(package), _) => {
                let known = courses::packages(conn).await?;
                known.iter().any(|known| known.id == package)
            }
            (_, Some(event)) => events::find(conn, event).await?.is_some(),
            _ => false,
        };
        if !is_there {
            return Ok(Added::Refused("a_choose_one"));
        }
        items.push(item);
        courses::put_items(conn, id, &items).await?;
        courses::change(conn, &course).await?;
        noted(conn, author, &course).await?;
        Ok(Added::Yes)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_move_and_remove_steps() {
        let check = |act: &str, expected: &str| {
            let mut steps: Vec<char> = "abc".chars().collect();
            Ask::of(act).apply(&mut steps);
            assert_eq!(steps.into_iter().collect::<String>(), expected, "{act}");
        };
        check("up-2", "bac");
        check("up-1", "abc");
        check("down-2", "acb");
        check("down-3", "abc");
        check("remove-1", "bc");
        check("remove-4", "abc");
        check("remove-0", "abc");
        check("save", "abc");
        check("explode-1", "abc");
    }
}
