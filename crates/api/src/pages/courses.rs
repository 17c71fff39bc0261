//! What the course pages show, put into words from what the engine reached.

use std::collections::HashMap;

use percorso_package::{Item, Kind, Package};
use percorso_tracker::session::{ActivityProgress, Completion, Progress, Success};
use uuid::Uuid;

use super::words::Language;
use crate::db::{
    courses::Taken,
    reports::outline::{self, Object},
};

/// A line of "my courses", and the head of a course's page.
pub(super) struct CourseCard {
    /// Title.
    pub(super) title: String,
    /// What the button opens.
    pub(super) package_id: Uuid,
    /// Page of the course, once it is taken.
    pub(super) link: Option<String>,
    /// `not_attempted`, `incomplete`, `completed`, `passed` or `failed`.
    pub(super) status: &'static str,
    /// Text of the button, a key.
    pub(super) action: &'static str,
    /// How many modules and activities.
    pub(super) size: String,
    /// The kinds of learning object in it.
    pub(super) kinds: Vec<String>,
    /// 0 to 100, once it is begun.
    pub(super) percent: Option<u8>,
    /// The same in words.
    pub(super) progress: String,
    /// Score in per cent.
    pub(super) score: Option<String>,
    /// Time spent.
    pub(super) time: Option<String>,
}

/// A line of a course's page.
pub(super) struct ActivityLine {
    /// Title.
    pub(super) title: String,
    /// Depth below the root's children, 0 to 3.
    pub(super) depth: usize,
    /// It has parts.
    pub(super) cluster: bool,
    /// The sprite's name for its kind.
    pub(super) kind_icon: &'static str,
    /// Its kind, in words.
    pub(super) kind: Option<String>,
    /// How long it takes, for people.
    pub(super) duration: Option<String>,
    /// As [`CourseCard::status`].
    pub(super) status: &'static str,
}

impl CourseCard {
    /// A course on offer, with what the learner reached in it.
    pub(super) fn new(
        language: Language,
        package_id: Uuid,
        package: &Package,
        taken: Option<&Taken>,
    ) -> Self {
        let progress = taken.and_then(Taken::progress);
        let status = taken.map_or("not_attempted", |taken| {
            status_word(&taken.completion, &taken.success)
        });
        let counted = progress
            .as_ref()
            .map(|progress| count_leaves(&progress.root));
        let begun = status != "not_attempted";
        Self {
            title: package.title().to_owned(),
            package_id,
            link: taken.map(|taken| format!("/courses/{}", taken.registration_id)),
            status,
            action: action(status),
            size: size(language, package),
            kinds: kinds(package)
                .into_iter()
                .map(|kind| language.t(kind_key(kind)).to_owned())
                .collect(),
            percent: counted
                .filter(|_| begun)
                .map(|(done, all)| percent(done, all)),
            progress: counted.map_or_else(String::new, |(done, all)| {
                format!("{done} {} {all} {}", language.t("of"), language.t("done_n"))
            }),
            score: taken
                .and_then(|taken| taken.score_scaled)
                .map(|scaled| format!("{:.0}%", scaled * 100.0)),
            time: taken
                .map(|taken| taken.total_time_ms)
                .filter(|ms| *ms > 0)
                .map(duration),
        }
    }

    /// The sprite's name for the status.
    pub(super) fn icon(&self) -> &'static str {
        status_icon(self.status)
    }
}

impl ActivityLine {
    /// The sprite's name for the status.
    pub(super) fn icon(&self) -> &'static str {
        status_icon(self.status)
    }

    /// Everything in a package, in order, with what was reached in it.
    pub(super) fn all(
        language: Language,
        package: &Package,
        progress: Option<&Progress>,
    ) -> Vec<Self> {
        let reached = progress.map(reached).unwrap_or_default();
        let mut lines = Vec::new();
        Self::list(
            language,
            &package.organization().items,
            0,
            &reached,
            &mut lines,
        );
        lines
    }

    fn list(
        language: Language,
        items: &[Item],
        depth: usize,
        reached: &HashMap<&str, &'static str>,
        lines: &mut Vec<Self>,
    ) {
        for item in items {
            let duration = outline::milliseconds(&item.metadata);
            let mut line = Self::new(language, &item.title, item.kind(), duration);
            line.depth = depth.min(3);
            line.cluster = !item.items.is_empty();
            line.reach(&item.identifier, reached);
            lines.push(line);
            Self::list(language, &item.items, depth + 1, reached, lines);
        }
    }

    /// The learning objects of a package, in order, with what was reached in them.
    pub(super) fn objects(
        language: Language,
        objects: &[Object],
        progress: Option<&Progress>,
    ) -> Vec<Self> {
        let reached = progress.map(reached).unwrap_or_default();
        let line = |object: &Object| {
            let mut line = Self::new(language, &object.title, object.kind, object.duration_ms);
            line.reach(&object.id, &reached);
            line
        };
        objects.iter().map(line).collect()
    }

    /// A learning object that was not opened yet.
    fn new(language: Language, title: &str, kind: Option<Kind>, duration_ms: Option<u64>) -> Self {
        Self {
            title: title.to_owned(),
            depth: 0,
            cluster: false,
            kind_icon: kind.map_or("it-file", kind_icon),
            kind: kind.map(|kind| language.t(kind_key(kind)).to_owned()),
            duration: duration_ms.map(minutes),
            status: "not_attempted",
        }
    }

    fn reach(&mut self, id: &str, reached: &HashMap<&str, &'static str>) {
        if let Some(status) = reached.get(id) {
            self.status = status;
        }
    }

    /// It is done.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.status, "passed" | "completed" | "waived")
    }
}

