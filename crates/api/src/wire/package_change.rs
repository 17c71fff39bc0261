//! What differs between two versions of a package, activity by activity.

use std::collections::{HashMap, HashSet};

use percorso_package::{Item, Package};
use serde::Serialize;
use utoipa::ToSchema;

/// What happened to an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeKind {
    /// Only the new version has it.
    Added,
    /// Only the old version has it.
    Removed,
    /// Both have it, and something about it differs.
    Changed,
    /// Both have it, under another parent or in another order.
    Moved,
}

/// A difference at one activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Change {
    /// What happened.
    #[serde(rename = "change")]
    pub(crate) kind: ChangeKind,
    /// The activity's identifier.
    pub(crate) activity_id: String,
    /// Its title, in the newest version that has it.
    pub(crate) title: String,
    /// What differs: `title`, `content`, `sequencing`, `scoring`, `metadata`, `other`.
    pub(crate) what: Vec<&'static str>,
}

impl Change {
    /// The key of its word on the pages.
    pub(crate) fn key(&self) -> &'static str {
        match self.kind {
            ChangeKind::Added => "change_added",
            ChangeKind::Removed => "change_removed",
            ChangeKind::Changed => "change_changed",
            ChangeKind::Moved => "change_moved",
        }
    }

    /// The sprite's name for it.
    pub(crate) fn icon(&self) -> &'static str {
        match self.kind {
            ChangeKind::Added => "it-plus-circle",
            ChangeKind::Removed => "it-minus-circle",
            ChangeKind::Changed => "it-pencil",
            ChangeKind::Moved => "it-exchange-circle",
        }
    }
}

/// An activity where it stands.
struct Placed<'a> {
    item: &'a Item,
    parent: &'a str,
}

/// Every difference: what the new version has, in its order, then what it lost.
pub(crate) fn changes(old: &Package, new: &Package) -> Vec<Change> {
    let (before, after) = (placed(old), placed(new));
    let find =
        |list: &[Placed<'_>], id: &str| list.iter().position(|placed| placed.item.identifier == id);
    let steady = steady(&before, &after);
    let mut changes = Vec::new();
    for now in &after {
        let id = now.item.identifier.as_str();
        let Some(at) = find(&before, id) else {
            changes.push(change(ChangeKind::Added, now.item, Vec::new()));
            continue;
        };
        let then = &before[at];
        let what = differences(then.item, now.item);
        if !what.is_empty() {
            changes.push(change(ChangeKind::Changed, now.item, what));
        } else if then.parent != now.parent || !steady.contains(id) {
            changes.push(change(ChangeKind::Moved, now.item, Vec::new()));
        }
    }
    let lost = before
        .iter()
        .filter(|then| find(&after, &then.item.identifier).is_none());
    changes.extend(lost.map(|then| change(ChangeKind::Removed, then.item, Vec::new())));
    changes
}

fn change(kind: ChangeKind, item: &Item, what: Vec<&'static str>) -> Change {
    Change {
        kind,
        activity_id: item.identifier.clone(),
        title: item.title.clone(),
        what,
    }
}

/// The most activities that stand in the same order in both: the others were moved.
fn steady<'a>(before: &[Placed<'_>], after: &[Placed<'a>]) -> HashSet<&'a str> {
    let ranks: HashMap<&str, usize> = before
        .iter()
        .enumerate()
        .map(|(rank, placed)| (placed.item.identifier.as_str(), rank))
        .collect();
    let kept: Vec<(&str, usize)> = after
        .iter()
        .map(|placed| placed.item.identifier.as_str())
        .filter_map(|id| Some((id, *ranks.get(id)?)))
        .collect();
    // The longest rising run of ranks: for each, the longest that ends there and what comes before.
    let mut best: Vec<(usize, Option<usize>)> = Vec::new();
    for (at, (_, rank)) in kept.iter().enumerate() {
        let before = (0..at).filter(|earlier| kept[*earlier].1 < *rank);
        let longest = before.max_by_key(|earlier| best[*earlier].0);
        best.push((longest.map_or(1, |earlier| best[earlier].0 + 1), longest));
    }
    let mut at = (0..kept.len()).max_by_key(|at| best[*at].0);
    let mut steady = HashSet::new();
    while let Some(index) = at {
        steady.insert(kept[index].0);
        at = best[index].1;
    }
    steady
}

fn placed(package: &Package) -> Vec<Placed<'_>> {
    fn add<'a>(items: &'a [Item], parent: &'a str, list: &mut Vec<Placed<'a>>) {
        for item in items {
            list.push(Placed { item, parent });
            add(&item.items, &item.identifier, list);
        }
    }
    let mut list = Vec::new();
    add(&package.organization().items, "", &mut list);
    list
}

