//! `item`: an activity, with everything SCORM hangs on it.

use roxmltree::Node;

use super::{Reader, value::is_timespan};
use crate::{
    Code, CompletionThreshold, DataMap, HideLmsUi, Item, Standard, TimeLimitAction,
    xml::{attribute, child, children, is, normalized, text},
};

const TIME_LIMIT_ACTIONS: &[(&str, TimeLimitAction)] = &[
    ("exit,message", TimeLimitAction::ExitMessage),
    ("exit,no message", TimeLimitAction::ExitNoMessage),
    ("continue,message", TimeLimitAction::ContinueMessage),
    ("continue,no message", TimeLimitAction::ContinueNoMessage),
];

const HIDE_LMS_UI: &[(&str, HideLmsUi)] = &[
    ("continue", HideLmsUi::Continue),
    ("previous", HideLmsUi::Previous),
    ("exit", HideLmsUi::Exit),
    ("exitAll", HideLmsUi::ExitAll),
    ("abandon", HideLmsUi::Abandon),
    ("abandonAll", HideLmsUi::AbandonAll),
    ("suspendAll", HideLmsUi::SuspendAll),
];

/// Sub-manifests within sub-manifests that are followed.
const SUB_MANIFEST_DEPTH: usize = 8;
/// Activities from which on no further sub-manifest is taken in.
const MOST_TAKEN_IN: usize = 20_000;

