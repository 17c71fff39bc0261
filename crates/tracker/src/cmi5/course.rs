//! A course structure as a flat list, each part with the id that the LMS made for it.

use std::fmt::Write as _;

use percorso_package::{AssignableUnit, CourseNode, CourseStructure, LangString};

/// What a part of a course is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// The course itself.
    Course,
    /// A block.
    Block,
    /// An assignable unit.
    Au(Box<AssignableUnit>),
}

/// A part of a course.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The publisher's id.
    pub id: String,
    /// The id that the LMS made: never the publisher's, and always the same (8.1.5.0-3, 8.1.5.0-4).
    pub lms_id: String,
    /// Titles.
    pub title: Vec<LangString>,
    /// Descriptions.
    pub description: Vec<LangString>,
    /// What it is.
    pub kind: NodeKind,
    /// The part above it.
    pub parent: Option<usize>,
    /// The parts below it, in order.
    pub children: Vec<usize>,
}

/// A course, ready to be delivered. Index 0 is the course itself; a parent stands before its children.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Every part, in document order.
    pub nodes: Vec<Node>,
}

impl Course {
    /// The course of a structure; ids are made below `base`, an IRI without trailing slash.
    pub fn new(structure: &CourseStructure, base: &str) -> Self {
        let mut course = Self { nodes: Vec::new() };
        course.push(Node {
            id: structure.id.clone(),
            lms_id: lms_id(base, "course", &structure.id),
            title: structure.title.clone(),
            description: structure.description.clone(),
            kind: NodeKind::Course,
            parent: None,
            children: Vec::new(),
        });
        course.push_all(&structure.children, 0, base);
        course
    }

    fn push(&mut self, node: Node) -> usize {
        let index = self.nodes.len();
        if let Some(parent) = node.parent {
            self.nodes[parent].children.push(index);
        }
        self.nodes.push(node);
        index
    }

    fn push_all(&mut self, parts: &[CourseNode], parent: usize, base: &str) {
        for part in parts {
            match part {
                CourseNode::Au(au) => {
                    self.push(Node {
                        id: au.id.clone(),
                        lms_id: lms_id(base, "au", &au.id),
                        title: au.title.clone(),
                        description: au.description.clone(),
                        kind: NodeKind::Au(Box::new(au.clone())),
                        parent: Some(parent),
                        children: Vec::new(),
                    });
                }
                CourseNode::Block(block) => {
                    let index = self.push(Node {
                        id: block.id.clone(),
                        lms_id: lms_id(base, "block", &block.id),
                        title: block.title.clone(),
                        description: block.description.clone(),
                        kind: NodeKind::Block,
                        parent: Some(parent),
                        children: Vec::new(),
                    });
                    self.push_all(&block.children, index, base);
                }
            }
        }
    }

    /// The part with this publisher's id; an AU where several have it.
    pub fn find(&self, id: &str) -> Option<usize> {
        let named = |node: &&(usize, &Node)| node.1.id == id;
        let all: Vec<(usize, &Node)> = self.nodes.iter().enumerate().collect();
        let mut found = all.iter().filter(named);
        let first = found.clone().next()?;
        let unit = found.find(|(_, node)| matches!(node.kind, NodeKind::Au(_)));
        Some(unit.unwrap_or(first).0)
    }

    /// Every AU at or below a part, in document order.
    pub fn units_below(&self, index: usize) -> Vec<usize> {
        let node = &self.nodes[index];
        match node.kind {
            NodeKind::Au(_) => vec![index],
            _ => node
                .children
                .iter()
                .flat_map(|child| self.units_below(*child))
                .collect(),
        }
    }

    /// The AU at an index, when that is one.
    pub fn au(&self, index: usize) -> Option<&AssignableUnit> {
        match &self.nodes[index].kind {
            NodeKind::Au(au) => Some(au),
            _ => None,
        }
    }
}

impl Node {
    /// Its title for people: the first that says anything.
    pub fn name(&self) -> &str {
        let said = self.title.iter().find(|title| !title.text.is_empty());
        said.map_or(&self.id, |title| &title.text)
    }
}

/// `{base}/{kind}/{publisher's id, percent-encoded}`: unique as the publisher's id is, and not it.
fn lms_id(base: &str, kind: &str, id: &str) -> String {
    format!("{base}/{kind}/{}", encoded(id))
}

/// Percent-encodes all but RFC 3986's unreserved characters.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
