//! Which activity of one version is which of another, where nobody has said so.

use std::collections::{BTreeMap, HashSet};

use percorso_package::{Item, Package};
use percorso_tracker::session::ActivityMap;

/// An activity as the pages and the API name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its identifier.
    pub(crate) id: String,
    /// Its title.
    pub(crate) title: String,
    /// Its content's address; `None` for a cluster.
    pub(crate) href: Option<String>,
    /// Depth below the root's children.
    pub(crate) depth: usize,
}

/// Every activity but the root, in document order.
pub(crate) fn activities(package: &Package) -> Vec<Named> {
    fn add(items: &[Item], depth: usize, list: &mut Vec<Named>) {
        for item in items {
            let launch = item.launch.as_ref().filter(|_| item.items.is_empty());
            list.push(Named {
                id: item.identifier.clone(),
                title: item.title.clone(),
                href: launch.map(|launch| format!("{}{}", launch.path, launch.suffix)),
                depth,
            });
            add(&item.items, depth + 1, list);
        }
    }
    let mut list = Vec::new();
    add(&package.organization().items, 0, &mut list);
    list
}

/// Pairs of the same identifier, then of the same address, then of the same title: content with
/// content, clusters with clusters. The roots come with it.
pub(crate) fn suggested(from: &Package, to: &Package) -> ActivityMap {
    let (old, new) = (activities(from), activities(to));
    let mut map: ActivityMap = BTreeMap::new();
    let mut taken: HashSet<String> = HashSet::new();
    let same: [fn(&Named, &Named) -> bool; 3] = [
        |one, other| one.id == other.id,
        |one, other| one.href.is_some() && one.href == other.href,
        |one, other| one.title.trim() == other.title.trim(),
    ];
    for is_same in same {
        for one in &old {
            if map.contains_key(&one.id) {
                continue;
            }
            let free = |other: &&Named| {
                one.href.is_some() == other.href.is_some() && !taken.contains(&other.id)
            };
            if let Some(other) = new.iter().filter(free).find(|other| is_same(one, other)) {
                taken.insert(other.id.clone());
                map.insert(one.id.clone(), other.id.clone());
            }
        }
    }
    with_roots(map, from, to)
}

/// The roots belong together without being named.
pub(crate) fn with_roots(mut map: ActivityMap, from: &Package, to: &Package) -> ActivityMap {
    let root = |package: &Package| package.organization().identifier.clone();
    map.insert(root(from), root(to));
    map
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Identifier, address and title; without an address it is a cluster of nothing.
    fn package(items: &[(&str, &str, &str)]) -> Package {
        let (mut organization, mut resources) = (String::new(), String::new());
        for (id, href, title) in items {
            let (resource, cluster) = match *href {
                "" => (
                    String::new(),
                    "<item identifier=\"in\"><title>in</title></item>",
                ),
                _ => (format!(" identifierref=\"R-{id}\""), ""),
            };
            let _ = write!(
                organization,
                "<item identifier=\"{id}\"{resource}><title>{title}</title>{cluster}</item>"
            );
            if !href.is_empty() {
                let _ = write!(
                    resources,
                    "<resource identifier=\"R-{id}\" type=\"webcontent\" adlcp:scormtype=\"sco\" href=\"{href}\"/>"
                );
            }
        }
        let manifest = format!(
            r#"<manifest identifier="M" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
            <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
            <organizations default="O"><organization identifier="O"><title>Corso</title>{organization}</organization></organizations>
            <resources>{resources}</resources></manifest>"#
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("imsmanifest.xml"), manifest).unwrap();
        for (_, href, _) in items.iter().filter(|(_, href, _)| !href.is_empty()) {
            std::fs::write(folder.path().join(href), "").unwrap();
        }
        let limits = percorso_package::Limits::default();
        let mut source = percorso_package::FolderSource::open(folder.path(), &limits).unwrap();
        let (package, findings) = percorso_package::read(&mut source, &limits);
        package.unwrap_or_else(|| panic!("{findings:?}"))
    }

    #[test]
    fn identifiers_come_before_addresses_and_these_before_titles() {
        let old = package(&[
            ("a", "a.html", "Uno"),
            ("b", "b.html", "Due"),
            ("c", "c.html", "Tre"),
            ("gone", "gone.html", "Quattro"),
        ]);
        let new = package(&[
            ("a", "b.html", "Tre"),
            ("x", "a.html", "Nuovo"),
            ("b2", "c.html", "Due"),
            ("fresh", "fresh.html", "Cinque"),
        ]);
        // b's address is with a already, so its title decides; c's address is free.
        let expected = [("O", "O"), ("a", "a"), ("c", "b2")];
        let expected = expected.map(|(old, new)| (old.to_owned(), new.to_owned()));
        assert_eq!(suggested(&old, &new), ActivityMap::from(expected));
    }

    #[test]
    fn content_is_never_taken_for_a_cluster() {
        let old = package(&[("a", "a.html", "Uno")]);
        let new = package(&[("a", "", "Uno"), ("b", "b.html", "Uno")]);
        let map = suggested(&old, &new);
        assert_eq!(map.get("a").map(String::as_str), Some("b"));
    }
}
