//! What the course pages show, put into words from what the engine reached.

use percorso_package::{Item, Kind, Package};
use percorso_tracker::session::{ActivityProgress, Completion, Progress, Success};
use uuid::Uuid;

use super::words::Language;
use crate::db::courses::Taken;

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
    /// Its kind, in words.
    pub(super) kind: Option<String>,
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

    /// Everything below the root, in order.
    pub(super) fn all(language: Language, progress: &Progress) -> Vec<Self> {
        let mut lines = Vec::new();
        for child in &progress.root.children {
            Self::list(language, child, 0, &mut lines);
        }
        if lines.is_empty() {
            Self::list(language, &progress.root, 0, &mut lines);
        }
        lines
    }

    fn list(language: Language, activity: &ActivityProgress, depth: usize, lines: &mut Vec<Self>) {
        lines.push(Self {
            title: activity.title.clone(),
            depth: depth.min(3),
            cluster: !activity.children.is_empty(),
            kind: activity
                .kind
                .map(|kind| language.t(kind_key(kind)).to_owned()),
            status: activity_status(activity),
        });
        for child in &activity.children {
            Self::list(language, child, depth + 1, lines);
        }
    }
}

fn status_word(completion: &str, success: &str) -> &'static str {
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
        (_, Success::Passed) => "passed",
        (_, Success::Failed) => "failed",
        (Completion::Completed, _) => "completed",
        (Completion::Incomplete, _) => "incomplete",
        _ if activity.attempts > 0 => "incomplete",
        _ => "not_attempted",
    }
}

fn status_icon(status: &str) -> &'static str {
    match status {
        "passed" | "completed" => "it-check-circle",
        "failed" => "it-close-circle",
        "incomplete" => "it-clock",
        _ => "it-minus-circle",
    }
}

fn action(status: &str) -> &'static str {
    match status {
        "not_attempted" => "start",
        "passed" | "completed" => "open_again",
        _ => "resume",
    }
}

/// Completed leaves, and all of them.
fn count_leaves(activity: &ActivityProgress) -> (usize, usize) {
    if activity.children.is_empty() {
        let done = matches!(activity_status(activity), "passed" | "completed");
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
