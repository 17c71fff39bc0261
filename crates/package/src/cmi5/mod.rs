//! A cmi5 course structure: from `cmi5.xml` to the typed [`Package`], everything wrong with it found.
//!
//! [`schema`] holds the document against the published XSD; the rest reads what it means and checks
//! what no schema can say: ids, references, URLs, extensions.

mod course_structure;
mod extension;
mod iri;
mod schema;
mod url;

pub use iri::check as check_iri;

use std::collections::HashMap;

use roxmltree::Node;

use crate::{
    Code, Finding, Limits, Metadata, Package, Source,
    finding::Findings,
    href::Files,
    xml::{XmlText, normalized},
};

/// The name that a course structure must have in a zip.
pub(crate) const FILE: &str = "cmi5.xml";

/// The namespace of course structures.
pub(crate) const NAMESPACE: &str = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd";

/// Reads a course structure; `source` is the archive around it, `None` for a bare XML file.
pub(crate) fn read(
    bytes: &[u8],
    source: Option<&mut dyn Source>,
    limits: &Limits,
    findings: &mut Findings,
) -> Option<Package> {
    let text = read_text(bytes, limits, findings)?;
    let document = text.document()?;
    let files = source
        .as_ref()
        .map(|source| Files::new("", source.entries()));
    let mut reader = Reader {
        text: &text,
        files: files.as_ref(),
        source,
        limits,
        findings,
        ids: HashMap::new(),
        described: HashMap::new(),
        launched: Vec::new(),
        elsewhere: Vec::new(),
    };
    reader.package(document.root_element())
}

/// A course structure must be well-formed as it stands: what SCORM manifests are forgiven is refused.
fn read_text(bytes: &[u8], limits: &Limits, findings: &mut Findings) -> Option<XmlText> {
    let mut here = Findings::default();
    let text = XmlText::read(FILE, bytes, limits, &mut here);
    for mut finding in here.into_list() {
        if matches!(
            finding.code,
            Code::XmlAmpersand
                | Code::XmlEntityUndeclared
                | Code::XmlPrefixUndeclared
                | Code::XmlControlCharacter
                | Code::XmlLeadingSpace
        ) {
            let message = format!("not well-formed: {}", finding.message);
            let mut refused = Finding::new(Code::CourseStructureInvalid, message);
            (refused.file, refused.line, refused.column) =
                (finding.file, finding.line, finding.column);
            findings.add(refused);
            continue;
        }
        if finding.code == Code::XmlMalformed {
            finding.requirement = Code::CourseStructureInvalid
                .requirement()
                .map(str::to_owned);
        }
        findings.add(finding);
    }
    text
}

/// Reads one course structure; what it finds is added to `findings`.
struct Reader<'a, 's> {
    text: &'a XmlText,
    /// The archive's files; `None` for a bare XML file.
    files: Option<&'a Files>,
    source: Option<&'s mut dyn Source>,
    limits: &'a Limits,
    findings: &'a mut Findings,
    /// Ids seen, with what they were given to.
    ids: HashMap<String, What>,
    /// LOM that the course, blocks and units carry as an extension, by their id.
    described: HashMap<String, Metadata>,
    /// Files of the archive that units launch.
    launched: Vec<String>,
    /// Files of the archive that an absolute URL seems to mean, with the finding to make of it.
    elsewhere: Vec<(String, Finding)>,
}

/// What an id is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Course,
    Objective,
    Block,
    Au,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Course => "course",
            Self::Objective => "objective",
            Self::Block => "block",
            Self::Au => "AU",
        }
    }

    /// The code of a repeated id; ids of blocks and units are unique among both.
    fn repeated(self, earlier: Self) -> Code {
        match (self, earlier) {
            (Self::Block, Self::Block | Self::Au) => Code::BlockIdDuplicate,
            (Self::Au, Self::Block | Self::Au) => Code::AuIdDuplicate,
            (Self::Objective, Self::Objective) => Code::ObjectiveIdDuplicate,
            _ => Code::StructureIdReused,
        }
    }
}

impl Reader<'_, '_> {
    fn package(&mut self, root: Node) -> Option<Package> {
        let is_structure = root.tag_name().name() == "courseStructure"
            && root.tag_name().namespace() == Some(NAMESPACE);
        if !is_structure {
            let name = root.tag_name().name();
            let namespace = root.tag_name().namespace().unwrap_or("none");
            let message = format!("the root element is `{name}` (namespace {namespace})");
            self.report(Code::CourseStructureInvalid, root, message);
            return None;
        }
        self.check_schema(root);
        self.check_extensions(root);
        let structure = self.course_structure(root)?;
        self.check_media();
        Some(course_structure::package(structure, &self.described))
    }

    /// An absolute URL for a file of this very archive (14.1.0.0-3), unless another unit launches
    /// that file as the standard asks: then the address is likely to be somebody else's.
    fn check_media(&mut self) {
        for (path, finding) in std::mem::take(&mut self.elsewhere) {
            if !self.launched.contains(&path) {
                self.findings.add(finding);
            }
        }
    }

    /// An id: an absolute IRI (3.0.0.0-1), unique.
    fn id(&mut self, node: Node, what: What) -> String {
        let id = normalized(node.attribute("id").unwrap_or_default());
        self.check_iri(node, "id", &id);
        if let Some(earlier) = self.ids.get(&id).copied() {
            let message = format!(
                "the id `{id}` of this {} is already that of another {}",
                what.name(),
                earlier.name()
            );
            self.report(what.repeated(earlier), node, message);
        } else {
            self.ids.insert(id.clone(), what);
        }
        id
    }

    fn check_iri(&mut self, node: Node, name: &str, value: &str) {
        if let Err(why) = iri::check(value) {
            self.report(
                Code::IriNotAbsolute,
                node,
                format!("{name} is {value:?}: {why}"),
            );
        }
    }

    fn report(&mut self, code: Code, node: Node, message: impl Into<String>) {
        let text = self.text;
        self.findings
            .add_with(code, || text.at(code, node, message));
    }
}

/// A child element of the standard's namespace.
fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| is(*child, name))
}

/// Whether `node` is the standard's element of this name.
fn is(node: Node, name: &str) -> bool {
    node.is_element()
        && node.tag_name().name() == name
        && node.tag_name().namespace() == Some(NAMESPACE)
}

/// All text below `node`, white space around it trimmed (13.1.0.0-1).
fn trimmed(node: Node) -> String {
    let all: String = node
        .descendants()
        .filter(Node::is_text)
        .filter_map(|text| text.text())
        .collect();
    all.trim().to_owned()
}
