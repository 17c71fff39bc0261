//! The signed part of a content path: which package version, until when, and proof that we said so.
//!
//! `base64url(version id ‖ expiry day ‖ HMAC-SHA-256 over both, cut to 16 bytes)`. It cannot be
//! guessed, names no learner, changes every day (so that a browser's cache holds
//! for the day) and needs no cookie.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// How many whole days a path is good for, at least, from when it was given out: longer than anybody
/// sits at a course in one go.
const VALID_DAYS: u32 = 2;
/// Signatures are for content paths and nothing else, though tokens are signed by the same keys.
const PURPOSE: &[u8] = b"percorso content path v1";
const ID_BYTES: usize = 16;
const CLAIM_BYTES: usize = ID_BYTES + 4;
const MAC_BYTES: usize = 16;

/// Signs a path segment for `version_id`, good for at least [`VALID_DAYS`] from `now`.
pub(crate) fn sign(version_id: Uuid, now: DateTime<Utc>, secret: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(CLAIM_BYTES + MAC_BYTES);
    bytes.extend_from_slice(version_id.as_bytes());
    bytes.extend_from_slice(&(day_of(now) + VALID_DAYS + 1).to_be_bytes());
    let proof = mac(&bytes, secret).finalize().into_bytes();
    bytes.extend_from_slice(&proof[..MAC_BYTES]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The version that a path segment names, when one of `secrets` signed it and it has not expired.
pub(crate) fn verify<'a>(
    segment: &str,
    now: DateTime<Utc>,
    secrets: impl IntoIterator<Item = &'a [u8]>,
) -> Option<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(segment).ok()?;
    if bytes.len() != CLAIM_BYTES + MAC_BYTES {
        return None;
    }
    let (claim, proof) = bytes.split_at(CLAIM_BYTES);
    let (id, expiry) = claim.split_at(ID_BYTES);
    let expiry_day = u32::from_be_bytes(expiry.try_into().ok()?);
    let signed = || {
        secrets
            .into_iter()
            .any(|secret| mac(claim, secret).verify_truncated_left(proof).is_ok())
    };
    (day_of(now) < expiry_day && signed())
        .then(|| Uuid::from_slice(id).ok())
        .flatten()
}

fn mac(claim: &[u8], secret: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(PURPOSE);
    mac.update(claim);
    mac
}

fn day_of(now: DateTime<Utc>) -> u32 {
    u32::try_from(now.timestamp() / 86_400).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + days)
    }

    fn check(segment: &str, days: i64, expected: Option<Uuid>) {
        assert_eq!(verify(segment, at(days), [KEY]), expected);
    }

    #[test]
    fn a_path_is_good_for_two_days_and_only_unchanged() {
        let id = Uuid::from_u128(7);
        let segment = sign(id, at(0), KEY);
        check(&segment, 0, Some(id));
        check(&segment, i64::from(VALID_DAYS), Some(id));
        check(&segment, i64::from(VALID_DAYS) + 1, None);
        assert_eq!(
            verify(&segment, at(0), [b"another".as_slice(), KEY]),
            Some(id)
        );
        assert_eq!(verify(&segment, at(0), [b"another".as_slice()]), None);

        let other = sign(Uuid::from_u128(8), at(0), KEY);
        check(&format!("{}{}", &other[..24], &segment[24..]), 0, None);
        for spoilt in ["", "x", &segment[1..], &format!("{segment}A")] {
            check(spoilt, 0, None);
        }
    }

    #[test]
    fn a_path_stays_the_same_within_a_day_so_that_caches_hold() {
        let id = Uuid::from_u128(7);
        assert_eq!(
            sign(id, at(0), KEY),
            sign(id, at(0) + TimeDelta::hours(23), KEY)
        );
        assert_ne!(sign(id, at(0), KEY), sign(id, at(1), KEY));
    }
}
