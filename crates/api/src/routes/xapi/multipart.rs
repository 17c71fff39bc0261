//! Statements with the bytes of their attachments: `multipart/mixed`, both ways.

use actix_multipart::Multipart;
use actix_web::{
    http::header::{self, HeaderMap},
    web::Bytes,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use rand::distr::{Alphanumeric, SampleString};

use crate::{
    problem::{Problem, Result},
    xapi::attachment::has_sum,
};

const HASH: &str = "x-experience-api-hash";

/// A part with the bytes of an attachment.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// SHA-2 in small hexadecimal digits; checked.
    pub(crate) sha2: String,
    /// Media type.
    pub(crate) content_type: String,
    /// The bytes.
    pub(crate) bytes: Bytes,
}

/// Takes a body apart: the JSON of the statements, and the attachments.
pub(super) async fn read(headers: &HeaderMap, body: Bytes) -> Result<(Bytes, Vec<Part>)> {
    let whole = stream::once(async move { Ok::<_, actix_web::error::PayloadError>(body) });
    let mut parts = Multipart::new(headers, whole);
    let mut json = None;
    let mut found = Vec::new();
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|error| unreadable(&error))?;
        let text = |name: &str| {
            let value = part
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok());
            value.map(|value| value.trim().to_owned())
        };
        let (content_type, sha2, encoding) = (
            text("content-type").unwrap_or_else(|| "application/octet-stream".into()),
            text(HASH),
            text("content-transfer-encoding"),
        );
        let mut bytes = Vec::new();
        while let Some(piece) = part.try_next().await.map_err(|error| unreadable(&error))? {
            bytes.extend_from_slice(&piece);
        }
        if json.is_none() {
            if !content_type
                .to_ascii_lowercase()
                .starts_with("application/json")
            {
                return Err(bad(
                    "the first part has the statements, as application/json",
                ));
            }
            json = Some(Bytes::from(bytes));
            continue;
        }
        let sha2 = sha2
            .ok_or_else(|| bad("each part after the first has the header X-Experience-API-Hash"))?;
        let sha2 = sha2.to_ascii_lowercase();
        if encoding.is_none_or(|encoding| !encoding.eq_ignore_ascii_case("binary")) {
            return Err(bad(
                "each part after the first has the header Content-Transfer-Encoding: binary",
            ));
        }
        if !has_sum(&bytes, &sha2) {
            let what =
                format!("the bytes of a part do not have the SHA-2 {sha2} that its header says");
            return Err(Problem::BadRequest(what));
        }
        found.push(Part {
            sha2,
            content_type,
            bytes: bytes.into(),
        });
    }
    let json = json.ok_or_else(|| bad("the body has no part"))?;
    Ok((json, found))
}

/// A body of JSON and attachments, with its content type.
pub(crate) fn write(json: &[u8], parts: &[Part]) -> (String, Vec<u8>) {
    let boundary = Alphanumeric.sample_string(&mut rand::rng(), 40);
    let mut body = Vec::with_capacity(json.len() + 1024);
    let mut part = |headers: &[(&str, &str)], bytes: &[u8]| {
        body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        for (name, value) in headers {
            body.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    };
    part(&[("Content-Type", "application/json")], json);
    for attachment in parts {
        let headers = [
            ("Content-Type", attachment.content_type.as_str()),
            ("Content-Transfer-Encoding", "binary"),
            ("X-Experience-API-Hash", &attachment.sha2),
        ];
        part(&headers, &attachment.bytes);
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/mixed; boundary={boundary}"), body)
}

/// Whether a body is in parts.
pub(super) fn is_multipart(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| {
        value
            .trim_start()
            .to_ascii_lowercase()
            .starts_with("multipart/mixed")
    })
}

fn bad(what: &str) -> Problem {
    Problem::BadRequest(what.to_owned())
}

fn unreadable(error: &impl std::fmt::Display) -> Problem {
    Problem::BadRequest(format!("the parts of the body cannot be read: {error}"))
}
