//! `organizations`: the trees a package offers, and which of them is delivered.

use roxmltree::Node;

use super::Reader;
use crate::{
    Code, Item, Organization,
    xml::{attribute, child, children, normalized},
};

/// Every organization, and which is the default.
pub(super) struct Organizations {
    pub(super) list: Vec<Organization>,
    pub(super) default: usize,
}

impl<'a, 'i: 'a> Reader<'a, 'i> {
    pub(super) fn organizations(&mut self, manifest: Node<'a, 'i>) -> Option<Organizations> {
        let element = child(manifest, "organizations");
        let nodes: Vec<_> = element
            .map(|all| children(all, "organization").collect())
            .unwrap_or_default();
        let mut list = Vec::new();
        for node in &nodes {
            // Identifiers of activities must differ within a tree, not between two.
            self.activities.clear();
            list.push(self.organization(*node));
            if self.is_spent() {
                return None;
            }
        }
        if list.is_empty() {
            list.extend(self.organization_from_resources(element.unwrap_or(manifest)));
        }
        let named = self.default_organization(element, &list);
        let default = if list.get(named).is_some_and(is_launchable) {
            named
        } else if let Some(other) = list.iter().position(is_launchable) {
            let message = format!(
                "`{}` has nothing to launch; `{}` is delivered",
                list[named].identifier, list[other].identifier
            );
            self.report(Code::OrganizationNotLaunchable, nodes[named], message);
            other
        } else {
            let message = "no item of any organization launches anything";
            self.report(
                Code::NothingLaunchable,
                element.unwrap_or(manifest),
                message,
            );
            return None;
        };
        Some(Organizations { list, default })
    }

    fn default_organization(
        &mut self,
        element: Option<Node<'a, 'i>>,
        list: &[Organization],
    ) -> usize {
        let Some(element) = element.filter(|element| child(*element, "organization").is_some())
        else {
            return 0;
        };
        let named = attribute(element, "default")
            .map(normalized)
            .unwrap_or_default();
        if let Some(index) = list.iter().position(|found| found.identifier == named) {
            return index;
        }
        let message = if named.is_empty() {
            "no default organization is named; the first is delivered".to_owned()
        } else {
            format!("there is no organization `{named}`; the first is delivered")
        };
        self.report(Code::OrganizationDefault, element, message);
        0
    }

    fn organization(&mut self, node: Node<'a, 'i>) -> Organization {
        let identifier = self.identifier(node, "organization");
        self.activities.insert(identifier.clone(), 1);
        let title = self.title(node, "organization", &identifier);
        Organization {
            title,
            objectives_global_to_system: self.boolean(node, "objectivesGlobalToSystem"),
            shared_data_global_to_system: self.boolean(node, "sharedDataGlobalToSystem"),
            completion_threshold: self.completion_threshold(node),
            metadata: self.metadata_of(node, ""),
            sequencing: self.sequencing_of(node),
            items: self.items(node),
            identifier,
        }
    }

    /// A resource package (one without organization) with something to launch is delivered anyhow.
    fn organization_from_resources(&mut self, node: Node) -> Option<Organization> {
        let launchable = self.launchable_resources();
        if launchable.is_empty() {
            return None;
        }
        let message = format!(
            "no organization; {} resources are delivered",
            launchable.len()
        );
        self.report(Code::OrganizationMissing, node, message);
        let items = launchable
            .into_iter()
            .map(|resource| {
                let launched = self.launch(node, &resource, "");
                Item {
                    title: resource.clone(),
                    launch: launched.and_then(|launched| launched.launch),
                    identifier: format!("item-{resource}"),
                    ..Item::default()
                }
            })
            .collect();
        Some(Organization {
            identifier: "organization".to_owned(),
            title: String::new(),
            objectives_global_to_system: None,
            shared_data_global_to_system: None,
            completion_threshold: None,
            metadata: crate::Metadata::default(),
            sequencing: None,
            items,
        })
    }
}

fn is_launchable(organization: &Organization) -> bool {
    fn launches(item: &Item) -> bool {
        item.launch.is_some() || item.items.iter().any(launches)
    }
    organization.items.iter().any(launches)
}