/// What was reached in each activity, by its identifier.
fn reached(progress: &Progress) -> HashMap<&str, &'static str> {
    fn collect<'a>(activity: &'a ActivityProgress, into: &mut HashMap<&'a str, &'static str>) {
        into.insert(activity.id.as_str(), activity_status(activity));
        for child in &activity.children {
            collect(child, into);
        }
    }
    let mut found = HashMap::new();
    collect(&progress.root, &mut found);
    found
}

pub(super) fn status_word(completion: &str, success: &str) -> &'static str {
    match (completion, success) {
        (_, "passed") => "passed",
        (_, "failed") => "failed",
        ("completed", _) => "completed",
        ("incomplete", _) => "incomplete",
        _ => "not_attempted",
    }
}

fn activity_status(activity: &ActivityProgress) -> &'static str {
    match (activity.completion, activity.success) {
        _ if activity.waived => "waived",
        (_, Success::Passed) => "passed",
        (_, Success::Failed) => "failed",
        (Completion::Completed, _) => "completed",
        (Completion::Incomplete, _) => "incomplete",
        _ if activity.attempts > 0 => "incomplete",
        _ => "not_attempted",
    }
}

/// The sprite's name for a status.
pub(super) fn status_icon(status: &str) -> &'static str {
    match status {
        "passed" | "completed" => "it-check-circle",
        "failed" => "it-close-circle",
        "incomplete" => "it-clock",
        "waived" => "it-ban",
        _ => "it-minus-circle",
    }
}

/// The key of the button that opens something with this status.
pub(super) fn action(status: &str) -> &'static str {
    match status {
        "not_attempted" => "start",
        "passed" | "completed" => "open_again",
        _ => "resume",
    }
}

/// Completed leaves, and all of them.
fn count_leaves(activity: &ActivityProgress) -> (usize, usize) {
    if activity.children.is_empty() {
        let done = matches!(activity_status(activity), "passed" | "completed" | "waived");
        return (usize::from(done), 1);
    }
    let counts = activity.children.iter().map(count_leaves);
    counts.fold((0, 0), |(done, all), (more_done, more)| {
        (done + more_done, all + more)
    })
}

fn percent(done: usize, all: usize) -> u8 {
    u8::try_from(done * 100 / all.max(1)).unwrap_or(100)
}

fn size(language: Language, package: &Package) -> String {
    let items = &package.organization().items;
    let modules = items.iter().filter(|item| !item.items.is_empty()).count();
    let leaves = items.iter().map(leaves).sum();
    let activities = language.count(leaves, "activity", "activities_n");
    if modules == 0 {
        return activities;
    }
    format!(
        "{}, {activities}",
        language.count(modules, "module", "modules_n")
    )
}

fn leaves(item: &Item) -> usize {
    if item.items.is_empty() {
        1
    } else {
        item.items.iter().map(leaves).sum()
    }
}

/// The kinds in a package, each once, in the order they come.
fn kinds(package: &Package) -> Vec<Kind> {
    fn collect(items: &[Item], kinds: &mut Vec<Kind>) {
        for item in items {
            if let Some(kind) = item.kind().filter(|kind| !kinds.contains(kind)) {
                kinds.push(kind);
            }
            collect(&item.items, kinds);
        }
    }
    let mut kinds = Vec::new();
    collect(&package.organization().items, &mut kinds);
    kinds
}

/// The key of a kind's word.
pub(super) fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Videolezione => "videolezione",
        Kind::Videopillola => "videopillola",
        Kind::BuonaPratica => "buona pratica",
    }
}

/// The sprite's name for a kind.
fn kind_icon(kind: Kind) -> &'static str {
    match kind {
        Kind::Videolezione => "it-presentation",
        Kind::Videopillola => "it-video",
        Kind::BuonaPratica => "it-star-outline",
    }
}

/// A length for people, to the nearest minute: `4 min`.
fn minutes(ms: u64) -> String {
    let minutes = (ms + 30_000) / 60_000;
    crate::certificates::hours(i64::try_from(minutes.max(1)).unwrap_or(i64::MAX))
}

/// A time for people: `1 h 20 min`.
fn duration(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "< 1 min".to_owned(),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_says_more_than_completion() {
        assert_eq!(status_word("completed", "failed"), "failed");
        assert_eq!(status_word("completed", "unknown"), "completed");
        assert_eq!(status_word("unknown", "unknown"), "not_attempted");
    }

    #[test]
    fn durations_are_for_people() {
        assert_eq!(duration(59_000), "< 1 min");
        assert_eq!(duration(4_800_000), "1 h 20 min");
    }
}