impl<'a, 'i: 'a> Reader<'a, 'i> {
    /// The items below an organization, item, or sub-organization.
    pub(super) fn items(&mut self, parent: Node<'a, 'i>) -> Vec<Item> {
        if self.item_depth > self.limits.nesting_depth {
            let message = format!("items are nested deeper than {}", self.limits.nesting_depth);
            self.report(Code::NestingTooDeep, parent, message);
            return Vec::new();
        }
        self.item_depth += 1;
        let mut items = Vec::new();
        let nodes = parent.children();
        for node in nodes.filter(|node| is(*node, "item") || is(*node, "organization")) {
            if self.is_spent() {
                break;
            }
            items.push(self.item(node));
        }
        self.item_depth -= 1;
        items
    }

    fn item(&mut self, node: Node<'a, 'i>) -> Item {
        let identifier = self.activity_identifier(node);
        let title = self.title(node, "item", &identifier);
        let metadata = self.metadata_of(node, "");
        let mut item = Item {
            title,
            is_visible: self.boolean(node, "isvisible"),
            hide_lms_ui: self.hide_lms_ui(node),
            prerequisites: said(node, "prerequisites"),
            mastery_score: self.mastery_score(node),
            max_time_allowed: self.max_time_allowed(node),
            time_limit_action: self.time_limit_action(node),
            data_from_lms: child(node, "datafromlms").and_then(authored),
            completion_threshold: self.completion_threshold(node),
            data_maps: self.data_maps(node),
            sequencing: self.sequencing_of(node),
            items: self.items(node),
            metadata,
            launch: None,
            identifier,
        };
        if self.keep_item(node, &item).is_some() {
            self.connect(node, &mut item);
        }
        item
    }

    /// Identifiers name activities everywhere, so a second use of one gets a number.
    fn activity_identifier(&mut self, node: Node) -> String {
        let identifier = self.identifier(node, "item");
        let Some(&last) = self.activities.get(&identifier) else {
            self.activities.insert(identifier.clone(), 1);
            return identifier;
        };
        let (number, unused) = (last + 1..u32::MAX)
            .map(|number| (number, format!("{identifier}-{number}")))
            .find(|(_, candidate)| !self.activities.contains_key(candidate))
            .expect("there are more numbers than items");
        self.activities.insert(identifier.clone(), number);
        if self.sub_manifest_depth == 0 {
            let message =
                format!("another activity is called `{identifier}`; this one is `{unused}`");
            self.report(Code::IdentifierDuplicate, node, message);
        }
        self.activities.insert(unused.clone(), 1);
        unused
    }

    /// Follows `identifierref` to a resource or a sub-manifest.
    fn connect(&mut self, node: Node<'a, 'i>, item: &mut Item) {
        let reference = attribute(node, "identifierref")
            .map(normalized)
            .unwrap_or_default();
        if reference.is_empty() {
            if item.items.is_empty() {
                let message = format!(
                    "the item `{}` has neither content nor children",
                    item.identifier
                );
                self.report(Code::ItemEmpty, node, message);
            }
            return;
        }
        let parameters = attribute(node, "parameters").unwrap_or_default();
        if let Some(launched) = self.launch(node, &reference, parameters) {
            item.metadata.complete_from(launched.metadata);
            if item.items.is_empty() {
                item.launch = launched.launch;
            } else if launched.launch.is_some() {
                self.move_content_below(node, item, launched.launch);
            }
        } else if let Some(sub_manifest) = self.sub_manifests.get(&reference).copied() {
            self.take_in(sub_manifest, item);
        } else {
            let message = format!("there is no resource `{reference}`");
            self.report(Code::IdentifierrefDangling, node, message);
        }
    }

    /// A cluster cannot be delivered: its content becomes its first child, in SCORM 1.2 by right.
    fn move_content_below(&mut self, node: Node, item: &mut Item, launch: Option<crate::Launch>) {
        let message = format!(
            "the item `{}` has both content and children",
            item.identifier
        );
        if self.standard != Standard::Scorm12 {
            self.report(
                Code::ClusterWithResource,
                node,
                message + "; its content is not delivered",
            );
            return;
        }
        self.report(
            Code::ClusterWithResource,
            node,
            message + "; its content comes first",
        );
        let mut identifier = format!("{}-content", item.identifier);
        while self.activities.insert(identifier.clone(), 1).is_some() {
            identifier.push('_');
        }
        let content = Item {
            identifier,
            title: item.title.clone(),
            launch,
            prerequisites: item.prerequisites.take(),
            mastery_score: item.mastery_score.take(),
            max_time_allowed: item.max_time_allowed.take(),
            time_limit_action: item.time_limit_action.take(),
            data_from_lms: item.data_from_lms.take(),
            ..Item::default()
        };
        item.items.insert(0, content);
    }

    /// The items of a sub-manifest's default organization, below the item that refers to it.
    fn take_in(&mut self, sub_manifest: Node<'a, 'i>, item: &mut Item) {
        let Some(organizations) = child(sub_manifest, "organizations") else {
            return;
        };
        if self
            .keep(organizations, organizations.range().len())
            .is_none()
        {
            return;
        }
        let named = attribute(organizations, "default").map(normalized);
        let organization = children(organizations, "organization")
            .find(|found| attribute(*found, "identifier").map(normalized) == named)
            .or_else(|| child(organizations, "organization"));
        if let Some(organization) = organization.filter(|_| {
            self.sub_manifest_depth < SUB_MANIFEST_DEPTH && self.activities.len() < MOST_TAKEN_IN
        }) {
            self.sub_manifest_depth += 1;
            let items = self.items(organization);
            self.sub_manifest_depth -= 1;
            item.items.extend(items);
            if item.sequencing.is_none() {
                item.sequencing = self.sequencing_of(organization);
            }
        }
    }

    fn hide_lms_ui(&mut self, node: Node<'a, 'i>) -> Vec<HideLmsUi> {
        let Some(presentation) = child(node, "presentation") else {
            return Vec::new();
        };
        let hidden: Vec<_> = presentation
            .descendants()
            .filter(|found| is(*found, "hideLMSUI"))
            .collect();
        hidden
            .into_iter()
            .filter_map(|node| self.word_of(node, "hideLMSUI", &text(node), HIDE_LMS_UI))
            .collect()
    }

    fn mastery_score(&mut self, node: Node) -> Option<String> {
        let element = child(node, "masteryscore")?;
        let value = said(node, "masteryscore")?;
        let number: f64 = self.number_of(element, "masteryscore", &value, (0.0, 100.0))?;
        let in_range = value
            .parse::<f64>()
            .is_ok_and(|authored| authored.to_bits() == number.to_bits());
        Some(if in_range { value } else { number.to_string() })
    }

    fn max_time_allowed(&mut self, node: Node) -> Option<String> {
        let element = child(node, "maxtimeallowed")?;
        let value = said(node, "maxtimeallowed")?;
        if is_timespan(&value) || super::value::is_duration(&value) {
            return Some(value);
        }
        let message = format!("maxtimeallowed is {value:?}, not a timespan");
        self.report(Code::DurationInvalid, element, message);
        None
    }

    fn time_limit_action(&mut self, node: Node) -> Option<TimeLimitAction> {
        let element = child(node, "timeLimitAction")?;
        let value = text(element).replace(", ", ",");
        if value.is_empty() {
            return None;
        }
        self.word_of(element, "timeLimitAction", &value, TIME_LIMIT_ACTIONS)
    }

    /// `adlcp:completionThreshold`, as attributes (4th edition) or as text (earlier).
    pub(super) fn completion_threshold(&mut self, node: Node) -> Option<CompletionThreshold> {
        let element = child(node, "completionThreshold")?;
        let bare = text(element);
        if !bare.is_empty() {
            let measure = self.number_of(element, "completionThreshold", &bare, (0.0, 1.0));
            return Some(CompletionThreshold {
                completed_by_measure: true,
                min_progress_measure: measure,
                progress_weight: None,
            });
        }
        Some(CompletionThreshold {
            completed_by_measure: self.boolean(element, "completedByMeasure").unwrap_or(false),
            min_progress_measure: self.number(element, "minProgressMeasure", (0.0, 1.0)),
            progress_weight: self.number(element, "progressWeight", (0.0, 1.0)),
        })
    }

    fn data_maps(&mut self, node: Node<'a, 'i>) -> Vec<DataMap> {
        let Some(data) = child(node, "data") else {
            return Vec::new();
        };
        children(data, "map")
            .filter_map(|map| {
                let target_id = attribute(map, "targetID")
                    .map(normalized)
                    .unwrap_or_default();
                if target_id.is_empty() {
                    self.report(Code::MapTargetMissing, map, "the map has no targetID");
                    return None;
                }
                Some(DataMap {
                    target_id,
                    read_shared_data: self.boolean(map, "readSharedData").unwrap_or(true),
                    write_shared_data: self.boolean(map, "writeSharedData").unwrap_or(true),
                })
            })
            .collect()
    }
}

/// The text of a child element, when it says anything.
fn said(node: Node, name: &'static str) -> Option<String> {
    child(node, name).map(text).filter(|text| !text.is_empty())
}

/// Text exactly as authored: content gets it back.
fn authored(node: Node) -> Option<String> {
    let text: String = node
        .descendants()
        .filter(Node::is_text)
        .filter_map(|n| n.text())
        .collect();
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}
