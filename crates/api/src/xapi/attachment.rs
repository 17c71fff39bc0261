//! Attachments of statements: which bytes each needs.

use serde_json::Value;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::signature;
use crate::wire::package::hexadecimal;

/// An attachment as a statement describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    /// Where the statement describes it, as a path.
    pub(crate) at: String,
    /// SHA-2 in small hexadecimal digits.
    pub(crate) sha2: String,
    /// Media type.
    pub(crate) content_type: String,
    /// Its bytes may be had elsewhere.
    pub(crate) has_url: bool,
    /// It is the statement's signature.
    pub(crate) is_signature: bool,
}

/// The attachments of a statement and of the one in it.
pub(crate) fn described(statement: &Value) -> Vec<Described> {
    let lists = [
        ("attachments", statement.get("attachments")),
        (
            "object.attachments",
            statement.pointer("/object/attachments"),
        ),
    ];
    let lists = lists
        .into_iter()
        .filter_map(|(path, list)| Some((path, list?.as_array()?)));
    let items = lists.flat_map(|(path, list)| {
        let items = list.iter().enumerate();
        items.map(move |(index, item)| (format!("{path}[{index}]"), item))
    });
    items
        .map(|(at, item)| {
            let text = |name: &str| item[name].as_str().unwrap_or_default();
            Described {
                at,
                sha2: text("sha2").to_ascii_lowercase(),
                content_type: text("contentType").to_owned(),
                has_url: item.get("fileUrl").is_some(),
                is_signature: text("usageType") == signature::USAGE,
            }
        })
        .collect()
}

/// The sums of the attachments of a statement, each once.
pub(crate) fn sums(statement: &Value) -> Vec<String> {
    let mut sums: Vec<String> = described(statement)
        .into_iter()
        .map(|described| described.sha2)
        .collect();
    sums.sort_unstable();
    sums.dedup();
    sums
}

/// Whether bytes have this SHA-2; its length says which of them it is.
pub(crate) fn has_sum(bytes: &[u8], sha2: &str) -> bool {
    let sum = match sha2.len() {
        56 => hexadecimal(&Sha224::digest(bytes)),
        64 => hexadecimal(&Sha256::digest(bytes)),
        96 => hexadecimal(&Sha384::digest(bytes)),
        128 => hexadecimal(&Sha512::digest(bytes)),
        _ => return false,
    };
    sum.eq_ignore_ascii_case(sha2)
}

/// The blob that has the bytes.
pub(crate) fn blob_key(sha2: &str) -> String {
    format!("{sha2}-attachment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sum_of_the_family_is_known() {
        let sha224 = "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f";
        assert!(has_sum(b"", sha224) && has_sum(b"", &sha224.to_uppercase()));
        assert!(!has_sum(b"x", sha224) && !has_sum(b"", "d14a"));
    }
}
