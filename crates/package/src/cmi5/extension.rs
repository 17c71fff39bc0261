//! Elements of other namespaces: whoever uses them provides their schema (13.1.5).

use std::collections::BTreeMap;

use roxmltree::Node;

use super::{NAMESPACE, Reader};
use crate::{Code, source::read_entry};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XSD: &str = "http://www.w3.org/2001/XMLSchema";

impl Reader<'_, '_> {
    /// Each foreign namespace that elements use has a schema: by `xsi:schemaLocation`, an absolute
    /// address or a file of the zip, which must be a schema for that namespace.
    pub(super) fn check_extensions(&mut self, root: Node) {
        let mut used: BTreeMap<&str, Node> = BTreeMap::new();
        let mut locations: BTreeMap<&str, &str> = BTreeMap::new();
        for node in root.descendants().filter(Node::is_element) {
            if let Some(pairs) = node.attribute((XSI, "schemaLocation")) {
                let words: Vec<&str> = pairs.split_whitespace().collect();
                locations.extend(words.chunks_exact(2).map(|pair| (pair[0], pair[1])));
            }
            match node.tag_name().namespace() {
                Some(NAMESPACE | "") | None => {}
                Some(namespace) => {
                    used.entry(namespace).or_insert(node);
                }
            }
        }
        for (namespace, node) in used {
            match locations.get(namespace) {
                None => {
                    let message =
                        format!("elements of the namespace {namespace} come without a schema");
                    self.report(Code::ExtensionWithoutSchema, node, message);
                }
                Some(location) => self.check_schema_file(node, namespace, location),
            }
        }
    }

    fn check_schema_file(&mut self, node: Node, namespace: &str, location: &str) {
        if location.contains("://") {
            return; // published elsewhere
        }
        let path = location.trim_start_matches("./").to_owned();
        let Some(source) = self.source.as_deref_mut() else {
            let message = format!("the schema {location} is neither published nor in a zip");
            return self.report(Code::ExtensionWithoutSchema, node, message);
        };
        let index = source.entries().iter().position(|entry| entry.path == path);
        let Some(index) = index else {
            let message = format!("the schema {location} is not in the zip");
            return self.report(Code::ExtensionWithoutSchema, node, message);
        };
        let bytes = read_entry(source, index, self.limits.manifest_bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}');
        let is_its_schema = roxmltree::Document::parse(text).is_ok_and(|document| {
            let root = document.root_element();
            root.tag_name().name() == "schema"
                && root.tag_name().namespace() == Some(XSD)
                && root.attribute("targetNamespace") == Some(namespace)
        });
        if !is_its_schema {
            let message = format!("{location} is no XML Schema of the namespace {namespace}");
            self.report(Code::ExtensionSchemaInvalid, node, message);
        }
    }
}
