//! The overview: the numbers that matter, who needs a word, and the charts.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::TimeDelta;
use percorso_package::Kind;

use super::{
    charts::{Bar, Bars, Weeks},
    finish,
    format::{due, many_hours, number, percent},
    scope::{Asked, Scope},
};
use crate::{
    app::App,
    db::reports::{
        numbers::{self, Count, Numbers, TakenCourse},
        outline::{self, STRIDE, Step},
        people::{self, Line},
    },
    pages::{courses::kind_key, visitor::Visitor, words::Language},
    problem::{Problem, Result},
};

/// Deadlines within so many days are near.
pub(super) const NEAR_DAYS: i64 = 14;
/// People who need a word, shown here.
const NUDGES: i64 = 6;

#[derive(Template)]
#[template(path = "coordinator/overview.html")]
struct OverviewPage<'a> {
    page: &'a Visitor,
    scope: &'a Scope,
    tab: &'static str,
    course: Option<&'a TakenCourse>,
    numbers: Numbers,
    tiles: Vec<Tile>,
    nudges: Vec<Nudge>,
    charts: Vec<String>,
    all_due: String,
}

struct Tile {
    class: &'static str,
    link: String,
    value: String,
    label: &'static str,
    note: Option<String>,
}

struct Nudge {
    link: String,
    name: String,
    email: Option<String>,
    body: Option<String>,
    class: &'static str,
    icon: &'static str,
    why: String,
    progress: String,
}

pub(super) async fn page(
    app: web::Data<App>,
    visitor: Visitor,
    asked: web::Query<Asked>,
) -> HttpResponse {
    let page = shown(&app, &visitor, &asked).await;
    finish(&visitor, page)
}

async fn shown(app: &web::Data<App>, visitor: &Visitor, asked: &Asked) -> Result<HttpResponse> {
    let scope = Scope::of(app, visitor, asked).await?;
    let mut page = OverviewPage {
        page: visitor,
        scope: &scope,
        tab: "c_overview",
        course: scope.course.as_ref(),
        numbers: Numbers::default(),
        tiles: Vec::new(),
        nudges: Vec::new(),
        charts: Vec::new(),
        all_due: scope.link_with("/people", &[("due", "yes")]),
    };
    let Some(course) = &scope.course else {
        return Ok(visitor.show(&page));
    };
    let mut conn = app.db.get().await?;
    let language = visitor.language;
    page.numbers = numbers::of_course(&mut conn, &scope.bodies, course.id, scope.today).await?;
    if page.numbers.people > 0 {
        let near = scope.today + TimeDelta::days(NEAR_DAYS);
        let due = people::nudges(&mut conn, &scope.bodies, course.id, near, NUDGES).await?;
        page.nudges = due
            .into_iter()
            .map(|line| nudge(&scope, language, line))
            .collect();
        page.tiles = tiles(&scope, language, &page.numbers);
        let weeks = numbers::weeks(&mut conn, &scope.bodies, course.id).await?;
        let steps = outline::of_course(&mut conn, course.id).await?;
        let counts = numbers::counts(&mut conn, &scope.bodies, course.id).await?;
        let counts = Counts::of(counts);
        let people = page.numbers.people;
        let weeks = Weeks::new(&visitor.language, &weeks, scope.today);
        page.charts.extend(
            weeks
                .map(|chart| chart.render())
                .transpose()
                .map_err(Problem::internal)?,
        );
        let bars = [
            modules(&visitor.language, &steps, &counts, people),
            objects(&visitor.language, &steps, &counts, people),
            kinds(&visitor.language, &steps, &counts, people),
        ];
        for chart in bars.iter().filter(|chart| !chart.lines.is_empty()) {
            page.charts.push(chart.render().map_err(Problem::internal)?);
        }
    }
    Ok(visitor.show(&page))
}

fn tiles(scope: &Scope, language: Language, numbers: &Numbers) -> Vec<Tile> {
    let share = |part| Some(format!("{}%", percent(part, numbers.people)));
    let tile = |class, label, value: i64, note, status: &[(&str, &str)]| Tile {
        class,
        link: scope.link_with("/people", status),
        value: number(language, value),
        label,
        note,
    };
    vec![
        tile(
            "",
            "c_enrolled",
            numbers.people,
            Some(many_hours(language, numbers.credited_minutes) + " " + language.t("c_credited_n")),
            &[],
        ),
        tile(
            "completed",
            "c_completed",
            numbers.completed,
            share(numbers.completed),
            &[("status", "completed")],
        ),
        tile(
            "incomplete",
            "c_incomplete",
            numbers.incomplete,
            share(numbers.incomplete),
            &[("status", "incomplete")],
        ),
        tile(
            "not_attempted",
            "c_not_attempted",
            numbers.not_attempted,
            share(numbers.not_attempted),
            &[("status", "not_attempted")],
        ),
        tile(
            "failed",
            "c_overdue",
            numbers.overdue,
            share(numbers.overdue),
            &[("due", "over")],
        ),
    ]
}

fn nudge(scope: &Scope, language: Language, line: Line) -> Nudge {
    let over = line.deadline.is_some_and(|deadline| deadline < scope.today);
    let not_begun = line.status.as_deref() == Some("not_attempted");
    Nudge {
        link: scope.link(&format!("/people/{}", line.learner_id)),
        class: if over { "failed" } else { "incomplete" },
        icon: if over {
            "it-warning-circle"
        } else {
            "it-clock"
        },
        why: match line.deadline {
            Some(deadline) => due(language, scope.today, deadline),
            None => language.t("c_long_not_begun").to_owned(),
        },
        progress: if not_begun {
            language.t("not_attempted").to_owned()
        } else {
            steps_done(language, line.needed_done, line.needed)
        },
        name: line.name,
        email: line.email,
        body: line.body_name.filter(|_| scope.may_choose()),
    }
}

