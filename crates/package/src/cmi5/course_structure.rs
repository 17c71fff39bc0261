//! What a course structure says: course, objectives, blocks, units; and the same as a [`Package`], so
//! that whatever shows or lists packages needs to know only one tree.
//!
//! cmi5 has no words for how long something takes, nor for the language of what it launches. LOM has;
//! a `lom` element among a course's, block's or unit's extensions (13.1.5) is read as in a manifest.

use std::collections::HashMap;

use roxmltree::Node;

use super::{Reader, What, child, is, trimmed};
use crate::{
    AssignableUnit, Block, Code, CourseNode, CourseObjective, CourseStructure, Item, Kind,
    LangString, Launch, LaunchMethod, Metadata, MoveOn, Organization, Package, ScormType, Standard,
    manifest::lom,
    xml::{self, normalized},
};

impl Reader<'_, '_> {
    /// `None` when there is nothing to read; the schema's check has said so.
    pub(super) fn course_structure(&mut self, root: Node) -> Option<CourseStructure> {
        let course = child(root, "course")?;
        let id = self.id(course, What::Course);
        self.describe(course, &id);
        let objectives = child(root, "objectives")
            .map(|list| self.objectives(list))
            .unwrap_or_default();
        let children = self.parts(root);
        Some(CourseStructure {
            id,
            title: lang_strings(course, "title"),
            description: lang_strings(course, "description"),
            objectives,
            children,
        })
    }

    fn objectives(&mut self, list: Node) -> Vec<CourseObjective> {
        list.children()
            .filter(|node| is(*node, "objective"))
            .map(|node| CourseObjective {
                id: self.id(node, What::Objective),
                title: lang_strings(node, "title"),
                description: lang_strings(node, "description"),
            })
            .collect()
    }

    fn parts(&mut self, parent: Node) -> Vec<CourseNode> {
        parent
            .children()
            .filter_map(|node| {
                if is(node, "au") {
                    Some(CourseNode::Au(self.au(node)))
                } else if is(node, "block") {
                    Some(CourseNode::Block(self.block(node)))
                } else {
                    None
                }
            })
            .collect()
    }

    fn block(&mut self, node: Node) -> Block {
        let id = self.id(node, What::Block);
        self.describe(node, &id);
        Block {
            id,
            title: lang_strings(node, "title"),
            description: lang_strings(node, "description"),
            objectives: self.references(node),
            children: self.parts(node),
        }
    }

    fn au(&mut self, node: Node) -> AssignableUnit {
        let place = child(node, "url")
            .map(|url| self.url(url))
            .unwrap_or_default();
        let attribute = |name: &str| node.attribute(name).map(normalized);
        let text = |name| {
            let text = child(node, name).map(trimmed);
            text.filter(|text| !text.is_empty())
        };
        let id = self.id(node, What::Au);
        self.describe(node, &id);
        AssignableUnit {
            id,
            title: lang_strings(node, "title"),
            description: lang_strings(node, "description"),
            objectives: self.references(node),
            location: place.location,
            is_packaged: place.is_packaged,
            suffix: place.suffix,
            launch_method: attribute("launchMethod").and_then(|word| launch_method(&word)),
            move_on: attribute("moveOn").and_then(|word| move_on(&word)),
            mastery_score: attribute("masteryScore").and_then(|number| number.parse().ok()),
            launch_parameters: text("launchParameters"),
            entitlement_key: text("entitlementKey"),
            activity_type: attribute("activityType").filter(|iri| !iri.is_empty()),
        }
    }

    /// Keeps what LOM says of the course, block or unit with this id.
    fn describe(&mut self, node: Node, id: &str) {
        if let Some(said) = xml::child(node, "lom") {
            self.described.insert(id.to_owned(), lom(said));
        }
    }

