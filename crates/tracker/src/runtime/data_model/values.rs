//! The values of one SCO's data model.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Values by canonical element name, and how many records each collection has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Values {
    #[serde(default)]
    by_name: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    counts: BTreeMap<String, usize>,
    /// Elements that this activity may only read (shared data it may not write).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    read_only: BTreeSet<String>,
    /// Elements that this activity may only write.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    write_only: BTreeSet<String>,
}

impl Values {
    /// The stored value of an element.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(String::as_str)
    }

    /// Every stored value, by canonical element name.
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.by_name
    }

    /// The stored value as a number.
    pub fn real(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(super::data_type::parse_real)
    }

    /// Records in a collection.
    pub fn count(&self, collection: &str) -> usize {
        self.counts.get(collection).copied().unwrap_or(0)
    }

    /// Stores a value, unchecked.
    pub(crate) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.by_name.insert(name.into(), value.into());
    }

    /// Stores a value where there is one, and takes it away where there is none.
    pub(crate) fn put(&mut self, name: &str, value: Option<String>) {
        match value {
            Some(value) => self.set(name, value),
            None => self.forget(name),
        }
    }

    /// Takes a value away.
    pub(crate) fn forget(&mut self, name: &str) {
        self.by_name.remove(name);
    }

    /// A collection has at least `count` records.
    pub(crate) fn grow(&mut self, collection: &str, count: usize) {
        if self.count(collection) < count {
            self.counts.insert(collection.to_owned(), count);
        }
    }

    /// Takes away a collection and everything in it.
    pub(crate) fn clear(&mut self, collection: &str) {
        let prefix = format!("{collection}.");
        let outside = |name: &str| name != collection && !name.starts_with(&prefix);
        self.by_name.retain(|name, _| outside(name));
        self.counts.retain(|name, _| outside(name));
        self.read_only.retain(|name| outside(name));
        self.write_only.retain(|name| outside(name));
    }

    /// Marks an element as not to be read by this activity.
    pub(crate) fn forbid_reading(&mut self, name: &str) {
        self.write_only.insert(name.to_owned());
    }

    /// Marks an element as not to be set by this activity.
    pub(crate) fn forbid_writing(&mut self, name: &str) {
        self.read_only.insert(name.to_owned());
    }

    pub(super) fn is_read_only(&self, name: &str) -> bool {
        self.read_only.contains(name)
    }

    pub(super) fn is_write_only(&self, name: &str) -> bool {
        self.write_only.contains(name)
    }
}
