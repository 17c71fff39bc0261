//! The values of one SCO's data model.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Values by canonical element name, and how many records each collection has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Values {
    by_name: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    counts: BTreeMap<String, usize>,
    /// Elements that this activity may only read (shared data it may not write).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    read_only: BTreeSet<String>,
    /// Elements that this activity may only write.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    write_only: BTreeSet<String>,
    /// What names and values come to; follows from them.
    #[serde(skip)]
    bytes: usize,
}

/// Values as a snapshot has them.
#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    by_name: BTreeMap<String, String>,
    #[serde(default)]
    counts: BTreeMap<String, usize>,
    #[serde(default)]
    read_only: BTreeSet<String>,
    #[serde(default)]
    write_only: BTreeSet<String>,
}

impl From<Stored> for Values {
    fn from(stored: Stored) -> Self {
        Self {
            bytes: sum(&stored.by_name),
            by_name: stored.by_name,
            counts: stored.counts,
            read_only: stored.read_only,
            write_only: stored.write_only,
        }
    }
}

fn sum(by_name: &BTreeMap<String, String>) -> usize {
    let each = |(name, value): (&String, &String)| name.len() + value.len();
    by_name.iter().map(each).sum()
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
        let (name, value) = (name.into(), value.into());
        self.bytes = self.bytes_with(&name, &value);
        self.by_name.insert(name, value);
    }

    /// What all names and values come to, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What they would come to with this value.
    pub(super) fn bytes_with(&self, name: &str, value: &str) -> usize {
        let before = self.get(name).map_or(0, |old| name.len() + old.len());
        self.bytes - before + name.len() + value.len()
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
        if let Some(old) = self.by_name.remove(name) {
            self.bytes -= name.len() + old.len();
        }
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
        self.bytes = sum(&self.by_name);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_follow_from_names_and_values() {
        let mut values = Values::default();
        values.set("a.0.b", "12345");
        values.set("a.0.b", "123");
        values.set("c", "");
        values.put("d", Some("1".to_owned()));
        values.put("d", None);
        assert_eq!(values.bytes(), 9);
        let json = serde_json::to_string(&values).unwrap();
        assert_eq!(serde_json::from_str::<Values>(&json).unwrap(), values);
        values.clear("a");
        assert_eq!(values.bytes(), 1);
    }
}