    /// `objectives/objective/@idref`: each an objective of this course (4.4.0.0-2).
    fn references(&mut self, node: Node) -> Vec<String> {
        let Some(list) = child(node, "objectives") else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for reference in list.children().filter(|node| is(*node, "objective")) {
            let Some(idref) = reference.attribute("idref").map(normalized) else {
                continue;
            };
            self.check_iri(reference, "idref", &idref);
            if self.ids.get(&idref) != Some(&What::Objective) {
                let message = format!("the course has no objective `{idref}`");
                self.report(Code::ObjectiveReferenceUnknown, reference, message);
            }
            found.push(idref);
        }
        found
    }
}

fn launch_method(word: &str) -> Option<LaunchMethod> {
    match word {
        "AnyWindow" => Some(LaunchMethod::AnyWindow),
        "OwnWindow" => Some(LaunchMethod::OwnWindow),
        _ => None,
    }
}

fn move_on(word: &str) -> Option<MoveOn> {
    let all = [
        MoveOn::Passed,
        MoveOn::Completed,
        MoveOn::CompletedAndPassed,
        MoveOn::CompletedOrPassed,
        MoveOn::NotApplicable,
    ];
    all.into_iter().find(|known| known.name() == word)
}

fn lang_strings(node: Node, name: &str) -> Vec<LangString> {
    let Some(element) = child(node, name) else {
        return Vec::new();
    };
    element
        .children()
        .filter(|node| is(*node, "langstring"))
        .map(|node| LangString {
            language: node.attribute("lang").map(normalized),
            text: trimmed(node),
        })
        .collect()
}

/// The structure as a package, completed by what LOM says of its parts (`described`, by id).
pub(super) fn package(
    structure: CourseStructure,
    described: &HashMap<String, Metadata>,
) -> Package {
    let mut metadata = metadata(&structure.title, &structure.description, None);
    complete(&mut metadata, &structure.id, described);
    let organization = Organization {
        identifier: structure.id.clone(),
        title: first(&structure.title, &structure.id),
        objectives_global_to_system: None,
        shared_data_global_to_system: None,
        completion_threshold: None,
        metadata: metadata.clone(),
        sequencing: None,
        items: items(&structure.children, described),
    };
    Package {
        standard: Standard::Cmi5,
        edition: None,
        identifier: structure.id.clone(),
        manifest_version: None,
        root: String::new(),
        metadata,
        organizations: vec![organization],
        default_organization: 0,
        resources: Vec::new(),
        course_structure: Some(structure),
    }
}

fn items(nodes: &[CourseNode], described: &HashMap<String, Metadata>) -> Vec<Item> {
    nodes
        .iter()
        .map(|node| {
            let mut item = item(node, described);
            complete(&mut item.metadata, &item.identifier, described);
            item
        })
        .collect()
}

fn item(node: &CourseNode, described: &HashMap<String, Metadata>) -> Item {
    match node {
        CourseNode::Block(block) => Item {
            identifier: block.id.clone(),
            title: first(&block.title, &block.id),
            metadata: metadata(&block.title, &block.description, None),
            items: items(&block.children, described),
            ..Item::default()
        },
        CourseNode::Au(au) => Item {
            identifier: au.id.clone(),
            title: first(&au.title, &au.id),
            launch: Some(Launch {
                resource: au.id.clone(),
                scorm_type: ScormType::Sco,
                path: au.location.clone(),
                suffix: au.suffix.clone(),
            }),
            metadata: metadata(
                &au.title,
                &au.description,
                Kind::of_activity_type(au.activity_type.as_deref()),
            ),
            ..Item::default()
        },
    }
}

fn metadata(title: &[LangString], description: &[LangString], kind: Option<Kind>) -> Metadata {
    Metadata {
        title: title.first().cloned(),
        description: description.first().cloned(),
        language: title.first().and_then(|title| title.language.clone()),
        kind,
        ..Metadata::default()
    }
}

/// The structure's own words come first; LOM says what they leave open.
fn complete(metadata: &mut Metadata, id: &str, described: &HashMap<String, Metadata>) {
    if let Some(said) = described.get(id) {
        metadata.complete_from(said.clone());
    }
}

fn first(title: &[LangString], fallback: &str) -> String {
    let said = title.iter().find(|title| !title.text.is_empty());
    said.map_or_else(|| fallback.to_owned(), |title| title.text.clone())
}
