//! What a manifest comes to: few bytes of it can stand for much, where one place serves many.
//!
//! A resource's metadata is given to each of its items, a definition of the sequencing collection to
//! each activity that names it, a sub-manifest's items to each that refers to it, and an `xml:base` to
//! each file. All that is counted, and reading stops with one finding when it is too much.

use roxmltree::Node;

use super::Reader;
use crate::{Code, Item};

/// Bytes that a manifest may come to, for each that it may have itself.
const TIMES: u64 = 4;
/// Rules, conditions, objectives and maps of all activities together.
const PARTS: usize = 200_000;

/// What has been counted so far.
#[derive(Debug, Default)]
pub(super) struct Expansion {
    bytes: u64,
    parts: usize,
    is_spent: bool,
}

impl Reader<'_, '_> {
    /// Counts bytes that are read or kept on account of `node`; `None` when it is too much.
    pub(super) fn keep(&mut self, node: Node, bytes: usize) -> Option<()> {
        let most = self.most_bytes();
        self.expansion.bytes += bytes as u64;
        if self.expansion.bytes > most && !self.is_spent() {
            self.expansion.is_spent = true;
            let message = format!("what the manifest describes takes more than {most} bytes");
            self.report(Code::ManifestTooLarge, node, message);
        }
        (!self.is_spent()).then_some(())
    }

    /// Counts a rule, condition, objective or map with an identifier of so many bytes.
    pub(super) fn keep_part(&mut self, node: Node, bytes: usize) -> Option<()> {
        self.expansion.parts += 1;
        if self.expansion.parts > PARTS && !self.is_spent() {
            self.expansion.is_spent = true;
            let message = format!(
                "the activities have more than {PARTS} rules, conditions, objectives and maps"
            );
            self.report(Code::ManifestTooLarge, node, message);
        }
        self.keep(node, bytes)
    }

    /// Counts an item as it is, without what it refers to.
    pub(super) fn keep_item(&mut self, node: Node, item: &Item) -> Option<()> {
        let texts = [
            &item.prerequisites,
            &item.mastery_score,
            &item.max_time_allowed,
            &item.data_from_lms,
        ];
        let texts = texts.into_iter().flatten().map(String::len).sum::<usize>();
        let maps = &item.data_maps;
        let maps = maps
            .iter()
            .map(|map| size_of_val(map) + map.target_id.len());
        let own = size_of::<Item>() + item.identifier.len() + item.title.len();
        self.keep(node, own + texts + maps.sum::<usize>())
    }

    /// Whether there was too much: nothing more is read then.
    pub(super) fn is_spent(&self) -> bool {
        self.expansion.is_spent
    }

    /// Bytes that the manifest may come to, and that all metadata files together may have.
    pub(super) fn most_bytes(&self) -> u64 {
        self.limits.manifest_bytes.saturating_mul(TIMES)
    }
}
