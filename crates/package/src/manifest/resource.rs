//! `resources`: what an item can launch, and the files that belong to it.

use std::collections::HashMap;

use roxmltree::Node;

use super::Reader;
use crate::{
    Code, Finding, Launch, Metadata, Resource, ScormType, Standard,
    href::{Target, TargetKind, join_parameters},
    xml::{attribute, child, children, normalized},
};

const SCORM_TYPES: &[(&str, ScormType)] = &[("sco", ScormType::Sco), ("asset", ScormType::Asset)];

/// A resource with what only reading needs.
pub(super) struct ReadResource {
    pub(super) resource: Resource,
    target: Option<Target>,
    /// The file is missing: said when an item launches it.
    missing: Option<Finding>,
    no_href: Finding,
    no_type: Option<Finding>,
    dependencies: Vec<(String, Finding)>,
    metadata: Metadata,
}

impl<'a, 'i: 'a> Reader<'a, 'i> {
    /// `resources` of this manifest and its sub-manifests.
    pub(super) fn read_resources(&mut self, manifest: Node<'a, 'i>, outer: &str) {
        let base = self.base_of(manifest, outer);
        for resources in children(manifest, "resources") {
            let base = self.base_of(resources, &base);
            for resource in children(resources, "resource") {
                if self.is_spent() {
                    return;
                }
                self.resource(resource, &base);
            }
        }
        for sub_manifest in children(manifest, "manifest") {
            let identifier = self.identifier(sub_manifest, "manifest");
            let message = format!("the sub-manifest `{identifier}` is read as part of the package");
            self.report(Code::SubManifest, sub_manifest, message);
            self.sub_manifests.insert(identifier, sub_manifest);
            self.read_resources(sub_manifest, &base);
        }
    }

    fn resource(&mut self, node: Node<'a, 'i>, outer: &str) {
        let base = self.base_of(node, outer);
        let identifier = self.identifier(node, "resource");
        if self.resource_index.contains_key(&identifier) {
            let message =
                format!("another resource is called `{identifier}`; this one is not used");
            self.report(Code::IdentifierDuplicate, node, message);
            return;
        }
        let href = attribute(node, "href").filter(|href| !href.trim().is_empty());
        let target = href.map(|href| self.files.resolve(&base, href));
        let path_bytes = target.as_ref().map_or(0, |target| target.path.len());
        if self.keep(node, path_bytes).is_none() {
            return;
        }
        let missing = match (&target, href) {
            (Some(target), Some(href)) => self.check_target(node, target, href),
            _ => None,
        };
        let (scorm_type, no_type) = self.scorm_type(node, &identifier);
        let files = self.resource_files(node, &base);
        let metadata = self.metadata_of(node, &base);
        let dependencies = self.dependencies(node);
        let no_href = format!("the resource `{identifier}` has no href");
        self.resource_index
            .insert(identifier.clone(), self.resources.len());
        self.resources.push(ReadResource {
            resource: Resource {
                identifier,
                href: target.as_ref().map(|target| target.path.clone()),
                scorm_type,
                files,
                dependencies: dependencies
                    .iter()
                    .map(|(identifier, _)| identifier.clone())
                    .collect(),
            },
            target,
            missing,
            no_href: self.text.at(Code::ResourceWithoutHref, node, no_href),
            no_type,
            dependencies,
            metadata,
        });
    }

    /// Reports what a reference needed; the finding of a missing launch file is kept for later.
    fn check_target(&mut self, node: Node, target: &Target, href: &str) -> Option<Finding> {
        for code in &target.tolerated {
            self.report(*code, node, tolerated(*code, href, &target.path));
        }
        match target.kind {
            TargetKind::File => {}
            TargetKind::External => {
                self.report(
                    Code::HrefExternal,
                    node,
                    format!("{href:?} lies outside the package"),
                );
            }
            TargetKind::Outside => {
                self.report(
                    Code::HrefOutside,
                    node,
                    format!("{href:?} climbs out of the package"),
                );
            }
            TargetKind::OtherScheme => {
                self.report(
                    Code::HrefScheme,
                    node,
                    format!("{href:?} cannot be delivered"),
                );
            }
            TargetKind::Missing => {
                let message = format!("{:?} is not in the package", target.path);
                return Some(self.text.at(Code::LaunchFileMissing, node, message));
            }
        }
        None
    }

    fn scorm_type(&mut self, node: Node, identifier: &str) -> (ScormType, Option<Finding>) {
        let found = node
            .attributes()
            .find(|found| found.name().eq_ignore_ascii_case("scormType"));
        let Some(found) = found else {
            let message = format!("the resource `{identifier}` has no scormType; read as an asset");
            return (
                ScormType::Asset,
                Some(self.text.at(Code::ScormTypeMissing, node, message)),
            );
        };
        let expected = match self.standard {
            Standard::Scorm12 => "scormtype",
            _ => "scormType",
        };
        if found.name() != expected {
            let message = format!("the attribute is written {}, not {expected}", found.name());
            self.report(Code::ScormTypeSpelling, node, message);
        }
        let value = normalized(found.value());
        (
            self.word_of(node, found.name(), &value, SCORM_TYPES)
                .unwrap_or(ScormType::Asset),
            None,
        )
    }

    fn resource_files(&mut self, node: Node<'a, 'i>, base: &str) -> Vec<String> {
        let mut files = Vec::new();
        for file in children(node, "file") {
            let Some(href) = attribute(file, "href").filter(|href| !href.trim().is_empty()) else {
                continue;
            };
            let base = self.base_of(file, base);
            let target = self.files.resolve(&base, href);
            if self.keep(file, target.path.len()).is_none() {
                return files;
            }
            match target.kind {
                TargetKind::Missing => {
                    let message = format!("{:?} is not in the package", target.path);
                    self.report(Code::FileMissing, file, message);
                }
                TargetKind::Outside => {
                    let message = format!("{href:?} climbs out of the package");
                    self.report(Code::FileMissing, file, message);
                    continue;
                }
                _ => {}
            }
            for code in target.tolerated {
                self.report(code, file, tolerated(code, href, &target.path));
            }
            files.push(target.path);
        }
        if files.is_empty() && child(node, "dependency").is_none() {
            self.report(
                Code::ResourceWithoutFiles,
                node,
                "the resource lists no files",
            );
        }
        files
    }

    fn dependencies(&mut self, node: Node<'a, 'i>) -> Vec<(String, Finding)> {
        children(node, "dependency")
            .filter_map(|dependency| {
                let identifier = normalized(attribute(dependency, "identifierref")?);
                let message = format!("there is no resource `{identifier}`");
                let finding = self.text.at(Code::DependencyDangling, dependency, message);
                Some((identifier, finding))
            })
            .collect()
    }

    /// What can be said only when every resource is known.
    pub(super) fn check_resources(&mut self) {
        let known: HashMap<String, usize> = std::mem::take(&mut self.resource_index);
        let dangling: Vec<Finding> = self
            .resources
            .iter_mut()
            .flat_map(|resource| resource.dependencies.drain(..))
            .filter(|(identifier, _)| !known.contains_key(identifier))
            .map(|(_, finding)| finding)
            .collect();
        self.findings.extend(dangling);
        self.resource_index = known;
    }

    /// What launching resource `identifier` with `parameters` means; `None` when there is no such resource.
    pub(super) fn launch(
        &mut self,
        node: Node,
        identifier: &str,
        parameters: &str,
    ) -> Option<Launched> {
        let index = *self.resource_index.get(identifier)?;
        let read = &self.resources[index];
        let target = read.target.as_ref();
        let target_bytes = target.map_or(0, |target| target.path.len() + target.suffix.len());
        let bytes = identifier.len() + target_bytes + read.metadata.text_bytes();
        if self.keep(node, bytes).is_none() {
            return Some(Launched::default());
        }
        let read = &mut self.resources[index];
        let metadata = read.metadata.clone();
        let Some(target) = &read.target else {
            let finding = read.no_href.clone();
            self.add(finding);
            return Some(Launched {
                launch: None,
                metadata,
            });
        };
        let launch = Launch {
            resource: identifier.to_owned(),
            scorm_type: read.resource.scorm_type,
            path: target.path.clone(),
            suffix: join_parameters(&target.suffix, parameters),
        };
        // Said once, however many items launch it.
        let said = [read.missing.take(), read.no_type.take()];
        self.findings.extend(said.into_iter().flatten());
        Some(Launched {
            launch: Some(launch),
            metadata,
        })
    }

    /// A launch for every resource that is a SCO, for a package without organizations.
    pub(super) fn launchable_resources(&self) -> Vec<String> {
        let has_target = |read: &&ReadResource| read.target.is_some() && read.missing.is_none();
        let of_type = |wanted| {
            self.resources
                .iter()
                .filter(has_target)
                .filter(move |read| read.resource.scorm_type == wanted)
                .map(|read| read.resource.identifier.clone())
                .collect::<Vec<_>>()
        };
        let scos = of_type(ScormType::Sco);
        if scos.is_empty() {
            of_type(ScormType::Asset).into_iter().take(1).collect()
        } else {
            scos
        }
    }
}

/// What an item gets from its resource.
#[derive(Default)]
pub(super) struct Launched {
    pub(super) launch: Option<Launch>,
    pub(super) metadata: Metadata,
}

/// What a reference needed to be understood.
fn tolerated(code: Code, href: &str, path: &str) -> String {
    match code {
        Code::HrefSpace => format!("{href:?} has spaces"),
        _ => format!("{href:?} was read as {path:?}"),
    }
}
