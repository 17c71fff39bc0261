//! Signed statements: a JSON web signature comes as an attachment, over the statement as it was before.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;
use x509_cert::{Certificate, der::Decode};

use super::comparison::same;

const MEDIA_TYPE: &str = "application/octet-stream";
/// The usage type that says an attachment is a signature.
pub(super) const USAGE: &str = "http://adlnet.gov/expapi/attachments/signature";

/// Checks a statement's signature: its form, its algorithm, that it is over this statement, and, where
/// it brings a certificate, that the certificate's key made it.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check(statement: &Value, media_type: &str, jws: &[u8]) -> Result<(), String> {
    if media_type != MEDIA_TYPE {
        return Err(format!(
            "a signature's contentType is {MEDIA_TYPE}, not {media_type}"
        ));
    }
    let jws = std::str::from_utf8(jws)
        .map_err(|_| "the signature is no text")?
        .trim();
    let (signed, signature) = jws
        .rsplit_once('.')
        .ok_or("the signature is no JWS in compact form")?;
    let (header, payload) = signed
        .split_once('.')
        .ok_or("the signature is no JWS in compact form")?;
    let header = json(header).ok_or("the header of the signature is no JSON")?;
    let algorithm = match header["alg"].as_str() {
        Some("RS256") => Algorithm::RS256,
        Some("RS384") => Algorithm::RS384,
        Some("RS512") => Algorithm::RS512,
        other => {
            let other = other.unwrap_or("none");
            return Err(format!(
                "signatures are made with RS256, RS384 or RS512, not {other}"
            ));
        }
    };
    let payload = json(payload).ok_or("what is signed is no JSON")?;
    let is_other = |name: &str| {
        let both = payload[name].as_str().zip(statement[name].as_str());
        both.is_some_and(|(signed, sent)| !signed.eq_ignore_ascii_case(sent))
    };
    if is_other("id") || !same(&before_signing(&payload), &before_signing(statement)) {
        return Err("what is signed is another statement than this".into());
    }
    match header.get("x5c") {
        None => Ok(()),
        Some(chain) => verify(chain, algorithm, signed, signature),
    }
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// What is compared of a statement without what signing adds.
fn before_signing(statement: &Value) -> Value {
    let mut bare = statement.clone();
    if let Some(members) = bare.as_object_mut()
        && let Some(attachments) = members.get_mut("attachments").and_then(Value::as_array_mut)
    {
        attachments.retain(|attachment| attachment["usageType"] != USAGE);
        if attachments.is_empty() {
            members.remove("attachments");
        }
    }
    bare
}

fn verify(
    chain: &Value,
    algorithm: Algorithm,
    signed: &str,
    signature: &str,
) -> Result<(), String> {
    let certificate = chain[0]
        .as_str()
        .and_then(|text| STANDARD.decode(text).ok());
    let certificate = certificate.and_then(|bytes| Certificate::from_der(&bytes).ok());
    let certificate = certificate.ok_or("x5c of the signature has no X.509 certificate")?;
    let key = certificate.tbs_certificate().subject_public_key_info();
    let key = key.subject_public_key.as_bytes().map(<[u8]>::to_vec);
    let key = key.ok_or("the certificate of the signature has no RSA key")?;
    let key = DecodingKey::from_rsa_der(&key);
    let is_good = crypto::verify(signature, signed.as_bytes(), &key, algorithm);
    match is_good {
        Ok(true) => Ok(()),
        _ => Err("the signature was not made by the key of its certificate".into()),
    }
}
