//! The identifier of a global objective, made to be found fast.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A global objective's identifier. It is ordered by a hash before its text: rules and rollup look up the
/// same few objectives a thousand times for one refresh. Stored, it is the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GlobalId {
    hash: u64,
    id: Arc<str>,
}

impl GlobalId {
    pub(crate) fn as_str(&self) -> &str {
        &self.id
    }
}

impl From<&str> for GlobalId {
    /// FNV-1a: the same everywhere, and enough to tell identifiers apart.
    fn from(id: &str) -> Self {
        let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self {
            hash,
            id: id.into(),
        }
    }
}

impl Serialize for GlobalId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.id)
    }
}

impl<'de> Deserialize<'de> for GlobalId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::from(String::deserialize(from)?.as_str()))
    }
}
