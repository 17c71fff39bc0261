//! The keys of webhooks and what they sign, as Standard Webhooks 1.0.0 asks for symmetric ones.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// A new key.
pub(crate) fn new() -> Vec<u8> {
    rand::random::<[u8; 32]>().to_vec()
}

/// A key as its owner is shown it, once.
pub(crate) fn shown(key: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(key))
}

/// The header `webhook-signature`: one signature for each key, the newest first.
pub(super) fn signatures(keys: &[&[u8]], id: Uuid, at: DateTime<Utc>, body: &[u8]) -> String {
    let signed: Vec<String> = keys
        .iter()
        .map(|key| signature(key, id, at, body))
        .collect();
    signed.join(" ")
}

fn signature(key: &[u8], id: Uuid, at: DateTime<Utc>, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{}.", at.timestamp()).as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_time_and_body_are_signed_by_each_key() {
        let at = DateTime::from_timestamp(1_674_087_231, 0).unwrap();
        let check = |keys: &[&[u8]], body: &str| signatures(keys, Uuid::nil(), at, body.as_bytes());
        // By hand: printf '00000000-0000-0000-0000-000000000000.1674087231.{}' | openssl dgst -sha256 -hmac key -binary | base64
        assert_eq!(
            check(&[b"key"], "{}"),
            "v1,4waaYv8Nu8zhDRIVjYShU6egA/oJaro5tVcdjMy27MI="
        );
        assert_ne!(check(&[b"key"], "{}"), check(&[b"key"], "{ }"));
        let both = check(&[b"key", b"old"], "{}");
        assert_eq!(
            both,
            format!("{} {}", check(&[b"key"], "{}"), check(&[b"old"], "{}"))
        );
        assert!(shown(&new()).starts_with("whsec_"));
    }
}