/// `3 di 8 passi`.
pub(super) fn steps_done(language: Language, done: Option<i32>, needed: Option<i32>) -> String {
    let (done, needed) = (done.unwrap_or(0), needed.unwrap_or(0));
    format!(
        "{done} {} {needed} {}",
        language.t("of"),
        language.t("steps_n")
    )
}

/// Begun and done, by position of the item and by number of the learning object.
struct Counts {
    items: HashMap<i32, (i64, i64)>,
    objects: HashMap<i32, (i64, i64)>,
}

impl Counts {
    fn of(counts: Vec<Count>) -> Self {
        let (items, objects): (Vec<_>, Vec<_>) =
            counts.into_iter().partition(|count| count.what == "item");
        let map = |counts: Vec<Count>| {
            let pairs = counts
                .into_iter()
                .map(|count| (count.number, (count.begun, count.done)));
            pairs.collect()
        };
        Self {
            items: map(items),
            objects: map(objects),
        }
    }
}

fn modules<'a>(language: &'a Language, steps: &[Step], counts: &Counts, whole: i64) -> Bars<'a> {
    let bars: Vec<Bar> = steps
        .iter()
        .map(|step| {
            let (begun, done) = counts
                .items
                .get(&step.position)
                .copied()
                .unwrap_or_default();
            Bar {
                label: step.title.clone(),
                note: step.event_id.map(|_| language.t("webinar").to_owned()),
                begun,
                done,
                whole,
                marked: false,
            }
        })
        .collect();
    let least = bars.iter().min_by_key(|bar| bar.done);
    let says = least.map_or_else(String::new, |bar| match language {
        Language::Italian => format!(
            "Il passo completato da meno persone è «{}»: {}%.",
            bar.label,
            bar.percent()
        ),
        Language::English => format!(
            "The step that fewest have completed is “{}”: {}%.",
            bar.label,
            bar.percent()
        ),
    });
    Bars {
        id: "modules",
        language,
        title: "c_by_module",
        says,
        what: "c_step",
        lines: bars,
    }
}

fn objects<'a>(language: &'a Language, steps: &[Step], counts: &Counts, whole: i64) -> Bars<'a> {
    // Tests and the like stand beside the objects that have a kind: where any has, those are the path.
    let mut objects = steps.iter().flat_map(|step| step.objects.iter());
    let kinds_only = objects.any(|object| object.kind.is_some());
    let mut bars = Vec::new();
    for step in steps {
        for (number, object) in (0..STRIDE).zip(step.objects.iter()) {
            if kinds_only && object.kind.is_none() {
                continue;
            }
            let number = step.position * STRIDE + number;
            let (begun, done) = counts.objects.get(&number).copied().unwrap_or_default();
            bars.push(Bar {
                label: object.title.clone(),
                note: object
                    .kind
                    .map(|kind| language.t(kind_key(kind)).to_owned()),
                begun,
                done,
                whole,
                marked: false,
            });
        }
    }
    let drop = (1..bars.len()).max_by_key(|at| bars[at - 1].done - bars[*at].done);
    let drop = drop.filter(|at| bars[*at].done < bars[at - 1].done);
    let says = match drop {
        None => language.t("c_no_drop").to_owned(),
        Some(at) => {
            let lost = bars[at - 1].percent() - bars[at].percent();
            let title = &bars[at].label;
            bars_say(*language, title, lost)
        }
    };
    if let Some(at) = drop {
        bars[at].marked = true;
    }
    Bars {
        id: "objects",
        language,
        title: "c_drop_off",
        says,
        what: "c_object",
        lines: bars,
    }
}

fn bars_say(language: Language, title: &str, lost: i64) -> String {
    match language {
        Language::Italian => {
            format!("Il calo più forte è prima di «{title}»: {lost} punti percentuali in meno.")
        }
        Language::English => {
            format!("The steepest drop is before “{title}”: {lost} percentage points fewer.")
        }
    }
}

fn kinds<'a>(language: &'a Language, steps: &[Step], counts: &Counts, whole: i64) -> Bars<'a> {
    let all = [Kind::Videolezione, Kind::Videopillola, Kind::BuonaPratica];
    let mut sums = all.map(|kind| (kind, 0, 0, 0));
    for step in steps {
        for (number, object) in (0..STRIDE).zip(step.objects.iter()) {
            let found = counts.objects.get(&(step.position * STRIDE + number));
            let (begun, done) = found.copied().unwrap_or_default();
            for sum in sums.iter_mut().filter(|sum| Some(sum.0) == object.kind) {
                *sum = (sum.0, sum.1 + begun, sum.2 + done, sum.3 + 1);
            }
        }
    }
    let bars: Vec<Bar> = sums
        .into_iter()
        .filter(|(.., objects)| *objects > 0)
        .map(|(kind, begun, done, objects)| Bar {
            label: language.t(kind_key(kind)).to_owned(),
            note: Some(language.count(
                usize::try_from(objects).unwrap_or(0),
                "c_object_one",
                "c_objects_n",
            )),
            begun,
            done,
            whole: whole * objects,
            marked: false,
        })
        .collect();
    let says = language.t("c_by_kind_says").to_owned();
    Bars {
        id: "kinds",
        language,
        title: "c_by_kind",
        says,
        what: "c_kind",
        lines: bars,
    }
}
