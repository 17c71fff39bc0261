//! RSA keys that sign badges (RS256, which every verifier of Open Badges knows), and their public part as a JWK.

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPrivateKey, rand_core::OsRng, traits::PublicKeyParts};
use serde_json::{Value, json};
use uuid::Uuid;

/// Length of a modulus, in bits.
const BITS: usize = 2048;

/// A key that was just made.
pub(crate) struct NewKey {
    /// Its id.
    pub(crate) id: Uuid,
    /// PKCS#1, DER.
    pub(crate) private: Vec<u8>,
    /// `n`, base64url.
    pub(crate) modulus: String,
    /// `e`, base64url.
    pub(crate) exponent: String,
}

impl NewKey {
    /// Makes a key; takes a while.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(crate) fn make() -> Result<Self> {
        let key = RsaPrivateKey::new(&mut OsRng, BITS).context("a key for badges")?;
        let private = key.to_pkcs1_der().context("writing a key for badges")?;
        Ok(Self {
            id: Uuid::now_v7(),
            private: private.as_bytes().to_vec(),
            modulus: URL_SAFE_NO_PAD.encode(key.n().to_bytes_be()),
            exponent: URL_SAFE_NO_PAD.encode(key.e().to_bytes_be()),
        })
    }
}

/// The public part of a key.
#[derive(Debug, Clone)]
pub(crate) struct PublicKey {
    /// Its id.
    pub(crate) id: Uuid,
    /// `n`, base64url.
    pub(crate) modulus: String,
    /// `e`, base64url.
    pub(crate) exponent: String,
}

impl PublicKey {
    /// Its address, which is the `kid`.
    pub(crate) fn address(&self, app: &str) -> String {
        format!("{app}/api/v1/badges/keys/{}", self.id)
    }

    /// As a JWK (RFC 7517).
    pub(crate) fn jwk(&self, app: &str) -> Value {
        json!({
            "kty": "RSA", "n": self.modulus, "e": self.exponent, "alg": "RS256", "use": "sig",
            "kid": self.address(app),
        })
    }
}

/// The key that signs.
pub(crate) struct SigningKey {
    /// Its public part.
    pub(crate) public: PublicKey,
    /// PKCS#1, DER.
    pub(crate) private: Vec<u8>,
}

impl SigningKey {
    /// Signs claims as a JWT; the header says where the key lies and, for who is offline, the key itself.
    ///
    /// # Errors
    /// When the key does not do.
    pub(crate) fn sign(&self, app: &str, claims: &Value) -> Result<String> {
        let mut jwk = self.public.jwk(app);
        if let Some(members) = jwk.as_object_mut() {
            members.retain(|name, _| ["kty", "n", "e"].contains(&name.as_str()));
        }
        let header = Header {
            kid: Some(self.public.address(app)),
            jwk: Some(serde_json::from_value::<Jwk>(jwk).context("a key as a JWK")?),
            ..Header::new(Algorithm::RS256)
        };
        let key = EncodingKey::from_rsa_der(&self.private);
        jsonwebtoken::encode(&header, claims, &key).context("signing a badge")
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};

    use super::*;

    #[test]
    fn what_is_signed_is_checked_with_the_public_part_alone() {
        let made = NewKey::make().unwrap();
        let key = SigningKey {
            public: PublicKey {
                id: made.id,
                modulus: made.modulus,
                exponent: made.exponent,
            },
            private: made.private,
        };
        let app = "https://percorso.example";
        let jws = key.sign(app, &json!({ "sub": "urn:uuid:1" })).unwrap();
        let header = jsonwebtoken::decode_header(&jws).unwrap();
        assert_eq!(header.kid, Some(key.public.address(app)));
        let jwk = serde_json::from_value::<Jwk>(key.public.jwk(app)).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        let check = |jws: &str| {
            let key = DecodingKey::from_jwk(&jwk).unwrap();
            jsonwebtoken::decode::<Value>(jws, &key, &validation)
        };
        assert_eq!(check(&jws).unwrap().claims["sub"], "urn:uuid:1");
        let other = URL_SAFE_NO_PAD.encode(json!({ "sub": "urn:uuid:2" }).to_string());
        let parts: Vec<&str> = jws.split('.').collect();
        let tampered = [parts[0], &other, parts[2]].join(".");
        assert!(check(&tampered).is_err());
    }
}
