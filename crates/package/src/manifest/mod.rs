//! The manifest: from XML to the typed [`Package`].
//!
//! A file here carries the name of what it reads. [`Reader`] holds what all of them need: the text
//! for places, the files for references, and the findings.

mod expansion;
mod item;
mod metadata;
mod objective;
mod organization;
mod resource;
mod rules;
mod sequencing;
mod value;
mod version;

use std::collections::HashMap;

use roxmltree::Node;

use crate::{
    Code, Finding, Limits, Metadata, Package, Source, Standard,
    finding::Findings,
    href::{Files, join_base},
    xml::{XmlText, attribute, child, children, is, normalized},
};
use expansion::Expansion;
pub(crate) use metadata::lom;
use resource::ReadResource;

/// Reads one manifest; what it finds is added to `findings`.
pub(crate) struct Reader<'a, 'i> {
    text: &'a XmlText,
    files: &'a Files,
    source: &'a mut dyn Source,
    limits: &'a Limits,
    findings: &'a mut Findings,
    standard: Standard,
    resources: Vec<ReadResource>,
    resource_index: HashMap<String, usize>,
    sub_manifests: HashMap<String, Node<'a, 'i>>,
    /// Named sequencing definitions of `sequencingCollection`.
    collection: HashMap<String, Node<'a, 'i>>,
    /// Identifiers that activities already have, with the number last given to a duplicate.
    activities: HashMap<String, u32>,
    /// Depth of sub-manifests being read.
    sub_manifest_depth: usize,
    /// Depth of the items being read.
    item_depth: usize,
    /// What metadata files say, by the number of their entry.
    described: HashMap<usize, Option<Metadata>>,
    /// Bytes of the metadata files read so far.
    described_bytes: u64,
    /// What the manifest has come to so far.
    expansion: Expansion,
}

/// Longest `xml:base`, joined to those around it: it stands before every file's path.
const BASE_BYTES: usize = 2048;

impl<'a, 'i: 'a> Reader<'a, 'i> {
    /// Reads the manifest below `document`.
    pub(crate) fn read(
        text: &'a XmlText,
        manifest: Node<'a, 'i>,
        files: &'a Files,
        source: &'a mut dyn Source,
        limits: &'a Limits,
        findings: &'a mut Findings,
    ) -> Option<Package> {
        let mut reader = Reader {
            text,
            files,
            source,
            limits,
            findings,
            standard: Standard::Scorm2004,
            resources: Vec::new(),
            resource_index: HashMap::new(),
            sub_manifests: HashMap::new(),
            collection: HashMap::new(),
            activities: HashMap::new(),
            sub_manifest_depth: 0,
            item_depth: 0,
            described: HashMap::new(),
            described_bytes: 0,
            expansion: Expansion::default(),
        };
        reader.manifest(manifest)
    }

    fn manifest(&mut self, manifest: Node<'a, 'i>) -> Option<Package> {
        if !is(manifest, "manifest") {
            let name = manifest.tag_name().name();
            self.report(
                Code::NotAManifest,
                manifest,
                format!("the root element is `{name}`"),
            );
            return None;
        }
        let version = self.version(manifest);
        self.standard = version.standard;
        self.check_schema_files(manifest);
        let identifier = self.identifier(manifest, "manifest");
        self.read_resources(manifest, "");
        self.read_collections(manifest);
        let base = self.base_of(manifest, "");
        let metadata = self.metadata_of(manifest, &base);
        let organizations = self.organizations(manifest)?;
        self.check_resources();
        Some(Package {
            standard: version.standard,
            edition: version.edition,
            identifier,
            manifest_version: attribute(manifest, "version").map(normalized),
            root: self.files.root.clone(),
            metadata,
            organizations: organizations.list,
            default_organization: organizations.default,
            resources: self.resources.drain(..).map(|read| read.resource).collect(),
            course_structure: None,
        })
    }

    /// `imsss:sequencingCollection`, here and in sub-manifests.
    fn read_collections(&mut self, manifest: Node<'a, 'i>) {
        for collection in manifest
            .descendants()
            .filter(|node| is(*node, "sequencingCollection"))
        {
            for sequencing in children(collection, "sequencing") {
                let id = self.identifier_from(sequencing, "ID", "sequencing");
                if self.collection.insert(id.clone(), sequencing).is_some() {
                    let message = format!("another sequencing definition is called `{id}`");
                    self.report(Code::IdentifierDuplicate, sequencing, message);
                }
            }
        }
    }

    fn check_schema_files(&mut self, manifest: Node) {
        let location = attribute(manifest, "schemaLocation").unwrap_or_default();
        let there = self.files.schema_names();
        let missing: Vec<&str> = location
            .split_whitespace()
            .filter(|word| word.to_ascii_lowercase().ends_with(".xsd") && !word.contains("://"))
            .filter(|word| {
                let name = word.rsplit('/').next().unwrap_or(word).to_ascii_lowercase();
                !there.contains(&name)
            })
            .collect();
        if !missing.is_empty() {
            let message = format!("the package lacks {}", missing.join(", "));
            self.report(Code::SchemaFilesMissing, manifest, message);
        }
    }

    /// The element's `metadata`, inline and by `adlcp:location`.
    fn metadata_of(&mut self, node: Node<'a, 'i>, base: &str) -> Metadata {
        match child(node, "metadata") {
            Some(metadata) => self.metadata(metadata, base),
            None => Metadata::default(),
        }
    }

    /// `@identifier`, white space normalised; made up when there is none.
    fn identifier(&mut self, node: Node, what: &str) -> String {
        self.identifier_from(node, "identifier", what)
    }

    fn identifier_from(&mut self, node: Node, name: &str, what: &str) -> String {
        let authored = attribute(node, name).unwrap_or_default();
        let identifier = normalized(authored);
        if identifier.is_empty() {
            self.report(
                Code::IdentifierMissing,
                node,
                format!("the {what} has no {name}"),
            );
            return format!("{what}-{}", node.id().get());
        }
        if identifier != authored || identifier.contains(' ') {
            let message = format!("the {what}'s {name} is {authored:?}");
            self.report(Code::IdentifierSpace, node, message);
        }
        identifier
    }

    /// The element's title; `fallback` when it has none.
    fn title(&mut self, node: Node, what: &str, fallback: &str) -> String {
        let title = child(node, "title")
            .map(crate::xml::text)
            .unwrap_or_default();
        if title.is_empty() {
            self.report(
                Code::TitleMissing,
                node,
                format!("the {what} `{fallback}` has no title"),
            );
            return fallback.to_owned();
        }
        title
    }

    /// The element's own `xml:base` joined to the one around it.
    fn base_of(&mut self, node: Node, outer: &str) -> String {
        let own = node.attribute(("http://www.w3.org/XML/1998/namespace", "base"));
        let base = own.map_or_else(|| outer.to_owned(), |own| join_base(outer, own));
        if base.len() <= BASE_BYTES {
            return base;
        }
        let message = format!(
            "its xml:base has {} bytes; the limit is {BASE_BYTES}",
            base.len()
        );
        self.report(Code::ManifestTooLarge, node, message);
        String::new()
    }

    fn report(&mut self, code: Code, node: Node, message: impl Into<String>) {
        let text = self.text;
        self.findings
            .add_with(code, || text.at(code, node, message));
    }

    fn add(&mut self, finding: Finding) {
        self.findings.add(finding);
    }
}