/// What differs in the activity itself; its children speak for themselves.
fn differences(then: &Item, now: &Item) -> Vec<&'static str> {
    let mut what = Vec::new();
    let mut note = |differs: bool, word: &'static str| {
        if differs {
            what.push(word);
        }
    };
    note(then.title != now.title, "title");
    note(then.launch != now.launch, "content");
    note(then.sequencing != now.sequencing, "sequencing");
    let scoring = |item: &Item| (item.mastery_score.clone(), item.completion_threshold);
    note(scoring(then) != scoring(now), "scoring");
    note(then.metadata != now.metadata, "metadata");
    let rest = |item: &Item| Item {
        title: String::new(),
        launch: None,
        sequencing: None,
        mastery_score: None,
        completion_threshold: None,
        metadata: now.metadata.clone(),
        items: Vec::new(),
        ..item.clone()
    };
    note(rest(then) != rest(now), "other");
    what
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(items: &[(&str, &str)]) -> Package {
        let items: Vec<String> = items
            .iter()
            .map(|(id, title)| {
                format!(
                    "<item identifier=\"{id}\" identifierref=\"R\"><title>{title}</title></item>"
                )
            })
            .collect();
        let items = items.concat();
        let manifest = format!(
            r#"<manifest identifier="M" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
            <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
            <organizations default="O"><organization identifier="O"><title>Corso</title>{items}</organization></organizations>
            <resources><resource identifier="R" type="webcontent" adlcp:scormtype="sco" href="a.html"><file href="a.html"/></resource></resources></manifest>"#
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("imsmanifest.xml"), manifest).unwrap();
        std::fs::write(folder.path().join("a.html"), "").unwrap();
        let limits = percorso_package::Limits::default();
        let mut source = percorso_package::FolderSource::open(folder.path(), &limits).unwrap();
        percorso_package::read(&mut source, &limits).0.unwrap()
    }

    fn told(old: &[(&str, &str)], new: &[(&str, &str)]) -> Vec<(ChangeKind, String)> {
        let changes = changes(&package(old), &package(new));
        changes
            .into_iter()
            .map(|change| (change.kind, change.activity_id))
            .collect()
    }

    #[test]
    fn each_difference_is_told_once_and_nothing_else() {
        use ChangeKind::{Added, Changed, Moved, Removed};
        let old = [("a", "A"), ("b", "B"), ("c", "C")];
        for (new, expected) in [
            (vec![("a", "A"), ("b", "B"), ("c", "C")], vec![]),
            (
                vec![("a", "A"), ("x", "X"), ("b", "B"), ("c", "C")],
                vec![(Added, "x")],
            ),
            (vec![("a", "A"), ("c", "C")], vec![(Removed, "b")]),
            (
                vec![("a", "A"), ("b", "nuovo"), ("c", "C")],
                vec![(Changed, "b")],
            ),
            (vec![("b", "B"), ("c", "C"), ("a", "A")], vec![(Moved, "a")]),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(kind, id)| (kind, id.to_owned()))
                .collect();
            assert_eq!(told(&old, &new), expected, "{new:?}");
        }
    }
}
