//! Which standard and edition a manifest follows: by its schemaversion, else by its namespaces.

use roxmltree::Node;

use super::Reader;
use crate::{
    Code, Edition, Standard,
    xml::{attribute, child, is, is_adlseq, text},
};

/// Standard and edition of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) standard: Standard,
    pub(super) edition: Option<Edition>,
}

const SCORM_1_2: Version = Version {
    standard: Standard::Scorm12,
    edition: None,
};

const fn scorm_2004(edition: Edition) -> Version {
    Version {
        standard: Standard::Scorm2004,
        edition: Some(edition),
    }
}

/// The strings that the books ask for, in lower case.
const VERSIONS: &[(&str, Version)] = &[
    ("1.2", SCORM_1_2),
    ("cam 1.3", scorm_2004(Edition::Second)),
    ("2004 3rd edition", scorm_2004(Edition::Third)),
    ("2004 4th edition", scorm_2004(Edition::Fourth)),
];

impl<'i> Reader<'_, 'i> {
    pub(super) fn version(&mut self, manifest: Node<'_, 'i>) -> Version {
        let element = child(manifest, "metadata").and_then(|m| child(m, "schemaversion"));
        let said = element.map(text).unwrap_or_default();
        let guess = by_namespaces(manifest);
        if said.is_empty() {
            let chosen = guess.unwrap_or(SCORM_1_2);
            let message = format!("no schemaversion; read as {}", name(chosen));
            self.report(Code::SchemaversionMissing, manifest, message);
            return chosen;
        }
        let lower = said.to_lowercase();
        if let Some((_, version)) = VERSIONS.iter().find(|(known, _)| *known == lower) {
            if let Some(guess) = guess.filter(|guess| guess.standard != version.standard) {
                let message = format!("schemaversion says {said}, the namespaces {}", name(guess));
                self.report(
                    Code::SchemaversionContradiction,
                    element.unwrap_or(manifest),
                    message,
                );
            }
            return *version;
        }
        let chosen = resembling(&lower).or(guess).unwrap_or(SCORM_1_2);
        let message = format!("SCORM has no version {said:?}; read as {}", name(chosen));
        self.report(
            Code::SchemaversionUnknown,
            element.unwrap_or(manifest),
            message,
        );
        chosen
    }
}

/// What a wrong version string plainly means.
fn resembling(said: &str) -> Option<Version> {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["4th", "fourth", "1.3.4"]) {
        Some(scorm_2004(Edition::Fourth))
    } else if has(&["3rd", "third", "1.3.3"]) {
        Some(scorm_2004(Edition::Third))
    } else if has(&["2nd", "second", "1.3.2", "1.3", "cam"]) {
        Some(scorm_2004(Edition::Second))
    } else if has(&["1.2", "1.1", "1.0"]) && !has(&["2004"]) {
        Some(SCORM_1_2)
    } else {
        None
    }
}

fn by_namespaces(manifest: Node) -> Option<Version> {
    let namespaces: Vec<String> = manifest
        .descendants()
        .filter(Node::is_element)
        .flat_map(|node| {
            let attributes = node
                .attributes()
                .filter_map(|attribute| attribute.namespace());
            node.tag_name()
                .namespace()
                .into_iter()
                .chain(attributes)
                .chain(
                    (node == manifest)
                        .then(|| manifest.namespaces().map(roxmltree::Namespace::uri))
                        .into_iter()
                        .flatten(),
                )
        })
        .map(str::to_lowercase)
        .collect();
    let has = |part: &str| namespaces.iter().any(|namespace| namespace.contains(part));
    if has("adlcp_v1p3") || has("imsss") || has("adlseq_v1p3") || has("imscp_v1p1") {
        Some(scorm_2004(edition_by_features(manifest)))
    } else if has("adlcp_rootv1p2") || has("imscp_rootv1p1p2") {
        Some(SCORM_1_2)
    } else {
        None
    }
}

/// The 4th edition when the manifest uses what only that has; else the 3rd.
fn edition_by_features(manifest: Node) -> Edition {
    let fourth = manifest.descendants().any(|node| {
        attribute(node, "completedByMeasure").is_some()
            || attribute(node, "sharedDataGlobalToSystem").is_some()
            || (is_adlseq(node) && is(node, "objectives"))
            || (is(node, "map") && attribute(node, "targetID").is_some())
    });
    if fourth {
        Edition::Fourth
    } else {
        Edition::Third
    }
}

fn name(version: Version) -> &'static str {
    match version.edition {
        None => "SCORM 1.2",
        Some(Edition::Second) => "SCORM 2004 2nd Edition",
        Some(Edition::Third) => "SCORM 2004 3rd Edition",
        Some(Edition::Fourth) => "SCORM 2004 4th Edition",
    }
}
